//! A backup that is put back while the server runs: under load, killed at every step, on a full disk, and much larger
//! than what is held in memory.

use crate::{
    client::{Browser, Client},
    durability_copies::{can_trace, files, furnished, under_load},
    durability_many::sums_fit,
    panel::{PASSWORD, between},
    process::{Home, Running, Served, wait_until},
};
use mu_panel::{
    model::untold,
    store::{Store, check_file},
};
use rusqlite::Connection;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
    thread,
};

/// A panel with a year of history and a password, and a backup of it; its token.
fn with_backup(home: &Home) -> (String, PathBuf) {
    let token = furnished(home);
    home.feed(&["password"], PASSWORD).ok();
    let copy = home.path("copy.db");
    home.run(&["backup", copy.to_str().unwrap()]).ok();
    (token, copy)
}

fn serve(home: &Home) -> Served {
    home.serve_with(&["--backup-dir", "none"], &[])
}

#[test]
fn what_is_reported_meanwhile_is_in_the_one_or_in_the_other() {
    let home = Home::new();
    let (token, copy) = with_backup(&home);
    let start = sums_fit(&copy);
    let server = serve(&home);
    let browser = Browser::sign_in(&server);
    let content = fs::read(&copy).unwrap();
    let (kept, longest, reports) = under_load(&server, &token, || {
        let page = browser.send_backup(&content);
        assert!(page.contains("Replace the current database"), "{page}");
        assert_eq!(browser.submit("/restore", "").0, 303);
        let page = browser.watch("/restore");
        assert!(page.contains("The backup with 3 users was restored"), "{page}");
        between(&page, "<code>", "</code>").unwrap()
    });
    drop(server);
    let (kept, last) = (sums_fit(&home.path(&kept)), sums_fit(&home.db()));
    println!("put back beside {reports} reports: longest gap between two answers {longest:?}");
    assert!(kept > start && last > start, "written before and after: {start} {kept} {last}");
    assert_eq!(kept - start + last - start, reports, "what was answered is in what is kept or in what is there now");
    home.run(&["check"]).ok().prints("is sound");
    assert_eq!(files(&home.path("."), "upload"), Vec::<PathBuf>::new());
}

/// At every moment there is a whole database: the one from before with all that was answered, or the one put back.
#[test]
fn putting_back_under_a_running_server_can_be_killed_at_any_step() {
    if !can_trace() {
        return;
    }
    let home = Home::new();
    let (token, copy) = with_backup(&home);
    let (old, content) = (sums_fit(&copy), fs::read(&copy).unwrap());
    let mut outcomes = String::new();
    // The calls of a kind in the thread that does it, until there is no further one. There are thousands of writes, so
    // most are left out.
    for (kind, next) in [
        ("fsync,fdatasync", (|step| step + 1) as fn(u32) -> u32),
        ("rename", |step| step + 1),
        ("unlink", |step| step + 1),
        ("ftruncate", |step| step + 1),
        ("pwrite64", |step| step * 3 + 1),
    ] {
        let mut step = 0;
        loop {
            step = next(step);
            let mut server = serve(&home);
            let mut to = Client::node(server.address, &token).unwrap();
            let browser = Browser::sign_in(&server);
            for _ in 0..3 {
                assert_eq!(to.post("/mu/users/1/traffic", "u=1&d=2&node_id=1").unwrap().0, 200);
            }
            let page = browser.send_backup(&content);
            assert!(page.contains("Replace the current database"), "{page}");
            let now = home.path("now.db");
            let _ = fs::remove_file(&now);
            home.run(&["backup", now.to_str().unwrap()]).ok();
            let new = sums_fit(&now);
            let kill = format!("inject={kind}:signal=KILL:when={step}");
            let mut tracer = Command::new("strace");
            tracer.args(["-f", "-o", "/dev/null", "-e", &kill, "-p", &server.id().to_string()]);
            let mut tracer = Running(tracer.stderr(Stdio::piped()).spawn().unwrap());
            let mut told = BufReader::new(tracer.0.stderr.take().unwrap());
            let mut line = String::new();
            told.read_line(&mut line).unwrap();
            assert!(line.contains("attached"), "{line}");
            let ended = browser.dies_of_putting_back();
            server.stop();
            drop(tracer);
            let checked = check_file(&home.db()).unwrap();
            assert!(checked.faults.is_empty() && checked.users == 3, "{kind} {step}: {checked:?}");
            outcomes.push(match sums_fit(&home.db()) {
                sum if sum == new => 'o',
                sum if sum == old => 'n',
                sum => panic!("{kind} {step}: {sum} is neither {old} nor {new}"),
            });
            for kept in files(&home.path("."), "before-restore") {
                if !kept.to_string_lossy().contains("unfinished") {
                    assert_eq!(sums_fit(&kept), new, "{kind} {step}: what is kept is whole");
                    fs::remove_file(kept).unwrap();
                }
            }
            // Whatever was left is gone with the next start.
            drop(serve(&home));
            let left: Vec<PathBuf> =
                ["upload", "unfinished"].iter().flat_map(|part| files(&home.path("."), part)).collect();
            assert_eq!(left, Vec::<PathBuf>::new(), "{kind} {step}");
            if !ended {
                break;
            }
        }
        outcomes.push(' ');
    }
    println!("killed at each step of putting back, the old (o) or the new one (n) was there: {outcomes}");
    assert!(outcomes.contains("oo") && outcomes.contains('n'), "{outcomes}");
}

#[test]
fn a_full_disk_leaves_everything_as_it_was() {
    let home = Home::new();
    let (token, copy) = with_backup(&home);
    let content = fs::read(&copy).unwrap();
    let server = serve(&home);
    let browser = Browser::sign_in(&server);
    let limit = |bytes: &str| {
        let pid = server.id().to_string();
        let done = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={bytes}:unlimited")]).status();
        assert!(done.unwrap().success());
    };
    // It cannot even be received.
    limit("1000000");
    let address = browser.backup_address();
    let head = format!("POST {address} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", content.len());
    let mut wire = server.wire();
    wire.send([head.as_bytes(), &content].concat());
    assert_eq!(wire.answer().unwrap().status, 507);
    wait_until("nothing is left", || files(&home.path("."), "upload").is_empty());
    limit("unlimited");
    assert!(browser.send_backup(&content).contains("Replace the current database"));
    assert_eq!(
        Client::node(server.address, &token).unwrap().post("/mu/users/1/traffic", "u=1&d=2&node_id=1").unwrap().0,
        200
    );
    // The present one cannot be kept, or what comes does not fit into the log.
    for bytes in ["100000", "1500000"] {
        limit(bytes);
        assert_eq!(browser.submit("/restore", "").0, 303);
        let page = browser.watch("/restore");
        limit("unlimited");
        assert!(
            page.contains("The backup was not restored, and nothing was changed: The disk is full"),
            "{bytes}: {page}"
        );
        assert!(page.contains("Replace the current database"), "it can be tried again");
        assert_eq!(files(&home.path("."), "before-restore"), Vec::<PathBuf>::new(), "{bytes}");
        home.run(&["check"]).ok().prints("is sound");
    }
    assert_eq!(browser.submit("/restore", "").0, 303);
    assert!(browser.watch("/restore").contains("was restored"));
    drop(server);
    assert_eq!(sums_fit(&home.db()), sums_fit(&copy));
    assert_eq!(
        files(&home.path("."), "before-restore").iter().map(|kept| sums_fit(kept)).collect::<Vec<_>>(),
        [sums_fit(&copy) + 1]
    );
}

/// The door refuses it, which knows neither the page nor the language.
#[test]
fn who_sends_a_large_one_from_a_page_that_is_too_old_is_told_to_repeat_it() {
    let home = Home::new();
    let (_, copy) = with_backup(&home);
    let server = serve(&home);
    let browser = Browser::sign_in(&server);
    let old = browser.backup_address();
    for _ in 0..40 {
        browser.backup_address();
    }
    let large = vec![0; 9 << 20];
    let (status, page) = browser.upload(&old, &large);
    assert_eq!(status, 413);
    for words in [
        "This file was not taken: the page that it was sent from is too old",
        "larger than 1 GiB",
        "发送它的页面已过期",
    ] {
        assert!(page.contains(words), "{page}");
    }
    // That connection has ended.
    let page = Browser::sign_in(&server).send_backup(&fs::read(copy).unwrap());
    assert!(page.contains("Replace the current database"), "{page}");
    let (status, words) = Client::node(server.address, "x").unwrap().post("/users", &"x".repeat(9 << 20)).unwrap();
    assert_eq!((status, &*words), (413, "the body is too large\n"), "elsewhere");
}

#[test]
fn a_large_one_needs_no_memory() {
    let home = Home::new();
    let (_, copy) = with_backup(&home);
    let mut kept = Connection::open(&copy).unwrap();
    let fill = kept.transaction().unwrap();
    for _ in 0..60 {
        fill.execute("INSERT INTO refusal (node, at, why) VALUES (1, 0, hex(randomblob(500000)))", ()).unwrap();
    }
    fill.commit().unwrap();
    drop(kept);
    let content = fs::read(&copy).unwrap();
    assert!(content.len() > 50 << 20);
    let server = serve(&home);
    let browser = Browser::sign_in(&server);
    let before = server.status("VmHWM");
    let page = browser.send_backup(&content);
    assert!(page.contains("Replace the current database"), "{page}");
    assert_eq!(browser.submit("/restore", "").0, 303);
    assert!(browser.watch("/restore").contains("was restored"));
    let mut sent = browser.submit_for_file("/settings/backup");
    if sent.is_empty() {
        assert!(browser.watch("/backup").contains("The backup is ready"));
        sent = browser.file("/backup/file");
    }
    assert_eq!(sent.len(), content.len());
    let grown = server.status("VmHWM") - before;
    println!("{} KiB came and went with {grown} KiB of memory", content.len() >> 10);
    assert!(grown < 20 << 10, "{grown} KiB");
}

/// Connections that other threads were just making to it are closed a little after the rest.
#[test]
fn a_backup_with_other_pages_is_taken_in_once_nobody_has_it_open_any_more() {
    let home = Home::new();
    let store = Store::open(&home.db()).unwrap();
    let from = home.path("from.db");
    Connection::open(&from)
        .unwrap()
        .execute_batch("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; VACUUM")
        .unwrap();
    let open = || {
        let files = fs::read_dir("/proc/self/fd").unwrap();
        files.filter_map(|file| fs::read_link(file.ok()?.path()).ok()).filter(|file| *file == from).count()
    };
    drop(Store::open(&from).unwrap());
    // SQLite would give a file that is closed late to whatever opens it next, and none would be seen to be opened.
    wait_until("it to be closed", || open() == 0);
    let other = Connection::open(&from).unwrap();
    let count = |of: &Connection| of.query_row("SELECT count(*) FROM user", (), |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count(&other), 0);
    let before = open();
    thread::scope(|scope| {
        scope.spawn(|| {
            wait_until("it to be opened", || open() > before);
            drop(other);
        });
        store.replace(&from, &home.path("kept.db"), &untold()).unwrap();
    });
}
