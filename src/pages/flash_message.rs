//! The message after an action, in words.

use super::{
    flash::{self, Flash, Told},
    format::node_name,
    view::View,
};
use crate::{error::Result, model::User, text::Around};

/// The message about it.
#[derive(Default)]
pub struct FlashMessage {
    /// Before the name.
    pub before: String,
    /// The name of the user or node it is about; may be empty.
    pub name: String,
    /// After the name.
    pub after: String,
    /// What to do next, unless the page says that something else comes first.
    pub next: &'static str,
    /// The word that undoes it; empty if nothing does.
    pub undo: String,
    /// Where that word is sent to.
    pub undo_at: String,
    /// Whether it is a notice and no success, since nothing was changed.
    pub plain: bool,
}

/// The message that the request brings. A client can make up a cookie, and names are for the admin alone.
///
/// # Errors
/// If the database cannot tell whom it is about; `None` is for what is not there.
pub fn message(view: &View<'_>) -> Result<Option<FlashMessage>> {
    let Some(told) = flash::read(view.request) else { return Ok(None) };
    if !view.is_admin() && told.flash != Flash::SignedOut {
        return Ok(None);
    }
    let text = &view.text.flash;
    let message = match told.flash {
        Flash::UserAdded => user_added(view, told.number)?.map(|message| {
            let undo_at = view.request.at(&format!("/users/{}/delete", told.number));
            FlashMessage { undo: "user".to_owned(), undo_at, ..message }
        }),
        Flash::Unchanged => words(view.text.bulk.nothing_done).map(plain),
        Flash::UserWasOn => named(view, told.number, text.user_was_on)?.map(plain),
        Flash::UserWasOff => named(view, told.number, text.user_was_off)?.map(plain),
        Flash::UserUnused => named(view, told.number, text.user_unused)?.map(plain),
        Flash::UserUnlimited => named(view, told.number, text.user_unlimited)?.map(plain),
        Flash::UserEndless => named(view, told.number, text.user_endless)?.map(plain),
        // Between the action and this page, the quota or the date may have gone.
        Flash::UserQuota => now(view, &told, |user| Some((text.user_quota)(&user.quota?.to_string())))?,
        Flash::UserExtended => now(view, &told, |user| Some((text.user_extended)(&user.expires?.to_string())))?,
        Flash::UserChanged => named(view, told.number, text.changed)?,
        Flash::UserRenews => now(view, &told, |user| {
            let before = told.day.map(|before| before.to_string());
            Some((text.user_renews)(before.as_deref(), &user.expires?.to_string(), user.reset_day?.get()))
        })?,
        Flash::UserExpired => named(view, told.number, text.user_expired)?,
        Flash::UserRelinked => relinked(view, &told, false)?,
        Flash::UserRelinkedDated => relinked(view, &told, true)?,
        Flash::UserByDate => now(view, &told, |user| Some((text.user_by_date)(&user.expires?.to_string())))?,
        Flash::UserByUse => {
            now(view, &told, |user| Some((text.user_by_use)(user.terms.valid_days?, &told.day?.to_string())))?
        }
        Flash::UserOn => named(view, told.number, text.user_on)?,
        Flash::UserOff => named(view, told.number, text.user_off)?,
        Flash::UserReset => named(view, told.number, text.user_reset)?,
        Flash::UserRestored => named(view, told.number, text.restored)?,
        Flash::UserDeleted => named(view, told.number, text.user_deleted)?,
        Flash::AddressReplaced => named(view, told.number, view.text.friend.replaced)?,
        Flash::NodeAdded => of_node(view, told.number, text.node_added)?,
        Flash::NodeChanged => of_node(view, told.number, text.changed)?,
        Flash::NodeMuted => of_node(view, told.number, text.node_muted)?,
        Flash::NodeUnmuted => of_node(view, told.number, text.node_unmuted)?,
        Flash::NodeRestored => of_node(view, told.number, text.restored)?,
        Flash::NodeRemoved => of_node(view, told.number, text.node_removed)?.map(|message| {
            let undo_at = view.request.at(&format!("/nodes/{}/restore", told.number));
            FlashMessage { undo: "node".to_owned(), undo_at, ..message }
        }),
        Flash::NodeRelinked => of_node(view, told.number, text.node_relinked)?,
        Flash::Undone => words(text.undone),
        Flash::TokenRotated => words(text.token_rotated),
        Flash::PasswordChanged => words(text.password_changed),
        Flash::LanguageChanged => words(text.language_changed),
        Flash::HereOn => words(text.here_on),
        Flash::HereOff => words(text.here_off),
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
        Flash::SetUp => words(text.set_up),
        Flash::SignedOut => words(text.signed_out),
        Flash::BulkOn => counted(&told, view, view.text.bulk.done_on, Some(view.text.bulk.skip_on)),
        Flash::BulkOff => counted(&told, view, view.text.bulk.done_off, Some(view.text.bulk.skip_off)),
        Flash::BulkReset => counted(&told, view, view.text.bulk.done_reset, Some(view.text.bulk.skip_reset)),
        Flash::BulkExtended => {
            let done = |number| match told.day {
                Some(day) => (view.text.bulk.done_until)(number, &day.to_string()),
                None => (view.text.bulk.done_extend)(number),
            };
            counted(&told, view, done, Some(view.text.bulk.skip_extend))
        }
        Flash::BulkDated => told.day.and_then(|day| {
            let done = |number| (view.text.bulk.done_until)(number, &day.to_string()) + view.text.bulk.done_instead;
            counted(&told, view, done, Some(view.text.bulk.skip_extend))
        }),
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

/// A user with somewhere to connect to can be invited; for others the page says what is next.
fn user_added(view: &View<'_>, id: i64) -> Result<Option<FlashMessage>> {
    let nodes = view.app.store.nodes_with_address()?;
    let (text, invite) = (&view.text.flash, !nodes.is_empty());
    let next = if invite { text.send_invitation } else { "" };
    Ok(named(view, id, text.user_added)?.map(|message| FlashMessage { next, ..message }))
}

/// That what was shared before has ended, and how long the user is let in, if that is news too.
fn relinked(view: &View<'_>, told: &Told<'_>, dated: bool) -> Result<Option<FlashMessage>> {
    let text = &view.text.flash;
    Ok(of_user(view, told.number, text.user_relinked)?.map(|(message, user)| {
        let last = user.expires.map(|day| day.to_string());
        let also = match (last, user.terms.valid_days, user.reset_day.filter(|_| user.terms.renews)) {
            _ if !dated => String::new(),
            (None, None, _) => text.also_endless.to_owned(),
            (None, Some(days), _) => (text.also_by_use)(days),
            (Some(_), ..) if user.expires < Some(view.today()) => text.also_expired.to_owned(),
            (Some(last), _, Some(day)) => {
                let before = told.day.map(|before| before.to_string());
                (text.also_renews)(before.as_deref(), &last, day.get())
            }
            (Some(last), _, None) => (text.also_until)(&last),
        };
        FlashMessage { after: message.after.clone() + &also, next: text.send_new_invitation, ..message }
    }))
}

/// What a user has now, as `after` says it; nothing if that has gone.
fn now(view: &View<'_>, told: &Told<'_>, after: impl Fn(&User) -> Option<String>) -> Result<Option<FlashMessage>> {
    let found = of_user(view, told.number, (view.text.flash.user_now, ""))?;
    Ok(found.and_then(|(message, user)| Some(FlashMessage { after: after(&user)?, ..message })))
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

/// What tells that nothing was changed.
fn plain(message: FlashMessage) -> FlashMessage {
    FlashMessage { plain: true, ..message }
}

#[allow(clippy::unnecessary_wraps)] // an arm like the others
fn words(words: &str) -> Option<FlashMessage> {
    Some(FlashMessage { before: words.to_owned(), ..FlashMessage::default() })
}

#[allow(clippy::unnecessary_wraps)] // an arm like the others
fn counted(
    told: &Told<'_>,
    view: &View<'_>,
    done: impl Fn(i64) -> String,
    skipped: Option<fn(i64) -> String>,
) -> Option<FlashMessage> {
    let skipped = skipped.filter(|_| told.skipped > 0).map_or_else(String::new, |skipped| skipped(told.skipped));
    let plain = told.number == 0;
    let done = if plain { view.text.bulk.nothing_done.to_owned() } else { done(told.number) };
    Some(FlashMessage { before: done + &skipped, plain, ..FlashMessage::default() })
}
