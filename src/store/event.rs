//! What happened to users: written down in the same transaction in which it happens.

use super::Store;
use crate::{
    error::{Error, Result},
    model::{Actor, Bytes, Date, Event, ResetDay, Time, User, What},
};
use rusqlite::{Connection, params};

/// How many are kept of each user.
const MAX_EVENTS: i64 = 500;

/// Who changes something, and when.
#[derive(Clone, Copy)]
pub(super) struct By {
    pub(super) actor: Actor,
    pub(super) now: Time,
}

impl Store {
    /// The same store, whose changes are recorded as made by `actor`.
    #[must_use]
    pub fn used_by(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    /// The actor of this store, at `now`.
    pub(super) fn by(&self, now: Time) -> By {
        By { actor: self.actor, now }
    }

    /// What happened to a user, newest first, `most` of it at the most.
    pub fn events(&self, user: i64, most: i64) -> Result<Vec<Event>> {
        self.read(|connection| {
            let sql = "SELECT at, kind, detail, actor FROM event WHERE user = ? ORDER BY at DESC, id DESC LIMIT ?";
            let mut query = connection.prepare_cached(sql)?;
            let mut rows = query.query([user, most])?;
            let mut events = Vec::new();
            while let Some(row) = rows.next()? {
                let (kind, detail, actor): (String, String, String) = (row.get(1)?, row.get(2)?, row.get(3)?);
                events.push(Event { at: row.get(0)?, what: what(&kind, &detail)?, actor: actor_named(&actor)? });
            }
            Ok(events)
        })
    }

    /// Records the users who have been kept out since the last call, and why; writes nothing if there are none.
    pub fn notice(&self, now: Time, today: Date) -> Result<()> {
        let today = today.to_string();
        let found = self.read(|connection| noticed(connection, &today))?;
        if found.is_empty() {
            return Ok(());
        }
        self.write(move |connection| {
            // Asked again, since another may have noticed in between.
            for (user, state) in noticed(connection, &today)? {
                connection
                    .prepare_cached("UPDATE user SET noticed = ?2 WHERE id = ?1")?
                    .execute(params![user, state])?;
                let by = By { actor: Actor::Panel, now };
                match state.as_str() {
                    "over" => record(connection, by, user, &What::OverQuota)?,
                    "expired" => record(connection, by, user, &What::Expired)?,
                    _ => {}
                }
            }
            Ok(())
        })
    }
}

/// The users whose reason to be kept out differs from what was last recorded, and the reason; `''`: none.
fn noticed(connection: &Connection, today: &str) -> Result<Vec<(i64, String)>> {
    let sql = "SELECT id, state FROM (SELECT id, noticed, CASE WHEN expires < ? THEN 'expired' \
         WHEN CAST(u AS REAL) + d >= quota THEN 'over' ELSE '' END AS state \
         FROM user WHERE deleted IS NULL AND switch = 1) WHERE state <> noticed";
    let mut query = connection.prepare_cached(sql)?;
    let found = query.query_map([today], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Writes down what happened, and drops the oldest of it.
pub(super) fn record(connection: &Connection, by: By, user: i64, what: &What) -> Result<()> {
    let (kind, detail) = named(what);
    connection
        .prepare_cached("INSERT INTO event (user, at, kind, detail, actor) VALUES (?, ?, ?, ?, ?)")?
        .execute(params![user, by.now, kind, detail, actor_name(by.actor)])?;
    connection
        .prepare_cached(
            "DELETE FROM event WHERE id IN \
             (SELECT id FROM event WHERE user = ? ORDER BY at DESC, id DESC LIMIT -1 OFFSET ?)",
        )?
        .execute([user, MAX_EVENTS])?;
    Ok(())
}

/// What makes the one another than the other, by the names that the fields have in `user set`; `None` if nothing does.
pub(super) fn difference(before: &User, after: &User) -> Option<What> {
    let fields = [
        ("name", before.name != after.name),
        ("port", before.port != after.port),
        ("passwd", before.password != after.password),
        ("method", before.method != after.method),
        ("quota", before.quota != after.quota),
        ("expires", before.expires != after.expires),
        ("reset-day", before.reset_day.map(ResetDay::get) != after.reset_day.map(ResetDay::get)),
        ("note", before.note != after.note),
    ];
    let changed: Vec<String> =
        fields.iter().filter(|(_, changed)| *changed).map(|(name, _)| (*name).to_owned()).collect();
    (!changed.is_empty()).then_some(What::Changed(changed))
}

fn named(what: &What) -> (&'static str, String) {
    let kind = match what {
        What::Added => "added",
        What::Imported => "imported",
        What::Changed(fields) => return ("changed", fields.join(",")),
        What::On => "on",
        What::Off => "off",
        What::Reset(used) => return ("reset", used.get().to_string()),
        What::Removed => "removed",
        What::Restored => "restored",
        What::AddressReplaced => "address",
        What::OverQuota => "over",
        What::Expired => "expired",
    };
    (kind, String::new())
}

fn what(kind: &str, detail: &str) -> Result<What> {
    Ok(match kind {
        "added" => What::Added,
        "imported" => What::Imported,
        "changed" => What::Changed(detail.split(',').map(str::to_owned).collect()),
        "on" => What::On,
        "off" => What::Off,
        "reset" => What::Reset(Bytes::new(detail.parse().map_err(Error::internal)?)),
        "removed" => What::Removed,
        "restored" => What::Restored,
        "address" => What::AddressReplaced,
        "over" => What::OverQuota,
        "expired" => What::Expired,
        other => return Err(Error::internal(format!("an event of the unknown kind `{other}`"))),
    })
}

fn actor_name(actor: Actor) -> &'static str {
    match actor {
        Actor::Page => "page",
        Actor::Command => "command",
        Actor::Panel => "panel",
    }
}

fn actor_named(name: &str) -> Result<Actor> {
    match name {
        "page" => Ok(Actor::Page),
        "command" => Ok(Actor::Command),
        "panel" => Ok(Actor::Panel),
        other => Err(Error::internal(format!("an event by the unknown `{other}`"))),
    }
}
