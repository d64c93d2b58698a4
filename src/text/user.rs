//! The page of a user, and the states a user can be in.

use super::{Around, units::english::count};

sentences! {
    /// What keeps a user out, or not.
    States {
        on = "On", "正常";
        off = "Off", "已停用";
        over_quota = "Over quota", "流量已用完";
        expired = "Expired", "已过期";
        deleted = "Deleted", "已删除";
        why_off = "Switched off: this user can't connect.", "已停用：这位用户无法连接。";
        why_over_quota =
            "The quota is used up: this user can't connect until the next reset or until you raise the quota.",
            "流量已用完：重置流量或提高限额之前，这位用户无法连接。";
        why_expired(date: &str) =
            format!("Expired on {date}: this user can't connect. To extend, choose “+1 month” or a later date."),
            format!("已于 {date} 到期，这位用户无法连接。点“+1 个月”或设置更晚的到期日即可恢复。");
        why_deleted(date: &str) =
            format!("Deleted: this user can't connect. You can restore them until {date}."),
            format!("已删除：这位用户无法连接。{date} 之前可以恢复。");
    }
    /// The page of a user.
    UserPage {
        usage = "Usage", "用量";
        remaining = "Left", "剩余";
        since = "Counted since", "统计起始日";
        resets = "Next reset", "下次重置";
        lifetime = "All time", "累计用量";
        added = "Added", "添加日期";
        more_quota = "+10 GiB", "+10 GiB";
        more_quota_hint = "Raise the quota by 10 GiB", "限额提高 10 GiB";
        more_time = "+1 month", "+1 个月";
        more_time_hint = "Expires one month later, counted from today if already expired", "到期日延后一个月，已过期的从今天算起";
        reset = "Reset usage", "流量清零";
        delete = "Delete…", "删除…";
        restore = "Restore", "恢复";
        new_password = "New password…", "更换密码…";
        connection = "Connection details", "连接信息";
        server = "Server", "服务器";
        uuid = "V2Ray ID", "V2Ray ID";
        id = "User ID", "用户 ID";
        old_method =
            "This cipher is outdated: others can tamper with what is sent. Choose a current one if the app has it.",
            "这种加密方式已经过时，传输内容可能被篡改。如果应用支持，请改用现行的加密方式。";
        change = "Edit", "修改";
        rest = "Port, cipher, password and more", "端口、加密方式、密码等";
        by_day = "Usage by day", "每日用量";
        by_day_hint =
            "As reported by the nodes. A traffic multiplier only affects what counts against the quota.",
            "以节点上报的数据为准；流量倍率只影响计入限额的流量。";
        months = "Months", "月份";
        earlier = "Previous month", "上一个月";
        later = "Next month", "下一个月";
        sum = "Month", "当月";
        no_days = "No usage in this month.", "这个月没有用量。";
        periods = "Past periods", "历史周期";
        period = "Period", "周期";
        no_periods = "None yet. Each reset ends a period.", "暂无。每次重置流量都会结束一个周期。";
        ask_delete: Around = ("Delete ", "?"), ("删除“", "”？");
        ask_delete_what =
            "This user can no longer connect, usually within a minute.",
            "通常一分钟内，这位用户就无法再连接。";
        ask_delete_kept =
            "You can restore them for 30 days; until then their port stays reserved.",
            "30 天内可以恢复；在此期间，端口不会分给别人。";
        ask_password: Around = ("New password for ", "?"), ("为“", "”更换密码？");
        ask_password_what =
            "The links and codes you have shared stop working, usually within a minute.",
            "通常一分钟内，已分享的链接和二维码就会失效。";
        ask_password_how =
            "Afterwards, send the new invitation. Apps that use the subscription address update by themselves.",
            "之后请把新的邀请发给朋友；使用订阅地址的应用会自动更新。";
        ask_password_go = "Make a new password", "更换密码";
        breaks =
            "Saving this changes how this user connects: the links and codes you have shared stop working. Afterwards, \
            send the new invitation.",
            "保存后连接方式会改变，已分享的链接和二维码将失效。之后请把新的邀请发给朋友。";
        loses(number: i64) =
            format!(
                "Saving this takes {} from this user: the links and codes to {} that you have shared stop working.",
                count(number, "node"),
                if number == 1 { "it" } else { "them" }
            ),
            format!("保存后这位用户不能再使用 {number} 个节点，指向这些节点的已分享链接和二维码将失效。");
        shortens(until: &str, then: &str) =
            format!("Renewing every month moves the expiry date from {until} to {then}, which is earlier: it becomes \
            the day before the next reset. From then on it moves a month at each reset."),
            format!("自动续期会把到期日由 {until} 提前到 {then}，即下一个重置日的前一天；此后每到重置日顺延一个月。");
        renews = "Renews on", "自动续期日";
        breaks_go = "Save anyway", "仍然保存";
        no_access_off =
            "Switched off: links and invitations don't work until you switch this user on.",
            "已停用，链接和邀请暂时无效；启用这位用户后即可使用。";
        no_access_over_quota =
            "The quota is used up: links and invitations don't work until the next reset or until you raise the quota.",
            "流量已用完，链接和邀请暂时无效；重置流量或提高限额后即可使用。";
        no_access_expired(date: &str) =
            format!("Expired on {date}: links and invitations don't work. To extend, choose “+1 month” or a later date."),
            format!("已于 {date} 到期，链接和邀请暂时无效；点“+1 个月”或设置更晚的到期日即可恢复。");
    }
}
