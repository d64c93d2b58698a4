//! Which users are let in is said in Rust, where nodes and pages ask about one user, and in SQL, where the list is
//! narrowed, counted and looked through for what has happened: both always say the same.

use mu_panel::{
    model::{Bytes, Date, Draft, Filter, Happening, Name, NewUser, Password, State, Time, Usage, User, What, Zone},
    store::Store,
};
use proptest::{collection::vec, prelude::*};

const NOW: Time = 1_795_348_800;

/// Sizes of every magnitude, those at which arithmetic goes wrong above all.
fn sizes() -> impl Strategy<Value = i64> {
    let near = |middle: i64| (-2..=2_i64).prop_map(move |more| middle.saturating_add(more).max(0));
    prop_oneof![
        Just(0),
        0..10_i64,
        near(1 << 53),
        near(1 << 54),
        near(1 << 62),
        near(i64::MAX / 2),
        near(i64::MAX),
        (0..63_u32, any::<i64>()).prop_map(|(bits, number)| number.unsigned_abs().cast_signed() & i64::MAX >> bits),
    ]
}

/// A user as far as it matters: `u`, `d`, the quota, the last day from today, the switch, and whether they are removed.
type Drawn = (i64, i64, Option<i64>, Option<i32>, bool, bool);

fn drawn() -> impl Strategy<Value = Drawn> {
    let apart = (sizes(), sizes(), proptest::option::of(sizes()));
    // A quota that is nearly what was used.
    let close = (sizes(), sizes(), -2..=2_i64).prop_map(|(u, d, more)| {
        let quota = i128::from(u) + i128::from(d) + i128::from(more);
        (u, d, i64::try_from(quota.max(0)).ok().or(Some(i64::MAX)))
    });
    let used = prop_oneof![apart, close];
    let last = proptest::option::of(prop_oneof![-1..=1, -4000..4000]);
    (used, last, prop::bool::weighted(0.8), prop::bool::weighted(0.1))
        .prop_map(|((u, d, quota), last, switch, removed)| (u, d, quota, last, switch, removed))
}

fn new_user(number: usize, drawn: Drawn, today: Date) -> NewUser {
    let (u, d, quota, last, switch, _) = drawn;
    let mut draft = Draft::named(Name::parse(&format!("user {number}")).unwrap());
    draft.quota = quota.map(Bytes::new);
    draft.expires = last.map(|days| today.plus_days(days));
    NewUser {
        id: None,
        password: Password::parse("secret", draft.method).unwrap(),
        draft,
        used: Usage { u: Bytes::new(u), d: Bytes::new(d) },
        t: 0,
        switch,
        uuid: format!("00000000-0000-4000-8000-{number:012}"),
        secret: format!("secret {number}"),
    }
}

/// By arithmetic that cannot overflow.
fn expected(drawn: Drawn) -> State {
    let (u, d, quota, last, switch, removed) = drawn;
    match (removed, switch, last, quota) {
        (true, ..) => State::Deleted,
        (_, false, ..) => State::Off,
        (_, _, Some(..0), _) => State::Expired,
        (.., Some(quota)) if i128::from(u) + i128::from(d) >= i128::from(quota) => State::OverQuota,
        _ => State::On,
    }
}

fn ids(users: &[User]) -> Vec<i64> {
    let mut ids: Vec<i64> = users.iter().map(|user| user.id).collect();
    ids.sort_unstable();
    ids
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sql_and_rust_agree_who_is_let_in(drawn in vec(drawn(), 1..30)) {
        let (store, today) = (Store::in_memory().unwrap(), Zone::utc().date(NOW));
        let new = drawn.iter().enumerate().map(|(number, drawn)| new_user(number, *drawn, today)).collect();
        let added = store.add_users(new, NOW, today).unwrap();
        for (user, drawn) in added.iter().zip(&drawn) {
            if drawn.5 {
                store.remove_user(user.id, NOW).unwrap();
            }
        }
        let users = store.listed_users(NOW).unwrap();
        prop_assert_eq!(users.len(), drawn.len());
        for (user, drawn) in users.iter().zip(&drawn) {
            prop_assert_eq!(user.state(today), expected(*drawn), "{:?}", drawn);
        }
        store.read_listed(NOW, 0, None, |listed, _| {
            let user = users.iter().find(|user| user.id == listed.id).unwrap();
            assert_eq!(listed.state(today), user.state(today));
            Ok(())
        }).unwrap();
        // The list, and how many there are.
        let removed_since = NOW - 1;
        let census = store.census("", today, 0, removed_since).unwrap();
        for state in [State::On, State::Off, State::Expired, State::OverQuota, State::Deleted] {
            let filter = Filter { state: Some(state), removed_since, most: 1000, ..Filter::default() };
            let such: Vec<User> = users.iter().filter(|user| user.state(today) == state).cloned().collect();
            prop_assert_eq!(ids(&store.users(&filter, today).unwrap()), ids(&such), "{:?}", state);
            prop_assert_eq!(census.count(Some(state)), i64::try_from(such.len()).unwrap(), "{:?}", state);
        }
        // What is written down as having happened.
        store.record_kept_out(NOW, today).unwrap();
        for user in &users {
            let events = store.events(user.id, 100).unwrap();
            let has = |what: &What| events.iter().any(|event| event.what == *what);
            prop_assert_eq!(has(&What::OverQuota), user.state(today) == State::OverQuota);
            prop_assert_eq!(has(&What::Expired), user.state(today) == State::Expired);
        }
        // Whom a notice is about, also if there is another reason to keep them out.
        let over = store.users_to_tell(Happening::QuotaOver, today, today).unwrap();
        let near = store.users_to_tell(Happening::QuotaNear, today, today).unwrap();
        for (user, drawn) in users.iter().zip(&drawn) {
            let (used, quota) = (i128::from(drawn.0) + i128::from(drawn.1), drawn.2.map_or(0, i128::from));
            let is_told = !drawn.5 && drawn.4 && quota > 0;
            let told = |told: &[mu_panel::store::Subject]| told.iter().any(|subject| subject.id == user.id);
            prop_assert_eq!(told(&over), is_told && used >= quota, "{:?}", drawn);
            prop_assert_eq!(told(&near), is_told && used < quota && used >= quota - quota / 5, "{:?}", drawn);
        }
    }
}
