//! The form of a user.

sentences! {
    /// The form of a user.
    Form {
        name = "Name", "名称";
        port = "Port", "端口";
        port_free = "next free one", "下一个空闲端口";
        port_hint_new = "Leave empty for the next free one.", "留空则分配下一个空闲端口。";
        port_hint = "From 1 to 65535, a port of their own.", "1 到 65535，每位用户各用一个。";
        quota = "Quota", "流量限额";
        quota_hint = "Such as 10GiB or 500M; empty for no limit.", "例如 10GiB 或 500M；留空则不限。";
        no_limit = "no limit", "不限";
        reset_day = "Counters start again", "流量重置日";
        reset_day_hint = "In a shorter month, on its last day.", "当月没有这一天时，取最后一天。";
        day_of_month(day: i64) = format!("each month on day {day}"), format!("每月 {day} 日");
        expires = "Last day", "到期日";
        expires_hint = "Empty: never ends.", "当天仍可使用；留空则永不过期。";
        method = "Method", "加密方式";
        method_hint = "Every app knows the first one.", "第一种所有客户端都支持。";
        methods = "Current", "现行";
        old_methods = "Old and weak, for old apps only", "老旧且不安全，仅供旧客户端";
        password = "Connection password", "连接密码";
        password_hint = "Leave empty to get a new random one.", "留空则随机生成一个新的。";
        note = "Note", "备注";
        saved = "Now saved:", "现已保存：";
    }
}
