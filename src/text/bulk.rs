//! Actions on several users at once.

use super::{Around, isolated, units::english::count};

sentences! {
    /// Actions on several users at once.
    Bulk {
        title = "Selected users", "已选用户";
        hint = "Select users; you'll be asked to confirm.", "先选择用户，再选择操作；执行前会请您确认。";
        tick(name: &str) = format!("Select {}", isolated(name)), format!("选择“{}”", isolated(name));
        tick_all = "Select all on this page", "选择本页全部";
        tick_none = "Select none", "取消选择";
        go = "Continue", "继续";
        extend = "Extend", "延期";
        quota = "Add quota", "增加流量";
        method = "Change cipher", "更换加密方式";
        ask_on(number: i64) = format!("Switch on {}?", users(number)), format!("启用 {number} 位用户？");
        ask_off(number: i64) = format!("Switch off {}?", users(number)), format!("停用 {number} 位用户？");
        ask_reset(number: i64) = format!("Reset the usage of {}?", users(number)), format!("将 {number} 位用户的流量清零？");
        ask_extend(number: i64) = format!("Extend {}?", users(number)), format!("为 {number} 位用户延期？");
        ask_quota(number: i64) = format!("Add quota for {}?", users(number)), format!("为 {number} 位用户增加流量？");
        ask_method(number: i64) =
            format!("Change the cipher of {}?", users(number)),
            format!("更换 {number} 位用户的加密方式？");
        ask_delete(number: i64) = format!("Delete {}?", users(number)), format!("删除 {number} 位用户？");
        what_on =
            "They can connect within a minute. Users who have expired or used up their quota still can't.",
            "通常一分钟内即可连接。已过期或流量已用完的用户仍不能连接。";
        what_off = "They can no longer connect, usually within a minute.", "通常一分钟内就无法再连接。";
        what_reset =
            "Their usage starts again at zero. What they used so far becomes a past period; usage by day stays.",
            "流量将从零重新计算，目前的用量会记入历史周期；每日用量记录不受影响。";
        what_extend =
            "The time is added to the expiry date, or to today if they have already expired.",
            "从到期日起延长；已过期的从今天起延长。";
        what_quota = "It is added to the quota that each of them has.", "在各自的流量限额上增加。";
        are_on(number: i64) = are(number, "is on already", "are on already"), format!("{number} 位用户本来就已启用");
        are_off(number: i64) = are(number, "is off already", "are off already"), format!("{number} 位用户本来就已停用");
        are_unused(number: i64) = are(number, "has no usage", "have no usage"), format!("{number} 位用户没有用量");
        are_endless(number: i64) = are(number, "has no expiry date", "have no expiry date"), format!("{number} 位用户没有到期日");
        are_unlimited(number: i64) = are(number, "has no limit", "have no limit"), format!("{number} 位用户不限流量");
        /// After one of these, where it is so of some of the users, and where it is so of all.
        skipped = " and will be skipped.", "，将被跳过。";
        nothing_to_do = ": nothing would change.", "：不会有任何改动。";
        only_a_date = ": nothing would change, unless you enter a date.", "：除非指定日期，否则不会有任何改动。";
        nothing_done = "Nothing was changed.", "没有任何改动。";
        chosen = "{} selected", "已选 {} 位";
        what_method =
            "The links and codes you have shared with them stop working: send new ones afterwards. Where the password \
            doesn't fit the new cipher, a new one is made.",
            "已分享给他们的链接和二维码将失效，之后请把新的发给他们。如果密码不适用于新的加密方式，会自动更换。";
        what_delete =
            "They can no longer connect, usually within a minute. You can restore them for 30 days; until then their ports \
            stay reserved.",
            "通常一分钟内就无法再连接。30 天内可以恢复；在此期间，端口不会分给别人。";
        by = "How much longer", "延长多久";
        days: Around = ("By days:", ""), ("延长", "天");
        days_label = "Number of days", "天数";
        month = "By one month", "延长一个月";
        until = "Until a date:", "延长到：";
        until_hint = "With a date, users without one get it too; it replaces days from first use.", "指定日期时，没有到期日的用户也会设为该日期；它会取代首次使用后的天数。";
        amount = "How much more", "增加多少";
        amount_hint = "In GiB, or with a unit such as 500\u{a0}MiB.", "默认单位为 GiB，也可以写成 500\u{a0}MiB。";
        nobody = "No users selected", "没有选择任何用户";
        nobody_hint = "Go back and select some users first.", "请返回列表，先选择用户。";
        back = "Back to the list", "返回列表";
        gone =
            "Some of them have been deleted in the meantime, so nothing was changed. Please check the remaining ones.",
            "其中有些用户已被删除，因此什么都没有改动。剩下的用户如下，请再确认一次。";
        done_on(number: i64) = format!("{} switched on.", users(number)), format!("已启用 {number} 位用户。");
        done_off(number: i64) = format!("{} switched off.", users(number)), format!("已停用 {number} 位用户。");
        done_reset(number: i64) = format!("Usage of {} reset to zero.", users(number)), format!("{number} 位用户的流量已清零。");
        done_extend(number: i64) = format!("{} extended.", users(number)), format!("已为 {number} 位用户延期。");
        done_until(number: i64, date: &str) =
            are(number, "now expires on", "now expire on") + &format!(" {date}."),
            format!("{number} 位用户的到期日现为 {date}。");
        /// After `done_until`.
        done_instead =
            " Where days counted from first use, the date replaces them.",
            "原先按首次使用后天数计算的，已由该日期取代。";
        done_quota(number: i64) = format!("Quota of {} raised.", users(number)), format!("已为 {number} 位用户增加流量。");
        done_method(number: i64) =
            format!("Cipher of {} changed. Send them their new links.", users(number)),
            format!("已更换 {number} 位用户的加密方式，请把新的链接发给他们。");
        done_delete(number: i64) = format!("{} deleted.", users(number)), format!("已删除 {number} 位用户。");
        done_import(number: i64) = format!("{} added.", users(number)), format!("已添加 {number} 位用户。");
        skip_on(number: i64) =
            format!(" Skipped: {} already on.", users(number)),
            format!("跳过 {number} 位：本来就已启用。");
        skip_off(number: i64) =
            format!(" Skipped: {} already off.", users(number)),
            format!("跳过 {number} 位：本来就已停用。");
        skip_reset(number: i64) =
            format!(" Skipped: {} with no usage.", users(number)),
            format!("跳过 {number} 位：没有用量。");
        skip_extend(number: i64) =
            format!(" Skipped: {} with no expiry date, or that date already.", users(number)),
            format!("跳过 {number} 位：没有到期日，或已是该日期。");
        skip_quota(number: i64) =
            format!(" Skipped: {} without a limit.", users(number)),
            format!("跳过 {number} 位：不限流量。");
        skip_method(number: i64) =
            format!(" Skipped: {} with that cipher already.", users(number)),
            format!("跳过 {number} 位：已是该加密方式。");
    }
}

/// What is so of a number of users, in English.
fn are(number: i64, one: &str, many: &str) -> String {
    format!("{} {}", users(number), if number == 1 { one } else { many })
}

/// A number of users in English.
pub(super) fn users(number: i64) -> String {
    count(number, "user")
}
