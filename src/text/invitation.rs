//! The words with which a friend is invited: a message to paste into a chat.

/// The sentences of one language. Programs and systems are called the same in each.
pub struct Invitation {
    /// The first line, to whom it goes.
    pub greeting: fn(name: &str) -> String,
    /// What it is about.
    pub about: &'static str,
    /// Before the programs, one line a system.
    pub install: &'static str,
    /// A system and the programs for it.
    pub programs: fn(system: &str, programs: &[&str]) -> String,
    /// Before the links, which begin with one of `schemes`: how to use them.
    pub import: fn(schemes: &[&str]) -> String,
    /// A link, and where it leads.
    pub link: fn(tag: &str, link: &str) -> String,
    /// After the links.
    pub connect: &'static str,
    /// Before the address of his page.
    pub page: &'static str,
    /// The last line.
    pub secret: &'static str,
    /// What a client shows of a list that is empty.
    pub no_access: &'static str,
}

/// English.
pub const ENGLISH: Invitation = Invitation {
    greeting: |name| format!("Hello {name},"),
    about: "here is your access to our shared server. It takes two minutes:",
    install: "1. Install one of these apps:",
    programs: |system, programs| format!("{system}: {}", programs.join(", ")),
    import: |schemes| {
        let schemes = schemes.join(" or ");
        format!(
            "2. Copy the whole line that begins with {schemes}, open the app, and choose \"import from clipboard\" (mostly behind the +):"
        )
    },
    link: |tag, link| format!("{tag}:\n{link}"),
    connect: "3. Select the new entry and switch the app on.",
    page: "Your own page shows what you have used and the codes to scan. Its address is also a subscription, for apps that ask for one (Clash Verge Rev, Clash Meta for Android, sing-box, Stash) or for being kept up to date:",
    secret: "The link and the page are for you alone: whoever has them uses your share. Please do not pass them on.",
    no_access: "There is nothing to connect to at present. Ask the person who invited you.",
};

/// 中文。
pub const CHINESE: Invitation = Invitation {
    greeting: |name| format!("{name}，你好："),
    about: "这是你在我们共用服务器上的连接方式，两分钟就能设好：",
    install: "1. 安装下面任意一个应用：",
    programs: |system, programs| format!("{system}：{}", programs.join("、")),
    import: |schemes| {
        format!("2. 复制以 {} 开头的整行，打开应用，选择“从剪贴板导入”（一般在 + 里）：", schemes.join(" 或 "))
    },
    link: |tag, link| format!("{tag}：\n{link}"),
    connect: "3. 选中新添加的条目，打开连接开关。",
    page: "你的专属页面显示已用流量和二维码。它的地址也是订阅地址，可用于需要订阅的应用（Clash Verge Rev、Clash Meta for Android、sing-box、Stash），也能让其他应用自动更新：",
    secret: "链接和页面仅供你本人使用：谁拿到，用的就是你的流量，请勿转发。",
    no_access: "目前没有可以连接的服务器，请联系邀请你的人。",
};
