//! Kinds of requests: each has workers, a queue and a limit on bodies of its own, and within a queue clients take
//! turns.

use std::sync::Arc;
use std::time::Duration;

use mu_panel::bridge::{Admission, Asked, Class, Lane, Token};
use mu_panel::door::{Config, Limits};

use crate::house::{House, Wire, open, until};
use crate::support::wire::PATIENCE;

/// Goes by what a request says of itself.
struct Labels;

impl Admission for Labels {
    fn class(&self, asked: &Asked<'_>) -> Class {
        let lane = match (asked.header)("lane") {
            Some("node") => Lane::Node,
            Some("sign-in") => Lane::SignIn,
            Some("admin") => Lane::Admin,
            _ => Lane::Public,
        };
        let token = match (asked.header)("token") {
            Some("right") => Token::Right,
            Some(_) => Token::Wrong,
            None => Token::None,
        };
        Class { lane, max_body: 1000, ignores_larger: token == Token::Wrong, token }
    }
}

/// A house behind a proxy on this machine.
fn house(limits: Limits) -> House {
    let trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    open(Config { limits, trusted_proxies, admission: Some(Arc::new(Labels)), ..Config::default() })
}

fn request(path: &str, lane: &str, client: u8) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nLane: {lane}\r\nX-Forwarded-For: 192.0.2.{client}\r\nN: {client}\r\n\r\n"
    )
}

/// So many connections that have asked for `/held`, each of another client or all of the same.
fn held(house: &House, lane: &str, count: u8, client: impl Fn(u8) -> u8) -> Vec<Wire> {
    let ask = |number| {
        let mut wire = house.connect();
        // Different heads, so that none waits for the answer to another.
        wire.send(request("/held", lane, client(number)).replace("N: ", &format!("N: {number} ")));
        wire
    };
    (0..count).map(ask).collect()
}

/// All that a lane takes. Its connections to the server are opened one after the other, so they come first.
fn full(house: &House, lane: Lane, name: &str, client: impl Fn(u8) -> u8) -> Vec<Wire> {
    let (in_flight, waiting) = (lane.max_in_flight(), lane.max_waiting());
    let count = |count: usize| u8::try_from(count).unwrap();
    let mut wires = held(house, name, count(in_flight), &client);
    until_they_wait(house, in_flight as u64, 0);
    let later = |number| client(number + count(in_flight));
    wires.extend(held(house, name, count(waiting), later));
    until_they_wait(house, in_flight as u64, waiting as u64);
    wires
}

fn until_they_wait(house: &House, in_flight: u64, waiting: u64) {
    until(&format!("{in_flight} to be worked on and {waiting} to wait"), || {
        (house.stats.upstream_busy.get(), house.stats.queued.get()) == (in_flight, waiting)
    });
}

#[test]
fn pages_take_no_worker_and_no_place_of_a_node() {
    let house = house(Limits { queue_time: PATIENCE, ..Limits::default() });
    let strangers = full(&house, Lane::Public, "public", |number| number);
    let full = house.ask(request("/a", "public", 200)).unwrap();
    assert_eq!((full.status, full.text()), (503, "the server is busy\n"));
    for lane in ["node", "admin", "sign-in"] {
        assert_eq!(house.ask(request("/a", lane, 1)).unwrap().status, 200, "{lane}");
    }
    for _ in &strangers {
        house.release.send(()).unwrap();
    }
    for mut wire in strangers {
        assert_eq!(wire.answer().unwrap().status, 200);
    }
}

#[test]
fn few_sign_ins_wait_and_the_others_are_told_without_a_worker() {
    let house = house(Limits { queue_time: PATIENCE, ..Limits::default() });
    let mut guesses = full(&house, Lane::SignIn, "sign-in", |_| 1);
    for _ in 0..20 {
        let more = house.ask(request("/a", "sign-in", 1)).unwrap();
        assert_eq!(more.status, 429);
        assert!(more.has("Retry-After: 1") && more.has("Connection: close"), "{}", more.head);
    }
    // Another client takes the place of the one that has the most.
    let mut other = house.connect();
    other.send(request("/a", "sign-in", 2));
    assert_eq!(guesses.pop().unwrap().answer().unwrap().status, 429);
    for _ in 0..=guesses.len() {
        house.release.send(()).unwrap();
    }
    assert_eq!(other.answer().unwrap().status, 200);
    for mut wire in guesses {
        assert_eq!(wire.answer().unwrap().status, 200);
    }
}

/// The proxy's connections are not counted, but the requests of each of its clients are.
#[test]
fn each_client_of_a_proxy_has_only_so_many_requests_in_flight() {
    let house = house(Limits { per_address: 3, queue_time: PATIENCE, ..Limits::default() });
    let crowd = held(&house, "public", 3, |_| 1);
    until_they_wait(&house, 3, 0);
    let more = house.ask(request("/a", "public", 1)).unwrap();
    assert_eq!((more.status, more.text()), (503, "there are too many requests from this address\n"));
    assert_eq!(house.ask(request("/a", "public", 2)).unwrap().status, 200, "another client");
    // A body that is still to come counts too.
    let mut slow = house.connect();
    slow.send(request("/a", "public", 3).replace("GET", "POST").replace("N:", "Content-Length: 5\r\nN:"));
    for _ in 0..3 {
        house.release.send(()).unwrap();
    }
    for mut wire in crowd {
        assert_eq!(wire.answer().unwrap().status, 200);
        // On the same connection, after its answer, it does not count any more.
        wire.send(request("/a", "public", 1));
        assert_eq!(wire.answer().unwrap().status, 200);
    }
    slow.send("12345");
    assert_eq!(slow.answer().unwrap().status, 200);
}

#[test]
fn how_large_a_body_may_be_is_decided_before_it_comes() {
    let house = house(Limits::default());
    let post = |length: usize| {
        format!("POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n")
    };
    assert_eq!(house.ask(post(1001)).unwrap().status, 413);
    assert_eq!(house.ask(post(1000)).unwrap().status, 100);
    let chunked = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n";
    assert_eq!(house.ask(chunked).unwrap().status, 413);
}

/// It is told at once, and what it sends is read for a while, so that it sees the answer.
#[test]
fn a_large_body_with_a_wrong_token_is_not_waited_for() {
    let house = house(Limits::default());
    let mut wire = house.connect();
    wire.send("POST /a HTTP/1.1\r\nHost: x\r\nToken: wrong\r\nContent-Length: 8000000\r\n\r\n");
    let answer = wire.answer().unwrap();
    assert!(answer.status == 200 && answer.has("body 0 sum 7") && answer.has("Connection: close"), "{answer:?}");
    wire.send(vec![b'x'; 1 << 20]);
    drop(wire);
    house.is_well();
}

#[test]
fn wrong_tokens_are_slowed_and_the_right_one_is_not_where_it_is_known() {
    let house = house(Limits::default());
    let ask = |token: &str, client: u8| {
        request("/a", "public", client).replace("Lane: public", &format!("Token: {token}\r\nLane: node"))
    };
    assert_eq!(house.ask(ask("right", 1)).unwrap().status, 200);
    let began = std::time::Instant::now();
    let mut wires: Vec<Wire> = (0..8).map(|_| house.connect()).collect();
    let mut answered = 0;
    while answered < 400 {
        for wire in &mut wires {
            wire.send(ask("wrong", 1));
        }
        for wire in &mut wires {
            assert_eq!(wire.answer().unwrap().status, 200);
            answered += 1;
        }
    }
    // However fast this machine is: 100 at once, and then 100 in a second.
    assert!(began.elapsed() > Duration::from_millis(2500), "{:?}", began.elapsed());
    for wire in &mut wires {
        wire.send(ask("wrong", 1));
    }
    let mut node = house.connect();
    node.send(ask("right", 1));
    assert_eq!(node.answer().unwrap().status, 200);
    assert_eq!(house.ask(ask("wrong", 2)).unwrap().status, 200, "from elsewhere");
    for mut wire in wires {
        assert_eq!(wire.answer().unwrap().status, 200);
    }
}
