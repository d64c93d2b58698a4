//! What the admin can be told about, and by what.

use super::named::named;

named! {
    /// Something that the admin is told about, unless it is switched off.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Happening {
        /// A node has not been heard of for five minutes.
        NodeOffline = "node-offline",
        /// It is heard of again.
        NodeBack = "node-back",
        /// A user has used 80 % of their quota.
        QuotaNear = "quota-near",
        /// A user has used it up.
        QuotaOver = "quota-over",
        /// A user's last day is at most three days away.
        ExpiresSoon = "expires-soon",
        /// A user's last day is over.
        Expired = "expired",
        /// A certificate could not be had or renewed.
        Certificate = "certificate",
        /// The daily backup failed.
        Backup = "backup",
        /// The disk is nearly full.
        Disk = "disk",
        /// The built-in node cannot listen on a port.
        Port = "port",
        /// A sign-in from an address that is new.
        SignIn = "sign-in",
        /// A trial of a channel.
        Test = "test",
    }
}

impl Happening {
    /// Those that can be switched, in the order in which they are shown.
    pub fn switched() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|what| *what != Self::Test)
    }
}

named! {
    /// A kind of channel that notices go by; there is at most one of each.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum ChannelKind {
        /// A POST of JSON.
        Webhook = "webhook",
        /// A bot of Telegram.
        Telegram = "telegram",
        /// A topic of ntfy.
        Ntfy = "ntfy",
        /// E-mail by SMTP.
        Mail = "mail",
    }
}
