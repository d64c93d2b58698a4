//! Looking whether a database is sound, and what is in it.

use super::{Store, migrate, schema_check};
use crate::error::{Error, Fault, Result};
use rusqlite::{Connection, OpenFlags};
use std::{fs::File, path::Path};

/// What is in a sound database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Its schema's number.
    pub version: i64,
    /// How many users it has, removed ones left out.
    pub users: i64,
    /// How many nodes it has.
    pub nodes: i64,
    /// When a node last reported traffic to it, in seconds since 1970 UTC; 0: never.
    pub last: i64,
    /// What is wrong with it, in English words; empty: nothing.
    pub faults: Vec<String>,
}

impl Store {
    /// What is in the database, without looking whether it is sound.
    pub fn contents(&self) -> Result<Checked> {
        self.read_at_once(contents)
    }

    /// Looks whether everything in the database fits together.
    pub fn check(&self) -> Result<Checked> {
        self.read_at_once(look_over)
    }
}

/// Looks whether `file` is a sound database of ours, and leaves it as it is.
///
/// # Errors
/// [`Fault::FileMissing`], [`Fault::NotDatabase`], [`Fault::DatabaseNewer`], [`Fault::DatabaseDamaged`].
pub fn check_file(file: &Path) -> Result<Checked> {
    let name = || file.display().to_string();
    if !file.is_file() {
        return Err(Fault::FileMissing { file: name() }.into());
    }
    let mut head = [0; 16];
    let read = File::open(file).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut head));
    if read.is_err() || head != *b"SQLite format 3\0" {
        return Err(Fault::NotDatabase { file: name() }.into());
    }
    let found = migrate::inspect(file)?.0;
    if found > migrate::newest() {
        return Err(Fault::DatabaseNewer { file: name(), found, known: migrate::newest() }.into());
    }
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(super::BUSY_TIMEOUT)?;
    look_over(&connection).map_err(|error| match error {
        Error::Internal(cause) => Fault::DatabaseDamaged { file: name(), detail: cause.to_string() }.into(),
        other => other,
    })
}

fn look_over(connection: &Connection) -> Result<Checked> {
    let one = |sql: &str| -> Result<i64> { Ok(connection.query_row(sql, (), |row| row.get(0))?) };
    let mut faults = Vec::new();
    let mut integrity = connection.prepare("PRAGMA integrity_check(10)")?;
    for line in integrity.query_map((), |row| row.get::<_, String>(0))? {
        faults.push(line?);
    }
    faults.retain(|line| line != "ok");
    let version = one("PRAGMA user_version")?;
    if version == 0 {
        return Ok(Checked { version, users: 0, nodes: 0, last: 0, faults });
    }
    let made = schema_check::differences(connection, version)?;
    if !made.is_empty() {
        // What is not there cannot be counted.
        faults.extend(made);
        return Ok(Checked { version, users: 0, nodes: 0, last: 0, faults });
    }
    if connection.prepare("PRAGMA foreign_key_check")?.exists(())? {
        faults.push("a row names a user or a node that does not exist".to_owned());
    }
    for (sql, what) in COUNTERS {
        match one(sql)? {
            0 => {}
            count => faults.push(format!("{count} {what}")),
        }
    }
    Ok(Checked { faults, ..contents(connection)? })
}

fn contents(connection: &Connection) -> Result<Checked> {
    let one = |sql: &str| -> Result<i64> { Ok(connection.query_row(sql, (), |row| row.get(0))?) };
    Ok(Checked {
        version: one("PRAGMA user_version")?,
        users: one("SELECT count(*) FROM user WHERE deleted IS NULL")?,
        nodes: one("SELECT count(*) FROM node")?,
        last: one("SELECT ifnull(max(last_push), 0) FROM node")?,
        faults: Vec::new(),
    })
}

/// Counters and values that no report and no form could have made.
const COUNTERS: &[(&str, &str)] = &[
    (
        "SELECT count(*) FROM user WHERE u < 0 OR d < 0 OR typeof(u) <> 'integer' OR typeof(d) <> 'integer'",
        "users with a counter below 0",
    ),
    ("SELECT count(*) FROM traffic WHERE u < 0 OR d < 0", "hours of history with a counter below 0"),
    ("SELECT count(*) FROM period WHERE u < 0 OR d < 0", "closed periods with a counter below 0"),
    ("SELECT count(*) FROM node WHERE u < 0 OR d < 0", "nodes with a counter below 0"),
    (
        "SELECT count(*) FROM (SELECT 1 FROM user WHERE deleted IS NULL GROUP BY port HAVING count(*) > 1)",
        "ports that more than one user has",
    ),
    (
        "SELECT count(*) FROM (SELECT t.node, sum(CAST(t.u AS REAL)) AS u, sum(CAST(t.d AS REAL)) AS d
             FROM traffic t GROUP BY t.node) h
         JOIN node n ON n.id = h.node
         WHERE abs(min(h.u, 9223372036854775807) - n.u) > 1 + n.u * 1e-9
             OR abs(min(h.d, 9223372036854775807) - n.d) > 1 + n.d * 1e-9",
        "nodes whose total is not the sum of their history",
    ),
];
