//! The clock steps back a year and forward a year: nothing breaks, no user is let in or kept out for longer than they
//! should be.

use crate::panel::{Answer, Caller, DAY, NOON, Panel};
use mu_panel::{
    app::{App, Guesser},
    http::{Request, Verb},
    model::{Bytes, Draft, ResetDay, Time},
    routes::TABLE,
    store::{Settings, Store},
};
use std::net::IpAddr;

const YEAR: Time = 365 * DAY;

/// Where the clock goes, from noon on.
const WALKS: &[(&str, &[Time])] = &[
    ("back and right again", &[-YEAR, YEAR]),
    ("forward and right again", &[YEAR, -YEAR]),
    ("back, far forward, right", &[-YEAR, 2 * YEAR, -YEAR]),
    ("to 1970 and right again", &[-NOON, NOON]),
    ("before 1970", &[-NOON - DAY, NOON + DAY]),
    ("to the end of all calendars", &[400_000 * YEAR, -400_000 * YEAR]),
];

/// A user whose counters begin anew each month, a removed one, and a node that has reported.
fn furnished() -> Panel {
    let panel = Panel::with_friends();
    panel.add_as("carol", |draft| draft.reset_day = ResetDay::new(1).ok());
    let gone = panel.add("gone").id;
    panel.app.store.remove_user(gone, panel.now()).unwrap();
    panel.node().post("/mu/users/3/traffic", "u=1&d=1&node_id=1").is(200);
    panel
}

fn is_sound(answer: &Answer, what: &str) {
    let known = [200, 303, 400, 401, 403, 404, 405, 409, 429];
    assert!(known.contains(&answer.0.status), "{what}: {} {}", answer.0.status, answer.body());
}

/// Every address, as a stranger, a node and the admin. Those that would end what the others need come last.
fn walk_the_table(panel: &Panel, admin: &Caller<'_>, what: &str) {
    for route in TABLE.iter().filter(|route| !["/logout", "/settings/rotate", "/login"].contains(&route.path)) {
        let path = route.path.replace("{id}", "3");
        for (who, caller) in [("stranger", &panel.stranger()), ("node", &panel.node()), ("admin", admin)] {
            let what = format!("{what}: {} {path} as {who}", route.verb.as_str());
            let answer = if route.verb == Verb::Get {
                caller.get(&path)
            } else {
                caller.submit(&path, "u=0&d=0&node_id=1&count=1")
            };
            is_sound(&answer, &what);
            if who == "admin" && route.verb == Verb::Get && !path.starts_with("/mu") {
                assert_ne!(answer.0.status, 401, "{what}");
            }
        }
    }
    assert!(panel.app.store.check().unwrap().faults.is_empty(), "{what}");
}

#[test]
fn every_address_answers_wherever_the_clock_goes() {
    for (name, jumps) in WALKS {
        let panel = furnished();
        for (step, jump) in jumps.iter().enumerate() {
            panel.wait(*jump);
            walk_the_table(&panel, &panel.admin(), &format!("{name}, step {step}"));
            panel.wait(60);
            panel.node().post("/mu/users/3/traffic", "u=1&d=1&node_id=1").is(200);
        }
    }
}

#[test]
fn no_month_is_closed_twice_and_no_byte_is_lost() {
    for (name, jumps) in WALKS.iter().filter(|(name, _)| !name.contains("calendars")) {
        let panel = furnished();
        let mut sum = 1;
        for jump in *jumps {
            panel.wait(*jump);
            for _ in 0..3 {
                panel.node().post("/mu/users/3/traffic", "u=1&d=1&node_id=1").is(200);
                sum += 1;
                panel.wait(20 * DAY);
            }
            panel.wait(-60 * DAY);
            panel.node().get("/mu/users").is(200);
            let periods = panel.app.store.periods(3).unwrap();
            let closed: i64 = periods.iter().map(|period| period.usage.u.get()).sum();
            assert_eq!(closed + panel.used(3).0, sum, "{name}");
            assert!(periods.len() < 40, "{name}: {} periods", periods.len());
            let mut ends: Vec<_> = periods.iter().map(|period| period.ended).collect();
            ends.sort_unstable();
            let twice = ends.windows(2).find(|ends| ends[1] - ends[0] < 27 * DAY);
            assert_eq!(twice, None, "{name}: two ends in a month: {periods:?}");
        }
    }
}

/// As on a board without a battery, until it has asked the network for the time.
#[test]
fn a_clock_that_is_not_set_yet_ends_no_month() {
    let panel = furnished();
    let carol = panel.user(3);
    let draft = Draft { quota: Some(Bytes::new(100)), ..App::draft_of(&carol) };
    panel.app.store.change_user(3, None, draft, panel.now(), panel.app.today(panel.now()).unwrap()).unwrap();
    panel.node().post("/mu/users/3/traffic", "u=200&d=0&node_id=1").is(200);
    let next = panel.user(3).next_reset;
    panel.set_clock(5);
    panel.node().get("/mu/users").is(200);
    panel.node().post("/mu/users/3/traffic", "u=1&d=0&node_id=1").is(200);
    panel.set_clock(NOON + 60);
    panel.node().get("/mu/users").is(200);
    assert_eq!((panel.used(3), panel.user(3).next_reset), ((202, 1), next));
    assert_eq!(panel.app.store.periods(3).unwrap(), []);
}

/// A sign-in holds for 12 hours by the clock there is, and one of another time does not come to life again.
#[test]
fn sign_ins_do_not_live_for_ever() {
    for jump in [YEAR, -YEAR] {
        let panel = furnished();
        let admin = panel.admin();
        panel.wait(jump);
        admin.get("/settings").is(303);
        let there = panel.admin();
        there.get("/settings").is(200);
        panel.wait(-jump);
        there.get("/settings").is(303);
        panel.node().get("/mu/users").is(200);
        // The day comes for which the clock had been set.
        for _ in 0..3 {
            panel.wait(jump.max(0) / 4);
            panel.node().get("/mu/users").is(200);
        }
        panel.set_clock(NOON + jump);
        there.get("/settings").is(303);
    }
}

#[test]
fn a_wait_after_wrong_passwords_ends_by_any_clock() {
    let guesser = Guesser::Address(IpAddr::from([192, 0, 2, 1]));
    for jump in [YEAR, -YEAR, DAY, -DAY, -NOON] {
        let panel = furnished();
        let throttle = &panel.app.login_throttle;
        let mut now = NOON;
        for _ in 0..8 {
            now += throttle.begin(guesser, "hash", now).err().unwrap_or(0);
            let _ = throttle.begin(guesser, "hash", now);
        }
        let usual = throttle.begin(guesser, "hash", now).err().unwrap();
        now += jump;
        if let Err(wait) = throttle.begin(guesser, "hash", now) {
            assert!((1..=usual).contains(&wait), "{jump}: {wait}");
            assert!(throttle.begin(guesser, "hash", now + wait).is_ok(), "{jump}: it runs down");
        }
    }
}

/// What a node is given is of the day that it is, and what it does is noted.
#[test]
fn lists_and_notes_follow_the_clock() {
    let panel = furnished();
    let expires = mu_panel::model::Date::parse("2026-12-31").unwrap();
    panel.add_as("until new year", |draft| draft.expires = Some(expires));
    let enabled = || {
        panel.wait(1);
        let list = panel.node().get("/mu/nodes/1/users").is(200).json();
        let v2ray = panel.node().get("/mu/nodes/1/v2rayUsers").is(200).body();
        let row = list["data"].as_array().unwrap().iter().find(|row| row["email"] == "until new year").unwrap().clone();
        assert_eq!(v2ray.contains(row["v2ray_user"]["uuid"].as_str().unwrap()), row["enable"] == 1);
        assert_eq!(panel.app.store.node(1).unwrap().unwrap().last_pull, panel.now(), "the pull is noted");
        row["enable"] == 1
    };
    assert!(enabled());
    for (jump, expected) in [(YEAR, false), (-YEAR, true), (-YEAR, true), (2 * YEAR, false), (-YEAR, true)] {
        panel.wait(jump);
        assert_eq!(enabled(), expected, "{jump}");
        panel.wait(60);
        assert_eq!(enabled(), expected, "{jump}");
    }
}

/// A report that comes again is not counted twice, also when the clock was set in between.
#[test]
fn keys_of_reports_hold_when_the_clock_is_set() {
    for jump in [-60, -DAY, -YEAR, -NOON, DAY - 600, DAY, YEAR, 50 * YEAR] {
        let panel = furnished();
        let send = || {
            panel.node().with("Idempotency-Key", "k").post("/mu/users/1/traffic", "u=1&d=1&node_id=1").is(200);
        };
        send();
        panel.wait(jump);
        for _ in 0..3 {
            send();
            panel.wait(60);
        }
        assert_eq!(panel.used(1), (1, 1), "{jump}");
    }
}

/// That the database can be written is believed for 5 s, by any clock, and not when a write has just failed.
#[test]
fn whether_it_is_well_is_asked_again() {
    let panel = furnished();
    let probed = || -> Option<String> {
        let settings: Settings = panel.app.store.settings().unwrap();
        let text = format!("{settings:?}");
        crate::panel::between(&text, "\"probed\": \"", "\"")
    };
    let ask = || {
        panel.stranger().get("/healthz").is(200);
        probed().unwrap().parse::<Time>().unwrap()
    };
    assert_eq!(ask(), NOON);
    panel.wait(4);
    assert_eq!(ask(), NOON, "still believed");
    for jump in [YEAR, -YEAR, -YEAR] {
        panel.wait(jump);
        assert_eq!(ask(), panel.now());
    }
}

/// A panel that is started with a wrong clock, before its machine has asked for the time, does what fell due once it is
/// right.
#[test]
fn a_start_with_a_wrong_clock_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mu-panel.db");
    for start in [NOON, 0, NOON, NOON + 10 * YEAR, NOON + DAY] {
        let panel = Panel::at(&file);
        panel.set_clock(start);
        if panel.app.store.listed_users(start).unwrap().is_empty() {
            panel.add_as("carol", |draft| draft.reset_day = ResetDay::new(1).ok());
        }
        panel.node().post("/mu/users/1/traffic", "u=1&d=1&node_id=1").is(200);
        let mut request = Request::new(Verb::Get, "/login");
        request.now = start;
        is_sound(&panel.send(request), "login");
    }
    let store = Store::open(&file).unwrap();
    let user = store.user(1, NOON + DAY).unwrap().unwrap();
    let closed: i64 = store.periods(1).unwrap().iter().map(|period| period.usage.u.get()).sum();
    assert_eq!(user.used.u.get() + closed, 5);
    assert_eq!(user.next_reset.unwrap().to_string(), "2026-12-01");
    assert!(store.check().unwrap().faults.is_empty());
}
