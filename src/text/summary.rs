//! The summary above the list of users.

use super::{Around, isolated};

sentences! {
    /// The line above the users.
    Summary {
        title = "Summary", "概览";
        port_held(name: &str, kind: &str, port: u16) =
            format!("{}: {kind} port {port} is not available", isolated(name)),
            format!("“{}”上的 {kind} 端口 {port} 不可用", isolated(name));
        here_off = "The node on this server is switched off", "这台服务器上的节点已关闭";
        users(number: i64) = if number == 1 { "user".to_owned() } else { "users".to_owned() }, "位用户".to_owned();
        online = "online", "位在线";
        online_hint = "Traffic in the last 5 minutes", "最近 5 分钟内有流量";
        over = "over quota", "位流量已用完";
        expired = "expired", "位已过期";
        soon(number: i64) =
            if number == 1 { "expires within 7 days" } else { "expire within 7 days" }.to_owned(),
            "位将在 7 天内到期".to_owned();
        seen(ago: &str) = format!("Seen {ago}"), format!("上次在线：{ago}");
        month: Around = ("", " this month"), ("本月用量 ", "");
        no_node = "No node yet", "暂无节点";
        set_up = "No node has connected yet: set one up", "还没有节点连接过：去设置";
        silent(name: &str, ago: &str) =
            format!("{} is offline, last seen {ago}", isolated(name)),
            format!("“{}”已离线，上次在线：{ago}", isolated(name));
        refused(name: &str) =
            format!("{} sent reports that were rejected", isolated(name)),
            format!("“{}”有上报被拒绝", isolated(name));
        wrong_token(name: &str, ago: &str) =
            format!("{} uses a wrong token, last {ago}", isolated(name)),
            format!("“{}”使用了错误的令牌，最近一次{ago}", isolated(name));
        more(number: i64) = format!("and {number} more"), format!("另有 {number} 项");
        left(size: &str) = format!("{size} left"), format!("剩余 {size}");
        nothing_left = "nothing left", "已用完";
    }
}
