//! What can go wrong: one enum, without HTTP or SQL in its shape. The sentences for it are in `text`.

use std::{fmt, io, path::Path};

/// The result of everything that can fail here.
pub type Result<T> = std::result::Result<T, Error>;

/// Why something was not done. Nothing was changed then.
#[derive(Debug)]
pub enum Error {
    /// The request cannot be carried out as it is: the caller has to change it.
    Invalid(Fault),
    /// The caller did not prove who they are.
    Unauthorized,
    /// There is no such thing.
    NotFound,
    /// It conflicts with what is already there.
    Conflict(Fault),
    /// It cannot be done now, and may work later.
    Busy(Fault),
    /// A fault of ours or of the machine; the cause is for the log alone.
    Internal(Cause),
}

/// The cause of an [`Error::Internal`].
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

impl Error {
    /// An internal error with a cause that is just words.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }

    /// What an error of the file system at `file` is to a person.
    pub fn file(file: &Path) -> impl Fn(io::Error) -> Self + use<> {
        let file = file.display().to_string();
        move |error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge | io::ErrorKind::QuotaExceeded => {
                Self::Busy(Fault::DiskFull)
            }
            io::ErrorKind::AlreadyExists => Fault::FileExists { file: file.clone() }.into(),
            _ => Fault::FileUnusable { file: file.clone(), detail: error.to_string() }.into(),
        }
    }

    /// The same again, for another answer; `None` if its cause is for the log alone.
    pub fn repeated(&self) -> Option<Self> {
        match self {
            Self::Invalid(fault) => Some(Self::Invalid(fault.clone())),
            Self::Conflict(fault) => Some(Self::Conflict(fault.clone())),
            Self::Busy(fault) => Some(Self::Busy(fault.clone())),
            Self::Unauthorized | Self::NotFound | Self::Internal(_) => None,
        }
    }

    /// The fault in it, if a person can do something about it.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Invalid(fault) | Self::Conflict(fault) | Self::Busy(fault) => Some(fault),
            Self::Unauthorized | Self::NotFound | Self::Internal(_) => None,
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Invalid(fault)
    }
}

impl fmt::Display for Error {
    /// For the log; people read the sentences in `text`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(fault) | Self::Conflict(fault) | Self::Busy(fault) => {
                write!(f, "{fault:?}")
            }
            Self::Unauthorized => f.write_str("unauthorized"),
            Self::NotFound => f.write_str("not found"),
            Self::Internal(cause) => write!(f, "{cause}"),
        }
    }
}

/// What exactly was wrong, with what is needed to say it in any language.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // each is said in full, twice, in `text`
pub enum Fault {
    // A user's own values
    NameEmpty,
    NameTooLong { most: usize },
    NameControl,
    NameTaken { name: String },
    LimitBad { given: String, most: u32 },
    PortBad { given: String },
    PortTaken { port: u16 },
    PortsUsedUp { from: u16, to: u16 },
    PortRangeBad { given: String },
    OffsetBad { given: String },
    OffsetTooFar { port: u16, outside: i32 },
    PasswordBad,
    PasswordTooLong { most: usize },
    PasswordNotKey { method: &'static str, bytes: usize },
    MethodUnknown { given: String },
    MethodRefused { given: String },
    SizeBad { given: String },
    DateBad { given: String },
    ResetDayBad { given: String },
    NodesBad { given: String },
    NodesNone,
    RenewalWithoutDay,
    RenewalSetsDay { day: String },
    ValidityWithDate,
    NoteTooLong { most: usize },
    NoteControl,
    EditedMeanwhile,
    DeletedMeanwhile,
    UndoGone,
    DateMissing,
    DatePast { given: String },
    DayBad { given: String },
    AmountBad { given: String },
    OtherChoice,
    UndoLate,
    AddressWhole { given: String },
    // A node's own values
    AddressBad { given: String },
    AddressMissing,
    RateBad { given: String },
    NetworkUnknown { given: String },
    PathBad { given: String },
    ServiceBad { given: String },
    // The admin
    AdminPasswordShort { least: usize },
    AdminPasswordLong { most: usize },
    AdminPasswordWrong,
    PasswordsDiffer,
    SetupLinkBad,
    Wait { seconds: i64 },
    FormStale,
    TokenBad,
    LanguageUnknown { given: String },
    SupportBad { given: String },
    LevelBad { given: String },
    ZoneUnknown { given: String },
    DaysBad { given: String, most: i32 },
    DaysNeeded { given: String, most: i32 },
    // What nodes send
    IdBad { key: &'static str, given: String },
    UserUnknown,
    CountMissing { key: &'static str },
    CountBad { key: &'static str },
    CountTooLarge { key: &'static str },
    CounterFull,
    RowNotObject,
    BatchNotArray { detail: String },
    BatchUnusable { rows: usize, first: Box<Fault> },
    BodyBad { detail: String },
    UptimeBad,
    LoadTooLong,
    IpBad,
    KeyTooLong { most: usize },
    NodesFull { node: i64, most: i64 },
    // Requests
    PathUnknown,
    MethodNotAllowed { allowed: String },
    BodyTooLarge { most: usize },
    // Files and commands
    ImportBad { detail: String },
    ImportEmpty,
    ImportCoding,
    ImportHead { given: String },
    ImportMissing { key: &'static str },
    ImportNumber { key: &'static str, given: String },
    ImportRow { row: usize, fault: Box<Fault> },
    ImportRows { faults: Vec<Fault>, more: usize },
    ImportIdTaken { id: i64 },
    ImportUuidTaken { uuid: String },
    NoFile,
    Working,
    UploadStale,
    UploadRefused { most: u64 },
    UploadForeign,
    UploadDamaged { detail: String },
    UploadNewer { found: i64, known: i64 },
    UuidBad { given: String },
    NoSuchUser { given: String },
    NoSuchNode { given: String },
    NoNodeAddress,
    NothingToChange,
    NotSaved,
    FileMissing { file: String },
    FileExists { file: String },
    FileUnusable { file: String, detail: String },
    NotDatabase { file: String },
    DatabaseMissing { file: String, log: String },
    DatabaseDamaged { file: String, detail: String },
    DatabaseNewer { file: String, found: i64, known: i64 },
    ServerRunning { file: String },
    NodeRunning { data: String },
    NodeOptionMissing { what: &'static str },
    NodeUrlBad { detail: String },
    ServerNotRunning { file: String },
    ServerUnwell { address: String, detail: String },
    PasswordIsSet,
    CertificateBad { file: String, detail: String },
    ListenBad { address: String, detail: String },
    PortInUse { port: u16, by: Option<String> },
    PortForbidden { port: u16 },
    SiteBad { given: String },
    UrlBad { given: String },
    MailboxBad { given: String },
    ValueBad { given: String },
    ValueNeeded,
    BotTokenBad,
    ChatBad { given: String },
    TitleTooLong { most: usize },
    // The machine
    DiskFull,
    ReadOnly,
    Locked,
}

impl Fault {
    /// The name of the field that it is to be shown beside, for what is found out once a form has been read.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::NameTaken { .. } => Some("name"),
            Self::PortTaken { .. } | Self::PortsUsedUp { .. } => Some("port"),
            Self::OffsetTooFar { .. } => Some("port_offset"),
            Self::RenewalSetsDay { .. } => Some("expires"),
            Self::AdminPasswordShort { .. } | Self::AdminPasswordLong { .. } => Some("new"),
            _ => None,
        }
    }
}
