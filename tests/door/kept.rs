//! An answer that the server lets last is given again to the same bytes, and to no others.

use std::sync::atomic::Ordering::SeqCst;

use mu_panel::door::Config;

use crate::house::{House, open, open_with, short};
use crate::support::keys::Keys;
use crate::tls::open_tls;

const ASKED: &str = "GET /lasting/100000 HTTP/1.1\r\nHost: x\r\nToken: a\r\n\r\n";

/// The number that the server gave the answer.
fn number(house: &House, asked: &str) -> String {
    let answer = house.ask(asked).unwrap();
    assert_eq!(answer.status, 200, "{asked:?}");
    let words = answer.text();
    assert!(words.ends_with("lll") && words.len() > 100_000, "{asked:?}");
    words.split(' ').next().unwrap().to_owned()
}

#[test]
fn the_same_bytes_have_the_same_answer_while_it_holds() {
    for house in [open_with(short()), open_tls(&Keys::new(), short())] {
        let first = number(&house, ASKED);
        let requests = house.stats.requests();
        for _ in 0..3 {
            assert_eq!(number(&house, ASKED), first);
        }
        assert_eq!((house.stats.requests(), house.stats.repeated()), (requests, 3));
        assert_eq!(house.promise.given.lock().unwrap().len(), 3);
        house.promise.broken.store(true, SeqCst);
        let second = number(&house, ASKED);
        assert_ne!(second, first);
        assert_ne!(number(&house, ASKED), second);
    }
}

#[test]
fn other_bytes_go_to_the_server() {
    let house = open_with(short());
    let first = number(&house, ASKED);
    for (before, after) in [
        ("Token: a", "Token: b"),
        ("Token: a", "token: a"),
        ("Token: a", "Token: a\r\nCookie: c=d"),
        ("Host: x", "Host: y"),
        ("/lasting", "//lasting"),
        ("100000", "100001"),
        ("HTTP/1.1", "HTTP/1.0"),
        ("Token: a", "Token: a\r\nConnection: close"),
    ] {
        let asked = ASKED.replace(before, after);
        let answer = house.ask(&asked).unwrap();
        assert!(!answer.text().starts_with(&format!("{first} ")), "{asked:?}");
    }
    // An answer that ends its connection, one without its body and one to a body are not kept.
    for asked in [
        ASKED.replace("Token: a", "Connection: close"),
        ASKED.replace("HTTP/1.1", "HTTP/1.0"),
        ASKED.replace("\r\n\r\n", "\r\nContent-Length: 1\r\n\r\n1"),
    ] {
        let before = house.stats.repeated();
        assert_ne!(number(&house, &asked), number(&house, &asked), "{asked:?}");
        assert_eq!(house.stats.repeated(), before);
    }
    let mut wire = house.connect();
    for _ in 0..2 {
        wire.send(ASKED.replace("GET", "HEAD"));
        assert_eq!(wire.answer_to("HEAD").unwrap().body.len(), 0);
    }
    assert_eq!(number(&house, ASKED), first);
}

#[test]
fn repeated_answers_are_sent_in_order_among_others() {
    let house = open_with(short());
    let first = number(&house, ASKED);
    let mut wire = house.connect();
    wire.send(format!("{ASKED}GET /a HTTP/1.1\r\nHost: x\r\n\r\n{ASKED}{ASKED}GET /b HTTP/1.1\r\nHost: x\r\n\r\n"));
    for expected in [&first, "GET /a", &first, &first, "GET /b"] {
        assert!(wire.answer().unwrap().text().starts_with(expected), "{expected}");
    }
}

#[test]
fn the_server_hears_whose_request_it_was() {
    let trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    let house = open(Config { limits: short(), trusted_proxies, ..Config::default() });
    let asked = ASKED.replace("Token", "X-Forwarded-For: 203.0.113.7\r\nToken");
    number(&house, &asked);
    number(&house, &asked);
    assert_eq!(*house.promise.given.lock().unwrap(), ["203.0.113.7".parse::<std::net::IpAddr>().unwrap()]);
}
