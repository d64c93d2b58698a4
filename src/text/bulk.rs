//! Actions on several users at once.

use super::isolated;

sentences! {
    /// What is done to several users at once.
    Bulk {
        title = "With those who are ticked", "对勾选的用户";
        hint = "Tick users, then choose what to do: you are asked first.", "先勾选用户，再选择操作；执行前会请您确认。";
        tick(name: &str) = format!("Tick {}", isolated(name)), format!("勾选 {}", isolated(name));
        tick_all = "Tick all on this page", "勾选本页全部";
        tick_none = "Tick none", "全部取消勾选";
        select = "Tick", "勾选";
        on = "Switch on", "启用";
        off = "Switch off", "停用";
        reset = "Reset counters", "流量清零";
        extend = "Extend", "延期";
        delete = "Delete", "删除";
        ask_on(number: i64) = format!("Switch on {}?", users(number)), format!("启用 {number} 位用户？");
        ask_off(number: i64) = format!("Switch off {}?", users(number)), format!("停用 {number} 位用户？");
        ask_reset(number: i64) =
            format!("Reset the counters of {}?", users(number)),
            format!("将 {number} 位用户的流量清零？");
        ask_extend(number: i64) = format!("Extend {}?", users(number)), format!("为 {number} 位用户延期？");
        ask_delete(number: i64) = format!("Delete {}?", users(number)), format!("删除 {number} 位用户？");
        what_on =
            "Nodes let them in when they next ask, usually within a minute. Whoever has expired or is over the quota \
            stays out.",
            "节点下次获取用户列表后（通常一分钟内）就会让他们连接。已过期或超出限额的用户仍不能连接。";
        what_off =
            "Nodes stop letting them in when they next ask, usually within a minute.",
            "节点下次获取用户列表后（通常一分钟内）就不再让他们连接。";
        what_reset =
            "Their counters start again at zero. What they used so far becomes a closed period; the history by day \
            stays.",
            "流量将从零重新计算，目前的用量会记入已结算周期；每日用量记录不受影响。";
        what_extend =
            "The time is added to the last day, or to today if that is over already.",
            "从到期日起延长；已过期的用户从今天起延长。";
        what_delete =
            "Nodes stop letting them in, usually within a minute. For 30 days you can take this back; until then \
            nobody else gets their ports.",
            "节点通常一分钟内就不再让他们连接。30 天内可以撤销；在此期间，端口不会分给别人。";
        by = "How long", "延长多久";
        days = "30 days more", "30 天";
        month = "one month more", "一个月";
        until = "until a day that I choose", "到指定日期";
        date = "Last day", "到期日";
        until_hint =
            "Whoever has no last day keeps none, unless you choose a day.",
            "没有到期日的用户保持不变，除非指定日期。";
        nobody = "Nobody is ticked", "没有勾选任何用户";
        nobody_hint = "Go back and tick those whom you mean.", "请返回列表，勾选要操作的用户。";
        back = "Back to the list", "返回列表";
        gone =
            "Some of them have been deleted meanwhile, so nothing was done. These are left: look again.",
            "其中有些用户已被删除，因此什么都没有改动。剩下的用户如下，请再确认一次。";
        done_on(number: i64) = format!("{} switched on.", were(number)), format!("已启用 {number} 位用户。");
        done_off(number: i64) = format!("{} switched off.", were(number)), format!("已停用 {number} 位用户。");
        done_reset(number: i64) =
            format!("The counters of {} started again at zero.", users(number)),
            format!("{number} 位用户的流量已清零。");
        done_extend(number: i64) = format!("{} extended.", were(number)), format!("已为 {number} 位用户延期。");
        done_delete(number: i64) = format!("{} deleted.", were(number)), format!("已删除 {number} 位用户。");
        done_restore(number: i64) =
            if number == 1 { "1 user is back.".to_owned() } else { format!("{number} users are back.") },
            format!("已恢复 {number} 位用户。");
        done_import(number: i64) = format!("{} added.", were(number)), format!("已添加 {number} 位用户。");
    }
}

/// A number of users in English.
pub(super) fn users(number: i64) -> String {
    if number == 1 { "1 user".to_owned() } else { format!("{number} users") }
}

fn were(number: i64) -> String {
    format!("{} {}", users(number), if number == 1 { "was" } else { "were" })
}
