//! The message after an action.

use super::Around;

sentences! {
    /// What has just been done.
    Flash {
        user_added: Around =
            ("", " was added. Send the invitation, and it is done."),
            ("已添加 ", "。把邀请发过去就行了。");
        user_changed: Around = ("", " was saved."), ("已保存 ", "。");
        user_on: Around = ("", " was switched on."), ("已启用 ", "。");
        user_off: Around = ("", " was switched off."), ("已停用 ", "。");
        user_reset: Around = ("The counters of ", " started again at zero."), ("", " 的流量已清零。");
        user_deleted: Around = ("", " was deleted."), ("已删除 ", "。");
        user_restored: Around = ("", " is back."), ("已恢复 ", "。");
        node_added: Around =
            ("", " was added. Next, paste the three values below into its configuration."),
            ("已添加 ", "。接下来请把下面三个值粘贴到它的配置中。");
        here_on = "The node in this panel is on.", "面板内的节点已开启。";
        here_off = "The node in this panel is off.", "面板内的节点已关闭。";
        node_changed: Around = ("", " was saved."), ("已保存 ", "。");
        token_rotated =
            "The token was replaced. Put the new one into the configuration of each node now.",
            "令牌已更换。请立即把新令牌写入每个节点的配置。";
        password_changed = "The password was changed, and every other sign-in ended.", "密码已修改，其他登录均已失效。";
        language_changed = "The language was saved.", "语言已保存。";
        set_up =
            "The password is set and you are signed in. Add your first friend below.",
            "密码已设置，您已登录。现在就添加第一位朋友吧。";
        signed_out = "You are signed out.", "您已退出。";
    }
}
