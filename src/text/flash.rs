//! The message after an action.

use super::{Around, units::english::count};

sentences! {
    /// What has just been done.
    Flash {
        user_added: Around = ("", " has been added."), ("已添加“", "”。");
        /// What is next after the former, and after `user_relinked`.
        send_invitation = " Send the invitation below.", "请把下面的邀请发给朋友。";
        send_new_invitation = " Send the new invitation below.", "请把下面的新邀请发给朋友。";
        changed: Around = ("Changes to ", " saved."), ("已保存对“", "”的修改。");
        user_relinked: Around =
            ("Changes to ", " saved. The old link will stop working within a minute."),
            ("已保存对“", "”的修改。旧链接将在一分钟内失效。");
        /// After `user_relinked`, if the expiry date was changed as well.
        also_until(date: &str) = format!(" The user now expires on {date}."), format!("到期日现为 {date}。");
        also_by_use(days: i32) =
            format!(" The user now expires {} from first use.", count(days.into(), "day")),
            format!("现为首次使用后 {days} 天到期。");
        also_endless = " The user no longer expires.", "现在永不过期。";
        also_expired =
            " The expiry date has passed, so this user can't connect.",
            "到期日已过，这位用户无法连接。";
        also_renews(before: Option<&str>, last: &str, day: i64) =
            match before {
                Some(before) => format!(
                    " The user now expires on {last} and renews every month on day {day}. Before, it was {before}."
                ),
                None => format!(" The user now expires on {last} and renews every month on day {day}."),
            },
            match before {
                Some(before) => format!("到期日由 {before} 改为 {last}，每月 {day} 日自动续期。"),
                None => format!("到期日为 {last}，每月 {day} 日自动续期。"),
            };
        user_quota(size: &str) = format!(" now has a quota of {size}."), format!("”的流量限额现为 {size}。");
        user_extended(date: &str) = format!(" now expires on {date}."), format!("”的到期日现为 {date}。");
        /// Before the name in these two.
        user_now = "", "“";
        user_expired: Around =
            ("Changes to ", " saved. The expiry date has passed, so this user can no longer connect."),
            ("已保存对“", "”的修改。到期日已过，这位用户已无法连接。");
        user_renews(before: Option<&str>, last: &str, day: i64) =
            match before {
                Some(before) =>
                    format!(" now expires on {last} and renews every month on day {day}. Before, it was {before}."),
                None => format!(" now expires on {last} and renews every month on day {day}."),
            },
            match before {
                Some(before) => format!("”已保存。到期日由 {before} 改为 {last}，每月 {day} 日自动续期。"),
                None => format!("”已保存。到期日为 {last}，每月 {day} 日自动续期。"),
            };
        user_by_date(date: &str) =
            format!(" now expires on {date}, which replaces the days from first use."),
            format!("”的到期日现为 {date}，取代首次使用后的天数。");
        user_by_use(days: i32, before: &str) =
            format!(" now expires {} from first use, instead of on {before}.", count(days.into(), "day")),
            format!("”现为首次使用后 {days} 天到期，取代到期日 {before}。");
        user_was_on: Around = ("", " was on already: nothing was changed."), ("“", "”本来就已启用，没有任何改动。");
        user_was_off: Around = ("", " was off already: nothing was changed."), ("“", "”本来就已停用，没有任何改动。");
        user_unused: Around = ("", " has used nothing: nothing was reset."), ("“", "”没有用量，无需清零。");
        user_unlimited: Around =
            ("", " has no quota any more that could be raised: nothing was changed."),
            ("“", "”已没有流量限额可以增加，没有任何改动。");
        user_endless: Around =
            ("", " has no expiry date any more that could be moved: nothing was changed."),
            ("“", "”已没有到期日可以延后，没有任何改动。");
        user_on: Around = ("", " is switched on."), ("已启用“", "”。");
        user_off: Around = ("", " is switched off."), ("已停用“", "”。");
        user_reset: Around = ("Usage of ", " reset to zero."), ("“", "”的流量已清零。");
        user_deleted: Around = ("", " deleted."), ("已删除“", "”。");
        restored: Around = ("", " restored."), ("已恢复“", "”。");
        undone = "Undone.", "已撤销。";
        node_added: Around =
            ("", " added. Next, paste the three values below into the node's configuration."),
            ("已添加“", "”。接下来请把下面三个值粘贴到它的配置中。");
        here_on = "The node in this panel is on.", "面板内的节点已开启。";
        here_off = "The node in this panel is off.", "面板内的节点已关闭。";
        node_relinked: Around =
            ("Changes to ", " saved. Links with the old address no longer work: send your friends new ones."),
            ("已保存对“", "”的修改。使用旧地址的链接已失效，请把新的链接发给朋友们。");
        node_removed: Around = ("", " removed. Its history stays."), ("已删除“", "”，历史记录保留。");
        node_muted: Around = ("Alarms of ", " are off."), ("已关闭“", "”的通知。");
        node_unmuted: Around = ("Alarms of ", " are on."), ("已开启“", "”的通知。");
        token_rotated =
            "The token was replaced. Now put the new one into the configuration of each node.",
            "令牌已更换。请立即把新令牌写入每个节点的配置。";
        password_changed = "Password changed. All other sessions have ended.", "密码已修改，其他登录都已失效。";
        language_changed = "Language saved.", "语言已保存。";
        set_up = "You are signed in. Next, add your first friend.", "您已登录。接下来请添加第一位朋友。";
        signed_out = "You are signed out.", "您已退出。";
    }
}
