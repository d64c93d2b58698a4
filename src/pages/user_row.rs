//! A user in the list.

use super::{
    format::{Badge, Moment, QuotaBar, Size, badge},
    share::Links,
    user_facts::{expiry, no_access},
    view::View,
};
use crate::{
    model::{SOON_DAYS, State, TOMBSTONE_TTL, User},
    text::{isolated, users::Users},
};
use std::borrow::Cow;

#[allow(clippy::struct_excessive_bools)] // each is an attribute of the row
pub(super) struct Row<'a> {
    pub(super) id: i64,
    pub(super) tick: String,
    pub(super) ticked: bool,
    pub(super) name: &'a str,
    /// The same for a title.
    pub(super) name_whole: Cow<'a, str>,
    pub(super) note: &'a str,
    pub(super) note_whole: Cow<'a, str>,
    pub(super) badge: Badge,
    pub(super) port: u16,
    pub(super) method: &'static str,
    pub(super) total: Size,
    pub(super) quota_bar: QuotaBar,
    pub(super) left: String,
    pub(super) expires: String,
    /// The same, so that it is understood without the head of the column.
    pub(super) expires_short: String,
    pub(super) expires_soon: bool,
    pub(super) last: Moment,
    pub(super) online: bool,
    /// From how many devices the user is connected, in words; empty if from none, or if no node says so.
    pub(super) devices: String,
    /// What is shared; none if there is nothing to connect to.
    pub(super) shared: Option<Shared>,
    pub(super) on: bool,
    /// Whether the user is kept out although switched on.
    pub(super) kept_out: bool,
    pub(super) switch_label: String,
    pub(super) switch_hint: &'static str,
    /// Until when the user can be restored, and what the button says; empty for users who are not removed.
    pub(super) until: String,
    pub(super) restore_label: String,
}

/// What the buttons beside a user copy and show.
pub(super) struct Shared {
    pub(super) link: String,
    /// That it is copied, and why it does not work at present; empty if it does.
    pub(super) warning: String,
    pub(super) copy_label: String,
    pub(super) code_label: String,
}

/// The row of a user in the list.
pub(super) fn row<'a>(user: &'a User, links: &Links<'_>, ticked: bool, view: &View<'_>) -> Row<'a> {
    let (text, common) = (&view.text.users, &view.text.common);
    let name = user.name.as_str();
    let state = user.state(view.today());
    let until = user.deleted.map(|at| view.zone.date(at + TOMBSTONE_TTL).to_string());
    let soon = view.today().plus_days(SOON_DAYS);
    Row {
        restore_label: until
            .as_ref()
            .map_or_else(String::new, |_| [view.text.user.restore, &isolated(name)].join(view.text.common.colon)),
        until: until.map_or_else(String::new, |date| (text.until)(&date)),
        id: user.id,
        tick: (view.text.bulk.tick)(name),
        ticked,
        switch_label: (text.let_in)(name),
        switch_hint: if user.switch { common.switch_off } else { common.switch_on },
        name,
        name_whole: isolated(name),
        note: user.note.as_str().lines().next().unwrap_or_default(),
        note_whole: isolated(user.note.as_str()),
        badge: badge(state, view.text),
        port: user.port,
        method: user.method.name(),
        total: view.size(user.used.total()),
        quota_bar: view.quota_bar(user.used.total(), user.quota),
        left: left(user, view),
        expires: expiry(user, view),
        expires_short: match user.expires.filter(|_| user.renewal().is_none()) {
            Some(day) => (text.expires_short)(&day.to_string()),
            None => expiry(user, view),
        },
        expires_soon: state == State::On && !user.terms.renews && user.expires.is_some_and(|day| day <= soon),
        last: if user.t > 0 { view.moment(user.t) } else { never(text) },
        online: false,
        devices: String::new(),
        shared: links.of(user).map(|link| shared(user, link, view)),
        on: user.switch,
        kept_out: user.switch && state != State::On,
    }
}

fn shared(user: &User, link: String, view: &View<'_>) -> Shared {
    let (text, name) = (&view.text.users, user.name.as_str());
    let why = no_access(user, view);
    let label = |label: String| if why.is_empty() { label } else { (text.but)(&label, &why) };
    Shared {
        link,
        copy_label: label((text.copy_link)(name)),
        code_label: label((text.show_code)(name)),
        warning: if why.is_empty() { String::new() } else { (text.but)(view.text.common.copied, &why) },
    }
}

/// The time of the last use of a user who has not connected yet.
fn never(text: &Users) -> Moment {
    Moment { words: text.never_used.into(), exact: String::new() }
}

/// What is left of a quota, in words.
fn left(user: &User, view: &View<'_>) -> String {
    let text = &view.text.summary;
    match user.quota.map(|quota| quota.minus(user.used.total())) {
        None => String::new(),
        Some(left) if left.get() <= 0 => text.nothing_left.to_owned(),
        Some(left) => (text.left)(&left.to_string()),
    }
}
