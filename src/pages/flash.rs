//! The message after an action, shown on the next page. A cookie carries one word and a number there, and no text.

use super::{format::node_name, reply, view::View};
use crate::{
    error::Result,
    http::{Reply, Request},
    model::User,
    text::Around,
};

/// The cookie that carries it.
const COOKIE: &str = "mu_panel_done";
/// How long it waits for the next page, in seconds.
const COOKIE_TTL: i64 = 60;

/// Something that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // each is said in full in `text/flash.rs`
pub enum Flash {
    UserAdded,
    UserChanged,
    UserOn,
    UserOff,
    UserReset,
    UserQuota,
    UserExtended,
    UserRelinked,
    UserDeleted,
    UserRestored,
    AddressReplaced,
    Undone,
    NodeAdded,
    NodeChanged,
    HereOn,
    HereOff,
    NodeRelinked,
    NodeMuted,
    NodeUnmuted,
    NodeRemoved,
    NodeRestored,
    TokenRotated,
    PasswordChanged,
    LanguageChanged,
    ZoneChanged,
    PublicAddressChanged,
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
    BulkQuota,
    BulkMethod,
    BulkDeleted,
    Imported,
}

/// What each is called in the cookie.
const KEYS: &[(&str, Flash)] = &[
    ("user-added", Flash::UserAdded),
    ("user-changed", Flash::UserChanged),
    ("user-on", Flash::UserOn),
    ("user-off", Flash::UserOff),
    ("user-reset", Flash::UserReset),
    ("user-quota", Flash::UserQuota),
    ("user-extended", Flash::UserExtended),
    ("user-relinked", Flash::UserRelinked),
    ("undone", Flash::Undone),
    ("user-deleted", Flash::UserDeleted),
    ("user-restored", Flash::UserRestored),
    ("address-replaced", Flash::AddressReplaced),
    ("node-added", Flash::NodeAdded),
    ("node-changed", Flash::NodeChanged),
    ("here-on", Flash::HereOn),
    ("here-off", Flash::HereOff),
    ("node-relinked", Flash::NodeRelinked),
    ("node-muted", Flash::NodeMuted),
    ("node-unmuted", Flash::NodeUnmuted),
    ("node-removed", Flash::NodeRemoved),
    ("node-restored", Flash::NodeRestored),
    ("token-rotated", Flash::TokenRotated),
    ("password-changed", Flash::PasswordChanged),
    ("language-changed", Flash::LanguageChanged),
    ("zone-changed", Flash::ZoneChanged),
    ("public-address", Flash::PublicAddressChanged),
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
    ("bulk-quota", Flash::BulkQuota),
    ("bulk-method", Flash::BulkMethod),
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
    pub after: String,
    /// The word that undoes it; empty if nothing does.
    pub undo: String,
    /// Where that word is sent to.
    pub undo_at: String,
    /// Whether it is a notice and no success, since nothing was changed.
    pub plain: bool,
}

/// Goes on to `location`, where it is told. `number` is the id of the user or node it is about, or how many users it
/// was done to.
pub fn redirect(request: &Request, flash: Flash, number: i64, location: &str) -> Reply {
    redirect_with_undo(request, flash, number, 0, "", location)
}

/// The same, where it can be undone by the word `undo`, and where `skipped` users were left as they were.
pub fn redirect_with_undo(
    request: &Request,
    flash: Flash,
    number: i64,
    skipped: i64,
    undo: &str,
    location: &str,
) -> Reply {
    let key = KEYS.iter().find(|(_, known)| *known == flash).map_or("", |(key, _)| key);
    let told = format!("{key}.{number}.{skipped}.{undo}");
    reply::redirect(location).with("Set-Cookie", request.set_cookie(COOKIE, &told, Some(COOKIE_TTL)))
}

/// Whether the request brings something to be told.
pub fn is_set(request: &Request) -> bool {
    request.cookie(COOKIE).is_some_and(|value| !value.is_empty())
}

/// The `Set-Cookie` for when it has been told.
pub fn clear(request: &Request) -> String {
    request.set_cookie(COOKIE, "", Some(0))
}

/// What a cookie says.
struct Told<'a> {
    flash: Flash,
    number: i64,
    skipped: i64,
    undo: &'a str,
}

/// The message that the request brings. A client can make up a cookie, and names are for the admin alone.
///
/// # Errors
/// If the database cannot tell whom it is about; `None` is for what is not there.
pub fn message(view: &View<'_>) -> Result<Option<FlashMessage>> {
    let Some(told) = read(view.request) else { return Ok(None) };
    if !view.is_admin() && told.flash != Flash::SignedOut {
        return Ok(None);
    }
    let message = match told.flash {
        Flash::UserAdded => user_added(view, told.number)?.map(|message| {
            let undo_at = view.request.at(&format!("/users/{}/delete", told.number));
            FlashMessage { undo: "user".to_owned(), undo_at, ..message }
        }),
        Flash::UserQuota => of_user(view, told.number, (view.text.flash.user_now, ""))?.map(|(message, user)| {
            let quota = user.quota.map_or_else(String::new, |quota| quota.to_string());
            FlashMessage { after: (view.text.flash.user_quota)(&quota), ..message }
        }),
        Flash::UserExtended => of_user(view, told.number, (view.text.flash.user_now, ""))?.map(|(message, user)| {
            let day = user.expires.map_or_else(String::new, |day| day.to_string());
            FlashMessage { after: (view.text.flash.user_extended)(&day), ..message }
        }),
        Flash::UserChanged => named(view, told.number, view.text.flash.user_changed)?,
        Flash::UserRelinked => named(view, told.number, view.text.flash.user_relinked)?,
        Flash::UserOn => named(view, told.number, view.text.flash.user_on)?,
        Flash::UserOff => named(view, told.number, view.text.flash.user_off)?,
        Flash::UserReset => named(view, told.number, view.text.flash.user_reset)?,
        Flash::UserRestored => named(view, told.number, view.text.flash.user_restored)?,
        Flash::UserDeleted => named(view, told.number, view.text.flash.user_deleted)?,
        Flash::AddressReplaced => named(view, told.number, view.text.friend.replaced)?,
        Flash::NodeAdded => of_node(view, told.number, view.text.flash.node_added)?,
        Flash::NodeChanged => of_node(view, told.number, view.text.flash.node_changed)?,
        Flash::NodeMuted => of_node(view, told.number, view.text.flash.node_muted)?,
        Flash::NodeUnmuted => of_node(view, told.number, view.text.flash.node_unmuted)?,
        Flash::NodeRestored => of_node(view, told.number, view.text.flash.node_restored)?,
        Flash::NodeRemoved => of_node(view, told.number, view.text.flash.node_removed)?.map(|message| {
            let undo_at = view.request.at(&format!("/nodes/{}/restore", told.number));
            FlashMessage { undo: "node".to_owned(), undo_at, ..message }
        }),
        Flash::NodeRelinked => of_node(view, told.number, view.text.flash.node_relinked)?,
        Flash::Undone => words(view.text.flash.undone),
        Flash::TokenRotated => words(view.text.flash.token_rotated),
        Flash::PasswordChanged => words(view.text.flash.password_changed),
        Flash::LanguageChanged => words(view.text.flash.language_changed),
        Flash::HereOn => words(view.text.flash.here_on),
        Flash::HereOff => words(view.text.flash.here_off),
        Flash::ZoneChanged => words(view.text.preferences.zone_done),
        Flash::PublicAddressChanged => words(view.text.preferences.public_done),
        Flash::DefaultsChanged => words(view.text.preferences.defaults_done),
        Flash::SharingChanged => words(view.text.sharing.saved),
        Flash::NoticesChanged => words(view.text.notices.saved),
        Flash::NoticeTried => words(view.text.notices.tried),
        Flash::CertificateOrdered => words(view.text.https.begun),
        Flash::LevelChanged => words(view.text.sharing.level_saved),
        Flash::SessionEnded => words(view.text.preferences.ended),
        Flash::SessionsEnded => words(view.text.preferences.others_ended),
        Flash::SetUp => words(view.text.flash.set_up),
        Flash::SignedOut => words(view.text.flash.signed_out),
        Flash::BulkOn => counted(&told, view, view.text.bulk.done_on, Some(view.text.bulk.skip_on)),
        Flash::BulkOff => counted(&told, view, view.text.bulk.done_off, Some(view.text.bulk.skip_off)),
        Flash::BulkReset => counted(&told, view, view.text.bulk.done_reset, Some(view.text.bulk.skip_reset)),
        Flash::BulkExtended => counted(&told, view, view.text.bulk.done_extend, Some(view.text.bulk.skip_extend)),
        Flash::BulkQuota => counted(&told, view, view.text.bulk.done_quota, Some(view.text.bulk.skip_quota)),
        Flash::BulkMethod => counted(&told, view, view.text.bulk.done_method, Some(view.text.bulk.skip_method)),
        Flash::BulkDeleted => counted(&told, view, view.text.bulk.done_delete, None),
        Flash::Imported => counted(&told, view, view.text.bulk.done_import, None),
    };
    Ok(message.map(|message| match message.undo_at.as_str() {
        "" => FlashMessage { undo: told.undo.to_owned(), undo_at: view.request.at("/undo"), ..message },
        _ => message,
    }))
}

fn read(request: &Request) -> Option<Told<'_>> {
    let mut parts = request.cookie(COOKIE)?.split('.');
    let key = parts.next()?;
    let (_, flash) = KEYS.iter().find(|(known, _)| *known == key)?;
    let (number, skipped) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some(Told { flash: *flash, number, skipped, undo: parts.next().unwrap_or_default() })
}

/// A user with somewhere to connect to can be invited; for others the page says what is next.
fn user_added(view: &View<'_>, id: i64) -> Result<Option<FlashMessage>> {
    let nodes = view.app.store.nodes_with_address()?;
    let text = &view.text.flash;
    named(view, id, if nodes.is_empty() { text.user_added_bare } else { text.user_added })
}

fn named(view: &View<'_>, id: i64, around: Around) -> Result<Option<FlashMessage>> {
    Ok(of_user(view, id, around)?.map(|(message, _)| message))
}

fn of_user(view: &View<'_>, id: i64, (before, after): Around) -> Result<Option<(FlashMessage, User)>> {
    let message = |user: &User| FlashMessage {
        before: before.to_owned(),
        name: user.name.as_str().to_owned(),
        after: after.to_owned(),
        ..FlashMessage::default()
    };
    Ok(view.app.store.user(id, view.now())?.map(|user| (message(&user), user)))
}

fn of_node(view: &View<'_>, id: i64, (before, after): Around) -> Result<Option<FlashMessage>> {
    Ok(view.app.store.node(id)?.map(|node| FlashMessage {
        before: before.to_owned(),
        name: node_name(&node, view.text),
        after: after.to_owned(),
        ..FlashMessage::default()
    }))
}

#[allow(clippy::unnecessary_wraps)] // an arm like the others
fn words(words: &str) -> Option<FlashMessage> {
    Some(FlashMessage { before: words.to_owned(), ..FlashMessage::default() })
}

#[allow(clippy::unnecessary_wraps)] // an arm like the others
fn counted(
    told: &Told<'_>,
    view: &View<'_>,
    done: fn(i64) -> String,
    skipped: Option<fn(i64) -> String>,
) -> Option<FlashMessage> {
    let skipped = skipped.filter(|_| told.skipped > 0).map_or_else(String::new, |skipped| skipped(told.skipped));
    let plain = told.number == 0;
    let done = if plain { view.text.bulk.nothing_done.to_owned() } else { done(told.number) };
    Some(FlashMessage { before: done + &skipped, plain, ..FlashMessage::default() })
}
