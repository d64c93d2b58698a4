//! Uploads: only at a path that was granted, through a file, of which nothing is left.

use std::net::{Shutdown, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mu_panel::door::{Config, Limits, UploadPermits};
use tempfile::TempDir;

use crate::house::{House, Wire, open, short, sum, until};

/// More than the door takes in any other way.
const LARGE: usize = 20 << 20;
const LASTS: Duration = Duration::from_mins(10);

/// A door that lets bodies of up to 32 MiB into a file.
struct Port {
    house: House,
    permits: Arc<UploadPermits>,
    file: PathBuf,
    _dir: TempDir,
}

fn port(limits: Limits) -> Port {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("the file, ü");
    std::fs::write(&file, "left behind").unwrap();
    let permits = UploadPermits::new(&file, 32 << 20).unwrap();
    assert!(!file.exists(), "what was left behind is gone");
    let house = open(Config { limits, permits: Some(Arc::clone(&permits)), ..Config::default() });
    Port { house, permits, file, _dir: dir }
}

impl Port {
    /// Waits until nothing is left of a body.
    fn is_empty(&self) {
        until("the file to be gone", || !self.file.exists());
    }

    fn begin(&self, target: &str, length: usize) -> Wire {
        let mut wire = self.house.connect();
        wire.send(format!("POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"));
        wire
    }
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at * 7 % 251).unwrap()).collect()
}

#[test]
fn a_large_body_passes_where_it_was_let_in_and_only_once() {
    let port = port(short());
    port.permits.grant("/put/secret", LASTS);
    let body = content(LARGE);
    let mut wire = port.begin("/put/secret?a=b", LARGE);
    wire.send(&body);
    let answer = wire.answer().unwrap();
    let expected = format!("body {LARGE} sum {}", sum(&body));
    assert!(answer.has("POST /put/secret?a=b") && answer.has(&expected) && answer.has("content-length: 0"));
    port.is_empty();
    wire.send("GET /after HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(wire.answer().unwrap().has("GET /after"), "the connection goes on");
    let mut wire = port.begin("/put/secret?a=b", LARGE);
    assert_eq!(wire.answer().unwrap().status, 413, "once");
    port.permits.grant("/put/chunks", LASTS);
    let mut wire = port.house.connect();
    wire.send("POST /put/chunks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(wire.answer().unwrap().status, 100);
    for part in body.chunks(1 << 20) {
        wire.send([format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat());
    }
    wire.send("0\r\n\r\n");
    assert!(wire.answer().unwrap().has(&expected));
    port.is_empty();
}

#[test]
fn a_strangers_large_body_is_refused_unread() {
    let port = port(short());
    port.permits.grant("/put/secret", LASTS);
    for target in ["/put/other", "/put", "/put/secret/", "/put/SECRET", "/PUT/secret", "/?/put/secret", "//put/secret"]
    {
        let mut wire = port.begin(target, LARGE);
        assert_eq!(wire.answer().unwrap().status, 413, "{target}");
    }
    assert!(!port.file.exists());
    // Only the door says where a file is.
    let answer =
        port.house.ask("POST /put HTTP/1.1\r\nHost: x\r\nX-Door-File: %2Fetc%2Fpasswd\r\nContent-Length: 1\r\n\r\nx");
    let answer = answer.unwrap();
    assert!(answer.has("body 1 sum 337") && !answer.text().contains("x-door-file"), "{answer:?}");
    // The path is still good, also for a small body, which goes the same way.
    let mut wire = port.begin("/put/secret", 3);
    wire.send("abc");
    assert!(wire.answer().unwrap().text().contains("x-door-file"));
    port.permits.grant("/put/late", Duration::ZERO);
    assert_eq!(port.begin("/put/late", LARGE).answer().unwrap().status, 413, "its time is over");
}

#[test]
fn what_is_too_large_for_that_too_is_refused_unread() {
    let port = port(short());
    for (length, status) in [("33554433", 413), ("99999999999999", 413), ("18446744073709551615", 413), ("x", 400)] {
        port.permits.grant("/put/it", LASTS);
        let answer = port.house.ask(format!("POST /put/it HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"));
        assert_eq!(answer.unwrap().status, status, "{length}");
        port.is_empty();
    }
}

#[test]
fn what_ends_early_or_stalls_leaves_no_file() {
    let port = port(short());
    let grant = |path| port.permits.grant(path, LASTS);
    grant("/put/short");
    let stream = TcpStream::connect(port.house.address).unwrap();
    let mut wire = Wire::new(stream.try_clone().unwrap());
    wire.send(format!("POST /put/short HTTP/1.1\r\nHost: x\r\nContent-Length: {LARGE}\r\n\r\nabc"));
    until("there is a file", || port.file.exists());
    assert_eq!(port.file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(wire.answer().unwrap().status, 400);
    port.is_empty();

    grant("/put/stalled");
    let mut wire = port.begin("/put/stalled", LARGE);
    wire.send(content(10 << 20));
    assert_eq!(wire.answer().unwrap().status, 408, "it was fast, and then nothing came");
    port.is_empty();

    grant("/put/gone");
    let mut wire = port.begin("/put/gone", LARGE);
    wire.send("abc");
    until("there is a file", || port.file.exists());
    drop(wire);
    port.is_empty();
    assert_eq!(port.house.stats.requests.get(), 0, "nothing of it reached the server");
    port.house.is_well();
}

#[test]
fn a_body_that_trickles_in_has_to_go() {
    let port = port(Limits { upload_rate: 100_000, upload_quiet: LASTS, ..short() });
    port.permits.grant("/put/slow", LASTS);
    let mut wire = port.begin("/put/slow", LARGE);
    wire.send("abc");
    assert_eq!(wire.answer().unwrap().status, 408);
    port.is_empty();
}

#[test]
fn one_comes_at_a_time_and_the_next_need_not_ask_again() {
    let port = port(Limits { upload_quiet: LASTS, upload_rate: 0, ..short() });
    port.permits.grant("/put/first", LASTS);
    port.permits.grant("/put/second", LASTS);
    let mut first = port.begin("/put/first", 4);
    first.send("abc");
    until("there is a file", || port.file.exists());
    assert_eq!(port.begin("/put/second", LARGE).answer().unwrap().status, 503);
    first.send("d");
    assert!(first.answer().unwrap().has(&format!("body 4 sum {}", sum(b"abcd"))));
    port.is_empty();
    let mut second = port.begin("/put/second", 1);
    second.send("x");
    assert_eq!(second.answer().unwrap().status, 200);
}

#[test]
fn where_no_file_can_be_made_it_is_said_and_others_are_served() {
    let dir = TempDir::new().unwrap();
    let permits = UploadPermits::new(&dir.path().join("gone/file"), 32 << 20).unwrap();
    let house = open(Config { limits: short(), permits: Some(Arc::clone(&permits)), ..Config::default() });
    for _ in 0..2 {
        permits.grant("/put/it", LASTS);
        let answer = house.ask(format!("POST /put/it HTTP/1.1\r\nHost: x\r\nContent-Length: {LARGE}\r\n\r\n"));
        assert_eq!(answer.unwrap().status, 507);
    }
    house.is_well();
}
