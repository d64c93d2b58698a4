//! A database that lacks a table, a column or an index, which might not be asked for until long after: it is neither
//! called sound, nor put back, nor served.

use crate::{
    client::Browser,
    durability_copies::files,
    panel::PASSWORD,
    process::Home,
    wire::{dump, rows},
};
use rusqlite::{Connection, types::Value};
use std::{fs, path::Path};

/// Step 1 as it was released.
const STEP_1: &str = include_str!("step-1.sql");

/// A panel with a user in it, and a backup of it with something done to it under another name.
fn changed(home: &Home, sql: &str) -> String {
    let (copy, broken) = (home.path("copy.db"), home.path("broken.db"));
    if !copy.exists() {
        home.run(&["user", "add", "alice"]).ok();
        home.feed(&["password"], PASSWORD).ok();
        home.run(&["backup", copy.to_str().unwrap()]).ok();
    }
    fs::copy(copy, &broken).unwrap();
    Connection::open(&broken).unwrap().execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    broken.to_str().unwrap().to_owned()
}

/// What our own steps make by name: tables, indexes; without those that SQLite makes for itself, and without `user`,
/// `traffic` and `setting`, by which ours is known.
fn all_parts(file: &Path) -> Vec<(String, String)> {
    let sql = "SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' AND name NOT IN ('user', 'traffic', 'setting')";
    let text = |value: &Value| if let Value::Text(text) = value { text.clone() } else { panic!("{value:?}") };
    rows(&Connection::open(file).unwrap(), sql).iter().map(|row| (text(&row[0]), text(&row[1]))).collect()
}

#[test]
fn whatever_is_missing_is_named() {
    let home = Home::new();
    let whole = changed(&home, "");
    home.run(&["--db", &whole, "check"]).ok().prints("is sound");
    let parts = all_parts(Path::new(&whole));
    assert!(parts.len() > 12, "{parts:?}");
    for (kind, name) in parts {
        let file = changed(&home, &format!("PRAGMA foreign_keys = OFF; DROP {kind} {name}"));
        home.run(&["--db", &file, "check"])
            .fails(&format!("is damaged (the {kind} `{name}` is missing): restore a backup"));
    }
    for (sql, words) in [
        ("ALTER TABLE user DROP COLUMN noticed", "the column `noticed` of the table `user` is missing"),
        ("ALTER TABLE node DROP COLUMN uptime", "the column `uptime` of the table `node` is missing"),
        ("ALTER TABLE event RENAME COLUMN actor TO who", "the column `actor` of the table `event` is missing"),
        (
            "ALTER TABLE user DROP COLUMN note; ALTER TABLE user ADD COLUMN note TEXT",
            "the column `note` of the table `user` is not as it was made",
        ),
        (
            "DROP INDEX user_by_name; CREATE INDEX user_by_name ON user (name) WHERE deleted IS NULL",
            "the index `user_by_name` is not as it was made",
        ),
        (
            "DROP INDEX event_by_user; CREATE INDEX event_by_user ON event (user, id)",
            "the index `event_by_user` is not",
        ),
        (
            "DROP TABLE receipt; CREATE TABLE receipt (turn INTEGER PRIMARY KEY, call TEXT NOT NULL, key TEXT NOT NULL,
                at INTEGER NOT NULL, answer TEXT NOT NULL) STRICT",
            "the constraint on call, key of the table `receipt` is missing",
        ),
        ("DROP TABLE event; CREATE VIEW event AS SELECT 1", "the table `event` is missing"),
        ("DROP TABLE event; DROP TABLE vmess", "the table `event` is missing; the table `vmess` is missing"),
    ] {
        let file = changed(&home, sql);
        home.run(&["--db", &file, "check"]).fails(words);
    }
}

#[test]
fn what_lacks_something_is_neither_put_back_nor_served() {
    let home = Home::new();
    let broken = changed(&home, "DROP TABLE vmess");
    let words = "(the table `vmess` is missing)";
    let (before, bytes) = (dump(&home.db(), &[]), fs::read(&broken).unwrap());
    home.run(&["restore", &broken]).fails(words);
    assert_eq!(dump(&home.db(), &[]), before);
    assert!(files(&home.path("."), "restor").is_empty(), "nothing was begun");
    home.run(&["--db", &broken, "serve", "--listen", "127.0.0.1:0"]).fails(words);
    home.run(&["--db", &broken, "user", "list"]).fails(words);
    assert!(fs::read(&broken).unwrap() == bytes, "it is left as it was");

    let server = home.serve_with(&["--backup-dir", "none"], &[]);
    let browser = Browser::sign_in(&server);
    let page = browser.send_backup(&bytes);
    assert!(page.contains("This database is damaged (the table “vmess” is missing): choose another backup."), "{page}");
    assert!(!page.contains("Replace the current database"), "{page}");
    drop(server);
    assert!(files(&home.path("."), "restor").is_empty(), "nothing was begun");
    home.run(&["check"]).ok().prints("is sound");
}

#[test]
fn what_others_put_beside_it_does_no_harm() {
    let home = Home::new();
    let more = changed(
        &home,
        "CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER);
         CREATE TABLE _litestream_lock (id INTEGER);
         CREATE INDEX _litestream_index ON _litestream_seq (seq DESC);
         INSERT INTO _litestream_seq VALUES (1, 7);
         ANALYZE;
         DROP INDEX user_by_name;
         create  unique index user_by_name on user(name) -- as it was
            where deleted is null;",
    );
    home.run(&["--db", &more, "check"]).ok().prints("is sound");
    home.run(&["restore", &more]).ok();
    let server = home.serve_with(&["--backup-dir", "none"], &[]);
    let browser = Browser::sign_in(&server);
    let page = browser.send_backup(&fs::read(&more).unwrap());
    assert!(page.contains("Replace the current database"), "{page}");
}

/// Changes the schema as only an attacker does.
fn rewritten(name: &str, from: &str, to: &str) -> String {
    format!(
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '{from}', '{to}') WHERE name = '{name}'; \
         PRAGMA writable_schema = RESET;"
    )
}

#[test]
fn what_reaches_into_our_tables_is_not_put_back() {
    let home = Home::new();
    let costly =
        "(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000000) SELECT count(*) FROM n)";
    let trigger = "CREATE TRIGGER t AFTER UPDATE ON user BEGIN DELETE FROM user; END";
    let cases = [
        // A subquery is refused in a CHECK, a function that allocates without end is not.
        (
            rewritten("user", "CHECK (u >= 0)", "CHECK (length(zeroblob(900000000)) > 0)"),
            "the table `user` is not mu-panel",
        ),
        (rewritten("user", "CHECK (switch IN (0, 1))", "CHECK (switch = 1)"), "the table `user` is not mu-panel"),
        ("ALTER TABLE node ADD COLUMN colour TEXT".to_owned(), "the table `node` is not mu-panel"),
        ("CREATE UNIQUE INDEX x ON user (method) WHERE u > 0".to_owned(), "the index `x` is not mu-panel"),
        ("CREATE INDEX x ON traffic (user)".to_owned(), "the index `x` is not mu-panel"),
        ("CREATE INDEX x ON event (hex(zeroblob(1000000) || detail))".to_owned(), "the index `x` is not mu-panel"),
        (trigger.to_owned(), "the trigger `t` is not mu-panel"),
        ("CREATE VIEW v AS SELECT * FROM user".to_owned(), "the view `v` is not mu-panel"),
        (format!("CREATE VIEW v AS SELECT {costly}"), "the view `v` is not mu-panel"),
        ("CREATE TABLE o (id INTEGER REFERENCES user (id))".to_owned(), "the table `o` is not mu-panel"),
        (
            "CREATE TABLE o (id INTEGER CHECK (length(zeroblob(900000000)) > id))".to_owned(),
            "the table `o` is not mu-panel",
        ),
        ("CREATE TABLE o (id INTEGER, x AS (hex(zeroblob(id))))".to_owned(), "the table `o` is not mu-panel"),
        ("CREATE TABLE o (id); CREATE INDEX oi ON o (abs(id))".to_owned(), "the index `oi` is not mu-panel"),
        (
            "CREATE TABLE o (id); ".to_owned()
                + &rewritten("o", "CREATE TABLE o (id)", "CREATE VIRTUAL/**/TABLE o USING fts5(id)"),
            "the table `o` is not mu-panel",
        ),
        ("UPDATE user SET name = printf('%.*c', 40000000, 'x')".to_owned(), "too big"),
        ("UPDATE user SET name = printf('%.*c', 4000000, 'x')".to_owned(), "1 values of `name` in `user` longer than"),
    ];
    let server = home.serve_with(&["--backup-dir", "none"], &[]);
    let mut browser = None;
    for (sql, words) in cases {
        let file = changed(&home, &sql);
        let elsewhere = Home::new();
        elsewhere.run(&["restore", &file]).fails(words);
        let browser = browser.get_or_insert_with(|| Browser::sign_in(&server));
        let page = browser.send_backup(&fs::read(&file).unwrap());
        assert!(page.contains("choose another backup"), "{sql}: {page}");
        assert!(!page.contains("Replace the current database"), "{sql}: {page}");
    }
    assert!(
        server.status("VmHWM") < 256 << 10,
        "no case made it grow beyond the copies: {} KiB",
        server.status("VmHWM")
    );
}

/// One's own index is the admin's business as long as it stays in this database; its backups are made, and it is said
/// that they cannot be put back.
#[test]
fn what_the_admin_added_is_told_and_stops_nothing() {
    let home = Home::new();
    home.run(&["user", "add", "alice"]).ok();
    Connection::open(home.db()).unwrap().execute_batch("CREATE INDEX my_own ON traffic (user)").unwrap();
    home.run(&["user", "add", "bob"]).ok();
    home.run(&["check"]).ok().prints("is sound").prints("could not be restored: the index `my_own` is not mu-panel's");
    home.run(&["backup", home.path("copy.db").to_str().unwrap()]).ok();
}

#[test]
fn two_restores_in_one_second_keep_both_databases() {
    let home = Home::new();
    let copy = changed(&home, "");
    for _ in 0..3 {
        home.run(&["restore", &copy]).ok();
    }
    assert_eq!(files(&home.path("."), "before-restore").len(), 3);
}

#[test]
fn one_of_an_older_version_is_held_against_what_that_version_made() {
    let home = Home::new();
    let old = home.path("old.db");
    let make = |more: &str| {
        let _ = fs::remove_file(&old);
        let database = Connection::open(&old).unwrap();
        database.execute_batch(&format!("{STEP_1}; PRAGMA user_version = 1; {more}")).unwrap();
        old.to_str().unwrap().to_owned()
    };
    let file = make("DROP TABLE receipt");
    let words = "(the table `receipt` is missing)";
    for command in [&["check"][..], &["token"], &["serve", "--listen", "127.0.0.1:0"]] {
        home.run(&[&["--db", &file], command].concat()).fails(words);
    }
    home.run(&["restore", &file]).fails(words);
    assert!(files(&home.path("."), "before-step").is_empty() && !home.db().exists(), "nothing was begun");
    let file = make("CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)");
    home.run(&["--db", &file, "check"]).ok().prints("schema 1");
    home.run(&["restore", &file]).ok();
    home.run(&["user", "add", "alice"]).ok();
    home.run(&["check"]).ok().prints("1 user and 0 nodes");
    assert_eq!(files(&home.path("."), "before-step-2").len(), 1);
}
