//! What happened to a user, as their page tells it.

use super::{
    format::{Moment, together},
    nodes::name_of,
    user_form,
    view::View,
};
use crate::{
    error::{Error, Result},
    model::{Actor, Change, Event, Node, NodeAccess, What},
    text::{Text, events::Events, isolated},
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
    let nodes = view.app.store.nodes()?;
    Ok(events.iter().map(|event| row(event, &nodes, view)).collect())
}

impl View<'_> {
    /// Notes which users are kept out by now, so that it stands there already. It can wait until the disk has room
    /// again.
    pub fn notice(&self) -> Result<()> {
        match self.app.store.record_kept_out(self.now(), self.today()) {
            Err(Error::Busy(_)) => Ok(()),
            other => other,
        }
    }
}

/// Nodes by their names.
fn named(value: &str, nodes: &[Node], text: &'static Text) -> String {
    match NodeAccess::parse(value) {
        Ok(NodeAccess::All) => text.form.all_nodes.to_owned(),
        Ok(NodeAccess::Only(ids)) if !ids.is_empty() => {
            let name = |id: &i64| name_of(Some(*id), nodes, text);
            ids.iter().map(name).collect::<Vec<_>>().join(text.common.comma)
        }
        _ => text.common.none.to_owned(),
    }
}

/// The day of the monthly reset.
pub fn reset_day(day: &str, text: &Text) -> String {
    day.parse().map_or_else(|_| day.to_owned(), text.form.day_of_month)
}

/// `Quota 10 GiB → 20 GiB`.
fn in_words(change: &Change, nodes: &[Node], text: &'static Text) -> String {
    let label = user_form::label(&change.field, text);
    let Some((before, after)) = &change.values else { return label.to_owned() };
    let none = match change.field.as_str() {
        "quota" => text.form.no_limit,
        "expires" => text.form.never_expires,
        "reset-day" => text.form.no_reset,
        "speed" | "devices" => text.form.unlimited,
        _ => text.common.none,
    };
    let shown = |value: &str| match (change.field.as_str(), value) {
        ("nodes", value) => isolated(&named(value, nodes, text)).into_owned(),
        ("renew", "on") => text.common.yes.to_owned(),
        ("renew", _) => text.common.no.to_owned(),
        (_, "") => none.to_owned(),
        ("reset-day", day) => reset_day(day, text),
        ("speed", speed) => (text.form.speed_of)(speed),
        ("devices", devices) => (text.form.devices_of)(devices),
        ("valid-days", days) => (text.form.days_of)(days),
        (_, value) => isolated(&value.replace('\n', " ")).into_owned(),
    };
    format!("{label} {} → {}", shown(before), shown(after))
}

fn row(event: &Event, nodes: &[Node], view: &View<'_>) -> EventRow {
    let text = &view.text.events;
    let what = match &event.what {
        What::Added => text.added.to_owned(),
        What::Imported => text.imported.to_owned(),
        What::Changed(changes) => {
            let words: Vec<String> = changes.iter().map(|change| in_words(change, nodes, view.text)).collect();
            (text.changed)(&words.join(view.text.common.comma))
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
    EventRow { at: view.moment(event.at), what: together(&what), by: by(event.actor, text) }
}

/// Who or what did it.
pub(super) fn by(actor: Actor, text: &Events) -> &'static str {
    match actor {
        Actor::Page => text.by_page,
        Actor::Command => text.by_command,
        Actor::Panel => text.by_panel,
    }
}
