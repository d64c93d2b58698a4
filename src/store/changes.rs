//! Which users were written lately, so that a list of all of them can be made anew by reading those alone. What this
//! program writes SQLite itself reports, row by row; after a write of another program nothing is known.

use super::lock;
use crate::error::Result;
use rusqlite::{Connection, hooks::Action};
use std::{
    mem,
    sync::{Arc, Mutex},
};

/// The most users that are remembered; beyond that reading all of them is as quick.
const MAX_CHANGES: usize = 4096;

/// How far the changes had come when the users were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// How many changes of users this program had made.
    pub(super) own: u64,
    /// What `data_version` was for the connection that makes them: it changes with each commit of any other.
    pub(super) foreign: i64,
}

/// The users whose rows one connection has written.
#[derive(Default)]
pub(super) struct Changes(Mutex<Log>);

#[derive(Default)]
struct Log {
    /// How many changes there were before the first that is remembered.
    forgotten: u64,
    /// The users of the last changes, the newest at the end.
    users: Vec<i64>,
}

impl Changes {
    /// The changes that `connection` makes from now on.
    pub(super) fn of(connection: &Connection) -> Result<Arc<Self>> {
        let changes = Arc::new(Self::default());
        changes.listen(connection)?;
        Ok(changes)
    }

    fn listen(self: &Arc<Self>, connection: &Connection) -> rusqlite::Result<()> {
        let noting = Arc::clone(self);
        connection.update_hook(Some(move |_, _: &str, table: &str, id| {
            if table == "user" {
                noting.note([id]);
            }
        }))
    }

    /// Does `work`, which writes those users and no others. They are noted at once, since SQLite's report of each row
    /// costs a batch a thirtieth of its time.
    pub(super) fn noted<T>(
        self: &Arc<Self>,
        connection: &Connection,
        users: impl IntoIterator<Item = i64>,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        struct Unheard<'a>(&'a Arc<Changes>, &'a Connection);
        impl Drop for Unheard<'_> {
            fn drop(&mut self) {
                if self.0.listen(self.1).is_err() {
                    self.0.forget();
                }
            }
        }
        self.note(users);
        connection.update_hook(None::<fn(Action, &str, &str, i64)>)?;
        let _unheard = Unheard(self, connection);
        work()
    }

    fn note(&self, users: impl IntoIterator<Item = i64>) {
        let mut log = lock(&self.0);
        for user in users {
            if log.users.len() == MAX_CHANGES {
                log.forget();
            }
            log.users.push(user);
        }
    }

    /// Lets any user count as changed, after what SQLite does not report.
    pub(super) fn forget(&self) {
        let mut log = lock(&self.0);
        log.forget();
        log.forgotten += 1;
    }

    /// How many changes there were.
    pub(super) fn count(&self) -> u64 {
        lock(&self.0).count()
    }

    /// The users who were changed since there were `count` changes, each once and by id; `None` if that is not known.
    pub(super) fn since(&self, count: u64) -> Option<Vec<i64>> {
        let log = lock(&self.0);
        let skipped = usize::try_from(count.checked_sub(log.forgotten)?).ok()?;
        let mut users = log.users.get(skipped..)?.to_vec();
        drop(log);
        users.sort_unstable();
        users.dedup();
        Some(users)
    }
}

impl Log {
    fn count(&self) -> u64 {
        self.forgotten + self.users.len() as u64
    }

    fn forget(&mut self) {
        self.forgotten += mem::take(&mut self.users).len() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_known_until_there_are_too_many() {
        let changes = Changes::default();
        assert_eq!(changes.since(0), Some(vec![]));
        for user in [7, 3, 7] {
            changes.note([user]);
        }
        assert_eq!((changes.since(0), changes.since(2)), (Some(vec![3, 7]), Some(vec![7])));
        assert_eq!((changes.since(3), changes.since(4)), (Some(vec![]), None));
        let many = i64::try_from(MAX_CHANGES).unwrap();
        changes.note(0..many);
        assert_eq!((changes.since(3), changes.count()), (None, 3 + many.unsigned_abs()));
        let before = changes.count();
        changes.forget();
        assert_eq!((changes.since(before), changes.since(changes.count())), (None, Some(vec![])));
    }

    #[test]
    fn what_is_noted_at_once_is_not_heard_again_and_what_follows_is() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE user (id INTEGER PRIMARY KEY, u); CREATE TABLE node (id)").unwrap();
        let changes = Changes::of(&connection).unwrap();
        let write = |id: i64| Ok(connection.execute("INSERT INTO user (id) VALUES (?)", [id])?);
        write(1).unwrap();
        changes.noted(&connection, [2, 3], || write(2)).unwrap();
        assert_eq!(changes.count(), 3);
        write(4).unwrap();
        assert!(changes.noted(&connection, [5], || write(1)).is_err(), "that user is there already");
        connection.execute("INSERT INTO node (id) VALUES (9)", ()).unwrap();
        write(6).unwrap();
        assert_eq!(changes.since(0), Some(vec![1, 2, 3, 4, 5, 6]));
    }
}
