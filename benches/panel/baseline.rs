//! What the panel is measured against: the same statements on the same schema through SQLite in this process, as
//! durable.

use crate::process::users;
use rusqlite::Connection;
use std::time::Instant;
use tempfile::TempDir;

const NOON: i64 = 1_795_348_800;

/// A database with users in it.
pub(crate) struct Database {
    connection: Connection,
    _dir: TempDir,
}

impl Database {
    pub(crate) fn filled(count: usize) -> Self {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let file = dir.path().join("baseline.db");
        users::fill(&file, count);
        let connection = Connection::open(&file).unwrap();
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -16000; INSERT INTO node (id, created) VALUES (1, 1)")
            .unwrap();
        Self { connection, _dir: dir }
    }

    /// Seconds for a batch of one row each of that many users.
    pub(crate) fn batch(self, count: usize) -> impl FnMut() -> f64 {
        let count = i64::try_from(count).unwrap();
        move || {
            let began = Instant::now();
            self.add(1..=count);
            began.elapsed().as_secs_f64()
        }
    }

    /// Seconds for one report of one user.
    pub(crate) fn commit(self) -> impl FnMut() -> f64 {
        let mut user = 0;
        move || {
            user = user % 1_000 + 1;
            let began = Instant::now();
            self.add(user..=user);
            began.elapsed().as_secs_f64()
        }
    }

    fn add(&self, users: std::ops::RangeInclusive<i64>) {
        let run = |sql: &str, values: &[i64]| {
            self.connection.prepare_cached(sql).unwrap().execute(rusqlite::params_from_iter(values)).unwrap()
        };
        run("BEGIN IMMEDIATE", &[]);
        for user in users {
            run("UPDATE user SET u = u + ?2, d = d + ?3, t = ?4 WHERE id = ?1", &[user, 1024, 4096, NOON]);
            run(
                "INSERT INTO traffic (hour, user, node, u, d) VALUES (?1, ?2, 1, ?3, ?4)
                 ON CONFLICT DO UPDATE SET u = u + excluded.u, d = d + excluded.d",
                &[NOON / 3600 * 3600, user, 1024, 4096],
            );
        }
        run("UPDATE node SET last_push = ?1, u = u + 1, d = d + 1 WHERE id = 1", &[NOON]);
        run("COMMIT", &[]);
    }
}
