//! Databases of other times and other programs: ours is brought to the newest schema, all others are left as they are.

use crate::{
    panel::{NOON, Panel},
    process::Home,
    wire::{dump, rows},
};
use mu_panel::{
    error::{Error, Fault},
    store::{Store, check_file},
};
use rusqlite::{Connection, types::Value};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};
use tempfile::TempDir;

/// Step 1 as it was released, and what a panel of that time had in it.
const STEP_1: &str = include_str!("step-1.sql");
const DATA_1: &str = "
    INSERT INTO user (id, name, password, port, method, u, d, quota, t, switch, expires, reset_day, next_reset,
        period_started,
        note, uuid, secret, created, deleted, revision) VALUES
    (1, 'alice', '123gxopp', 21567, 'rc4-md5', 2048, 3000000000, 23166189568, 1795348000, 1, '2027-12-31', 31,
        '2026-11-30',
        1795000000, 'pays in cake', '2b8f9e46-52b0-4b0b-9f3b-0c5d7c1f0a11', 'secretofalice', 1790000000, NULL, 3),
    (2, 'bob', 'AAAAAAAAAAAAAAAAAAAAAA==', 20001, '2022-blake3-aes-128-gcm', 0, 0, NULL, 0, 0, NULL, NULL, NULL,
        1795000001, '', '2b8f9e46-52b0-4b0b-9f3b-0c5d7c1f0a12', 'secretofbob', 1790000001, NULL, 0),
    (5, 'carol', 'gone', 20002, 'aes-256-gcm', 7, 9223372036854775807, 1, 5, 1, NULL, 1, '2026-12-01',
        1795000002, 'two\nlines', '2b8f9e46-52b0-4b0b-9f3b-0c5d7c1f0a13', 'secretofcarol', 1790000002, 1795340000, 1);
    INSERT INTO node (id, name, address, rate, created, last_pull, last_push, u, d, online, online_at, load, uptime,
        info_at, ip)
        VALUES (1, 'tokyo', 'tokyo.example', 1500, 1790000000, 1795348700, 1795348701, 2055, 3000000007, 3,
            1795348702, '0.1',
            1234567.89, 1795348703, '192.0.2.1'), (9, '', '', 1000, 1790000000, 0, 0, 0, 0, NULL, 0, '', NULL, 0, '');
    INSERT INTO refusal (node, at, why) VALUES (1, 1795348701, 'left out of a batch');
    INSERT INTO traffic (hour, user, node, u, d) VALUES (1795345200, 1, 1, 2048, 3000000000), (1795345200, 5, 1, 7, 7);
    INSERT INTO period (user, ended, started, u, d) VALUES (1, 1795000000, 1790000000, 11, 12);
    INSERT INTO session (token_hash, csrf, created, last_seen, address, agent) VALUES (x'00ff', 'csrf', 1795348000,
        1795348000, '::1', 'a');
    INSERT INTO setting (name, value) VALUES ('node_token', 'TokenOfStepOne00'), ('language', 'zh'), ('time_zone',
        'UTC');
    INSERT INTO receipt (key, at, answer) VALUES ('k', 1795348000, '{\"ret\":1,\"msg\":\"ok\"}');
";

fn made_by_step_1(file: &Path) {
    let database = Connection::open(file).unwrap();
    database.execute_batch(STEP_1).unwrap();
    database.execute_batch(DATA_1).unwrap();
    database.pragma_update(None, "user_version", 1).unwrap();
}

fn newest() -> i64 {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new.db");
    drop(Store::open(&file).unwrap());
    check_file(&file).unwrap().version
}

fn names(folder: &TempDir) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn released_steps_are_never_edited() {
    let schema = include_str!("../../schema.sql");
    let step_1 = schema.split_once("\n-- step 1\n").unwrap().1;
    let step_1 = step_1.split("\n-- step ").next().unwrap();
    assert_eq!(step_1.trim(), STEP_1.trim());
}

#[test]
fn a_database_of_step_1_opens_with_everything_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mu-panel.db");
    made_by_step_1(&file);
    // Columns may come; what was there stays. Only the columns of step 1 are compared.
    let look = |file: &Path| {
        let old = Connection::open_in_memory().unwrap();
        old.execute_batch(STEP_1).unwrap();
        let tables =
            rows(&old, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'").concat();
        let database = Connection::open(file).unwrap();
        let mut found = Vec::new();
        for table in tables {
            let Value::Text(table) = table else { panic!("{table:?}") };
            let columns = rows(&old, &format!("SELECT group_concat(name) FROM pragma_table_info('{table}')")).concat();
            let [Value::Text(columns)] = &columns[..] else { panic!("{columns:?}") };
            found.push((table.clone(), rows(&database, &format!("SELECT {columns} FROM {table}"))));
        }
        found
    };
    let before = look(&file);
    assert!(before.iter().all(|(_, rows)| !rows.is_empty()), "there is something in each table");
    drop(Store::open(&file).unwrap());
    assert_eq!(look(&file), before);
    let checked = check_file(&file).unwrap();
    assert_eq!((checked.version, checked.users, checked.nodes), (newest(), 2, 2));
    let copies: Vec<String> = names(&folder).into_iter().filter(|name| name.contains("before-step")).collect();
    if newest() > 1 {
        assert_eq!(copies, ["mu-panel.db.before-step-2"]);
        assert_eq!(look(&folder.path().join(&copies[0])), before);
        assert_eq!(check_file(&folder.path().join(&copies[0])).unwrap().version, 1);
    } else {
        assert_eq!(copies, Vec::<String>::new());
    }
    let panel = Panel::at(&file);
    assert_eq!(panel.token(), "TokenOfStepOne00");
    let list = panel.node().get("/mu/v2/users").is(200).json();
    assert_eq!(list["data"].as_array().unwrap().len(), 3);
    panel.node().with("Idempotency-Key", "k").post("/mu/v2/users/1/traffic", "u=1&d=1&node_id=1").is(200);
    assert_eq!(panel.used(1), (2048, 3_000_000_000), "its receipts hold");
    panel.node().post("/mu/v2/users/1/traffic", "u=2&d=2&node_id=1").is(200);
    assert_eq!(panel.used(1), (2051, 3_000_000_003), "and so does the rate of its node");
    assert_eq!(panel.add("dave").id, 6, "no id is given again");
}

/// A panel that is killed while it copies what was there begins again; and copies of before are kept.
#[test]
fn the_copy_from_before_the_steps_can_be_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mu-panel.db");
    let copies = || {
        let mut copies: Vec<String> = names(&folder).into_iter().filter(|name| name.contains("before-step")).collect();
        copies.sort();
        copies
    };
    for left in ["mu-panel.db.before-step-2.unfinished", "mu-panel.db.before-step-2.unfinished-journal"] {
        fs::write(folder.path().join(left), "half of it").unwrap();
    }
    let mut expected = Vec::new();
    for name in ["mu-panel.db.before-step-2", "mu-panel.db.before-step-2.2", "mu-panel.db.before-step-2.3"] {
        expected.push(name);
        made_by_step_1(&file);
        drop(Store::open(&file).unwrap());
        assert_eq!(copies(), expected);
        let checked = check_file(&folder.path().join(name)).unwrap();
        assert_eq!((checked.version, checked.users, checked.faults), (1, 2, vec![]));
        assert_eq!(check_file(&file).unwrap().version, newest());
        fs::remove_file(&file).unwrap();
    }
    // While the steps cannot be run, no copies pile up, however often it is tried.
    made_by_step_1(&file);
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(Store::open(&file), Err(Error::Busy(Fault::Locked))));
    other.execute_batch("ROLLBACK; CREATE TABLE answered (x)").unwrap();
    for _ in 0..2 {
        assert!(Store::open(&file).is_err(), "there is a table of that name already");
    }
    assert_eq!(copies(), expected);
    assert_eq!(check_file(&file).unwrap().version, 1);
    other.execute_batch("DROP TABLE answered").unwrap();
    drop(Store::open(&file).unwrap());
    assert_eq!(copies().len(), 4);
}

#[test]
fn opening_again_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mu-panel.db");
    drop(Panel::at(&file).and_friends());
    let journal = rows(&Connection::open(&file).unwrap(), "PRAGMA journal_mode");
    assert_eq!(
        journal,
        [[Value::Text("wal".to_owned())]],
        "so that who reads and who writes do not wait for each other"
    );
    let before = dump(&file, &[]);
    for _ in 0..3 {
        drop(Panel::at(&file));
        assert_eq!(dump(&file, &[]), before);
    }
    assert!(!names(&folder).iter().any(|name| name.contains("before-step")), "no copies are made");
}

#[test]
fn a_new_database_belongs_to_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mu-panel.db");
    let panel = Panel::at(&file);
    panel.add("alice");
    for name in names(&folder) {
        let mode = fs::metadata(folder.path().join(&name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    drop(panel);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    drop(Store::open(&file).unwrap());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "or does so again");
    let empty = folder.path().join("empty.db");
    fs::write(&empty, "").unwrap();
    drop(Store::open(&empty).unwrap());
    assert_eq!(check_file(&empty).unwrap().version, newest(), "an empty file becomes one");
}

/// The bytes of one of ours with a few hundred users.
fn ours() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mu-panel.db");
    let panel = Panel::at(&file);
    for number in 0..200 {
        panel.add(&format!("friend {number}"));
    }
    rows(&Connection::open(&file).unwrap(), "PRAGMA wal_checkpoint(TRUNCATE)");
    fs::read(&file).unwrap()
}

#[test]
fn what_is_not_ours_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let whole = ours();
    for (name, length) in [
        ("cut in the head", 50),
        ("cut after the head", 100),
        ("cut in a page", 4096 + 17),
        ("cut after a page", 4096),
        ("cut in half", whole.len() / 2),
        ("cut by one page", whole.len() - 4096),
        ("cut by one byte", whole.len() - 1),
    ] {
        fs::write(path(name), &whole[..length]).unwrap();
    }
    let mut garbled = whole.clone();
    garbled[100..4096].fill(0xA5);
    fs::write(path("garbled"), garbled).unwrap();
    fs::write(path("text"), "users:\n  - alice\n").unwrap();
    fs::write(path("one byte"), "S").unwrap();
    fs::write(path("zeros"), vec![0; 8192]).unwrap();
    fs::write(path("nearly"), b"SQLite format 2\0 and so on".repeat(500)).unwrap();
    for (name, sql) in [
        ("newer", format!("PRAGMA user_version = {}", newest() + 1)),
        ("much newer", "PRAGMA user_version = 2147483647".to_owned()),
        ("negative", "PRAGMA user_version = -1; DROP TABLE user".to_owned()),
    ] {
        fs::write(path(name), &whole).unwrap();
        Connection::open(path(name)).unwrap().execute_batch(&sql).unwrap();
    }
    for (name, sql) in [
        ("foreign", "CREATE TABLE bookmark (url TEXT); INSERT INTO bookmark VALUES ('x')"),
        ("foreign with a number", "CREATE TABLE bookmark (url TEXT); PRAGMA user_version = 1"),
        ("foreign with users", "CREATE TABLE user (id INTEGER); PRAGMA user_version = 1"),
        ("foreign in WAL", "PRAGMA journal_mode = WAL; CREATE TABLE bookmark (url TEXT)"),
    ] {
        Connection::open(path(name)).unwrap().execute_batch(sql).unwrap();
    }
    let before = names(&folder);
    for name in &before {
        let bytes = fs::read(path(name)).unwrap();
        let mode = fs::metadata(path(name)).unwrap().permissions().mode();
        let refused = Store::open(&path(name)).err().unwrap_or_else(|| panic!("`{name}` was opened"));
        let expected = match (name.as_str(), &refused) {
            ("newer" | "much newer", Error::Invalid(Fault::DatabaseNewer { known, .. })) => *known == newest(),
            (name, Error::Invalid(Fault::DatabaseDamaged { .. })) => name.starts_with("cut") || name == "garbled",
            (name, Error::Invalid(Fault::NotDatabase { .. })) => !name.contains("newer"),
            _ => false,
        };
        assert!(expected, "`{name}`: {refused:?}");
        assert!(fs::read(path(name)).unwrap() == bytes, "`{name}` was changed");
        assert_eq!(fs::metadata(path(name)).unwrap().permissions().mode(), mode, "`{name}` was changed");
        assert!(check_file(&path(name)).is_err(), "`{name}` is called sound");
        assert!(fs::read(path(name)).unwrap() == bytes, "`{name}` was changed by looking at it");
        assert_eq!(names(&folder), before, "something was left beside `{name}`");
    }
    fs::create_dir(path("folder")).unwrap();
    for name in ["folder", "no such folder/mu-panel.db"] {
        assert!(matches!(Store::open(&path(name)), Err(Error::Invalid(Fault::FileUnusable { .. }))), "{name}");
    }
}

/// A panel that was killed leaves its last writes beside the file; the next one finds them, and a refusal leaves them
/// there.
#[test]
fn what_a_killed_process_left_beside_the_file_counts() {
    let folder = tempfile::tempdir().unwrap();
    let (file, killed) = (folder.path().join("mu-panel.db"), folder.path().join("killed.db"));
    let panel = Panel::at(&file).and_friends();
    panel.node().post("/mu/users/1/traffic", "u=1&d=2&node_id=1").is(200);
    for suffix in ["", "-wal"] {
        fs::copy(format!("{}{suffix}", file.display()), format!("{}{suffix}", killed.display())).unwrap();
    }
    let again = Panel::at(&killed);
    again.set_clock(NOON);
    assert_eq!(again.used(1), (1, 2));
    again.node().get("/mu/users").is(200);
}

/// The server goes on saying what to do, where a unit would otherwise start it again and again without a word.
#[test]
fn a_database_of_a_newer_version_is_left_alone_and_its_pages_say_what_to_do() {
    let home = Home::new();
    home.run(&["user", "add", "anna"]).ok();
    let token = home.run(&["token"]).ok().out();
    let newer = format!("PRAGMA user_version = {}", newest() + 1);
    Connection::open(home.db()).unwrap().execute_batch(&newer).unwrap();
    let bytes = fs::read(home.db()).unwrap();
    let mut server = home.serve_with(&["--node", "on"], &[]);
    let words = "was written by a newer mu-panel";
    server.says(words);
    for (language, heading, words) in [
        ("en", "This database is from a newer version", "start that version or a later one"),
        ("zh", "数据库来自更新的版本", "请启动该版本或更新的版本"),
    ] {
        for path in ["/", "/login", "/users/1", "/settings", "/u/secret", "/no-such-page"] {
            let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nAccept-Language: {language}\r\nConnection: close");
            let page = server.raw(format!("{head}\r\n\r\n"));
            assert!(page.starts_with("HTTP/1.1 503") && page.contains(heading) && page.contains(words), "{page}");
        }
    }
    let (status, answer) = server.call(token.trim(), "GET", "/mu/v2/users", "");
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((status, &answer["ret"]), (503, &0.into()), "a node keeps the friends that it has: {answer}");
    assert!(answer["msg"].as_str().unwrap().contains(words), "{answer}");
    let report = server.call(token.trim(), "POST", "/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":1,"d":1}]"#);
    assert_eq!(report.0, 503, "what was used is not lost: {report:?}");
    assert_eq!(server.call("", "GET", "/healthz", "").0, 503);
    assert!(server.raw("GET /style.css HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 200"));
    home.run(&["health"]).exits(1);
    home.run(&["user", "list"]).fails(words);
    server.signal(rustix::process::Signal::TERM);
    assert_eq!(server.ended(), Some(1));
    assert!(fs::read(home.db()).unwrap() == bytes, "it was changed");
}
