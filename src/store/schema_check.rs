//! What a database is made of, held against what our own steps make.

use super::schema;
use crate::model::hex;
use rusqlite::{Connection, Result};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// One part of a database, in English words, and how it is made, in SQLite's.
type Part = (String, String);

/// The digest of a database as the newest step leaves it. Comparing one with the steps takes a fifth of the time of a
/// start, and nearly all are exactly like this.
const NEWEST: &str = "f857f818b8700e72084e7969d0f9a261930a83ded2990f3cbe5d8b0d864bb7e5";

/// The names of tables, and of the indexes on them that have names.
const NAMED: &str = "SELECT tbl_name, type || ' `' || name || '`' FROM sqlite_schema
    WHERE name NOT LIKE 'sqlite^_%' ESCAPE '^' ORDER BY type <> 'table', rowid";
/// The columns of a table, the indexes on it and its constraints.
const MADE: &str = "
    SELECT 'column `' || name || '` of the table `' || ?1 || '`',
        type || ' ' || \"notnull\" || ' ' || ifnull(dflt_value, '-') || ' ' || pk
        FROM pragma_table_xinfo(?1)
    UNION ALL
    SELECT CASE origin WHEN 'c' THEN 'index `' || name || '`'
            ELSE 'constraint on ' || columns || ' of the table `' || ?1 || '`' END,
        \"unique\" || ' ' || partial || ' ' || columns
        FROM (SELECT i.*, (SELECT group_concat(ifnull(x.name, '(…)') || iif(x.coll = 'BINARY', '', ' ' || x.coll)
                    || iif(x.desc, ' DESC', ''), ', ')
                FROM pragma_index_xinfo(i.name) x WHERE x.key) AS columns
            FROM pragma_index_list(?1) i)";

/// What a database of that version lacks or has otherwise than our steps make it, each in English words. What it has
/// besides is the business of [`foreign`](super::foreign).
pub(super) fn differences(connection: &Connection, version: i64) -> Result<Vec<String>> {
    if version == schema::newest() && digest(connection)? == NEWEST {
        return Ok(Vec::new());
    }
    let fresh = schema::replay(version)?;
    let (expected, present) = (pairs(&fresh, NAMED, ())?, pairs(connection, NAMED, ())?);
    let is_here = |table: &str| present.contains(&(table.to_owned(), format!("table `{table}`")));
    let mut faults = Vec::new();
    for part in &expected {
        let (table, what) = part;
        // Of a missing table nothing else is named.
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
                // Named above.
                None if what.starts_with("index ") => {}
                None => faults.push(format!("the {what} is missing")),
            }
        }
    }
    Ok(faults)
}

/// A name from a database as it can be shown: short, and without control characters.
pub(super) fn shown(name: &str) -> String {
    name.chars().take(64).flat_map(char::escape_debug).collect()
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
    Ok(hex(&digest.finalize()))
}

fn pairs(connection: &Connection, sql: &str, of: impl rusqlite::Params) -> Result<Vec<Part>> {
    connection.prepare_cached(sql)?.query_map(of, |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_newest_step_makes_is_known_at_sight() {
        assert_eq!(digest(&schema::replay(schema::newest()).unwrap()).unwrap(), NEWEST, "write this into `NEWEST`");
    }
}
