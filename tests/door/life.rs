//! How connections and the door itself come to their end, and what fails behind the door.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use mu_panel::bridge::Bridge;
use mu_panel::door::{Config, Door, Limits, Listener};

use crate::house::{House, Wire, open, open_with, short, until};

const HELD: &str = "GET /held HTTP/1.1\r\nHost: x\r\n\r\n";

/// A door to a server with a single worker.
fn open_narrow(limits: Limits) -> House {
    open(Config { limits, upstream_connections: 1, ..Config::default() })
}

fn timed_out(house: &House) -> u64 {
    house.stats.timed_out.get()
}

#[test]
fn a_client_that_is_too_slow_has_to_go() {
    let house = open_with(short());
    let head = "POST /mu HTTP/1.1\r\nHost: x\r\n";
    for (name, sent, status) in [
        ("silent", String::new(), None),
        ("empty lines", "\r\n\r\n".into(), None),
        ("half a head", "GET / HTTP/1.1\r\nHo".into(), Some(408)),
        ("half a body", format!("{head}Content-Length: 10\r\n\r\nabc"), Some(408)),
        ("half a chunk", format!("{head}Transfer-Encoding: chunked\r\n\r\n3\r\na"), Some(408)),
    ] {
        let mut wire = house.connect();
        wire.send(sent);
        assert_eq!(wire.answer().map(|answer| answer.status), status, "{name}");
        assert!(wire.rest().is_empty(), "{name}");
    }
    house.until_open(0);
    let mut wire = house.connect();
    wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(wire.answer().unwrap().status, 200);
    assert!(wire.answer().is_none(), "idle");
    assert_eq!(timed_out(&house), 3);
}

#[test]
fn a_byte_now_and_then_does_not_keep_a_connection() {
    let house = open_with(short());
    for start in ["GET / HTTP/1.1\r\nA: ", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n"] {
        let stream = TcpStream::connect(house.address).unwrap();
        let mut wire = Wire::new(stream.try_clone().unwrap());
        wire.send(start);
        let sender = thread::spawn(move || {
            let mut stream = stream;
            while stream.write_all(b"x").is_ok() {
                thread::sleep(Duration::from_millis(20));
            }
        });
        assert_eq!(wire.answer().unwrap().status, 408, "{start:?}");
        drop(wire);
        sender.join().unwrap();
    }
    house.until_open(0);
}

#[test]
fn a_client_that_does_not_read_holds_no_worker_and_has_to_go() {
    let limits = Limits { answer_bytes: 256 << 10, ..short() };
    let house = open_narrow(limits);
    let wires: Vec<Wire> = (0..3)
        .map(|_| {
            let mut wire = house.connect();
            wire.send("GET /sized/30000000 HTTP/1.1\r\nHost: x\r\n\r\n".repeat(3));
            wire
        })
        .collect();
    until("a request", || house.stats.requests.get() >= 1);
    // They are ended one after the other, each when its time is over.
    until("the first to go", || timed_out(&house) >= 1);
    until("all to go", || timed_out(&house) == 3);
    house.is_well();
    drop(wires);
    let mut wire = house.connect();
    wire.send("GET /named/30000000 HTTP/1.1\r\nHost: x\r\n\r\n");
    until("the request", || house.stats.requests.get() == 5);
    house.is_well();
    house.until_open(0);
    assert_eq!(timed_out(&house), 4);
}

#[test]
fn a_slow_reader_gets_all_of_it() {
    let house = open_narrow(Limits { answer_bytes: 256 << 10, ..Limits::default() });
    for path in ["/sized", "/chunked", "/named"] {
        let mut wire = house.connect();
        wire.send(format!("GET {path}/20000000 HTTP/1.1\r\nHost: x\r\n\r\n"));
        until("the answer to be held up", || house.stats.upstream_busy.get() == 1 || path == "/named");
        assert_eq!(wire.answer().unwrap().body.len(), 20_000_000, "{path}");
    }
}

/// It takes a little all the time; only the kernel's buffer makes it look as if it had stopped.
#[test]
fn a_steady_slow_reader_gets_all_of_it() {
    let held_time = Duration::from_millis(100);
    let house = open_with(Limits { answer_bytes: 64 << 10, held_time, ..Limits::default() });
    let mut stream = TcpStream::connect(house.address).unwrap();
    stream.write_all(b"GET /sized/6000000 HTTP/1.0\r\n\r\n").unwrap();
    let (mut got, mut part) = (0, [0; 16 << 10]);
    while let count @ 1.. = stream.read(&mut part).unwrap() {
        got += count;
        thread::sleep(Duration::from_millis(8)); // 2 MB/s
    }
    assert!(got > 6_000_000, "{got}");
}

#[test]
fn a_request_whose_client_has_gone_is_done_all_the_same() {
    let house = open_narrow(short());
    let mut wire = house.connect();
    wire.send(HELD);
    house.held.recv().unwrap();
    drop(wire);
    house.release.send(()).unwrap();
    house.is_well();
    assert_eq!(house.stats.requests.get(), 2);
}

#[test]
fn what_does_not_fit_in_the_queue_is_told_to_come_again() {
    let house = open_narrow(Limits { queue: 1, queue_time: Duration::from_secs(2), ..Limits::default() });
    let mut first = house.connect();
    first.send(HELD);
    house.held.recv().unwrap();
    let mut second = house.connect();
    second.send("GET /mu HTTP/1.1\r\nHost: x\r\n\r\n");
    until("a queue", || house.stats.queued.get() == 1);
    let third = house.get("/mu/users");
    assert_eq!((third.status, third.text()), (503, r#"{"ret":0,"msg":"the server is busy"}"#));
    assert!(third.has("Retry-After: 1"));
    assert_eq!(second.answer().unwrap().status, 503, "it waited too long");
    house.release.send(()).unwrap();
    assert_eq!(first.answer().unwrap().status, 200);
    house.is_well();
}

#[test]
fn a_server_that_takes_too_long_is_given_up() {
    let house = open_with(short());
    let answer = house.ask("POST /held HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!((answer.status, answer.has("Connection: close")), (504, true));
    house.is_well();
    house.release.send(()).unwrap();
}

#[test]
fn a_server_that_comes_late_or_breaks_is_survived() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("server");
    let listener = Listener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let config = Config { limits: short(), ..Config::default() };
    let door = Door::new(vec![listener], path.clone(), Arc::new(Bridge::default()), config).unwrap();
    let shutdown = door.shutdown();
    let door = thread::spawn(move || door.run());
    let ask = || {
        let mut wire = Wire::new(TcpStream::connect(address).unwrap());
        wire.send("GET /mu HTTP/1.1\r\nHost: x\r\n\r\n");
        wire.answer().map(|answer| (answer.status, answer.body))
    };
    assert_eq!(ask().unwrap().0, 503, "there is no server");
    let server = UnixListener::bind(&path).unwrap();
    for (said, status) in [
        ("", Some(502)),
        ("HTTP/1.1 200", Some(502)),
        ("nonsense\r\n\r\n", Some(502)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", Some(200)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", Some(200)),
        ("HTTP/1.1 200 OK\r\nX-Door-Body: 7\r\nContent-Length: 0\r\n\r\n", Some(502)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", Some(200)),
    ] {
        thread::scope(|scope| {
            scope.spawn(|| {
                let (mut stream, _) = server.accept().unwrap();
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).unwrap();
                stream.write_all(said.as_bytes()).unwrap();
            });
            let answer = ask();
            assert_eq!(answer.as_ref().map(|answer| answer.0), status, "{said:?}");
            if status == Some(200) {
                assert_eq!(answer.unwrap().1, b"abc");
            }
        });
    }
    shutdown.fire();
    door.join().unwrap().unwrap();
}

#[test]
fn a_door_without_a_server_behind_it_ends() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("server");
    drop(UnixListener::bind(&path).unwrap());
    let listener = Listener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let door = Door::new(vec![listener], path, Arc::new(Bridge::default()), Config::default()).unwrap();
    let door = thread::spawn(move || door.run());
    let mut wire = Wire::new(TcpStream::connect(address).unwrap());
    wire.send("GET /mu HTTP/1.1\r\nHost: x\r\n\r\n");
    let error = door.join().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "the server behind the door does not listen any more");
    assert!(wire.answer().is_none());
}

#[test]
fn requests_in_flight_end_before_the_door_does() {
    let mut house = open_with(short());
    let mut idle = house.connect();
    let mut served = house.connect();
    served.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(served.answer().unwrap().status, 200);
    let mut wire = house.connect();
    wire.send(HELD);
    house.held.recv().unwrap();
    house.shutdown.fire();
    assert!(idle.answer().is_none() && served.answer().is_none(), "idle ones end at once");
    until("the port to be closed", || TcpStream::connect(house.address).is_err());
    house.release.send(()).unwrap();
    let answer = wire.answer().unwrap();
    assert_eq!((answer.status, answer.has("Connection: close")), (200, true));
    house.join().unwrap();
}

#[test]
fn a_client_that_sends_half_or_reads_nothing_does_not_keep_the_door_open() {
    let ever = Duration::from_mins(1);
    let limits = Limits { body_time: ever, body_grace: ever, stall_time: ever, head_time: ever, ..short() };
    let mut house = open_with(limits);
    let mut body = house.connect();
    body.send("POST /mu HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    let mut deaf = house.connect();
    deaf.send("GET /named/50000000 HTTP/1.1\r\nHost: x\r\n\r\n");
    until("the answer", || house.stats.requests.get() == 1);
    house.shutdown.fire();
    house.join().unwrap();
    assert!(body.answer().is_none() && deaf.answer().unwrap().body.len() < 50_000_000);
}

#[test]
fn a_request_that_does_not_end_does_not_keep_the_door_open() {
    let limits = Limits { answer_time: Duration::from_mins(1), ..short() };
    let mut house = open_with(limits);
    let mut wire = house.connect();
    wire.send(HELD);
    house.held.recv().unwrap();
    house.shutdown.fire();
    house.join().unwrap();
    assert!(wire.answer().is_none());
    house.release.send(()).unwrap();
}
