//! What strangers send: each gets its status, the connection ends, and others are served meanwhile.

use mu_panel::door::{Config, Limits};

use crate::house::{House, open, open_with};
use crate::support::{self, keys::Keys};
use crate::tls::open_tls;

fn meet(house: &House, base: &str) {
    support::hostile::meet(base, || house.connect(), || house.is_well());
}

#[test]
fn each_gets_its_status_and_others_are_served() {
    meet(&open_with(Limits::default()), "plain");
}

#[test]
fn each_gets_its_status_inside_of_tls_too() {
    let keys = Keys::new();
    meet(&open_tls(&keys, Limits::default()), "TLS");
}

#[test]
fn node_programs_are_refused_in_json() {
    let house = open_with(Limits::default());
    let answer = house.ask("GET /mu/v2/users HTTP/1.1\r\n\r\n").unwrap();
    assert_eq!(answer.text(), r#"{"ret":0,"msg":"the Host header is missing"}"#);
    let answer = house.ask("GET /users HTTP/1.1\r\n\r\n").unwrap();
    assert_eq!(answer.text(), "the Host header is missing\n");
}

#[test]
fn what_ends_early_is_told_so() {
    let house = open_with(Limits::default());
    for (bytes, status) in [
        ("GET / HTTP/1.1\r\nHost:", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", 400),
    ] {
        let stream = std::net::TcpStream::connect(house.address).unwrap();
        let mut wire = crate::house::Wire::new(stream.try_clone().unwrap());
        wire.send(bytes);
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        assert_eq!(wire.answer().unwrap().status, status, "{bytes:?}");
    }
    assert_eq!(house.stats.requests.get(), 0, "nothing of it reached the server");
}

#[test]
fn a_body_over_the_limit_is_refused_while_it_is_sent() {
    let house = open_with(Limits::default());
    let mut wire = house.connect();
    wire.send(format!("POST /mu HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", 20 << 20));
    wire.send(vec![b'x'; 4 << 20]);
    assert_eq!(wire.answer().unwrap().status, 413);
    let mut wire = house.connect();
    wire.send("POST /mu HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    let chunk = [b"100000\r\n".as_slice(), &vec![b'x'; 1 << 20], b"\r\n"].concat();
    for _ in 0..9 {
        wire.send(&chunk);
    }
    assert_eq!(wire.answer().unwrap().status, 413);
    assert_eq!(house.stats.requests.get(), 0);
}

#[test]
fn only_the_base_path_is_served() {
    let house = open(Config { base_path: "/panel/".into(), ..Config::default() });
    for (target, seen) in [
        ("/panel/users?a=b", Some("GET /users?a=b")),
        ("/panel//mu//v2", Some("GET //mu//v2")),
        ("/panel", Some("GET /")),
        ("/panels", None),
        ("/", None),
        ("/mu/v2", None),
    ] {
        let answer = house.get(target);
        assert_eq!(answer.status == 200, seen.is_some(), "{target}");
        match seen {
            Some(line) => assert!(answer.has(line), "{target}: {answer:?}"),
            None => assert_eq!(answer.status, 404, "{target}"),
        }
    }
    for (target, kind) in [("/panel/mu/%00", "application/json"), ("/panel/%00", "text/plain; charset=utf-8")] {
        assert!(house.get(target).has(&format!("Content-Type: {kind}")), "{target}");
    }
}
