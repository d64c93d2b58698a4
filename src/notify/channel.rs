//! The channels: where notices go, as the settings keep it.

use crate::{
    app::Snapshot,
    model::{ChannelKind as Kind, named},
    store::Setting,
};
use serde::{Deserialize, Serialize};

/// Where Telegram's bots are spoken to.
pub const TELEGRAM: &str = "https://api.telegram.org";

/// Where a channel of that kind is kept.
pub fn setting(kind: Kind) -> Setting {
    match kind {
        Kind::Webhook => Setting::NotifyWebhook,
        Kind::Telegram => Setting::NotifyTelegram,
        Kind::Ntfy => Setting::NotifyNtfy,
        Kind::Mail => Setting::NotifyMail,
    }
}

/// A channel that is set up.
#[allow(missing_docs)] // they are the fields of the forms
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// The address, and the key of the signature, if there is one.
    Webhook { url: String, secret: String },
    /// The server, the bot's token and the chat.
    Telegram { server: String, token: String, chat: String },
    /// The address of the topic, and a token if it needs one.
    Ntfy { url: String, token: String },
    /// The server, the sender and the recipient.
    Mail(Mail),
}

/// How e-mail is sent.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // they are the fields of the form
pub struct Mail {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub user: String,
    pub password: String,
    pub from: String,
    pub to: String,
}

named! {
    /// How the connection to a mail server is kept secret.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Security {
        /// From the first byte, as on port 465.
        #[default]
        Tls = "tls",
        /// After `STARTTLS`, as on port 587; without it nothing is sent.
        StartTls = "starttls",
        /// Not at all, for a server on this machine.
        None = "none",
    }
}

/// No secret of it is ever written into a log.
impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind().key())
    }
}

impl Channel {
    /// What kind it is of.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Webhook { .. } => Kind::Webhook,
            Self::Telegram { .. } => Kind::Telegram,
            Self::Ntfy { .. } => Kind::Ntfy,
            Self::Mail(_) => Kind::Mail,
        }
    }

    /// The parts of it that no page shows.
    pub(super) fn secrets(&self) -> Vec<&str> {
        match self {
            Self::Webhook { secret, .. } => vec![secret],
            Self::Telegram { token, .. } | Self::Ntfy { token, .. } => vec![token],
            Self::Mail(mail) => vec![&mail.password],
        }
    }

    /// The one of that kind, if it is set up.
    pub fn of(kind: Kind, settings: &Snapshot) -> Option<Self> {
        serde_json::from_str(settings.get(setting(kind))?).ok()
    }

    /// As the settings keep it.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
