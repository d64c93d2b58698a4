//! Signing in, and setting the first password.

sentences! {
    /// Signing in, and setting the first password.
    SignIn {
        title = "Sign in", "登录";
        password = "Password", "密码";
        forgotten = "Forgot it? Set a new one on the server:", "忘记密码？在服务器上重新设置：";
        welcome = "Welcome", "欢迎";
        choose = "Choose an admin password.", "请设置管理员密码。";
        new_password = "New password", "新密码";
        new_hint = "At least 8 characters.", "至少 8 个字符。";
        set = "Finish setup", "完成设置";
        unset =
            "This panel has no password yet. To set one, open the link that mu-panel printed when it started:",
            "这个面板还没有密码。请打开 mu-panel 启动时显示的链接来设置：";
        unset_hint =
            "The link is valid for 30 minutes. Restart mu-panel to get a new one.",
            "链接 30 分钟内有效。重新启动 mu-panel 可得到新链接。";
        expired =
            "The form was open for too long, or your browser blocks cookies. Please try again.",
            "表单打开太久，或浏览器禁用了 Cookie。请再试一次。";
    }
}
