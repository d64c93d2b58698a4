//! Notices: the channels, each with a trial, and what the admin wants to be told of.

use super::{
    flash::{self, Flash},
    form::{Choice, Field, Form, Group, Widget, nothing},
    format::Moment,
    frame::Frame,
    view::View,
};
use crate::{
    app::App,
    auth::SignedIn,
    error::{Error, Fault, Result},
    http::{Pairs, Reply, Request},
    model::{Happening, port_from},
    notify::{self, Channel, Kind, Mail, Security, TELEGRAM},
    store::Setting,
    text::Text,
};
use askama::Template;

/// The longest value of a field, in bytes.
const MAX_VALUE: usize = 500;

#[derive(Template)]
#[template(path = "notices.html")]
struct NoticesPage {
    f: Frame,
    t: &'static Text,
    channels: Vec<ChannelCard>,
    events: Vec<Choice>,
    waiting: String,
    failed: Vec<Failed>,
}

/// A channel as it is shown.
struct ChannelCard {
    key: &'static str,
    title: &'static str,
    hint: &'static str,
    on: bool,
    open: bool,
    form: Form<Draft>,
    /// How it fared last; empty if nothing was sent since the start.
    last: String,
    last_failed: bool,
}

/// A notice that was given up.
struct Failed {
    title: String,
    channel: &'static str,
    when: Moment,
    why: String,
}

/// What the form of a channel edits: the values of all channels, of which each has its own.
#[derive(Clone, Default)]
struct Draft {
    url: String,
    secret: String,
    server: String,
    token: String,
    chat: String,
    mail: Mail,
    port: String,
}

/// A line that is read as it is.
macro_rules! code {
    ($name:literal, $label:ident, $hint:expr, $placeholder:expr, $($value:ident).+, $check:expr) => {
        Field {
            name: $name,
            about: None,
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
    ($name:literal, $label:ident, $($value:ident).+) => {
        Field {
            name: $name,
            about: None,
            widget: Widget::Code,
            label: |text| text.notices.$label,
            hint: |text| text.notices.secret_hint,
            placeholder: nothing,
            show: |_| String::new(),
            set: |draft, typed| {
                if !typed.is_empty() {
                    draft.$($value).+ = line(typed)?;
                }
                Ok(())
            },
        }
    };
}

const WEBHOOK: &[Field<Draft>] =
    &[code!("url", url, nothing, |_| "https://…", url, address), secret!("secret", key, secret)];

const TELEGRAM_FIELDS: &[Field<Draft>] = &[
    secret!("token", bot, token),
    code!("chat", chat, |text| text.notices.chat_hint, |_| "123456789", chat, needed),
    code!("server", server, |text| text.notices.server_hint, |_| TELEGRAM, server, address_or_none),
];

const NTFY: &[Field<Draft>] =
    &[code!("url", topic, nothing, |_| "https://ntfy.sh/…", url, address), secret!("token", access, token)];

const MAIL: &[Field<Draft>] = &[
    code!("host", host, nothing, |_| "smtp.example.org", mail.host, needed),
    Field {
        name: "security",
        about: None,
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
        about: None,
        widget: Widget::Number,
        label: |text| text.notices.port,
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
    secret!("password", password, mail.password),
    code!("from", from, nothing, |_| "panel@example.org", mail.from, mailbox),
    code!("to", to, |text| text.notices.to_hint, |_| "you@example.org", mail.to, mailboxes),
];

fn securities(text: &'static Text) -> Vec<Group> {
    let choice = |security: Security, label: &str| Choice {
        value: security.key().to_owned(),
        label: label.to_owned(),
        selected: false,
    };
    let choices = vec![
        choice(Security::Tls, "TLS (465)"),
        choice(Security::StartTls, "STARTTLS (587)"),
        choice(Security::None, text.notices.no_security),
    ];
    vec![Group { heading: "", choices }]
}

fn cut(typed: &str) -> String {
    typed.chars().take(60).collect()
}

fn line(typed: &str) -> std::result::Result<String, Fault> {
    if typed.len() > MAX_VALUE || typed.chars().any(char::is_control) {
        return Err(Fault::ValueBad { given: cut(typed) });
    }
    Ok(typed.to_owned())
}

fn needed(typed: &str) -> std::result::Result<String, Fault> {
    if typed.is_empty() {
        return Err(Fault::ValueNeeded);
    }
    if typed.contains(char::is_whitespace) {
        return Err(Fault::ValueBad { given: cut(typed) });
    }
    line(typed)
}

fn address(typed: &str) -> std::result::Result<String, Fault> {
    let rest = typed.strip_prefix("https://").or_else(|| typed.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split('/').next().unwrap_or_default());
    if host.is_none_or(|host| host.is_empty() || host.starts_with(':')) || !typed.bytes().all(|b| b.is_ascii_graphic())
    {
        return Err(Fault::UrlBad { given: cut(typed) });
    }
    line(typed)
}

fn address_or_none(typed: &str) -> std::result::Result<String, Fault> {
    if typed.is_empty() { Ok(String::new()) } else { address(typed) }
}

fn mailbox(typed: &str) -> std::result::Result<String, Fault> {
    let bare = typed.rsplit_once('<').map_or(typed, |(_, rest)| rest.trim_end_matches('>'));
    let sound =
        bare.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'));
    if !sound || bare.contains(char::is_whitespace) {
        return Err(Fault::MailboxBad { given: cut(typed) });
    }
    line(typed)
}

fn mailboxes(typed: &str) -> std::result::Result<String, Fault> {
    typed.split(',').try_for_each(|one| mailbox(one.trim()).map(drop))?;
    line(typed)
}

fn table(kind: Kind) -> &'static [Field<Draft>] {
    match kind {
        Kind::Webhook => WEBHOOK,
        Kind::Telegram => TELEGRAM_FIELDS,
        Kind::Ntfy => NTFY,
        Kind::Mail => MAIL,
    }
}

impl Draft {
    fn of(channel: Option<Channel>) -> Self {
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

    fn into_channel(mut self, kind: Kind) -> Channel {
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

/// `GET /settings/notices`.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    page(&View::admin(app, signed_in, request)?, 200, None)
}

/// `POST /settings/notices/{channel}` with the fields of that channel.
pub fn set(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let kind = named(request)?;
    let now = Draft::of(Channel::of(kind, &*app.settings()?));
    let mut form = Form::typed(table(kind), &now, request.form(), view.text);
    let Some(draft) = form.read(now, view.text) else { return page(&view, 400, Some((kind, form))) };
    app.store.change_settings(vec![(notify::setting(kind), Some(draft.into_channel(kind).to_text()))], request.now)?;
    Ok(flash::redirect(request, Flash::NoticesChanged, 0, &request.at("/settings/notices")))
}

/// `POST /settings/notices/{channel}/off`.
pub fn off(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    let kind = named(request)?;
    app.store.change_settings(vec![(notify::setting(kind), None)], request.now)?;
    app.store.empty_outbox(kind.key().to_owned())?;
    Ok(flash::redirect(request, Flash::NoticesChanged, 0, &request.at("/settings/notices")))
}

/// `POST /settings/notices/{channel}/test`.
pub fn test(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    notify::try_out(app, request.now, named(request)?)?;
    Ok(flash::redirect(request, Flash::NoticeTried, 0, &request.at("/settings/notices")))
}

/// `POST /settings/notices` with `event`, once for each that is wanted.
pub fn events(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    let form = request.form();
    let wanted = |what: &Happening| form.get(what.key()).is_some();
    let off: Vec<&str> = Happening::SWITCHED.iter().filter(|what| !wanted(what)).map(|what| what.key()).collect();
    let off = Some(off.join(" ")).filter(|off| !off.is_empty());
    app.store.change_settings(vec![(Setting::NotifyOff, off)], request.now)?;
    Ok(flash::redirect(request, Flash::NoticesChanged, 0, &request.at("/settings/notices")))
}

/// The fields of the form of a channel that `typed` brings; secrets are not shown.
pub fn labelled(channel: &str, typed: &Pairs, text: &'static Text) -> Vec<super::labels::Labelled> {
    let Some(kind) = Kind::named(channel) else { return Vec::new() };
    let rows = Form::typed(table(kind), &Draft::default(), typed, text).labelled(typed, text);
    let is_secret = |name: &str| matches!(name, "secret" | "token" | "password");
    let shown = |(name, label, value)| (name, label, if is_secret(name) { "••••••••".to_owned() } else { value });
    rows.into_iter().map(shown).collect()
}

fn named(request: &Request) -> Result<Kind> {
    request.captured.first().and_then(|key| Kind::named(key)).ok_or(Error::NotFound)
}

fn page(view: &View<'_>, status: u16, mut typed: Option<(Kind, Form<Draft>)>) -> Result<Reply> {
    let settings = view.app.settings()?;
    let text = &view.text.notices;
    let mut card = |kind: Kind| {
        let channel = Channel::of(kind, &settings);
        let on = channel.is_some();
        let given = typed.take_if(|(of, _)| *of == kind).map(|(_, form)| form);
        let open = given.is_some();
        let mut form = given.unwrap_or_else(|| Form::of(table(kind), &Draft::of(channel), view.text));
        for input in form.inputs.iter_mut().filter(|input| !on && input.hint == text.secret_hint) {
            // There is none yet that could stay.
            input.hint = text.secret_first;
        }
        let last = view.app.notices.last(kind.key()).filter(|_| on);
        ChannelCard {
            key: kind.key(),
            title: (text.channel)(kind),
            hint: (text.channel_hint)(kind),
            on,
            open,
            form: form.prefixed(&format!("{}-", kind.key())),
            last_failed: last.as_ref().is_some_and(|(_, error)| error.is_some()),
            last: last.map_or_else(String::new, |(at, error)| {
                let at = view.moment(at).words;
                error.map_or_else(|| (text.sent)(&at), |error| (text.not_sent)(&at, &error))
            }),
        }
    };
    let channels = Kind::ALL.into_iter().map(&mut card).collect();
    let events = Happening::SWITCHED.into_iter().map(|what| Choice {
        value: what.key().to_owned(),
        label: (text.event)(what).to_owned(),
        selected: notify::is_wanted(&settings, what),
    });
    let (waiting, failed) = view.app.store.outbox()?;
    let failed = failed.into_iter().map(|notice| Failed {
        title: serde_json::from_str(&notice.payload)
            .map_or_else(|_| String::new(), |message: notify::Message| message.title),
        channel: Kind::named(&notice.channel).map_or("", |kind| (text.channel)(kind)),
        when: view.moment(notice.failed.unwrap_or(notice.created)),
        why: notice.error,
    });
    let page = NoticesPage {
        f: view.frame(text.heading, "settings")?.back_to("/settings/notices"),
        t: view.text,
        channels,
        events: events.collect(),
        waiting: if waiting > 0 { (text.waiting)(waiting) } else { String::new() },
        failed: failed.collect(),
    };
    view.page(status, &page)
}
