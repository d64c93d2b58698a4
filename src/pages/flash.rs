//! What has just been done, told on the next page: a cookie carries one word and an id there, and no text of anybody's.

use super::frame::{View, with_security_headers};
use crate::{
    http::{Reply, Request},
    text::{Around, Text, flash::Flash as FlashText},
};

/// The cookie that carries it.
pub const COOKIE: &str = "mu_panel_done";
/// Whoever does not look within a minute is not told.
const TTL_SECONDS: i64 = 60;

/// Something that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // each is said in full, twice, in `text`
pub enum Flash {
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

const KEYS: &[(&str, Flash)] = &[
    ("user-added", Flash::UserAdded),
    ("user-changed", Flash::UserChanged),
    ("user-on", Flash::UserOn),
    ("user-off", Flash::UserOff),
    ("user-reset", Flash::UserReset),
    ("user-deleted", Flash::UserDeleted),
    ("user-restored", Flash::UserRestored),
    ("address-replaced", Flash::AddressReplaced),
    ("node-added", Flash::NodeAdded),
    ("node-changed", Flash::NodeChanged),
    ("token-rotated", Flash::TokenRotated),
    ("password-changed", Flash::PasswordChanged),
    ("language-changed", Flash::LanguageChanged),
    ("zone-changed", Flash::ZoneChanged),
    ("defaults-changed", Flash::DefaultsChanged),
    ("session-ended", Flash::SessionEnded),
    ("sessions-ended", Flash::SessionsEnded),
    ("set-up", Flash::SetUp),
    ("signed-out", Flash::SignedOut),
];

/// The message about it.
pub struct FlashMessage {
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
pub fn redirect(request: &Request, flash: Flash, id: i64, location: &str) -> Reply {
    let key = KEYS.iter().find(|(_, known)| *known == flash).map_or("", |(key, _)| key);
    with_security_headers(Reply::see_other(location))
        .with("Set-Cookie", request.set_cookie(COOKIE, &format!("{key}.{id}"), Some(TTL_SECONDS)))
}

/// The `Set-Cookie` for when it has been told.
pub fn clear(request: &Request) -> String {
    request.set_cookie(COOKIE, "", Some(0))
}

/// What the request brings along to be told.
pub fn read(view: &View<'_>) -> Option<FlashMessage> {
    let (key, id) = view.request.cookie(COOKIE)?.split_once('.')?;
    if view.is_admin() && key.starts_with("bulk-") {
        return super::bulk::message(view, key, id);
    }
    let (_, flash) = KEYS.iter().find(|(known, _)| *known == key)?;
    let id = id.parse().ok()?;
    // Anybody can make up a cookie, and names are for the admin alone.
    if !view.is_admin() {
        return (*flash == Flash::SignedOut).then(|| of_nobody(*flash, view));
    }
    if let Some((before, after)) = of_user(*flash, view.text) {
        let user = view.app.store.user(id, view.now()).ok()??;
        let undo =
            if *flash == Flash::UserDeleted { view.request.at(&format!("/users/{id}/restore")) } else { String::new() };
        return Some(FlashMessage { before, name: user.name.as_str().to_owned(), after, undo });
    }
    if let Some((before, after)) = of_node(*flash, &view.text.flash) {
        let node = view.app.store.node(id).ok()??;
        return Some(FlashMessage { before, name: super::nodes::name(&node, view.text), after, undo: String::new() });
    }
    Some(of_nobody(*flash, view))
}

fn of_nobody(flash: Flash, view: &View<'_>) -> FlashMessage {
    FlashMessage {
        before: of_office(flash, view.text).unwrap_or_else(|| of_panel(flash, &view.text.flash)),
        name: String::new(),
        after: "",
        undo: String::new(),
    }
}

fn of_user(flash: Flash, text: &Text) -> Option<Around> {
    let (text, friend) = (&text.flash, &text.friend);
    Some(match flash {
        Flash::UserAdded => text.user_added,
        Flash::UserChanged => text.user_changed,
        Flash::UserOn => text.user_on,
        Flash::UserOff => text.user_off,
        Flash::UserReset => text.user_reset,
        Flash::UserDeleted => text.user_deleted,
        Flash::UserRestored => text.user_restored,
        Flash::AddressReplaced => friend.replaced,
        _ => return None,
    })
}

fn of_node(flash: Flash, text: &FlashText) -> Option<Around> {
    Some(match flash {
        Flash::NodeAdded => text.node_added,
        Flash::NodeChanged => text.node_changed,
        _ => return None,
    })
}

fn of_office(flash: Flash, text: &Text) -> Option<&'static str> {
    let text = &text.preferences;
    Some(match flash {
        Flash::ZoneChanged => text.zone_done,
        Flash::DefaultsChanged => text.defaults_done,
        Flash::SessionEnded => text.ended,
        Flash::SessionsEnded => text.others_ended,
        _ => return None,
    })
}

fn of_panel(flash: Flash, text: &FlashText) -> &'static str {
    match flash {
        Flash::TokenRotated => text.token_rotated,
        Flash::PasswordChanged => text.password_changed,
        Flash::LanguageChanged => text.language_changed,
        Flash::SetUp => text.set_up,
        Flash::SignedOut => text.signed_out,
        _ => "",
    }
}
