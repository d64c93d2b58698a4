//! Backup, export and import.

use super::bulk::users;

sentences! {
    /// Users and the database as files.
    Files {
        title = "Backup, export, import", "备份、导出、导入";
        what =
            "A backup holds the whole database with all passwords, and so do the lists of users: keep them safe.",
            "备份是整个数据库，包含所有密码，请妥善保管；用户列表也一样。";
        backup = "Download a backup", "下载备份";
        json = "Users as JSON", "用户（JSON）";
        csv = "Users as CSV", "用户（CSV）";
        import = "Import users", "导入用户";
        list = "List of users", "用户列表";
        list_hint =
            "Names, one per line; or what another panel answers to “GET /users”; or a list exported here or made in a \
            spreadsheet, as JSON or CSV. You'll see who would be added before anything happens.",
            "每行一个名称；也可以粘贴其他面板“GET /users”的返回内容，或从这里导出、用表格软件制作的列表（JSON 或 CSV）。执行前会先显示将要添加的用户。";
        unusable =
            "Nothing was imported. Change these rows, then try again:",
            "未导入任何用户。请修改以下各行后重试：";
        look = "Preview", "预览";
        ask(number: i64) = format!("Add {}?", users(number)), format!("添加 {number} 位用户？");
        preview =
            "Nothing has been changed yet. Either all of them are added, or none.",
            "目前还没有任何改动。要么全部添加，要么一个也不添加。";
        /// What is wrong with one of them.
        row(row: usize, words: &str) = format!("User {row}: {words}"), format!("第 {row} 位：{words}");
        more(number: i64) = format!("And {number} more."), format!("另有 {number} 位用户。");
    }
}
