//! What the admin can be told about, and by what.

/// Something that the admin is told about, unless it is switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Happening {
    /// A node has not been heard of for five minutes.
    NodeOffline,
    /// It is heard of again.
    NodeBack,
    /// A user has used 80 % of their quota.
    QuotaNear,
    /// A user has used it up.
    QuotaOver,
    /// A user's last day is at most three days away.
    ExpiresSoon,
    /// A user's last day is over.
    Expired,
    /// A certificate could not be had or renewed.
    Certificate,
    /// The daily backup failed.
    Backup,
    /// The disk is nearly full.
    Disk,
    /// The built-in node cannot listen on a port.
    Port,
    /// A sign-in from an address that is new.
    SignIn,
    /// A trial of a channel.
    Test,
}

impl Happening {
    /// Those that can be switched, in the order in which they are shown.
    pub const SWITCHED: [Self; 11] = [
        Self::NodeOffline,
        Self::NodeBack,
        Self::QuotaNear,
        Self::QuotaOver,
        Self::ExpiresSoon,
        Self::Expired,
        Self::Certificate,
        Self::Backup,
        Self::Disk,
        Self::Port,
        Self::SignIn,
    ];

    /// Its name in settings and messages.
    pub fn key(self) -> &'static str {
        match self {
            Self::NodeOffline => "node-offline",
            Self::NodeBack => "node-back",
            Self::QuotaNear => "quota-near",
            Self::QuotaOver => "quota-over",
            Self::ExpiresSoon => "expires-soon",
            Self::Expired => "expired",
            Self::Certificate => "certificate",
            Self::Backup => "backup",
            Self::Disk => "disk",
            Self::Port => "port",
            Self::SignIn => "sign-in",
            Self::Test => "test",
        }
    }
}

/// A kind of channel that notices go by; there is at most one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelKind {
    /// A POST of JSON.
    Webhook,
    /// A bot of Telegram.
    Telegram,
    /// A topic of ntfy.
    Ntfy,
    /// E-mail by SMTP.
    Mail,
}

impl ChannelKind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Webhook, Self::Telegram, Self::Ntfy, Self::Mail];

    /// Its name in addresses and in the database.
    pub fn key(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Telegram => "telegram",
            Self::Ntfy => "ntfy",
            Self::Mail => "mail",
        }
    }

    /// The one of that name.
    pub fn named(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}
