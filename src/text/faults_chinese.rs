//! What was wrong, in simplified Chinese.

use crate::error::Fault;

#[allow(clippy::too_many_lines)] // one line a fault
pub(super) fn fault(fault: &Fault) -> String {
    match fault {
        Fault::NameEmpty => "请填写名称".to_owned(),
        Fault::NameTooLong { most } => format!("名称最多 {most} 个字符：请缩短"),
        Fault::NameControl => "名称不能含有换行或其他控制字符：请去掉".to_owned(),
        Fault::NameTaken { name } => format!("已经有名为 `{name}` 的用户：请换一个名称"),
        Fault::PortBad { given } => format!("`{given}` 不是端口：请填写 1 到 65535 的数字"),
        Fault::PortTaken { port } => {
            format!("端口 {port} 属于别的用户，或 30 天内曾属于别的用户：请换一个，或者留空")
        }
        Fault::PortsUsedUp => "20001 以上的端口已全部用完：请指定一个更小的端口".to_owned(),
        Fault::PasswordBad => {
            "密码只能由可见的 ASCII 字符组成，不含引号、反斜杠和空格：留空即可得到一个合适的密码".to_owned()
        }
        Fault::PasswordTooLong { most } => format!("密码最多 {most} 个字符：请缩短"),
        Fault::PasswordNotKey { method, bytes } => {
            format!("`{method}` 的密码必须是恰好 {bytes} 字节的 base64 密钥：留空即可生成")
        }
        Fault::MethodUnknown { given } => {
            format!("不认识加密方式 `{given}`：`chacha20-ietf-poly1305` 适合所有人")
        }
        Fault::MethodRefused { given } => {
            format!("`{given}` 完全不加密：`chacha20-ietf-poly1305` 适合所有人")
        }
        Fault::SizeBad { given } => {
            format!("`{given}` 不是大小：请写成 `10GiB`、`500M` 或字节数，不限则写 `none`")
        }
        Fault::DateBad { given } => format!("`{given}` 不是日期：请写成 `2027-12-31`，永不过期则写 `never`"),
        Fault::ResetDayBad { given } => format!("`{given}` 不是每月的某一天：请填写 1 到 31，不重新计算则写 `never`"),
        Fault::NoteTooLong { most } => format!("备注最多 {most} 个字符：请缩短"),
        Fault::NoteControl => "备注不能含有控制字符：请去掉".to_owned(),
        Fault::DeletedMeanwhile => {
            "您打开表单之后，该用户已在别处删除：请在另一个标签页中恢复，然后再次保存".to_owned()
        }
        Fault::EditedMeanwhile => "您打开表单之后，内容已在别处修改：请核对现在的内容，然后再次保存".to_owned(),
        Fault::AddressBad { given } => {
            format!("`{given}` 不是地址：请填写主机名或 IP 地址，不带 `http://`、端口和路径")
        }
        Fault::RateBad { given } => {
            format!("`{given}` 不是倍率：请填写 0 到 1000 的数字，最多三位小数，例如 `1` 或 `0.5`")
        }
        Fault::NetworkUnknown { given } => format!("`{given}` 不是传输方式：请从列表中选择"),
        Fault::PathBad { given } => format!("`{given}` 不是路径：请以 `/` 开头，使用字母和数字，不含空格"),
        Fault::ServiceBad { given } => format!("`{given}` 不是服务名：请使用字母和数字，不含 `/` 和空格"),
        Fault::AdminPasswordShort { least } => format!("密码太短：至少 {least} 个字符"),
        Fault::AdminPasswordLong { most } => format!("密码太长：最多 {most} 字节"),
        Fault::AdminPasswordWrong => "密码不对".to_owned(),
        Fault::PasswordsDiffer => "两次输入的密码不同：请输入相同的密码".to_owned(),
        Fault::SetupLinkBad => "这个链接已经用过，或已超过 30 分钟：重新启动 mu-panel 可得到新链接".to_owned(),
        Fault::Wait { seconds } => {
            format!("您的地址输错密码次数过多：请等待 {}", super::chinese::lasting(*seconds))
        }
        Fault::FormStale => "这个表单不属于当前的登录，什么都没有改动：请返回，重新打开页面后再试".to_owned(),
        Fault::TokenBad => "令牌由 1 到 128 个 `[A-Za-z0-9]` 字符组成".to_owned(),
        Fault::ImportUuidTaken { uuid } => format!("V2Ray ID `{uuid}` 已属于另一位用户：从列表中去掉它即可得到新的"),
        Fault::NoFile => "没有选择文件：请选择一个".to_owned(),
        Fault::Working => "已经在进行：请等它完成".to_owned(),
        Fault::UploadStale => {
            "发送此文件的页面已过期，或已用来发送过文件，什么都没有改动：请返回，重新打开页面，再选择一次文件"
                .to_owned()
        }
        Fault::UploadRefused { most } => format!(
            "没有接收此文件：发送它的页面已过期，或已用来发送过文件，或者文件超过 {} GiB：请返回，重新打开页面，再选择一次文件",
            most >> 30
        ),
        Fault::UploadForeign => {
            "这不是 mu-panel 的数据库：请选择由“下载备份”或 `mu-panel backup` 生成的文件".to_owned()
        }
        Fault::UploadDamaged { detail } => format!("该数据库已损坏（{detail}）：请选择其他备份"),
        Fault::UploadNewer { found, known } => {
            format!("该数据库由更新版本的 mu-panel 写入（结构版本 {found}，本程序只支持到 {known}）：请使用新版程序")
        }
        Fault::ZoneUnknown { given } => format!("本机不认识时区 `{given}`：请写成 `Asia/Shanghai` 的形式"),
        Fault::DaysBad { given, most } => format!("`{given}` 不是有效的天数：请填写 1 到 {most}，或留空"),
        Fault::LanguageUnknown { given } => format!("不认识语言 `{given}`：可用 `en` 和 `zh`"),
        Fault::IdBad { key, given } => format!("`{key}` 必须是从 1 开始的整数，而不是 `{given}`"),
        Fault::UserUnknown => "没有这位用户，也从未有过".to_owned(),
        Fault::CountMissing { key } => format!("缺少 `{key}`"),
        Fault::CountBad { key } => format!("`{key}` 必须是不小于 0 的整数"),
        Fault::CountTooLarge { key } => format!("`{key}` 超过了可容纳的最大值 9223372036854775807"),
        Fault::CounterFull => "这位用户的计数将超过 9223372036854775807：请先清零".to_owned(),
        Fault::RowNotObject => "这一行不是含有 `user_id`、`u` 和 `d` 的 JSON 对象".to_owned(),
        Fault::BatchNotArray { detail } => {
            format!("内容必须是 JSON 数组，其中的对象含有 `user_id`、`u` 和 `d`：{detail}")
        }
        Fault::BatchUnusable { rows: 1, first } => self::fault(first),
        Fault::BatchUnusable { rows, first } => {
            format!("{rows} 行全都无法使用；第一行：{}", self::fault(first))
        }
        Fault::BodyBad { detail } => format!("无法读取内容：{detail}"),
        Fault::UptimeBad => "`uptime` 必须是不小于 0 的秒数".to_owned(),
        Fault::LoadTooLong => "`load` 最多 200 个字符".to_owned(),
        Fault::IpBad => "`ip` 必须是 IP 地址".to_owned(),
        Fault::KeyTooLong { most } => format!("`Idempotency-Key` 为 1 到 {most} 个字符"),
        Fault::PathUnknown => "这个地址没有内容".to_owned(),
        Fault::MethodNotAllowed { allowed } => format!("这个地址只接受 {allowed}"),
        Fault::BodyTooLarge { most } => format!("内容超过 {most} 字节：请分批发送"),
        Fault::ImportBad { detail } => format!("这不是 `GET /users` 返回的那种用户列表：{detail}"),
        Fault::ImportEmpty => "里面没有用户".to_owned(),
        Fault::ImportRow { row, fault } => {
            format!("列表中的第 {row} 位用户：{}；没有导入任何内容", self::fault(fault))
        }
        Fault::ImportIdTaken { id } => format!("ID 为 {id} 的用户已经存在，或曾经存在"),
        Fault::UuidBad { given } => format!("`{given}` 不是 UUID"),
        Fault::NoSuchUser { given } => format!("没有用户 `{given}`：`mu-panel user list` 可列出全部"),
        Fault::NoSuchNode { given } => format!("没有节点 `{given}`：`mu-panel node list` 可列出全部"),
        Fault::NothingToChange => "没有指定要修改的内容：见 `--help`".to_owned(),
        Fault::FileMissing { file } => format!("没有文件 `{file}`"),
        Fault::FileExists { file } => format!("`{file}` 已经存在：请换一个文件名，或先删除它"),
        Fault::FileUnusable { file, detail } => format!("无法使用 `{file}`：{detail}"),
        Fault::NotDatabase { file } => format!("`{file}` 不是 mu-panel 数据库，未作改动：请用 `--db` 指定另一个"),
        Fault::DatabaseDamaged { file, detail } => {
            format!("`{file}` 已损坏（{detail}）：请用 `mu-panel restore FILE` 恢复备份")
        }
        Fault::DatabaseNewer { file, found, known } => {
            format!(
                "`{file}` 由更新版本的 mu-panel 写入（结构版本 {found}，本程序为 {known}），未作改动：请使用新版程序"
            )
        }
        Fault::DatabaseMissing { file, log } => {
            format!("没有 `{file}`，但有 `{log}`，其中是最后写入的内容：请把数据库放回它旁边，或把它也移走")
        }
        Fault::ServerRunning { file } => format!("有服务正在使用 `{file}`：请先停止它"),
        Fault::CertificateBad { file, detail } => format!("证书 `{file}` 或其密钥无法使用：{detail}"),
        Fault::ListenBad { address, detail } => {
            format!("无法监听 `{address}`（{detail}）：请用 `--listen ADDR:PORT` 指定另一个地址")
        }
        Fault::DiskFull => "磁盘已满或有故障，什么都没有改动：请腾出空间后再试".to_owned(),
        Fault::ReadOnly => "无法写入数据库，什么都没有改动：请检查权限后再试".to_owned(),
        Fault::Locked => "数据库正忙，什么都没有改动：请再试一次".to_owned(),
    }
}
