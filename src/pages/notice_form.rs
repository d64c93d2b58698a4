//! The forms of the channels that notices go by.

use super::form::{Field, Form, Group, Widget, nothing};
use crate::{
    app::Snapshot,
    auth::fingerprint,
    error::Fault,
    http::Pairs,
    model::port_from,
    notify::{Channel, Kind, Mail, Security, TELEGRAM},
    text::Text,
};

/// The longest value of a field, in bytes.
const MAX_VALUE: usize = 500;

/// What the form of a channel edits: the values of all channels, of which each has its own.
#[derive(Clone, Default)]
pub struct Draft {
    url: String,
    secret: String,
    server: String,
    token: String,
    chat: String,
    mail: Mail,
    port: String,
    /// Of the channel's secret, which is in one of these.
    fingerprint: String,
}

/// A line that is read as it is.
macro_rules! code {
    ($name:literal, $label:ident, $hint:expr, $placeholder:expr, $($value:ident).+, $check:expr) => {
        Field {
            name: $name,
            widget: Widget::Code,
            label: |text| text.notices.$label,
            hint: $hint,
            placeholder: $placeholder,
            show: |draft| draft.$($value).+.clone(),
            set: |draft, typed| $check(typed).map(|value| draft.$($value).+ = value),
        }
    };
}

/// A secret: never shown again; left empty, the one that is set stays.
macro_rules! secret {
    ($name:literal, $label:ident, $($value:ident).+, $check:expr) => {
        Field {
            name: $name,
            widget: Widget::Secret,
            label: |text| text.notices.$label,
            hint: |text| text.notices.secret_hint,
            placeholder: nothing,
            show: |draft| draft.fingerprint.clone(),
            set: |draft, typed| {
                if !typed.is_empty() {
                    draft.$($value).+ = $check(typed)?;
                }
                Ok(())
            },
        }
    };
}

const WEBHOOK: &[Field<Draft>] =
    &[code!("url", url, nothing, |_| "https://…", url, address), secret!("secret", key, secret, line)];

const TELEGRAM_FIELDS: &[Field<Draft>] = &[
    secret!("token", bot, token, bot_token),
    code!("chat", chat, |text| text.notices.chat_hint, |_| "123456789", chat, chat_id),
    code!("server", server, |text| text.notices.server_hint, |_| TELEGRAM, server, address_or_none),
];

const NTFY: &[Field<Draft>] =
    &[code!("url", topic, nothing, |_| "https://ntfy.sh/…", url, address), secret!("token", access, token, line)];

const MAIL: &[Field<Draft>] = &[
    code!("host", host, nothing, |_| "smtp.example.org", mail.host, needed),
    Field {
        name: "security",
        widget: Widget::Choice(securities),
        label: |text| text.notices.security,
        hint: nothing,
        placeholder: nothing,
        show: |draft| draft.mail.security.key().to_owned(),
        set: |draft, typed| {
            draft.mail.security = Security::named(typed).unwrap_or_default();
            Ok(())
        },
    },
    Field {
        name: "port",
        widget: Widget::Number,
        label: |text| text.form.port,
        hint: |text| text.notices.port_hint,
        placeholder: nothing,
        show: |draft| draft.port.clone(),
        set: |draft, typed| {
            draft.mail.port = match typed {
                "" => 0,
                typed => port_from(typed).map_err(|_| Fault::PortBad { given: cut(typed) })?,
            };
            Ok(())
        },
    },
    code!("user", user, nothing, nothing, mail.user, line),
    secret!("password", password, mail.password, line),
    code!("from", from, nothing, |_| "panel@example.org", mail.from, mailbox),
    code!("to", to, |text| text.notices.to_hint, |_| "you@example.org", mail.to, mailboxes),
];

fn securities(text: &'static Text) -> Vec<Group> {
    Group::plain([
        (Security::Tls.key(), "TLS (465)"),
        (Security::StartTls.key(), "STARTTLS (587)"),
        (Security::None.key(), text.notices.no_security),
    ])
}

fn cut(typed: &str) -> String {
    typed.chars().take(60).collect()
}

fn line(typed: &str) -> Result<String, Fault> {
    if typed.len() > MAX_VALUE || typed.chars().any(char::is_control) {
        return Err(Fault::ValueBad { given: cut(typed) });
    }
    Ok(typed.to_owned())
}

fn needed(typed: &str) -> Result<String, Fault> {
    if typed.is_empty() {
        return Err(Fault::ValueNeeded);
    }
    if typed.contains(char::is_whitespace) {
        return Err(Fault::ValueBad { given: cut(typed) });
    }
    line(typed)
}

/// The token of a bot as `@BotFather` gives it: a number, a colon, and some 35 letters.
fn bot_token(typed: &str) -> Result<String, Fault> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let sound = typed.split_once(':').is_some_and(|(number, letters)| {
        (1..=20).contains(&number.len())
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && (30..=60).contains(&letters.len())
            && letters.bytes().all(is_letter)
    });
    if sound { Ok(typed.to_owned()) } else { Err(Fault::BotTokenBad) }
}

/// A chat: a number, or `@name`.
fn chat_id(typed: &str) -> Result<String, Fault> {
    let typed = needed(typed)?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let sound = match typed.strip_prefix('@') {
        Some(name) => !name.is_empty() && is_name(name),
        None => is_number(typed.strip_prefix('-').unwrap_or(&typed)),
    };
    if sound { Ok(typed) } else { Err(Fault::ChatBad { given: cut(&typed) }) }
}

fn address(typed: &str) -> Result<String, Fault> {
    let rest = typed.strip_prefix("https://").or_else(|| typed.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split('/').next().unwrap_or_default());
    if host.is_none_or(|host| host.is_empty() || host.starts_with(':')) || !typed.bytes().all(|b| b.is_ascii_graphic())
    {
        return Err(Fault::UrlBad { given: cut(typed) });
    }
    line(typed)
}

fn address_or_none(typed: &str) -> Result<String, Fault> {
    if typed.is_empty() { Ok(String::new()) } else { address(typed) }
}

fn mailbox(typed: &str) -> Result<String, Fault> {
    let bare = typed.rsplit_once('<').map_or(typed, |(_, rest)| rest.trim_end_matches('>'));
    let sound =
        bare.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'));
    if !sound || bare.contains(char::is_whitespace) {
        return Err(Fault::MailboxBad { given: cut(typed) });
    }
    line(typed)
}

fn mailboxes(typed: &str) -> Result<String, Fault> {
    typed.split(',').try_for_each(|one| mailbox(one.trim()).map(drop))?;
    line(typed)
}

/// The fields of a channel.
pub fn table(kind: Kind) -> &'static [Field<Draft>] {
    match kind {
        Kind::Webhook => WEBHOOK,
        Kind::Telegram => TELEGRAM_FIELDS,
        Kind::Ntfy => NTFY,
        Kind::Mail => MAIL,
    }
}

impl Draft {
    /// Those of a channel, if it is set.
    pub fn of(kind: Kind, settings: &Snapshot) -> Self {
        let mut draft = Self::from(Channel::of(kind, settings));
        let secret = match kind {
            Kind::Webhook => &draft.secret,
            Kind::Telegram | Kind::Ntfy => &draft.token,
            Kind::Mail => &draft.mail.password,
        };
        draft.fingerprint = fingerprint(settings, secret);
        draft
    }

    fn from(channel: Option<Channel>) -> Self {
        match channel {
            None => Self::default(),
            Some(Channel::Webhook { url, secret }) => Self { url, secret, ..Self::default() },
            Some(Channel::Telegram { server, token, chat }) => {
                let server = if server == TELEGRAM { String::new() } else { server };
                Self { server, token, chat, ..Self::default() }
            }
            Some(Channel::Ntfy { url, token }) => Self { url, token, ..Self::default() },
            Some(Channel::Mail(mail)) => Self { port: mail.port.to_string(), mail, ..Self::default() },
        }
    }

    /// The channel with them.
    pub fn into_channel(mut self, kind: Kind) -> Channel {
        match kind {
            Kind::Webhook => Channel::Webhook { url: self.url, secret: self.secret },
            Kind::Telegram => {
                let server = if self.server.is_empty() { TELEGRAM.to_owned() } else { self.server };
                Channel::Telegram { server, token: self.token, chat: self.chat }
            }
            Kind::Ntfy => Channel::Ntfy { url: self.url, token: self.token },
            Kind::Mail => {
                if self.mail.port == 0 {
                    self.mail.port = match self.mail.security {
                        Security::Tls => 465,
                        Security::StartTls => 587,
                        Security::None => 25,
                    };
                }
                Channel::Mail(self.mail)
            }
        }
    }
}

/// The fields of the form of a channel that `typed` brings; secrets are not shown.
pub fn labelled(channel: &str, typed: &Pairs, text: &'static Text) -> Vec<(&'static str, &'static str, String)> {
    let Some(kind) = Kind::named(channel) else { return Vec::new() };
    let rows = Form::typed(table(kind), &Draft::default(), typed, text).labelled(typed, text);
    let is_secret = |name: &str| matches!(name, "secret" | "token" | "password");
    let shown = |(name, label, value)| (name, label, if is_secret(name) { "••••••••".to_owned() } else { value });
    rows.into_iter().map(shown).collect()
}
