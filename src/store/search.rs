//! Searching and sorting users without regard to case, in every script: SQLite itself does so for ASCII alone.

use rusqlite::{Connection, functions::FunctionFlags, types::FromSqlError};
use std::{collections::HashSet, sync::Arc};

/// Whether a search finds a user, in SQL with `:search`, which is [`folded`].
pub(super) const FOUND: &str = "finds(:search, name, note, port)";
/// Whether a user's id stands in `:among`, with commas between. There is no JSON in our SQLite.
pub(super) const AMONG: &str = "among(:among, id)";

/// Teaches a connection to search.
pub(super) fn install(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("among", 2, flags, |call| {
        // Read once for all rows.
        let ids: Arc<HashSet<i64>> = call.get_or_create_aux(0, |ids| {
            Ok::<_, FromSqlError>(ids.as_str()?.split(',').filter_map(|id| id.parse().ok()).collect())
        })?;
        Ok(ids.contains(&call.get::<i64>(1)?))
    })?;
    connection.create_scalar_function("sort_key", 1, flags, |call| Ok(sort_key(call.get_raw(0).as_str()?)))?;
    connection.create_scalar_function("finds", 4, flags, |call| {
        let search = call.get_raw(0).as_str()?;
        if call.get::<i64>(3)?.to_string() == search {
            return Ok(true);
        }
        Ok(contains(call.get_raw(1).as_str()?, search) || contains(call.get_raw(2).as_str()?, search))
    })
}

/// A text so that two that differ in case alone are the same: capitals first, since `ß` and `ς` have one (`SS`, `Σ`)
/// that other letters have too.
pub(super) fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// Letters without their accents, each before those that have one.
const ACCENTED: [&str; 20] = [
    "aàáâãäåāăą",
    "cçćĉċč",
    "dďđ",
    "eèéêëēĕėęě",
    "gĝğġģ",
    "hĥħ",
    "iìíîïĩīĭįı",
    "jĵ",
    "kķ",
    "lĺļľŀł",
    "nñńņňŉ",
    "oòóôõöøōŏőơ",
    "rŕŗř",
    "sśŝşšș",
    "tţťŧț",
    "uùúûüũūŭůűųư",
    "wŵ",
    "yýÿŷ",
    "zźżž",
    "еёѐ",
];

/// By what a name is sorted: [`folded`], and without the accents of Latin and Cyrillic letters.
pub(super) fn sort_key(name: &str) -> String {
    let plain = |c: char| {
        let base = ACCENTED.iter().find(|row| row.contains(c)).filter(|_| !c.is_ascii());
        base.and_then(|row| row.chars().next()).unwrap_or(c)
    };
    let folded = folded(name);
    if folded.is_ascii() { folded } else { folded.chars().map(plain).collect() }
}

fn contains(text: &str, search: &str) -> bool {
    !text.is_empty() && folded(text).contains(search)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_no_matter_in_any_script() {
        for (text, search) in [
            ("Иван", "иван"),
            ("ИВАН", "Иван"),
            ("über", "ÜBER"),
            ("Straße", "STRASSE"),
            ("ΟΔΥΣΣΕΎΣ", "οδυσσεύς"),
            ("Ἀθῆναι", "ἀΘῆΝΑΙ"),
            ("Hana 김", "HANA 김"),
            ("ǅ", "ǆ"),
            ("Ｆｕｌｌ", "ｆＵＬＬ"),
            ("Անի", "ԱՆԻ"),
        ] {
            assert!(contains(text, &folded(search)), "{search} in {text}");
        }
        assert!(!contains("über", &folded("uber")));
    }
}
