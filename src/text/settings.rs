//! The settings: node token, password, language.

sentences! {
    /// The settings.
    SettingsPage {
        token = "Node token", "节点令牌";
        token_hint =
            "Nodes use it to prove that they are yours. Keep it secret: with it, all connection passwords can be read.",
            "节点用它证明自己的身份。持有令牌的人可以读取所有连接密码。";
        show_token = "Show token", "显示令牌";
        ask_rotate = "Replace the node token?", "更换节点令牌？";
        ask_rotate_what =
            "All nodes lose their connection to the panel at once: until they have the new token, they get no users and \
            can't report traffic.",
            "所有节点会立即断开：换上新令牌之前，既无法获取用户，也无法上报流量。";
        ask_rotate_how =
            "Afterwards, put the new token into the configuration of each node and restart its program.",
            "更换后，请把新令牌写入每个节点的配置，并重新启动节点程序。";
        ask_rotate_go = "Replace token", "更换令牌";
        password = "Your password", "登录密码";
        current = "Current password", "当前密码";
        new_hint = "At least 8 characters. All other sessions end.", "至少 8 个字符。其他登录都会失效。";
        change_password = "Change password", "修改密码";
        language = "Language", "语言";
        language_hint =
            "For everyone who hasn't chosen one with the button at the top.",
            "适用于没有在页面顶部选过语言的人。";
        browsers = "Browser's preference", "跟随浏览器";
        bare =
            "The connection to this panel is not encrypted: passwords and the token can be read on the way. Start it \
            with a certificate (--tls-cert, --tls-key), or put a proxy in front of it (--trusted-proxy).",
            "面板目前未加密：途经的任何人都能读到密码和令牌。请用证书启动（--tls-cert、--tls-key），或在前面放一个反向\
            代理（--trusted-proxy）。";
        unnamed_proxy(address: &str) =
            format!(
                "Requests seem to come through a proxy at {address}. If it is yours, name it with \
                --trusted-proxy {address}. Until then all its visitors count as one address, and wrong passwords of \
                one of them make the others wait."
            ),
            format!(
                "请求似乎经过位于 {address} 的代理。如果是您的代理，请用 --trusted-proxy {address} 指明。在此之前，所有访客都\
                算作同一个地址，一个人输错密码，其他人也要等待。"
            );
        short_token =
            "The node token is short and can be guessed. Replace it.",
            "节点令牌太短，可能被猜到。请更换。";
        environment(variable: &str) =
            format!(
                "{variable} is set. It took effect when the panel first started with this value; a change made here \
                holds until the variable gets another value."
            ),
            format!("已设置环境变量 {variable}。它在面板首次以该值启动时生效；此后在这里的修改一直有效，直到变量改为其他值。");
    }
}
