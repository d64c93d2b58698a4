//! TLS: handshakes, certificates that change, and clients that speak something else on that port.

use std::fs;
use std::io::Write;
use std::net::TcpStream;

use mu_panel::door::{Config, Limits, Listener, Scheme, Tls};
use rustls::{ProtocolVersion, version};

use crate::house::{House, Wire, open_at, short, sum, until};
use crate::support::keys::Keys;

/// A door that speaks TLS, and knows its clients.
pub(crate) fn open_tls(keys: &Keys, limits: Limits) -> House {
    let (certificate, key) = keys.paths();
    let tls = Some(Tls::load(&certificate, &key).unwrap());
    let listener = Listener::bind("127.0.0.1:0").unwrap().with_scheme(Scheme::Https);
    let mut house = open_at(vec![listener], Config { limits, tls, ..Config::default() });
    house.tls = Some(keys.client(rustls::ALL_VERSIONS));
    house
}

#[test]
fn both_versions_are_spoken_and_the_server_is_told() {
    let keys = Keys::new();
    let mut house = open_tls(&keys, Limits::default());
    for (version, number) in [(&version::TLS12, ProtocolVersion::TLSv1_2), (&version::TLS13, ProtocolVersion::TLSv1_3)]
    {
        assert_eq!(version.version, number);
        house.tls = Some(keys.client(&[version]));
        let mut wire = house.connect();
        for _ in 0..3 {
            wire.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
            assert!(wire.answer().unwrap().has("x-door-secure: 1"), "{number:?}");
        }
    }
}

#[test]
fn bodies_of_any_size_pass_both_ways() {
    let keys = Keys::new();
    let house = open_tls(&keys, Limits::default());
    let body: Vec<u8> = (0..8 << 20).map(|at: u32| at.to_le_bytes()[1]).collect();
    let mut wire = house.connect();
    wire.send(format!("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len()));
    wire.send(&body);
    assert!(wire.answer().unwrap().has(&format!("body {} sum {}", body.len(), sum(&body))));
    for path in ["/sized", "/chunked", "/named"] {
        for count in [0, 1, 70_000, 5_000_000] {
            wire.send(format!("GET {path}/{count} HTTP/1.1\r\nHost: x\r\n\r\n"));
            assert_eq!(wire.answer().unwrap().body.len(), count, "{path}");
        }
    }
    wire.send("GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_eq!(wire.answer().unwrap().status, 200);
    assert!(wire.answer().is_none());
    house.until_open(0);
}

#[test]
fn a_client_that_does_not_speak_tls_is_told_so_or_left() {
    let keys = Keys::new();
    let house = open_tls(&keys, short());
    let raw = |bytes: &[u8]| {
        let mut wire = Wire::new(TcpStream::connect(house.address).unwrap());
        wire.send(bytes);
        wire
    };
    let answer = raw(b"GET /mu HTTP/1.1\r\nHost: x\r\n\r\n").answer().unwrap();
    assert_eq!(answer.status, 400);
    assert_eq!(answer.text(), r#"{"ret":0,"msg":"this port speaks https"}"#);
    for (name, bytes) in [
        ("nothing", &b""[..]),
        ("half a hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        ("no hello", b"\x16\x03\x01\x00\x05hello"),
        ("a record too large", b"\x16\x03\x01\xff\xff"),
    ] {
        let mut wire = raw(bytes);
        // There may be an alert, but no answer.
        assert!(!wire.rest().starts_with(b"HTTP"), "{name}");
        house.is_well();
    }
    house.until_open(0);
}

#[test]
fn slow_ones_have_to_go_inside_of_tls_too() {
    let keys = Keys::new();
    let house = open_tls(&keys, short());
    let mut silent = house.connect();
    let mut slow = house.connect();
    slow.send("GET / HTTP/1.1\r\nHo");
    let mut deaf = house.connect();
    deaf.send("GET /named/50000000 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(slow.answer().unwrap().status, 408);
    assert!(silent.answer().is_none());
    house.is_well();
    house.until_open(0);
    drop(deaf);
}

#[test]
fn a_certificate_that_changes_is_read_again() {
    let mut keys = Keys::new();
    let mut house = open_tls(&keys, Limits::default());
    house.is_well();
    keys.renew();
    house.tls = Some(keys.client(rustls::ALL_VERSIONS));
    let mut is_new = || house.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").is_some();
    until("the new certificate", &mut is_new);
    // A pair that does not fit, or is none, changes nothing.
    let (certificate, key) = keys.paths();
    let other = Keys::new();
    fs::copy(other.paths().1, &key).unwrap();
    fs::File::options().append(true).open(&certificate).unwrap().write_all(b"nonsense").unwrap();
    assert!(Tls::load(&certificate, &key).unwrap_err().contains("cannot use"));
    let seen = std::time::Instant::now();
    until("the files to be looked at", || seen.elapsed().as_millis() > 2200);
    house.is_well();
    fs::remove_file(&key).unwrap();
    assert!(Tls::load(&certificate, &key).unwrap_err().contains("cannot read"));
    house.is_well();
    fs::write(&certificate, "").unwrap();
    assert!(Tls::load(&certificate, &key).unwrap_err().contains("no certificate"));
    house.is_well();
    keys.renew();
    house.tls = Some(keys.client(rustls::ALL_VERSIONS));
    until("the next certificate", || house.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").is_some());
}

/// As when the owner of a new key is put right only afterwards.
#[test]
fn a_certificate_is_read_again_after_a_repair_that_leaves_its_bytes_and_their_age() {
    let mut keys = Keys::new();
    let mut house = open_tls(&keys, Limits::default());
    house.is_well();
    let old = house.tls.take();
    keys.renew();
    house.tls = Some(keys.client(rustls::ALL_VERSIONS));
    let (_, key) = keys.paths();
    let good = fs::read(&key).unwrap();
    let age = fs::metadata(&key).unwrap().modified().unwrap();
    let put = |bytes: &[u8]| {
        fs::write(&key, bytes).unwrap();
        fs::File::options().write(true).open(&key).unwrap().set_modified(age).unwrap();
    };
    put(&vec![b'-'; good.len()]);
    let new = house.tls.take();
    house.tls = old;
    let seen = std::time::Instant::now();
    until("the files to be looked at", || seen.elapsed().as_millis() > 2200);
    house.is_well();
    put(&good);
    house.tls = new;
    until("the new certificate", || house.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").is_some());
}

#[test]
fn a_client_that_is_let_go_is_told_so() {
    let keys = Keys::new();
    let house = open_tls(&keys, short());
    let mut idle = house.connect();
    idle.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(idle.answer().unwrap().status, 200);
    assert!(idle.ends());
}
