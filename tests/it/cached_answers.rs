//! The lists that nodes ask for are answered again while nothing has changed, and never when something has.

use crate::{
    panel::{DAY, Panel, between},
    process::{Home, wait_until},
};
use mu_panel::{
    http::{Reply, Request, Verb},
    model::Date,
    routes::respond,
};

/// Asks as a node.
fn ask(panel: &Panel, path: &str) -> Reply {
    let mut request = Request::new(Verb::Get, path);
    request.headers.push(("token".to_owned(), panel.token()));
    request.now = panel.now();
    respond(&panel.app, request)
}

#[test]
fn a_list_holds_within_its_second_until_something_is_written() {
    let panel = Panel::new();
    panel.add("alice");
    for path in ["/mu/v2/users", "/mu/v2/nodes/1/users", "/mu/v2/nodes/1/v2rayUsers"] {
        let cache_stamp = ask(&panel, path).cache_stamp.expect("a list holds for a while");
        let now = panel.now();
        for (at, holds) in [(now - 1, false), (now, true), (now + 1, false), (now + DAY, false)] {
            assert_eq!(panel.app.holds(&cache_stamp, at), holds, "{path} {} s later", at - now);
        }
        panel.add(&format!("before {path}"));
        assert!(!panel.app.holds(&cache_stamp, now), "something was written");
    }
}

#[test]
fn other_answers_are_asked_for_each_time() {
    let panel = Panel::new();
    panel.add_as("alice", |draft| draft.expires = Some(Date::parse("2027-01-01").unwrap()));
    for path in ["/mu/v2", "/mu/v2/nodes", "/healthz", "/metrics", "/login", "/style.css", "/mu/v2/nowhere"] {
        assert!(ask(&panel, path).cache_stamp.is_none(), "{path}");
    }
}

/// Lists that are long enough to be handed to the door.
fn with_long_lists() -> Home {
    let home = Home::new();
    for number in 0..40 {
        home.run(&["user", "add", &format!("friend {number}")]).ok();
    }
    home
}

#[test]
fn whatever_is_done_shows_in_the_next_answer() {
    let home = with_long_lists();
    let server = home.serve();
    let mut token = home.token();
    let users = |token: &str| server.call(token, "GET", "/mu/v2/users", "");
    let repeated = |token: &str| {
        let page = server.call(token, "GET", "/metrics", "").1;
        let line = page.lines().find(|line| line.starts_with("mu_panel_requests_repeated_total ")).unwrap();
        line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    let mut before = users(&token);
    // The same connection header each time: an answer that closes its connection is never given again, so keep one
    // open.
    let mut wire = server.wire();
    let mut ask = |token: &str| {
        wire.send(format!("GET /mu/v2/users HTTP/1.1\r\nHost: p\r\nToken: {token}\r\n\r\n"));
        let answer = wire.answer().unwrap();
        (answer.status, answer.text().to_owned())
    };
    assert_eq!(ask(&token), before);
    let count = repeated(&token);
    wait_until("some of the same second", || {
        assert_eq!(ask(&token), before);
        repeated(&token) >= count + 5
    });
    for change in [
        &["user", "add", "newcomer"][..],
        &["user", "off", "friend 3"],
        &["user", "set", "friend 4", "--quota", "5GiB"],
        &["user", "remove", "friend 5"],
        &["user", "reset", "friend 6"],
    ] {
        home.run(change).ok();
        let after = ask(&token);
        assert_eq!(after.0, 200);
        assert!(after != before || change[1] == "reset", "{change:?}");
        assert_eq!(after, users(&token), "{change:?}");
        before = ask(&token);
    }
    for round in 1..=20 {
        let body = format!(r#"[{{"user_id":7,"u":{round},"d":0}}]"#);
        assert_eq!(server.call(&token, "POST", "/mu/v2/nodes/1/traffic", &body).0, 200);
        let total: u64 = (1..=round).sum();
        assert!(ask(&token).1.contains(&format!(r#""u":{total},"d":0"#)), "round {round}");
    }
    assert_eq!(ask(&token).0, 200);
    let old = std::mem::replace(&mut token, home.run(&["token", "--rotate"]).ok().out().trim().to_owned());
    assert_eq!(ask(&old).0, 401);
    assert_eq!(ask(&token).0, 200);
    server.says("GET /mu/v2/users 200 again 127.0.0.1");
}

#[test]
fn an_answer_that_is_given_again_says_the_time() {
    let home = with_long_lists();
    let server = home.serve();
    let token = home.token();
    let mut wire = server.wire();
    let mut date = || {
        wire.send(format!("GET /mu/v2/users HTTP/1.1\r\nHost: p\r\nToken: {token}\r\n\r\n"));
        between(&wire.answer().unwrap().head, "Date: ", "\r\n").unwrap()
    };
    let first = date();
    wait_until("another Date", || date() != first);
}
