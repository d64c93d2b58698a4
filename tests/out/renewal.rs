//! When a certificate is ordered, renewed and tried again, by a clock that the test sets, at the authority of the
//! tests.

use crate::authority::{Authority, DAY, HOUR, problem};
use crate::recorder::Say;
use crate::support::wire::until;
use mu_panel::{
    acme::{Acme, CertResolver, Hooks, Kind, Plan, Site, Status},
    model::{Platform, Time},
    outbound::{Options, authorities},
};
use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
};
use tempfile::TempDir;

/// 2026-12-01 00:00 UTC.
const START: Time = 1_796_083_200;
const MINUTE: Time = 60;

/// A clock of the test's own, as a function that tells the time and the value behind it.
macro_rules! clock {
    ($time:ident, $now:ident) => {
        static $time: AtomicI64 = AtomicI64::new(START);
        fn $now() -> Time {
            $time.load(SeqCst)
        }
    };
}

/// What keeps a certificate, and the authority that it comes from.
struct Renewal {
    authority: Authority,
    resolver: Arc<CertResolver>,
    plan: Plan,
    platform: Platform,
    clock: &'static AtomicI64,
    acme: Option<Acme>,
    dir: TempDir,
}

impl Renewal {
    fn new(site: &str, clock: &'static AtomicI64, now: fn() -> Time) -> Self {
        let (resolver, dir) = (Arc::new(CertResolver::default()), TempDir::new().unwrap());
        let answers = Arc::clone(&resolver);
        let authority = Authority::start(now, move |token| answers.answer(token));
        let plan = Plan {
            site: site.parse::<Site>().unwrap(),
            directory: authority.directory(),
            profile: None,
            external: None,
            contact: None,
            folder: dir.path().join("acme"),
            client: Options { authorities: Some(authorities(&authority.ca()).unwrap()), ..Options::default() },
            http: true,
        };
        // Half of what can be: the middle of each window.
        let platform = Platform { now, random: |bytes| bytes.fill(0x7f) };
        Self { authority, resolver, plan, platform, clock, acme: None, dir }
    }

    /// Begins, or begins again as after a restart, and waits until what is due is done.
    fn start(&mut self) -> Status {
        self.acme = None;
        let hooks = Hooks { obtained: Box::new(|| {}), failed: Box::new(|_| {}) };
        self.acme = Some(Acme::start(self.plan.clone(), Arc::clone(&self.resolver), self.platform, hooks).unwrap());
        self.at(self.clock.load(SeqCst))
    }

    /// Sets the clock and lets it be looked at.
    fn at(&self, time: Time) -> Status {
        self.clock.store(time, SeqCst);
        self.acme.as_ref().unwrap().look();
        self.status()
    }

    fn status(&self) -> Status {
        self.acme.as_ref().unwrap().status()
    }

    fn file(&self) -> String {
        fs::read_to_string(self.dir.path().join("acme/panel.example.org.pem")).unwrap_or_default()
    }
}

fn kind(status: &Status) -> Option<Kind> {
    status.trouble.as_ref().map(|trouble| trouble.kind)
}

#[test]
fn without_advice_a_third_of_a_long_life_is_left_and_half_of_a_short_one() {
    clock!(TIME, now);
    for (lifetime, renewed) in [
        (90 * DAY, 60 * DAY),
        (64 * DAY, 64 * DAY - 64 * DAY / 3),
        (45 * DAY, 30 * DAY),
        (10 * DAY, 10 * DAY - 10 * DAY / 3),
        (160 * HOUR, 80 * HOUR),
    ] {
        TIME.store(START, SeqCst);
        let mut kept = Renewal::new("panel.example.org:8443", &TIME, now);
        kept.authority.state().lifetime = lifetime;
        let status = kept.start();
        assert_eq!(status.trouble, None);
        assert_eq!((status.valid, status.next_try), (Some((START, START + lifetime)), Some(START + renewed)));
        kept.at(START + renewed - 1);
        assert_eq!(kept.authority.issued(), 1, "{lifetime}");
        let status = kept.at(START + renewed);
        assert_eq!((kept.authority.issued(), status.failures), (2, 0), "{lifetime}");
        assert_eq!(status.valid, Some((START + renewed, START + renewed + lifetime)));
        // An authority that does not know renewal information is told nothing of what is replaced.
        assert_eq!(kept.authority.state().orders[1].replaces, None);
        assert_eq!(kept.authority.asked("advice"), 0);
    }
}

#[test]
fn advice_is_asked_for_twice_a_day_or_as_the_authority_says_and_followed() {
    clock!(TIME, now);
    let date = |at: Time| jiff::Timestamp::from_second(at).unwrap().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    for (again, in_ten_days) in [
        (None, 20),
        (Some((6 * HOUR).to_string()), 40),
        (Some("1".to_owned()), 240),
        (Some((30 * DAY).to_string()), 10),
        (Some(date(START)), 240),
        (Some(date(START + 365 * DAY)), 10),
        (Some("soon".to_owned()), 20),
    ] {
        TIME.store(START, SeqCst);
        let mut kept = Renewal::new("panel.example.org:8443", &TIME, now);
        kept.authority.state().advice = Some((|begins, _| (begins + 40 * DAY, begins + 42 * DAY), again.clone()));
        let status = kept.start();
        assert_eq!(kept.authority.asked("advice"), 1);
        let middle = status.next_try.unwrap();
        assert!((middle - START - 41 * DAY).abs() < HOUR, "in the middle of the window: {status:?}");
        for hour in 1..=240 {
            kept.at(START + hour * HOUR);
        }
        assert_eq!(kept.authority.asked("advice") - 1, in_ten_days, "{again:?}");
        // A restart does not ask anew.
        kept.start();
        assert_eq!(kept.authority.asked("advice") - 1, in_ten_days, "{again:?}");
        if in_ten_days == 20 && again.is_none() {
            kept.at(middle - 1);
            assert_eq!(kept.authority.issued(), 1);
            kept.at(middle);
            let state = kept.authority.state();
            assert_eq!((state.orders.len(), state.orders[1].status), (2, "valid"));
            assert_eq!(state.orders[1].replaces.as_ref(), Some(&state.orders[0].id), "it names what it replaces");
            assert_eq!(state.orders[0].replaces, None);
        }
    }
}

#[test]
fn a_window_in_the_past_renews_at_once_but_not_without_an_end() {
    clock!(TIME, now);
    let mut kept = Renewal::new("panel.example.org:8443", &TIME, now);
    kept.authority.state().advice = Some((|begins, ends| (begins + 50 * DAY, ends - 20 * DAY), None));
    kept.start();
    assert_eq!(kept.authority.issued(), 1);
    // As when all certificates of a kind are to go.
    kept.authority.state().advice = Some((|begins, _| (begins - 2 * DAY, begins - DAY), None));
    kept.at(START + 11 * HOUR);
    assert_eq!(kept.authority.issued(), 1, "it has not been asked yet");
    let renewed = START + 12 * HOUR;
    kept.at(renewed);
    assert_eq!(kept.authority.issued(), 2);
    // It goes on saying so of each new one: after 1, 10, 100 minutes, then daily.
    let mut times = Vec::new();
    for minute in 0..=2 * 24 * 60 {
        let before = kept.authority.issued();
        kept.at(renewed + minute * MINUTE);
        if kept.authority.issued() > before {
            times.push(minute);
        }
        if minute == 20 {
            kept.start();
        }
    }
    assert_eq!(times, [1, 11, 111, 111 + 24 * 60]);
    let state = kept.authority.state();
    assert!(state.orders.windows(2).all(|pair| pair[1].replaces.as_ref() == Some(&pair[0].id)));
    drop(state);
    // Advice that makes no sense is none.
    kept.authority.state().advice = Some((|begins, ends| (ends + DAY, begins), None));
    let last = kept.at(renewed + 4 * DAY);
    let (begins, ends) = last.valid.unwrap();
    assert_eq!(last.next_try.unwrap(), ends - (ends - begins) / 3);
}

#[test]
fn what_was_replaced_already_or_is_not_known_is_ordered_anew() {
    clock!(TIME, now);
    let mut kept = Renewal::new("panel.example.org:8443", &TIME, now);
    kept.authority.state().advice = Some((|begins, _| (begins + DAY, begins + DAY), None));
    kept.start();
    for (round, (status, fault)) in [(409, "alreadyReplaced"), (404, "malformed")].into_iter().enumerate() {
        kept.authority.state().faults.push_back(("new-order", problem(status, fault)));
        let due = kept.status().next_try.unwrap();
        kept.at(due);
        let state = kept.authority.state();
        let last = state.orders.last().unwrap();
        assert_eq!((state.orders.len(), last.status, &last.replaces), (round + 2, "valid", &None), "{fault}");
    }
    // Too many orders are no reason to order once more.
    kept.authority.state().faults.push_back(("new-order", problem(429, "rateLimited")));
    let before = kept.authority.asked("new-order");
    let status = kept.at(kept.status().next_try.unwrap());
    assert_eq!((kept.authority.asked("new-order") - before, kind(&status)), (1, Some(Kind::RateLimit)));
}

#[test]
fn profiles_are_chosen_from_those_that_there_are() {
    clock!(TIME, now);
    let both = vec![("classic", 90 * DAY), ("shortlived", 160 * HOUR)];
    for (site, offered, wanted, ordered) in [
        ("192.0.2.7", Some(both.clone()), None, Some("shortlived")),
        ("[2001:db8::7]", Some(both.clone()), None, Some("shortlived")),
        ("192.0.2.7", Some(vec![("classic", 90 * DAY)]), None, None),
        ("192.0.2.7", None, None, None),
        ("panel.example.org:8443", Some(both.clone()), None, None),
        ("panel.example.org:8443", Some(both.clone()), Some("shortlived"), Some("shortlived")),
        ("192.0.2.7", Some(both.clone()), Some("classic"), Some("classic")),
    ] {
        TIME.store(START, SeqCst);
        let mut kept = Renewal::new(site, &TIME, now);
        kept.authority.state().profiles = offered;
        kept.plan.profile = wanted.map(str::to_owned);
        let status = kept.start();
        let state = kept.authority.state();
        let order = &state.orders[0];
        assert_eq!((order.status, order.profile.as_deref()), ("valid", ordered), "{site} {status:?}");
        let kind = if site.contains("panel") { "dns" } else { "ip" };
        assert_eq!((order.identifiers.len(), &*order.identifiers[0].0), (1, kind));
        if ordered == Some("shortlived") {
            assert_eq!(status.next_try, Some(START + 80 * HOUR));
        }
    }
    for (offered, words) in [(Some(both), "offered: classic, shortlived"), (None, "offered: none")] {
        let mut kept = Renewal::new("panel.example.org:8443", &TIME, now);
        kept.authority.state().profiles = offered;
        kept.plan.profile = Some("tlsserver".to_owned());
        let trouble = kept.start().trouble.unwrap();
        assert_eq!(trouble.kind, Kind::Rejected);
        assert!(trouble.detail.contains("`tlsserver`") && trouble.detail.ends_with(words), "{trouble}");
        assert!(kept.authority.state().orders.is_empty());
    }
}

#[test]
fn failures_are_followed_by_1_10_and_100_minutes_then_a_day_over_restarts() {
    clock!(TIME, now);
    let mut kept = Renewal::new("panel.example.org:8443", &TIME, now);
    kept.authority.state().out_of_order.insert("new-order", Say::status(500).body("out of order"));
    let mut times = Vec::new();
    kept.start();
    for minute in 0..=3 * 24 * 60 {
        let before = times.len() + 1;
        let status = kept.at(START + minute * MINUTE);
        if minute == 0 {
            times.push(0);
            continue;
        }
        if kept.authority.asked("new-order") > before - 1 {
            times.push(minute);
            assert_eq!(kind(&status), Some(Kind::Authority));
            assert_eq!(status.failures as usize, times.len());
        }
        // Whatever ends it on the way.
        if [1, 5, 12, 60, 700].contains(&minute) {
            kept.start();
        }
    }
    assert_eq!(times, [0, 1, 11, 111, 111 + 1440, 111 + 2 * 1440]);
    // The admin need not wait.
    let before = kept.authority.asked("new-order");
    kept.acme.as_ref().unwrap().try_now();
    until("it is tried", || kept.authority.asked("new-order") > before);
    kept.acme.as_ref().unwrap().look();
    kept.authority.state().out_of_order.clear();
    kept.acme.as_ref().unwrap().try_now();
    until("it succeeds", || kept.status().valid.is_some());
    kept.acme.as_ref().unwrap().look();
    assert_eq!((kept.status().failures, kept.status().trouble), (0, None));
    // What is in order is not ordered again for the asking.
    kept.acme.as_ref().unwrap().try_now();
    kept.acme.as_ref().unwrap().look();
    assert_eq!(kept.authority.issued(), 1);
}

#[test]
fn a_pause_that_the_authority_asks_for_is_kept_within_a_day() {
    clock!(TIME, now);
    let date = |at: Time| jiff::Timestamp::from_second(at).unwrap().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    for (again, waited) in [
        ((3 * HOUR).to_string(), 3 * HOUR),
        (date(START + 5 * HOUR), 5 * HOUR),
        ("1".to_owned(), MINUTE),
        (date(START - DAY), MINUTE),
        ((60 * DAY).to_string(), DAY),
        ("later".to_owned(), MINUTE),
    ] {
        for (place, say) in [("new-order", problem(429, "rateLimited")), ("directory", Say::status(503))] {
            TIME.store(START, SeqCst);
            let mut kept = Renewal::new("panel.example.org:8443", &TIME, now);
            kept.authority.state().faults.push_back((place, say.with("Retry-After", &again)));
            let status = kept.start();
            let expected = if place == "directory" { Kind::Authority } else { Kind::RateLimit };
            assert_eq!((kind(&status), status.next_try), (Some(expected), Some(START + waited)), "{place} {again}");
            kept.at(START + waited - 1);
            assert_eq!(kept.authority.issued(), 0);
            assert!(kept.at(START + waited).valid.is_some());
        }
    }
}

#[test]
fn faults_on_the_way_are_told_apart_and_the_next_try_succeeds() {
    clock!(TIME, now);
    let bad = |place, say: Say, expected| (vec![(place, say)], None, false, expected);
    let cases = [
        (vec![("new-order", problem(400, "badNonce")); 2], None, false, None),
        (vec![("finalize", problem(400, "badNonce"))], None, false, None),
        bad("account", problem(400, "externalAccountRequired"), Some(Kind::Account)),
        bad("nonce", Say::status(500), Some(Kind::Authority)),
        bad("new-order", problem(400, "rejectedIdentifier"), Some(Kind::Rejected)),
        bad("new-order", problem(500, "serverInternal"), Some(Kind::Authority)),
        bad("new-order", Say::status(200).body("<html>"), Some(Kind::Other)),
        bad("authorization", Say::status(502).body("<html>"), Some(Kind::Authority)),
        bad("challenge", problem(400, "malformed"), Some(Kind::Other)),
        bad("finalize", Say::status(0), Some(Kind::Authority)),
        bad("finalize", problem(403, "badCSR"), Some(Kind::Other)),
        bad("certificate", Say::status(200).body("no certificate"), Some(Kind::Other)),
        (vec![], Some("dns"), false, Some(Kind::Name)),
        (vec![], Some("connection"), false, Some(Kind::Unreachable)),
        (vec![], Some("unauthorized"), false, Some(Kind::Elsewhere)),
        (vec![], Some("caa"), false, Some(Kind::Caa)),
        (vec![], None, true, Some(Kind::Other)),
    ];
    for (faults, challenge_error, lies, expected) in cases {
        TIME.store(START, SeqCst);
        let mut kept = Renewal::new("panel.example.org:8443", &TIME, now);
        let about = format!("{faults:?} {challenge_error:?} {lies}");
        {
            let mut state = kept.authority.state();
            (state.faults, state.challenge_error, state.lies) = (faults.into(), challenge_error, lies);
        }
        let status = kept.start();
        assert_eq!(kind(&status), expected, "{about}: {status:?}");
        if expected.is_none() {
            assert!(status.valid.is_some(), "{about}");
            continue;
        }
        assert!(status.valid.is_none() && kept.file().is_empty(), "{about}");
        {
            let mut state = kept.authority.state();
            (state.challenge_error, state.lies) = (None, false);
        }
        let status = kept.at(START + 10 * MINUTE);
        assert!(status.valid.is_some(), "{about}: {status:?}");
    }
}

#[test]
fn a_slow_authority_holds_up_nothing_and_a_site_that_was_given_up_changes_nothing() {
    clock!(TIME, now);
    let mut kept = Renewal::new("panel.example.org:8443", &TIME, now);
    kept.start();
    let (first, due) = (kept.file(), kept.status().next_try.unwrap());
    kept.authority.hold();
    kept.clock.store(due, SeqCst);
    let acme = kept.acme.take().unwrap();
    let waiting = std::thread::scope(|scope| {
        let looking = scope.spawn(|| acme.look());
        until("it waits", || kept.authority.asked("finalize") == 2);
        let status = acme.status();
        assert!(status.working && status.valid.is_some() && kept.resolver.has_certificate(), "{status:?}");
        assert_eq!(kept.file(), first);
        kept.authority.release();
        looking.join().unwrap();
        acme.status()
    });
    assert!(!waiting.working && waiting.valid.unwrap().0 == due);
    assert_ne!(kept.file(), first);
    // Another site is chosen while an order is open.
    kept.authority.hold();
    let due = waiting.next_try.unwrap();
    kept.clock.store(due, SeqCst);
    acme.try_now();
    until("it waits again", || kept.authority.asked("finalize") == 3);
    drop(acme);
    kept.authority.release();
    until("its thread has ended", || Arc::strong_count(&kept.resolver) == 2);
    let state = fs::read_to_string(kept.dir.path().join("acme/state.json")).unwrap();
    assert!(state.contains("\"failures\": 1"), "{state}");
}

#[test]
fn an_expired_certificate_stays_while_it_is_tried_again() {
    clock!(TIME, now);
    let mut kept = Renewal::new("panel.example.org:8443", &TIME, now);
    kept.start();
    let (first, (_, ends)) = (kept.file(), kept.status().valid.unwrap());
    kept.authority.state().out_of_order.insert("directory", Say::status(500));
    for day in 55..95 {
        kept.at(START + day * DAY);
    }
    let status = kept.at(ends + 10 * DAY);
    assert_eq!((kind(&status), status.valid.unwrap().1), (Some(Kind::Authority), ends));
    assert!(kept.resolver.has_certificate() && kept.file() == first);
    // Over a restart as well.
    kept.resolver = Arc::default();
    let status = kept.start();
    assert!(kept.resolver.has_certificate() && status.valid.unwrap().1 == ends && status.failures > 5, "{status:?}");
    assert!(status.next_try.unwrap() > TIME.load(SeqCst));
}

#[test]
fn a_clock_that_is_not_set_orders_nothing_and_says_so() {
    clock!(TIME, now);
    let mut kept = Renewal::new("panel.example.org:8443", &TIME, now);
    for unset in [0, 1000, 1_700_000_000] {
        TIME.store(unset, SeqCst);
        let status = kept.start();
        assert_eq!((kind(&status), status.next_try, status.failures), (Some(Kind::Clock), None, 0));
        kept.at(unset + DAY);
        kept.acme.as_ref().unwrap().try_now();
        kept.acme.as_ref().unwrap().look();
        assert!(kept.authority.state().asked.is_empty(), "the authority is not even asked");
    }
    let status = kept.at(START);
    assert!(status.valid.is_some() && status.trouble.is_none(), "{status:?}");
}
