//! The message after an action, shown on the next page. A cookie carries one word, numbers and a date there,
//! and no text.

use super::reply;
use crate::{
    http::{Reply, Request},
    model::{Date, named},
};

/// The cookie that carries it.
const COOKIE: &str = "mu_panel_done";
/// How long it waits for the next page, in seconds.
const COOKIE_TTL: i64 = 60;

named! {
    /// Something that was done.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    #[allow(missing_docs)] // each is said in full in `text/flash.rs`
    pub enum Flash {
        Unchanged = "unchanged",
        UserWasOn = "user-was-on",
        UserWasOff = "user-was-off",
        UserUnused = "user-unused",
        UserUnlimited = "user-unlimited",
        UserEndless = "user-endless",
        UserAdded = "user-added",
        UserChanged = "user-changed",
        UserExpired = "user-expired",
        UserRenews = "user-renews",
        UserOn = "user-on",
        UserOff = "user-off",
        UserReset = "user-reset",
        UserQuota = "user-quota",
        UserExtended = "user-extended",
        UserRelinked = "user-relinked",
        UserRelinkedDated = "user-relinked-dated",
        UserByDate = "user-by-date",
        UserByUse = "user-by-use",
        UserDeleted = "user-deleted",
        UserRestored = "user-restored",
        AddressReplaced = "address-replaced",
        Undone = "undone",
        NodeAdded = "node-added",
        NodeChanged = "node-changed",
        HereOn = "here-on",
        HereOff = "here-off",
        NodeRelinked = "node-relinked",
        NodeMuted = "node-muted",
        NodeUnmuted = "node-unmuted",
        NodeRemoved = "node-removed",
        NodeRestored = "node-restored",
        TokenRotated = "token-rotated",
        PasswordChanged = "password-changed",
        LanguageChanged = "language-changed",
        ZoneChanged = "zone-changed",
        PublicAddressChanged = "public-address",
        DefaultsChanged = "defaults-changed",
        SharingChanged = "sharing-changed",
        NoticesChanged = "notices-changed",
        NoticeTried = "notice-tried",
        CertificateOrdered = "certificate-ordered",
        LevelChanged = "level-changed",
        SessionEnded = "session-ended",
        SessionsEnded = "sessions-ended",
        SetUp = "set-up",
        SignedOut = "signed-out",
        BulkOn = "bulk-on",
        BulkOff = "bulk-off",
        BulkReset = "bulk-reset",
        BulkExtended = "bulk-extended",
        BulkDated = "bulk-dated",
        BulkQuota = "bulk-quota",
        BulkMethod = "bulk-method",
        BulkDeleted = "bulk-deleted",
        Imported = "imported",
    }
}

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told<'a> {
    pub(super) flash: Flash,
    /// The id of the user or node it is about, or how many users it was done to.
    pub(super) number: i64,
    /// How many users were left as they were.
    pub(super) skipped: i64,
    /// The word by which it can be undone.
    pub(super) undo: &'a str,
    /// The day it is about.
    pub(super) day: Option<Date>,
}

impl Told<'_> {
    /// With nothing more to say.
    pub(super) fn of(flash: Flash, number: i64) -> Self {
        Self { flash, number, skipped: 0, undo: "", day: None }
    }
}

/// Goes on to `location`, where it is told. `number` is the id of the user or node it is about, or how many users it
/// was done to.
pub fn redirect(request: &Request, flash: Flash, number: i64, location: &str) -> Reply {
    redirect_with(request, Told::of(flash, number), location)
}

/// The same, with more to say.
pub(super) fn redirect_with(request: &Request, told: Told<'_>, location: &str) -> Reply {
    let Told { flash, number, skipped, undo, day } = told;
    let day = day.map_or_else(String::new, |day| day.to_string());
    let told = format!("{}.{number}.{skipped}.{undo}.{day}", flash.key());
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

/// What the request brings.
pub(super) fn read(request: &Request) -> Option<Told<'_>> {
    let mut parts = request.cookie(COOKIE)?.split('.');
    let flash = Flash::named(parts.next()?)?;
    let (number, skipped) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let undo = parts.next().unwrap_or_default();
    let day = parts.next().and_then(|day| Date::parse(day).ok());
    Some(Told { flash, number, skipped, undo, day })
}
