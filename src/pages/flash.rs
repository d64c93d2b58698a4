//! The message after an action, shown on the next page. A cookie carries one word and numbers there, and no text.

use super::reply;
use crate::http::{Reply, Request};

/// The cookie that carries it.
const COOKIE: &str = "mu_panel_done";
/// How long it waits for the next page, in seconds.
const COOKIE_TTL: i64 = 60;

/// Something that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // each is said in full in `text/flash.rs`
pub enum Flash {
    Unchanged,
    UserWasOn,
    UserWasOff,
    UserUnused,
    UserUnlimited,
    UserEndless,
    UserAdded,
    UserChanged,
    UserExpired,
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
    ("unchanged", Flash::Unchanged),
    ("user-was-on", Flash::UserWasOn),
    ("user-was-off", Flash::UserWasOff),
    ("user-unused", Flash::UserUnused),
    ("user-unlimited", Flash::UserUnlimited),
    ("user-endless", Flash::UserEndless),
    ("user-added", Flash::UserAdded),
    ("user-changed", Flash::UserChanged),
    ("user-expired", Flash::UserExpired),
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
pub(super) struct Told<'a> {
    pub(super) flash: Flash,
    pub(super) number: i64,
    pub(super) skipped: i64,
    pub(super) undo: &'a str,
}

/// What the request brings.
pub(super) fn read(request: &Request) -> Option<Told<'_>> {
    let mut parts = request.cookie(COOKIE)?.split('.');
    let key = parts.next()?;
    let (_, flash) = KEYS.iter().find(|(known, _)| *known == key)?;
    let (number, skipped) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let undo = parts.next().unwrap_or_default();
    Some(Told { flash: *flash, number, skipped, undo })
}
