//! The invitation for a friend: a message to paste into a chat.

sentences! {
    /// The sentences of an invitation. Programs and systems are called the same in each language.
    Invitation {
        /// The first line, with the name of the friend.
        greeting(name: &str) = format!("Hello {name},"), format!("{name}，你好：");
        /// What it is about.
        about =
            "here is your access to our shared server. It takes two minutes:",
            "这是你在我们共用的服务器上的连接方式，两分钟就能设好：";
        /// Before the programs, one line a system.
        install = "1. Install one of these apps:", "1. 安装下面任意一个应用：";
        /// A system and the programs for it.
        programs(system: &str, programs: &[&str]) =
            format!("{system}: {}", programs.join(", ")),
            format!("{}：{}", system.replace(", ", "、"), programs.join("、"));
        /// Before the links, which begin with one of `schemes`: how to use them.
        import(schemes: &[&str], several: bool) =
            {
                let schemes = schemes.join(" or ");
                let line = if several {
                    format!("any one of the lines that begin with {schemes}")
                } else {
                    format!("the whole line that begins with {schemes}")
                };
                format!("2. Copy {line}, open the app, and choose \"import from clipboard\" (mostly behind the +):")
            },
            {
                let schemes = schemes.join(" 或 ");
                let line = if several {
                    format!("从以 {schemes} 开头的几行中任选一行复制")
                } else {
                    format!("复制以 {schemes} 开头的整行")
                };
                format!("2. {line}，打开应用，选择“从剪贴板导入”（一般在 + 里）：")
            };
        /// What a node without a name is called.
        unnamed(id: i64) = format!("Node {id}"), format!("节点 {id}");
        /// The name of a node that has never connected.
        waiting(name: &str) = format!("{name} (not connected yet)"), format!("{name}（尚未连接过）");
        /// A link, and where it leads.
        link(tag: &str, link: &str) = format!("{tag}:\n{link}"), format!("{tag}：\n{link}");
        /// After the links.
        connect = "3. Select the new entry and switch the app on.", "3. 选中新添加的条目，打开连接开关。";
        /// How much there is to use, if that has a limit.
        quota(size: &str) = format!("You can use {size} of data."), format!("流量限额：{size}。");
        /// The last day, if there is one.
        ends(day: &str) = format!("Your access ends after {day}."), format!("有效期至 {day}。");
        /// Before the address of the personal page.
        page =
            "Your personal page shows what you have used and the codes to scan. Its address is also a subscription, for \
            apps that ask for one (Clash Verge Rev, Clash Meta for Android, sing-box, Stash) and for automatic updates:",
            "你的专属页面显示已用流量和二维码。它的地址也是订阅地址，可用于需要订阅的应用（Clash Verge Rev、Clash \
            Meta for Android、sing-box、Stash），也能让其他应用自动更新：";
        /// The last line, where there is no personal page.
        secret_link =
            "The link is only for you: anyone who has it uses your data. Please don't pass it on.",
            "链接仅供你本人使用：谁拿到，用的就是你的流量，请勿转发。";
        /// The last line.
        secret =
            "The link and the page are only for you: anyone who has them uses your data. Please don't pass them on.",
            "链接和页面仅供你本人使用：谁拿到，用的就是你的流量，请勿转发。";
    }
}
