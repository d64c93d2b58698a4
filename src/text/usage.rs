//! Usage over any days, and resetting the counters of all users.

use super::{bulk::users, isolated};

sentences! {
    /// The page "Usage".
    Usage {
        title = "Usage", "用量统计";
        today = "Today", "今天";
        yesterday = "Yesterday", "昨天";
        week = "This week", "本周";
        month = "This month", "本月";
        last_month = "Last month", "上月";
        range = "Days", "日期";
        from = "From", "从";
        to = "To", "到";
        node = "Node", "节点";
        every_node = "All nodes", "全部节点";
        quiet = "Include users without traffic", "包括没有用量的用户";
        by = "Group by", "统计方式";
        by_user = "By user", "按用户";
        by_node = "By node", "按节点";
        by_day = "By day", "按天";
        day = "Day", "日期";
        hint = "Traffic as reported by the nodes.", "以节点上报的数据为准。";
        so_far(date: &str) =
            format!("Traffic as reported by the nodes. Up to today, {date}."),
            format!("以节点上报的数据为准，截至今天（{date}）。");
        removed = " (Deleted)", "（已删除）";
        nothing = "No traffic in these days.", "这段时间没有用量。";
        only(name: &str) = format!("{} only", isolated(name)), format!("仅“{}”", isolated(name));
        every_user = "Show all users", "显示全部用户";
        chart(days: &str) = format!("Usage by day, {days}"), format!("每日用量，{days}");
        csv = "Download CSV", "下载 CSV";
        print = "Need it on paper? Print this page.", "需要纸质记录时，直接打印本页即可。";
        earlier = "Earlier", "更早";
        later = "Later", "更晚";
        days_of(name: &str) = format!("{} by day", isolated(name)), format!("“{}”的每日用量", isolated(name));
        users_of(name: &str) = format!("{} by user", isolated(name)), format!("“{}”的各用户用量", isolated(name));
        reset = "Reset everyone's counters…", "全部流量清零…";
        ask_reset = "Reset everyone's counters?", "将所有用户的流量清零？";
        ask_reset_what(number: i64) =
            format!(
                "The counters of {} go back to zero now. What was used so far is kept under past periods.",
                users(number)
            ),
            format!("{number} 位用户的流量将立即从零重新计算，目前的用量会保留在历史周期中。");
        ask_reset_kept =
            "Usage by day is not affected, and monthly resets keep their day.",
            "每日用量记录不受影响，每月自动重置的日期也不变。";
        ask_reset_go = "Reset all counters", "全部清零";
    }
}
