//! Floods against the default limits: clients that send nothing, that send a byte a second, that never read; on plain
//! HTTP, and on TLS before and after the handshake.

use crate::{
    process::{Home, Served},
    support::{keys::Keys, wire::Wire},
};
use mu_panel::door;
use rustls::ClientConfig;
use socket2::{Domain, Socket, Type};
use std::{
    fmt::Write as _,
    net::TcpStream,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

const SILENT: usize = 1000;
const SLOW: usize = 1000;
const DEAF: usize = 200;

/// A server with 1,000 users.
struct Target {
    served: Served,
    tls: Option<Arc<ClientConfig>>,
    /// For the list of them.
    request: String,
}

impl Target {
    fn new(home: &Home, keys: Option<&Keys>) -> Self {
        let mut list = String::from(r#"{"ret":1,"data":["#);
        for id in 1..=1000 {
            let comma = if id == 1 { "" } else { "," };
            let port = 20_000 + id;
            write!(list, r#"{comma}{{"id":{id},"email":"user{id}","passwd":"p{id}","port":{port},"#).unwrap();
            list +=
                r#""method":"aes-256-gcm","t":0,"u":0,"d":0,"transfer_enable":1099511627776,"switch":1,"enable":1}"#;
        }
        let list = home.file("users.json", list + "]}");
        home.run(&["import", list.to_str().unwrap()]).ok();
        let (arguments, pair) = (["--log", "error", "--backup-dir", "none"], keys.map(Keys::paths));
        let served = match &pair {
            None => home.serve_with(&arguments, &[]),
            Some((certificate, key)) => home.serve_with(
                &arguments,
                &[("MU_PANEL_TLS_CERT", certificate.as_path()), ("MU_PANEL_TLS_KEY", key.as_path())],
            ),
        };
        let request = format!("GET /mu/v2/users HTTP/1.1\r\nHost: x\r\nToken: {}\r\n\r\n", home.token());
        Self { served, tls: keys.map(|keys| keys.client(rustls::ALL_VERSIONS)), request }
    }

    fn wire(&self, stream: TcpStream) -> Wire {
        match &self.tls {
            None => Wire::new(stream),
            Some(tls) => Wire::secure(stream, Arc::clone(tls)),
        }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(self.served.address).unwrap()
    }

    /// How long a good client waits for the list, a connection of its own included.
    fn wait(&self) -> Duration {
        let began = Instant::now();
        let mut wire = self.wire(self.connect());
        wire.send(&self.request);
        let answer = wire.answer().expect("an answer");
        assert!(answer.status == 200 && answer.text().contains("\"user1000\""));
        began.elapsed()
    }

    /// A client that has begun a head, a body, or (with TLS) a handshake, and goes on a byte at a time.
    fn slow(&self, at: usize) -> Wire {
        if self.tls.is_some() && at.is_multiple_of(3) {
            let mut wire = Wire::new(self.connect());
            wire.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03");
            return wire;
        }
        let mut wire = self.wire(self.connect());
        wire.send(if at.is_multiple_of(2) {
            "GET / HTTP/1.1\r\nA: "
        } else {
            "POST /mu/v2/nodes/1/traffic HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n"
        });
        wire
    }

    /// A client that asks and never reads, with as little room for its answer as there can be.
    fn deaf(&self) -> Wire {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.connect(&self.served.address.into()).unwrap();
        let mut wire = self.wire(socket.into());
        wire.send(self.request.repeat(50));
        wire
    }
}

fn thousands_of_the_worst(what: &str, mut target: Target) {
    door::raise_file_limit().unwrap();
    let alone = target.wait();
    let before = target.served.holdings();

    let began = Instant::now();
    let silent: Vec<TcpStream> = (0..SILENT).map(|_| target.connect()).collect();
    let mut slow: Vec<Wire> = (0..SLOW).map(|at| target.slow(at)).collect();
    let deaf: Vec<Wire> = (0..DEAF).map(|_| target.deaf()).collect();
    let came = began.elapsed();
    let held = target.served.holdings().sockets;
    // A new client is let in before another has to go, and while they are counted that goes on.
    assert!((500..=1024 + 8).contains(&held), "{held} connections");
    let (mut waits, mut gone) = (Vec::new(), None);
    // Counted from when the last of them has come.
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(35) {
        let second = Instant::now();
        for wire in &mut slow {
            wire.send(b"x");
        }
        for _ in 0..5 {
            waits.push(target.wait());
        }
        if target.served.holdings().is_as(&before) {
            gone = Some(began.elapsed());
            break;
        }
        thread::sleep(Duration::from_secs(1).saturating_sub(second.elapsed()));
    }
    waits.sort_unstable();
    let (median, most, peak) = (waits[waits.len() / 2], waits[waits.len() - 1], target.served.status("VmHWM"));
    println!(
        "{what}: they come in {came:?}; a good client waits {alone:?} alone, then {median:?}, at most {most:?} of \
         {} times; all are gone after {gone:?}; at most {peak} KiB",
        waits.len()
    );
    assert!(gone.is_some(), "{before:?} before, {:?} after", target.served.holdings());
    assert!(peak < 64 << 10, "{peak} KiB");
    assert!(target.served.runs() && !target.served.log().contains("panicked"), "{}", target.served.log());
    target.wait();
    drop((silent, slow, deaf));
}

#[test]
fn thousands_of_the_worst_are_gone_after_35_seconds() {
    let home = Home::new();
    thousands_of_the_worst("plain", Target::new(&home, None));
}

#[test]
fn thousands_of_the_worst_are_gone_after_35_seconds_with_tls_too() {
    let (home, keys) = (Home::new(), Keys::new());
    thousands_of_the_worst("TLS", Target::new(&home, Some(&keys)));
}
