//! The schema: the numbered steps of `schema.sql`, and what they make.

use super::search;
use rusqlite::Connection;

const SCHEMA: &str = include_str!("../../schema.sql");

/// The steps of `schema.sql`, each begun by a line `-- step N`.
pub(super) fn steps() -> impl Iterator<Item = &'static str> {
    SCHEMA.split("\n-- step ").skip(1).map(|step| step.split_once('\n').map_or("", |(_, sql)| sql))
}

/// The newest schema that this program knows.
pub(super) fn newest() -> i64 {
    i64::try_from(steps().count()).unwrap_or(i64::MAX)
}

/// An empty database as the steps up to `version` make it.
pub(super) fn replay(version: i64) -> rusqlite::Result<Connection> {
    let fresh = Connection::open_in_memory()?;
    search::install(&fresh)?;
    for (_, step) in (1..).zip(steps()).take_while(|(number, _)| *number <= version) {
        fresh.execute_batch(step)?;
    }
    Ok(fresh)
}
