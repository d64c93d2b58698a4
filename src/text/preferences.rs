//! Time zone, defaults for new users, sessions, theme.

sentences! {
    /// The time zone, what new users get, sign-ins, light and dark.
    Preferences {
        zone = "Time zone", "时区";
        zone_name = "Name", "时区名称";
        zone_machine = "the server's", "服务器时区";
        zone_what =
            "Days begin at midnight in this zone: for monthly resets, expiry dates and usage by day and month. Past \
            periods stay as they are.",
            "每天从该时区的零点开始：流量重置、用户到期、每日和每月用量都以此为准。历史周期不变。";
        zone_hint = "Type to search, such as Berlin.", "输入即可搜索，例如 Shanghai。";
        zone_offer = "Use {}", "使用 {}";
        zone_now(now: &str) = format!("Now: {now}"), format!("现在：{now}");
        zone_done = "Time zone saved.", "时区已保存。";
        public = "Public address", "公网地址";
        public_what =
            "The address that others use to reach this panel. Invitations, links and the set-up of nodes use it. \
            Empty: the address in your browser.",
            "其他人访问面板所用的地址，用于邀请、链接和节点接入配置。留空则使用浏览器中的地址。";
        public_done = "Public address saved.", "公网地址已保存。";
        public_offer(address: &str) =
            format!("You are using {address} right now."),
            format!("您现在使用的是 {address}。");
        public_here =
            "The saved address only works on this machine: links and nodes elsewhere can't reach it.",
            "保存的地址只在这台机器上有效：其他机器上的链接和节点无法访问。";
        public_word =
            "The saved address has no dot: outside your own network it leads nowhere.",
            "保存的地址中没有点号：在您自己的网络之外无法访问。";
        public_tunnel =
            "You opened the panel through an address that only works on this machine. Enter the one that others use.",
            "您打开面板所用的地址只在这台机器上有效，请填写其他人访问面板所用的地址。";
        defaults = "Defaults for new users", "新用户的默认值";
        defaults_what =
            "What new users get unless you set it yourself, here and with “mu-panel user add”. Existing users are not \
            affected.",
            "在这里或用“mu-panel user add”添加用户时，未另行指定的项目取这些值。已有用户不受影响。";
        defaults_done = "Defaults saved.", "默认值已保存。";
        days = "Expires after (days)", "有效天数";
        days_hint = "Counted from when the user is added. Empty: never.", "从添加之日算起；留空则永不过期。";
        ports = "Ports", "端口范围";
        ports_hint =
            "A new user gets the next free one of these. Open them in the firewall, TCP and UDP.",
            "新用户自动分配其中的下一个空闲端口。请在防火墙中放行这些端口的 TCP 和 UDP。";
        sessions = "Active sessions", "已登录的设备";
        sessions_what =
            "Where you are signed in. A session ends after 12 hours without use.",
            "您已在以下设备登录；12 小时未使用会自动失效。";
        since = "since", "登录于";
        seen = "last used", "最近使用";
        this_one = "This session", "当前设备";
        end_others = "Sign out everywhere else", "退出其他所有设备";
        ended = "Session ended.", "已退出该设备。";
        others_ended = "All other sessions ended.", "已退出其他所有设备。";
        theme = "Theme", "配色";
        system = "System", "跟随系统";
        light = "Light", "浅色";
        dark = "Dark", "深色";
    }
}
