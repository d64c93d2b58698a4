//! Looking whether a database is sound, and what is in it.

use super::{Store, foreign, migrate, open_plain, schema::newest, schema_check};
use crate::error::{Error, Fault, Result};
use rusqlite::Connection;
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
    /// What another program has added to it that would keep it from being put back, in English words.
    pub foreign: Vec<String>,
}

impl Store {
    /// What is in the database, without looking whether it is sound.
    pub fn contents(&self) -> Result<Checked> {
        self.read_at_once(contents)
    }

    /// Looks whether everything in the database fits together.
    pub fn check(&self) -> Result<Checked> {
        self.read_at_once(|connection| look_over(connection, Strictness::Own))
    }
}

/// How much of a database that is not of our making is borne.
#[derive(Clone, Copy, PartialEq)]
enum Strictness {
    /// The database is ours, and what was added to it is the admin's business.
    Own,
    /// The database comes from elsewhere, and nothing in it may run that is not ours, not even for a check.
    Incoming,
}

/// Checks whether `file` is a sound database of ours, and leaves it as it is.
///
/// # Errors
/// [`Fault::FileMissing`], [`Fault::NotDatabase`], [`Fault::DatabaseNewer`], [`Fault::DatabaseDamaged`].
pub fn check_file(file: &Path) -> Result<Checked> {
    check(file, Strictness::Own)
}

/// The same for a database that is to be put back: it must be sound and have nothing in it that touches what is ours.
///
/// # Errors
/// Those of [`check_file`], and [`Fault::DatabaseDamaged`] with all that is wrong with it.
pub(super) fn check_incoming(file: &Path) -> Result<Checked> {
    let checked = check(file, Strictness::Incoming)?;
    if checked.faults.is_empty() {
        return Ok(checked);
    }
    Err(Fault::DatabaseDamaged { file: file.display().to_string(), detail: checked.faults.join("; ") }.into())
}

fn check(file: &Path, strictness: Strictness) -> Result<Checked> {
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
    if found > newest() {
        return Err(Fault::DatabaseNewer { file: name(), found, known: newest() }.into());
    }
    look_over(&open_plain(file)?, strictness).map_err(|error| match error {
        Error::Internal(cause) => Fault::DatabaseDamaged { file: name(), detail: cause.to_string() }.into(),
        other => other,
    })
}

fn look_over(connection: &Connection, strictness: Strictness) -> Result<Checked> {
    let one = |sql: &str| -> Result<i64> { Ok(connection.query_row(sql, (), |row| row.get(0))?) };
    let version = one("PRAGMA user_version")?;
    let found = |faults, foreign| Checked { version, users: 0, nodes: 0, last: 0, faults, foreign };
    let foreign = foreign::parts(connection, version)?;
    // First of all, since the check itself runs what the schema says.
    if strictness == Strictness::Incoming && !foreign.is_empty() {
        return Ok(found(foreign, Vec::new()));
    }
    let mut faults = Vec::new();
    let mut integrity = connection.prepare("PRAGMA integrity_check(10)")?;
    for line in integrity.query_map((), |row| row.get::<_, String>(0))? {
        faults.push(line?);
    }
    faults.retain(|line| line != "ok");
    if version == 0 {
        return Ok(found(faults, foreign));
    }
    let made = schema_check::differences(connection, version)?;
    if !made.is_empty() {
        // What is not there cannot be counted.
        faults.extend(made);
        return Ok(found(faults, foreign));
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
    for (table, columns, most) in LENGTHS {
        for column in columns.split(' ') {
            let exists = format!("SELECT count(*) FROM pragma_table_info('{table}') WHERE name = '{column}'");
            // A column of a later step is not there yet.
            if one(&exists)? == 0 {
                continue;
            }
            match one(&format!("SELECT count(*) FROM {table} WHERE octet_length({column}) > {most}"))? {
                0 => {}
                count => faults.push(format!("{count} values of `{column}` in `{table}` longer than {most} bytes")),
            }
        }
    }
    Ok(Checked { faults, foreign, ..contents(connection)? })
}

/// Tables, columns that hold text, and how long that is at most, in bytes: more than any form or node can have made.
const LENGTHS: &[(&str, &str, u32)] = &[
    ("user", "name sort_name password method expires next_reset uuid secret noticed", 1 << 10),
    ("user", "note", 16 << 10),
    ("user", "nodes", 1 << 20),
    ("node", "name address load ip", 4 << 10),
    ("refusal", "why", 1 << 20),
    ("event", "kind detail actor", 16 << 10),
    ("change", "detail actor", 16 << 10),
    ("vmess", "network path host", 4 << 10),
    ("session", "token_hash csrf address agent", 4 << 10),
    ("setting", "name value", 64 << 10),
    ("receipt", "call key", 4 << 10),
    ("receipt", "answer", 1 << 20),
    ("outbox", "channel error", 4 << 10),
    ("outbox", "payload", 64 << 10),
    ("told", "kind mark", 4 << 10),
];

fn contents(connection: &Connection) -> Result<Checked> {
    let one = |sql: &str| -> Result<i64> { Ok(connection.query_row(sql, (), |row| row.get(0))?) };
    Ok(Checked {
        version: one("PRAGMA user_version")?,
        users: one("SELECT count(*) FROM user WHERE deleted IS NULL")?,
        nodes: one("SELECT count(*) FROM node")?,
        last: one("SELECT ifnull(max(last_push), 0) FROM node")?,
        faults: Vec::new(),
        foreign: Vec::new(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn every_text_has_a_longest_length() {
        let connection = schema::replay(newest()).unwrap();
        let sql = "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
            WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND c.type IN ('TEXT', 'BLOB', 'ANY', '')";
        let mut query = connection.prepare(sql).unwrap();
        let made: Vec<(String, String)> = query
            .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        let bounded: Vec<(&str, &str)> = LENGTHS
            .iter()
            .flat_map(|(table, columns, _)| columns.split(' ').map(move |column| (*table, column)))
            .collect();
        let missing: Vec<_> =
            made.iter().filter(|(table, column)| !bounded.contains(&(table.as_str(), column.as_str()))).collect();
        assert!(missing.is_empty(), "add to `LENGTHS`: {missing:?}");
        let gone = |(table, column): &&(&str, &str)| !made.contains(&((*table).to_owned(), (*column).to_owned()));
        let gone: Vec<_> = bounded.iter().filter(gone).collect();
        assert!(gone.is_empty(), "take out of `LENGTHS`: {gone:?}");
    }
}
