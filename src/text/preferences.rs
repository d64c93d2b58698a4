//! Time zone, defaults for new users, sessions, theme.

sentences! {
    /// The time zone, what new users get, sign-ins, light and dark.
    Preferences {
        zone = "Time zone", "时区";
        zone_name = "Name", "名称";
        zone_machine = "the machine's", "与本机相同";
        zone_what =
            "Days begin at midnight there: that is when counters start again, when users expire, and how usage by day \
            and month is told. Closed periods stay as they are.",
            "每天从该时区的零点开始：流量重置、用户到期、每日和每月用量都以此为准。已结算周期不变。";
        zone_now = "Now:", "现在：";
        zone_done = "The time zone was saved.", "时区已保存。";
        defaults = "Defaults for new users", "新用户的默认值";
        defaults_what =
            "What a new user gets unless you say otherwise, here and with “mu-panel user add”. Nobody who is there \
            already changes.",
            "在这里或用 “mu-panel user add” 添加用户时，未另行指定的项目取这些值。已有用户不受影响。";
        defaults_done = "The defaults were saved.", "默认值已保存。";
        days = "Ends after", "有效天数";
        days_hint = "Days from when the user is added; empty for never.", "从添加之日算起；留空则永不过期。";
        sessions = "Sign-ins", "已登录的设备";
        sessions_what =
            "Where you are signed in. One that is not used for 12 hours ends by itself.",
            "您已在以下设备登录；12 小时未使用会自动失效。";
        since = "since", "登录于";
        seen = "last used", "最近使用";
        this_one = "This one", "当前设备";
        end = "End", "退出";
        end_others = "End all others", "退出其他所有设备";
        ended = "The sign-in was ended.", "已退出该设备。";
        others_ended = "All other sign-ins were ended.", "已退出其他所有设备。";
        theme = "Colours", "配色";
        system = "System", "跟随系统";
        light = "Light", "浅色";
        dark = "Dark", "深色";
    }
}
