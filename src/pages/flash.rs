//! The message after an action, shown on the next page. A cookie carries one word and a number there, and no text.

use super::{format::node_name, reply, view::View};
use crate::{
    error::Result,
    http::{Reply, Request},
    text::Around,
};

/// The cookie that carries it.
const COOKIE: &str = "mu_panel_done";
/// How long it waits for the next page, in seconds.
const TTL_SECONDS: i64 = 60;

/// Something that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // each is said in full in `text/flash.rs`
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
    HereOn,
    HereOff,
    TokenRotated,
    PasswordChanged,
    LanguageChanged,
    ZoneChanged,
    DefaultsChanged,
    SharingChanged,
    NoticesChanged,
    NoticeTried,
    CertificateOrdered,
    LevelChanged,
    SessionEnded,
    SessionsEnded,
    SetUp,
    SignedOut,
    BulkOn,
    BulkOff,
    BulkReset,
    BulkExtended,
    BulkDeleted,
    BulkRestored,
    Imported,
}

/// What each is called in the cookie.
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
    ("here-on", Flash::HereOn),
    ("here-off", Flash::HereOff),
    ("token-rotated", Flash::TokenRotated),
    ("password-changed", Flash::PasswordChanged),
    ("language-changed", Flash::LanguageChanged),
    ("zone-changed", Flash::ZoneChanged),
    ("defaults-changed", Flash::DefaultsChanged),
    ("sharing-changed", Flash::SharingChanged),
    ("notices-changed", Flash::NoticesChanged),
    ("notice-tried", Flash::NoticeTried),
    ("certificate-ordered", Flash::CertificateOrdered),
    ("level-changed", Flash::LevelChanged),
    ("session-ended", Flash::SessionEnded),
    ("sessions-ended", Flash::SessionsEnded),
    ("set-up", Flash::SetUp),
    ("signed-out", Flash::SignedOut),
    ("bulk-on", Flash::BulkOn),
    ("bulk-off", Flash::BulkOff),
    ("bulk-reset", Flash::BulkReset),
    ("bulk-extended", Flash::BulkExtended),
    ("bulk-deleted", Flash::BulkDeleted),
    ("bulk-restored", Flash::BulkRestored),
    ("imported", Flash::Imported),
];

/// The message about it.
#[derive(Default)]
pub struct FlashMessage {
    /// Before the name.
    pub before: String,
    /// The name of the user or node it is about; may be empty.
    pub name: String,
    /// After the name.
    pub after: &'static str,
    /// Where a form takes it back; empty if nothing does.
    pub undo: String,
}

/// Goes on to `location`, where it is told. `number` is the id of the user or node it is about, or how many users it
/// was done to.
pub fn redirect(request: &Request, flash: Flash, number: i64, location: &str) -> Reply {
    redirect_with(request, flash, &number.to_string(), location)
}

/// The same for several users, whom the next page can name again: to undo it.
pub fn redirect_with_ids(request: &Request, flash: Flash, ids: &[i64], location: &str) -> Reply {
    redirect_with(request, flash, &joined(ids), location)
}

fn redirect_with(request: &Request, flash: Flash, detail: &str, location: &str) -> Reply {
    let key = KEYS.iter().find(|(_, known)| *known == flash).map_or("", |(key, _)| key);
    reply::redirect(location)
        .with("Set-Cookie", request.set_cookie(COOKIE, &format!("{key}.{detail}"), Some(TTL_SECONDS)))
}

/// Whether the request brings something to be told.
pub fn is_set(request: &Request) -> bool {
    request.cookie(COOKIE).is_some_and(|value| !value.is_empty())
}

/// The `Set-Cookie` for when it has been told.
pub fn clear(request: &Request) -> String {
    request.set_cookie(COOKIE, "", Some(0))
}

/// The message that the request brings. A client can make up a cookie, and names are for the admin alone.
///
/// # Errors
/// If the database cannot tell whom it is about; `None` is for what is not there.
pub fn message(view: &View<'_>) -> Result<Option<FlashMessage>> {
    let Some((flash, detail)) = read(view.request) else { return Ok(None) };
    if !view.is_admin() && flash != Flash::SignedOut {
        return Ok(None);
    }
    let (text, number) = (&view.text.flash, || detail.split('-').next().and_then(|number| number.parse().ok()));
    let bulk = &view.text.bulk;
    match flash {
        Flash::UserAdded => of_user(view, number(), text.user_added),
        Flash::UserChanged => of_user(view, number(), text.user_changed),
        Flash::UserOn => of_user(view, number(), text.user_on),
        Flash::UserOff => of_user(view, number(), text.user_off),
        Flash::UserReset => of_user(view, number(), text.user_reset),
        Flash::UserRestored => of_user(view, number(), text.user_restored),
        Flash::AddressReplaced => of_user(view, number(), view.text.friend.replaced),
        Flash::UserDeleted => {
            let undo = number().map_or_else(String::new, |id: i64| view.request.at(&format!("/users/{id}/restore")));
            Ok(of_user(view, number(), text.user_deleted)?.map(|message| FlashMessage { undo, ..message }))
        }
        Flash::NodeAdded => of_node(view, number(), text.node_added),
        Flash::NodeChanged => of_node(view, number(), text.node_changed),
        Flash::TokenRotated => words(text.token_rotated),
        Flash::PasswordChanged => words(text.password_changed),
        Flash::LanguageChanged => words(text.language_changed),
        Flash::HereOn => words(text.here_on),
        Flash::HereOff => words(text.here_off),
        Flash::ZoneChanged => words(view.text.preferences.zone_done),
        Flash::DefaultsChanged => words(view.text.preferences.defaults_done),
        Flash::SharingChanged => words(view.text.sharing.saved),
        Flash::NoticesChanged => words(view.text.notices.saved),
        Flash::NoticeTried => words(view.text.notices.tried),
        Flash::CertificateOrdered => words(view.text.https.begun),
        Flash::LevelChanged => words(view.text.sharing.level_saved),
        Flash::SessionEnded => words(view.text.preferences.ended),
        Flash::SessionsEnded => words(view.text.preferences.others_ended),
        Flash::SetUp => words(text.set_up),
        Flash::SignedOut => words(text.signed_out),
        Flash::BulkOn => counted(number(), bulk.done_on),
        Flash::BulkOff => counted(number(), bulk.done_off),
        Flash::BulkReset => counted(number(), bulk.done_reset),
        Flash::BulkExtended => counted(number(), bulk.done_extend),
        Flash::BulkRestored => counted(number(), bulk.done_restore),
        Flash::Imported => counted(number(), bulk.done_import),
        Flash::BulkDeleted => {
            let ids: Vec<i64> = detail.split('-').filter_map(|id| id.parse().ok()).collect();
            let undo = view.request.at(&format!("/users/batch/undo?users={}", joined(&ids)));
            let message = counted(i64::try_from(ids.len()).ok(), bulk.done_delete)?;
            Ok(message.map(|message| FlashMessage { undo, ..message }))
        }
    }
}

fn read(request: &Request) -> Option<(Flash, &str)> {
    let (key, detail) = request.cookie(COOKIE)?.split_once('.')?;
    KEYS.iter().find(|(known, _)| *known == key).map(|(_, flash)| (*flash, detail))
}

fn of_user(view: &View<'_>, id: Option<i64>, (before, after): Around) -> Result<Option<FlashMessage>> {
    let Some(id) = id else { return Ok(None) };
    let user = view.app.store.user(id, view.now())?;
    Ok(user.map(|user| FlashMessage {
        before: before.to_owned(),
        name: user.name.as_str().to_owned(),
        after,
        undo: String::new(),
    }))
}

fn of_node(view: &View<'_>, id: Option<i64>, (before, after): Around) -> Result<Option<FlashMessage>> {
    let Some(id) = id else { return Ok(None) };
    let node = view.app.store.node(id)?;
    Ok(node.map(|node| FlashMessage {
        before: before.to_owned(),
        name: node_name(&node, view.text),
        after,
        undo: String::new(),
    }))
}

#[allow(clippy::unnecessary_wraps)] // an arm like the others
fn words(words: &str) -> Result<Option<FlashMessage>> {
    Ok(Some(FlashMessage { before: words.to_owned(), ..FlashMessage::default() }))
}

#[allow(clippy::unnecessary_wraps)] // an arm like the others
fn counted(number: Option<i64>, sentence: fn(i64) -> String) -> Result<Option<FlashMessage>> {
    Ok(number.map(|number| FlashMessage { before: sentence(number), ..FlashMessage::default() }))
}

fn joined(ids: &[i64]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join("-")
}
