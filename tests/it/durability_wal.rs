//! The log of the database beside programs that copy it elsewhere as it grows: they find it as they need it, and it
//! does not grow for ever.

use crate::{
    client::Client,
    durability_many::numbers,
    process::{Home, Served},
    wire::rows,
};
use rusqlite::{Connection, types::Value};
use std::{path::PathBuf, process::Command};

const MIB: u64 = 1 << 20;

fn log_of(home: &Home) -> PathBuf {
    PathBuf::from(format!("{}-wal", home.db().display()))
}

fn length(home: &Home) -> u64 {
    log_of(home).metadata().map_or(0, |meta| meta.len())
}

/// The random numbers in the head of the log, which change when it begins anew.
fn salts(home: &Home) -> Vec<u8> {
    std::fs::read(log_of(home)).unwrap()[16..24].to_vec()
}

/// Batches that change many pages each.
fn load(server: &Served, token: &str, batches: usize) {
    let mut to = Client::node(server.address, token).unwrap();
    let rows: Vec<String> = (1..=300).map(|id| format!(r#"{{"user_id":{id},"u":1,"d":1}}"#)).collect();
    let body = format!("[{}]", rows.join(","));
    for _ in 0..batches {
        assert_eq!(to.post("/mu/nodes/1/traffic", &body).unwrap().0, 200);
    }
}

fn furnished(home: &Home) -> String {
    let people: Vec<String> = (1..=300)
        .map(|id| format!(r#"{{"id":{id},"name":"friend {id}","port":{},"passwd":"secret"}}"#, 20_000 + id))
        .collect();
    home.run(&["import", home.file("people.json", format!("[{}]", people.join(","))).to_str().unwrap()]).ok();
    home.run(&["token"]).ok().out().trim().to_owned()
}

/// As a replicator does: it holds a read transaction, so that no other program begins the log anew before it has been
/// copied.
fn hold(home: &Home) -> Connection {
    let reader = Connection::open(home.db()).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    assert_eq!(rows(&reader, "SELECT count(*) FROM user").concat(), [Value::Integer(300)]);
    reader
}

#[test]
fn the_log_is_bounded_when_nobody_holds_it() {
    let home = Home::new();
    let token = furnished(&home);
    let server = home.serve_with(&["--backup-dir", "none"], &[]);
    load(&server, &token, 150);
    let usual = length(&home);
    assert!(usual < 6 * MIB, "the log has {usual} bytes");
    let reader = hold(&home);
    load(&server, &token, 300);
    let held = length(&home);
    assert!(held > 10 * MIB, "the log has only {held} bytes while a reader holds it");
    drop(reader);
    load(&server, &token, 150);
    let after = length(&home);
    println!("log: {usual} bytes under load, {held} while a reader held it, {after} afterwards");
    assert!(after <= 8 * MIB, "the log still has {after} bytes");
}

/// While another process reads, the log is neither begun anew nor cut, whatever the server and the command line do.
#[test]
fn a_replicator_is_not_disturbed() {
    let home = Home::new();
    let token = furnished(&home);
    let mut server = home.serve_with(&["--backup-dir", "none"], &[]);
    load(&server, &token, 1);
    let replicator = hold(&home);
    let (before, seen) = (salts(&home), numbers(&home.db(), "SELECT sum(u) FROM user"));
    let mut shortest = length(&home);
    let mut undisturbed = |what: &str| {
        assert_eq!(salts(&home), before, "the log was begun anew by {what}");
        assert!(length(&home) >= shortest, "the log was cut by {what}");
        shortest = length(&home);
        let mode = rows(&Connection::open(home.db()).unwrap(), "PRAGMA journal_mode").concat();
        assert_eq!(mode, [Value::Text("wal".to_owned())], "{what}");
        assert_eq!(rows(&replicator, "SELECT sum(u) FROM user").concat(), [Value::Integer(seen[0][0])], "{what}");
    };
    load(&server, &token, 60);
    undisturbed("load");
    let copy = home.path("copy.db");
    for command in [
        &["backup", copy.to_str().unwrap()][..],
        &["check"],
        &["user", "add", "alice"],
        &["user", "remove", "alice"],
        &["export"],
        &["token"],
    ] {
        home.run(command).ok();
        undisturbed(&format!("{command:?}"));
    }
    home.run(&["restore", copy.to_str().unwrap()]).fails("a server is running");
    undisturbed("a restore that was refused");
    let began = std::time::Instant::now();
    assert!(Command::new("kill").arg(server.id().to_string()).status().unwrap().success());
    while !server.line().is_empty() {}
    println!("with a replicator beside it, it stops in {:?}", began.elapsed());
    undisturbed("a stop");
    server = home.serve_with(&["--backup-dir", "none"], &[]);
    load(&server, &token, 3);
    undisturbed("a start");
    server.stop();
    undisturbed("a kill");
    drop(replicator);
    assert_eq!(numbers(&home.db(), "SELECT min(u), max(u) FROM user WHERE id <= 300").concat(), [64, 64]);
    home.run(&["check"]).ok();
}
