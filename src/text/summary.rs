//! The summary above the list of users.

use super::isolated;

sentences! {
    /// The line above the users.
    Summary {
        title = "Summary", "概览";
        port_held(kind: &str, port: u16) =
            format!("{kind} port {port} is not available"),
            format!("{kind} 端口 {port} 不可用");
        users(number: i64) = if number == 1 { "user".to_owned() } else { "users".to_owned() }, "位用户".to_owned();
        online = "online", "在线";
        online_hint = "Traffic in the last 5 minutes", "最近 5 分钟内有流量";
        over = "over quota", "流量用完";
        expired = "expired", "已过期";
        soon = "expire within 7 days", "7 天内到期";
        month = "this month", "本月用量";
        month_hint = "As reported by the nodes", "按节点上报的数值";
        no_node = "No node yet", "暂无节点";
        silent(name: &str, ago: &str) =
            format!("{} is offline, last seen {ago}", isolated(name)),
            format!("{} 已离线，上次在线：{ago}", isolated(name));
        refused(name: &str) =
            format!("{} sent reports that were rejected", isolated(name)),
            format!("{} 有上报被拒绝", isolated(name));
        wrong_token(name: &str, ago: &str) =
            format!("{} uses a wrong token, last {ago}", isolated(name)),
            format!("{} 使用了错误的令牌，最近一次{ago}", isolated(name));
        more(number: i64) = format!("and {number} more"), format!("另有 {number} 项");
        left(size: &str) = format!("{size} left"), format!("剩余 {size}");
        nothing_left = "nothing left", "已用完";
    }
}
