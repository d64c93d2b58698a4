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
    title: "操作记录",
    none: "还没有记录。",
    added: "已添加",
    imported: "已导入",
    changed: |fields| format!("已更改：{fields}"),
    on: "已启用",
    off: "已停用",
    reset: |used| format!("流量已清零，{used} 记入已结算周期"),
    removed: "已删除",
    restored: "已恢复",
    address: "专属页面已换新地址",
    over: "流量已用完",
    expired: "已过到期日",
    by_page: "网页操作",
    by_command: "命令行",
    by_panel: "面板自动",
};
