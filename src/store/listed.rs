//! The users as nodes are told of them, read one after the other: all of them, or the changed ones.

use super::{
    Store,
    changes::Seen,
    connection::{data_version, rows},
    listing::listed_sql,
    user_row::{LISTED, listed_from},
};
use crate::{
    error::Result,
    model::{Listed, TOMBSTONE_TTL, Time},
};
use rusqlite::Connection;
use std::collections::HashMap;

/// The most users who are read one by one, while writes wait: for half a millisecond or so.
pub const MAX_READ_ALONE: usize = 256;

/// Whom [`Store::read_listed`] has read.
#[derive(Debug, PartialEq, Eq)]
pub struct Extent {
    /// By id, the users who were changed, also if they are not listed: all others are as they were. `None` if all users
    /// that are listed were read.
    pub changed: Option<Vec<i64>>,
    /// How far the changes had come, unless that is not known.
    pub seen: Option<Seen>,
}

impl Store {
    /// Gives `take` users that nodes are told of, by id, each with when they were switched off or got another last day,
    /// if that was after `since`: the users who were changed since `seen`, if it is known that these are few, else all.
    /// One after the other, so that many need no memory.
    pub fn read_listed(
        &self,
        now: Time,
        since: Time,
        seen: Option<Seen>,
        mut take: impl FnMut(Listed<'_>, Option<Time>) -> Result<()>,
    ) -> Result<Extent> {
        let removed_since = now - TOMBSTONE_TTL;
        if let Some(seen) = seen
            && let Some(extent) = self.read_changed(removed_since, since, seen, &mut take)?
        {
            return Ok(extent);
        }
        self.read_at_once(|connection| {
            let seen = self.begin_reading(connection)?;
            let shut = shut_since(connection, since)?;
            let mut query = connection.prepare_cached(&listed_sql(LISTED))?;
            let mut rows = query.query([removed_since])?;
            while let Some(row) = rows.next()? {
                let user = listed_from(row)?;
                take(user, shut.get(&user.id).copied())?;
            }
            Ok(Extent { changed: None, seen })
        })
    }

    /// Reads the users who were changed since `seen` with the connection that changed them: it has them in memory, and
    /// knows whether another has changed any.
    fn read_changed(
        &self,
        removed_since: Time,
        since: Time,
        seen: Seen,
        take: &mut impl FnMut(Listed<'_>, Option<Time>) -> Result<()>,
    ) -> Result<Option<Extent>> {
        let Some(connection) = self.writer.pause() else { return Ok(None) };
        let changes = self.writer.changes();
        let snapshot = connection.unchecked_transaction()?;
        let present = Seen { own: changes.count(), foreign: data_version(&snapshot)? };
        let known = if seen.foreign == present.foreign { changes.since(seen.own) } else { None };
        let Some(changed) = known.filter(|changed| changed.len() <= MAX_READ_ALONE) else { return Ok(None) };
        let shut = shut_since(&snapshot, since)?;
        let sql = format!("SELECT {LISTED} FROM user WHERE id = ? AND (deleted IS NULL OR deleted > ?)");
        let mut query = snapshot.prepare_cached(&sql)?;
        for user in &changed {
            let mut rows = query.query([*user, removed_since])?;
            if let Some(row) = rows.next()? {
                take(listed_from(row)?, shut.get(user).copied())?;
            }
        }
        Ok(Some(Extent { changed: Some(changed), seen: Some(present) }))
    }

    /// Begins to read in a moment without a write, and says how far the changes have come by then.
    fn begin_reading(&self, connection: &Connection) -> Result<Option<Seen>> {
        let Some(paused) = self.writer.pause() else { return Ok(None) };
        // What another program writes between these two lines is read, and once more the next time.
        let seen = Seen { own: self.writer.changes().count(), foreign: data_version(&paused)? };
        // The first query, whatever it is.
        data_version(connection)?;
        Ok(Some(seen))
    }
}

/// The users who were switched off or got another last day after `since`, and when.
fn shut_since(connection: &Connection, since: Time) -> Result<HashMap<i64, Time>> {
    // The `+` has SQLite look by time, where there is little, and not go through all events in the order of users.
    let sql = "SELECT user, max(at) FROM event \
         WHERE at > ? AND (kind = 'off' OR kind = 'changed' AND detail LIKE '%expires%') GROUP BY +user";
    Ok(rows(connection, sql, [since], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect())
}
