//! Statements: what each user used in a stretch of time.

use super::Store;
use crate::{
    error::Result,
    model::{Bytes, Name, Time, Usage},
};

/// What one user used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The user's id.
    pub id: i64,
    /// The user's name.
    pub name: Name,
    /// Whether the user has been removed since.
    pub removed: bool,
    /// How much, as reported.
    pub usage: Usage,
}

impl Store {
    /// What each user used from `from` up to `to`, as reported and over all nodes; who used most comes first.
    pub fn statement(&self, from: Time, to: Time) -> Result<Vec<Line>> {
        self.read(|connection| {
            let sql = "SELECT user.id, user.name, user.deleted IS NOT NULL, CAST(t.u AS INTEGER), CAST(t.d AS INTEGER) \
                 FROM (SELECT user, total(u) AS u, total(d) AS d FROM traffic WHERE hour >= ?1 AND hour < ?2 \
                 GROUP BY user) t \
                 JOIN user ON user.id = t.user ORDER BY t.u + t.d DESC, user.name COLLATE NOCASE, user.id";
            let mut query = connection.prepare_cached(sql)?;
            let lines = query.query_map([from, to], |row| {
                let usage = Usage { u: Bytes::new(row.get(3)?), d: Bytes::new(row.get(4)?) };
                Ok(Line { id: row.get(0)?, name: Name::from_stored(row.get(1)?), removed: row.get(2)?, usage })
            })?;
            Ok(lines.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The first hour in which anything was used.
    pub fn first_use(&self) -> Result<Option<Time>> {
        self.read(|connection| Ok(connection.query_row("SELECT min(hour) FROM traffic", (), |row| row.get(0))?))
    }
}
