//! Nodes.

use super::{Store, change};
use crate::{
    error::{Error, Fault, Result},
    model::{Address, Bytes, Node, NodeDraft, NodeName, PortOffset, Rate, Refusal, Time},
};
use rusqlite::{Connection, OptionalExtension, Row, params};

const COLUMNS: &str = "id, name, address, rate, created, last_pull, last_push, u, d, online, online_at, load, uptime, info_at, ip, \
    confirmed, revision, removed, muted, port_offset";

/// How many nodes there may be that the admin has not confirmed. Further ones are refused, since every
/// program with the token can name as many as it likes.
pub const MAX_UNCONFIRMED: i64 = 256;
/// How many refusals are kept of each node.
const MAX_REFUSALS: i64 = 100;

impl Store {
    /// Every node that is not removed, by id.
    pub fn nodes(&self) -> Result<Vec<Node>> {
        self.read(|connection| all(connection, "removed IS NULL ORDER BY id"))
    }

    /// The nodes that were removed, the last first.
    pub fn removed_nodes(&self) -> Result<Vec<Node>> {
        self.read(|connection| all(connection, "removed IS NOT NULL ORDER BY removed DESC, id"))
    }

    /// The node with that id, also if it was removed.
    pub fn node(&self, id: i64) -> Result<Option<Node>> {
        self.read(|connection| get(connection, id))
    }

    /// One page of the list of nodes by id.
    pub fn nodes_page(&self, skip: i64, most: i64) -> Result<Vec<Node>> {
        self.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM node WHERE removed IS NULL ORDER BY id LIMIT ?2 OFFSET ?1");
            let mut query = connection.prepare_cached(&sql)?;
            let nodes = query.query_map([skip, most], node_from)?;
            Ok(nodes.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The nodes that friends can connect to: those with an address, by id.
    pub fn nodes_with_address(&self) -> Result<Vec<Node>> {
        self.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM node WHERE address <> '' AND removed IS NULL ORDER BY id");
            let mut query = connection.prepare_cached(&sql)?;
            let nodes = query.query_map((), node_from)?;
            Ok(nodes.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// How many nodes there are, and how many of them the admin has not confirmed.
    pub fn count_nodes(&self) -> Result<(i64, i64)> {
        self.read(|connection| {
            let sql = "SELECT (SELECT count(*) FROM node WHERE removed IS NULL), \
                 (SELECT count(*) FROM node WHERE confirmed = 0 AND removed IS NULL)";
            Ok(connection.prepare_cached(sql)?.query_row((), |row| Ok((row.get(0)?, row.get(1)?)))?)
        })
    }

    /// Changes a node, which confirms it. `revision` is that of the node when the caller read it; `None` changes the
    /// node whatever it has become.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Fault::EditedMeanwhile`], [`Fault::OffsetTooFar`].
    pub fn change_node(&self, id: i64, revision: Option<i64>, draft: NodeDraft, now: Time) -> Result<Node> {
        let by = self.by(now);
        self.write(move |connection| {
            let node = get(connection, id)?.ok_or(Error::NotFound)?;
            if revision.is_some_and(|seen| seen != node.revision) {
                return Err(Error::Conflict(Fault::EditedMeanwhile));
            }
            if draft.offset != node.offset {
                offset_fits(connection, draft.offset)?;
            }
            connection.execute(
                "UPDATE node SET name = ?2, address = ?3, rate = ?4, port_offset = ?5, confirmed = 1, \
                 revision = revision + 1 WHERE id = ?1",
                params![id, draft.name.as_str(), draft.address.as_str(), draft.rate.get(), draft.offset.get()],
            )?;
            let changed = get(connection, id)?.ok_or(Error::NotFound)?;
            change::record(connection, by, id, &change::of_node(&node, &changed))?;
            Ok(changed)
        })
    }

    /// Removes the nodes that the admin has not confirmed and that never reported traffic, and returns how many they
    /// were.
    pub fn remove_unconfirmed_nodes(&self) -> Result<i64> {
        self.write(|connection| {
            let idle = "SELECT id FROM node WHERE confirmed = 0 AND last_push = 0 \
                AND NOT EXISTS (SELECT 1 FROM traffic WHERE traffic.node = node.id)";
            for table in ["refusal", "change"] {
                connection.execute(&format!("DELETE FROM {table} WHERE node IN ({idle})"), ())?;
            }
            let removed = connection.execute(&format!("DELETE FROM node WHERE id IN ({idle})"), ())?;
            Ok(i64::try_from(removed).unwrap_or(i64::MAX))
        })
    }

    /// Adds a node under the next free number, for the admin who prepares one.
    ///
    /// # Errors
    /// [`Fault::OffsetTooFar`].
    pub fn add_node(&self, draft: NodeDraft, now: Time) -> Result<Node> {
        self.write(move |connection| {
            offset_fits(connection, draft.offset)?;
            // A program may have been configured with any number, also with the largest.
            let sql = "INSERT INTO node (id, name, address, rate, port_offset, created, confirmed) SELECT coalesce(( \
                     SELECT min(id) + 1 FROM node a \
                     WHERE id >= (SELECT coalesce(max(id), 0) FROM node WHERE id < 1000000) \
                     AND id < 9223372036854775807 AND NOT EXISTS (SELECT 1 FROM node b WHERE b.id = a.id + 1) \
                 ), 1), ?1, ?2, ?3, ?4, ?5, 1";
            let (name, address) = (draft.name.as_str(), draft.address.as_str());
            connection.execute(sql, params![name, address, draft.rate.get(), draft.offset.get(), now])?;
            get(connection, connection.last_insert_rowid())?.ok_or(Error::NotFound)
        })
    }

    /// The lowest and the highest port of the users who are not removed; `None` without any.
    pub fn port_ends(&self) -> Result<Option<(u16, u16)>> {
        self.read(port_ends)
    }

    /// Removes a node: it is listed no longer, and its history stays. It is back when its program calls again.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn remove_node(&self, id: i64, now: Time) -> Result<()> {
        self.set_on_node(id, "removed", Some(now), now)
    }

    /// Brings back a node that was removed.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn restore_node(&self, id: i64, now: Time) -> Result<()> {
        self.set_on_node(id, "removed", None, now)
    }

    /// Says whether a node raises no alarm.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn mute_node(&self, id: i64, muted: bool, now: Time) -> Result<()> {
        self.set_on_node(id, "muted", Some(i64::from(muted)), now)
    }

    fn set_on_node(&self, id: i64, column: &'static str, value: Option<i64>, now: Time) -> Result<()> {
        let by = self.by(now);
        self.write(move |connection| {
            let before = get(connection, id)?.ok_or(Error::NotFound)?;
            connection.execute(&format!("UPDATE node SET {column} = ?2 WHERE id = ?1"), params![id, value])?;
            let after = get(connection, id)?.ok_or(Error::NotFound)?;
            change::record(connection, by, id, &change::of_node(&before, &after))
        })
    }

    /// Notes that a node asked for the users at `now`; a new one is added.
    pub fn note_pull(&self, id: i64, now: Time) -> Result<()> {
        self.write(move |connection| {
            meet(connection, id, now)?;
            connection.prepare_cached("UPDATE node SET last_pull = ?2 WHERE id = ?1")?.execute([id, now])?;
            Ok(())
        })
    }

    /// Notes how many users a node has online; a new one is added.
    pub fn note_online(&self, id: i64, count: i64, now: Time) -> Result<()> {
        self.write(move |connection| {
            meet(connection, id, now)?;
            connection
                .prepare_cached("UPDATE node SET online = ?2, online_at = ?3 WHERE id = ?1")?
                .execute([id, count, now])?;
            Ok(())
        })
    }

    /// Notes a node's load in its own words and its uptime in seconds; a new one is added.
    pub fn note_info(&self, id: i64, load: String, uptime: f64, now: Time) -> Result<()> {
        self.write(move |connection| {
            meet(connection, id, now)?;
            connection
                .prepare_cached("UPDATE node SET load = ?2, uptime = ?3, info_at = ?4 WHERE id = ?1")?
                .execute(params![id, load, uptime, now])?;
            Ok(())
        })
    }

    /// Notes the address that a node names itself; a new one is added.
    pub fn note_ip(&self, id: i64, ip: String, now: Time) -> Result<()> {
        self.write(move |connection| {
            meet(connection, id, now)?;
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
pub(super) fn meet(connection: &Connection, id: i64, now: Time) -> Result<()> {
    let removed = connection
        .prepare_cached("SELECT removed IS NOT NULL FROM node WHERE id = ?")?
        .query_row([id], |row| row.get::<_, bool>(0))
        .optional()?;
    match removed {
        Some(false) => return Ok(()),
        Some(true) => {
            connection.prepare_cached("UPDATE node SET removed = NULL WHERE id = ?")?.execute([id])?;
            return Ok(());
        }
        None => {}
    }
    let is_full = "SELECT 1 FROM node WHERE confirmed = 0 AND removed IS NULL LIMIT 1 OFFSET ?";
    if connection.prepare_cached(is_full)?.exists([MAX_UNCONFIRMED - 1])? {
        return Err(Fault::NodesFull { node: id, most: MAX_UNCONFIRMED }.into());
    }
    connection.prepare_cached("INSERT INTO node (id, created) VALUES (?, ?)")?.execute([id, now])?;
    Ok(())
}

fn all(connection: &Connection, which: &str) -> Result<Vec<Node>> {
    let mut query = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM node WHERE {which}"))?;
    let nodes = query.query_map((), node_from)?;
    Ok(nodes.collect::<rusqlite::Result<_>>()?)
}

/// Keeps what was refused, and drops the oldest of it.
pub(super) fn refuse(connection: &Connection, id: i64, why: &str, now: Time) -> Result<()> {
    let added = connection
        .prepare_cached("INSERT INTO refusal (node, at, why) SELECT id, ?2, ?3 FROM node WHERE id = ?1")?
        .execute(params![id, now, why])?;
    if added > 0 {
        connection
            .prepare_cached(
                "DELETE FROM refusal WHERE node = ?1 AND id <= \
                 (SELECT id FROM refusal WHERE node = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            )?
            .execute([id, MAX_REFUSALS])?;
    }
    Ok(())
}

fn port_ends(connection: &Connection) -> Result<Option<(u16, u16)>> {
    let sql = "SELECT min(port), max(port) FROM user WHERE deleted IS NULL";
    let ends = connection.prepare_cached(sql)?.query_row((), |row| {
        let (least, most): (Option<u16>, Option<u16>) = (row.get(0)?, row.get(1)?);
        Ok(least.zip(most))
    });
    Ok(ends?)
}

/// Whether every port there is has one outside.
fn offset_fits(connection: &Connection, offset: PortOffset) -> Result<()> {
    let Some((least, most)) = port_ends(connection)? else { return Ok(()) };
    for port in [least, most] {
        if offset.outside(port).is_none() {
            return Err(Error::Conflict(Fault::OffsetTooFar { port, outside: i32::from(port) + offset.get() }));
        }
    }
    Ok(())
}

fn get(connection: &Connection, id: i64) -> Result<Option<Node>> {
    let sql = format!("SELECT {COLUMNS} FROM node WHERE id = ?");
    Ok(connection.prepare_cached(&sql)?.query_row([id], node_from).optional()?)
}

fn node_from(row: &Row<'_>) -> rusqlite::Result<Node> {
    let unsound = |column| {
        move |fault| {
            let cause = format!("{fault:?}").into();
            rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, cause)
        }
    };
    Ok(Node {
        id: row.get(0)?,
        name: NodeName::parse(&row.get::<_, String>(1)?).map_err(unsound(1))?,
        address: Address::parse(&row.get::<_, String>(2)?).map_err(unsound(2))?,
        rate: Rate::new(row.get(3)?).map_err(unsound(3))?,
        created: row.get(4)?,
        last_pull: row.get(5)?,
        last_push: row.get(6)?,
        u: Bytes::new(row.get(7)?),
        d: Bytes::new(row.get(8)?),
        online: row.get(9)?,
        online_at: row.get(10)?,
        load: row.get(11)?,
        uptime: row.get(12)?,
        info_at: row.get(13)?,
        ip: row.get(14)?,
        confirmed: row.get(15)?,
        revision: row.get(16)?,
        removed: row.get(17)?,
        muted: row.get(18)?,
        offset: PortOffset::new(row.get(19)?).map_err(unsound(19))?,
    })
}
