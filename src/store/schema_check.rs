//! What a database is made of, held against what our own steps make.

use super::migrate;
use rusqlite::{Connection, Result};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, fmt::Write};

/// One part of a database, in English words, and how it is made, in SQLite's.
type Part = (String, String);

/// The digest of a database as the newest step leaves it. To hold one against the steps takes a fifth of the time of a
/// start, and nearly all are exactly like this.
const NEWEST: &str = "04118871bfb37aea21ab2e3f313488d947f67030d8ac324d4e974df521b5e0de";

/// Names of tables, and of what is made by name for them.
const NAMED: &str = "SELECT tbl_name, type || ' `' || name || '`' FROM sqlite_schema
    WHERE name NOT LIKE 'sqlite^_%' ESCAPE '^' ORDER BY type <> 'table', rowid";
/// Columns of a table; the indexes of it and of its constraints. Spaces and comments in the SQL that made them do not
/// matter.
const MADE: &str = "
    SELECT 'column `' || name || '` of the table `' || ?1 || '`', type || ' ' || \"notnull\" || ' ' || ifnull(dflt_value, '-') || ' ' || pk
        FROM pragma_table_xinfo(?1)
    UNION ALL
    SELECT CASE origin WHEN 'c' THEN 'index `' || name || '`' ELSE 'constraint on ' || columns || ' of the table `' || ?1 || '`' END,
        \"unique\" || ' ' || partial || ' ' || columns
        FROM (SELECT i.*, (SELECT group_concat(ifnull(x.name, '(…)') || iif(x.coll = 'BINARY', '', ' ' || x.coll) || iif(x.desc, ' DESC', ''), ', ')
            FROM pragma_index_xinfo(i.name) x WHERE x.key) AS columns FROM pragma_index_list(?1) i)";

/// What a database of that version lacks or has otherwise than our steps make it, each in English words. What it has
/// besides is somebody else's and does no harm.
pub(super) fn differences(connection: &Connection, version: i64) -> Result<Vec<String>> {
    if version == migrate::newest() && digest(connection)? == NEWEST {
        return Ok(Vec::new());
    }
    let fresh = Connection::open_in_memory()?;
    for (_, step) in (1..).zip(migrate::steps()).take_while(|(number, _)| *number <= version) {
        fresh.execute_batch(step)?;
    }
    let (expected, present) = (pairs(&fresh, NAMED, ())?, pairs(connection, NAMED, ())?);
    let is_here = |table: &str| present.contains(&(table.to_owned(), format!("table `{table}`")));
    let mut faults = Vec::new();
    for part in &expected {
        let (table, what) = part;
        // Of a table that is not there, nothing else can be.
        if !present.contains(part) && (is_here(table) || what.starts_with("table ")) {
            faults.push(format!("the {what} is missing"));
        }
    }
    for (table, _) in expected.iter().filter(|(table, what)| what.starts_with("table ") && is_here(table)) {
        let present: BTreeMap<String, String> = pairs(connection, MADE, [table])?.into_iter().collect();
        for (what, made) in pairs(&fresh, MADE, [table])? {
            match present.get(&what) {
                Some(present) if *present == made => {}
                Some(_) => faults.push(format!("the {what} is not as it was made")),
                // One that has a name has been told of.
                None if what.starts_with("index ") => {}
                None => faults.push(format!("the {what} is missing")),
            }
        }
    }
    Ok(faults)
}

/// SHA-256 of all that was written to make a database.
fn digest(connection: &Connection) -> Result<String> {
    let mut digest = Sha256::new();
    let mut made = connection.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")?;
    let mut rows = made.query(())?;
    while let Some(row) = rows.next()? {
        digest.update(row.get_ref(0)?.as_bytes()?);
        digest.update([0]);
    }
    Ok(digest.finalize().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

fn pairs(connection: &Connection, sql: &str, of: impl rusqlite::Params) -> Result<Vec<Part>> {
    connection.prepare_cached(sql)?.query_map(of, |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh() -> Connection {
        let fresh = Connection::open_in_memory().unwrap();
        for step in migrate::steps() {
            fresh.execute_batch(step).unwrap();
        }
        fresh
    }

    #[test]
    fn what_the_newest_step_makes_is_known_at_sight() {
        assert_eq!(digest(&fresh()).unwrap(), NEWEST, "write this into `NEWEST`");
    }
}
