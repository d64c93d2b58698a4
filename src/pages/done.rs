//! What has just been done, told on the next page: a cookie carries one word and an id there, and no text of anybody's.

use super::frame::{View, guarded};
use crate::{
    http::{Reply, Request},
    text::{Around, DoneText, Text},
};

/// The cookie that carries it.
pub const COOKIE: &str = "mu_panel_done";
/// Whoever does not look within a minute is not told.
const SECONDS: i64 = 60;

/// Something that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // each is said in full, twice, in `text`
pub enum Done {
    UserAdded,
    UserChanged,
    UserOn,
    UserOff,
    UserReset,
    UserDeleted,
    UserRestored,
    AddressReplaced,
    NodeAdded,
    NodeChanged,
    TokenRotated,
    PasswordChanged,
    LanguageChanged,
    ZoneChanged,
    DefaultsChanged,
    SessionEnded,
    SessionsEnded,
    SetUp,
    SignedOut,
}

const KEYS: &[(&str, Done)] = &[
    ("user-added", Done::UserAdded),
    ("user-changed", Done::UserChanged),
    ("user-on", Done::UserOn),
    ("user-off", Done::UserOff),
    ("user-reset", Done::UserReset),
    ("user-deleted", Done::UserDeleted),
    ("user-restored", Done::UserRestored),
    ("address-replaced", Done::AddressReplaced),
    ("node-added", Done::NodeAdded),
    ("node-changed", Done::NodeChanged),
    ("token-rotated", Done::TokenRotated),
    ("password-changed", Done::PasswordChanged),
    ("language-changed", Done::LanguageChanged),
    ("zone-changed", Done::ZoneChanged),
    ("defaults-changed", Done::DefaultsChanged),
    ("session-ended", Done::SessionEnded),
    ("sessions-ended", Done::SessionsEnded),
    ("set-up", Done::SetUp),
    ("signed-out", Done::SignedOut),
];

/// The message about it.
pub struct Flash {
    /// Before the name.
    pub before: &'static str,
    /// Whom it was done to; empty if to nobody.
    pub name: String,
    /// After the name.
    pub after: &'static str,
    /// Where a form takes it back; empty if nothing does.
    pub undo: String,
}

/// Goes on to `location`, where it is told. `id` is that of the user or node, or 0.
pub fn and_go(request: &Request, done: Done, id: i64, location: &str) -> Reply {
    let key = KEYS.iter().find(|(_, known)| *known == done).map_or("", |(key, _)| key);
    guarded(Reply::see_other(location))
        .with("Set-Cookie", request.set_cookie(COOKIE, &format!("{key}.{id}"), Some(SECONDS)))
}

/// The `Set-Cookie` for when it has been told.
pub fn forget(request: &Request) -> String {
    request.set_cookie(COOKIE, "", Some(0))
}

/// What the request brings along to be told.
pub fn read(view: &View<'_>) -> Option<Flash> {
    let (key, id) = view.request.cookie(COOKIE)?.split_once('.')?;
    if view.is_admin() && key.starts_with("several-") {
        return super::several::told(view, key, id);
    }
    let (_, done) = KEYS.iter().find(|(known, _)| *known == key)?;
    let id = id.parse().ok()?;
    // Anybody can make up a cookie, and names are for the admin alone.
    if !view.is_admin() {
        return (*done == Done::SignedOut).then(|| of_nobody(*done, view));
    }
    if let Some((before, after)) = of_user(*done, view.text) {
        let user = view.app.store.user(id, view.now()).ok()??;
        let undo =
            if *done == Done::UserDeleted { view.request.at(&format!("/users/{id}/restore")) } else { String::new() };
        return Some(Flash { before, name: user.name.as_str().to_owned(), after, undo });
    }
    if let Some((before, after)) = of_node(*done, &view.text.done) {
        let node = view.app.store.node(id).ok()??;
        return Some(Flash { before, name: super::nodes::name(&node, view.text), after, undo: String::new() });
    }
    Some(of_nobody(*done, view))
}

fn of_nobody(done: Done, view: &View<'_>) -> Flash {
    Flash {
        before: of_office(done, view.text).unwrap_or_else(|| of_panel(done, &view.text.done)),
        name: String::new(),
        after: "",
        undo: String::new(),
    }
}

fn of_user(done: Done, text: &Text) -> Option<Around> {
    let (text, friend) = (&text.done, &text.friend);
    Some(match done {
        Done::UserAdded => text.user_added,
        Done::UserChanged => text.user_changed,
        Done::UserOn => text.user_on,
        Done::UserOff => text.user_off,
        Done::UserReset => text.user_reset,
        Done::UserDeleted => text.user_deleted,
        Done::UserRestored => text.user_restored,
        Done::AddressReplaced => friend.replaced,
        _ => return None,
    })
}

fn of_node(done: Done, text: &DoneText) -> Option<Around> {
    Some(match done {
        Done::NodeAdded => text.node_added,
        Done::NodeChanged => text.node_changed,
        _ => return None,
    })
}

fn of_office(done: Done, text: &Text) -> Option<&'static str> {
    let text = &text.office.settings;
    Some(match done {
        Done::ZoneChanged => text.zone_done,
        Done::DefaultsChanged => text.defaults_done,
        Done::SessionEnded => text.ended,
        Done::SessionsEnded => text.others_ended,
        _ => return None,
    })
}

fn of_panel(done: Done, text: &DoneText) -> &'static str {
    match done {
        Done::TokenRotated => text.token_rotated,
        Done::PasswordChanged => text.password_changed,
        Done::LanguageChanged => text.language_changed,
        Done::SetUp => text.set_up,
        Done::SignedOut => text.signed_out,
        _ => "",
    }
}
