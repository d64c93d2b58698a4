//! `/healthz` and `/metrics`, read as Prometheus reads them.
#![allow(clippy::float_cmp)] // they are whole numbers

use super::browser::Browser;
use crate::{
    process::{Home, Served},
    support::wire::until,
};
use std::collections::BTreeMap;

/// Samples by name and labels, as they stand there.
type Samples = BTreeMap<String, f64>;

/// Reads the text format 0.0.4, and fails on anything else: HELP, then TYPE, then the samples of that family and no
/// others.
fn parse(text: &str) -> Samples {
    assert!(text.ends_with('\n'));
    let mut samples = Samples::new();
    let mut families: BTreeMap<String, String> = BTreeMap::new();
    let (mut helped, mut family) = (String::new(), String::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(is_name(name) && help.ends_with('.') && !families.contains_key(name), "{line}");
            name.clone_into(&mut helped);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(name, helped, "{line}");
            assert!(matches!(kind, "counter" | "gauge"), "{line}");
            // A counter says so, with its unit before; a gauge does not.
            assert_eq!(name.ends_with("_total"), kind == "counter", "{line}");
            let measured = name.trim_end_matches("_total");
            for unit in ["milliseconds", "microseconds", "minutes", "kilobytes", "megabytes", "percent"] {
                assert!(!measured.contains(unit), "{line}: the base unit is another");
            }
            families.insert(name.to_owned(), kind.to_owned());
            name.clone_into(&mut family);
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
            let (name, labels) = series.split_once('{').map_or((series, None), |(name, rest)| (name, Some(rest)));
            assert_eq!(name, family, "{line}");
            for label in labels.into_iter().flat_map(|labels| labels.strip_suffix('}').expect("a brace").split(',')) {
                let (label, value) = label.split_once('=').unwrap();
                assert!(is_name(label) && value.starts_with('"') && value.ends_with('"'), "{line}");
            }
            let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
            assert!(value >= 0.0 && samples.insert(series.to_owned(), value).is_none(), "{line}");
        }
    }
    samples
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn measured(served: &Served, token: &str) -> Samples {
    let (status, text) = served.call(token, "GET", "/metrics", "");
    assert_eq!(status, 200, "{text}");
    parse(&text)
}

#[test]
fn the_format_is_kept_and_counters_grow() {
    let home = Home::new();
    home.run(&["user", "add", "alice"]).ok();
    home.run(&["user", "add", "bob"]).ok();
    home.run(&["user", "off", "bob"]).ok();
    let served = home.serve();
    let token = home.token();
    assert_eq!(served.call(&token, "POST", "/mu/v2/nodes/3/online_count", "count=5").0, 200);
    let before = measured(&served, &token);
    assert_eq!(before["mu_panel_users{state=\"on\"}"], 1.0);
    assert_eq!(before["mu_panel_users{state=\"off\"}"], 1.0);
    assert_eq!(before["mu_panel_node_online_users{node=\"3\"}"], 5.0);
    assert!(before["mu_panel_database_bytes"] > 4096.0);
    assert!(before["mu_panel_connections"] <= 1.0);
    for _ in 0..3 {
        assert_eq!(served.call(&token, "POST", "/mu/v2/users/1/traffic", "u=1024&d=2048&node_id=3").0, 200);
    }
    assert_eq!(served.call("wrong", "GET", "/mu/v2/users", "").0, 401);
    served.raw("GET / HTTP/1.1\r\n\r\n");
    let after = measured(&served, &token);
    let grown = |name: &str| after[name] - before.get(name).unwrap_or(&0.0);
    assert_eq!(grown("mu_panel_node_uploaded_bytes_total{node=\"3\"}"), 3072.0);
    assert_eq!(grown("mu_panel_node_downloaded_bytes_total{node=\"3\"}"), 6144.0);
    // The first call for measurements was answered after it had counted.
    assert_eq!(grown("mu_panel_http_responses_total{code=\"2xx\"}"), 4.0);
    assert_eq!(grown("mu_panel_http_responses_total{code=\"4xx\"}"), 1.0);
    assert_eq!(grown("mu_panel_requests_refused_total{code=\"400\"}"), 1.0);
    assert_eq!(grown("mu_panel_requests_total"), 5.0);
    assert!(grown("mu_panel_connections_accepted_total") >= 6.0);
    assert!(grown("mu_panel_http_response_seconds_total") > 0.0);
    for (series, value) in &before {
        assert!(!series.contains("_total") || after[series] >= *value, "{series} fell");
    }
}

#[test]
fn nodes_and_the_admin_may_look_and_strangers_may_not() {
    let home = Home::new().with_password();
    let served = home.serve();
    let (status, body) = served.call("", "GET", "/metrics", "");
    assert_eq!(status, 401);
    assert!(body.contains("\"ret\":0") && !body.contains("mu_panel_"), "{body}");
    let mut browser = Browser::new(&served);
    assert_eq!(browser.get("/metrics").status, 401);
    browser.sign_in("/login");
    let answer = browser.get("/metrics");
    assert_eq!(answer.status, 200);
    assert!(answer.has("Content-Type: text/plain; version=0.0.4; charset=utf-8"), "{}", answer.head);
    parse(answer.text());
}

#[test]
fn every_client_learns_whether_it_is_well() {
    let home = Home::new();
    let served = home.serve();
    let health = || {
        let mut wire = served.wire();
        wire.send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = wire.answer().unwrap();
        (answer.status, answer.text().to_owned())
    };
    let other = rusqlite::Connection::open(home.db()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(health(), (503, "the database cannot be written\n".to_owned()));
    other.execute_batch("ROLLBACK").unwrap();
    until("it to be well again", || health() == (200, "ok\n".to_owned()));
}
