//! The history of a user.

sentences! {
    /// What happened to a user, and who or what did it.
    Events {
        title = "Activity", "操作记录";
        none = "No activity yet.", "还没有记录。";
        added = "Added", "已添加";
        imported = "Imported", "已导入";
        changed(fields: &str) = format!("Changed: {fields}"), format!("已更改：{fields}");
        on = "Switched on", "已启用";
        off = "Switched off", "已停用";
        reset(used: &str) =
            format!("Usage reset; {used} moved to a past period"),
            format!("流量已清零，{used} 记入历史周期");
        removed = "Deleted", "已删除";
        restored = "Restored", "已恢复";
        address = "Personal page got a new address", "专属页面已换新地址";
        over = "Quota used up", "流量已用完";
        expired = "Expired", "已过到期日";
        by_page = "on the page", "网页操作";
        by_command = "on the command line", "命令行";
        by_panel = "by the panel", "面板自动";
    }
}
