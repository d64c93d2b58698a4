//! Litestream beside a panel that is written, killed, stopped and backed up: what it has copied elsewhere is all that
//! was answered.

use crate::{
    client::Client,
    durability_many::sums_fit,
    process::{Home, Running, Served, wait_until},
    support::programs::missing,
};
use mu_panel::store::check_file;
use rustix::process::Signal;
use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
};

const USERS: usize = 300;

fn litestream(arguments: &[&str]) -> Command {
    let mut command = Command::new("litestream");
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Batches and single reports on several connections; returns when all are answered.
fn load(server: &Served, token: &str) {
    let rows: Vec<String> = (1..=USERS).map(|id| format!(r#"{{"user_id":{id},"u":1,"d":1}}"#)).collect();
    let batch = &format!("[{}]", rows.join(","));
    thread::scope(|scope| {
        for client in 1..=4 {
            scope.spawn(move || {
                let mut to = Client::node(server.address, token).unwrap();
                for _ in 0..40 {
                    assert_eq!(to.post(&format!("/mu/nodes/{client}/traffic"), batch).unwrap().0, 200);
                    let one = format!("u=1&d=1&node_id={client}");
                    assert_eq!(to.post(&format!("/mu/users/{client}/traffic"), &one).unwrap().0, 200);
                }
            });
        }
    });
}

#[test]
fn what_is_streamed_elsewhere_is_what_was_answered() {
    if missing(&["litestream"]) {
        return;
    }
    let home = Home::new();
    let people: Vec<String> = (1..=USERS)
        .map(|id| format!(r#"{{"id":{id},"name":"friend {id}","port":{},"passwd":"secret"}}"#, 20_000 + id))
        .collect();
    home.run(&["import", home.file("people.json", format!("[{}]", people.join(","))).to_str().unwrap()]).ok();
    let token = home.run(&["token"]).ok().out().trim().to_owned();
    let (db, elsewhere) = (home.db().display().to_string(), format!("file://{}", home.path("elsewhere").display()));
    let log = home.path("litestream.log");
    let mut replicate = litestream(&["replicate", &db, &elsewhere]);
    let out = fs::File::create(&log).unwrap();
    replicate.stderr(out.try_clone().unwrap()).stdout(out);
    let _running = Running(replicate.spawn().unwrap());
    wait_until("it has begun", || home.path("elsewhere").exists());

    let restored = || -> Option<PathBuf> {
        let file = home.path("restored.db");
        for suffix in ["", "-wal", "-shm", ".tmp"] {
            let _ = fs::remove_file(format!("{}{suffix}", file.display()));
        }
        let done = litestream(&["restore", "-o", file.to_str().unwrap(), &elsewhere]).status().unwrap();
        done.success().then_some(file)
    };
    let arrives = |what: &str| {
        let all = sums_fit(&home.db());
        wait_until(what, || restored().is_some_and(|file| sums_fit(&file) == all));
        let checked = check_file(&home.path("restored.db")).unwrap();
        assert!(checked.faults.is_empty() && checked.users >= 300, "{what}: {checked:?}");
    };
    let start = || home.serve_with(&["--backup-dir", "none"], &[]);
    let mut server = start();
    load(&server, &token);
    arrives("what was reported");
    home.run(&["backup", home.path("copy.db").to_str().unwrap()]).ok();
    home.run(&["user", "add", "alice"]).ok();
    load(&server, &token);
    server.stop();
    server = start();
    load(&server, &token);
    arrives("what was reported before a kill and after it");
    server.signal(Signal::TERM);
    assert_eq!(server.ended(), Some(0));
    server = start();
    load(&server, &token);
    arrives("what was reported before a stop and after it");
    let said = fs::read_to_string(&log).unwrap();
    assert!(!said.contains("WARN") && !said.contains("ERR"), "{said}");
    home.run(&["check"]).ok();
}
