//! What in a database is not of our making and would touch what is ours: it would run, or cost, whenever the database
//! is written or checked. A backup that has such a thing is not put back.

use super::{schema, schema_check};
use rusqlite::{Connection, Result};
use std::collections::BTreeMap;

/// The tables that SQLite makes for itself.
const INTERNAL: [&str; 3] = [
    "create table sqlite_sequence ( name , seq )",
    "create table sqlite_stat1 ( tbl , idx , stat )",
    "create table sqlite_stat4 ( tbl , idx , neq , nlt , ndlt , sample )",
];

/// Words that make a table of another program compute something, or reach into a table of ours.
const ACTIVE: [&str; 6] = ["as", "check", "collate", "generated", "references", "virtual"];

/// One row of `sqlite_schema`.
#[derive(PartialEq)]
struct Part {
    kind: String,
    name: String,
    table: String,
    /// Empty for the index of a constraint.
    tokens: Vec<String>,
}

/// Each part of a database of that version that our steps do not make and that is not known to be harmless, in English
/// words. Tables of other programs, such as a replicator's, are harmless if they compute nothing and name none of ours.
pub(super) fn parts(connection: &Connection, version: i64) -> Result<Vec<String>> {
    let ours: BTreeMap<String, Part> =
        all(&schema::replay(version)?)?.into_iter().map(|part| (part.name.clone(), part)).collect();
    let is_our_table = |name: &str| ours.get(name).is_some_and(|part| part.kind == "table");
    let is_harmless = |part: &Part| match ours.get(&part.name) {
        Some(made) => part == made,
        None if part.name.starts_with("sqlite_") => {
            // The index of a constraint, which the table's own SQL decides on, or a table of SQLite's own.
            part.kind == "index" && part.tokens.is_empty()
                || INTERNAL.iter().any(|known| part.tokens.join(" ") == *known)
        }
        None => !is_our_table(&part.table) && is_plain(part),
    };
    let foreign = all(connection)?;
    let named = |part: &Part| format!("the {} `{}` is not mu-panel's", part.kind, schema_check::shown(&part.name));
    Ok(foreign.iter().filter(|part| !is_harmless(part)).map(named).collect())
}

/// Whether a table has nothing but columns, or an index nothing but columns of its table.
fn is_plain(part: &Part) -> bool {
    let words: Vec<&str> = part.tokens.iter().map(String::as_str).collect();
    let passive = words.iter().all(|word| !ACTIVE.contains(word));
    match (part.kind.as_str(), words.as_slice()) {
        ("table", ["create", "table", ..]) => passive,
        ("index", ["create", "index", rest @ ..] | ["create", "unique", "index", rest @ ..]) => {
            let nested = rest.iter().filter(|word| **word == "(").count() != 1;
            passive && !nested && !rest.contains(&"where")
        }
        _ => false,
    }
}

fn all(connection: &Connection) -> Result<Vec<Part>> {
    let mut query = connection.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid")?;
    let parts = query.query_map((), |row| {
        let sql: Option<String> = row.get(3)?;
        let tokens = sql.map_or_else(Vec::new, |sql| tokens(&sql));
        Ok(Part { kind: row.get(0)?, name: row.get(1)?, table: row.get(2)?, tokens })
    })?;
    parts.collect()
}

/// The tokens of a statement without spaces and comments. Words are in lower case, quoted ones without their quotes if
/// those are not needed, so that two texts of one statement are the same.
fn tokens(sql: &str) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let mut tokens = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("--") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.find("*/").map_or(rest.len(), |end| end + 4)
        } else if let Some(close) = [('\'', '\''), ('"', '"'), ('`', '`'), ('[', ']')].iter().find(|q| q.0 == first) {
            let length = rest[1..].find(close.1).map_or(rest.len(), |end| end + 2);
            let inner = rest[1..length].trim_end_matches(close.1);
            let plain = first != '\'' && !inner.is_empty() && inner.chars().all(is_word);
            tokens.push(if plain { inner.to_lowercase() } else { rest[..length].to_owned() });
            length
        } else {
            let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let length = if word == 0 { first.len_utf8() } else { word };
            tokens.push(rest[..length].to_lowercase());
            length
        };
        rest = rest[length..].trim_start();
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_comments_case_and_needless_quotes_do_not_matter() {
        let one = tokens("CREATE TABLE \"receipt\" (a INTEGER CHECK (a >= 0), -- a's own\n b TEXT DEFAULT 'x y')");
        let two = tokens("create table receipt(a integer/* ' */check(a>=0),b text default 'x y')");
        assert_eq!(one, two);
        assert_ne!(two, tokens("create table receipt(a integer check(a>=0),b text default 'X y')"));
        assert_ne!(two, tokens("create table receipt(a integer check(a> =1),b text default 'x y')"));
        for odd in ["'", "\"", "[", "/*", "--", "a'b", "/*/", "ü“"] {
            tokens(odd);
        }
    }

    #[test]
    fn every_version_of_our_own_is_our_own() {
        for version in 1..=schema::newest() {
            let found = parts(&schema::replay(version).unwrap(), version).unwrap();
            assert_eq!(found, Vec::<String>::new(), "{version}");
        }
    }
}
