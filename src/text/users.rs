//! The list of users.

use super::{isolated, units::english::count};

sentences! {
    /// The list of users.
    Users {
        add = "Add a user", "添加用户";
        options = "More options", "更多选项";
        several = "Several at once…", "批量添加…";
        empty = "No users yet", "还没有用户";
        empty_hint =
            "Enter your first friend's name above. Everything else has good defaults.",
            "在上面填写第一位朋友的名称即可，其余都有合适的默认值。";
        filter = "Filter", "筛选";
        all = "All", "全部";
        soon = "Expires within 7 days", "7 天内到期";
        active = "Online", "在线";
        search = "Name, note or port", "名称、备注或端口";
        find = "Search", "搜索";
        sort = "Sort by", "排序";
        direction = "Direction", "顺序";
        ascending = "↑ Ascending", "↑ 升序";
        descending = "↓ Descending", "↓ 降序";
        nobody = "No matching users", "没有符合条件的用户";
        show_all = "Show all users", "显示全部";
        state = "State", "状态";
        used = "Used", "已用";
        last_used = "Last used", "最近使用";
        devices(number: u32) = format!("{number} online"), format!("{number} 台在线");
        devices_hint = "Devices connected right now", "当前在线的设备数";
        expires_short(date: &str) = format!("until {date}"), format!("{date} 到期");
        renews(date: &str) = format!("renews on {date}"), format!("{date} 续期");
        from_first_use(days: i32) =
            format!("{} from first use", count(days.into(), "day")),
            format!("首次使用后 {days} 天");
        never_used = "never used", "从未使用";
        switch = "Actions", "操作";
        copy_link(name: &str) = format!("Copy link: {}", isolated(name)), format!("复制链接：{}", isolated(name));
        show_code(name: &str) = format!("QR code: {}", isolated(name)), format!("二维码：{}", isolated(name));
        but(label: &str, why: &str) = format!("{label}. {why}"), format!("{label}。{why}");
        let_in(name: &str) = format!("Access for {}", isolated(name)), format!("允许“{}”使用", isolated(name));
        paging = "Pages of the list", "列表翻页";
        range(from: &str, to: &str, total: &str) =
            format!("{from}–{to} of {total}"),
            format!("第 {from}–{to} 位，共 {total} 位");
        first = "« First", "« 首页";
        previous = "‹ Previous", "‹ 上一页";
        next = "Next ›", "下一页 ›";
        last = "Last »", "末页 »";
        of(quota: &str) = format!("of {quota}"), format!("/ {quota}");
        until(date: &str) = format!("Can be restored until {date}"), format!("{date} 之前可以恢复");
    }
}
