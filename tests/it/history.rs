//! Old hours of the history become days: in the panel's zone, and without a byte more or less.

use crate::{
    panel::{DAY, Panel},
    periods::zone,
    wire::rows,
};
use mu_panel::model::{Date, History, Time, Zone};
use rusqlite::Connection;
use std::{collections::BTreeMap, path::Path};

const HOUR: Time = 3600;

/// What was used on each day of a zone.
fn by_day(zone: &Zone, history: &[History]) -> BTreeMap<Date, (i64, i64)> {
    let mut days = BTreeMap::new();
    for hour in history {
        let day: &mut (i64, i64) = days.entry(zone.date(hour.hour)).or_default();
        *day = (day.0 + hour.usage.u.get(), day.1 + hour.usage.d.get());
    }
    days
}

fn report(panel: &Panel, node: i64, u: Time) {
    let batch = format!(r#"[{{"user_id":1,"u":{u},"d":1}},{{"user_id":2,"u":1,"d":{u}}}]"#);
    panel.node().post(&format!("/mu/nodes/{node}/traffic"), batch).is(200);
}

/// Some hours around each time a clock in one of these zones is changed, which is then more than three months ago.
#[test]
fn hours_older_than_three_months_become_days_of_the_zone() {
    for name in [
        "UTC",
        "Asia/Shanghai",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "Europe/Berlin",
        "America/New_York",
        "America/St_Johns",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
        "Pacific/Kiritimati",
    ] {
        let zone = zone(name);
        let panel = Panel::in_zone(zone.clone()).and_friends();
        // An hour belongs to the day in which it begins; the first of these does so in any zone.
        let first = zone.start_of(Date::parse("2026-02-27").unwrap()) + HOUR;
        let mut count = 0;
        // March and the first weekend of April, three hours apart, so that each day has several and both its ends are
        // met.
        for step in 0..(44 * 8) {
            panel.set_clock(first + step * 3 * HOUR + step % 2 * 1800);
            count += 1;
            report(&panel, 1 + step % 2, step + 1);
        }
        let store = &panel.app.store;
        let look = || {
            let users = [1, 2].map(|id| store.history_of_user(id, first - DAY, panel.now() + DAY).unwrap());
            let nodes = [1, 2].map(|id| store.history_of_node(id, 0, Time::MAX).unwrap());
            users.into_iter().chain(nodes).collect::<Vec<_>>()
        };
        let before = look();
        // The 17th of March has just become 92 days old.
        panel.set_clock(zone.start_of(Date::parse("2026-06-17").unwrap()));
        panel.node().get("/mu").is(200);
        let kept_from = zone.start_of(Date::parse("2026-03-17").unwrap());
        let after = look();
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(by_day(&zone, after), by_day(&zone, before), "{name}");
            let (old, new): (Vec<History>, Vec<History>) =
                after.iter().copied().partition(|hour| hour.hour < kept_from);
            let days: Vec<Date> = old.iter().map(|hour| zone.date(hour.hour)).collect();
            assert_eq!(days.len(), 18, "one row a day, {name}");
            assert!(days.windows(2).all(|pair| pair[0] < pair[1]), "one row a day, {name}");
            assert!(
                old.iter().all(|day| (0..HOUR).contains(&(day.hour - zone.start_of(zone.date(day.hour))))),
                "{name}"
            );
            let hourly: Vec<_> = before.iter().filter(|hour| hour.hour >= kept_from).copied().collect();
            assert_eq!(new, hourly, "the rest is still by the hour, {name}");
        }
        // Again, and later, when all of it is old.
        panel.wait(1);
        assert_eq!(look(), after, "{name}");
        for days in [1, 1, 40] {
            panel.wait(days * DAY);
            panel.node().get("/mu").is(200);
            for (before, after) in before.iter().zip(&look()) {
                assert_eq!(by_day(&zone, after), by_day(&zone, before), "{name}");
            }
        }
        assert!(look().iter().all(|history| history.len() == 44), "one row a day, {name}");
        let node = store.node(1).unwrap().unwrap();
        assert_eq!(node.u.get() + store.node(2).unwrap().unwrap().u.get(), count * (count + 1) / 2 + count, "{name}");
    }
}

fn count(file: &Path) -> usize {
    rows(&Connection::open(file).unwrap(), "SELECT * FROM traffic").len()
}

/// After a clock that was a year ahead for a while, old hours are folded again when their time has come.
#[test]
fn hours_are_still_folded_after_the_clock_was_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mu-panel.db");
    let panel = Panel::at(&file).and_friends();
    let hours = |many: Time| {
        for _ in 0..many {
            report(&panel, 1, 3);
            panel.wait(HOUR);
        }
    };
    hours(6);
    panel.wait(400 * DAY);
    report(&panel, 1, 3);
    assert_eq!(count(&file), 4, "a day of the past and an hour, of two users");
    panel.wait(-400 * DAY);
    hours(4);
    assert_eq!(count(&file), 12);
    panel.wait(100 * DAY);
    panel.node().get("/mu").is(200);
    assert_eq!(count(&file), 4, "the day is one row of each user again");
    let all = panel.app.store.history_of_node(1, 0, Time::MAX).unwrap();
    assert_eq!(all.iter().map(|hour| hour.usage.u.get()).sum::<i64>(), 11 * 4);
    assert!(panel.app.store.check().unwrap().faults.is_empty());
}

/// A zone that is set later moves where days begin, never how much there is.
#[test]
fn another_zone_keeps_the_sum() {
    let panel = Panel::with_friends();
    let mut sum = 0;
    for (step, name) in (1..).zip(["Asia/Tokyo", "America/Los_Angeles", "Asia/Kolkata", "UTC", "Pacific/Kiritimati"]) {
        for _ in 0..30 {
            report(&panel, 1, step);
            sum += step + 1;
            panel.wait(7 * HOUR);
        }
        panel.wait(95 * DAY);
        panel.node().get("/mu").is(200);
        let zone = Some(name.to_owned());
        panel.app.store.set(mu_panel::store::Setting::TimeZone, zone).unwrap();
        panel.node().get("/mu").is(200);
        let all = panel.app.store.history_of_node(1, 0, Time::MAX).unwrap();
        assert_eq!(all.iter().map(|hour| hour.usage.u.get()).sum::<i64>(), sum, "{name}");
    }
}

/// Sums that no counter can hold stop at the largest number, also while hours are folded.
#[test]
fn a_day_that_is_full_stays_full() {
    let panel = Panel::with_friends();
    let full = format!("u={}&d=1&node_id=1", i64::MAX);
    for user in [1, 2] {
        panel.node().post(&format!("/mu/users/{user}/traffic"), full.as_str()).is(200);
        panel.app.store.reset_user(user, panel.now()).unwrap();
        panel.wait(HOUR);
        panel.node().post(&format!("/mu/users/{user}/traffic"), full.as_str()).is(200);
    }
    panel.wait(100 * DAY);
    panel.node().get("/mu").is(200);
    let day = panel.app.store.history_of_user(1, panel.now() - 200 * DAY, panel.now()).unwrap();
    assert_eq!(day.iter().map(|day| (day.usage.u.get(), day.usage.d.get())).collect::<Vec<_>>(), [(i64::MAX, 2)]);
}
