//! Lists of users take over the rows that have not changed: they are the same as those that are made of all users.

use crate::panel::{DAY, Panel};
use mu_panel::{
    http::Verb::Get,
    model::{Date, Time, Zone},
    store::{Extent, Seen, Setting, Store},
};
use proptest::{collection::vec, prelude::*};
use rusqlite::Connection;
use std::path::Path;

/// Something that happens to a panel: what, to which user, and how much of it.
type Deed = (u8, i64, i64);

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    vec((0_u8..24, 1_i64..16, 0_i64..1000), 5..40)
}

fn edit(file: &Path, sql: &str, user: i64) {
    Connection::open(file).unwrap().execute(sql, [user]).unwrap();
}

fn happen(panel: &Panel, file: &Path, (what, user, much): Deed) {
    let (store, now) = (&panel.app.store, panel.now());
    match what {
        // Most of what happens are reports.
        0..8 => {
            let body = format!("u={much}&d={}&node_id=1", much * much * much);
            panel.node().post(&format!("/mu/users/{user}/traffic"), body);
        }
        8 => {
            let rows: Vec<_> = (1..=user).map(|user| format!(r#"{{"user_id":{user},"u":1,"d":{much}}}"#)).collect();
            panel.node().post("/mu/nodes/1/traffic", format!("[{}]", rows.join(",")));
        }
        9 | 10 => drop(store.switch_user(user, what == 9, now)),
        11 => drop(store.remove_user(user, now)),
        12 => drop(store.bring_back_user(user, now)),
        13 => drop(store.reset_user(user, now)),
        14 => drop(panel.add(&format!("\"{user}\" \\ {much} {now}"))),
        15 => panel.wait(much),
        16 => panel.wait(-much),
        17 => panel.wait(much * 1000),
        18 => panel.wait(31 * DAY),
        19 => store.set(Setting::V2rayLevel, Some((much % 3).to_string())).unwrap(),
        20 => edit(file, "UPDATE user SET quota = 1000000, expires = NULL WHERE id = ?", user),
        21 => edit(file, "UPDATE user SET expires = '2026-11-22' WHERE id = ?", user),
        22 => edit(file, "UPDATE user SET nodes = iif(nodes IS NULL, ',1,', NULL) WHERE id = ?", user),
        _ => edit(file, "UPDATE user SET deleted = created, name = name || id WHERE id = ? AND deleted IS NULL", user),
    }
}

fn lists(panel: &Panel) -> [String; 3] {
    ["/mu/users", "/mu/nodes/1/users", "/mu/users?node=2"].map(|list| {
        let answer = panel.node().get(list).is(200);
        // Its tag is that of its bytes.
        panel.send(panel.node().with("if-none-match", answer.header("ETag")).request(Get, list, "")).is(304);
        answer.body()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_list_does_not_tell_how_it_was_made(deeds in deeds()) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mu-panel.db");
        let panel = Panel::at(&file);
        for number in 1..12 {
            panel.add(&format!("user {number}"));
        }
        for deed in deeds {
            happen(&panel, &file, deed);
            lists(&panel);
        }
        let made_of_all = Panel::at(&file);
        made_of_all.set_clock(panel.now());
        let (kept, new) = (lists(&panel), lists(&made_of_all));
        prop_assert_eq!(kept, new);
    }
}

/// Whom the store reads if the users were `seen` as they were then, or that all are read.
fn changed(store: &Store, now: Time, seen: Option<Seen>) -> (Option<Vec<i64>>, Option<Seen>) {
    let mut read = Vec::new();
    let extent = store.read_listed(now, now, seen, |user, _| {
        read.push(user.id);
        Ok(())
    });
    let Extent { changed, seen } = extent.unwrap();
    assert_eq!(read, changed.clone().unwrap_or_else(|| (1..9).collect()));
    (changed, seen)
}

#[test]
fn the_store_knows_whom_it_has_changed_unless_another_program_writes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mu-panel.db");
    let panel = Panel::at(&file);
    for number in 1..9 {
        panel.add(&format!("user {number}"));
    }
    let (store, now) = (&panel.app.store, panel.now());
    let (all, first) = changed(store, now, None);
    assert_eq!(all, None);
    let (none, second) = changed(store, now, first);
    assert_eq!((none, second), (Some(vec![]), first));
    panel.node().post("/mu/users/5/traffic", "u=1&d=1&node_id=1").is(200);
    store.switch_user(2, false, now).unwrap();
    store.probe(now).unwrap();
    let (two, third) = changed(store, now, first);
    assert_eq!(two, Some(vec![2, 5]));
    assert_eq!(changed(store, now, third).0, Some(vec![]));
    // The command line, say.
    let other = Store::open(&file).unwrap();
    other.switch_user(3, false, now).unwrap();
    let (all, fourth) = changed(store, now, third);
    assert_eq!(all, None);
    assert_eq!(changed(store, now, fourth).0, Some(vec![]));
    other.switch_user(3, true, now).unwrap();
    store.switch_user(4, true, now).unwrap();
    let (all, fifth) = changed(store, now, fourth);
    assert_eq!(all, None);
    store.reset_all_users(now, today(now)).unwrap();
    assert_eq!(changed(store, now, fifth).0, Some(vec![5]), "the others had used nothing");
}

fn today(now: Time) -> Date {
    Zone::utc().date(now)
}
