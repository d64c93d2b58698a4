//! Accounting periods: closed on their day in the panel's own zone, each month once, whatever the clock does.

use crate::panel::{DAY, Panel};
use mu_panel::{
    error::Error,
    model::{Date, ResetDay, Time, Zone},
    store::Setting,
};

pub fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap_or_else(|| panic!("this machine does not know the time zone {name}"))
}

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// `2026-11-22 12:00:00` in a zone, counted from the beginning of that day.
fn at(zone: &Zone, text: &str) -> Time {
    let (day, clock) = text.split_once(' ').unwrap_or((text, "00:00:00"));
    let parts: Vec<Time> = clock.split(':').map(|part| part.parse().unwrap()).collect();
    zone.start_of(date(day)) + parts[0] * 3600 + parts[1] * 60 + parts[2]
}

impl Panel {
    /// Where alice's counters begin again on that day of each month; it is now `since`.
    fn resetting(zone: &Zone, day: i64, since: &str) -> Self {
        let panel = Self::in_zone(zone.clone());
        panel.set_clock(at(zone, since));
        panel.add_as("alice", |draft| draft.reset_day = Some(ResetDay::new(day).unwrap()));
        panel
    }

    fn report(&self, bytes: i64) {
        self.node().post("/mu/users/1/traffic", format!("u={bytes}&d={}&node_id=1", bytes * 2)).is(200);
    }

    /// The closed periods of alice, oldest first: when each ended, and what was uploaded in it.
    fn closed(&self, zone: &Zone) -> Vec<(String, i64)> {
        let mut periods = self.app.store.periods(1).unwrap();
        periods.reverse();
        assert!(periods.iter().all(|period| period.usage.d.get() == period.usage.u.get() * 2), "{periods:?}");
        assert!(periods.iter().all(|period| period.started <= period.ended), "{periods:?}");
        periods.iter().map(|period| (zone.minute(period.ended), period.usage.u.get())).collect()
    }

    /// All that alice has ever been charged.
    fn lifetime(&self) -> (i64, i64) {
        let periods = self.app.store.periods(1).unwrap();
        periods.iter().fold(self.used(1), |(u, d), period| (u + period.usage.u.get(), d + period.usage.d.get()))
    }
}

#[test]
fn counters_begin_again_on_their_day_of_the_month() {
    for (name, day, since, reports, closed, now) in [
        (
            "UTC",
            1,
            "2026-11-22 12:00:00",
            &[("2026-11-30 23:59:59", 1), ("2026-12-01 00:00:00", 2), ("2026-12-31 23:59:59", 4)][..],
            &[("2026-12-01 00:00", 1), ("2027-01-01 00:00", 6)][..],
            ("2027-01-01 00:00:00", 0),
        ),
        (
            "UTC",
            31,
            "2026-01-15 12:00:00",
            &[
                ("2026-01-30 23:59:59", 1),
                ("2026-01-31 00:00:00", 2),
                ("2026-02-27 23:59:59", 4),
                ("2026-02-28 00:00:00", 8),
                ("2026-03-30 10:00:00", 16),
                ("2026-04-29 23:00:00", 32),
                ("2026-04-30 00:00:00", 64),
            ],
            &[("2026-01-31 00:00", 1), ("2026-02-28 00:00", 6), ("2026-03-31 00:00", 24), ("2026-04-30 00:00", 32)],
            ("2026-05-30 23:59:59", 64),
        ),
        (
            "UTC",
            30,
            "2028-01-30 12:00:00",
            &[("2028-02-28 23:59:59", 1), ("2028-02-29 00:00:00", 2), ("2028-03-29 00:00:00", 4)],
            &[("2028-02-29 00:00", 1), ("2028-03-30 00:00", 6)],
            ("2028-03-30 00:00:00", 0),
        ),
        (
            "Asia/Shanghai",
            1,
            "2026-11-22 12:00:00",
            &[("2026-11-30 23:59:59", 1), ("2026-12-01 00:00:00", 2)],
            &[("2026-12-01 00:00", 1)],
            ("2026-12-01 00:00:01", 2),
        ),
        (
            "America/Los_Angeles",
            22,
            "2026-10-22 00:00:00",
            &[("2026-10-22 00:00:00", 1), ("2026-11-21 22:59:59", 2), ("2026-11-22 00:00:00", 4)],
            &[("2026-11-22 00:00", 3)],
            ("2026-12-21 23:59:59", 4),
        ),
        (
            // Midnight of that day is skipped there.
            "America/Sao_Paulo",
            4,
            "2018-10-05 12:00:00",
            &[("2018-11-03 23:59:59", 1), ("2018-11-04 00:00:00", 2)],
            &[("2018-11-04 01:00", 1)],
            ("2018-11-04 01:00:00", 2),
        ),
        (
            // That whole day is skipped there.
            "Pacific/Apia",
            30,
            "2011-12-01 12:00:00",
            &[("2011-12-29 23:59:59", 1), ("2011-12-31 00:00:00", 2)],
            &[("2011-12-31 00:00", 1)],
            ("2012-01-29 23:59:59", 2),
        ),
        (
            "Asia/Kathmandu",
            1,
            "2026-11-22 12:00:00",
            &[("2026-11-30 23:59:59", 1), ("2026-12-01 00:00:00", 2)],
            &[("2026-12-01 00:00", 1)],
            ("2026-12-31 23:59:59", 2),
        ),
    ] {
        let zone = zone(name);
        let panel = Panel::resetting(&zone, day, since);
        let mut sum = 0;
        for (moment, bytes) in reports {
            panel.set_clock(at(&zone, moment));
            panel.report(*bytes);
            sum += bytes;
        }
        panel.set_clock(at(&zone, now.0));
        panel.node().get("/mu/users").is(200).shows(&format!(r#""u":{},"#, now.1));
        let expected: Vec<_> = closed.iter().map(|(ended, u)| ((*ended).to_owned(), *u)).collect();
        assert_eq!(panel.closed(&zone), expected, "{name} {day}");
        assert_eq!(panel.used(1), (now.1, now.1 * 2), "{name} {day}");
        assert_eq!(panel.lifetime(), (sum, sum * 2), "{name} {day}");
    }
}

#[test]
fn months_that_were_missed_are_closed_each_on_its_own() {
    let zone = zone("Europe/Berlin");
    let panel = Panel::resetting(&zone, 31, "2026-01-15 12:00:00");
    panel.report(5);
    panel.set_clock(at(&zone, "2026-06-30 00:00:00"));
    panel.report(7);
    let closed = [
        ("2026-01-31 00:00", 5),
        ("2026-02-28 00:00", 0),
        ("2026-03-31 00:00", 0),
        ("2026-04-30 00:00", 0),
        ("2026-05-31 00:00", 0),
        ("2026-06-30 00:00", 0),
    ];
    assert_eq!(panel.closed(&zone), closed.map(|(ended, u)| (ended.to_owned(), u)));
    let periods = panel.app.store.periods(1).unwrap();
    assert!(periods.windows(2).all(|pair| pair[0].started == pair[1].ended), "one begins where the other ended");
    assert_eq!((panel.used(1), panel.user(1).period_started), ((7, 14), at(&zone, "2026-06-30")));
}

#[test]
fn a_zone_that_is_set_is_the_one_that_counts() {
    let panel = Panel::resetting(&Zone::utc(), 1, "2026-11-22 12:00:00");
    panel.app.store.set(Setting::TimeZone, Some("Asia/Tokyo".to_owned())).unwrap();
    let tokyo = zone("Asia/Tokyo");
    panel.set_clock(at(&tokyo, "2026-11-30 23:59:59"));
    panel.report(1);
    assert_eq!(panel.closed(&tokyo), []);
    panel.wait(1);
    panel.report(2);
    assert_eq!(panel.closed(&tokyo), [("2026-12-01 00:00".to_owned(), 1)]);
}

#[test]
fn a_user_without_a_day_is_never_reset() {
    let panel = Panel::with_friends();
    for _ in 0..36 {
        panel.report(1);
        panel.wait(31 * DAY);
    }
    assert_eq!((panel.used(1), panel.closed(&Zone::utc())), ((36, 72), vec![]));
}

/// A quota is for a period: when the counters begin again, the user is let in again.
#[test]
fn a_new_period_lets_a_user_in_again() {
    let zone = Zone::utc();
    let panel = Panel::resetting(&zone, 1, "2026-11-22 12:00:00");
    let mut draft = mu_panel::app::App::draft_of(&panel.user(1));
    draft.quota = Some(mu_panel::model::Bytes::new(3));
    panel.app.store.change_user(1, None, draft, panel.now(), date("2026-11-22")).unwrap();
    panel.report(1);
    panel.node().get("/mu/nodes/1/users").shows(r#""enable":0"#);
    panel.set_clock(at(&zone, "2026-12-01"));
    panel.node().get("/mu/nodes/1/users").shows(r#""enable":1"#).shows(r#""u":0,"d":0"#);
}

#[test]
fn a_reset_by_hand_closes_a_period_and_keeps_everything() {
    let zone = Zone::utc();
    let panel = Panel::resetting(&zone, 1, "2026-11-22 12:00:00");
    let reset = || panel.app.store.reset_user(1, panel.now()).unwrap();
    panel.report(1);
    panel.wait(60);
    let user = reset();
    assert_eq!((user.used.u.get(), user.used.d.get(), user.period_started), (0, 0, panel.now()));
    assert_eq!(user.next_reset, Some(date("2026-12-01")), "the day stays");
    assert_eq!(user.t, panel.now() - 60);
    panel.report(2);
    reset();
    assert_eq!(panel.closed(&zone), [("2026-11-22 12:01".to_owned(), 3)], "twice in a second is one period");
    panel.report(4);
    panel.set_clock(at(&zone, "2026-12-01"));
    panel.report(8);
    let closed = [("2026-11-22 12:01".to_owned(), 3), ("2026-12-01 00:00".to_owned(), 4)];
    assert_eq!(panel.closed(&zone), closed);
    assert_eq!((panel.used(1), panel.lifetime()), ((8, 16), (15, 30)));
    let history = panel.app.store.history_of_user(1, panel.now() - 30 * DAY, panel.now() + DAY).unwrap();
    assert_eq!(history.iter().map(|hour| hour.usage.u.get()).sum::<i64>(), 15, "the history stays");
    panel.app.store.remove_user(1, panel.now()).unwrap();
    assert!(matches!(panel.app.store.reset_user(1, panel.now()), Err(Error::NotFound)));
    assert_eq!(panel.lifetime(), (15, 30));
}

#[test]
fn another_day_counts_from_the_next_time_it_comes() {
    let zone = Zone::utc();
    let panel = Panel::resetting(&zone, 1, "2026-11-22 12:00:00");
    let mut draft = mu_panel::app::App::draft_of(&panel.user(1));
    for (day, next) in
        [(Some(25), Some("2026-11-25")), (Some(22), Some("2026-12-22")), (None, None), (Some(1), Some("2026-12-01"))]
    {
        draft.reset_day = day.map(|day| ResetDay::new(day).unwrap());
        let user = panel.app.store.change_user(1, None, draft.clone(), panel.now(), date("2026-11-22")).unwrap();
        assert_eq!(user.next_reset, next.map(date));
    }
    panel.report(1);
    assert_eq!(panel.closed(&zone), []);
}

/// A clock that was wrong for a while, a year ahead or behind, costs no user a byte and closes no month twice.
#[test]
fn a_clock_that_jumps_closes_no_month_twice() {
    let zone = zone("Asia/Shanghai");
    let year = 365 * DAY;
    for (name, jumps) in [
        ("ahead and right again", &[year, -year][..]),
        ("behind and right again", &[-year, year]),
        ("ahead twice", &[year, -year, year, -year]),
        ("behind twice", &[-year, year, -year, year]),
        ("ahead, then behind", &[year, -2 * year, year]),
        ("back to 1970 and right again", &[-1_790_000_000, 1_790_000_000]),
        ("far ahead and right again", &[20 * year, -20 * year]),
        ("a day back over midnight", &[9 * DAY, -DAY, DAY]),
        ("a month back", &[40 * DAY, -31 * DAY, 31 * DAY]),
    ] {
        let panel = Panel::resetting(&zone, 1, "2026-11-22 12:00:00");
        let mut sum = 0;
        let mut one_more = || {
            panel.report(1);
            sum += 1;
            let (today, next) = (zone.date(panel.now()), panel.user(1).next_reset.unwrap());
            // In 1970 no clock has been set yet.
            let is_set = today > date("2011-01-01");
            assert!(!is_set || next > today && next <= today.plus_days(31), "{name}: {next} after {today}");
            assert_eq!(panel.lifetime(), (sum, sum * 2), "{name}");
            let mut months: Vec<_> = panel.closed(&zone).into_iter().map(|(ended, _)| ended).collect();
            let all = months.len();
            months.dedup_by(|a, b| a[..7] == b[..7]);
            assert_eq!(months.len(), all, "{name}: {months:?}");
        };
        one_more();
        for jump in jumps {
            panel.wait(*jump);
            one_more();
            panel.wait(60);
            one_more();
        }
        for _ in 0..3 {
            panel.wait(30 * DAY);
            one_more();
        }
    }
}

/// Any walk of the clock, with reports and resets by hand in between, keeps the sum.
#[test]
fn whatever_the_clock_does_the_sum_stays() {
    let mut state = 20_261_122_u64;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for name in ["UTC", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Kiritimati"] {
        let zone = zone(name);
        let day = i64::try_from(random(31)).unwrap() + 1;
        let panel = Panel::resetting(&zone, day, "2026-11-22 12:00:00");
        let mut sum = 0;
        for _ in 0..60 {
            match random(8) {
                0 => panel.wait(-i64::try_from(random(400)).unwrap() * DAY),
                1 => panel.wait(i64::try_from(random(400)).unwrap() * DAY),
                2 => drop(panel.app.store.reset_user(1, panel.now()).unwrap()),
                _ => panel.wait(i64::try_from(random(10 * 86_400)).unwrap()),
            }
            let bytes = i64::try_from(random(1000)).unwrap();
            panel.report(bytes);
            sum += bytes;
            assert_eq!(panel.lifetime(), (sum, sum * 2), "{name} {day}");
            let next = panel.user(1).next_reset.unwrap();
            let today = zone.date(panel.now());
            assert!(next > today && next <= today.plus_days(31), "{name} {day}: {next} after {today}");
        }
    }
}

/// A user who is removed and brought back has each month where it belongs, with what was reported meanwhile.
#[test]
fn the_month_of_a_removed_user_ends_too() {
    let utc = Zone::utc();
    let panel = Panel::resetting(&utc, 1, "2026-11-22 12:00:00");
    panel.report(100);
    panel.app.store.remove_user(1, panel.now()).unwrap();
    for day in ["2026-12-01", "2026-12-02", "2026-12-03"] {
        panel.set_clock(at(&utc, day) + 60);
        panel.report(7);
    }
    panel.app.store.bring_back_user(1, panel.now()).unwrap();
    assert_eq!(panel.closed(&utc), [("2026-12-01 00:00".to_owned(), 100)]);
    assert_eq!(panel.used(1), (21, 42));
    // There are no books on users who cannot come back.
    panel.app.store.remove_user(1, panel.now()).unwrap();
    panel.set_clock(at(&utc, "2027-01-05"));
    panel.node().get("/mu/users").is(200);
    assert_eq!(panel.closed(&utc).len(), 1);
}
