//! The rows of the two lists: what shape they have, which users are let in, and which are still named after removal.

use crate::{
    panel::{Answer, DAY, Panel},
    wire::rows,
};
use mu_panel::{
    error::{Error, Fault},
    model::{Bytes, Date, Draft, Method, Name, NewUser, Password, ResetDay, Usage},
    store::Setting,
};
use rusqlite::{Connection, types::Value};
use serde::Deserialize;
use std::collections::HashSet;

/// A list as a strictly typed program reads it: every field is there, none is null, no integer is anything else.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct List {
    ret: u8,
    msg: String,
    data: Vec<Row>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Row {
    id: i64,
    passwd: String,
    t: i64,
    u: i64,
    d: i64,
    transfer_enable: i64,
    port: u16,
    switch: u8,
    enable: u8,
    method: String,
    email: String,
    protocol: String,
    obfs: String,
    plugin: String,
    plugin_opts: String,
    v2ray_user: V2rayUser,
    node_speedlimit: u32,
    node_connector: u32,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct V2rayUser {
    uuid: String,
    email: String,
    alter_id: u32,
    level: u32,
}

const ALL: &str = "/mu/v2/users";
const OF_NODE: &str = "/mu/v2/nodes/1/users";

#[track_caller]
fn read(answer: &Answer) -> Vec<Row> {
    let list: List = serde_json::from_slice(answer.0.body.as_bytes()).unwrap();
    assert_eq!((list.ret, list.msg.as_str()), (1, "ok"));
    list.data
}

impl Panel {
    #[track_caller]
    fn list(&self, target: &str) -> Vec<Row> {
        read(&self.node().get(target).is(200))
    }

    #[track_caller]
    fn row(&self, target: &str, id: i64) -> Option<Row> {
        self.list(target).into_iter().find(|row| row.id == id)
    }

    fn day(&self, plus: i32) -> Date {
        self.app.today(self.now()).unwrap().plus_days(plus)
    }

    fn remove(&self, id: i64) {
        self.app.store.remove_user(id, self.now()).unwrap();
    }
}

#[test]
fn a_row_has_every_field_as_each_program_reads_it() {
    let panel = Panel::new();
    panel.add_as("alice", |draft| {
        draft.port = Some(21567);
        draft.method = Method::parse("rc4-md5").unwrap();
        draft.password = Some(Password::parse("123gxopp", draft.method).unwrap());
        draft.quota = Some(Bytes::new(23_166_189_568));
    });
    panel.node().post("/mu/v2/users/1/traffic", "u=2048&d=3000000000&node_id=1").is(200);
    let uuid = panel.user(1).uuid;
    assert_eq!((uuid.len(), uuid.as_bytes()[14]), (36, b'4'), "a random uuid: {uuid}");
    for target in [ALL, OF_NODE] {
        let row = panel.row(target, 1).unwrap();
        let email = row.v2ray_user.email.clone();
        assert!(email.starts_with(&format!("{uuid}@")), "{email}");
        assert_eq!(
            row,
            Row {
                id: 1,
                passwd: "123gxopp".to_owned(),
                t: panel.now(),
                u: 2048,
                d: 3_000_000_000,
                transfer_enable: 23_166_189_568,
                port: 21567,
                switch: 1,
                enable: 1,
                method: "rc4-md5".to_owned(),
                email: "alice".to_owned(),
                protocol: "origin".to_owned(),
                obfs: "plain".to_owned(),
                plugin: String::new(),
                plugin_opts: String::new(),
                v2ray_user: V2rayUser { uuid: uuid.clone(), email, alter_id: 0, level: 2 },
                node_speedlimit: 0,
                node_connector: 0,
            }
        );
    }
}

#[test]
fn the_level_of_v2ray_users_is_a_setting() {
    let panel = Panel::with_friends();
    let level = |panel: &Panel| panel.row(ALL, 1).unwrap().v2ray_user.level;
    assert_eq!(level(&panel), 2);
    panel.app.store.set(Setting::V2rayLevel, Some("5".to_owned())).unwrap();
    assert_eq!(level(&panel), 5);
    let configuration = panel.node().get("/mu/v2/nodes/1/v2rayUsers").json();
    let policy = &configuration["policy"]["levels"]["5"];
    assert_eq!(configuration["inbounds"][0]["settings"]["clients"][0]["level"], 5);
    assert_eq!((&policy["statsUserUplink"], &policy["statsUserDownlink"]), (&true.into(), &true.into()));
    panel.app.store.set(Setting::V2rayLevel, None).unwrap();
    assert_eq!(level(&panel), 2);
}

#[test]
fn an_empty_panel_and_one_with_any_name_answer_whole_lists() {
    let panel = Panel::new();
    for target in [ALL, OF_NODE] {
        assert_eq!(panel.list(target), []);
    }
    let names = ["<script>alert(1)</script>", "宽字符", "a\"b\\c", "🙂", "O'Neil & Söhne", "\u{202e}rtl"];
    for name in names {
        panel.add(name);
    }
    for target in [ALL, OF_NODE] {
        let shown: Vec<String> = panel.list(target).into_iter().map(|row| row.email).collect();
        assert_eq!(shown, names);
    }
}

/// Which users are let in, as both lists say it: `(switch, enable)` in the list of all and in that of a node.
#[test]
fn who_is_let_in() {
    const KIB: i64 = 1024;
    type Describe = fn(&Panel, &mut Draft);
    type Treat = fn(&Panel);
    type Seen = Option<[(u8, u8); 2]>;
    let nothing: Describe = |_, _| {};
    let leave: Treat = |_| {};
    // What is said of them in the first ten minutes is in `api_shut_out`.
    let off: Treat = |panel| {
        panel.app.store.switch_user(1, false, panel.now()).unwrap();
        panel.wait(600);
    };
    let used: Treat = |panel| drop(panel.node().post("/mu/users/1/traffic", "u=512&d=512&node_id=1").is(200));
    let huge: Treat = |panel| {
        panel.node().post("/mu/users/1/traffic", format!("u={}&d=1&node_id=1", 1_i64 << 50)).is(200);
    };
    let removed: Treat = |panel| {
        panel.remove(1);
        panel.wait(600);
    };
    let removed_long: Treat = |panel| {
        panel.remove(1);
        panel.wait(30 * DAY - 1);
    };
    let removed_for_good: Treat = |panel| {
        panel.remove(1);
        panel.wait(30 * DAY);
    };
    let cases: [(&str, Describe, Treat, Seen, i64); 15] = [
        ("with no limit", nothing, leave, Some([(1, 1), (1, 1)]), 1 << 50),
        ("with no limit, much used", nothing, huge, Some([(1, 1), (1, 1)]), 1 << 62),
        ("off", nothing, off, Some([(0, 0), (0, 0)]), 1 << 50),
        ("on the last day", |p, draft| draft.expires = Some(p.day(0)), leave, Some([(1, 1), (1, 1)]), 1 << 50),
        ("expired yesterday", |p, draft| draft.expires = Some(p.day(-1)), leave, Some([(1, 0), (1, 0)]), 1 << 50),
        ("expired and off", |p, draft| draft.expires = Some(p.day(-1)), off, Some([(0, 0), (0, 0)]), 1 << 50),
        ("below the quota", |_, draft| draft.quota = Some(Bytes::new(KIB + 1)), used, Some([(1, 1), (1, 1)]), KIB + 1),
        ("at the quota", |_, draft| draft.quota = Some(Bytes::new(KIB)), used, Some([(1, 1), (1, 0)]), KIB),
        ("over the quota", |_, draft| draft.quota = Some(Bytes::new(KIB - 1)), used, Some([(1, 1), (1, 0)]), KIB - 1),
        ("with nothing to use", |_, draft| draft.quota = Some(Bytes::new(0)), leave, Some([(1, 1), (1, 0)]), 0),
        (
            "with a quota above `no limit`",
            |_, draft| draft.quota = Some(Bytes::new(1 << 60)),
            huge,
            Some([(1, 1), (1, 1)]),
            1 << 60,
        ),
        (
            "over the quota and expired",
            |p, draft| {
                draft.quota = Some(Bytes::new(1));
                draft.expires = Some(p.day(-1));
            },
            used,
            Some([(1, 0), (1, 0)]),
            1,
        ),
        ("removed", nothing, removed, Some([(0, 0), (0, 0)]), 1 << 50),
        ("removed almost 30 days ago", nothing, removed_long, Some([(0, 0), (0, 0)]), 1 << 50),
        ("removed 30 days ago", nothing, removed_for_good, None, 0),
    ];
    for (who, describe, treat, expected, transfer_enable) in cases {
        let panel = Panel::new();
        panel.add_as("alice", |draft| describe(&panel, draft));
        panel.add("bob");
        treat(&panel);
        for (target, place) in [(ALL, 0), (OF_NODE, 1)] {
            let row = panel.row(target, 1);
            let seen = row.as_ref().map(|row| (row.switch, row.enable));
            assert_eq!(seen, expected.map(|pair| pair[place]), "{who} at {target}");
            assert_eq!(row.map(|row| row.transfer_enable), expected.map(|_| transfer_enable), "{who} at {target}");
            let bob = panel.row(target, 2).unwrap();
            assert_eq!((bob.switch, bob.enable), (1, 1), "nobody else is touched: {who} at {target}");
        }
        let configured = panel.node().get("/mu/v2/nodes/1/v2rayUsers").body();
        let alice = panel.app.store.user(1, panel.now()).unwrap().map_or_else(|| "?".to_owned(), |user| user.uuid);
        assert_eq!(configured.contains(&alice), expected.is_some_and(|pair| pair[1].1 == 1), "{who}");
    }
}

/// A list that is kept as bytes must not outlive what it says, also when nothing is written meanwhile.
#[test]
fn a_list_follows_the_clock() {
    for target in [ALL, OF_NODE] {
        let panel = Panel::new();
        panel.add_as("today only", |draft| draft.expires = Some(panel.day(0)));
        panel.add("removed at noon");
        panel.add("removed at one");
        panel.add("stays");
        panel.remove(2);
        panel.wait(3600);
        panel.remove(3);
        // A user who has just been shut out is over the quota in the list of all.
        let grace = u8::from(target == ALL);
        let steps: [(i64, &[(i64, u8)]); 9] = [
            (0, &[(1, 1), (2, 0), (3, grace), (4, 1)]),
            (DAY / 2 - 3601, &[(1, 1), (2, 0), (3, 0), (4, 1)]),
            (1, &[(1, grace), (2, 0), (3, 0), (4, 1)]),
            (30 * DAY - DAY / 2 - 1, &[(1, 0), (2, 0), (3, 0), (4, 1)]),
            (1, &[(1, 0), (3, 0), (4, 1)]),
            (3599, &[(1, 0), (3, 0), (4, 1)]),
            (1, &[(1, 0), (4, 1)]),
            (-1, &[(1, 0), (3, 0), (4, 1)]),
            (-10 * DAY, &[(1, 0), (2, 0), (3, 0), (4, 1)]),
        ];
        for (seconds, expected) in steps {
            panel.wait(seconds);
            let seen: Vec<_> = panel.list(target).iter().map(|row| (row.id, row.enable)).collect();
            assert_eq!(seen, expected, "{target} after {seconds}");
        }
    }
}

#[test]
fn every_change_is_in_the_next_list() {
    let panel = Panel::with_friends();
    let store = &panel.app.store;
    let now = panel.now();
    let changes: [(&str, &dyn Fn()); 8] = [
        ("added", &|| drop(panel.add("carol"))),
        ("switched", &|| drop(store.switch_user(1, false, now).unwrap())),
        ("reported", &|| drop(panel.node().post("/mu/users/1/traffic", "u=1&d=1&node_id=1").is(200))),
        ("reset", &|| drop(store.reset_user(1, now).unwrap())),
        ("changed", &|| {
            let mut draft = mu_panel::app::App::draft_of(&panel.user(1));
            draft.port = Some(1);
            store.change_user(1, None, draft, now, panel.day(0)).unwrap();
        }),
        ("removed", &|| drop(store.remove_user(2, now).unwrap())),
        ("brought back", &|| drop(store.bring_back_user(2, now).unwrap())),
        ("level", &|| store.set(Setting::V2rayLevel, Some("7".to_owned())).unwrap()),
    ];
    let lists = || [ALL, OF_NODE].map(|target| panel.node().get(target).is(200).body());
    let mut before = lists();
    for (what, change) in changes {
        change();
        let after = lists();
        assert!(before.iter().zip(&after).all(|(before, after)| before != after), "{what}");
        assert_eq!(lists(), after, "{what}");
        before = after;
    }
}

#[test]
fn an_id_is_never_given_twice() {
    let panel = Panel::new();
    let ids: Vec<i64> = (0..4)
        .map(|number| {
            let id = panel.add(&format!("user {number}")).id;
            panel.remove(id);
            panel.wait(31 * DAY);
            id
        })
        .collect();
    assert_eq!(ids, [1, 2, 3, 4]);
    let imported = NewUser { id: Some(2), ..panel.app.complete(Draft::named(Name::parse("imported").unwrap())) };
    let taken = panel.app.store.add_users(vec![imported], panel.now(), panel.day(0));
    assert!(matches!(taken, Err(Error::Conflict(Fault::ImportIdTaken { id: 2 }))), "{taken:?}");
}

#[test]
fn a_port_rests_for_30_days() {
    let panel = Panel::new();
    let port_of = |name: &str| panel.add(name).port;
    assert_eq!((port_of("alice"), port_of("bob")), (20_001, 20_002));
    panel.remove(1);
    let wanted = |name: &str| {
        let mut draft = Draft::named(Name::parse(name).unwrap());
        draft.port = Some(20_001);
        panel.app.add_user(draft, panel.now())
    };
    panel.wait(30 * DAY - 1);
    assert!(matches!(wanted("carol"), Err(Error::Conflict(Fault::PortTaken { port: 20_001 }))));
    let mut draft = mu_panel::app::App::draft_of(&panel.user(2));
    draft.port = Some(20_001);
    let moved = panel.app.store.change_user(2, None, draft, panel.now(), panel.day(0));
    assert!(matches!(moved, Err(Error::Conflict(Fault::PortTaken { port: 20_001 }))), "{moved:?}");
    assert_eq!(port_of("dave"), 20_003, "it is not given out either");
    assert_eq!(panel.row(ALL, 1).unwrap().port, 20_001, "the user is listed with it");
    panel.wait(1);
    assert_eq!(wanted("carol").unwrap().port, 20_001);
    let ports: Vec<u16> = panel.list(ALL).iter().map(|row| row.port).collect();
    assert_eq!(ports, [20_002, 20_003, 20_001], "no port stands in a list twice");
}

/// What a node still holds of a removed user is counted, also when the user is no longer listed.
#[test]
fn traffic_of_the_removed_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mu-panel.db");
    let panel = Panel::at(&file).and_friends();
    panel.remove(1);
    panel.wait(600);
    panel.node().post("/mu/v2/users/1/traffic", "u=1&d=2&node_id=1").is(200);
    panel.node().post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":10,"d":20}]"#).is(200).hides("skipped");
    let row = panel.row(ALL, 1).unwrap();
    assert_eq!((row.u, row.d, row.t, row.enable), (11, 22, panel.now(), 0));
    panel.wait(300 * DAY);
    panel.node().post("/mu/v2/users/1/traffic", "u=100&d=200&node_id=1").is(200).shows(r#""ret":1"#);
    panel.node().post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":1000,"d":2000}]"#).is(200).hides("skipped");
    assert_eq!(panel.row(ALL, 1), None);
    let kept = rows(&Connection::open(&file).unwrap(), "SELECT u, d FROM user WHERE id = 1");
    assert_eq!(kept, [[Value::Integer(1111), Value::Integer(2222)]]);
}

#[test]
fn a_list_of_many_names_each_of_them_once() {
    let panel = Panel::new();
    let many = 1000;
    let users = (0..many)
        .map(|number| NewUser {
            used: Usage { u: Bytes::new(number), d: Bytes::new(i64::MAX) },
            ..panel.app.complete(Draft {
                reset_day: ResetDay::new(1 + number % 31).ok(),
                ..Draft::named(Name::parse(&format!("user {number}")).unwrap())
            })
        })
        .collect();
    panel.app.store.add_users(users, panel.now(), panel.day(0)).unwrap();
    for target in [ALL, OF_NODE] {
        let list = panel.list(target);
        assert!(list.iter().map(|row| row.id).eq(1..=many), "{target}");
        assert!(list.iter().all(|row| row.d == i64::MAX && row.u == row.id - 1), "{target}");
        let uuids: HashSet<_> = list.iter().map(|row| &row.v2ray_user.uuid).collect();
        let ports: HashSet<_> = list.iter().map(|row| row.port).collect();
        assert_eq!((uuids.len(), ports.len()), (1000, 1000), "{target}");
    }
}
