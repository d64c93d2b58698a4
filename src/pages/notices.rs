//! Notices: the channels, each with a trial, and what the admin wants to be told of.

use super::{
    form::{Choice, Form},
    format::Moment,
    notice_form::{Draft, table},
    prelude::*,
    settings_form::{RETRIES, SettingsForm, is_saved, save},
};
use crate::{
    model::Happening,
    notify::{self, Channel, Kind},
    store::Setting,
};

#[derive(Template)]
#[template(path = "notices.html")]
struct NoticesPage {
    f: Frame,
    t: &'static Text,
    channels: Vec<ChannelCard>,
    events: Vec<Choice>,
    /// The keys of those that are wanted.
    seen: String,
    waiting: String,
    failed: Vec<Failed>,
}

page!(NoticesPage);

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

/// `GET /settings/notices`.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    page(&View::admin(app, signed_in, request)?, 200, None)
}

/// `POST /settings/notices/{channel}` with the fields of that channel.
pub fn set(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?.keeping(&[]);
    let kind = named(request)?;
    let prefix = prefix(kind);
    let form = SettingsForm {
        table: table(kind),
        prefix: &prefix,
        of: &|settings| Draft::of(kind, settings),
        into: &|draft: Draft| vec![(notify::setting(kind), Some(draft.into_channel(kind).to_text()))],
        done: Flash::NoticesChanged,
        page: "/settings/notices",
    };
    form.save(&view, |status, form| page(&view, status, Some((kind, form))))
}

fn prefix(kind: Kind) -> String {
    format!("{}-", kind.key())
}

/// `POST /settings/notices/{channel}/off`.
pub fn off(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    let kind = named(request)?;
    let was_off = app.settings()?.get(notify::setting(kind)).is_none();
    app.store.change_settings(vec![(notify::setting(kind), None)], request.now)?;
    app.store.empty_outbox(kind.key().to_owned())?;
    let done = if was_off { Flash::Unchanged } else { Flash::NoticesChanged };
    Ok(flash::redirect(request, done, 0, &request.at("/settings/notices")))
}

/// `POST /settings/notices/{channel}/test`.
pub fn test(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    notify::try_out(app, request.now, named(request)?)?;
    Ok(flash::redirect(request, Flash::NoticeTried, 0, &request.at("/settings/notices")))
}

/// `POST /settings/notices` with `event`, once for each that is wanted: changes those that were touched.
pub fn events(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let form = request.form();
    let is_seen = |what: Happening| form.get("seen").map(|seen| seen.split(' ').any(|key| key == what.key()));
    for _ in 0..RETRIES {
        let settings = app.settings()?;
        let is_wanted = |what: Happening| {
            let typed = form.get(what.key()).is_some();
            if is_seen(what) == Some(typed) { notify::is_wanted(&settings, what) } else { typed }
        };
        let off: Vec<&str> = Happening::switched().filter(|what| !is_wanted(*what)).map(Happening::key).collect();
        let off = Some(off.join(" ")).filter(|off| !off.is_empty());
        let values = vec![(Setting::NotifyOff, off)];
        let done = if is_saved(&settings, &values) { Flash::Unchanged } else { Flash::NoticesChanged };
        if save(&view, &settings, values)? {
            return Ok(flash::redirect(request, done, 0, &request.at("/settings/notices")));
        }
    }
    Err(Error::Busy(Fault::Locked))
}

fn named(request: &Request) -> Result<Kind> {
    request.captured.first().and_then(|key| Kind::named(key)).ok_or(Error::NotFound)
}

fn page(view: &View<'_>, status: u16, mut typed: Option<(Kind, Form<Draft>)>) -> Result<Reply> {
    let settings = view.app.settings()?;
    let text = &view.text.notices;
    let mut card = |kind: Kind| {
        let on = Channel::of(kind, &settings).is_some();
        let given = typed.take_if(|(of, _)| *of == kind).map(|(_, form)| form);
        let open = given.is_some();
        let mut form = given.unwrap_or_else(|| Form::of(table(kind), &Draft::of(kind, &settings), view.text));
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
            form: form.prefixed(&prefix(kind)),
            last_failed: last.as_ref().is_some_and(|(_, error)| error.is_some()),
            last: last.map_or_else(String::new, |(at, error)| {
                let at = view.moment(at).words;
                error.map_or_else(|| (text.sent)(&at), |error| (text.not_sent)(&at, &(text.reason)(&error)))
            }),
        }
    };
    let channels: Vec<ChannelCard> = Kind::ALL.into_iter().map(&mut card).collect();
    let frame = view.frame(text.heading, "settings")?.back_to("/settings/notices");
    let wanted = Happening::switched().filter(|what| notify::is_wanted(&settings, *what));
    let seen = wanted.map(Happening::key).collect::<Vec<_>>().join(" ");
    let events = Happening::switched().map(|what| Choice {
        value: what.key().into(),
        label: (text.event)(what).into(),
        selected: notify::is_wanted(&settings, what),
    });
    let (waiting, failed) = view.app.store.outbox()?;
    let failed = failed.into_iter().map(|notice| Failed {
        title: serde_json::from_str(&notice.payload)
            .map_or_else(|_| String::new(), |message: notify::Message| message.title),
        channel: Kind::named(&notice.channel).map_or("", |kind| (text.channel)(kind)),
        when: view.moment(notice.failed.unwrap_or(notice.created)),
        why: (text.reason)(&notice.error),
    });
    let page = NoticesPage {
        f: channels.iter().fold(frame, |frame, channel| frame.refusing(&channel.form)),
        t: view.text,
        channels,
        events: events.collect(),
        seen,
        waiting: if waiting > 0 { (text.waiting)(waiting) } else { String::new() },
        failed: failed.collect(),
    };
    view.page(status, &page)
}
