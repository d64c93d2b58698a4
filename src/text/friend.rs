//! What is shared with a friend, and the friend's own page.

use super::{Around, invitation::Invitation, isolated, reasons::Reasons, units::english::count};

sentences! {
    /// What is handed to a friend, and the friend's own page.
    Friend {
        invitation: &'static Invitation = &Invitation::ENGLISH, &Invitation::CHINESE;
        reasons: &'static Reasons = &Reasons::ENGLISH, &Reasons::CHINESE;
        share = "Share", "分享";
        share_hint =
            "Send the message as it is, or let your friend scan the code.",
            "直接发送下面的邀请，或让朋友扫描二维码。";
        message = "Invitation", "邀请";
        copy_message = "Copy invitation", "复制邀请";
        scan(tag: &str) = format!("QR code: {}", isolated(tag)), format!("二维码：{}", isolated(tag));
        older = "For older apps", "用于旧版应用";
        older_hint = "Only if an app doesn't accept the link above.", "仅当应用不接受上面的链接时使用。";
        no_server =
            "Almost there: set the host name or IP address that your friends connect to, and you get the link, the code \
            and an invitation to send.",
            "就差一步：填写朋友要连接的域名或 IP 地址，链接、二维码和可发送的邀请就会显示在这里。";
        no_server_go = "Set the node's address", "填写节点地址";
        only_here =
            "You opened the panel at an address that only works on this machine, so the invitation leaves the personal \
            page out.",
            "您打开面板所用的地址只在这台机器上有效，因此邀请中不含专属页面。";
        only_here_go = "Set the public address", "设置公网地址";
        address = "Personal page", "专属页面";
        address_hint =
            "Shows what is used and left, the links and codes. Apps that take a subscription read the same address.",
            "显示已用和剩余流量、链接和二维码。支持订阅的应用也读取同一个地址。";
        ask_replace: Around = ("New page address for ", "?"), ("为“", "”更换地址？");
        ask_replace_what =
            "The page leaves its current address at once, and apps that use it as a subscription get no more updates. \
            Links and codes that are already in an app keep working.",
            "当前地址立即失效，用它作订阅地址的应用将不再更新。已经添加到应用里的链接和二维码仍然有效。";
        ask_replace_how =
            "Afterwards, send the new address. If a link fell into the wrong hands, make a new password too.",
            "之后请把新的地址发给朋友。如果链接落入他人手中，请同时更换连接密码。";
        ask_replace_go = "Replace address", "更换地址";
        replaced: Around =
            ("", " has a new page address. Send the invitation again."),
            ("“", "”的页面已换新地址，请重新发送邀请。");
        title(name: &str) = format!("Hello {}", isolated(name)), format!("{}，你好", isolated(name));
        resets(day: &str) = format!("Resets on {day}."), format!("流量将于 {day} 重置。");
        ends(day: &str) = format!("Your access ends after {day}."), format!("有效期至 {day}。");
        renews(last: &str, day: &str) =
            format!("Your access renews on {day}."),
            format!("有效期至 {last}，到期自动续期。");
        from_first_use(days: i32) =
            format!("Your access lasts {} from first use.", count(days.into(), "day")),
            format!("首次使用后 {days} 天内有效。");
        since(day: &str) = format!("Counted since {day}."), format!("从 {day} 开始统计。");
        off =
            "Your access is switched off. Ask the person who invited you.",
            "你的连接目前已停用，请联系邀请你的人。";
        over =
            "You've used up your data. Ask the person who invited you.",
            "你的流量已用完，请联系邀请你的人。";
        over_until(day: &str) =
            format!("You've used up your data. It resets on {day}."),
            format!("你的流量已用完，将于 {day} 重置。");
        expired(day: &str) =
            format!("Your access ended after {day}. Ask the person who invited you."),
            format!("你的有效期已于 {day} 结束，请联系邀请你的人。");
        nearly(percent: i64, left: &str) =
            format!("You've used {percent}% of your data: {left} left."),
            format!("你已用去 {percent}% 的流量，还剩 {left}。");
        plain =
            "Some apps refuse this address, since it is not encrypted (http). Use a link or code above instead, or ask the \
            person who invited you for an https address.",
            "此地址未加密（http），部分应用会拒绝。请改用上面的链接或二维码，或向邀请你的人索取 https 地址。";
        waiting =
            "This server hasn't connected yet, so it may not work.",
            "这台服务器还没有连接过，可能暂时无法使用。";
        nowhere =
            "There is no server to connect to yet. Ask the person who invited you.",
            "目前还没有可以连接的服务器，请联系邀请你的人。";
        unencrypted_short = "Not encrypted (http)", "未加密（http）";
        unencrypted =
            "This address is not encrypted (http), so several apps, including Outline and most on an iPhone, refuse it as a \
            subscription. Links and codes work anyway; once the panel has HTTPS, subscriptions work everywhere.",
            "此地址未加密（http），因此部分应用（例如 Outline 和大多数 iPhone 应用）会拒绝用它作订阅地址。链接和二维码不受影\
            响；为面板启用 HTTPS 后，所有应用都能订阅。";
        install = "How to connect", "如何连接";
        first = "Install one of these apps.", "安装下面任意一个应用。";
        get(app: &str) = format!("Get {app}"), format!("下载 {app}");
        add_to(app: &str) = format!("Add to {app}"), format!("添加到 {app}");
        get_it = "Get", "下载";
        adding =
            "Come back to this page and tap “Add” beside the app. If nothing happens, the app is not installed yet, or \
            needs the link or code below.",
            "安装后回到本页，点击应用旁的“添加”。没有反应？说明应用尚未安装，或需要使用下面的链接或二维码。";
        other_systems = "For other devices", "其他设备";
        by_hand = "Links and codes", "链接和二维码";
        show_code = "QR code, for another device", "二维码（供其他设备扫描）";
        open_link = "Open in an app", "用应用打开";
        subscription_code = "QR code of the subscription", "订阅二维码";
        help = "Get help", "联系我";
        rates(nodes: &str) =
            format!("Traffic through these servers is multiplied: {nodes}. The charts show the actual traffic."),
            format!("以下服务器的流量按倍率计算：{nodes}。图表显示的是实际流量。");
        gone_title = "This address is no longer valid", "此地址已失效";
        gone =
            "Ask the person who gave it to you for the new one.",
            "请向把它发给你的人索取新地址。";
        second =
            "Scan the code with the app, or copy the link and choose “import from clipboard” in it.",
            "用应用扫描二维码，或复制链接后在应用里选择“从剪贴板导入”。";
        second_hint =
            "On the device you are reading this on: copy the link.",
            "如果本页就是在要使用的设备上打开的，请复制链接。";
        third = "Select the new entry and connect.", "选中新添加的条目，打开连接开关。";
        subscription = "Subscription", "订阅";
        subscription_hint =
            "For apps that ask for a subscription address (Clash Verge Rev, Clash Meta for Android, sing-box, Stash) \
            or update themselves from one. It is the address of this page.",
            "用于需要订阅地址的应用（Clash Verge Rev、Clash Meta for Android、sing-box、Stash），也能让应用自动更新。\
            它就是本页的地址。";
        outline = "For Outline", "用于 Outline";
        secret =
            "This page is only for you: anyone with its address uses your data. Please don't pass it on.",
            "本页仅供你本人使用：谁拿到地址，用的就是你的流量，请勿转发。";
    }
}
