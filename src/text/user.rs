//! The page of a user, and the states a user can be in.

use super::Around;

sentences! {
    /// What keeps a user out, or not.
    States {
        on = "On", "正常";
        off = "Off", "已停用";
        over_quota = "Over quota", "超出限额";
        expired = "Expired", "已过期";
        deleted = "Deleted", "已删除";
        why_off = "Switched off: nodes do not let this user in.", "已停用：节点不会让这位用户连接。";
        why_over_quota =
            "The quota is used up: nodes do not let this user in until the counters start again or the quota is \
            raised.",
            "流量已用完：重置流量或提高限额之前，节点不会让这位用户连接。";
        why_expired =
            "The last day is over: nodes do not let this user in until you set a later one.",
            "已过到期日：延期之前，节点不会让这位用户连接。";
        why_deleted(date: &str) =
            format!("Deleted: nodes do not let this user in. Can be brought back until {date}."),
            format!("已删除：节点不会让这位用户连接。{date} 之前可以恢复。");
    }
    /// The page of a user.
    UserPage {
        usage = "Usage", "用量";
        remaining = "Left", "剩余";
        since = "Counted since", "起算时间";
        resets = "Starts again", "下次重置";
        lifetime = "Since the beginning", "累计用量";
        expires = "Last day", "到期日";
        added = "Added", "添加时间";
        switch_off = "Switch off", "停用";
        switch_on = "Switch on", "启用";
        reset = "Reset counters…", "流量清零…";
        delete = "Delete…", "删除…";
        restore = "Bring back", "恢复";
        connection = "Connection", "连接信息";
        server = "Server", "服务器";
        uuid = "V2Ray id", "V2Ray ID";
        id = "User id", "用户 ID";
        old_method =
            "This method is old and lets others tamper with what is sent. Choose a current one if the app has it.",
            "这种加密方式已经老旧，传输内容可能被篡改。如果客户端支持，请改用现行的加密方式。";
        change = "Change", "修改";
        by_day = "By day", "每日用量";
        by_day_hint =
            "As the nodes reported it; a node's rate changes only what is counted against the quota.",
            "按节点上报的数值显示；节点倍率只影响计入限额的流量。";
        months = "Months", "月份";
        earlier = "The month before", "上一个月";
        later = "The month after", "下一个月";
        day = "Day", "日期";
        sum = "Month", "当月";
        no_days = "Nothing was used in this month.", "这个月没有用量。";
        periods = "Closed periods", "已结算周期";
        period = "Period", "周期";
        no_periods = "None yet. A period closes when the counters start again.", "暂无。每次重置流量都会结算一个周期。";
        ask_reset: Around = ("Reset the counters of ", "?"), ("将 ", " 的流量清零？");
        ask_reset_what(used: &str) =
            format!("The counters start again at zero. The {used} used so far become a closed period."),
            format!("流量将从零重新计算，目前已用的 {used} 会记入已结算周期。");
        ask_reset_kept = "The history by day stays as it is.", "每日用量记录不受影响。";
        ask_reset_go = "Reset counters", "清零";
        ask_delete: Around = ("Delete ", "?"), ("删除 ", "？");
        ask_delete_what =
            "Nodes stop letting this user in when they next ask, usually within a minute.",
            "节点下次获取用户列表后（通常一分钟内）就不再让这位用户连接。";
        ask_delete_kept =
            "For 30 days you can take this back; until then nobody else gets the port.",
            "30 天内可以撤销；在此期间，端口不会分给别人。";
        ask_delete_go = "Delete", "删除";
    }
}
