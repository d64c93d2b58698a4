//! What node programs say of themselves, and what was not taken of it.

use super::{
    Store, change,
    connection::{keep_newest, row, rows, run},
    event::By,
};
use crate::{
    error::{Fault, Result},
    model::{Actor, Change, Refusal, Time},
};
use rusqlite::{Connection, Params, params};

/// How many nodes there may be that the admin has not confirmed. Further ones are refused, since every
/// program with the token can name as many as it likes.
pub const MAX_UNCONFIRMED: i64 = 256;
/// How many refusals are kept of each node.
const MAX_REFUSALS: i64 = 100;

impl Store {
    /// Notes that a node asked for the users at `now`; a new one is added.
    pub fn note_pull(&self, id: i64, now: Time) -> Result<()> {
        self.note(id, now, "UPDATE node SET last_pull = ?2 WHERE id = ?1", (id, now))
    }

    /// Notes how many users a node has online; a new one is added.
    pub fn note_online(&self, id: i64, count: i64, now: Time) -> Result<()> {
        self.note(id, now, "UPDATE node SET online = ?2, online_at = ?3 WHERE id = ?1", (id, count, now))
    }

    /// Notes a node's load in its own words and its uptime in seconds; a new one is added.
    pub fn note_info(&self, id: i64, load: String, uptime: f64, now: Time) -> Result<()> {
        let sql = "UPDATE node SET load = ?2, uptime = ?3, info_at = ?4 WHERE id = ?1";
        self.note(id, now, sql, (id, load, uptime, now))
    }

    /// Notes the address that a node names itself; a new one is added.
    pub fn note_ip(&self, id: i64, ip: String, now: Time) -> Result<()> {
        self.note(id, now, "UPDATE node SET ip = ?2 WHERE id = ?1", (id, ip))
    }

    fn note(&self, id: i64, now: Time, sql: &'static str, given: impl Params + Send + 'static) -> Result<()> {
        self.write(move |connection| {
            add_if_new(connection, id, now)?;
            run(connection, sql, given).map(drop)
        })
    }

    /// Notes, if the node is known, that something it sent was not taken.
    pub fn note_refusal(&self, id: i64, why: String, now: Time) -> Result<()> {
        self.write(move |connection| refuse(connection, id, &why, now))
    }

    /// What a node sent that was not taken, newest first, `most` of them at the most.
    pub fn refusals(&self, id: i64, most: i64) -> Result<Vec<Refusal>> {
        self.read(|connection| {
            let sql = "SELECT at, why FROM refusal WHERE node = ? ORDER BY id DESC LIMIT ?";
            rows(connection, sql, [id, most], |row| Ok(Refusal { at: row.get(0)?, why: row.get(1)? }))
        })
    }
}

/// Adds the node if it has not been seen before, and brings it back if it was removed.
///
/// # Errors
/// [`Fault::NodesFull`] if there are too many already that the admin has not confirmed.
pub(super) fn add_if_new(connection: &Connection, id: i64, now: Time) -> Result<()> {
    match row(connection, "SELECT removed IS NOT NULL FROM node WHERE id = ?", [id], |row| row.get(0))? {
        Some(false) => return Ok(()),
        Some(true) => {
            run(connection, "UPDATE node SET removed = NULL WHERE id = ?", [id])?;
            return turned(connection, id, now, "removed", ("on", "off"));
        }
        None => {}
    }
    check_room(connection, id)?;
    run(connection, "INSERT INTO node (id, created) VALUES (?, ?)", [id, now])?;
    turned(connection, id, now, "called", ("off", "on"))
}

/// Whether there is room for a node that has not been seen before.
///
/// # Errors
/// [`Fault::NodesFull`], as with [`add_if_new`].
pub(super) fn check_room(connection: &Connection, id: i64) -> Result<()> {
    let is_full = "SELECT 1 FROM node WHERE confirmed = 0 AND removed IS NULL LIMIT 1 OFFSET ?";
    if connection.prepare_cached(is_full)?.exists([MAX_UNCONFIRMED - 1])? {
        return Err(Fault::NodesFull { node: id, most: MAX_UNCONFIRMED }.into());
    }
    Ok(())
}

/// Writes down what a node has brought about by calling.
fn turned(connection: &Connection, id: i64, now: Time, field: &str, values: (&str, &str)) -> Result<()> {
    let (before, after) = values;
    let by = By { actor: Actor::Panel, now };
    change::record(connection, by, id, &[Change::from_to(field, before, after)])
}

/// Keeps what was refused, and drops the oldest of it.
pub(super) fn refuse(connection: &Connection, id: i64, why: &str, now: Time) -> Result<()> {
    let sql = "INSERT INTO refusal (node, at, why) SELECT id, ?2, ?3 FROM node WHERE id = ?1";
    if run(connection, sql, params![id, now, why])? > 0 {
        keep_newest(connection, "refusal", id, MAX_REFUSALS)?;
    }
    Ok(())
}
