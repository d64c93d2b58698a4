//! The form of a user.

sentences! {
    /// The form of a user.
    Form {
        name = "Name", "名称";
        port = "Port", "端口";
        port_free = "next free one", "下一个空闲端口";
        port_hint = "1 to 65535, one per user. Empty: the next free one.", "1 到 65535，每位用户各用一个；留空则自动分配。";
        quota = "Quota", "流量限额";
        quota_hint =
            "In GiB, or with a unit such as 500\u{a0}MiB or 1.5\u{a0}TiB. 0 or empty: no limit.",
            "默认单位为 GiB，也可以写成 500\u{a0}MiB 或 1.5\u{a0}TiB；0 或留空表示不限。";
        no_limit = "no limit", "不限";
        never_expires = "never", "永不过期";
        no_reset = "never", "不重置";
        reset_day = "Monthly reset", "流量重置日";
        reset_day_hint = "In shorter months, on the last day.", "当月没有这一天时，取最后一天。";
        renews = "Renew every month", "每月自动续期";
        renews_hint =
            "The expiry becomes the day before the next reset, and moves a month at each reset.",
            "到期日改为下一个重置日的前一天，此后每到重置日顺延一个月。";
        valid_days = "Days from first use", "首次使用后的有效天数";
        valid_days_hint =
            "The expiry date is set when the user first connects.",
            "用户首次连接时才确定到期日。";
        nodes = "Nodes", "可用节点";
        nodes_hint = "The servers that this user may connect to.", "这位用户可以连接的服务器。";
        all_nodes = "All, including new ones", "全部（包括以后添加的）";
        removed_node(id: i64) = format!("Node {id} (removed)"), format!("节点 {id}（已删除）");
        day_of_month(day: i64) = format!("on day {day}"), format!("每月 {day} 日");
        expires = "Expires", "到期日";
        expires_hint = "The last day with access. Empty: never expires.", "当天仍可使用；留空则永不过期。";
        method = "Cipher", "加密方式";
        method_hint = "The first one works in every app.", "所有应用都支持第一种。";
        methods = "Current", "现行";
        old_methods = "Outdated and insecure, for old apps only", "老旧且不安全，仅供旧应用";
        not_here(method: &str) =
            format!("{method} (not on nodes that run mu-panel)"),
            format!("{method}（mu-panel 节点不支持）");
        password = "Connection password", "连接密码";
        password_new = "Empty: a generated one.", "留空则自动生成。";
        password_hint = "Changing it breaks links you have shared.", "修改后，已分享的链接会失效。";
        speed = "Speed limit", "限速";
        /// The value of a limit, in the log: of none, of the speed, of devices, and of the days from first use.
        unlimited = "none", "不限";
        speed_of(mbit: &str) = format!("{mbit} Mbit/s"), format!("{mbit} Mbit/s");
        devices_of(devices: &str) = devices.to_owned(), format!("{devices} 台");
        days_of(days: &str) = if days == "1" { "1 day".to_owned() } else { format!("{days} days") }, format!("{days} 天");
        speed_hint =
            "In Mbit/s, each way, over all connections. 0 or empty: no limit. Only nodes that run mu-panel keep it; other \
            programs ignore it.",
            "单位 Mbit/s，上下行分别计算，所有连接合计；0 或留空表示不限。只有运行 mu-panel 的节点会执行，其他节点程序不支持。";
        devices = "Devices", "设备数";
        devices_hint =
            "At the same time, counted by address; one is free again after a minute without traffic. \
            0 or empty: no limit. Only nodes that run mu-panel keep it; other programs ignore it.",
            "同时在线的设备数，按 IP 地址计算，一分钟无流量即释放；0 或留空表示不限。只有运行 mu-panel 的节点会执行，其他节点程序不支持。";
        note = "Note", "备注";
        saved(value: &str) = format!("Now saved: {value}"), format!("现已保存：{value}");
        secret_saved =
            "Changed elsewhere since you opened this page. Saving again replaces it.",
            "打开本页后，此项已在别处修改；再次保存会将其覆盖。";
    }
}
