//! What good clients send arrives, and what the server answers comes back.

use std::net::TcpStream;
use std::thread;

use mu_panel::door::{Config, Limits, Listener};

use crate::house::{Wire, open, open_at, open_with, sum};

#[test]
fn a_request_arrives_with_what_only_the_door_can_know() {
    let house = open_with(Limits::default());
    let answer = house
        .ask(
            "POST //mu//v2/x?a=%00b HTTP/1.1\r\nhOST: Example.com:80\r\nServicetype: muapi\r\nToken: t\r\n\
             X-Door-Peer: 9.9.9.9\r\nx-door-secure: 1\r\nX-DOOR-BODY: 1\r\nX-Forwarded-For: 8.8.8.8\r\n\
             X-Forwarded-Proto: https\r\nConnection: Keep-Alive, Private\r\nPrivate: p\r\nKeep-Alive: 5\r\n\
             TE: trailers\r\nUpgrade: h2c\r\nCookie: \u{e9}\r\nContent-Length: 3\r\n\r\nabc",
        )
        .unwrap();
    let expected = format!(
        "POST //mu//v2/x?a=%00b\nhost: Example.com:80\nservicetype: muapi\ntoken: t\ncookie: %C3%A9\n\
         x-door-peer: 127.0.0.1\n\
         x-door-secure: 0\nx-door-unnamed-proxy: 1\n\
         content-length: 3\nbody 3 sum {}\n",
        sum(b"abc")
    );
    assert_eq!(answer.text(), expected);
}

#[test]
fn bodies_arrive_whole_however_they_are_sent() {
    let house = open_with(Limits::default());
    let large: Vec<u8> = (0..8 << 20).map(|at: u32| at.to_le_bytes()[1]).collect();
    let mut chunked = Vec::new();
    for chunk in large.chunks(100_000) {
        chunked.extend(format!("{:X};a=b\r\n", chunk.len()).into_bytes());
        chunked.extend(chunk);
        chunked.extend(b"\r\n");
    }
    chunked.extend(b"0\r\nTrailer: x\r\n\r\n");
    let head = "POST /x HTTP/1.1\r\nHost: x\r\n";
    let expected = format!("body {} sum {}", large.len(), sum(&large));
    let mut wire = house.connect();
    for round in 0..2 {
        wire.send(format!("{head}Content-Length: {}\r\n\r\n", large.len()));
        wire.send(&large);
        assert!(wire.answer().unwrap().has(&expected), "sized, round {round}");
        wire.send(format!("{head}Transfer-Encoding: Chunked\r\n\r\n"));
        wire.send(&chunked);
        assert!(wire.answer().unwrap().has(&expected), "chunked, round {round}");
    }
    wire.send(format!("{head}\r\n"));
    assert!(wire.answer().unwrap().has("body 0 sum 7"));
}

#[test]
fn answers_come_back_in_every_framing() {
    let house = open_with(Limits::default());
    for path in ["/sized", "/chunked", "/named"] {
        for count in [0, 1, 1000, 300_000, 5_000_000] {
            let target = format!("{path}/{count}");
            let mut wire = house.connect();
            for (version, connection, kept) in
                [("1.1", "keep-alive", true), ("1.0", "keep-alive", true), ("1.1", "close", false)]
            {
                wire.send(format!("GET {target} HTTP/{version}\r\nHost: x\r\nConnection: {connection}\r\n\r\n"));
                let answer = wire.answer().unwrap();
                assert_eq!((answer.status, answer.body.len()), (200, count), "{target} {version}");
                let letter = path.as_bytes()[1];
                assert!(answer.body.iter().all(|byte| *byte == letter), "{target} {version}");
                let closed = answer.head.contains("Connection: close");
                if kept && closed {
                    // There is no other way to end an answer of unknown length in HTTP/1.0.
                    assert_eq!((path, version), ("/chunked", "1.0"));
                    assert!(wire.rest().is_empty());
                    wire = house.connect();
                } else {
                    assert_eq!(closed, !kept, "{target} {version}");
                }
            }
            assert!(wire.rest().is_empty(), "{target} closes");
        }
    }
}

#[test]
fn empty_lines_before_a_request_are_passed_over() {
    let house = open_with(Limits::default());
    let mut wire = house.connect();
    for count in [1, 7, 40_000] {
        wire.send("\r\n".repeat(count) + "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n\r\n");
        assert!(wire.answer().unwrap().text().contains("body 2"), "{count}");
    }
}

#[test]
fn answers_without_body_have_none() {
    let house = open_with(Limits::default());
    let mut wire = house.connect();
    for (method, target, status) in [
        ("HEAD", "/x", 200),
        ("HEAD", "/named/70000", 200),
        ("HEAD", "/chunked/70000", 200),
        ("GET", "/status/204", 204),
        ("GET", "/status/304", 304),
        ("GET", "/status/404", 404),
        ("POST", "/panic/0", 500),
        ("GET", "/x", 200),
    ] {
        wire.send(format!("{method} {target} HTTP/1.1\r\nHost: x\r\n\r\n"));
        assert_eq!(wire.answer_to(method).unwrap().status, status, "{method} {target}");
    }
}

#[test]
fn connections_are_kept_as_the_client_asks() {
    let house = open_with(Limits::default());
    for (head, kept) in [
        ("HTTP/1.1\r\nHost: x\r\n", true),
        ("HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n", false),
        ("HTTP/1.1\r\nHost: x\r\nConnection: foo, close\r\n", false),
        ("HTTP/1.0\r\n", false),
        ("HTTP/1.0\r\nConnection: Keep-Alive\r\n", true),
        ("HTTP/1.0\r\nHost: x\r\nConnection: close\r\n", false),
    ] {
        let mut wire = house.connect();
        wire.send(format!("GET /1 {head}\r\nGET /2 {head}\r\n"));
        assert!(wire.answer().unwrap().has("GET /1"), "{head:?}");
        match wire.answer() {
            Some(second) => assert!(kept && second.has("GET /2"), "{head:?}"),
            None => assert!(!kept, "{head:?}"),
        }
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let house = open_with(Limits::default());
    let mut wire = house.connect();
    let requests: Vec<String> =
        (0..500).map(|at| format!("POST /{at} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{at:05}\r\n")).collect();
    wire.send(requests.concat());
    for at in 0..500 {
        let answer = wire.answer().unwrap();
        assert!(answer.has(&format!("POST /{at}")) && answer.text().contains("body 5"), "{at}");
    }
}

#[test]
fn a_request_may_come_in_single_bytes() {
    let house = open_with(Limits::default());
    let mut wire = house.connect();
    for byte in b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" {
        wire.send([*byte]);
    }
    assert!(wire.answer().unwrap().text().contains("body 3"));
}

#[test]
fn a_client_that_waits_for_leave_gets_it() {
    let house = open_with(Limits::default());
    let mut wire = house.connect();
    wire.send("POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n");
    assert_eq!(wire.answer().unwrap().status, 100);
    wire.send("abc");
    let answer = wire.answer().unwrap();
    assert!(answer.text().contains("body 3") && !answer.text().contains("expect"));
    wire.send(format!("POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n", 9 << 20));
    assert_eq!(wire.answer().unwrap().status, 413, "no leave for what is too large");
}

#[test]
fn an_absolute_address_is_taken_apart() {
    let house = open_with(Limits::default());
    let answer = house.ask("GET http://x/users?a HTTP/1.1\r\nHost: X\r\n\r\n").unwrap();
    assert!(answer.has("GET /users?a") && answer.has("host: x"));
    let answer = house.ask("GET http://x HTTP/1.0\r\n\r\n").unwrap();
    assert!(answer.has("GET /") && answer.has("host: x"));
}

#[test]
fn an_answer_may_come_before_the_body_was_read() {
    let house = open_with(Limits::default());
    let mut wire = house.connect();
    for _ in 0..20 {
        wire.send(format!("POST /unread/0 HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", 1 << 20));
        wire.send(vec![b'x'; 1 << 20]);
        assert_eq!(wire.answer().unwrap().text(), "unread");
    }
}

#[test]
fn only_the_word_of_a_trusted_proxy_counts() {
    let trusted = vec!["127.0.0.1".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
    let house = open(Config { trusted_proxies: trusted, ..Config::default() });
    for (headers, peer, secure) in [
        ("", "127.0.0.1", 0),
        ("X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n", "203.0.113.9", 1),
        ("X-Forwarded-For: 1.1.1.1, 203.0.113.9\r\nx-forwarded-for: 10.1.1.1\r\n", "203.0.113.9", 0),
        ("X-Forwarded-For: nonsense\r\nX-Forwarded-Proto: http\r\n", "127.0.0.1", 0),
    ] {
        let answer = house.ask(format!("GET / HTTP/1.1\r\nHost: x\r\n{headers}\r\n")).unwrap();
        assert!(answer.has(&format!("x-door-peer: {peer}")), "{headers:?} {answer:?}");
        assert!(answer.has(&format!("x-door-secure: {secure}")), "{headers:?} {answer:?}");
    }
}

#[test]
fn a_unix_socket_is_as_good_as_a_port() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("door");
    let place = format!("unix:{}", path.display());
    // A socket that no process serves any more is replaced, one that is served is not.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let listeners = vec![Listener::bind(&place).unwrap(), Listener::bind("127.0.0.1:0").unwrap()];
    let house = open_at(listeners, Config::default());
    assert!(Listener::bind(&place).is_err());
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o660, "a proxy in the same group may come");
    let mut wire = Wire::over(std::os::unix::net::UnixStream::connect(&path).unwrap());
    wire.send("GET /x HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n");
    assert!(wire.answer().unwrap().has("x-door-peer: 203.0.113.9"));
    house.is_well();
    drop(house);
    assert!(!path.exists(), "what we made we remove");
}

#[test]
fn listeners_may_come_from_outside() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("door");
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let unix = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let listeners = vec![Listener::from_tcp(tcp).unwrap(), Listener::from_unix(unix).unwrap()];
    let house = open_at(listeners, Config::default());
    house.is_well();
    let mut wire = Wire::over(std::os::unix::net::UnixStream::connect(&path).unwrap());
    wire.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(wire.answer().unwrap().status, 200);
    drop(house);
    assert!(path.exists(), "it was not ours to remove");
}

#[test]
fn many_clients_at_once_get_their_own_answers() {
    let house = open_with(Limits::default());
    let address = house.address;
    thread::scope(|scope| {
        for client in 0..32 {
            scope.spawn(move || {
                let mut wire = Wire::new(TcpStream::connect(address).unwrap());
                for round in 0..50 {
                    wire.send(format!("GET /{client}/{round} HTTP/1.1\r\nHost: x\r\n\r\n"));
                    let answer = wire.answer().unwrap();
                    assert!(answer.has(&format!("GET /{client}/{round}")), "{answer:?}");
                }
            });
        }
    });
    assert_eq!(house.stats.requests.get(), 32 * 50);
}
