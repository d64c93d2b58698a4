//! What happened to a user, as their page tells it.

use super::{format::Moment, user_form, view::View};
use crate::{
    error::{Error, Result},
    model::{Actor, Change, Event, What},
    text::{Text, isolated},
};

/// How much of it is shown.
const MAX_EVENTS: i64 = 50;

/// Something that happened.
pub struct EventRow {
    pub at: Moment,
    pub what: String,
    pub by: &'static str,
}

/// What happened to a user, newest first.
pub fn rows(view: &View<'_>, user: i64) -> Result<Vec<EventRow>> {
    let events = view.app.store.events(user, MAX_EVENTS)?;
    Ok(events.iter().map(|event| row(event, view)).collect())
}

impl View<'_> {
    /// Notes who is kept out by now, so that it stands there already. It can wait until the disk has room again.
    pub fn notice(&self) -> Result<()> {
        match self.app.store.notice(self.now(), self.today()) {
            Err(Error::Busy(_)) => Ok(()),
            other => other,
        }
    }
}

/// `Quota 10 GiB → 20 GiB`.
fn in_words(change: &Change, text: &'static Text) -> String {
    let label = user_form::label(&change.field, text);
    let Some((before, after)) = &change.values else { return label.to_owned() };
    let none = match change.field.as_str() {
        "quota" => text.form.no_limit,
        "expires" | "reset-day" => text.common.never_will,
        _ => text.common.none,
    };
    let shown = |value: &str| if value.is_empty() { none.to_owned() } else { isolated(&value.replace('\n', " ")) };
    format!("{label} {} → {}", shown(before), shown(after))
}

fn row(event: &Event, view: &View<'_>) -> EventRow {
    let text = &view.text.events;
    let what = match &event.what {
        What::Added => text.added.to_owned(),
        What::Imported => text.imported.to_owned(),
        What::Changed(changes) => {
            let words: Vec<String> = changes.iter().map(|change| in_words(change, view.text)).collect();
            (text.changed)(&words.join(view.text.friend.comma))
        }
        What::On => text.on.to_owned(),
        What::Off => text.off.to_owned(),
        What::Reset(used) => (text.reset)(&used.to_string()),
        What::Removed => text.removed.to_owned(),
        What::Restored => text.restored.to_owned(),
        What::AddressReplaced => text.address.to_owned(),
        What::OverQuota => text.over.to_owned(),
        What::Expired => text.expired.to_owned(),
    };
    let by = match event.actor {
        Actor::Page => text.by_page,
        Actor::Command => text.by_command,
        Actor::Panel => text.by_panel,
    };
    EventRow { at: view.moment(event.at), what, by }
}
