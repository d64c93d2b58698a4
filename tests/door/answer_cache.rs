//! An answer that the server lets last is given again to the same bytes, and to no others.

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use mu_panel::door::{Config, Limits};

use crate::house::{House, Wire, open, open_with};
use crate::support::keys::Keys;
use crate::support::wire::PATIENCE;
use crate::tls::open_tls;

const ASKED: &str = "GET /cacheable/100000 HTTP/1.1\r\nHost: x\r\nToken: a\r\n\r\n";

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
    for house in [open_with(Limits::default()), open_tls(&Keys::new(), Limits::default())] {
        let first = number(&house, ASKED);
        let requests = house.stats.requests.get();
        for _ in 0..3 {
            assert_eq!(number(&house, ASKED), first);
        }
        assert_eq!((house.stats.requests.get(), house.stats.repeated.get()), (requests, 3));
        assert_eq!(house.promise.repeats.lock().unwrap().len(), 3);
        house.promise.broken.store(true, SeqCst);
        let second = number(&house, ASKED);
        assert_ne!(second, first);
        assert_ne!(number(&house, ASKED), second);
    }
}

#[test]
fn other_bytes_go_to_the_server() {
    let house = open_with(Limits::default());
    let first = number(&house, ASKED);
    for (before, after) in [
        ("Token: a", "Token: b"),
        ("Token: a", "token: a"),
        ("Token: a", "Token: a\r\nCookie: c=d"),
        ("Host: x", "Host: y"),
        ("/cacheable", "//cacheable"),
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
        let before = house.stats.repeated.get();
        assert_ne!(number(&house, &asked), number(&house, &asked), "{asked:?}");
        assert_eq!(house.stats.repeated.get(), before);
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
    let house = open_with(Limits::default());
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
    let house = open(Config { trusted_proxies, ..Config::default() });
    let asked = ASKED.replace("Token", "X-Forwarded-For: 203.0.113.7\r\nToken");
    number(&house, &asked);
    number(&house, &asked);
    assert_eq!(*house.promise.repeats.lock().unwrap(), ["203.0.113.7".parse::<std::net::IpAddr>().unwrap()]);
}

/// Clients that have sent the same, which the door has seen.
fn asking(house: &House, count: usize) -> Vec<Wire> {
    let wires = (0..count)
        .map(|_| {
            let mut wire = house.connect();
            wire.send(ASKED);
            wire
        })
        .collect();
    // What came before this is looked at before this is answered.
    assert_eq!(house.ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\n").unwrap().status, 200);
    wires
}

/// A house whose answers do not last, and take their time.
fn changing(house: House) -> House {
    house.promise.broken.store(true, SeqCst);
    number(&house, ASKED);
    house.promise.slow.store(true, SeqCst);
    house
}

fn next(wire: &mut Wire) -> String {
    wire.answer().unwrap().text().split(' ').next().unwrap().to_owned()
}

#[test]
fn who_asks_while_another_is_waiting_shares_the_next_answer() {
    for house in [open_with(Limits::default()), open_tls(&Keys::new(), Limits::default())] {
        let house = changing(house);
        let mut first = asking(&house, 1).remove(0);
        house.held.recv_timeout(PATIENCE).unwrap();
        let mut others = asking(&house, 5);
        let requests = house.stats.requests.get();
        drop(others.remove(1));
        house.release.send(()).unwrap();
        let before = next(&mut first);
        house.held.recv_timeout(PATIENCE).unwrap();
        house.release.send(()).unwrap();
        let after = next(&mut others[0]);
        assert_ne!(after, before, "that one was made before they had asked");
        for other in &mut others[1..] {
            assert_eq!(next(other), after);
        }
        assert_eq!(house.stats.requests.get(), requests + 1);
        house.promise.slow.store(false, SeqCst);
        others[2].send(ASKED);
        assert_ne!(next(&mut others[2]), after, "it goes on as before");
    }
}

#[test]
fn nobody_is_lost_when_the_one_who_asked_is_gone() {
    let house = changing(open_with(Limits::default()));
    let first = asking(&house, 1);
    house.held.recv_timeout(PATIENCE).unwrap();
    let others = asking(&house, 2);
    drop(first);
    for _ in 0..2 {
        house.release.send(()).unwrap();
    }
    for mut other in others {
        assert!(next(&mut other).parse::<u64>().is_ok());
    }
}

#[test]
fn nobody_is_lost_when_the_server_does_not_answer() {
    let house = changing(open_with(Limits { answer_time: Duration::from_secs(2), ..Limits::default() }));
    let mut first = asking(&house, 1).remove(0);
    house.held.recv_timeout(PATIENCE).unwrap();
    let others = asking(&house, 2);
    assert_eq!(first.answer().unwrap().status, 504);
    house.promise.slow.store(false, SeqCst);
    // For the one given up, and for the others, which may have come before that.
    for _ in 0..3 {
        house.release.send(()).unwrap();
    }
    for mut other in others {
        assert!(next(&mut other).parse::<u64>().is_ok());
    }
}
