//! Databases with made-up users.

use mu_panel::{
    model::{Bytes, Draft, LeftOut, Name, NewUser, Password, Report, Row, Time, Usage, Verdict, Zone},
    store::{Messages, Store},
};
use std::path::Path;

/// 2026-11-22 12:00 UTC.
const NOON: Time = 1_795_348_800;
/// More users than that share ports, which only a benchmark does.
const PORTS: usize = 60_000;

/// The port of the first user; each next one has the next.
pub(crate) const FIRST_PORT: u16 = 1_000;

/// The password of a user, counted from 0.
pub(crate) fn password(number: usize) -> String {
    format!("password{number:08}")
}

/// Adds that many users to a new database.
pub(crate) fn fill(file: &Path, count: usize) {
    let store = Store::open(file).unwrap();
    let today = Zone::utc().date(NOON);
    let user = |number: usize| {
        let mut draft = Draft::named(Name::parse(&format!("friend {number}")).unwrap());
        draft.port = u16::try_from(number % PORTS + usize::from(FIRST_PORT)).ok();
        draft.quota = Some(Bytes::new(1 << 40));
        NewUser {
            id: None,
            password: Password::from_stored(password(number)),
            draft,
            used: Usage { u: Bytes::new(123_456_789), d: Bytes::new(987_654_321) },
            t: NOON,
            switch: true,
            uuid: format!("{number:08x}-0000-4000-8000-000000000000"),
            secret: format!("secret{number:018}"),
        }
    };
    let users: Vec<NewUser> = (0..count).map(user).collect();
    // Ports are unique as far as they go; what is beyond is written over afterwards.
    let (first, rest) = users.split_at(count.min(PORTS));
    if count > 0 {
        store.add_users(first.to_vec(), NOON, today).unwrap();
    }
    if !rest.is_empty() {
        drop(store);
        let mut database = rusqlite::Connection::open(file).unwrap();
        let together = database.transaction().unwrap();
        for user in rest {
            together
                .execute(
                    "INSERT INTO user (name, password, port, method, u, d, quota, t, period_started, uuid, secret,
                        created)
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    rusqlite::params![
                        user.draft.name.as_str(),
                        user.password.as_str(),
                        user.draft.port,
                        user.draft.method.name(),
                        user.used.u.get(),
                        user.used.d.get(),
                        user.draft.quota.map(Bytes::get),
                        user.t,
                        NOON,
                        user.uuid,
                        user.secret,
                        NOON
                    ],
                )
                .unwrap();
        }
        together.commit().unwrap();
    }
}

/// Gives the first user that many hours of history, and the counters that go with it.
pub(crate) fn remember(file: &Path, hours: usize) {
    if hours == 0 {
        return;
    }
    let fill = format!(
        "INSERT INTO node (id, created) VALUES (1, 0);
         WITH RECURSIVE hours (hour) AS (SELECT -3600000000 UNION ALL SELECT hour + 3600 FROM hours LIMIT {hours})
             INSERT INTO traffic SELECT hour, 1, 1, 12345678, 123456789 FROM hours;
         UPDATE node SET (u, d) = (SELECT sum(u), sum(d) FROM traffic);
         INSERT INTO setting VALUES ('folded_until', '2026-11-22');"
    );
    rusqlite::Connection::open(file).unwrap().execute_batch(&fill).unwrap();
}

/// Bytes of a database after a year in which 100 users were reported all the time. One report an hour leaves the same
/// rows as one a minute, since all of an hour are added up in one.
pub(crate) fn a_year() -> u64 {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let file = dir.path().join("mu-panel.db");
    fill(&file, 100);
    let store = Store::open(&file).unwrap();
    let words = Messages { answer: |_| String::new(), refusal: |_| String::new(), fault: |_| String::new() };
    for hour in 0..365 * 24 {
        let now = NOON + hour * 3600;
        let rows = (1..=100).map(|user| Row { user, u: 12_345_678 + hour, d: 123_456_789 + hour }).collect();
        let verdict = store
            .take_in(
                Report { node: 1, rows, skipped: LeftOut::default(), zone: Zone::utc(), closing: false },
                None,
                words,
                now,
            )
            .wait()
            .unwrap();
        assert!(matches!(verdict, Verdict::Accepted(_)), "a report of them is taken in");
        if hour % 24 == 0 {
            store.fold(now, Zone::utc()).unwrap();
        }
    }
    store.checkpoint().unwrap();
    store.size()
}
