//! A database of made-up friends and what they used in the last ten weeks.

use mu_panel::{
    error::Result,
    model::{
        Actor, Address, Bytes, Date, Draft, LeftOut, Method, Name, NewUser, NodeDraft, NodeName, Note, Password,
        Report, ResetDay, Row, Time, Usage, Verdict, Zone,
    },
    store::{Messages, Store},
};
use std::path::Path;

const DAY: Time = 86_400;
const DAYS: Time = 70;
const GIB: i64 = 1 << 30;

/// A friend: a name, what they use on a usual day in hundredths of a GiB, their quota in GiB (0: none), and a note.
const FRIENDS: [(&str, i64, i64, &str); 12] = [
    ("Lena Hoffmann", 140, 100, ""),
    ("王小明", 310, 150, "大学同学"),
    ("Oskar Lindqvist", 45, 50, "pays twice a year"),
    ("陈静", 95, 60, ""),
    ("Aisha Rahman", 230, 0, ""),
    ("李伟", 180, 30, "手机和平板"),
    ("Jonas Weber", 12, 20, ""),
    ("Chloé Martin", 75, 50, "moves to Lyon in spring"),
    ("赵敏", 260, 100, ""),
    ("Tomás Silva", 60, 50, ""),
    ("Мария Петрова", 120, 0, ""),
    ("Mio Tanaka", 30, 20, ""),
];
const EXPIRED: usize = 7;
const OFF: usize = 9;

/// The same numbers each time, and for each friend and day others.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn letters(&mut self, count: usize) -> String {
        const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        (0..count).map(|_| char::from(LETTERS[usize::try_from(self.throw(LETTERS.len() as u64)).unwrap()])).collect()
    }
}

/// Writes it to `file`, as it would be at `now`.
pub fn make_up(file: &Path, now: Time) -> Result<()> {
    let store = Store::open(file)?.used_by(Actor::Page);
    let zone = Zone::utc();
    let mut dice = Dice(2016);
    let began = now - DAYS * DAY;
    // So that all users are in the third week of a month, whenever the pictures are taken.
    let reset_day = ResetDay::new(i64::from(zone.date(now - 19 * DAY).day()))?;
    for (name, address) in [("Tokyo", "tokyo.example.net"), ("Frankfurt", "fra.example.net")] {
        store.add_node(
            NodeDraft { name: NodeName::parse(name)?, address: Address::parse(address)?, ..NodeDraft::default() },
            began,
        )?;
    }
    for (index, (name, _, quota, note)) in FRIENDS.into_iter().enumerate() {
        let joined = began + Time::try_from(index).unwrap() * 3 * DAY;
        let draft = Draft {
            quota: (quota > 0).then(|| Bytes::new(quota * GIB)),
            reset_day: (quota > 0).then_some(reset_day),
            expires: (index == EXPIRED).then(|| zone.date(now - 3 * DAY)),
            note: Note::parse(note)?,
            method: Method::parse(if index % 5 == 4 { "aes-256-gcm" } else { "chacha20-ietf-poly1305" })?,
            ..Draft::named(Name::parse(name)?)
        };
        let user = NewUser {
            id: None,
            password: Password::from_stored(dice.letters(16)),
            draft,
            used: Usage::default(),
            t: 0,
            switch: true,
            uuid: format!("{:08x}-6c1d-4f0a-9b5e-{:012x}", dice.throw(1 << 31), dice.throw(1 << 31)),
            secret: dice.letters(24),
        };
        store.add_users(vec![user], joined, zone.date(joined))?;
    }
    for hours in (0..DAYS * 24).filter(|hours| hours % 4 == 2) {
        let at = began + hours * 3600;
        if hours == (DAYS - 2) * 24 + 2 {
            store.switch_user(i64::try_from(OFF).unwrap() + 1, false, at)?;
        }
        live_through(&store, at, zone.date(at), &zone, &mut dice)?;
    }
    store.checkpoint()
}

/// Four hours of all users' lives, and what the panel does of itself meanwhile.
fn live_through(store: &Store, at: Time, today: Date, zone: &Zone, dice: &mut Dice) -> Result<()> {
    store.close_due(at, zone.clone())?;
    store.record_kept_out(at, today)?;
    let hour = at / 3600 % 24;
    let awake = if (2..6).contains(&hour) { 1 } else { 5 };
    let weekend = if matches!(at / DAY % 7, 2 | 3) { 8 } else { 5 };
    for node in [1, 2] {
        let here = if node == 1 { 7 } else { 3 };
        let mut rows = Vec::new();
        for user in store.listed_users(at)? {
            let usual = FRIENDS[usize::try_from(user.id - 1).unwrap()].1;
            let most = usual * GIB / 100 * here / 10 * awake / 26 * weekend / 5;
            let used = i64::try_from(dice.throw(2000)).unwrap() * (most / 1000);
            let quiet = dice.throw(5) == 0;
            let in_time =
                user.quota.is_none_or(|quota| user.used.total() < quota) && user.expires.is_none_or(|day| today <= day);
            if user.switch && in_time && !quiet {
                rows.push(Row { user: user.id, u: used / 14, d: used });
            }
        }
        let words = Messages { answer: |_| String::new(), refusal: |_| String::new(), fault: |_| String::new() };
        let verdict = store
            .take_in(
                Report { node, rows, skipped: LeftOut::default(), zone: Zone::utc(), closing: false },
                None,
                words,
                at,
            )
            .wait()?;
        assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
    }
    Ok(())
}
