//! The users as nodes are told of them, read one after the other: all of them, or the changed ones.

use super::{
    Store,
    changes::Seen,
    connection::data_version,
    listing::listed_sql,
    user_row::{LISTED, listed_from},
};
use crate::{
    error::Result,
    model::{Listed, TOMBSTONE_TTL, Time},
};
use rusqlite::Connection;
use std::collections::HashMap;

/// The users of [`Store::listed_users`] in one state of the database.
pub struct ListedUsers<'c> {
    connection: &'c Connection,
    removed_since: Time,
    /// The users who were switched off or got another last day lately, and when.
    shut: HashMap<i64, Time>,
    changed: Option<Vec<i64>>,
}

impl Store {
    /// Has `work` read the users that nodes are told of, each with when they were switched off or got another last day,
    /// if that was after `since`. Returns how far the changes had come with what `work` returns, unless that is not
    /// known; with it the next call knows whom it need not read again.
    pub fn read_listed<T>(
        &self,
        now: Time,
        since: Time,
        seen: Option<Seen>,
        work: impl FnOnce(&ListedUsers<'_>) -> Result<T>,
    ) -> Result<(T, Option<Seen>)> {
        self.read_at_once(|connection| {
            // The first query, whatever it is, begins to read.
            let paused = self.writer.pause(seen, || data_version(connection).map(drop))?;
            let (seen, changed) = paused.map_or((None, None), |(seen, changed)| (Some(seen), changed));
            let shut = shut_since(connection, since)?;
            let users = ListedUsers { connection, removed_since: now - TOMBSTONE_TTL, shut, changed };
            Ok((work(&users)?, seen))
        })
    }
}

impl ListedUsers<'_> {
    /// The users who have been changed, by id, also if they are not listed: all others are as they were. `None` if it
    /// is not known who was changed.
    pub fn changed(&self) -> Option<&[i64]> {
        self.changed.as_deref()
    }

    /// Gives `take` each user, by id, and when they were last switched off or got another last day, if that was lately.
    /// One after the other, so that many need no memory.
    pub fn each(&self, mut take: impl FnMut(Listed<'_>, Option<Time>) -> Result<()>) -> Result<()> {
        let mut query = self.connection.prepare_cached(&listed_sql(LISTED))?;
        let mut rows = query.query([self.removed_since])?;
        while let Some(row) = rows.next()? {
            let user = listed_from(row)?;
            take(user, self.shut.get(&user.id).copied())?;
        }
        Ok(())
    }

    /// The same for one user, who may not be listed.
    pub fn one(&self, user: i64, take: impl FnOnce(Listed<'_>, Option<Time>) -> Result<()>) -> Result<()> {
        let sql = format!("SELECT {LISTED} FROM user WHERE id = ? AND (deleted IS NULL OR deleted > ?)");
        let mut query = self.connection.prepare_cached(&sql)?;
        let mut rows = query.query([user, self.removed_since])?;
        match rows.next()? {
            None => Ok(()),
            Some(row) => take(listed_from(row)?, self.shut.get(&user).copied()),
        }
    }
}

/// The users who were switched off or got another last day after `since`, and when.
fn shut_since(connection: &Connection, since: Time) -> Result<HashMap<i64, Time>> {
    // The `+` has SQLite look by time, where there is little, and not go through all events in the order of users.
    let sql = "SELECT user, max(at) FROM event \
         WHERE at > ? AND (kind = 'off' OR kind = 'changed' AND detail LIKE '%expires%') GROUP BY +user";
    let mut query = connection.prepare_cached(sql)?;
    let users = query.query_map([since], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(users.collect::<rusqlite::Result<_>>()?)
}
