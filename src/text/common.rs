//! What is on every page.

sentences! {
    /// What stands on every page.
    Common {
        skip = "Skip to content", "跳到正文";
        pages = "Pages", "页面";
        users = "Users", "用户";
        nodes = "Nodes", "节点";
        settings = "Settings", "设置";
        sign_out = "Sign out", "退出";
        other_code = "zh", "en";
        other_name = "中文", "English";
        undo = "Undo", "撤销";
        add = "Add", "添加";
        save = "Save", "保存";
        delete = "Delete", "删除";
        replace = "Replace…", "更换…";
        cancel = "Cancel", "取消";
        copy = "Copy", "复制";
        copied = "Copied", "已复制";
        show = "Show", "显示";
        uploaded = "Uploaded", "上传";
        downloaded = "Downloaded", "下载";
        total = "Total", "合计";
        share = "Share", "占比";
        never = "never", "从未";
        /// Between a label and what it is about.
        colon = ": ", "：";
        /// Between two parts of what happened.
        also = "; ", "；";
        /// Between two sentences.
        space = " ", "";
        none = "none", "无";
        yes = "yes", "是";
        no = "no", "否";
        comma = ", ", "、";
        switch_on = "Switch on", "启用";
        switch_off = "Switch off", "停用";
        unsaved = "What you typed below is kept, but not saved yet.", "下面填写的内容已保留，但尚未保存。";
        wrong = "Not saved yet. Please check:", "尚未保存，请检查：";
    }
}
