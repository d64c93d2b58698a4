//! What was wrong, in English.

use crate::error::Fault;

#[allow(clippy::too_many_lines)] // one line a fault
pub(super) fn fault(fault: &Fault) -> String {
    match fault {
        Fault::NameEmpty => "give a name".to_owned(),
        Fault::NameTooLong { most } => format!("a name has at most {most} characters: shorten it"),
        Fault::NameControl => "a name cannot contain line breaks or other control characters: take them out".to_owned(),
        Fault::NameTaken { name } => format!("there is a user `{name}` already: choose another name"),
        Fault::PortBad { given } => format!("`{given}` is no port: give a number from 1 to 65535"),
        Fault::PortTaken { port } => {
            format!("port {port} belongs to another user, or did less than 30 days ago: choose another or leave it empty")
        }
        Fault::PortsUsedUp => "every port from 20001 up is taken: name a lower one".to_owned(),
        Fault::PasswordBad => {
            "a password consists of printable ASCII characters without quotes, backslash or space: leave it empty to get a good one".to_owned()
        }
        Fault::PasswordTooLong { most } => format!("a password has at most {most} characters: shorten it"),
        Fault::PasswordNotKey { method, bytes } => {
            format!("`{method}` needs a base64 key of exactly {bytes} bytes as its password: leave it empty to get one")
        }
        Fault::MethodUnknown { given } => {
            format!("`{given}` is no method that is known here: `chacha20-ietf-poly1305` suits everybody")
        }
        Fault::MethodRefused { given } => {
            format!("`{given}` does not encrypt anything: `chacha20-ietf-poly1305` suits everybody")
        }
        Fault::SizeBad { given } => {
            format!("`{given}` is no size: write `10GiB`, `500M` or a number of bytes, or `none` for no limit")
        }
        Fault::DateBad { given } => format!("`{given}` is no date: write it as `2027-12-31`, or `never`"),
        Fault::ResetDayBad { given } => format!("`{given}` is no day of the month: give 1 to 31, or `never`"),
        Fault::NoteTooLong { most } => format!("a note has at most {most} characters: shorten it"),
        Fault::NoteControl => "a note cannot contain control characters: take them out".to_owned(),
        Fault::EditedMeanwhile => {
            "this has been changed elsewhere since you opened the form: look at what it is now, then save again".to_owned()
        }
        Fault::DeletedMeanwhile => {
            "this user has been deleted elsewhere since you opened the form: bring him back in another tab, then save again".to_owned()
        }
        Fault::AddressBad { given } => {
            format!("`{given}` is no address: give a host name or an IP address, without `http://`, port or path")
        }
        Fault::RateBad { given } => {
            format!("`{given}` is no rate: give a number from 0 to 1000 with at most three places, such as `1` or `0.5`")
        }
        Fault::NetworkUnknown { given } => format!("`{given}` is no transport: choose one from the list"),
        Fault::PathBad { given } => format!("`{given}` is no path: begin it with `/`, and use letters and digits without spaces"),
        Fault::ServiceBad { given } => format!("`{given}` is no name of a service: use letters and digits without `/` and spaces"),
        Fault::AdminPasswordShort { least } => format!("the password is too short: take at least {least} characters"),
        Fault::AdminPasswordLong { most } => format!("the password is too long: take at most {most} bytes"),
        Fault::AdminPasswordWrong => "that is not the password".to_owned(),
        Fault::PasswordsDiffer => "the two passwords differ: type the same one twice".to_owned(),
        Fault::SetupLinkBad => {
            "this link is used up or older than 30 minutes: start mu-panel again to get a new one".to_owned()
        }
        Fault::Wait { seconds } => {
            format!("too many wrong passwords from your address: wait {}", super::english::lasting(*seconds))
        }
        Fault::FormStale => {
            "this form was not made for the present sign-in, and nothing was changed: go back, load the page again and repeat".to_owned()
        }
        Fault::TokenBad => "a token consists of 1 to 128 characters of `[A-Za-z0-9]`".to_owned(),
        Fault::ImportUuidTaken { uuid } => format!("the V2Ray id `{uuid}` belongs to another user already: take it out of the list to get a new one"),
        Fault::NoFile => "no file was chosen: choose one".to_owned(),
        Fault::Working => "that is going on already: wait for its end".to_owned(),
        Fault::UploadStale => {
            "the page that this file was sent from is too old, or another file was sent from it, and nothing was changed: go back, load the page again and choose the file once more".to_owned()
        }
        Fault::UploadRefused { most } => format!(
            "this file was not taken: the page that it was sent from is too old, another file was sent from it, or the file is larger than {} GiB: go back, load the page again and choose the file once more",
            most >> 30
        ),
        Fault::UploadForeign => "this is no mu-panel database: choose a file that “Download a backup” or `mu-panel backup` has made".to_owned(),
        Fault::UploadDamaged { detail } => format!("this database is damaged ({detail}): choose another backup"),
        Fault::UploadNewer { found, known } => {
            format!("this database was written by a newer mu-panel (schema {found}, this one knows {known}): use the newer program")
        }
        Fault::ZoneUnknown { given } => format!("`{given}` is no time zone that this machine knows: write it like `Asia/Shanghai`"),
        Fault::DaysBad { given, most } => format!("`{given}` is no number of days: give 1 to {most}, or leave it empty"),
        Fault::LanguageUnknown { given } => format!("`{given}` is no language that is known here: `en` and `zh` are"),
        Fault::IdBad { key, given } => format!("`{key}` has to be a whole number from 1 up, and is `{given}`"),
        Fault::UserUnknown => "there is no such user, and never was".to_owned(),
        Fault::CountMissing { key } => format!("`{key}` is missing"),
        Fault::CountBad { key } => format!("`{key}` has to be a whole number of at least 0"),
        Fault::CountTooLarge { key } => format!("`{key}` is above 9223372036854775807, the largest number there is room for"),
        Fault::CounterFull => "the user's counter would go beyond 9223372036854775807: reset it first".to_owned(),
        Fault::RowNotObject => "the row is no JSON object with `user_id`, `u` and `d`".to_owned(),
        Fault::BatchNotArray { detail } => {
            format!("the body has to be a JSON array of objects with `user_id`, `u` and `d`: {detail}")
        }
        Fault::BatchUnusable { rows: 1, first } => self::fault(first),
        Fault::BatchUnusable { rows, first } => {
            format!("none of the {rows} rows can be used; of the first: {}", self::fault(first))
        }
        Fault::BodyBad { detail } => format!("the body cannot be read: {detail}"),
        Fault::UptimeBad => "`uptime` has to be a number of seconds of at least 0".to_owned(),
        Fault::LoadTooLong => "`load` has at most 200 characters".to_owned(),
        Fault::IpBad => "`ip` has to be an IP address".to_owned(),
        Fault::KeyTooLong { most } => format!("`Idempotency-Key` has 1 to {most} characters"),
        Fault::PathUnknown => "there is nothing at this address".to_owned(),
        Fault::MethodNotAllowed { allowed } => format!("this address takes only {allowed}"),
        Fault::BodyTooLarge { most } => format!("the body is larger than {most} bytes: send it in parts"),
        Fault::ImportBad { detail } => {
            format!("this is no list of users as `GET /users` answers it: {detail}")
        }
        Fault::ImportEmpty => "there is no user in it".to_owned(),
        Fault::ImportRow { row, fault } => format!("user {row} of the list: {}; nothing was imported", self::fault(fault)),
        Fault::ImportIdTaken { id } => format!("there is or was a user with the id {id}"),
        Fault::UuidBad { given } => format!("`{given}` is no UUID"),
        Fault::NoSuchUser { given } => format!("there is no user `{given}`: `mu-panel user list` shows all"),
        Fault::NoSuchNode { given } => format!("there is no node `{given}`: `mu-panel node list` shows all"),
        Fault::NothingToChange => "nothing to change was named: see `--help`".to_owned(),
        Fault::FileMissing { file } => format!("there is no file `{file}`"),
        Fault::FileExists { file } => format!("`{file}` exists already: name another file, or remove it first"),
        Fault::FileUnusable { file, detail } => format!("`{file}` cannot be used: {detail}"),
        Fault::NotDatabase { file } => {
            format!("`{file}` is no mu-panel database, and was left as it is: name another with `--db`")
        }
        Fault::DatabaseDamaged { file, detail } => {
            format!("`{file}` is damaged ({detail}): put a backup back with `mu-panel restore FILE`")
        }
        Fault::DatabaseNewer { file, found, known } => format!(
            "`{file}` was written by a newer mu-panel (schema {found}, this one knows {known}), and was left as it is: use the newer program"
        ),
        Fault::DatabaseMissing { file, log } => format!(
            "there is no `{file}`, but `{log}`, in which is what was written last: put the database back beside it, or move it away too"
        ),
        Fault::ServerRunning { file } => format!("a server is running on `{file}`: stop it first"),
        Fault::CertificateBad { file, detail } => format!("the certificate `{file}` and its key cannot be used: {detail}"),
        Fault::ListenBad { address, detail } => {
            format!("cannot listen on `{address}` ({detail}): name another with `--listen ADDR:PORT`")
        }
        Fault::DiskFull => "the disk is full or failing, and nothing was changed: make room and try again".to_owned(),
        Fault::ReadOnly => {
            "the database cannot be written, and nothing was changed: see to its permissions and try again".to_owned()
        }
        Fault::Locked => "the database is busy, and nothing was changed: try again".to_owned(),
    }
}
