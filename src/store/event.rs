//! What happened to users: written down in the same transaction in which it happens.

use super::{
    Store,
    connection::{rows, run},
    let_in::{STATE, number},
};
use crate::{
    error::{Error, Result},
    model::{Actor, Bytes, Change, Date, Event, State, Time, User, What},
};
use rusqlite::{Connection, named_params, params};

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
    pub fn record_kept_out(&self, now: Time, today: Date) -> Result<()> {
        let today = today.to_string();
        let found = self.read(|connection| noticed(connection, &today))?;
        if found.is_empty() {
            return Ok(());
        }
        self.write(move |connection| {
            // Asked again, since another may have noticed in between.
            for (user, state) in noticed(connection, &today)? {
                run(connection, "UPDATE user SET noticed = ?2 WHERE id = ?1", params![user, state])?;
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
    let sql = format!(
        "SELECT id, state FROM (SELECT id, noticed, CASE {STATE} WHEN {} THEN 'expired' WHEN {} THEN 'over' \
         ELSE '' END AS state FROM user WHERE deleted IS NULL AND switch = 1) WHERE state <> noticed",
        number(State::Expired),
        number(State::OverQuota)
    );
    rows(connection, &sql, named_params! { ":today": today }, |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Writes down what happened, and drops the oldest of it.
pub(super) fn record(connection: &Connection, by: By, user: i64, what: &What) -> Result<()> {
    let (kind, detail) = named(what);
    let sql = "INSERT INTO event (user, at, kind, detail, actor) VALUES (?, ?, ?, ?, ?)";
    run(connection, sql, params![user, by.now, kind, detail, by.actor.key()])?;
    let sql = "DELETE FROM event WHERE id IN \
         (SELECT id FROM event WHERE user = ? ORDER BY at DESC, id DESC LIMIT -1 OFFSET ?)";
    run(connection, sql, [user, MAX_EVENTS]).map(drop)
}

/// The longest value of a note that is recorded, in characters.
const MAX_VALUE_CHARS: usize = 100;

/// A field of a user, as the command line writes it.
type Value = fn(&User) -> String;

/// What makes the one another than the other; `None` if nothing does.
pub(super) fn difference(before: &User, after: &User) -> Option<What> {
    const FIELDS: &[(&str, Value)] = &[
        ("name", |user| user.name.as_str().to_owned()),
        ("port", |user| user.port.to_string()),
        ("method", |user| user.method.name().to_owned()),
        ("quota", |user| user.quota.map_or_else(String::new, Bytes::typed)),
        ("expires", |user| user.expires.map_or_else(String::new, |date| date.to_string())),
        ("reset-day", |user| user.reset_day.map_or_else(String::new, |day| day.get().to_string())),
        ("valid-days", |user| user.terms.valid_days.map_or_else(String::new, |days| days.to_string())),
        ("renew", |user| if user.terms.renews { "on" } else { "off" }.to_owned()),
        ("nodes", |user| user.terms.nodes.to_string()),
        ("note", |user| user.note.as_str().to_owned()),
        ("speed", |user| limit(user.speed)),
        ("devices", |user| limit(user.devices)),
    ];
    let mut changes = differences(FIELDS.iter().map(|(field, value)| (*field, value(before), value(after))));
    if before.password != after.password {
        changes.push(Change::of("passwd"));
    }
    (!changes.is_empty()).then_some(What::Changed(changes))
}

/// Those of the fields that have another value after than before.
pub(super) fn differences<'a>(fields: impl IntoIterator<Item = (&'a str, String, String)>) -> Vec<Change> {
    let changed = fields.into_iter().filter(|(_, before, after)| before != after);
    changed.map(|(field, before, after)| Change::from_to(field, short(&before), short(&after))).collect()
}

/// Nothing for no limit.
fn limit(most: u32) -> String {
    if most == 0 { String::new() } else { most.to_string() }
}

pub(super) fn short(value: &str) -> String {
    let mut short: String = value.chars().take(MAX_VALUE_CHARS).collect();
    if short.len() < value.len() {
        short.push('…');
    }
    short
}

/// As JSON: `[["quota","10 GiB","20 GiB"],["passwd"]]`.
pub(super) fn changes_as_text(changes: &[Change]) -> String {
    let rows: Vec<Vec<&str>> = changes
        .iter()
        .map(|change| match &change.values {
            Some((before, after)) => vec![change.field.as_str(), before, after],
            None => vec![change.field.as_str()],
        })
        .collect();
    serde_json::Value::from(rows.into_iter().map(serde_json::Value::from).collect::<Vec<_>>()).to_string()
}

/// Reads it back. What was recorded before values were is a list of fields: `quota,passwd`.
pub(super) fn changes_from(text: &str) -> Result<Vec<Change>> {
    if !text.starts_with('[') {
        return Ok(text.split(',').map(Change::of).collect());
    }
    let rows: Vec<Vec<String>> = serde_json::from_str(text).map_err(Error::internal)?;
    let change = |row: Vec<String>| match <[String; 3]>::try_from(row) {
        Ok([field, before, after]) => Change { field, values: Some((before, after)) },
        Err(row) => Change { field: row.into_iter().next().unwrap_or_default(), values: None },
    };
    Ok(rows.into_iter().map(change).collect())
}

fn named(what: &What) -> (&'static str, String) {
    let kind = match what {
        What::Added => "added",
        What::Imported => "imported",
        What::Changed(changes) => return ("changed", changes_as_text(changes)),
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
        "changed" => What::Changed(changes_from(detail)?),
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

pub(super) fn actor_named(name: &str) -> Result<Actor> {
    Actor::named(name).ok_or_else(|| Error::internal(format!("an event by the unknown `{name}`")))
}
