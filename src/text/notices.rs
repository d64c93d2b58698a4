//! Notices to the admin, and the page where they are set up.

use super::system;
use crate::model::{ChannelKind as Kind, Happening};

sentences! {
    /// Notices and their page.
    Notices {
        heading = "Notices", "通知";
        what =
            "Once a channel is set up, the panel tells you before a friend is cut off, and when something goes wrong.",
            "设置任意一种通知方式后，面板会在朋友的连接快要中断时，或出现故障时通知您。";
        on = "On", "已启用";
        set_up = "Set up", "设置";
        change = "Change", "修改";
        test = "Send a test", "发送测试";
        turn_off = "Turn off", "停用";
        secret_hint = "Not shown again after saving. Leave empty to keep the current one.", "保存后不再显示。留空则保持不变。";
        secret_first = "Not shown again after saving.", "保存后不再显示。";
        url = "Address", "地址";
        key = "Signing key", "签名密钥";
        bot = "Bot token", "机器人令牌";
        chat = "Chat ID", "聊天 ID";
        chat_hint = "A number, or @name of a channel.", "数字，或频道的 @名称。";
        server = "Server", "服务器";
        server_hint = "Only if you reach Telegram through another server.", "仅在通过其他服务器访问 Telegram 时填写。";
        topic = "Topic address", "主题地址";
        access = "Access token", "访问令牌";
        host = "Mail server", "邮件服务器";
        port_hint = "Leave empty for the default.", "留空则使用默认端口。";
        security = "Encryption", "加密";
        no_security = "None (only on this machine)", "不加密（仅限本机）";
        user = "User name", "用户名";
        password = "Password", "密码";
        from = "From", "发件人";
        to = "To", "收件人";
        to_hint = "Separate several with commas.", "多个地址用逗号分隔。";
        events = "Tell me when", "通知事项";
        ignored = "No notice when", "不通知的事项";
        failed = "Could not be delivered", "未能送达";
        saved = "Notices saved.", "通知设置已保存。";
        tried = "The test is on its way.", "测试通知正在发送。";
        sent(at: &str) = format!("Delivered {at}."), format!("{at}已送达。");
        not_sent(at: &str, error: &str) =
            format!("Not delivered {at}: {error}. It will be sent again."),
            format!("{at}未能送达：{error}。稍后会重试。");
        waiting(count: i64) =
            if count == 1 { "1 notice is waiting.".to_owned() } else { format!("{count} notices are waiting.") },
            format!("{count} 条通知等待发送。");
        /// Between two names.
        more(count: usize) = format!(" and {count} more"), format!(" 等，另有 {count} 项");
        /// Why a channel has not taken a notice, of the words that are kept and logged, which are English.
        reason: fn(&str) -> String = system::plain, reason_chinese;
        channel: fn(Kind) -> &'static str = |kind| channel(kind).0, |kind| channel(kind).1;
        channel_hint: fn(Kind) -> &'static str = |kind| hint(kind).0, |kind| hint(kind).1;
        event: fn(Happening) -> &'static str = |what| event(what).0, |what| event(what).1;
        /// The first line of a notice about so many.
        title: fn(Happening, usize) -> String = title_english, title_chinese;
    }
}

/// How the kept words begin, and that in Chinese. What follows is a name, a number or what the other side has said.
const REASONS: [(&str, &str); 17] = [
    ("the address is not one of `https://`", "地址不是以 https:// 开头的有效地址"),
    ("the address has no topic", "地址中没有主题"),
    ("there is no address for the name ", "域名没有解析记录："),
    ("cannot look up the name ", "域名查询失败："),
    ("cannot connect: ", "无法连接："),
    ("the server's certificate is not trusted: ", "服务器证书不受信任："),
    ("the server did not answer in time", "服务器未在规定时间内应答"),
    ("the answer is larger than ", "应答超出大小限制："),
    ("the server's answer is broken: ", "服务器应答不完整或有误："),
    ("the server answered ", "服务器返回 "),
    ("the server has no address", "服务器没有可用的地址"),
    ("permanent error ", "邮件服务器拒绝接收 "),
    ("transient error ", "邮件服务器暂时拒绝接收 "),
    ("response error", "邮件服务器的应答有误"),
    ("Connection error", "无法连接邮件服务器"),
    ("network error", "与邮件服务器的连接中断"),
    ("tls error", "与邮件服务器的 TLS 连接失败"),
];

fn reason_chinese(words: &str) -> String {
    let known = REASONS.iter().find_map(|(english, chinese)| Some((chinese, words.strip_prefix(english)?)));
    let Some((chinese, rest)) = known else { return system::chinese(words) };
    let (colon, rest) = rest.strip_prefix(": ").map_or(("", rest), |rest| ("：", rest));
    format!("{chinese}{colon}{}", system::chinese(rest))
}

/// What a channel is called in English and in Chinese.
fn channel(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Webhook => ("Webhook", "Webhook"),
        Kind::Telegram => ("Telegram", "Telegram"),
        Kind::Ntfy => ("ntfy", "ntfy"),
        Kind::Mail => ("E-mail", "电子邮件"),
    }
}

fn hint(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Webhook => (
            "Sends JSON by POST, signed with HMAC-SHA256 in the header X-Mu-Panel-Signature.",
            "以 POST 发送 JSON，请求头 X-Mu-Panel-Signature 中带 HMAC-SHA256 签名。",
        ),
        Kind::Telegram => (
            "Create a bot with @BotFather, send it a message, then enter its token and your chat ID.",
            "用 @BotFather 创建机器人并给它发一条消息，然后填写令牌和聊天 ID。",
        ),
        Kind::Ntfy => (
            "Choose a topic that is hard to guess, and subscribe to it in the ntfy app.",
            "选一个别人猜不到的主题，并在 ntfy 应用中订阅。",
        ),
        Kind::Mail => ("Through your provider's mail server (SMTP).", "通过您邮箱服务商的邮件服务器（SMTP）发送。"),
    }
}

fn event(what: Happening) -> (&'static str, &'static str) {
    match what {
        Happening::NodeOffline => ("A node has been offline for 5 minutes", "节点离线 5 分钟"),
        Happening::NodeBack => ("A node is back", "节点恢复在线"),
        Happening::QuotaNear => ("A user has used 80% of their quota", "用户流量用到 80%"),
        Happening::QuotaOver => ("A user has used all of their quota", "用户流量用尽"),
        Happening::ExpiresSoon => ("A user expires within 3 days", "用户将在 3 天内到期"),
        Happening::Expired => ("A user has expired", "用户已到期"),
        Happening::Certificate => ("A certificate could not be renewed", "证书未能续期"),
        Happening::Backup => ("The daily backup failed", "每日备份失败"),
        Happening::Disk => ("The disk is nearly full", "磁盘快满了"),
        Happening::Port => ("The built-in node cannot listen on a port", "内置节点无法监听端口"),
        Happening::SignIn => ("A sign-in from a new address", "从新地址登录"),
        Happening::Test => ("This is a test", "这是一条测试"),
    }
}

fn title_english(what: Happening, count: usize) -> String {
    let many = |one: &str, many: &str| if count == 1 { one.to_owned() } else { format!("{count} {many}") };
    match what {
        Happening::NodeOffline => many("A node is offline", "nodes are offline"),
        Happening::NodeBack => many("A node is back", "nodes are back"),
        Happening::QuotaNear => many("A user has used 80% of their quota", "users have used 80% of their quota"),
        Happening::QuotaOver => many(
            "A user has used all of their quota and is cut off",
            "users have used all of their quota and are cut off",
        ),
        Happening::ExpiresSoon => many("A user expires within 3 days", "users expire within 3 days"),
        Happening::Expired => many("A user has expired", "users have expired"),
        Happening::Test => "This is a test. Notices arrive here.".to_owned(),
        other => event(other).0.to_owned(),
    }
}

fn title_chinese(what: Happening, count: usize) -> String {
    match what {
        Happening::NodeOffline => format!("{count} 个节点离线"),
        Happening::NodeBack => format!("{count} 个节点恢复在线"),
        Happening::QuotaNear => format!("{count} 位用户的流量已用到 80%"),
        Happening::QuotaOver => format!("{count} 位用户的流量已用尽，连接已断开"),
        Happening::ExpiresSoon => format!("{count} 位用户将在 3 天内到期"),
        Happening::Expired => format!("{count} 位用户已到期"),
        Happening::Test => "这是一条测试。通知会发送到这里。".to_owned(),
        other => event(other).1.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::Failure;

    #[test]
    fn every_reason_is_told_in_chinese() {
        let detail = || "detail".to_owned();
        let all = [
            Failure::BadUrl,
            Failure::NoSuchName(detail()),
            Failure::LookupFailed(detail(), detail()),
            Failure::Unreachable(detail()),
            Failure::Untrusted(detail()),
            Failure::TimedOut,
            Failure::TooLarge(1),
            Failure::Broken(detail()),
        ];
        for failure in all {
            // Another kind is added to the list above, too.
            match failure {
                Failure::BadUrl
                | Failure::NoSuchName(_)
                | Failure::LookupFailed(..)
                | Failure::Unreachable(_)
                | Failure::Untrusted(_)
                | Failure::TimedOut
                | Failure::TooLarge(_)
                | Failure::Broken(_) => {}
            }
            let words = failure.to_string();
            let chinese = reason_chinese(&words);
            assert!(!chinese.starts_with(|c: char| c.is_ascii()), "{words}: {chinese}");
            assert_eq!(chinese.contains("detail"), words.contains("detail"), "{chinese}");
        }
        assert_eq!(reason_chinese("the server answered 500: out of order"), "服务器返回 500: out of order");
        assert_eq!(reason_chinese("permanent error (550): no such user"), "邮件服务器拒绝接收 (550): no such user");
        let refused = "Connection error: Connection refused (os error 111)";
        assert_eq!(reason_chinese(refused), "无法连接邮件服务器：连接被拒绝，请检查服务器和端口");
        assert_eq!(system::plain(refused), "Connection error: Connection refused");
        assert_eq!(reason_chinese("something else"), "something else");
    }
}
