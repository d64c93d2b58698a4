//! Accounting: what a report adds, to whom, and what stays of it.

use crate::{
    panel::{DAY, Panel},
    wire::{dump, rows},
};
use mu_panel::model::{History, NodeDraft, Rate, Time};
use rusqlite::{Connection, types::Value};
use std::{fmt::Write, path::Path};

const BATCH: &str = "/mu/v2/nodes/1/traffic";
const HOUR: Time = 3600;

impl Panel {
    /// Sets what a byte through a node counts.
    fn rate(&self, node: i64, rate: &str) {
        self.node().post(&format!("/mu/v2/nodes/{node}/traffic"), "[]").is(200);
        let rate = Rate::parse(rate).unwrap();
        self.app.store.change_node(node, None, NodeDraft { rate, ..NodeDraft::default() }, self.now()).unwrap();
    }

    /// What went through a node in all.
    fn through(&self, node: i64) -> (i64, i64) {
        let node = self.app.store.node(node).unwrap().unwrap();
        (node.u.get(), node.d.get())
    }

    fn history_of_user(&self, id: i64) -> Vec<(Time, i64, i64)> {
        short(&self.app.store.history_of_user(id, self.now() - 365 * DAY, self.now() + 365 * DAY).unwrap())
    }

    fn history_of_node(&self, id: i64) -> Vec<(Time, i64, i64)> {
        short(&self.app.store.history_of_node(id, 0, Time::MAX).unwrap())
    }
}

fn short(history: &[History]) -> Vec<(Time, i64, i64)> {
    history.iter().map(|hour| (hour.hour, hour.usage.u.get(), hour.usage.d.get())).collect()
}

fn filed() -> (Panel, tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mu-panel.db");
    (Panel::at(&file).and_friends(), folder, file)
}

fn query(file: &Path, sql: &str) -> Vec<Vec<Value>> {
    rows(&Connection::open(file).unwrap(), sql)
}

#[test]
fn a_report_is_added() {
    let panel = Panel::new();
    let alice = panel.add("alice").id;
    panel.node().post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":1024,"d":1024}]"#).is(200);
    panel.node().post("/mu/v2/users/1/traffic", "u=1&d=2&node_id=1").is(200);
    assert_eq!(panel.used(alice), (1025, 1026));
    panel.node().get("/mu/v2/users").is(200).shows(r#""u":1025,"d":1026"#);
    panel.admin().get("/").is(200).shows("alice").shows("2 KiB");
}

#[test]
fn rows_of_one_user_add_up() {
    let panel = Panel::with_friends();
    let rows = r#"[{"user_id":1,"u":1,"d":10},{"user_id":2,"u":5,"d":0},{"user_id":"1","u":"2","d":20},{"d":30,"u":3,"user_id":1}]"#;
    panel.node().post(BATCH, rows).is(200).hides("skipped");
    assert_eq!((panel.used(1), panel.used(2)), ((6, 60), (5, 0)));
    assert_eq!(panel.through(1), (11, 60));
    panel.node().post(BATCH, rows).is(200);
    assert_eq!((panel.used(1), panel.used(2)), ((12, 120), (10, 0)));
}

#[test]
fn no_count_is_too_large_for_a_counter_of_64_bits() {
    for count in [i64::from(i32::MAX), 1 << 31, 1 << 32, (1 << 53) + 1, i64::MAX - 1, i64::MAX] {
        for sent in [format!("{count}"), format!("\"{count}\"")] {
            let panel = Panel::with_friends();
            panel.node().post(BATCH, format!(r#"[{{"user_id":1,"u":{sent},"d":0}}]"#)).is(200);
            panel.node().post("/mu/users/2/traffic", format!("u=0&d={count}&node_id=1")).is(200);
            assert_eq!((panel.used(1), panel.used(2)), ((count, 0), (0, count)), "{sent}");
            panel.node().get("/mu/v2/users").shows(&format!(r#""u":{count},"d":0"#));
            assert_eq!(panel.history_of_node(1), [(panel.now(), count, count)], "{sent}");
        }
    }
}

/// The counter of the user is an error when it is full; what is only looked at stops at its largest number.
#[test]
fn a_full_counter_changes_nothing_and_a_full_total_stops() {
    let panel = Panel::with_friends();
    let full = format!("u={}&d=7&node_id=1", i64::MAX);
    panel.node().post("/mu/users/1/traffic", full.as_str()).is(200);
    panel.wait(60);
    for (bad, user) in [("u=1&d=0&node_id=1", 1), (&full, 1), ("u=1&d=1&node_id=1", 1)] {
        panel.node().post(&format!("/mu/users/{user}/traffic"), bad).is(400).shows("reset it first");
        assert_eq!((panel.used(1), panel.user(1).t), ((i64::MAX, 7), panel.now() - 60), "{bad}");
    }
    panel.node().post("/mu/users/1/traffic", "u=0&d=1&node_id=1").is(200);
    panel.node().post("/mu/users/2/traffic", "u=5&d=5&node_id=1").is(200);
    assert_eq!((panel.used(1), panel.used(2)), ((i64::MAX, 8), (5, 5)));
    assert_eq!(panel.through(1), (i64::MAX, 13));
    assert_eq!(panel.history_of_node(1), [(panel.now() - 60, i64::MAX, 13)]);
    let more = format!(
        r#"[{{"user_id":2,"u":{max},"d":0}},{{"user_id":1,"u":0,"d":1}},{{"user_id":2,"u":1,"d":1}}]"#,
        max = i64::MAX
    );
    panel.node().post(BATCH, more).is(200).shows(r#""skipped":[{"user_id":2,"#);
    assert_eq!((panel.used(1), panel.used(2)), ((i64::MAX, 9), (6, 6)));
}

#[test]
fn the_last_use_is_when_it_was_reported() {
    let panel = Panel::with_friends();
    let last = |panel: &Panel| (panel.user(1).t, panel.user(2).t);
    assert_eq!(last(&panel), (0, 0));
    panel.node().post("/mu/users/1/traffic", "u=1&d=0&node_id=1").is(200);
    let first = panel.now();
    panel.wait(90);
    panel.node().post(BATCH, r#"[{"user_id":2,"u":0,"d":1},{"user_id":1,"u":0,"d":0}]"#).is(200);
    assert_eq!(last(&panel), (first, first + 90), "who used nothing was not there");
    panel.wait(90);
    panel.node().post(BATCH, "[]").is(200);
    panel.node().post(BATCH, "null").is(200);
    panel.node().post(BATCH, r#"[{"user_id":1,"u":-1,"d":0},{"user_id":2,"u":1,"d":0}]"#).is(200);
    assert_eq!(last(&panel), (first, first + 180));
}

#[test]
fn an_empty_batch_changes_no_counter() {
    let (panel, _folder, file) = filed();
    panel.node().post(BATCH, r#"[{"user_id":1,"u":1,"d":1}]"#).is(200);
    let before = dump(&file, &["node"]);
    for empty in ["[]", "null", " [ ] ", "\nnull\n", r#"[{"user_id":1,"u":0,"d":0}]"#] {
        panel.wait(1);
        assert_eq!(panel.node().post(BATCH, empty).is(200).body(), r#"{"ret":1,"msg":"ok"}"#);
        assert_eq!(dump(&file, &["node"]), before, "{empty}");
    }
}

#[test]
fn a_node_that_was_never_seen_is_added() {
    let panel = Panel::with_friends();
    let node = panel.node();
    node.post("/mu/users/1/traffic", "u=1&d=1&node_id=3").is(200);
    node.post("/mu/nodes/9223372036854775807/traffic", r#"[{"user_id":1,"u":1,"d":1}]"#).is(200);
    node.get("/mu/nodes/5/users").is(200);
    node.post("/mu/nodes/6/online_count", "count=1").is(200);
    node.post("/mu/nodes/7/info", "load=&uptime=0").is(200);
    node.post("/mu/nodes/8/ip", "ip=::1").is(200);
    node.get("/mu/nodes/9/v2rayUsers").is(200);
    let nodes = panel.app.store.nodes().unwrap();
    let ids: Vec<i64> = nodes.iter().map(|node| node.id).collect();
    assert_eq!(ids, [3, 5, 6, 7, 8, 9, i64::MAX]);
    assert!(nodes.iter().all(|node| node.created == panel.now() && node.rate == Rate::default()));
    assert_eq!((nodes[0].last_push, nodes[1].last_pull), (panel.now(), panel.now()));
}

#[test]
fn a_rate_multiplies_what_the_user_is_charged_and_nothing_else() {
    for (rate, rows, charged) in [
        ("1", &[(3, 5)][..], (3, 5)),
        ("2", &[(3, 5)], (6, 10)),
        ("0", &[(3, 5)], (0, 0)),
        // Half up, and each row for itself: together these would be 1.5.
        ("0.5", &[(1, 0), (1, 0), (1, 1)], (3, 1)),
        ("0.499", &[(1, 0), (1, 1)], (0, 0)),
        ("0.001", &[(499, 500)], (0, 1)),
        ("1.25", &[(2, 1)], (3, 1)),
        ("1000", &[(1 << 40, 1)], (1000 << 40, 1000)),
    ] {
        let panel = Panel::with_friends();
        panel.rate(1, rate);
        panel.rate(2, "1");
        let reported = rows.iter().fold((0, 0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
        let batch: Vec<String> = rows.iter().map(|(u, d)| format!(r#"{{"user_id":1,"u":{u},"d":{d}}}"#)).collect();
        panel.node().post(BATCH, format!("[{}]", batch.join(","))).is(200);
        for (u, d) in rows {
            panel.node().post("/mu/users/2/traffic", format!("u={u}&d={d}&node_id=1")).is(200);
        }
        assert_eq!((panel.used(1), panel.used(2)), (charged, charged), "{rate}");
        assert_eq!(panel.history_of_user(1), [(panel.now(), reported.0, reported.1)], "as reported, {rate}");
        assert_eq!(panel.through(1), (reported.0 * 2, reported.1 * 2), "as reported, {rate}");
        assert_eq!(panel.user(1).t, panel.now(), "the user was there, {rate}");
        panel.node().post("/mu/users/1/traffic", "u=1&d=0&node_id=2").is(200);
        assert_eq!(panel.used(1), (charged.0 + 1, charged.1), "the other node's is another, {rate}");
    }
}

#[test]
fn a_report_with_a_known_key_is_answered_as_before_and_not_counted_again() {
    let batch = r#"[{"user_id":1,"u":1,"d":2},{"user_id":99,"u":1,"d":1}]"#;
    for (target, body) in [(BATCH, batch), ("/mu/users/1/traffic", "u=1&d=2&node_id=1")] {
        let panel = Panel::with_friends();
        let keyed = |key: &str| panel.node().with("Idempotency-Key", key).post(target, body).is(200).body();
        let first = keyed("a key");
        for seconds in [0, 1, DAY / 2, DAY / 2 - 2] {
            panel.wait(seconds);
            assert_eq!(keyed("a key"), first, "{target}");
            assert_eq!(panel.used(1), (1, 2), "{target}");
        }
        keyed("another");
        assert_eq!(panel.used(1), (2, 4), "{target}");
        panel.node().post(target, body).is(200);
        panel.node().post(target, body).is(200);
        assert_eq!(panel.used(1), (4, 8), "without a key each is its own: {target}");
    }
}

#[test]
fn a_key_of_a_report_that_was_refused_is_still_good() {
    let panel = Panel::with_friends();
    let keyed = panel.node().with("IDEMPOTENCY-KEY", &"k".repeat(255));
    keyed.post(BATCH, r#"[{"user_id":3,"u":1,"d":2}]"#).is(400);
    keyed.post("/mu/users/1/traffic", "u=1&d=x&node_id=1").is(400);
    panel.add("carol");
    keyed.post(BATCH, r#"[{"user_id":3,"u":1,"d":2}]"#).is(200);
    keyed.post(BATCH, r#"[{"user_id":3,"u":1,"d":2}]"#).is(200);
    assert_eq!(panel.used(3), (1, 2));
}

/// For programs that number their reports anew for each node or user.
#[test]
fn a_key_stands_for_a_report_of_one_user_or_node() {
    let panel = Panel::with_friends();
    let keyed = |target: &str, body: &str| {
        panel.node().with("Idempotency-Key", "1").post(target, body).is(200);
    };
    for _ in 0..2 {
        for prefix in ["/mu", "/mu/v2/", "/api/mu"] {
            keyed(&format!("{prefix}/users/1/traffic"), "u=1&d=0&node_id=1");
            keyed(&format!("{prefix}/users/1/traffic"), "u=10&d=0&node_id=2");
            keyed(&format!("{prefix}/users/2/traffic"), "u=1&d=0&node_id=1");
            keyed(&format!("{prefix}/nodes/1/traffic"), r#"[{"user_id":1,"u":100,"d":0}]"#);
            keyed(&format!("{prefix}/nodes/2/traffic"), r#"[{"user_id":1,"u":1000,"d":0}]"#);
        }
    }
    assert_eq!((panel.used(1), panel.used(2)), ((1111, 0), (1, 0)));
}

/// How many of the newest keys are kept longer than a day.
const MIN_RECEIPTS: i64 = 1000;

#[test]
fn keys_are_kept_for_a_day_and_the_newest_for_longer() {
    let (panel, _folder, file) = filed();
    let keyed = |key: &str| {
        panel.node().with("Idempotency-Key", key).post("/mu/users/1/traffic", "u=1&d=1&node_id=1").is(200);
    };
    let others = |day: &str, count| (0..count).for_each(|other| keyed(&format!("{day} {other}")));
    let kept = || query(&file, "SELECT count(*) FROM receipt").concat();
    keyed("old");
    others("first", MIN_RECEIPTS + 10);
    let mut sum = MIN_RECEIPTS + 11;
    keyed("old");
    panel.wait(DAY - 1);
    keyed("old");
    assert_eq!((panel.used(1).0, kept()), (sum, vec![Value::Integer(sum)]), "for a day all are known");
    panel.wait(1);
    keyed(&format!("first {}", MIN_RECEIPTS + 9));
    keyed("first 10");
    assert_eq!(panel.used(1).0, sum, "the newest are known for longer");
    keyed("old");
    sum += 1;
    assert_eq!(panel.used(1).0, sum, "the others are not");
    let a_day_later = || {
        panel.wait(DAY);
        panel.node().get("/mu").is(200);
    };
    a_day_later();
    assert_eq!(kept(), [Value::Integer(MIN_RECEIPTS)], "and do not pile up");
    // Those of a clock that was ahead make room too.
    panel.wait(300 * DAY);
    others("ahead", MIN_RECEIPTS + 10);
    panel.wait(-300 * DAY);
    others("second", MIN_RECEIPTS);
    a_day_later();
    assert_eq!(kept(), [Value::Integer(MIN_RECEIPTS)]);
}

#[test]
fn the_history_has_one_row_an_hour_user_and_node() {
    let (panel, _folder, file) = filed();
    let noon = panel.now();
    for (seconds, target, body) in [
        (0, "/mu/users/1/traffic", "u=1&d=10&node_id=1"),
        (HOUR - 1, "/mu/users/1/traffic", "u=2&d=20&node_id=1"),
        (0, "/mu/users/1/traffic", "u=4&d=40&node_id=2"),
        (
            0,
            "/mu/nodes/1/traffic",
            r#"[{"user_id":2,"u":8,"d":80},{"user_id":1,"u":16,"d":160},{"user_id":2,"u":32,"d":320}]"#,
        ),
        (1, "/mu/users/1/traffic", "u=64&d=640&node_id=1"),
        (0, "/mu/users/1/traffic", "u=0&d=0&node_id=1"),
    ] {
        panel.wait(seconds);
        panel.node().post(target, body).is(200);
    }
    let kept = query(&file, "SELECT (hour - (SELECT min(hour) FROM traffic)) / 3600, user, node, u, d FROM traffic");
    let expected = [[0, 1, 1, 19, 190], [0, 1, 2, 4, 40], [0, 2, 1, 40, 400], [1, 1, 1, 64, 640]];
    assert_eq!(kept, expected.map(|row| row.map(Value::Integer)));
    assert_eq!(panel.history_of_user(1), [(noon, 23, 230), (noon + HOUR, 64, 640)]);
    assert_eq!(panel.history_of_node(1), [(noon, 59, 590), (noon + HOUR, 64, 640)]);
    let store = &panel.app.store;
    assert_eq!(short(&store.history_of_user(1, noon, noon + HOUR).unwrap()), [(noon, 23, 230)]);
    assert_eq!(short(&store.history_of_user(1, noon + 1, noon + HOUR + 1).unwrap()), [(noon + HOUR, 64, 640)]);
}

/// A report is one transaction: whatever fails in the middle of it takes all of it back.
#[test]
fn a_report_is_taken_whole_or_not_at_all() {
    for (fault, table) in [
        ("BEFORE UPDATE ON user WHEN NEW.id = 2", "user"),
        ("BEFORE INSERT ON traffic WHEN NEW.user = 2", "traffic"),
        ("BEFORE UPDATE ON node WHEN NEW.last_push > 0", "node"),
        ("BEFORE INSERT ON receipt", "receipt"),
    ] {
        let (panel, _folder, file) = filed();
        let trigger = format!("CREATE TRIGGER fault {fault} BEGIN SELECT RAISE(ABORT, 'broken'); END");
        Connection::open(&file).unwrap().execute_batch(&trigger).unwrap();
        let before = dump(&file, &[]);
        let keyed = panel.node().with("Idempotency-Key", "k");
        let batch = r#"[{"user_id":1,"u":1,"d":1},{"user_id":2,"u":1,"d":1},{"user_id":3,"u":1,"d":1}]"#;
        let told = keyed.post(BATCH, batch).is(500).json();
        assert_eq!(told["ret"], 0, "{table}");
        assert_eq!(dump(&file, &[]), before, "{table}");
        Connection::open(&file).unwrap().execute_batch("DROP TRIGGER fault").unwrap();
        keyed.post(BATCH, batch).is(200);
        assert_eq!((panel.used(1), panel.used(2)), ((1, 1), (1, 1)), "{table}");
    }
}

/// What was answered with 200 is in the file: another process sees it before the next request.
#[test]
fn what_was_answered_is_in_the_file() {
    let (panel, _folder, file) = filed();
    for sent in 1..=20 {
        panel.node().post("/mu/users/1/traffic", "u=1&d=2&node_id=1").is(200);
        let kept = query(&file, "SELECT u, d FROM user WHERE id = 1");
        assert_eq!(kept, [[Value::Integer(sent), Value::Integer(sent * 2)]]);
    }
}

#[test]
fn a_batch_of_8_mib_is_taken() {
    let panel = Panel::new();
    let friends = 50;
    for friend in 1..=friends {
        panel.add(&format!("friend {friend}"));
    }
    let mut body = "[".to_owned();
    let mut count = 0;
    while body.len() < 8 << 20 {
        let user = count % friends + 1;
        write!(body, r#"{{"user_id":{user},"u":1,"d":2,"more":"{:60}"}},"#, "").unwrap();
        count += 1;
    }
    body.pop();
    body.push(']');
    panel.node().post(BATCH, body).is(200).hides("skipped");
    assert_eq!(panel.through(1), (count, 2 * count));
    let sum: i64 = (1..=friends).map(|id| panel.used(id).0).sum();
    assert_eq!(sum, count);
}

/// Ever new keys do not fill the disk: the answers are short, and of one node only the newest are kept.
#[test]
fn receipts_of_one_node_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mu-panel.db");
    let panel = Panel::at(&file);
    panel.add("alice");
    let kept = |sql: &str| -> i64 { Connection::open(&file).unwrap().query_row(sql, (), |row| row.get(0)).unwrap() };
    // A thousand rows that cannot be used, each with a long id.
    let rows: Vec<String> =
        (0..1000).map(|at| format!(r#"{{"user_id":"{at}{}","u":1,"d":1}}"#, "9".repeat(200))).collect();
    let batch = format!(r#"[{{"user_id":1,"u":1,"d":1}},{}]"#, rows.join(","));
    let keyed =
        |key: &str| panel.node().with("Idempotency-Key", key).post("/mu/nodes/7/traffic", batch.clone()).is(200);
    let first = keyed("a").json();
    assert_eq!(first["skipped"].as_array().unwrap().len(), 10);
    assert_eq!(first["skipped_more"], 990);
    assert_eq!(keyed("a").json(), first, "the same once more");
    assert_eq!(panel.used(1), (1, 1));
    assert!(kept("SELECT max(octet_length(answer)) FROM receipt") < 4096);
    // As from the time before: 2,500 of that node, and one of another.
    let more = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
        INSERT INTO receipt (call, key, at, answer, node) SELECT 'c', i, 1795348800, '', 7 FROM n;
        INSERT INTO receipt (call, key, at, answer, node) VALUES ('c', 'other', 1795348800, '', 8)";
    Connection::open(&file).unwrap().execute_batch(more).unwrap();
    panel.node().with("Idempotency-Key", "b").post("/mu/nodes/7/traffic", r#"[{"user_id":1,"u":1,"d":1}]"#).is(200);
    assert_eq!(kept("SELECT count(*) FROM receipt WHERE node = 7"), 2000);
    assert_eq!(kept("SELECT count(*) FROM receipt WHERE node = 8"), 1);
    assert_eq!(kept("SELECT count(*) FROM receipt WHERE key = 'b'"), 1);
}
