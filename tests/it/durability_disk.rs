//! A disk that is full or cannot be written, and files that are no database of ours: nothing is half done, and nothing
//! is lost.

use crate::{
    client::{Browser, Client},
    panel::PASSWORD,
    process::{Home, Served},
    support::programs::skip,
    wire::rows,
};
use mu_panel::store::check_file;
use rusqlite::{Connection, types::Value};
use rustix::process::Signal;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicI64, AtomicUsize, Ordering::SeqCst},
    thread,
};

/// Users in a batch: enough that it takes many pages.
const USERS: i64 = 400;

/// A panel with [`USERS`] users and a password, not started yet; its token.
fn furnished(home: &Home) -> String {
    let people: Vec<String> = (1..=USERS)
        .map(|id| format!(r#"{{"id":{id},"name":"friend {id}","port":{},"passwd":"secret"}}"#, 20_000 + id))
        .collect();
    home.run(&["import", home.file("people.json", format!("[{}]", people.join(","))).to_str().unwrap()]).ok();
    home.feed(&["password"], PASSWORD).ok();
    home.run(&["token"]).ok().out().trim().to_owned()
}

fn serve(home: &Home) -> Served {
    home.serve_with(&["--backup-dir", "none"], &[])
}

fn batch(bytes: i64) -> String {
    let rows: Vec<String> =
        (1..=USERS).map(|id| format!(r#"{{"user_id":{id},"u":{bytes},"d":{}}}"#, bytes * 2)).collect();
    format!("[{}]", rows.join(","))
}

/// Sends each kind of report until it fails, the largest first, as a disk fills up. What was answered 200 is added to
/// `sums`: what every user has uploaded, and what the first one has beyond that.
fn report_until_it_fails(client: &mut Client, sums: &mut (i64, i64)) {
    for (path, body, counted) in [
        ("/mu/v2/nodes/1/traffic", batch(1), (1, 0)),
        ("/mu/users/1/traffic", "u=1&d=2&node_id=1".to_owned(), (0, 1)),
        ("/mu/nodes/1/online_count", "count={number}".to_owned(), (0, 0)),
    ] {
        let mut tries = 0..10_000;
        loop {
            let number = tries.next().expect("it fails in the end").to_string();
            // What is there already would not have to be written again.
            match client.post(path, &body.replace("{number}", &number)).unwrap() {
                (200, _) => *sums = (sums.0 + counted.0, sums.1 + counted.1),
                (status, body) => break refused(status, &body),
            }
        }
    }
    for (path, body) in [
        ("/mu/v2/nodes/1/traffic", batch(5)),
        ("/mu/v2/nodes/77/traffic", batch(5)),
        ("/mu/users/1/traffic", "u=5&d=10&node_id=1".to_owned()),
        ("/mu/nodes/1/info", "load=9&uptime=9".to_owned()),
    ] {
        let (status, body) = client.post(path, &body).unwrap();
        refused(status, &body);
    }
}

#[track_caller]
fn refused(status: u16, body: &str) {
    assert_eq!(status, 503, "{body}");
    let said: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(said["ret"], 0, "{body}");
    let words = said["msg"].as_str().unwrap();
    assert!(words.contains("nothing was changed") && (words.contains("disk") || words.contains("written")), "{body}");
}

/// Everything that only reads goes on, and tells what was answered 200, no less and no more.
fn reads_go_on(client: &mut Client, browser: &Browser, sums: (i64, i64)) {
    for list in ["/mu/v2/users", "/mu/v2/nodes/1/users"] {
        let (status, list) = client.get(list).unwrap();
        assert_eq!(status, 200, "{list}");
        let list: serde_json::Value = serde_json::from_str(&list).unwrap();
        let list = list["data"].as_array().unwrap();
        assert_eq!(list.len(), usize::try_from(USERS).unwrap());
        for row in list {
            let expected = if row["id"] == 1 { sums.0 + sums.1 } else { sums.0 };
            assert_eq!((&row["u"], &row["d"]), (&expected.into(), &(expected * 2).into()), "{row}");
        }
    }
    assert_eq!(client.get("/mu/nodes/1/v2rayUsers").unwrap().0, 200);
    for (page, words) in [("/", "friend 1"), ("/users/1", "friend 1"), ("/nodes", "/nodes/1"), ("/settings", "token")] {
        let (status, text) = browser.get(page);
        assert!(status == 200 && text.contains(words), "{page}: {status} {text}");
    }
    assert_eq!(client.get("/metrics").unwrap().0, 200);
}

/// What is in the file is what was answered, in every place where it is kept.
fn is_whole(file: &Path, sums: (i64, i64)) {
    let checked = check_file(file).unwrap();
    assert!(checked.faults.is_empty() && checked.nodes == 1, "{checked:?}");
    let database = Connection::open(file).unwrap();
    let history = rows(&database, "SELECT sum(u), sum(d) FROM traffic").concat();
    let all = USERS * sums.0 + sums.1;
    assert_eq!(history, [Value::Integer(all), Value::Integer(all * 2)]);
}

/// Fails, works again and goes on, with whatever it is that makes the disk fail.
fn goes_through_it(server: &mut Served, token: &str, fail: impl Fn(), mend: impl Fn()) -> (i64, i64) {
    let mut client = Client::node(server.address, token).unwrap();
    let browser = Browser::sign_in(server);
    let pid = server.id();
    let mut sums = (1, 0);
    assert_eq!(client.post("/mu/v2/nodes/1/traffic", &batch(1)).unwrap().0, 200);
    for _ in 0..2 {
        assert_eq!(client.get("/healthz").unwrap(), (200, "ok\n".to_owned()));
        fail();
        report_until_it_fails(&mut client, &mut sums);
        // It has just been seen to fail, so it is not believed to be well any longer. But what fits into the last free
        // page may still be written.
        let mut is_well = || {
            let (status, words) = client.get("/healthz").unwrap();
            assert!(status == 200 || status == 503 && words.contains("cannot be written"), "{status} {words}");
            status == 200
        };
        let (well, small) = (is_well(), client.post("/mu/nodes/1/online_count", "count=9").unwrap());
        assert!(!well || small.0 == 200, "it is said to be well: {}", small.1);
        reads_go_on(&mut client, &browser, sums);
        let (status, page) = browser.submit("/users/1/switch", "switch=0&on=0&revision=0");
        assert!(status == 503 && page.contains("othing was changed"), "{status} {page}");
        let (status, _) = browser.submit("/login", "password=whatever");
        assert!(status != 500 && status != 200, "{status}");
        mend();
        assert_eq!(client.post("/mu/v2/nodes/1/traffic", &batch(1)).unwrap().0, 200, "it works again at once");
        assert_eq!(client.post("/mu/users/1/traffic", "u=1&d=2&node_id=1").unwrap().0, 200);
        sums = (sums.0 + 1, sums.1 + 1);
        assert_eq!(client.get("/healthz").unwrap().0, 200);
        reads_go_on(&mut client, &browser, sums);
    }
    assert_eq!(server.id(), pid);
    assert!(!server.log().contains("panicked"), "{}", server.log());
    sums
}

/// Lets a process make no file longer than that, in bytes: `SOFT:HARD`.
fn limit_files(pid: &str, bytes: &str) {
    let done = Command::new("prlimit").args(["--pid", pid, &format!("--fsize={bytes}")]).status().unwrap();
    assert!(done.success());
}

#[test]
fn a_limit_on_file_size_is_a_full_disk() {
    let home = Home::new();
    let token = furnished(&home);
    let mut server = serve(&home);
    let pid = server.id().to_string();
    let limit = |bytes: &str| limit_files(&pid, bytes);
    let log = PathBuf::from(format!("{}-wal", home.db().display()));
    // There is room for some more in the log, but never for the 1,000 pages after which it begins anew: then it would
    // not have to grow.
    let fail = || limit(&format!("{}:unlimited", (log.metadata().unwrap().len() + 60_000).min(900 * 4120)));
    let mend = || limit("unlimited:unlimited");
    let sums = goes_through_it(&mut server, &token, fail, mend);
    server.stop();
    is_whole(&home.db(), sums);
}

/// Many report and some ask whether it is well, all at the same time, while the disk is full and after it.
#[test]
fn a_question_about_a_full_disk_holds_nobody_up() {
    let home = Home::new();
    let token = furnished(&home);
    let mut server = serve(&home);
    let pid = server.id().to_string();
    let limit = |bytes: &str| limit_files(&pid, bytes);
    let report = |user: i64| {
        let mut client = Client::node(server.address, &token).unwrap();
        move || client.post(&format!("/mu/users/{user}/traffic"), "u=1&d=2&node_id=1").unwrap().0
    };
    let log = PathBuf::from(format!("{}-wal", home.db().display()));
    assert_eq!(report(1)(), 200);
    let answered = AtomicI64::new(1);
    for _ in 0..3 {
        limit(&format!("{}:unlimited", (log.metadata().unwrap().len() + 20_000).min(900 * 4120)));
        let reporting = AtomicUsize::new(8);
        thread::scope(|scope| {
            for user in 1..=8 {
                let (mut report, reporting, answered) = (report(user), &reporting, &answered);
                scope.spawn(move || {
                    let mut refused = 0;
                    while refused < 100 {
                        match report() {
                            200 => _ = answered.fetch_add(1, SeqCst),
                            503 => refused += 1,
                            status => panic!("{status}"),
                        }
                    }
                    reporting.fetch_sub(1, SeqCst);
                });
            }
            for _ in 0..3 {
                scope.spawn(|| {
                    let mut client = Client::node(server.address, &token).unwrap();
                    while reporting.load(SeqCst) > 0 {
                        let (status, words) = client.get("/healthz").unwrap();
                        assert!(status == 200 || status == 503, "{status} {words}");
                    }
                });
            }
        });
        limit("unlimited:unlimited");
        for user in 1..=8 {
            assert_eq!(report(user)(), 200);
            answered.fetch_add(1, SeqCst);
        }
        let mut client = Client::node(server.address, &token).unwrap();
        assert_eq!(client.get("/healthz").unwrap().0, 200);
    }
    server.signal(Signal::TERM);
    assert_eq!(server.ended(), Some(0), "{}", server.log());
    is_whole(&home.db(), (0, answered.into_inner()));
}

/// Whether this machine lets a test mount something in a namespace of its own.
fn can_mount() -> bool {
    let mut tried = Command::new("unshare");
    tried.args(["-m", "-r", "sh", "-c", "mount -t tmpfs none /mnt"]).stdout(Stdio::null()).stderr(Stdio::null());
    tried.status().is_ok_and(|status| status.success())
}

#[test]
fn a_small_file_system_that_fills_up() {
    if !can_mount() {
        skip("this machine lets nobody mount");
        return;
    }
    let home = Home::new();
    let token = furnished(&home);
    let small = home.path("small");
    fs::create_dir(&small).unwrap();
    let program = env!("CARGO_BIN_EXE_mu-panel");
    // The mount is in a namespace of its own, seen from outside through the process, and gone with it.
    let script = format!(
        "mount -t tmpfs -o size=3m none {small} && cp {db} {small}/mu-panel.db && \
         exec {program} --db {small}/mu-panel.db serve --listen 127.0.0.1:0 --backup-dir none",
        small = small.display(),
        db = home.db().display()
    );
    let mut command = Command::new("unshare");
    command.args(["-m", "-r", "sh", "-c", &script]).env("TZ", "UTC");
    let mut server = Served::start(command, home.path("log"));
    let inside = PathBuf::from(format!("/proc/{}/root{}", server.id(), small.display()));
    let filler = inside.join("filler");
    let fill = || {
        let mut file = fs::File::create(&filler).unwrap();
        while std::io::Write::write(&mut file, &[7; 4096]).is_ok_and(|written| written > 0) {}
    };
    let sums = goes_through_it(&mut server, &token, fill, || fs::remove_file(&filler).unwrap());
    for suffix in ["", "-wal"] {
        fs::copy(inside.join(format!("mu-panel.db{suffix}")), home.path(&format!("after.db{suffix}"))).unwrap();
    }
    server.stop();
    is_whole(&home.path("after.db"), sums);
}

/// As an administrator does who protects the files, or a file system that protects itself after a fault: also what is
/// open already can be written no more.
#[test]
fn a_database_that_becomes_read_only_under_it() {
    let home = Home::new();
    let token = furnished(&home);
    let mut server = serve(&home);
    let files = ["", "-wal"].map(|suffix| format!("{}{suffix}", home.db().display()));
    let set = |flag: &str| {
        Command::new("chattr")
            .arg(flag)
            .args(&files)
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    if !set("+i") {
        skip("files cannot be made immutable here");
        return;
    }
    let mutable = Mutable(&set);
    (mutable.0)("-i");
    let sums = goes_through_it(&mut server, &token, || assert!(set("+i")), || assert!(set("-i")));
    server.stop();
    drop(mutable);
    is_whole(&home.db(), sums);
}

/// Takes the protection off again when a test fails, so that its folder can be removed.
struct Mutable<'a>(&'a dyn Fn(&str) -> bool);

impl Drop for Mutable<'_> {
    fn drop(&mut self) {
        (self.0)("-i");
    }
}

/// Each is refused with what to do, by every command, and stays as it is to the last byte.
#[test]
fn what_is_no_database_of_ours_is_not_served() {
    let home = Home::new();
    furnished(&home);
    let whole = fs::read(home.db()).unwrap();
    let newer = |version: i32| {
        let file = home.file("making", &whole);
        Connection::open(&file).unwrap().pragma_update(None, "user_version", version).unwrap();
        fs::read(&file).unwrap()
    };
    for (name, bytes, words) in [
        ("text", b"users:\n  - alice\n".repeat(100), "isn't a mu-panel database"),
        ("cut", whole[..whole.len() / 2].to_vec(), "restore"),
        ("cut short", whole[..whole.len() - 1].to_vec(), "restore"),
        ("newer", newer(1_000_000), "newer"),
    ] {
        let file = home.file(name, &bytes);
        let file = file.to_str().unwrap();
        let before = names(&home);
        for command in [&["user", "list"][..], &["token"], &["export"], &["serve", "--listen", "127.0.0.1:0"]] {
            if name == "newer" && command[0] == "serve" {
                serves_nothing_of(&home, file);
            } else {
                home.run(&[&["--db", file], command].concat()).fails(words);
            }
            assert!(fs::read(file).unwrap() == bytes, "`{name}` was changed by {command:?}");
        }
        let more: Vec<String> = names(&home).into_iter().filter(|other| !before.contains(other)).collect();
        assert!(
            more.iter().all(|more| *more == format!("{name}-lock") || more == "log"),
            "`{name}`: {more:?} was left behind"
        );
    }
}

/// A newer database is told of on every page, and nothing of it is given out.
fn serves_nothing_of(home: &Home, file: &str) {
    let mut server = home.serve_with(&["--db", file], &[]);
    assert_eq!(server.call("", "GET", "/users", "").0, 503);
    server.signal(Signal::TERM);
    assert_eq!(server.ended(), Some(1));
}

fn names(home: &Home) -> Vec<String> {
    fs::read_dir(home.path(".")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// One that a newer program was killed at: neither the file nor its log is touched, so that the newer program finds
/// both.
#[test]
fn the_log_of_a_newer_database_is_left_alone() {
    let home = Home::new();
    furnished(&home);
    let newer = Connection::open(home.db()).unwrap();
    newer.pragma_update(None, "user_version", 1_000_000).unwrap();
    let places = ["", "-wal"].map(|suffix| format!("{}{suffix}", home.db().display()));
    let copies = ["", "-wal"].map(|suffix| home.path(&format!("killed.db{suffix}")));
    for (place, copy) in places.iter().zip(&copies) {
        fs::copy(place, copy).unwrap();
    }
    drop(newer);
    let read = || copies.each_ref().map(|file| fs::read(file).unwrap());
    let before = read();
    assert!(!before[1].is_empty());
    let copy = copies[0].to_str().unwrap();
    home.run(&["--db", copy, "user", "list"]).fails("newer");
    assert!(read() == before, "it was changed by `user list`");
    serves_nothing_of(&home, copy);
    assert!(read() == before, "it was changed by `serve`");
}
