//! Many at once: threads of one server, and a second process on the same database.

use crate::{
    panel::{DAY, NOON, Panel},
    process::wait_until,
    wire::{TOKEN, recorded_request, rows},
};
use mu_panel::{
    app::App,
    http::{Request, Verb},
    model::{Draft, Name, Time, Zone},
    routes::respond,
    store::Setting,
};
use rusqlite::{Connection, types::Value};
use std::{
    path::{Path, PathBuf},
    sync::{
        Barrier,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    thread,
};

const THREADS: i64 = 64;

fn filed() -> (Panel, tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mu-panel.db");
    (Panel::at(&file).and_friends(), folder, file)
}

fn post(app: &App, target: &str, body: &str) -> u16 {
    let mut request = recorded_request(&format!("POST {target} HTTP/1.1\nToken: {TOKEN}\n\n{body}"));
    request.now = NOON;
    respond(app, request).status
}

/// Lets `threads` of them do `work` with a number each until `all` numbers are used up.
fn at_once(threads: i64, all: i64, work: impl Fn(i64) + Sync) {
    let next = AtomicI64::new(0);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    match next.fetch_add(1, Ordering::Relaxed) {
                        number if number < all => work(number),
                        _ => break,
                    }
                }
            });
        }
    });
}

fn one_number(file: &Path, sql: &str) -> i64 {
    match rows(&Connection::open(file).unwrap(), sql).concat()[..] {
        [Value::Integer(number)] => number,
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn sixty_four_clients_lose_no_byte() {
    let (panel, _folder, file) = filed();
    let app = &panel.app;
    at_once(THREADS, 10_000, |number| {
        let answered = if number % 2 == 0 {
            post(app, "/mu/v2/users/1/traffic", "u=1&d=0&node_id=1")
        } else {
            post(app, "/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":1,"d":0}]"#)
        };
        assert_eq!(answered, 200);
    });
    assert_eq!(panel.used(1), (10_000, 0));
    assert_eq!(one_number(&file, "SELECT sum(u) FROM traffic"), 10_000);
    assert_eq!(one_number(&file, "SELECT u FROM node WHERE id = 1"), 10_000);
}

/// Reports share a commit; one that fails takes no other with it.
#[test]
fn a_report_that_fails_takes_no_other_with_it() {
    let (panel, _folder, file) = filed();
    let trigger = "CREATE TRIGGER fault BEFORE UPDATE ON user WHEN NEW.id = 2 BEGIN SELECT RAISE(ABORT, 'broken'); END";
    Connection::open(&file).unwrap().execute_batch(trigger).unwrap();
    at_once(THREADS, 1000, |number| {
        let (target, body, expected) = match number % 4 {
            0 => ("/mu/nodes/1/traffic", r#"[{"user_id":1,"u":9,"d":9},{"user_id":2,"u":1,"d":0}]"#, 500),
            1 => ("/mu/users/2/traffic", "u=9&d=9&node_id=9", 500),
            2 => ("/mu/users/77/traffic", "u=9&d=9&node_id=9", 400),
            _ => ("/mu/nodes/1/traffic", r#"[{"user_id":1,"u":1,"d":2}]"#, 200),
        };
        assert_eq!(post(&panel.app, target, body), expected);
    });
    assert_eq!((panel.used(1), panel.used(2)), ((250, 500), (0, 0)));
    assert_eq!(one_number(&file, "SELECT sum(u) FROM traffic"), 250);
    assert_eq!(panel.app.store.node(9).unwrap(), None);
}

#[test]
fn one_key_is_counted_once_also_when_it_comes_from_many_at_once() {
    let (panel, _folder, _file) = filed();
    at_once(THREADS, 640, |number| {
        let keyed = format!(
            "POST /mu/users/1/traffic HTTP/1.1\nToken: {TOKEN}\nIdempotency-Key: {}\n\nu=1&d=1&node_id=1",
            number % 10
        );
        let mut request = recorded_request(&keyed);
        request.now = NOON;
        assert_eq!(respond(&panel.app, request).status, 200);
    });
    assert_eq!(panel.used(1), (10, 10));
}

/// Lists are whole while others write: a user who is listed once is listed always, with counters that never fall.
#[test]
fn lists_are_whole_while_others_write() {
    let (panel, _folder, _file) = filed();
    let list = || {
        let mut request = Request::new(Verb::Get, &format!("/mu/users?key={TOKEN}"));
        request.now = NOON;
        let list: serde_json::Value = serde_json::from_slice(respond(&panel.app, request).body.as_bytes()).unwrap();
        let rows = list["data"].as_array().unwrap().clone();
        (rows.len(), rows[0]["u"].as_i64().unwrap())
    };
    let first = list();
    let seen = thread::scope(|scope| {
        let writers = scope.spawn(|| {
            at_once(8, 400, |number| {
                if number % 10 == 0 {
                    let draft = Draft::named(Name::parse(&format!("friend {number}")).unwrap());
                    panel.app.add_user(draft, NOON).unwrap();
                }
                assert_eq!(post(&panel.app, "/mu/users/1/traffic", "u=1&d=0&node_id=1"), 200);
            });
        });
        let mut seen = vec![first];
        while !writers.is_finished() {
            seen.push(list());
        }
        writers.join().unwrap();
        seen.push(list());
        seen
    });
    assert!(seen.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 <= pair[1].1), "{seen:?}");
    assert_eq!((seen[0].0, seen.last().unwrap()), (2, &(42, 400)));
}

/// As a server and a command line do: each with a connection, a writer and a cache of its own.
#[test]
fn two_processes_write_at_once_and_lose_nothing() {
    let (server, _folder, file) = filed();
    let other = Panel::at(&file);
    at_once(16, 800, |number| {
        let app = if number % 2 == 0 { &server.app } else { &other.app };
        match number % 8 {
            0 | 1 => {
                let draft = Draft::named(Name::parse(&format!("friend {number}")).unwrap());
                app.add_user(draft, NOON).unwrap();
            }
            2 | 3 => drop(app.store.switch_user(2, number % 8 == 2, NOON).unwrap()),
            _ => assert_eq!(post(app, "/mu/users/1/traffic", "u=1&d=2&node_id=1"), 200),
        }
    });
    for panel in [&server, &other] {
        assert_eq!(panel.used(1), (400, 800));
        assert_eq!(panel.app.store.listed_users(NOON).unwrap().len(), 202);
        assert!(panel.app.store.check().unwrap().faults.is_empty());
    }
}

/// What the other process has changed holds from the next request on.
#[test]
fn the_other_process_is_noticed_at_once() {
    let (server, _folder, file) = filed();
    let other = Panel::at(&file);
    let lists = || {
        ["/mu/users", "/mu/nodes/1/users", "/mu/nodes/1/v2rayUsers"].map(|list| server.node().get(list).is(200).body())
    };
    let before = lists();
    assert_eq!(lists(), before);
    other.app.store.switch_user(1, false, NOON).unwrap();
    assert!(lists().iter().zip(&before).all(|(after, before)| after != before), "switched off");
    other.app.store.switch_user(1, true, NOON).unwrap();
    assert_eq!(lists(), before, "and on again");
    let carol = other.add("carol").uuid;
    assert!(lists().iter().all(|list| list.contains(&carol)), "added");

    let old = server.token();
    let new = other.app.rotate_token().unwrap();
    server.stranger().with("Token", &old).get("/mu/v2").is(401);
    server.stranger().with("Token", &new).get("/mu/v2").is(200);
    assert_eq!(other.token(), new);

    other.app.store.set(Setting::TimeZone, Some("Asia/Tokyo".to_owned())).unwrap();
    assert_eq!(server.app.settings().unwrap().zone.name(), "Asia/Tokyo");
    let version = server.app.store.version().unwrap();
    assert_eq!(server.app.store.version().unwrap(), version, "nothing was written");
    server.node().post("/mu/users/1/traffic", "u=1&d=1&node_id=1").is(200);
    assert_ne!(server.app.store.version().unwrap(), version, "its own writes count too");
}

/// The closed periods of the first user: when each ended, and what was uploaded in it.
fn closed(panel: &Panel) -> Vec<(Time, i64)> {
    let periods = panel.app.store.periods(1).unwrap();
    periods.iter().map(|period| (period.ended, period.usage.u.get())).collect()
}

/// However many clients come at midnight: the month is closed once, and first.
#[test]
fn a_month_that_many_find_ended_is_closed_once() {
    let (panel, _folder, file) = filed();
    let other = Panel::at(&file);
    let reset_day = mu_panel::model::ResetDay::new(1).ok();
    let draft = Draft { reset_day, ..App::draft_of(&panel.user(1)) };
    panel.app.store.change_user(1, None, draft, NOON, panel.app.today(NOON).unwrap()).unwrap();
    post(&panel.app, "/mu/users/1/traffic", "u=5&d=5&node_id=1");
    let december = NOON + 8 * DAY + DAY / 2;
    let threads = 16;
    let gate = Barrier::new(threads);
    thread::scope(|scope| {
        for number in 0..threads {
            let app = if number % 2 == 0 { &panel.app } else { &other.app };
            let gate = &gate;
            scope.spawn(move || {
                gate.wait();
                app.store.close_due(december, Zone::utc()).unwrap();
                for _ in 0..10 {
                    let report = format!("POST /mu/users/1/traffic HTTP/1.1\nToken: {TOKEN}\n\nu=1&d=1&node_id=1");
                    let mut request = recorded_request(&report);
                    request.now = december;
                    assert_eq!(respond(app, request).status, 200);
                }
            });
        }
    });
    assert_eq!(closed(&panel), [(december, 5)]);
    assert_eq!(panel.used(1), (160, 160));
}

/// No node waits longer than 20 s, whatever another process does to the database; and nothing is lost by it.
#[test]
fn a_database_that_is_held_is_busy_within_20_seconds() {
    let (panel, _folder, file) = filed();
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let began = std::time::Instant::now();
    let answer = panel.node().post("/mu/v2/users/1/traffic", "u=1&d=1&node_id=1").is(503);
    assert!(began.elapsed().as_secs() < 20, "a node would have given up");
    answer.shows(r#""ret":0"#).shows("the database is busy");
    other.execute_batch("ROLLBACK").unwrap();
    panel.node().post("/mu/v2/users/1/traffic", "u=1&d=1&node_id=1").is(200);
    assert_eq!(panel.used(1), (1, 1));
}

/// The same for many at once when a month has ended that could not be closed: one waits for that, not each after the
/// other.
#[test]
fn many_who_find_a_month_ended_in_a_database_that_is_held_do_not_queue() {
    let (panel, _folder, file) = filed();
    let reset_day = mu_panel::model::ResetDay::new(1).ok();
    let draft = Draft { reset_day, ..App::draft_of(&panel.user(1)) };
    panel.app.store.change_user(1, None, draft, NOON, panel.app.today(NOON).unwrap()).unwrap();
    assert_eq!(post(&panel.app, "/mu/users/1/traffic", "u=5&d=5&node_id=1"), 200);
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let december = NOON + 8 * DAY + DAY / 2;
    let app = &panel.app;
    let began = std::time::Instant::now();
    let ask = |line: &str, body: &str| {
        let mut request = recorded_request(&format!("{line} HTTP/1.1\nToken: {TOKEN}\n\n{body}"));
        request.now = december;
        respond(app, request).status
    };
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(ask("GET /mu/v2/users", ""), 200));
            scope.spawn(|| assert_eq!(ask("POST /mu/users/1/traffic", "u=1&d=1&node_id=1"), 503));
            scope.spawn(|| assert!([200, 503].contains(&ask("GET /healthz", ""))));
        }
    });
    assert!(began.elapsed().as_secs() < 20, "a node would have given up");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(panel.used(1), (5, 5), "nothing of what was refused");
    // At once, long before the next attempt to close the month.
    assert_eq!(ask("POST /mu/users/1/traffic", "u=1&d=1&node_id=1"), 200);
    assert_eq!(closed(&panel), [(december, 5)]);
    assert_eq!(panel.used(1), (1, 1));
}

/// A client that asks while another has been trying to write for long learns that something is wrong, and does not
/// wait.
#[test]
fn a_disk_that_does_not_answer_is_not_well() {
    let (panel, _folder, file) = filed();
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            begun.store(true, Ordering::SeqCst);
            assert!(!panel.app.is_writable(NOON));
        });
        // Should the other be late, it is this one that tries.
        wait_until("the other to begin", || begun.load(Ordering::SeqCst));
        assert!(!panel.app.is_writable(NOON + 5));
    });
    other.execute_batch("ROLLBACK").unwrap();
    assert!(panel.app.is_writable(NOON + 5));
}
