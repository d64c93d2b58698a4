//! The command line: what each command does, what it prints, and how it fails.

use crate::{
    client::Browser,
    front::browser::Browser as Visitor,
    panel::Panel,
    process::{Home, wait_until},
    wire::rows,
};
use mu_panel::model::{Address, NodeDraft, NodeName};
use rusqlite::{Connection, types::Value};
use serde_json::json;
use std::{fs::Permissions, os::unix::fs::PermissionsExt};

#[test]
fn the_description_of_the_commands_is_sound() {
    mu_panel::cli::command().debug_assert();
}

/// The database may be named anywhere; a node elsewhere has options that none of the panel's commands has.
#[test]
fn options_of_every_command_may_stand_anywhere() {
    let home = Home::new();
    home.run(&["user", "add", "alice"]).ok();
    let db = home.db();
    let db = db.to_str().unwrap();
    for command in [
        &["user", "--db", db, "list"][..],
        &["node", "--db", db, "list"],
        &["node", "list", "--db", db],
        &["--db", db, "node", "list"],
        &["token", "--db", db],
        &["user", "--db", db, "show", "alice"],
        &["check", "--db", db],
        &["export", "--db", db],
    ] {
        home.run(command).ok();
    }
    home.run(&["node", "--db", db, "set", "1", "--name", "x"]).fails("there is no node `1`");
    let refused = home.command(&["node", "--node-id", "1", "list"]).output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("the option '--node-id' cannot be used with the command 'list'"), "{said}");
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn a_user_needs_only_a_name() {
    let home = Home::new();
    let alice = home.run(&["user", "add", "alice", "--json"]).ok().json();
    assert_eq!(alice["port"], 20001);
    assert_eq!(alice["method"], "chacha20-ietf-poly1305");
    assert_eq!(alice["quota"], json!(null));
    assert_eq!(alice["transfer_enable"], 1_i64 << 50);
    assert_eq!((&alice["u"], &alice["d"], &alice["t"]), (&json!(0), &json!(0), &json!(0)));
    assert_eq!((&alice["switch"], &alice["enable"]), (&json!(1), &json!(1)));
    let password = alice["passwd"].as_str().unwrap();
    assert!(password.len() == 16 && password.chars().all(|c| c.is_ascii_alphanumeric()), "{password}");
    let bob = home.run(&["user", "add", "bob", "--json"]).ok().json();
    assert_eq!(bob["port"], 20002);
    assert_ne!(bob["passwd"], alice["passwd"]);
    assert_ne!(bob["uuid"], alice["uuid"]);
}

#[test]
fn every_value_of_a_user_can_be_set_and_changed() {
    let home = Home::new();
    let add = "user add bob --port 8388 --passwd s3cret --method aes-256-gcm --quota 10GiB --expires 2099-12-31 \
         --reset-day 31 \
         --note friend --json";
    let bob = home.run(&add.split_whitespace().collect::<Vec<_>>()).ok().json();
    for (key, value) in [
        ("port", json!(8388)),
        ("passwd", json!("s3cret")),
        ("method", json!("aes-256-gcm")),
        ("quota", json!(10_i64 << 30)),
        ("transfer_enable", json!(10_i64 << 30)),
        ("expires", json!("2099-12-31")),
        ("reset_day", json!(31)),
        ("note", json!("friend")),
    ] {
        assert_eq!(bob[key], value, "{key}");
    }
    let set = "user set bob --name robert --port 8389 --quota none --expires never --reset-day never --note= --json";
    let robert = home.run(&set.split_whitespace().collect::<Vec<_>>()).ok().json();
    for (key, value) in [
        ("id", bob["id"].clone()),
        ("name", json!("robert")),
        ("port", json!(8389)),
        ("passwd", json!("s3cret")),
        ("quota", json!(null)),
        ("expires", json!(null)),
        ("reset_day", json!(null)),
        ("note", json!("")),
    ] {
        assert_eq!(robert[key], value, "{key}");
    }
    let fresh = home.run(&["user", "set", "1", "--passwd", "", "--json"]).ok().json();
    assert_eq!(fresh["passwd"].as_str().unwrap().len(), 16);
}

#[test]
fn a_2022_method_gets_a_key_of_its_length() {
    for (method, length) in [("2022-blake3-aes-128-gcm", 24), ("2022-blake3-aes-256-gcm", 44)] {
        let home = Home::new();
        let user = home.run(&["user", "add", "a", "--method", method, "--json"]).ok().json();
        assert_eq!(user["passwd"].as_str().unwrap().len(), length, "{method}");
        home.run(&["user", "add", "b", "--method", method, "--passwd", "short"]).fails("base64 key of exactly");
    }
    let home = Home::new();
    home.run(&["user", "add", "a"]).ok();
    home.run(&["user", "set", "a", "--method", "2022-blake3-aes-128-gcm"]).fails("base64 key of exactly 16 bytes");
    home.run(&["user", "set", "a", "--method", "2022-blake3-aes-128-gcm", "--passwd", ""]).ok();
}

#[test]
fn bad_values_are_refused_in_words_and_change_nothing() {
    let home = Home::new();
    home.run(&["user", "add", "alice"]).ok();
    let before = home.run(&["export"]).ok().out();
    for (arguments, words) in [
        (&["user", "add", "alice"][..], "already a user `alice`"),
        (&["user", "add", ""], "enter a name"),
        (&["user", "add", "a\nb"], "control characters"),
        (&["user", "add", "b", "--port", "20001"], "port 20001 belongs to another user"),
        (&["user", "add", "b", "--port", "0"], "from 1 to 65535"),
        (&["user", "add", "b", "--port", "65536"], "from 1 to 65535"),
        (&["user", "add", "b", "--passwd", "a b"], "without quotes, backslash or space"),
        (&["user", "add", "b", "--method", "none"], "doesn't encrypt"),
        (&["user", "add", "b", "--method", "rot13"], "isn't a supported cipher"),
        (&["user", "add", "b", "--quota", "much"], "isn't a valid size"),
        (&["user", "add", "b", "--expires", "soon"], "isn't a valid date"),
        (&["user", "add", "b", "--reset-day", "32"], "isn't a day of the month"),
        (&["user", "set", "alice"], "nothing to change"),
        (&["user", "set", "nobody", "--port", "1"], "no user `nobody`"),
        (&["user", "off", "99"], "no user `99`"),
        (&["node", "set", "1", "--name", "x"], "no node `1`"),
        (&["node", "set", "x", "--name", "x"], "whole number"),
        (&["import", "missing.json"], "missing.json"),
        (&["restore", "missing.db"], "no file"),
        (&["backup", "mu-panel.db"], "exists already"),
    ] {
        home.run(arguments).fails(words);
    }
    assert_eq!(home.run(&["export"]).ok().out(), before);
}

#[test]
fn a_wrong_use_exits_with_2() {
    let home = Home::new();
    for arguments in [&["frobnicate"][..], &["user"], &["user", "add"], &["export", "--format", "xml"], &["--db"]] {
        home.run(arguments).exits(2);
    }
    for arguments in
        [&["--help"][..], &["user", "--help"], &["user", "add", "--help"], &["serve", "--help"], &["--version"]]
    {
        home.run(arguments).ok();
    }
}

#[test]
fn an_old_cipher_is_allowed_with_a_warning() {
    let ran = Home::new().run(&["user", "add", "old", "--method", "rc4-md5"]).ok();
    assert!(ran.err().contains("warning: `rc4-md5`"), "{}", ran.err());
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_default() {
    let home = Home::new();
    let named = home.path("named.db");
    let run = |arguments: &[&str]| {
        let output = home.command(arguments).env("MU_PANEL_DB", &named).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    run(&["user", "add", "a"]);
    assert!(named.exists() && !home.db().exists());
    run(&["--db", "flag.db", "user", "add", "a"]);
    assert!(home.path("flag.db").exists());
    home.run(&["user", "add", "a"]).ok();
    assert!(home.db().exists());
}

#[test]
fn users_are_switched_reset_and_removed() {
    let home = Home::new();
    home.run(&["user", "add", "alice"]).ok();
    home.run(&["user", "on", "alice"]).ok().prints("alice was on already");
    home.run(&["user", "off", "alice"]).ok().prints("alice is off");
    home.run(&["user", "off", "alice"]).ok().prints("alice was off already");
    assert_eq!(home.run(&["user", "show", "1", "--json"]).json()["enable"], 0);
    home.run(&["user", "on", "1"]).ok();
    assert_eq!(home.run(&["user", "show", "alice", "--json"]).json()["enable"], 1);
    home.run(&["user", "reset", "alice"]).ok().prints("alice has used nothing: nothing was reset");
    let used = Home::new();
    used.feed(&["import", "-"], "name,u\nbob,5\n").ok();
    used.run(&["user", "reset", "bob"]).ok().prints("usage of bob reset to zero");
    home.run(&["user", "list"]).ok().prints("alice");
    home.run(&["user", "remove", "alice"]).ok();
    assert_eq!(home.run(&["user", "list", "--json"]).ok().json(), json!([]));
    let other = home.run(&["user", "add", "alice", "--json"]).ok().json();
    assert_eq!((&other["id"], &other["port"]), (&json!(2), &json!(20002)), "neither id nor port is given again");
}

#[test]
fn what_is_exported_can_be_imported() {
    let home = Home::new();
    home.run(&[
        "user",
        "add",
        "alice",
        "--quota",
        "5G",
        "--expires",
        "2099-01-01",
        "--reset-day",
        "3",
        "--note",
        "x\ny",
    ])
    .ok();
    home.run(&["user", "add", "=cmd()", "--method", "2022-blake3-aes-128-gcm"]).ok();
    home.run(&["user", "off", "=cmd()"]).ok();
    let exported = home.run(&["export"]).ok().out();
    let other = Home::new();
    other.feed(&["import", "-"], &exported).ok().prints("2 users");
    assert_eq!(other.run(&["export"]).ok().out(), exported);
    other
        .feed(&["import", "-"], &exported)
        .fails_with_a_list("2 users of the list cannot be imported, so nothing was:\n  user 1: ");
    Home::new()
        .feed(&["import", "-"], r#"[{"id":1,"port":20001,"passwd":"secret"}]"#)
        .ok()
        .prints("1 user is imported");
    let csv = home.run(&["export", "--format", "csv"]).ok().out();
    assert!(csv.starts_with("\u{feff}id,name,port,passwd") && csv.contains(",'=cmd(),"), "{csv}");
}

#[test]
fn another_panels_list_is_imported_whole_or_not_at_all() {
    let home = Home::new();
    let list = json!({ "msg": "ok", "data": [
        { "id": 7, "user_name": "bob", "passwd": "123gxopp", "t": 1_463_581_379, "u": "2048", "d": 2048,
          "transfer_enable": 23_166_189_568_i64, "port": 21567, "switch": 1, "enable": 1, "method": "rc4-md5" },
        { "id": 9, "user_name": "bob", "passwd": "abc", "t": 0, "u": 0, "d": 0,
          "transfer_enable": 0, "port": "21568", "switch": 1, "enable": 0, "method": "aes-256-cfb", "is_admin": 0 },
    ] });
    let file = home.file("list.json", list.to_string());
    home.run(&["import", file.to_str().unwrap()]).ok().prints("2 users");
    let bob = home.run(&["user", "show", "7", "--json"]).json();
    assert_eq!((&bob["u"], &bob["port"], &bob["t"]), (&json!(2048), &json!(21567), &json!(1_463_581_379)));
    assert_eq!(bob["quota"], 23_166_189_568_i64);
    let second = home.run(&["user", "show", "9", "--json"]).json();
    assert_eq!((&second["name"], &second["switch"]), (&json!("bob 9"), &json!(0)));

    let row = |id: i64, port: i64| json!({ "id": id, "passwd": "a", "u": 0, "d": 0, "transfer_enable": 1, "port": port, "switch": 1, "enable": 1, "method": "aes-256-gcm" });
    let before = home.run(&["export"]).ok().out();
    for (bad, words) in [
        (
            json!([row(20, 1), row(7, 2)]),
            "1 user of the list cannot be imported, so nothing was:\n  user 2: there is or was a user with the id 7",
        ),
        (json!([row(20, 1), row(21, 21567)]), "user 2: port 21567"),
        (json!([row(20, 1), row(20, 2)]), "the id 20"),
        (json!([row(20, 1), row(21, 0)]), "user 2: `0` isn't a valid port"),
        (json!([row(20, 1), 5]), "entry 2 is no object"),
        (json!([]), "no user in it"),
        (json!({ "users": [] }), "no array `data`"),
    ] {
        home.feed(&["import", "-"], &bad.to_string()).fails_with_a_list(words);
    }
    home.feed(&["import", "-"], "{\"data\":[").fails("this isn't a list of users");
    assert_eq!(home.run(&["export"]).ok().out(), before, "all or nothing");
}

#[test]
fn the_node_token_is_generated_and_rotated() {
    let home = Home::new();
    let token = home.run(&["token"]).ok().out();
    assert!(token.trim().len() >= 22 && token.trim().chars().all(|c| c.is_ascii_alphanumeric()), "{token}");
    assert_eq!(home.run(&["token"]).ok().out(), token);
    let rotated = home.run(&["token", "--rotate"]).ok().out();
    assert_ne!(rotated, token);
    assert_eq!(home.run(&["token"]).ok().out(), rotated);
}

#[test]
fn a_backup_is_put_back_and_the_present_one_is_kept() {
    let home = Home::new();
    home.run(&["user", "add", "alice"]).ok();
    home.run(&["backup", "safe.db"]).ok().prints("1 user and 0 nodes");
    home.run(&["user", "add", "bob"]).ok();
    let server = home.serve();
    home.run(&["restore", "safe.db"]).fails("a server is running");
    drop(server);
    home.run(&["restore", "safe.db"]).ok().prints("what it had before");
    home.run(&["user", "list"]).ok().prints("alice");
    home.run(&["user", "show", "bob"]).fails("no user `bob`");
    let kept =
        std::fs::read_dir(home.path("")).unwrap().flatten().map(|entry| entry.file_name().into_string().unwrap());
    let kept = kept.into_iter().find(|name| name.contains("before-restore")).unwrap();
    home.run(&["--db", &kept, "user", "show", "bob"]).ok();
    let nonsense = home.file("nonsense.db", "not a database, but long enough to look like one of them");
    home.run(&["restore", nonsense.to_str().unwrap()]).fails("isn't a mu-panel database");
    home.run(&["user", "show", "alice"]).ok();
}

/// An admin who moves a broken database out of the way leaves its log there.
#[test]
fn a_log_without_its_database_is_not_taken_for_that_of_a_backup() {
    let home = Home::new();
    home.run(&["user", "add", "alice"]).ok();
    home.run(&["backup", "safe.db"]).ok();
    let mut server = home.serve();
    let token = home.token();
    for later in ["bob", "carol", "dave"] {
        home.run(&["user", "add", later]).ok();
        assert_eq!(server.call(&token, "POST", "/mu/v2/users/1/traffic", "u=1000&d=1&node_id=1").0, 200);
    }
    server.stop();
    assert!(std::fs::metadata(home.path("mu-panel.db-wal")).unwrap().len() > 0);
    std::fs::rename(home.db(), home.path("broken.db")).unwrap();
    let before = std::fs::read(home.path("mu-panel.db-wal")).unwrap();
    for command in [&["user", "list"][..], &["serve", "--listen", "127.0.0.1:0"]] {
        home.run(command).fails("put the database back beside it, or move it away too");
    }
    assert!(!home.db().exists() && std::fs::read(home.path("mu-panel.db-wal")).unwrap() == before);
    home.run(&["restore", "safe.db"]).ok().prints("1 user and 0 nodes").prints("the log of one that was there before");
    home.run(&["check"]).ok().prints("is sound: 1 user and 0 nodes");
    assert!(home.run(&["user", "list"]).ok().out().contains("alice"));
    home.run(&["user", "show", "alice"]).ok().prints("uploaded        0 B");
    // What was moved out of the way can still be looked at, with its log.
    let kept = std::fs::read_dir(home.path("")).unwrap().flatten().map(|entry| entry.path());
    let log = kept
        .into_iter()
        .find(|path| path.to_str().unwrap().ends_with("-wal") && path.to_str().unwrap().contains("before-restore"));
    std::fs::rename(log.unwrap(), home.path("broken.db-wal")).unwrap();
    home.run(&["--db", "broken.db", "check"]).ok().prints("4 users and 1 node");
}

/// A browser that was signed in when a backup was made may have been signed out since.
#[test]
fn nobody_is_signed_in_to_a_backup_that_is_put_back() {
    let home = Home::new().with_password();
    let server = home.serve();
    let _signed_in = Browser::sign_in(&server);
    home.run(&["backup", "safe.db"]).ok();
    drop(server);
    home.run(&["restore", "safe.db"]).ok();
    let sign_ins = |file| rows(&Connection::open(home.path(file)).unwrap(), "SELECT count(*) FROM session").concat();
    assert_eq!(sign_ins("safe.db"), [Value::Integer(1)]);
    assert_eq!(sign_ins("mu-panel.db"), [Value::Integer(0)]);
}

#[test]
fn check_tells_a_sound_database_from_a_broken_one() {
    let home = Home::new();
    home.run(&["check"]).fails("no file");
    for name in ["a", "b", "c"] {
        home.run(&["user", "add", name]).ok();
    }
    home.run(&["check"]).ok().prints("is sound: 3 users");
    let mut bytes = std::fs::read(home.db()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0xA5);
    std::fs::write(home.db(), bytes).unwrap();
    home.run(&["check"]).fails("is damaged");
}

#[test]
fn a_list_that_nobody_reads_to_its_end_is_no_fault() {
    let home = Home::new();
    home.run(&["user", "add", "alice"]).ok();
    let line = format!("{} user list --json | true", env!("CARGO_BIN_EXE_mu-panel"));
    let output =
        std::process::Command::new("bash").args(["-o", "pipefail", "-c", &line]).current_dir(home.path("")).output();
    assert_eq!(String::from_utf8(output.unwrap().stderr).unwrap(), "");
}

#[test]
fn long_work_shows_on_a_terminal_how_far_it_is_and_nowhere_else() {
    let home = Home::new();
    for name in ["alice", "bob", "carol"] {
        home.run(&["user", "add", name]).ok();
    }
    let list = home.run(&["export"]).ok().out();
    home.file("list.json", &list);
    home.run(&["backup", "copy.db"]).ok();
    let half = "[###################-----------]  66 %";
    for (arguments, words) in [
        (&["export"][..], &["Listing the users…", "Listing the users [", half][..]),
        (&["export", "--format", "csv"], &["Listing the users…", half]),
        (&["backup", "another.db"], &["Checking the database…"]),
        (&["restore", "copy.db"], &["Checking the database…"]),
        (&["--db", "other.db", "import", "list.json"], &["Reading the file…", "Adding users [", half]),
    ] {
        let (ran, seen) = home.run_on_terminal(arguments);
        let printed = ran.ok().out();
        for words in words {
            assert!(seen.contains(words), "{arguments:?}: {seen:?}");
        }
        assert!(seen.ends_with("\r\u{1b}[K"), "the line is empty again: {seen:?}");
        assert!(!printed.contains(['\r', '\u{1b}']), "{printed:?}");
        if arguments == ["export"] {
            assert_eq!(printed, list, "what is printed is the same");
        }
    }
    assert_eq!(home.run(&["export"]).ok().err(), "");
}

/// A database that was tampered with must not steer the terminal that shows what is in it.
#[test]
fn control_characters_of_a_database_are_not_printed_raw() {
    let home = Home::new();
    home.run(&["user", "add", "alice", "--note", "two\nlines"]).ok();
    let database = Connection::open(home.db()).unwrap();
    let evil = "char(27) || ']0;owned' || char(7) || char(155) || '31m' || char(13)";
    let sql = format!(
        "UPDATE user SET name = {evil} || name, note = note || {evil}; \
         INSERT INTO node (id, created, load, ip) VALUES (1, 1, {evil}, {evil})"
    );
    database.execute_batch(&sql).unwrap();
    for arguments in [
        &["user", "list"][..],
        &["user", "list", "--json"],
        &["user", "show", "1"],
        &["user", "off", "1"],
        &["export"],
        &["export", "--format", "csv"],
        &["node", "list"],
        &["node", "list", "--json"],
        &["user", "show", "nobody\u{1b}[31m"],
        &["check"],
    ] {
        let ran = home.run(arguments);
        let printed = ran.out() + &ran.err();
        let raw: Vec<char> = printed.chars().filter(|c| c.is_control() && !matches!(c, '\n' | '\t')).collect();
        assert!(raw.is_empty(), "{arguments:?}: {printed:?}");
    }
    home.run(&["export"]).ok().json();
    home.run(&["user", "show", "1"]).ok().prints("two").prints("lines");
}

#[test]
fn others_can_neither_hold_the_lock_nor_see_the_backups() {
    let home = Home::new();
    let mode = |name: &str| std::fs::metadata(home.path(name)).unwrap().permissions().mode() & 0o777;
    // One from before it was made so.
    std::fs::write(home.path("mu-panel.db-lock"), "").unwrap();
    std::fs::set_permissions(home.path("mu-panel.db-lock"), Permissions::from_mode(0o666)).unwrap();
    home.run(&["user", "add", "alice"]).ok();
    let _served = home.serve();
    wait_until("the daily backup", || home.path("backups").is_dir() && mode("backups") == 0o700);
    assert_eq!(mode("mu-panel.db-lock"), 0o600);
}

#[test]
fn what_a_user_connects_with_is_printed() {
    let home = Home::new();
    home.run(&["user", "add", "alice", "--passwd", "secret", "--method", "aes-256-gcm"]).ok().prints("page");
    home.run(&["user", "link", "alice"]).fails("no node has an address");
    Panel::at(&home.db()).node().get("/mu/nodes/1/users").is(200);
    home.run(&["node", "set", "1", "--name", "Tokyo", "--address", "tokyo.example.net"]).ok();
    let link = "ss://YWVzLTI1Ni1nY206c2VjcmV0@tokyo.example.net:20001#Tokyo";
    let printed = home.run(&["user", "link", "alice"]).ok().out();
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!((lines[0], lines.len()), (link, 2));
    assert!(lines[1].contains("/u/"), "{printed}");
    home.run(&["user", "show", "alice"]).ok().prints(&format!("link            {link}"));
    home.run(&["user", "set", "alice", "--note", "x"]).ok().prints(link);
    let code = home.run(&["user", "link", "alice", "--qr"]).ok().out();
    let rows: Vec<&str> = code.lines().skip(2).collect();
    assert!(rows.len() > 15 && rows.iter().all(|row| row.chars().all(|c| "█▀▄ ".contains(c))), "{code}");
    // What a camera sees: each line is two rows of modules, light ones drawn.
    let side = rows[0].chars().count();
    assert!(rows.iter().all(|row| row.chars().count() == side), "{code}");
    let luma: Vec<Vec<bool>> = rows
        .iter()
        .flat_map(|row| {
            let pick = |light: &'static str| row.chars().map(|c| !light.contains(c)).collect::<Vec<bool>>();
            [pick("█▀"), pick("█▄")]
        })
        .collect();
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(side * 4, side * 4, |x, y| {
        if luma.get(y / 4).is_some_and(|row| row[x / 4]) { 0 } else { 255 }
    });
    assert_eq!(picture.detect_grids()[0].decode().unwrap().1, link);
}

/// The first link is of a node that has been there, if there is one.
#[test]
fn links_to_nodes_that_have_never_connected_come_last() {
    let home = Home::new();
    home.run(&["user", "add", "alice"]).ok();
    let panel = Panel::at(&home.db());
    for (name, address) in [("Tokyo", "a.example"), ("Paris", "b.example")] {
        let (name, address) = (NodeName::parse(name).unwrap(), Address::parse(address).unwrap());
        panel.app.store.add_node(NodeDraft { name, address, ..NodeDraft::default() }, panel.now()).unwrap();
    }
    panel.node().get("/mu/nodes/2/users").is(200);
    let ran = home.run(&["user", "link", "alice"]).ok();
    let (printed, told) = (ran.out(), ran.err());
    let at = |text: &str| printed.find(text).unwrap_or_else(|| panic!("no {text} in {printed}"));
    assert!(at("@b.example:") < at("@a.example:"), "{printed}");
    assert!(told.contains("warning: Tokyo has not connected to the panel yet") && !told.contains("Paris"), "{told}");
}

/// Links of the command line have the public address that is set, else the name that HTTPS is served for.
#[test]
fn addresses_of_pages_follow_the_public_address() {
    let home = Home::new();
    home.run(&["node", "set", "1", "--address", "tokyo.example"]).fails("there is no node `1`");
    let token = home.run(&["token"]).ok().out().trim().to_owned();
    let served = home.serve_with(&["--base-path", "/p"], &[]);
    served.call(&token, "GET", "/p/mu/v2/nodes/1/users", "");
    home.run(&["node", "set", "1", "--address", "tokyo.example"]).ok();
    let added = home.run(&["user", "add", "anna"]).ok().out();
    let secret = added.split_once("/u/").unwrap().1.lines().next().unwrap().to_owned();
    assert!(added.contains(&format!("https://<address of the panel>/p/u/{secret}")), "{added}");
    home.feed(&["password"], "correct horse\n").ok();
    let mut browser = Visitor::new(&served);
    browser.sign_in("/p/login");
    browser.get("/p/settings");
    assert_eq!(browser.submit("/p/settings/address", "address=panel.example%2Fp").status, 303);
    for command in
        [&["show", "anna"][..], &["link", "anna"], &["link", "anna", "--qr"], &["set", "anna", "--note", "x"]]
    {
        let out = home.run(&[&["user"], command].concat()).ok().out();
        assert!(out.contains(&format!("https://panel.example/p/u/{secret}")), "{command:?}: {out}");
        assert!(out.contains("ss://") && !out.contains("<address"), "{command:?}: {out}");
    }
}

#[test]
fn a_node_is_removed_and_muted_by_command() {
    let home = Home::new();
    Panel::at(&home.db()).node().get("/mu/nodes/7/users").is(200);
    home.run(&["node", "mute", "7"]).ok().prints("raises no alarm");
    home.run(&["node", "list", "--json"]).ok().prints("\"muted\": true");
    home.run(&["node", "unmute", "7"]).ok();
    home.run(&["node", "remove", "7"]).ok().prints("node restore 7");
    home.run(&["node", "list", "--json"]).ok().prints("[]");
    home.run(&["node", "restore", "7"]).ok();
    home.run(&["node", "list"]).ok().prints("7");
    home.run(&["node", "remove", "8"]).fails("no node `8`");
}
