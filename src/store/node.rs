//! Nodes.

use super::{
    Store, change,
    connection::{row, rows, unsound},
};
use crate::{
    error::{Error, Fault, Result},
    model::{Address, Bytes, Change, Node, NodeDraft, NodeName, PortOffset, Rate, Time},
};
use rusqlite::{Connection, Row, params};

const COLUMNS: &str = "id, name, address, rate, created, last_pull, last_push, u, d, online, online_at, load, uptime, info_at, ip, \
    confirmed, revision, removed, muted, port_offset";

impl Store {
    /// Every node that is not removed, by id.
    pub fn nodes(&self) -> Result<Vec<Node>> {
        self.read(|connection| all(connection, "removed IS NULL ORDER BY id", ()))
    }

    /// The nodes that were removed, the last first.
    pub fn removed_nodes(&self) -> Result<Vec<Node>> {
        self.read(|connection| all(connection, "removed IS NOT NULL ORDER BY removed DESC, id", ()))
    }

    /// The node with that id, also if it was removed.
    pub fn node(&self, id: i64) -> Result<Option<Node>> {
        self.read(|connection| get(connection, id))
    }

    /// One page of the list of nodes by id.
    pub fn nodes_page(&self, skip: i64, most: i64) -> Result<Vec<Node>> {
        self.read(|connection| all(connection, "removed IS NULL ORDER BY id LIMIT ?2 OFFSET ?1", [skip, most]))
    }

    /// The nodes that friends can connect to: those with an address, by id.
    pub fn nodes_with_address(&self) -> Result<Vec<Node>> {
        self.read(|connection| all(connection, "address <> '' AND removed IS NULL ORDER BY id", ()))
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
        let by = self.by(now);
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
            let id = connection.last_insert_rowid();
            change::record(connection, by, id, &[Change::from_to("added", "off", "on")])?;
            get(connection, id)?.ok_or(Error::NotFound)
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
}

fn all(connection: &Connection, which: &str, given: impl rusqlite::Params) -> Result<Vec<Node>> {
    rows(connection, &format!("SELECT {COLUMNS} FROM node WHERE {which}"), given, node_from)
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
    row(connection, &format!("SELECT {COLUMNS} FROM node WHERE id = ?"), [id], node_from)
}

fn node_from(row: &Row<'_>) -> rusqlite::Result<Node> {
    let unsound = |column| move |fault: Fault| unsound(column, fault);
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
