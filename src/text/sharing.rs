//! What friends' apps are told of the panel, and the level of V2Ray users.

sentences! {
    /// What friends' apps are told of the panel.
    Sharing {
        heading = "In your friends' apps", "在朋友的应用里";
        what =
            "How your subscription appears in the apps.",
            "朋友的应用如何显示您分享的订阅。";
        title = "Title", "名称";
        title_hint = "At most 25 characters, such as “Lena's server”.", "最多 25 个字符，例如“小李的服务器”。";
        support = "Support address", "联系方式";
        support_hint =
            "How friends reach you: a chat, an e-mail address (mailto:…) or a web page. Empty: none.",
            "朋友可以怎样联系您：聊天链接、邮箱（mailto:…）或网页。留空则不显示。";
        china_direct =
            "Clash apps reach sites in mainland China directly (GEOSITE and GEOIP rules)",
            "Clash 类应用直连中国大陆网站（GEOSITE 和 GEOIP 规则）";
        saved = "Changes to your friends' apps saved.", "朋友应用的设置已保存。";
        level_heading = "V2Ray", "V2Ray";
        level = "User level", "用户等级";
        level_hint =
            "The policy level of V2Ray users on every node; it must collect statistics. Empty: 2.",
            "所有节点上 V2Ray 用户的等级，其策略必须开启流量统计。留空为 2。";
        level_saved = "User level saved.", "V2Ray 用户等级已保存。";
    }
}
