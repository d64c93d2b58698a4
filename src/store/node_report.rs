//! What node programs say of themselves, and what was not taken of it.

use super::{Store, change, connection::keep_newest, event::By};
use crate::{
    error::{Fault, Result},
    model::{Actor, Change, Refusal, Time},
};
use rusqlite::{Connection, OptionalExtension, params};

/// How many nodes there may be that the admin has not confirmed. Further ones are refused, since every
/// program with the token can name as many as it likes.
pub const MAX_UNCONFIRMED: i64 = 256;
/// How many refusals are kept of each node.
const MAX_REFUSALS: i64 = 100;

impl Store {
    /// Notes that a node asked for the users at `now`; a new one is added.
    pub fn note_pull(&self, id: i64, now: Time) -> Result<()> {
        self.write(move |connection| {
            add_if_new(connection, id, now)?;
            connection.prepare_cached("UPDATE node SET last_pull = ?2 WHERE id = ?1")?.execute([id, now])?;
            Ok(())
        })
    }

    /// Notes how many users a node has online; a new one is added.
    pub fn note_online(&self, id: i64, count: i64, now: Time) -> Result<()> {
        self.write(move |connection| {
            add_if_new(connection, id, now)?;
            connection
                .prepare_cached("UPDATE node SET online = ?2, online_at = ?3 WHERE id = ?1")?
                .execute([id, count, now])?;
            Ok(())
        })
    }

    /// Notes a node's load in its own words and its uptime in seconds; a new one is added.
    pub fn note_info(&self, id: i64, load: String, uptime: f64, now: Time) -> Result<()> {
        self.write(move |connection| {
            add_if_new(connection, id, now)?;
            connection
                .prepare_cached("UPDATE node SET load = ?2, uptime = ?3, info_at = ?4 WHERE id = ?1")?
                .execute(params![id, load, uptime, now])?;
            Ok(())
        })
    }

    /// Notes the address that a node names itself; a new one is added.
    pub fn note_ip(&self, id: i64, ip: String, now: Time) -> Result<()> {
        self.write(move |connection| {
            add_if_new(connection, id, now)?;
            connection.prepare_cached("UPDATE node SET ip = ?2 WHERE id = ?1")?.execute(params![id, ip])?;
            Ok(())
        })
    }

    /// Notes, if the node is known, that something it sent was not taken.
    pub fn note_refusal(&self, id: i64, why: String, now: Time) -> Result<()> {
        self.write(move |connection| refuse(connection, id, &why, now))
    }

    /// What a node sent that was not taken, newest first, `most` of them at the most.
    pub fn refusals(&self, id: i64, most: i64) -> Result<Vec<Refusal>> {
        self.read(|connection| {
            let mut query =
                connection.prepare_cached("SELECT at, why FROM refusal WHERE node = ? ORDER BY id DESC LIMIT ?")?;
            let refusals = query.query_map([id, most], |row| Ok(Refusal { at: row.get(0)?, why: row.get(1)? }))?;
            Ok(refusals.collect::<rusqlite::Result<_>>()?)
        })
    }
}

/// Adds the node if it has not been seen before, and brings it back if it was removed.
///
/// # Errors
/// [`Fault::NodesFull`] if there are too many already that the admin has not confirmed.
pub(super) fn add_if_new(connection: &Connection, id: i64, now: Time) -> Result<()> {
    let removed = connection
        .prepare_cached("SELECT removed IS NOT NULL FROM node WHERE id = ?")?
        .query_row([id], |row| row.get::<_, bool>(0))
        .optional()?;
    match removed {
        Some(false) => return Ok(()),
        Some(true) => {
            connection.prepare_cached("UPDATE node SET removed = NULL WHERE id = ?")?.execute([id])?;
            return turned(connection, id, now, "removed", ("on", "off"));
        }
        None => {}
    }
    let is_full = "SELECT 1 FROM node WHERE confirmed = 0 AND removed IS NULL LIMIT 1 OFFSET ?";
    if connection.prepare_cached(is_full)?.exists([MAX_UNCONFIRMED - 1])? {
        return Err(Fault::NodesFull { node: id, most: MAX_UNCONFIRMED }.into());
    }
    connection.prepare_cached("INSERT INTO node (id, created) VALUES (?, ?)")?.execute([id, now])?;
    turned(connection, id, now, "called", ("off", "on"))
}

/// Writes down what a node has brought about by calling.
fn turned(connection: &Connection, id: i64, now: Time, field: &str, values: (&str, &str)) -> Result<()> {
    let (before, after) = values;
    let by = By { actor: Actor::Panel, now };
    change::record(connection, by, id, &[Change::from_to(field, before, after)])
}

/// Keeps what was refused, and drops the oldest of it.
pub(super) fn refuse(connection: &Connection, id: i64, why: &str, now: Time) -> Result<()> {
    let added = connection
        .prepare_cached("INSERT INTO refusal (node, at, why) SELECT id, ?2, ?3 FROM node WHERE id = ?1")?
        .execute(params![id, now, why])?;
    if added > 0 {
        keep_newest(connection, "refusal", id, MAX_REFUSALS)?;
    }
    Ok(())
}
