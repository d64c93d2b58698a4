//! What was wrong and what to do about it. One file, since the match is one: a fault without its sentence does not
//! compile.

use super::{
    Language,
    bulk::users,
    import_rows::{count, each},
    system,
    units::{chinese, english},
};
use crate::error::Fault;

/// One arm a fault: the pattern, the English and the Chinese sentence.
macro_rules! faults {
    ($fault:ident, $language:ident: $($pattern:pat $(if $guard:expr)? => $english:expr, $chinese:expr;)*) => {
        match $fault {
            $($pattern $(if $guard)? => match $language {
                Language::English => String::from($english),
                Language::Chinese => String::from($chinese),
            },)*
        }
    };
}

/// A fault in words, as the command line shows it: lower case, values in backticks, no full stop.
#[allow(clippy::too_many_lines)] // one arm a fault
pub fn words(fault: &Fault, language: Language) -> String {
    faults! { fault, language:
        Fault::NameEmpty => "enter a name", "请填写名称";
        Fault::NameTooLong { most } =>
            format!("a name can have up to {most} characters: shorten it"), format!("名称最多 {most} 个字符：请缩短");
        Fault::NameControl =>
            "a name can't contain line breaks or other control characters: remove them", "名称不能含有换行或其他控制字符：请去掉";
        Fault::NameTaken { name } =>
            format!("there is already a user `{name}`: choose another name"),
            format!("已经有名为 `{name}` 的用户，请换一个名称");
        Fault::LimitBad { given, most } =>
            format!("`{given}` isn't a valid limit: enter a whole number from 1 to {most}, or 0 or nothing for no limit"),
            format!("`{given}` 不是有效的数值：请填写 1 到 {most} 的整数，0 或留空表示不限");
        Fault::PortBad { given } =>
            format!("`{given}` isn't a valid port: enter a number from 1 to 65535"),
            format!("端口 `{given}` 格式不正确：请填写 1 到 65535 的数字");
        Fault::PortTaken { port } =>
            format!("port {port} belongs to another user, or did less than 30 days ago: choose another or leave it \
            empty"),
            format!("端口 {port} 属于别的用户，或 30 天内曾属于别的用户：请换一个，或者留空");
        Fault::PortsUsedUp { from, to } =>
            format!("every port from {from} to {to} is taken, those of users removed in the last 30 days included: \
            enter another port, or widen the range in the settings"),
            format!("{from} 到 {to} 的端口已全部用完（包括 30 天内删除的用户的端口）：请另填一个端口，或在设置中扩大范围");
        Fault::PortRangeBad { given } =>
            format!("`{given}` isn't a valid range of ports: enter the first and the last one, such as `20001-20100`"),
            format!("端口范围 `{given}` 格式不正确：请填写首尾两个端口，例如 `20001-20100`");
        Fault::OffsetBad { given } =>
            format!("`{given}` isn't a valid offset: enter a whole number such as `10000` or `-5000`, or nothing"),
            format!("端口偏移 `{given}` 格式不正确：请填写整数，例如 `10000` 或 `-5000`，也可以留空");
        Fault::OffsetTooFar { port, outside } =>
            format!("port {port} would be {outside} outside, and ports go from 1 to 65535: choose another offset, or \
            change that user's port first"),
            format!("端口 {port} 对外将变为 {outside}，超出了 1 到 65535 的范围：请换一个偏移，或先修改该用户的端口");
        Fault::PasswordBad =>
            "a password consists of printable ASCII characters without quotes, backslash or space: leave it empty to \
            get a good one",
            "密码只能由可见的 ASCII 字符组成，不含引号、反斜杠和空格：留空即可得到一个合适的密码";
        Fault::PasswordTooLong { most } =>
            format!("a password can have up to {most} characters: shorten it"), format!("密码最多 {most} 个字符：请缩短");
        Fault::PasswordNotKey { method, bytes } =>
            format!("`{method}` needs a base64 key of exactly {bytes} bytes as its password: leave it empty to get \
            one"),
            format!("`{method}` 的密码必须是恰好 {bytes} 字节的 base64 密钥：留空即可生成");
        Fault::MethodUnknown { given } =>
            format!("`{given}` isn't a supported cipher: `chacha20-ietf-poly1305` works everywhere"),
            format!("不支持加密方式 `{given}`：`chacha20-ietf-poly1305` 通用");
        Fault::MethodRefused { given } =>
            format!("`{given}` doesn't encrypt anything: `chacha20-ietf-poly1305` works everywhere"),
            format!("`{given}` 完全不加密：`chacha20-ietf-poly1305` 通用");
        Fault::SizeBad { given } =>
            format!("`{given}` isn't a valid size: write it as `10\u{a0}GiB` or `500\u{a0}MiB`, or `unlimited`"),
            format!("无法识别 `{given}`：请写成 `10\u{a0}GiB` 或 `500\u{a0}MiB`，不限流量则写 `不限`");
        Fault::DateBad { given } =>
            format!("`{given}` isn't a valid date: write it like `2027-12-31`, or `never`"),
            format!("日期 `{given}` 格式不正确：请写成 `2027-12-31`，永不过期则写 `never`");
        Fault::ResetDayBad { given } =>
            format!("`{given}` isn't a day of the month: enter 1 to 31, or `never`"),
            format!("重置日 `{given}` 不正确：请填写 1 到 31，不重置则写 `never`");
        Fault::NodesBad { given } =>
            format!("`{given}` isn't a list of nodes: write their numbers, such as `1, 3`, or `all`"),
            format!("无法识别节点列表 `{given}`：请填写节点编号，例如 `1, 3`，或填写 `all`（全部）");
        Fault::NodesNone => "no node is selected: select at least one, or all", "没有选择节点：请至少选择一个，或选择全部";
        Fault::RenewalWithoutDay =>
            "a monthly renewal needs a monthly reset: choose its day", "请先选择流量重置日";
        Fault::RenewalSetsDay { day } =>
            format!("the monthly renewal sets this to {day}: enter that day or clear the field, or turn the renewal off"),
            format!("每月自动续期会把到期日设为 {day}：请填写这一天或留空，或关闭自动续期");
        Fault::ValidityWithDate =>
            "choose either an expiry date or a number of days from first use: leave one of them empty",
            "到期日和“首次使用后的有效天数”只能填写一项：请清空其中一项";
        Fault::NoteTooLong { most } =>
            format!("a note can have up to {most} characters: shorten it"), format!("备注最多 {most} 个字符：请缩短");
        Fault::NoteControl => "a note can't contain control characters: remove them", "备注不能含有控制字符：请去掉";
        Fault::EditedMeanwhile =>
            "this was changed elsewhere after you opened the form: check what is saved now, then save again",
            "您打开表单之后，内容已在别处修改：请核对现在的内容，然后再次保存";
        Fault::DeletedMeanwhile =>
            "this user was deleted elsewhere after you opened the form: restore them in another tab, then save again",
            "您打开表单之后，该用户已在别处删除：请在另一个标签页中恢复，然后再次保存";
        Fault::AddressMissing =>
            "enter the host name or IP address that friends use to reach this server",
            "请填写朋友们连接这台服务器所用的域名或 IP 地址";
        Fault::DatePast { given } =>
            format!("{given} is in the past: choose today or a later day"), format!("{given} 已经过去：请选择今天或以后的日期");
        Fault::DayBad { given } =>
            format!("`{given}` isn't a valid date: write it like `2027-12-31`"),
            format!("日期 `{given}` 格式不正确：请写成 `2027-12-31`");
        Fault::AmountBad { given } =>
            format!("`{given}` isn't an amount to add: write it as `10 GB` or `500 MB`"),
            format!("无法识别要增加的流量 `{given}`：请写成 `10 GB` 或 `500 MB`");
        Fault::OtherChoice =>
            "this is filled in, but another choice is selected: select this one, or clear the field",
            "此项已填写，但选择的是另一项：请选择此项，或清空它";
        Fault::DateMissing => "choose a date", "请选择日期";
        Fault::UndoGone =>
            "this can no longer be undone: an hour has passed, or the panel was restarted",
            "已无法撤销：已超过一小时，或面板重新启动过";
        Fault::UndoLate =>
            "this cannot be undone any more, because something was changed afterwards", "已无法撤销：之后又有改动";
        Fault::AddressWhole { given } =>
            format!("`{given}` isn't a valid address: give it like `https://panel.example.com`"),
            format!("地址“{given}”格式不正确：请写成 `https://panel.example.com` 的形式");
        Fault::AddressBad { given } =>
            format!("`{given}` isn't a valid address: enter a host name or an IP address, without `http://`, port or path"),
            format!("地址 `{given}` 格式不正确：请填写域名或 IP 地址，不带 `http://`、端口和路径");
        Fault::RateBad { given } =>
            format!("`{given}` isn't a valid multiplier: enter a number from 0 to 1000 with up to three decimals, such as \
            `1` or `0.5`"),
            format!("倍率 `{given}` 格式不正确：请填写 0 到 1000 的数字，最多三位小数，例如 `1` 或 `0.5`");
        Fault::NetworkUnknown { given } =>
            format!("`{given}` isn't a known transport: choose one from the list"),
            format!("不支持传输方式 `{given}`：请从列表中选择");
        Fault::PathBad { given } =>
            format!("`{given}` isn't a valid path: start it with `/`, and use letters and digits without spaces"),
            format!("路径 `{given}` 格式不正确：请以 `/` 开头，使用字母和数字，不含空格");
        Fault::ServiceBad { given } =>
            format!("`{given}` isn't a valid service name: use letters and digits without `/` and spaces"),
            format!("服务名 `{given}` 格式不正确：请使用字母和数字，不含 `/` 和空格");
        Fault::AdminPasswordShort { least } =>
            format!("the password is too short: use at least {least} characters"),
            format!("密码太短：至少 {least} 个字符");
        Fault::AdminPasswordLong { most } =>
            format!("the password is too long: use at most {most} bytes"), format!("密码太长：最多 {most} 字节");
        Fault::AdminPasswordWrong => "the password is wrong", "密码不对";
        Fault::PasswordsDiffer =>
            "the passwords differ: type the same one twice", "两次输入的密码不同：请输入相同的密码";
        Fault::SetupLinkBad =>
            "this link was already used or is older than 30 minutes: restart mu-panel to get a new one",
            "这个链接已经用过，或已超过 30 分钟：重新启动 mu-panel 可得到新链接";
        Fault::Wait { seconds } =>
            format!("too many wrong passwords from your address: wait {}", english::lasting(*seconds)),
            format!("您的地址输错密码次数过多：请等待 {}", chinese::lasting(*seconds));
        Fault::FormStale =>
            "this form belongs to another session, and nothing was changed: go back, reload the page and try again",
            "这个表单不属于当前的登录，什么都没有改动：请返回，重新打开页面后再试";
        Fault::TokenBad =>
            "a token consists of 16 to 128 characters of `[A-Za-z0-9]`", "令牌由 16 到 128 个 `[A-Za-z0-9]` 字符组成";
        Fault::NodesFull { node, most } =>
            format!(
                "node {node} is unknown, and {most} other unconfirmed nodes have connected already: confirm or remove some \
                of them on the page of nodes"
            ),
            format!("面板不认识节点 {node}，且已有 {most} 个未确认的节点：请在节点页面确认或删除其中一些");
        Fault::ImportUuidTaken { uuid } =>
            format!("the V2Ray id `{uuid}` belongs to another user already: take it out of the list to get a new one"),
            format!("V2Ray ID `{uuid}` 已属于另一位用户：从列表中去掉它即可得到新的");
        Fault::NoFile => "no file chosen: choose one", "没有选择文件：请选择一个";
        Fault::Working => "this is already in progress: wait until it is done", "已经在进行：请等它完成";
        Fault::UploadStale =>
            "the page that this file was sent from is too old, or another file was sent from it, and nothing was \
            changed: go back, load the page again and choose the file once more",
            "发送此文件的页面已过期，或已用来发送过文件，什么都没有改动：请返回，重新打开页面，再选择一次文件";
        Fault::UploadRefused { most } =>
            format!("this file was not taken: the page that it was sent from is too old, another file was sent from \
            it, or the file is larger than {} GiB: go back, load the page again and choose the file once more",
                most >> 30
            ),
            format!("没有接收此文件：发送它的页面已过期，或已用来发送过文件，或者文件超过 {} GiB：请返回，重新打开页\
            面，再选择一次文件",
                most >> 30
            );
        Fault::UploadForeign =>
            "this isn't a mu-panel database: choose a file made by “Download a backup” or `mu-panel backup`",
            "这不是 mu-panel 的数据库：请选择由“下载备份”或 `mu-panel backup` 生成的文件";
        Fault::UploadDamaged { detail } =>
            format!("this database is damaged ({detail}): choose another backup"),
            format!("该数据库已损坏（{detail}）：请选择其他备份");
        Fault::UploadNewer { found, known } =>
            format!("this database was written by a newer mu-panel (schema {found}, this one knows {known}): \
            install that version or a later one, or choose another backup"),
            format!("该数据库由更新版本的 mu-panel 写入（结构版本 {found}，本程序只支持到 {known}）：请\
            安装该版本或更新的版本，或选择其他备份");
        Fault::ZoneUnknown { given } =>
            format!("`{given}` isn't a known time zone: write it like `Asia/Shanghai`"),
            format!("不支持时区 `{given}`：请写成 `Asia/Shanghai` 的形式");
        Fault::DaysBad { given, most } =>
            format!("`{given}` isn't a number of days: enter 1 to {most}, or leave it empty"),
            format!("天数 `{given}` 不正确：请填写 1 到 {most}，或留空");
        Fault::DaysNeeded { given, most } =>
            format!("`{given}` isn't a number of days: enter 1 to {most}"),
            format!("天数 `{given}` 不正确：请填写 1 到 {most}");
        Fault::SupportBad { given } =>
            format!("`{given}` isn't an address that apps can open: start it with `https://`, `http://`, `mailto:` or `tg:`"),
            format!("应用无法打开 `{given}`：请以 `https://`、`http://`、`mailto:` 或 `tg:` 开头");
        Fault::LevelBad { given } =>
            format!("`{given}` isn't a valid level: enter a whole number from 0 to 65535"),
            format!("`{given}` 不是有效的等级：请填写 0 到 65535 的整数");
        Fault::LanguageUnknown { given } =>
            format!("`{given}` isn't a supported language: choose `en` or `zh`"),
            format!("不支持语言 `{given}`：可用 `en` 和 `zh`");
        Fault::IdBad { key, given } =>
            format!("`{key}` has to be a whole number from 1 up, and is `{given}`"),
            format!("`{key}` 必须是从 1 开始的整数，而不是 `{given}`");
        Fault::UserUnknown => "there is no such user", "用户不存在";
        Fault::CountMissing { key } => format!("`{key}` is missing"), format!("缺少 `{key}`");
        Fault::CountBad { key } =>
            format!("`{key}` has to be a whole number of at least 0"),
            format!("`{key}` 必须是不小于 0 的整数");
        Fault::CountTooLarge { key } =>
            format!("`{key}` is above 9223372036854775807, the largest number there is room for"),
            format!("`{key}` 超过了可容纳的最大值 9223372036854775807");
        Fault::CounterFull =>
            "the user's counter would go beyond 9223372036854775807: reset it first",
            "这位用户的计数将超过 9223372036854775807：请先清零";
        Fault::RowNotObject =>
            "the row isn't a JSON object with `user_id`, `u` and `d`",
            "这一行不是含有 `user_id`、`u` 和 `d` 的 JSON 对象";
        Fault::BatchNotArray { detail } =>
            format!("the body has to be a JSON array of objects with `user_id`, `u` and `d`: {detail}"),
            format!("内容必须是 JSON 数组，其中的对象含有 `user_id`、`u` 和 `d`：{detail}");
        Fault::BatchUnusable { rows: 1, first } => words(first, language), words(first, language);
        Fault::BatchUnusable { rows, first } =>
            format!("none of the {rows} rows can be used; of the first: {}", words(first, language)),
            format!("{rows} 行全都无法使用；第一行：{}", words(first, language));
        Fault::BodyBad { detail } => format!("the body cannot be read: {detail}"), format!("无法读取内容：{detail}");
        Fault::UptimeBad => "`uptime` has to be a number of seconds of at least 0", "`uptime` 必须是不小于 0 的秒数";
        Fault::LoadTooLong => "`load` has at most 200 characters", "`load` 最多 200 个字符";
        Fault::IpBad => "`ip` has to be an IP address", "`ip` 必须是 IP 地址";
        Fault::KeyTooLong { most } =>
            format!("`Idempotency-Key` has 1 to {most} characters"),
            format!("`Idempotency-Key` 为 1 到 {most} 个字符");
        Fault::PathUnknown => "there is nothing at this address", "这个地址没有内容";
        Fault::MethodNotAllowed { allowed } =>
            format!("this address takes only {allowed}"),
            format!("这个地址只接受 {allowed}");
        Fault::BodyTooLarge { most } =>
            format!("the body is larger than {most} bytes: send it in parts"),
            format!("内容超过 {most} 字节：请分批发送");
        Fault::ImportBad { detail } =>
            format!("this isn't a list of users: {detail}"),
            format!("无法识别为用户列表：{detail}");
        Fault::ImportCoding =>
            "the file is not UTF-8: save it again as “CSV UTF-8”, as Excel calls it",
            "文件不是 UTF-8 编码：请重新保存，在 Excel 中选择“CSV UTF-8”";
        Fault::ImportEmpty =>
            "there is no user in it: paste a list, or names, one a line",
            "里面没有用户：请粘贴用户列表，或每行一个名称";
        Fault::ImportHead { given } =>
            format!("the first line, `{given}`, names no column that is known here: begin with a line such as \
            `name,port,passwd,method,quota`, or paste names alone, one a line, and those with a comma in quotes"),
            format!("第一行 `{given}` 中没有可识别的列名：请以 `name,port,passwd,method,quota` 这样的一行开头，或只粘贴名称，每行一个，含逗号的名称请加引号");
        Fault::ImportMissing { key } =>
            format!("`{key}` is missing: add it, or leave out `id` for a new user who gets one"),
            format!("缺少 `{key}`：请补上；去掉 `id` 则作为新用户自动生成");
        Fault::ImportNumber { key, given } =>
            format!("`{key}` has to be a number, and is `{given}`: write a number, or leave it empty for 0"),
            format!("`{key}` 必须是数字，而不是 `{given}`：请填写数字，留空则为 0");
        Fault::ImportRow { row, fault } =>
            format!("user {row} of the list: {}", words(fault, language)),
            format!("列表中的第 {row} 位用户：{}", words(fault, language));
        Fault::ImportRows { faults, more } =>
            format!("{} of the list cannot be imported, so nothing was:{}", users(count(faults, *more)),
            each(faults, *more, language, words)),
            format!("列表中有 {} 位用户无法导入，因此未导入任何用户：{}", count(faults, *more),
            each(faults, *more, language, words));
        Fault::ImportIdTaken { id } =>
            format!("there is or was a user with the id {id}: take the id out of the list to get a new one"),
            format!("ID 为 {id} 的用户已经存在，或曾经存在：从列表中去掉 ID 即可得到新的");
        Fault::UuidBad { given } => format!("`{given}` isn't a valid UUID"), format!("`{given}` 不是有效的 UUID");
        Fault::NoSuchUser { given } =>
            format!("there is no user `{given}`: `mu-panel user list` shows all"),
            format!("没有用户 `{given}`：`mu-panel user list` 可列出全部");
        Fault::NoSuchNode { given } =>
            format!("there is no node `{given}`: `mu-panel node list` shows all"),
            format!("没有节点 `{given}`：`mu-panel node list` 可列出全部");
        Fault::NoNodeAddress =>
            "no node has an address to connect to: give it one with `mu-panel node set ID --address HOST`",
            "还没有节点填写了连接地址：请用 `mu-panel node set ID --address HOST` 填写";
        Fault::NothingToChange => "nothing to change: name at least one option, see `--help`", "没有指定要修改的内容：见 `--help`";
        Fault::FileMissing { file } => format!("there is no file `{file}`"), format!("没有文件 `{file}`");
        Fault::FileExists { file } =>
            format!("`{file}` exists already: name another file, or remove it first"),
            format!("`{file}` 已经存在：请换一个文件名，或先删除它");
        Fault::FileUnusable { file, detail } =>
            format!("`{file}` cannot be used: {}", system::plain(detail)),
            format!("无法使用 `{file}`：{}", system::chinese(detail));
        Fault::NotDatabase { file } =>
            format!("`{file}` isn't a mu-panel database, and was left as it is: choose another with `--db`"),
            format!("`{file}` 不是 mu-panel 数据库，未作改动：请用 `--db` 指定另一个");
        Fault::DatabaseDamaged { file, detail } =>
            format!("`{file}` is damaged ({detail}): restore a backup with `mu-panel restore FILE`"),
            format!("`{file}` 已损坏（{detail}）：请用 `mu-panel restore FILE` 恢复备份");
        Fault::DatabaseNewer { file, found, known } =>
            format!("`{file}` was written by a newer mu-panel (schema {found}, this one knows {known}), and was left \
            as it is: start that version or a later one, or put the copy from before its upgrade, \
            `{file}.before-step-…`, in its place with `mu-panel restore`"
            ),
            format!("`{file}` 由更新版本的 mu-panel 写入（结构版本 {found}，本程序为 {known}），未作改动：请启动该版本\
            或更新的版本，或用 `mu-panel restore` 恢复升级前的副本 `{file}.before-step-…`"
            );
        Fault::DatabaseMissing { file, log } =>
            format!("there is no `{file}`, but `{log}`, in which is what was written last: put the database back \
            beside it, or move it away too"
            ),
            format!("没有 `{file}`，但有 `{log}`，其中是最后写入的内容：请把数据库放回它旁边，或把它也移走");
        Fault::ServerRunning { file } =>
            format!("a server is running on `{file}`: stop it first"),
            format!("有服务正在使用 `{file}`：请先停止它");
        Fault::NodeRunning { data } =>
            format!("a node is running on `{data}`: stop it first, or name another folder with `--data`"),
            format!("有节点正在使用 `{data}`：请先停止它，或用 `--data` 指定另一个目录");
        Fault::NodeOptionMissing { what } =>
            format!("a node needs `--url`, `--node-id` and a token (`--token-file`, or the variable \
            `MU_PANEL_NODE_TOKEN`); `{what}` is missing: the page of the node has the whole command"),
            format!("节点需要 `--url`、`--node-id` 和令牌（`--token-file` 或环境变量 `MU_PANEL_NODE_TOKEN`），缺少 \
            `{what}`：节点页面上有完整的命令");
        Fault::NodeUrlBad { detail } =>
            format!("{detail}: name the address that the page of the node shows, such as \
            `https://panel.example.org/mu/v2`"),
            format!("{detail}：请填写节点页面上显示的地址，例如 `https://panel.example.org/mu/v2`");
        Fault::ServerNotRunning { file } =>
            format!("no panel is running on `{file}`: start it with `mu-panel serve`, or name its database with \
            `--db`"),
            format!("`{file}` 上没有正在运行的面板：请用 `mu-panel serve` 启动，或用 `--db` 指定它的数据库");
        Fault::ServerUnwell { address, detail } =>
            format!("the panel at `{address}` is not well ({detail}): its log says why"),
            format!("`{address}` 上的面板不正常（{detail}）：原因见它的日志");
        Fault::PasswordIsSet =>
            "the admin password is set already: sign in with it, or set another with `mu-panel password`",
            "登录密码已经设置：请用它登录，或用 `mu-panel password` 另设一个";
        Fault::CertificateBad { file, detail } =>
            format!("the certificate `{file}` and its key cannot be used: {}", system::plain(detail)),
            format!("证书 `{file}` 或其密钥无法使用：{}", system::chinese(detail));
        Fault::ListenBad { address, detail } =>
            format!("cannot listen on `{address}` ({}): name another with `--listen ADDR:PORT`", system::plain(detail)),
            format!("无法监听 `{address}`（{}）：请用 `--listen ADDR:PORT` 指定另一个地址", system::chinese(detail));
        Fault::PortInUse { port, by: Some(by) } =>
            format!("port {port} is taken by {by}: stop that, or choose another port"),
            format!("端口 {port} 已被 {by} 占用：请停止它，或换一个端口");
        Fault::PortInUse { port, by: None } =>
            format!("port {port} is taken by another program: stop that, or choose another port"),
            format!("端口 {port} 已被其他程序占用：请停止它，或换一个端口");
        Fault::PortForbidden { port } =>
            format!("there is no permission to open port {port}: start the panel by a unit that allows it, as \
            `mu-panel unit --https NAME` prints it"),
            format!("没有权限打开端口 {port}：请用 `mu-panel unit --https NAME` 输出的服务单元启动");
        Fault::UrlBad { given } =>
            format!("`{given}` isn't a valid address: enter one that begins with `https://`"),
            format!("`{given}` 不是有效的网址：请填写以 `https://` 开头的网址");
        Fault::MailboxBad { given } =>
            format!("`{given}` isn't a valid e-mail address: enter one such as `you@example.org`"),
            format!("`{given}` 不是有效的邮箱地址：请填写例如 `you@example.org` 的地址");
        Fault::BotTokenBad =>
            "this isn't a bot token: paste the one that @BotFather gave you, such as `123456789:AAE…`",
            "这不是机器人令牌：请粘贴 @BotFather 给您的令牌，形如 `123456789:AAE…`";
        Fault::ChatBad { given } =>
            format!("`{given}` isn't a chat ID: enter a number, or the @name of a channel"),
            format!("`{given}` 不是聊天 ID：请填写数字，或频道的 @名称");
        Fault::TitleTooLong { most } =>
            format!("a title can have up to {most} characters: shorten it"),
            format!("标题最多 {most} 个字符：请缩短");
        Fault::NotSaved => "this isn't saved yet: look it through and save it", "尚未保存：请检查后保存";
        Fault::ValueNeeded => "this is required: fill it in", "此项必填：请填写";
        Fault::ValueBad { given } =>
            format!("`{given}` cannot be used here: enter it without spaces, in one line"),
            format!("`{given}` 不能用在这里：请填写一行，不含空格");
        Fault::SiteBad { given } if given.is_empty() =>
            "enter a domain name or an IP address", "请填写域名或 IP 地址";
        Fault::SiteBad { given } =>
            format!("`{given}` isn't a valid host: enter a name such as `panel.example.org` or a public IP address"),
            format!("`{given}` 不是有效的域名或 IP 地址，请填写例如 `panel.example.org` 的域名，或公网 IP 地址");
        Fault::DiskFull =>
            "the disk is full or failing, and nothing was changed: make room and try again",
            "磁盘已满或有故障，什么都没有改动：请腾出空间后再试";
        Fault::ReadOnly =>
            "the database can't be written, and nothing was changed: check its permissions and try again",
            "无法写入数据库，什么都没有改动：请检查权限后再试";
        Fault::Locked =>
            "the database is busy, and nothing was changed: try again",
            "数据库正忙，什么都没有改动：请再试一次";
    }
}
