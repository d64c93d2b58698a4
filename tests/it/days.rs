//! A day begins at its midnight in every time zone: counters, days, months and closed periods agree to the byte, also
//! where the offset from UTC is not a whole number of hours, and when the clocks change.

use crate::panel::{DAY, Panel};
use jiff::{Timestamp, ToSpan, civil, tz::TimeZone};
use mu_panel::model::{Date, History, ResetDay, Time, Zone};
use std::collections::{BTreeMap, BTreeSet};

/// Each zone of the database that differs from all others between two moments: its name, itself, and when its clock
/// changes.
fn zones(from: &str, to: &str) -> Vec<(String, TimeZone, Vec<Time>)> {
    let (from, to): (Timestamp, Timestamp) = (from.parse().unwrap(), to.parse().unwrap());
    let mut known = BTreeSet::new();
    let mut zones = Vec::new();
    for name in Zone::names() {
        let zone = TimeZone::get(&name).unwrap();
        let changes: Vec<(Time, i32)> = zone
            .following(from)
            .take_while(|change| change.timestamp() < to)
            .map(|change| (change.timestamp().as_second(), change.offset().seconds()))
            .collect();
        if known.insert((zone.to_offset(from).seconds(), changes.clone())) {
            zones.push((name, zone, changes.into_iter().map(|(at, _)| at).collect()));
        }
    }
    zones
}

/// The day that was the last to begin by `at`, straight from the time zone database.
fn day_at(zone: &TimeZone, at: Time) -> civil::Date {
    let shown = zone.to_datetime(Timestamp::from_second(at).unwrap()).date();
    let days = [shown.saturating_add(1.day()), shown, shown.saturating_sub(1.day())];
    days.into_iter().find(|day| first_second(zone, *day) <= at).unwrap()
}

fn first_second(zone: &TimeZone, day: civil::Date) -> Time {
    zone.to_zoned(day.into()).unwrap().timestamp().as_second()
}

#[test]
fn days_follow_one_another_in_every_zone_since_1970() {
    let zones = zones("1970-01-03T00:00:00Z", "2038-01-01T00:00:00Z");
    // A machine that knows only a handful would make this say nothing.
    assert!(zones.len() > 200, "{} time zones", zones.len());
    for (name, reference, changes) in zones {
        let zone = Zone::named(&name).unwrap();
        for change in changes.into_iter().chain([1_795_348_800]) {
            let midnight = zone.start_of(zone.date(change));
            for at in [change - 3600, change - 1, change, change + 1, change + 3600, midnight - 1, midnight] {
                let day = zone.date(at);
                assert_eq!(day.to_string(), day_at(&reference, at).to_string(), "{name} at {at}");
                let (begin, end) = (zone.start_of(day), zone.start_of(day.plus_days(1)));
                assert!((begin..end).contains(&at), "{name} at {at}: {day} is from {begin} to {end}");
                let row = zone.row_at(at);
                assert!((begin..=at).contains(&row) && at - row < 3600, "{name} at {at}: the row of {row}");
            }
        }
    }
}

/// What was used on each day, from the rows of the history between two days.
fn by_day(panel: &Panel, zone: &Zone, user: i64) -> BTreeMap<String, i64> {
    let mut days = BTreeMap::new();
    for History { hour, usage } in panel.app.store.history_of_user(user, 0, Time::MAX).unwrap() {
        *days.entry(zone.date(hour).to_string()).or_default() += usage.u.get();
    }
    days
}

#[test]
fn counters_days_months_and_periods_agree_in_every_zone() {
    let zones = zones("2026-12-01T00:00:00Z", "2027-12-01T00:00:00Z");
    assert!(zones.len() > 50, "{} time zones", zones.len());
    for (name, reference, changes) in zones {
        let zone = Zone::named(&name).unwrap();
        let panel = Panel::in_zone(zone.clone());
        panel.set_clock(first_second(&reference, civil::date(2026, 12, 1)));
        panel.add_as("alice", |draft| draft.reset_day = Some(ResetDay::new(1).unwrap()));
        // The days around both changes of the clock, and around two turns of the month.
        let turns = [civil::date(2027, 1, 1), civil::date(2027, 2, 1)].map(|day| first_second(&reference, day));
        let mut moments = BTreeSet::new();
        for near in changes.into_iter().chain(turns) {
            for days in -1..=1 {
                let day = day_at(&reference, near + days * DAY);
                let midnight = first_second(&reference, day);
                moments.extend([-3600, -1800, -900, -1, 0, 1, 899, 900, 1800, 3599, 3600].map(|past| midnight + past));
            }
        }
        let (mut days, mut months) = (BTreeMap::new(), BTreeMap::new());
        for (bytes, at) in (1_i64..).zip(moments) {
            panel.set_clock(at);
            panel.node().post("/mu/users/1/traffic", format!("u={bytes}&d=0&node_id=1")).is(200);
            let day = day_at(&reference, at).to_string();
            *months.entry(day[..7].to_owned()).or_default() += bytes;
            *days.entry(day).or_default() += bytes;
        }
        assert_eq!(by_day(&panel, &zone, 1), days, "{name}: the days");
        for (day, used) in &days {
            let day = Date::parse(day).unwrap();
            let (from, to) = (zone.start_of(day), zone.start_of(day.plus_days(1)));
            assert_eq!(panel.app.store.used_in_all(from, to).unwrap().u.get(), *used, "{name}: {day} of all");
        }
        // What was counted is in the closed months, and the rest on the counter.
        let mut counted: BTreeMap<String, i64> = BTreeMap::new();
        for period in panel.app.store.periods(1).unwrap() {
            assert_eq!(period.ended, zone.start_of(zone.date(period.ended)), "{name}: a month ends at midnight");
            *counted.entry(zone.date(period.ended - 1).to_string()[..7].to_owned()).or_default() +=
                period.usage.u.get();
        }
        *counted.entry(zone.date(panel.now()).to_string()[..7].to_owned()).or_default() += panel.used(1).0;
        counted.retain(|_, used| *used > 0);
        assert_eq!(counted, months, "{name}: the months");
        // At the most one row more a day than there are hours in it.
        let rows = panel.app.store.history_of_user(1, 0, Time::MAX).unwrap().len();
        assert!(rows <= days.len() * 6, "{name}: {rows} rows");
        panel.wait(100 * DAY);
        panel.node().get("/mu").is(200);
        assert_eq!(by_day(&panel, &zone, 1), days, "{name}: the days, once they are folded");
        assert_eq!(
            panel.app.store.history_of_user(1, 0, Time::MAX).unwrap().len(),
            days.len(),
            "{name}: one row a day"
        );
        assert!(panel.app.store.check().unwrap().faults.is_empty(), "{name}");
    }
}

/// Rows of whole hours, as they were stored once, stay on the day on which their hour began.
#[test]
fn rows_from_before_the_split_stay_where_they_were() {
    let zone = Zone::named("Asia/Kolkata").unwrap();
    let panel = Panel::in_zone(Zone::utc()).and_friends();
    // 18:00 UTC is 23:30 in India; the row is of a whole hour, so of both days.
    panel.set_clock(1_795_348_800 + 6 * 3600 + 1800);
    panel.node().post("/mu/users/1/traffic", "u=7&d=0&node_id=1").is(200);
    panel.app.store.set(mu_panel::store::Setting::TimeZone, Some("Asia/Kolkata".to_owned())).unwrap();
    panel.node().post("/mu/users/1/traffic", "u=9&d=0&node_id=1").is(200);
    let expected = [("2026-11-22".to_owned(), 7), ("2026-11-23".to_owned(), 9)];
    assert_eq!(by_day(&panel, &zone, 1), BTreeMap::from(expected.clone()));
    panel.wait(100 * DAY);
    panel.node().get("/mu").is(200);
    assert_eq!(by_day(&panel, &zone, 1), BTreeMap::from(expected));
}
