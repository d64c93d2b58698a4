//! Long-running work, and files on their way to and from browsers.

use super::units::english::count;
use crate::model::Stage;

sentences! {
    /// Backups that are downloaded and put back, and whatever takes long.
    Work {
        stage: fn(Stage) -> &'static str = |stage| stage_of(stage).0, |stage| stage_of(stage).1;
        again =
            "This page refreshes every second. You can leave it; the work continues.",
            "本页每秒刷新一次。离开后操作会继续进行。";
        title = "Restore a backup", "恢复备份";
        what =
            "Choose a file made by “Download a backup” or “mu-panel backup”. It is checked first, and you'll see what is \
            in it before anything happens.",
            "选择由“下载备份”或“mu-panel backup”生成的文件。系统会先检查它，并显示其中的内容；确认之前不会有任何改\
            动。";
        file = "Backup file", "备份文件";
        send = "Check", "检查";
        checking = "Checking the backup", "正在检查备份";
        ask = "Replace the current database with this backup?", "用这个备份替换当前数据库？";
        backup = "Backup", "备份";
        present = "Current", "当前";
        last = "Last traffic", "最近流量";
        size = "Size", "大小";
        schema = "Schema", "结构版本";
        older =
            "It was made by an older mu-panel and has been upgraded.",
            "它由较旧版本的 mu-panel 生成，已自动升级。";
        lost(ago: &str) =
            format!(
                "Everything counted or changed since the backup (last traffic in it: {ago}) disappears from the panel, but \
                stays in the file that is kept."
            ),
            format!("备份之后的流量和改动将从面板中消失（备份中的最近流量：{ago}），但仍保存在留存的文件里。");
        kept(file: &str) =
            format!("The current database stays on the server, beside the new one, as “{file}”."),
            format!("当前数据库会留存在服务器上，与新数据库放在一起，文件名为“{file}”。");
        signs =
            "Password and node token will be those of the backup: if the token differs, your nodes need the new one. You \
            stay signed in here; all other sessions end.",
            "密码和节点令牌将变为备份中的：如果令牌不同，需要在节点上更新。您在这里保持登录，其他登录全部结束。";
        putting = "Restoring the backup", "正在恢复备份";
        done(users: i64, ago: &str) =
            format!("The backup with {} was restored {ago}.", count(users, "user")),
            format!("备份已恢复（{ago}），共 {users} 位用户。");
        done_kept = "The previous database is on the server, in this file:", "之前的数据库在服务器上的这个文件里：";
        done_signs =
            "Password and node token are those of the backup. You are still signed in here; all other sessions have ended.",
            "密码和节点令牌现在以备份为准。您在这里仍保持登录，其他登录已全部结束。";
        failed(why: &str) =
            format!("The backup was not restored, and nothing was changed: {why}"),
            format!("没有恢复，也没有任何改动：{why}");
        making = "Making a backup", "正在生成备份";
        ready = "The backup is ready", "备份已生成";
        fetch(size: &str) = format!("Download ({size})"), format!("下载（{size}）");
        ready_hint =
            "The download starts by itself. The file stays here for an hour.",
            "下载会自动开始。文件会在这里保留一小时。";
        none = "This backup is gone. Make a new one.", "这份备份已不在了，请重新生成。";
        adding = "Adding users", "正在添加用户";
        or_file = "Or choose a file", "或选择列表文件";
        or_file_hint =
            "JSON or CSV, up to 8 MiB. A file takes the place of what you pasted.",
            "JSON 或 CSV，最大 8 MiB。如果选择了文件，则以文件为准，忽略粘贴的内容。";
    }
}

fn stage_of(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::Reading => ("Reading the file", "正在读取文件"),
        Stage::Checking => ("Checking the database", "正在检查数据库"),
        Stage::Keeping => ("Saving the current database", "正在保留当前数据库"),
        Stage::Copying => ("Copying the database", "正在复制数据库"),
        Stage::Adding => ("Adding users", "正在添加用户"),
        Stage::Listing => ("Listing the users", "正在列出用户"),
    }
}
