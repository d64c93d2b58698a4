//! Requests that are refused: each with what it is told, and the proof that nothing has changed.

use crate::{
    panel::{Answer, Panel},
    wire::{dump, rows},
};
use mu_panel::{
    api::failure,
    error::{Error, Fault},
    http::{Request, Verb},
    model::{NodeDraft, Rate},
    routes::{Access, TABLE, status},
};
use rusqlite::Connection;
use std::path::PathBuf;
use tempfile::TempDir;

/// A panel in a file, with something in it that could be damaged: alice, bob, and node 1, through which alice has used
/// 10 and 20.
struct Filed {
    panel: Panel,
    file: PathBuf,
    _folder: TempDir,
}

impl Filed {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mu-panel.db");
        let panel = Panel::at(&file).and_friends();
        panel.node().post("/mu/v2/users/1/traffic", "u=10&d=20&node_id=1").is(200);
        Self { panel, file, _folder: folder }
    }

    /// All there is but the notes of what was refused, which are the one trace that a refusal leaves.
    fn dump(&self) -> String {
        dump(&self.file, &["refusal"])
    }
}

/// Whatever is refused is refused as JSON that says so.
#[track_caller]
fn refused(answer: &Answer, status: u16, message: &str) {
    let said = answer.json();
    assert_eq!(answer.0.status, status, "{said}");
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8", "{said}");
    assert_eq!(said["ret"], 0, "{said}");
    assert_eq!(said.as_object().unwrap().len(), 2, "nothing but `ret` and `msg`: {said}");
    let said = said["msg"].as_str().unwrap();
    assert!(said.contains(message), "no `{message}` in `{said}`");
    assert!(!said.is_empty());
}

const USER: &str = "/mu/v2/users/1/traffic";
const BATCH: &str = "/mu/v2/nodes/1/traffic";

/// Where to, what, and the message. All of them are 400.
const BAD: &[(&str, &str, &str)] = &[
    // A report of one user
    (USER, "", "`node_id` is missing"),
    (USER, "u=1&d=1", "`node_id` is missing"),
    (USER, "u=1&d=1&node_id=", "`node_id` has to be a whole number from 1 up"),
    (USER, "u=1&d=1&node_id=0", "`node_id` has to be a whole number from 1 up, and is `0`"),
    (USER, "u=1&d=1&node_id=-1", "`node_id` has to be a whole number from 1 up, and is `-1`"),
    (USER, "u=1&d=1&node_id=1.0", "`node_id` has to be a whole number from 1 up"),
    (USER, "u=1&d=1&node_id=abc", "`node_id` has to be a whole number from 1 up"),
    (USER, "u=1&d=1&node_id=%2B1", "`node_id` has to be a whole number from 1 up"),
    (USER, "u=1&d=1&node_id=9223372036854775808", "`node_id` has to be a whole number from 1 up"),
    (USER, "u=1&node_id=1", "`d` is missing"),
    (USER, "d=1&node_id=1", "`u` is missing"),
    (USER, "u=&d=1&node_id=1", "`u` has to be a whole number of at least 0"),
    (USER, "u=5abc&d=1&node_id=1", "`u` has to be a whole number of at least 0"),
    (USER, "u=1&d=-1&node_id=1", "`d` has to be a whole number of at least 0"),
    (USER, "u=1&d=1.5&node_id=1", "`d` has to be a whole number of at least 0"),
    (USER, "u=1&d=1e3&node_id=1", "`d` has to be a whole number of at least 0"),
    (USER, "u=%201&d=1&node_id=1", "`u` has to be a whole number of at least 0"),
    (USER, "u=%2B1&d=1&node_id=1", "`u` has to be a whole number of at least 0"),
    (USER, "u=0x10&d=1&node_id=1", "`u` has to be a whole number of at least 0"),
    (USER, "u=NaN&d=1&node_id=1", "`u` has to be a whole number of at least 0"),
    (USER, "u=%EF%BC%91&d=1&node_id=1", "`u` has to be a whole number of at least 0"),
    (USER, "u=9223372036854775808&d=1&node_id=1", "`u` is above 9223372036854775807"),
    (USER, "u=1&d=99999999999999999999999&node_id=1", "`d` is above 9223372036854775807"),
    (USER, "u=9223372036854775807&d=1&node_id=1", "the user's counter would go beyond"),
    (USER, "u=1&d=9223372036854775788&node_id=1", "the user's counter would go beyond"),
    (USER, r#"{"u":1,"d":1}"#, "`node_id` is missing"),
    (USER, r#"{"u":null,"d":1,"node_id":1}"#, "`u` is missing"),
    (USER, r#"{"u":true,"d":1,"node_id":1}"#, "`u` has to be a whole number"),
    (USER, r#"{"u":1.0,"d":1,"node_id":1}"#, "`u` has to be a whole number"),
    (USER, r#"{"u":[1],"d":1,"node_id":1}"#, "`u` has to be a whole number"),
    (USER, r#"{"u":-1,"d":1,"node_id":1}"#, "`u` has to be a whole number"),
    (USER, r#"{"u":1,"d":1,"node_id":1"#, "the body cannot be read"),
    (USER, r#"[{"user_id":1,"u":1,"d":1}]"#, "`node_id` is missing"),
    ("/mu/v2/users/3/traffic", "u=1&d=1&node_id=1", "there is no such user"),
    ("/mu/v2/users/3/traffic", "u=0&d=0&node_id=1", "there is no such user"),
    ("/mu/v2/users/3/traffic", "u=1&d=1&node_id=7", "there is no such user"),
    ("/mu/v2/users/0/traffic", "u=1&d=1&node_id=1", "`user id` has to be a whole number from 1 up"),
    ("/mu/v2/users/-1/traffic", "u=1&d=1&node_id=1", "`user id` has to be a whole number from 1 up"),
    ("/mu/v2/users/1abc/traffic", "u=1&d=1&node_id=1", "`user id` has to be a whole number from 1 up"),
    ("/mu/v2/users/9223372036854775808/traffic", "u=1&d=1&node_id=1", "`user id` has to be a whole number"),
    // A batch
    (BATCH, "", "the body has to be a JSON array"),
    (BATCH, " \n", "the body has to be a JSON array"),
    (BATCH, "5", "the body has to be a JSON array"),
    (BATCH, "true", "the body has to be a JSON array"),
    (BATCH, "\"[]\"", "the body has to be a JSON array"),
    (BATCH, "{}", "the body has to be a JSON array"),
    (BATCH, r#"{"user_id":1,"u":1,"d":1}"#, "the body has to be a JSON array"),
    (BATCH, r#"{"data":[{"user_id":1,"u":1,"d":1}]}"#, "the body has to be a JSON array"),
    (BATCH, "u=1&d=1&node_id=1", "the body has to be a JSON array"),
    (BATCH, r#"[{"user_id":1,"u":1,"d":1}"#, "the body has to be a JSON array"),
    (BATCH, r#"[{"user_id":1,"u":1,"d":1},]"#, "the body has to be a JSON array"),
    (BATCH, r#"[{"user_id":1,"u":1,"d":1}] x"#, "the body has to be a JSON array"),
    (BATCH, r#"[{"user_id":1,"u":1,"d":1}][]"#, "the body has to be a JSON array"),
    (BATCH, r"[{'user_id':1,'u':1,'d':1}]", "the body has to be a JSON array"),
    (BATCH, r#"[{"user_id":1,"u":NaN,"d":1}]"#, "the body has to be a JSON array"),
    (BATCH, "<html>", "the body has to be a JSON array"),
    (BATCH, r#"[{"user_id":3,"u":1,"d":1}]"#, "there is no such user"),
    (BATCH, r#"[{"user_id":1,"u":-1,"d":1}]"#, "`u` has to be a whole number"),
    (BATCH, r#"[{"user_id":1,"u":1}]"#, "`d` is missing"),
    (BATCH, r#"[{"u":1,"d":1}]"#, "`user_id` is missing"),
    (BATCH, r"[1]", "the row isn't a JSON object"),
    (BATCH, r"[null]", "the row isn't a JSON object"),
    (BATCH, r#"[[{"user_id":1,"u":1,"d":1}]]"#, "the row isn't a JSON object"),
    (BATCH, r#"[{"user_id":1,"u":9223372036854775807,"d":1}]"#, "the user's counter would go beyond"),
    (BATCH, r#"[{"user_id":3,"u":1,"d":1},{"user_id":1,"u":1,"d":"x"}]"#, "none of the 2 rows can be used"),
    ("/mu/v2/nodes/7/traffic", r#"[{"user_id":3,"u":1,"d":1}]"#, "there is no such user"),
    ("/mu/v2/nodes/0/traffic", "[]", "`node_id` has to be a whole number from 1 up, and is `0`"),
    ("/mu/v2/nodes/-1/traffic", "[]", "`node_id` has to be a whole number from 1 up"),
    ("/mu/v2/nodes/abc/traffic", "[]", "`node_id` has to be a whole number from 1 up"),
    ("/mu/v2/nodes/1.0/traffic", "[]", "`node_id` has to be a whole number from 1 up"),
    ("/mu/v2/nodes/9223372036854775808/traffic", "[]", "`node_id` has to be a whole number from 1 up"),
    // What a node tells of itself
    ("/mu/v2/nodes/1/online_count", "", "`count` is missing"),
    ("/mu/v2/nodes/1/online_count", "count=-1", "`count` has to be a whole number"),
    ("/mu/v2/nodes/1/online_count", "count=many", "`count` has to be a whole number"),
    ("/mu/v2/nodes/1/online_count", r#"{"count":"#, "the body cannot be read"),
    ("/mu/v2/nodes/x/online_count", "count=1", "`node_id` has to be a whole number from 1 up"),
    ("/mu/v2/nodes/1/info", "load=1", "`uptime` is missing"),
    ("/mu/v2/nodes/1/info", "uptime=1", "`load` is missing"),
    ("/mu/v2/nodes/1/info", "load=1&uptime=", "`uptime` has to be a number of seconds"),
    ("/mu/v2/nodes/1/info", "load=1&uptime=-1", "`uptime` has to be a number of seconds"),
    ("/mu/v2/nodes/1/info", "load=1&uptime=nan", "`uptime` has to be a number of seconds"),
    ("/mu/v2/nodes/1/info", "load=1&uptime=1e999", "`uptime` has to be a number of seconds"),
    ("/mu/v2/nodes/1/info", "load=1&uptime=up+3+days", "`uptime` has to be a number of seconds"),
    ("/mu/v2/nodes/0/info", "load=1&uptime=1", "`node_id` has to be a whole number from 1 up"),
    ("/mu/v2/nodes/1/ip", "{}", "`ip` is missing"),
    ("/mu/v2/nodes/1/ip", r#"{"ip":"somewhere"}"#, "`ip` has to be an IP address"),
    ("/mu/v2/nodes/1/ip", r#"{"ip":"192.0.2.1:80"}"#, "`ip` has to be an IP address"),
    ("/mu/v2/nodes/0/ip", r#"{"ip":"192.0.2.1"}"#, "`node_id` has to be a whole number from 1 up"),
];

#[test]
fn what_cannot_be_used_changes_nothing() {
    let filed = Filed::new();
    let before = filed.dump();
    for (target, body, message) in BAD {
        refused(&filed.panel.node().post(target, *body), 400, message);
        assert_eq!(filed.dump(), before, "{target} {body}");
    }
    for target in ["/mu/v2/nodes/0/users", "/mu/v2/nodes/-1/users", "/mu/v2/nodes/x/users", "/mu/v2/nodes/0/v2rayUsers"]
    {
        refused(&filed.panel.node().get(target), 400, "`node_id` has to be a whole number from 1 up");
        assert_eq!(filed.dump(), before, "{target}");
    }
    let long = format!("load={}&uptime=1", "x".repeat(201));
    refused(&filed.panel.node().post("/mu/v2/nodes/1/info", long), 400, "`load` has at most 200 characters");
    for key in ["", &"k".repeat(256)] {
        let keyed = filed.panel.node().with("Idempotency-Key", key);
        refused(&keyed.post(USER, "u=1&d=1&node_id=1"), 400, "`Idempotency-Key` has 1 to 255 characters");
        refused(&keyed.post(BATCH, "[]"), 400, "`Idempotency-Key` has 1 to 255 characters");
    }
    assert_eq!(filed.dump(), before);
}

#[test]
fn bytes_that_are_no_text_change_nothing() {
    let filed = Filed::new();
    let before = filed.dump();
    for (target, body) in [
        (USER, &b"u=\xff&d=1&node_id=1"[..]),
        (USER, b"\xff\xfe"),
        (USER, b"{\"u\":\"\xff\",\"d\":1,\"node_id\":1}"),
        (BATCH, b"\xff"),
        (BATCH, b"[{\"user_id\":\"\xff\",\"u\":1,\"d\":1}]"),
        (BATCH, b"\x1f\x8b\x08\0\0\0\0\0"),
        (BATCH, b"[\0]"),
    ] {
        let answer = filed.panel.node().post(target, body);
        refused(&answer, 400, "");
        assert_eq!(filed.dump(), before, "{target} {body:?}");
    }
    let deep = "[".repeat(100_000);
    refused(&filed.panel.node().post(BATCH, deep), 400, "stand too deep in each other");
    assert_eq!(filed.dump(), before);
}

/// `POST /users/1/traffic` with a right body, but something else about it is wrong.
#[test]
fn other_addresses_and_verbs_are_answered_as_json_too() {
    let filed = Filed::new();
    let before = filed.dump();
    for (path, status) in [
        ("/mu/v2/nothing", 404),
        ("/mu/nothing/here", 404),
        ("/api/mu/users/1", 404),
        ("/mu/v2/users/1/traffic/more", 404),
        ("/mu/v2/v2/users", 404),
        ("/mu/V2/users", 404),
        ("/mu/v2/Users", 404),
        ("/mu/v2/nodes/1", 404),
        ("/mu/v2/%75sers", 404),
        ("/mu/v2/nodes//traffic", 404),
    ] {
        refused(&filed.panel.node().get(path), status, "there is nothing at this address");
        refused(&filed.panel.node().post(path, "[]"), status, "there is nothing at this address");
        refused(&filed.panel.stranger().get(path), status, "there is nothing at this address");
    }
    for route in TABLE.iter().filter(|route| matches!(route.access, Access::Node(_) | Access::Report(_))) {
        let other = if route.verb == Verb::Get { Verb::Post } else { Verb::Get };
        for verb in [other, Verb::Other("PUT".to_owned()), Verb::Other("DELETE".to_owned())] {
            let mut request = Request::new(verb, &route.path.replace("{id}", "1"));
            request.headers.push(("token".to_owned(), filed.panel.token()));
            let answer = filed.panel.send(request);
            refused(&answer, 405, &format!("this address takes only {}", route.verb.as_str()));
            assert_eq!(answer.header("allow"), route.verb.as_str());
        }
    }
    assert_eq!(filed.dump(), before);
}

#[test]
fn without_the_token_nothing_is_told_and_nothing_changes() {
    let filed = Filed::new();
    let before = filed.dump();
    for route in TABLE.iter().filter(|route| matches!(route.access, Access::Node(_) | Access::Report(_))) {
        for prefix in ["/mu/v2", "/mu", "/api/mu"] {
            let target = route.path.replacen("/mu", prefix, 1).replace("{id}", "1");
            for caller in [filed.panel.stranger(), filed.panel.stranger().with("Token", "wrong")] {
                let answer = match route.verb {
                    Verb::Get => caller.get(&target),
                    _ => caller.post(&target, "u=1&d=1&node_id=1&count=1&load=1&uptime=1&ip=192.0.2.1"),
                };
                refused(&answer, 401, "the token is missing or wrong");
                answer.hides("alice").hides(filed.panel.user(1).password.as_str());
            }
        }
    }
    assert_eq!(filed.dump(), before);
    assert_eq!(filed.panel.app.store.refusals(1, 10).unwrap(), [], "a stranger cannot fill the node's page");
}

/// Even where the panel itself has a fault, a node gets no half list and no page.
#[test]
fn a_list_is_whole_or_an_error() {
    for damage in [
        "UPDATE user SET method = 'rot13' WHERE id = 2",
        "UPDATE user SET expires = 'soon' WHERE id = 2",
        "ALTER TABLE user RENAME TO nobody",
    ] {
        let filed = Filed::new();
        Connection::open(&filed.file).unwrap().execute_batch(damage).unwrap();
        for target in ["/mu/v2/users", "/mu/v2/nodes/1/users", "/mu/v2/nodes/1/v2rayUsers"] {
            let answer = filed.panel.node().get(target);
            refused(&answer, 500, "something went wrong in the panel");
            answer.hides("alice").hides("rot13").hides("SELECT").hides("data");
        }
    }
}

/// What a node has to change is 4xx, what it may send again later 5xx; nothing that failed is ever 2xx or 3xx.
#[test]
fn each_kind_of_failure_has_its_status() {
    for (error, expected) in [
        (Error::Invalid(Fault::UserUnknown), 400),
        (Error::Invalid(Fault::BodyBad { detail: String::new() }), 400),
        (Error::Invalid(Fault::CounterFull), 400),
        (Error::Unauthorized, 401),
        (Error::NotFound, 404),
        (Error::Invalid(Fault::MethodNotAllowed { allowed: "GET".to_owned() }), 405),
        (Error::Invalid(Fault::BodyTooLarge { most: 1 }), 413),
        (Error::internal("broken"), 500),
        (Error::Busy(Fault::Locked), 503),
        (Error::Busy(Fault::DiskFull), 503),
        (Error::Busy(Fault::ReadOnly), 503),
    ] {
        assert_eq!(status(&error), expected, "{error}");
        let answer = Answer(failure(&error, status(&error)));
        refused(&answer, expected, "");
        assert!(!answer.body().contains("broken"), "the cause is for the log");
        assert_eq!(answer.header("retry-after").is_empty(), expected != 503, "{error}");
    }
}

/// A batch takes what it can; what it leaves out is told to the node, the log and the node's page.
#[test]
fn rows_that_cannot_be_used_are_left_out_and_named() {
    const NO_SUCH: &str = "there is no such user";
    const NO_COUNT: &str = "has to be a whole number of at least 0";
    for (row, user_id, why) in [
        (r#"{"user_id":77001,"u":1,"d":1}"#, "77001", NO_SUCH),
        (r#"{"user_id":"77001","u":1,"d":1}"#, "77001", NO_SUCH),
        (r#"{"user_id":77001,"u":0,"d":0}"#, "77001", NO_SUCH),
        (r#"{"user_id":0,"u":1,"d":1}"#, "0", NO_SUCH),
        (r#"{"user_id":-5,"u":1,"d":1}"#, "-5", NO_COUNT),
        (r#"{"user_id":"x1","u":1,"d":1}"#, "\"x1\"", NO_COUNT),
        (r#"{"user_id":1.5,"u":1,"d":1}"#, "null", NO_COUNT),
        (r#"{"user_id":null,"u":1,"d":1}"#, "null", "`user_id` is missing"),
        (r#"{"user_id":18446744073709551615,"u":1,"d":1}"#, "18446744073709551615", "`user_id` is above"),
        (r#"{"u":1,"d":1}"#, "null", "`user_id` is missing"),
        (r#"{"user_id":1,"u":-1,"d":1}"#, "1", NO_COUNT),
        (r#"{"user_id":1,"u":1,"d":"-1"}"#, "1", NO_COUNT),
        (r#"{"user_id":1,"u":1.5,"d":1}"#, "1", NO_COUNT),
        (r#"{"user_id":1,"u":1e3,"d":1}"#, "1", NO_COUNT),
        (r#"{"user_id":1,"u":true,"d":1}"#, "1", NO_COUNT),
        (r#"{"user_id":1,"u":[1],"d":1}"#, "1", NO_COUNT),
        (r#"{"user_id":1,"u":{"a":1},"d":1}"#, "1", NO_COUNT),
        (r#"{"user_id":1,"u":"5abc","d":1}"#, "1", NO_COUNT),
        (r#"{"user_id":1,"u":"","d":1}"#, "1", NO_COUNT),
        (r#"{"user_id":1,"u":1}"#, "1", "`d` is missing"),
        (r#"{"user_id":1,"d":1,"u":null}"#, "1", "`u` is missing"),
        (r#"{"user_id":1,"u":9223372036854775808,"d":1}"#, "1", "`u` is above 9223372036854775807"),
        (r#"{"user_id":1,"u":99999999999999999999,"d":1}"#, "1", NO_COUNT),
        (r#"{"user_id":1,"u":"99999999999999999999","d":1}"#, "1", "`u` is above 9223372036854775807"),
        (r#"{"user_id":1,"u":9223372036854775800,"d":1}"#, "1", "the user's counter would go beyond"),
        (r#"{"user_id":1,"u":1e999,"d":1}"#, "null", "the row isn't a JSON object"),
        (r#"{"user_id":"\ud800","u":1,"d":1}"#, "null", "the row isn't a JSON object"),
        ("17", "null", "the row isn't a JSON object"),
        ("null", "null", "the row isn't a JSON object"),
        ("\"row\"", "null", "the row isn't a JSON object"),
        ("true", "null", "the row isn't a JSON object"),
        ("-1.5", "null", "the row isn't a JSON object"),
        ("[[1,2],3]", "null", "the row isn't a JSON object"),
    ] {
        let panel = Panel::with_friends();
        panel.node().post(USER, "u=10&d=20&node_id=1").is(200);
        let good = r#"{"user_id":2,"u":3,"d":4}"#;
        for batch in [format!("[{good},{row}]"), format!("[{row},{good}]")] {
            let told = panel.node().post(BATCH, batch).is(200).json();
            assert_eq!((&told["ret"], &told["msg"]), (&1.into(), &"ok".into()), "{row}");
            let skipped = told["skipped"].as_array().unwrap();
            assert_eq!(skipped.len(), 1, "{row}: {told}");
            assert_eq!(skipped[0]["user_id"].to_string().trim_matches('"'), user_id.trim_matches('"'), "{row}: {told}");
            assert!(skipped[0]["why"].as_str().unwrap().contains(why), "{row}: {told}");
        }
        assert_eq!(panel.told(), "alice +10 +20, bob +6 +8, node 1 reported", "{row}");
        let noted = panel.app.store.refusals(1, 10).unwrap();
        assert_eq!(noted.len(), 2, "{row}");
        assert!(noted[0].why.contains(why) && noted[0].at == panel.now(), "{row}: {noted:?}");
    }
}

#[test]
fn what_was_refused_is_on_the_page_of_its_node_and_in_the_log() {
    crate::logged::keep();
    let panel = Panel::with_friends();
    let node = panel.node();
    node.post("/mu/v2/nodes/8/traffic", "[]").is(200);
    panel.wait(60);
    node.post("/mu/v2/nodes/8/traffic", r#"[{"user_id":1,"u":1,"d":1},{"user_id":660066,"u":1,"d":1}]"#).is(200);
    panel.wait(60);
    node.post("/mu/v2/nodes/8/traffic", "no list 770077").is(400);
    panel.wait(60);
    node.post("/mu/v2/users/1/traffic", "u=-1&d=1&node_id=8").is(400);
    let noted = panel.app.store.refusals(8, 10).unwrap();
    let short: Vec<_> = noted.iter().map(|refusal| (panel.now() - refusal.at, refusal.why.as_str())).collect();
    assert_eq!(
        short,
        [
            (0, "`u` has to be a whole number of at least 0"),
            (60, noted[1].why.as_str()),
            (120, "left out of a batch: user_id 660066: there is no such user"),
        ]
    );
    assert!(noted[1].why.starts_with("the body has to be a JSON array of objects"), "{noted:?}");
    let page = panel.admin().get("/nodes/8").is(200);
    page.shows("user_id 660066: there is no such user").shows("has to be a whole number of at least 0");
    for line in ["left out of a batch: user_id 660066", "node 8: a report was refused: `u` has to be"] {
        assert_eq!(crate::logged::lines_with(line).len(), 1, "{line}");
    }
    let many: Vec<String> = (0..9).map(|n| format!(r#"{{"user_id":{},"u":1,"d":1}}"#, 660_070 + n)).collect();
    node.post("/mu/v2/nodes/8/traffic", format!(r#"[{{"user_id":1,"u":1,"d":1}},{}]"#, many.join(","))).is(200);
    let line = &panel.app.store.refusals(8, 1).unwrap()[0].why;
    assert!(line.contains("660074") && !line.contains("660075") && line.ends_with("; and 4 more"), "{line}");
}

/// A program that sends nothing else is answered in bounded length.
#[test]
fn of_many_rows_that_cannot_be_used_the_first_are_named() {
    let panel = Panel::with_friends();
    for row in ["0", r#"{"user_id":660066,"u":1,"d":1}"#] {
        let batch = format!(r#"[{{"user_id":1,"u":1,"d":1}}{}]"#, format!(",{row}").repeat(2500));
        let told = panel.node().post(BATCH, batch.clone()).is(200).json();
        assert_eq!((told["skipped"].as_array().unwrap().len(), &told["skipped_more"]), (1000, &1500.into()), "{row}");
        // An answer that is kept is shorter.
        let told = panel.node().with("Idempotency-Key", row).post(BATCH, batch.clone()).is(200).json();
        assert_eq!((told["skipped"].as_array().unwrap().len(), &told["skipped_more"]), (10, &2490.into()), "{row}");
        assert_eq!(panel.node().with("Idempotency-Key", row).post(BATCH, batch).is(200).json(), told);
        assert!(panel.app.store.refusals(1, 1).unwrap()[0].why.ends_with("; and 2495 more"), "{row}");
        let told = panel.node().post(BATCH, format!("[{row}{}]", format!(",{row}").repeat(2499))).is(400);
        told.shows("2500");
    }
    assert_eq!(panel.used(1), (4, 4));
}

/// A node that sends the same unusable thing every minute must not fill the disk.
#[test]
fn only_the_last_hundred_refusals_are_kept() {
    let filed = Filed::new();
    for n in 0..120 {
        filed.panel.node().post(USER, format!("u=-{n}&d=1&node_id=1")).is(400);
    }
    let kept = rows(&Connection::open(&filed.file).unwrap(), "SELECT count(*) FROM refusal");
    assert_eq!(kept, [[rusqlite::types::Value::Integer(100)]]);
    filed.panel.node().post(USER, "u=1&d=1&node_id=9").is(200);
    filed.panel.node().post(USER, "u=1&d=&node_id=9").is(400);
    assert_eq!(filed.panel.app.store.refusals(9, 200).unwrap().len(), 1);
    assert_eq!(filed.panel.app.store.refusals(1, 200).unwrap().len(), 100);
}

/// The largest rate turns a count that fits into one that does not.
#[test]
fn a_counter_that_would_overflow_is_left_as_it_is() {
    let panel = Panel::with_friends();
    let node = panel.node();
    node.post(BATCH, "[]").is(200);
    let rate = Rate::parse("1000").unwrap();
    panel.app.store.change_node(1, None, NodeDraft { rate, ..NodeDraft::default() }, panel.now()).unwrap();
    refused(&node.post(USER, "u=9223372036854776&d=0&node_id=1"), 400, "the user's counter would go beyond");
    assert_eq!(panel.used(1), (0, 0));
    node.post(USER, "u=9223372036854775&d=0&node_id=1").is(200);
    assert_eq!(panel.used(1), (9_223_372_036_854_775_000, 0));
    refused(&node.post(USER, "u=1&d=0&node_id=1"), 400, "the user's counter would go beyond");
    assert_eq!(panel.used(1), (9_223_372_036_854_775_000, 0));
}
