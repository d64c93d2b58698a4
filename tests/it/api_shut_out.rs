//! How node programs are told of a user who has just been shut out: some lose a whole round of all users' traffic when
//! a user with traffic turns up disabled, so `GET /users` says for ten minutes that the user is over the quota.

use crate::panel::{DAY, NOON, Panel};
use mu_panel::{
    app::App,
    model::{Act, Date, Draft},
};
use serde_json::Value;

/// `(enable, switch, transfer_enable)` of a user in the list of all, and whether that of a node has them enabled.
fn told(panel: &Panel, id: i64) -> ((i64, i64, i64), i64) {
    let row = |target: &str| {
        let list = panel.node().get(target).is(200).json();
        let rows = list["data"].as_array().unwrap().clone();
        rows.into_iter().find(|row: &Value| row["id"] == id).unwrap()
    };
    let number = |row: &Value, key: &str| row[key].as_i64().unwrap();
    let row_of_all = row("/mu/users");
    let all = ["enable", "switch", "transfer_enable"].map(|key| number(&row_of_all, key));
    ((all[0], all[1], all[2]), number(&row("/mu/nodes/1/users"), "enable"))
}

/// As over the quota, whatever was used.
const SHUT_OUT: (i64, i64, i64) = (1, 1, -1);
const NO_LIMIT: i64 = 1 << 50;

/// What py-mu does with a row: it drops a user whom it serves quietly if they are over the quota, and the whole round
/// with an error if they have traffic and are disabled.
fn py_mu_loses_the_round((enable, switch, _): (i64, i64, i64)) -> bool {
    enable == 0 || switch == 0
}

fn today(panel: &Panel) -> Date {
    panel.app.today(panel.now()).unwrap()
}

type Treat = fn(&Panel);

#[test]
fn for_ten_minutes_a_user_who_was_shut_out_is_over_the_quota() {
    let cases: [(&str, Treat, i64); 6] = [
        ("switched off", |panel| drop(panel.app.store.switch_user(1, false, panel.now()).unwrap()), 0),
        (
            "several switched off",
            |panel| panel.app.change_users(vec![1], Act::Off, panel.now(), today(panel)).map(drop).unwrap(),
            0,
        ),
        ("removed", |panel| drop(panel.app.store.remove_user(1, panel.now()).unwrap()), 0),
        (
            "several removed",
            |panel| panel.app.change_users(vec![1], Act::Delete, panel.now(), today(panel)).map(drop).unwrap(),
            0,
        ),
        (
            "given a last day that is over",
            |panel| {
                let mut draft = App::draft_of(&panel.user(1));
                draft.expires = Some(today(panel).plus_days(-3));
                panel.app.store.change_user(1, None, draft, panel.now(), today(panel)).unwrap();
            },
            1,
        ),
        ("expired at midnight", |panel| panel.set_clock(NOON + DAY / 2), 1),
    ];
    for (why, shut_out, switch_after) in cases {
        let panel = Panel::new();
        panel.add_as("alice", |draft: &mut Draft| {
            if why == "expired at midnight" {
                draft.expires = Some(Date::parse("2026-11-22").unwrap());
            }
        });
        panel.add("bob");
        panel.node().post("/mu/nodes/1/traffic", r#"[{"user_id":1,"u":1,"d":1}]"#).is(200);
        assert_eq!(told(&panel, 1), ((1, 1, NO_LIMIT), 1), "{why}");
        shut_out(&panel);
        let begun = panel.now();
        for seconds in [0, 1, 599] {
            panel.set_clock(begun + seconds);
            let (row, of_node) = told(&panel, 1);
            assert!(!py_mu_loses_the_round(row), "{why} after {seconds}");
            assert_eq!((row, of_node), (SHUT_OUT, 0), "{why} after {seconds}");
            // Traffic that is still held of them comes in, and changes nothing of it.
            panel.node().post("/mu/nodes/1/traffic", r#"[{"user_id":1,"u":5,"d":5}]"#).is(200).hides("skipped");
            assert_eq!(told(&panel, 1).0, SHUT_OUT, "{why} after {seconds}");
            assert_eq!(told(&panel, 2), ((1, 1, NO_LIMIT), 1), "{why}: nobody else is touched");
        }
        // Without anything being written meanwhile.
        panel.set_clock(begun + 600);
        assert_eq!(told(&panel, 1), ((0, switch_after, NO_LIMIT), 0), "{why}");
    }
}

#[test]
fn a_user_who_is_let_in_again_is_at_once() {
    let panel = Panel::new();
    panel.add("alice");
    panel.app.store.switch_user(1, false, panel.now()).unwrap();
    assert_eq!(told(&panel, 1).0, SHUT_OUT);
    panel.wait(60);
    panel.app.store.switch_user(1, true, panel.now()).unwrap();
    assert_eq!(told(&panel, 1), ((1, 1, NO_LIMIT), 1));
    panel.app.store.remove_user(1, panel.now()).unwrap();
    assert_eq!(told(&panel, 1).0, SHUT_OUT);
    panel.app.store.bring_back_user(1, panel.now()).unwrap();
    assert_eq!(told(&panel, 1), ((1, 1, NO_LIMIT), 1));
}

#[test]
fn a_change_of_something_else_begins_no_ten_minutes() {
    let panel = Panel::new();
    panel.add("alice");
    panel.app.store.switch_user(1, false, panel.now()).unwrap();
    panel.wait(3600);
    let mut draft = App::draft_of(&panel.user(1));
    draft.port = Some(30_000);
    panel.app.store.change_user(1, None, draft, panel.now(), today(&panel)).unwrap();
    assert_eq!(told(&panel, 1), ((0, 0, NO_LIMIT), 0));
}
