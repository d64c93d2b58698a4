//! What happened to a user, in words.

use super::Words;

sentences! {
    /// What happened to a user, and who or what did it.
    Events {
        title: Words, none: Words, added: Words, imported: Words, changed: fn(&str) -> String, on: Words, off: Words, reset: fn(&str) -> String,
        removed: Words, restored: Words, address: Words, over: Words, expired: Words, by_page: Words, by_command: Words, by_panel: Words,
    }
}

/// English.
pub const ENGLISH: Events = Events {
    title: "What happened",
    none: "Nothing has been written down yet.",
    added: "Added",
    imported: "Imported",
    changed: |fields| format!("Changed: {fields}"),
    on: "Switched on",
    off: "Switched off",
    reset: |used| format!("Counters started again; {used} went into a closed period"),
    removed: "Deleted",
    restored: "Brought back",
    address: "Page got a new address",
    over: "Quota used up",
    expired: "Last day over",
    by_page: "on the page",
    by_command: "at the command line",
    by_panel: "by the panel",
};

/// 中文。
pub const CHINESE: Events = Events {
    title: "发生过的事",
    none: "还没有记录。",
    added: "已添加",
    imported: "已导入",
    changed: |fields| format!("已更改：{fields}"),
    on: "已启用",
    off: "已停用",
    reset: |used| format!("计数器重新开始；{used} 计入已结束的周期"),
    removed: "已删除",
    restored: "已恢复",
    address: "专属页面换了地址",
    over: "流量已用完",
    expired: "已过最后一天",
    by_page: "在页面上",
    by_command: "在命令行",
    by_panel: "由面板",
};
