//! A form whose sign-in has ended.

sentences! {
    /// What is said of a form that came too late.
    StaleForm {
        title = "Not done yet", "尚未执行";
        why =
            "The form belonged to an earlier session, so nothing was changed. This is what you entered:",
            "这个表单属于之前的登录，因此什么都没有改动。您填写或选择的内容如下：";
        other = "Other", "其他";
        send = "Send it again", "重新提交";
        sign_in =
            "Your session has ended, so nothing was changed. What you entered is kept: sign in, and you can send it again.",
            "登录已失效，因此什么都没有改动。您填写的内容已保留：输入密码后即可重新提交。";
    }
}
