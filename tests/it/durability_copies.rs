//! Copies of a database that is written all the time, putting one back, and the one that is made every day.

use crate::{
    client::Client,
    durability_many::{numbers, sums_fit},
    process::{Home, Served, wait_until},
    support::programs::{missing, skip},
    wire::rows,
};
use mu_panel::store::check_file;
use rusqlite::Connection;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

/// A panel with a year of history, so that copying it takes a while; its token.
pub fn furnished(home: &Home) -> String {
    for name in ["alice", "bob", "carol"] {
        home.run(&["user", "add", name]).ok();
    }
    let fill = "
        INSERT INTO node (id, created) VALUES (1, 0);
        WITH RECURSIVE hours (hour) AS (SELECT 1700000000 / 3600 * 3600
            UNION ALL SELECT hour + 3600 FROM hours LIMIT 100000)
            INSERT INTO traffic SELECT hour, 1 + hour / 3600 % 3, 1, 1, 2 FROM hours;
        UPDATE user SET (u, d) = (SELECT sum(u), sum(d) FROM traffic WHERE user = id);
        UPDATE node SET (u, d) = (SELECT sum(u), sum(d) FROM traffic);
        INSERT INTO setting VALUES ('folded_until', '2026-01-01');";
    Connection::open(home.db()).unwrap().execute_batch(fill).unwrap();
    home.run(&["token"]).ok().out().trim().to_owned()
}

/// Reports one after the other until told to end; the longest time from one answer to the next, and how many there
/// were.
fn report_on(server: &Served, token: &str, user: i64, over: &AtomicBool) -> (Duration, i64) {
    let mut to = Client::node(server.address, token).unwrap();
    let (mut longest, mut count) = (Duration::ZERO, 0);
    let mut last = Instant::now();
    while !over.load(Ordering::Relaxed) {
        let answered = to.post(&format!("/mu/users/{user}/traffic"), "u=1&d=2&node_id=1").unwrap();
        assert_eq!(answered.0, 200, "{}", answered.1);
        longest = longest.max(last.elapsed());
        last = Instant::now();
        count += 1;
    }
    (longest, count)
}

/// Does something while three users report all the time; what it returned, the longest gap between two answers to one
/// of them.
pub fn under_load<T>(server: &Served, token: &str, work: impl FnOnce() -> T) -> (T, Duration, i64) {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let over = &over;
        let loads: Vec<_> = (1..=3).map(|user| scope.spawn(move || report_on(server, token, user, over))).collect();
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        over.store(true, Ordering::Relaxed);
        let loads: Vec<_> = loads.into_iter().map(|load| load.join().unwrap()).collect();
        let longest = loads.iter().map(|(longest, _)| *longest).max().unwrap();
        (done.unwrap(), longest, loads.iter().map(|(_, count)| count).sum())
    })
}

#[test]
fn a_copy_under_load_is_of_one_moment_and_holds_nobody_up() {
    let home = Home::new();
    let token = furnished(&home);
    let server = home.serve_with(&["--backup-dir", "none"], &[]);
    let copies: Vec<PathBuf> = (0..6).map(|number| home.path(&format!("copy-{number}.db"))).collect();
    let began = Instant::now();
    let ((), longest, reports) = under_load(&server, &token, || {
        for copy in &copies {
            home.run(&["backup", copy.to_str().unwrap()]).ok().prints("3 users and 1 node");
        }
    });
    let size = copies[0].metadata().unwrap().len() >> 10;
    println!(
        "{} copies of {size} KiB in {:?} beside {reports} reports: longest gap between two answers {longest:?}",
        copies.len(),
        began.elapsed()
    );
    let sums: Vec<i64> = copies.iter().map(|copy| sums_fit(copy)).collect();
    assert!(sums.is_sorted() && sums[0] < sums[copies.len() - 1], "written all the time: {sums:?}");
    drop(server);
    for copy in &copies {
        assert_eq!(fs::metadata(format!("{}-wal", copy.display())).map_or(0, |log| log.len()), 0, "a copy is one file");
        home.run(&["--db", copy.to_str().unwrap(), "check"]).ok().prints("is sound");
    }
    let last = sums_fit(&home.db());
    home.run(&["restore", copies[2].to_str().unwrap()]).ok().prints("what it had before");
    home.run(&["check"]).ok().prints("is sound");
    assert_eq!(sums_fit(&home.db()), sums[2]);
    let kept = files(&home.path("."), "before-restore");
    assert_eq!(kept.len(), 1);
    assert_eq!(sums_fit(&kept[0]), last, "what was there before is kept, with what was still in its log");
    let server = home.serve();
    assert_eq!(Client::node(server.address, &token).unwrap().get("/mu/v2/users").unwrap().0, 200);
}

/// The files in a folder with `part` in their names.
pub fn files(folder: &Path, part: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.file_name().unwrap().to_str().unwrap().contains(part));
    files.sort();
    files
}

/// Whether this machine lets a test step in at a program's calls of a kind; if it does not, that is said.
pub fn can_trace() -> bool {
    if missing(&["strace"]) {
        return false;
    }
    let mut tried = Command::new("strace");
    tried.args(["-f", "-o", "/dev/null", "true"]).stdout(Stdio::null()).stderr(Stdio::null());
    let can = tried.status().unwrap().success();
    if !can {
        skip("no program can be traced by `strace` here");
    }
    can
}

/// At every moment there is a whole database under the name: the one from before with all that was answered, or the one
/// put back.
#[test]
fn putting_back_can_be_killed_at_any_step() {
    if !can_trace() {
        return;
    }
    let home = Home::new();
    let token = furnished(&home);
    let copy = home.path("copy.db");
    home.run(&["backup", copy.to_str().unwrap()]).ok();
    let old = sums_fit(&copy);
    let mut outcomes = String::new();
    // By its calls of each kind, until there is no further one and it ends by itself.
    let (mut kinds, mut step) = (["fsync", "linkat", "rename", "unlink"].iter().peekable(), 0);
    while let Some(kind) = kinds.peek() {
        step += 1;
        // A server that was killed leaves its last reports in the log.
        let mut server = home.serve_with(&["--backup-dir", "none"], &[]);
        let mut to = Client::node(server.address, &token).unwrap();
        for _ in 0..3 {
            assert_eq!(to.post("/mu/users/1/traffic", "u=1&d=2&node_id=1").unwrap().0, 200);
        }
        server.stop();
        let new = sums_of_live(&home);
        let kill = format!("inject={kind}:signal=KILL:when={step}");
        let mut restore = Command::new("strace");
        restore.args(["-f", "-o", "/dev/null", "-e", &kill, env!("CARGO_BIN_EXE_mu-panel"), "restore"]);
        restore.arg(&copy).current_dir(home.path(".")).stdout(Stdio::null()).stderr(Stdio::null());
        let whole = restore.status().unwrap().success();
        let checked = check_file(&home.db()).unwrap();
        assert!(checked.faults.is_empty() && checked.users == 3, "{kind} {step}: {checked:?}");
        outcomes.push(match sums_fit(&home.db()) {
            sum if sum == new => 'o',
            sum if sum == old => 'n',
            sum => panic!("{kind} {step}: {sum} is neither {old} nor {new}"),
        });
        for kept in files(&home.path("."), "before-restore") {
            assert_eq!(sums_fit(&kept), new, "{kind} {step}: what is kept is whole");
            fs::remove_file(kept).unwrap();
        }
        if whole {
            (_, step) = (kinds.next(), 0);
        }
    }
    println!("killed at each step of putting back, the old (o) or the new one (n) was there: {outcomes}");
    assert!(outcomes.len() > 12 && outcomes.starts_with('o') && outcomes.ends_with('n'), "{outcomes}");
}

/// The sum as it is in the file and its log, without opening either: opening would empty the log.
fn sums_of_live(home: &Home) -> i64 {
    let look = home.path("look.db");
    for suffix in ["", "-wal"] {
        fs::copy(format!("{}{suffix}", home.db().display()), format!("{}{suffix}", look.display())).unwrap();
    }
    let sum = sums_fit(&look);
    for file in files(&home.path("."), "look.db") {
        fs::remove_file(file).unwrap();
    }
    sum
}

#[test]
fn putting_back_waits_for_no_reader_and_takes_no_log_away_from_one() {
    let home = Home::new();
    furnished(&home);
    let copy = home.path("copy.db");
    home.run(&["backup", copy.to_str().unwrap()]).ok();
    let before = sums_fit(&home.db());
    let reader = Connection::open(home.db()).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM user").unwrap();
    assert_eq!(rows(&reader, "SELECT count(*) FROM user").len(), 1);
    home.run(&["restore", copy.to_str().unwrap()]).fails("busy");
    assert_eq!(files(&home.path("."), "restor"), Vec::<PathBuf>::new(), "nothing is left");
    drop(reader);
    assert_eq!(sums_fit(&home.db()), before);
    home.run(&["restore", copy.to_str().unwrap()]).ok();
}

#[test]
fn a_backup_is_made_every_day_and_looked_at() {
    let home = Home::new();
    furnished(&home);
    let folder = home.path("backups");
    let server = home.serve();
    wait_until("there is a backup", || files(&folder, "mu-panel-2").len() == 1);
    let backup = files(&folder, "mu-panel-2").remove(0);
    let checked = check_file(&backup).unwrap();
    assert!(checked.faults.is_empty() && checked.users == 3, "{checked:?}");
    assert_eq!(sums_fit(&backup), sums_fit(&home.db()));
    wait_until("it says so", || server.log().contains("backed up 3 users"));
    drop(server);
    let first = fs::read(&backup).unwrap();
    let server = home.serve();
    let token = home.run(&["token"]).ok().out().trim().to_owned();
    assert_eq!(server.call(&token, "GET", "/mu/v2", "").0, 200);
    drop(server);
    assert_eq!(files(&folder, "mu-panel-").len(), 1, "one a day is enough");
    assert!(fs::read(&backup).unwrap() == first);
}

/// A database whose copy is not sound is not called backed up.
#[test]
fn a_backup_that_is_not_sound_is_none() {
    let home = Home::new();
    furnished(&home);
    Connection::open(home.db()).unwrap().execute_batch("UPDATE node SET u = u + 1000").unwrap();
    let folder = home.path("backups");
    let server = home.serve();
    wait_until("it says so", || server.log().contains("the daily backup"));
    server.says("whose total is not the sum");
    assert_eq!(files(&folder, "mu-panel-2"), Vec::<PathBuf>::new());
}

#[test]
fn a_folder_that_cannot_be_written_stops_nothing() {
    let home = Home::new();
    let token = furnished(&home);
    let file = home.file("file", "no folder");
    let place = file.join("backups");
    let server = home.serve_with(&["--backup-dir", place.to_str().unwrap()], &[]);
    wait_until("it says so", || server.log().contains("the daily backup in"));
    server.says("failed");
    assert_eq!(server.call(&token, "POST", "/mu/users/1/traffic", "u=1&d=1&node_id=1").0, 200);
    assert_eq!(numbers(&home.db(), "SELECT count(*) FROM user").concat(), [3]);
    let no_copies = home.path("none");
    drop(server);
    let server = home.serve_with(&["--backup-dir", "none"], &[]);
    assert_eq!(server.call(&token, "GET", "/mu/v2", "").0, 200);
    assert!(!no_copies.exists() && !server.log().contains("backed up"));
}
