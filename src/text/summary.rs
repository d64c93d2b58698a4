//! The summary above the list of users.

use super::isolated;

sentences! {
    /// The strip above the users.
    Summary {
        title = "At a glance", "概览";
        port_held(kind: &str, port: u16) =
            format!("{kind} port {port} is not available"),
            format!("{kind} 端口 {port} 不可用");
        online = "Online now", "在线";
        online_hint = "Used something in the last 5 minutes", "最近 5 分钟内有流量";
        out = "Over quota or expired", "超限或过期";
        out_hint(over: &str, expired: &str) =
            format!("{over} over quota, {expired} expired"),
            format!("超出限额 {over} 位，已过期 {expired} 位");
        month = "Used this month", "本月用量";
        month_hint = "As the nodes reported it", "按节点上报的数值";
        nodes = "Nodes", "节点";
        one_node = "Node", "节点";
        no_node = "none yet", "暂无";
        silent(name: &str, ago: &str) =
            format!("{} is silent, last seen {ago}", isolated(name)),
            format!("{} 已失联，上次在线：{ago}", isolated(name));
        refused = "Something it reported was refused", "有上报内容被拒绝";
        wrong_token(name: &str, ago: &str) =
            format!("{} calls with a wrong token, last {ago}", isolated(name)),
            format!("{} 使用了错误的令牌，最近一次{ago}", isolated(name));
        left(size: &str) = format!("{size} left"), format!("剩余 {size}");
        nothing_left = "nothing left", "已用完";
    }
}
