//! Connections to the database: where they lead, and how each is set up.

use super::search;
use crate::error::Result;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Params, Row, config::DbConfig, limits::Limit};
use std::{
    fmt::Debug,
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a request waits for another process that writes. It may wait twice (for maintenance, and for itself), each
/// time behind others that wait: four times this stays below the 20 s after which a node gives up.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(4);

/// How many bytes of log stay allocated after a long reader has made it grow.
const MAX_LOG_BYTES: i64 = 8 << 20;

/// The longest value and row, in bytes. The longest that we make is a list of times of all users who are online.
const MAX_VALUE_BYTES: i32 = 16 << 20;
/// The longest statement, in bytes, also of those that made a table.
const MAX_SQL_BYTES: i32 = 64 << 10;

/// Where the database of a connection is.
#[derive(Clone)]
pub(super) enum Place {
    File(PathBuf),
    Memory(String),
}

impl Place {
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(file) => Some(file),
            Self::Memory(_) => None,
        }
    }

    pub(super) fn connect(&self) -> Result<Connection> {
        let connection = match self {
            Self::File(file) => Connection::open_with_flags(file, flags()),
            Self::Memory(name) => Connection::open_with_flags(name, flags()),
        }?;
        configure(&connection)?;
        Ok(connection)
    }
}

/// Reads a number that changes with each commit of another connection.
pub(super) const DATA_VERSION: &str = "PRAGMA data_version";

pub(super) fn data_version(watcher: &Connection) -> Result<i64> {
    Ok(watcher.prepare_cached(DATA_VERSION)?.query_row((), |row| row.get(0))?)
}

pub(super) fn flags() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// Opens an existing database as it is, for something else than serving requests from it.
pub(super) fn open_plain(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    guard(&connection)?;
    Ok(connection)
}

/// Sets up a connection so that what is in the database cannot make it run or allocate without bounds.
pub(super) fn guard(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)?;
    connection.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, MAX_SQL_BYTES)?;
    Ok(())
}

/// Sets up a connection that serves requests.
pub(super) fn configure(connection: &Connection) -> rusqlite::Result<()> {
    guard(connection)?;
    connection.set_prepared_statement_cache_capacity(64);
    // A plan that may depend on the values would be made again each time they are given: a tenth of the work
    // of a page of users.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    search::install(connection)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -500;",
    )?;
    connection.pragma_update(None, "journal_size_limit", MAX_LOG_BYTES)
}

/// The error for a value in the database that neither a form nor a step can have made.
pub(super) fn unsound(column: usize, why: impl Debug) -> rusqlite::Error {
    let why = format!("{why:?}").into();
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, why)
}

/// All rows that a query finds.
pub(super) fn rows<T>(
    connection: &Connection,
    sql: &str,
    given: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    Ok(connection.prepare_cached(sql)?.query_map(given, read)?.collect::<rusqlite::Result<_>>()?)
}

/// The row that a query finds, if it finds one.
pub(super) fn row<T>(
    connection: &Connection,
    sql: &str,
    given: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>> {
    Ok(connection.prepare_cached(sql)?.query_row(given, read).optional()?)
}

/// Runs a statement, and returns how many rows it has changed.
pub(super) fn run(connection: &Connection, sql: &str, given: impl Params) -> Result<usize> {
    Ok(connection.prepare_cached(sql)?.execute(given)?)
}

/// Drops the oldest rows of a table that are of that node, so that no more than `most` stay.
pub(super) fn keep_newest(connection: &Connection, table: &str, node: i64, most: i64) -> Result<()> {
    let sql = format!(
        "DELETE FROM {table} WHERE node = ?1 AND id <= \
         (SELECT id FROM {table} WHERE node = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)"
    );
    run(connection, &sql, [node, most]).map(drop)
}
