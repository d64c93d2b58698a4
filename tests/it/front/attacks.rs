//! Attacks, one after the other, against the real program on plain HTTP and on TLS: afterwards it is the same process
//! with no more threads and files than before, and meanwhile other clients are served.

use crate::{
    panel::between,
    process::{Holdings, Home, Served, wait_until},
    support::{
        hostile,
        keys::Keys,
        wire::{PATIENCE, Wire, until},
    },
};
use rustls::ClientConfig;
use socket2::{Domain, Socket, Type};
use std::{
    net::TcpStream,
    process::Command,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

/// A server and what its clients need.
struct Target {
    served: Served,
    token: String,
    tls: Option<Arc<ClientConfig>>,
    before: Holdings,
}

impl Target {
    fn new(served: Served, token: String, tls: Option<Arc<ClientConfig>>) -> Self {
        let before = served.holdings();
        Self { served, token, tls, before }
    }

    fn wire(&self) -> Wire {
        self.wire_for(PATIENCE)
    }

    /// A connection that waits no longer than that for its bytes to be taken.
    fn wire_for(&self, patience: Duration) -> Wire {
        let stream = TcpStream::connect(self.served.address).unwrap();
        let socket = stream.try_clone().unwrap();
        let wire = match &self.tls {
            None => Wire::new(stream),
            Some(tls) => Wire::secure(stream, Arc::clone(tls)),
        };
        socket.set_write_timeout(Some(patience)).unwrap();
        wire
    }

    /// A connection with as little room for what it is sent as there can be.
    fn wire_with_little_room(&self) -> Wire {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.connect(&self.served.address.into()).unwrap();
        match &self.tls {
            None => Wire::new(socket.into()),
            Some(tls) => Wire::secure(socket.into(), Arc::clone(tls)),
        }
    }

    fn list(&self) -> String {
        format!("GET /mu/v2/users HTTP/1.1\r\nHost: x\r\nToken: {}\r\n\r\n", self.token)
    }

    /// How many connections have been let in.
    fn accepted(&self) -> usize {
        let mut wire = self.wire();
        wire.send(format!("GET /metrics HTTP/1.1\r\nHost: x\r\nToken: {}\r\n\r\n", self.token));
        let answer = wire.answer().unwrap();
        let count = between(answer.text(), "\nmu_panel_connections_accepted_total ", "\n");
        count.unwrap().parse().unwrap()
    }

    /// A good client gets the list.
    fn is_well(&self) {
        let mut wire = self.wire();
        wire.send(self.list());
        let answer = wire.answer().expect("an answer");
        assert!(answer.status == 200 && answer.text().contains("\"alice\""), "{answer:?}");
    }

    /// It is the same process, and holds no more than before.
    fn is_as_before(&mut self) {
        self.is_well();
        until("files to be closed and threads to end", || self.served.holdings().is_as(&self.before));
        assert!(self.served.runs());
        assert!(!self.served.log().contains("panicked"), "{}", self.served.log());
        let peak = self.served.status("VmHWM");
        assert!(peak < 64 << 10, "{peak} KiB");
    }
}

fn home_of_alice() -> Home {
    let home = Home::new();
    home.run(&["user", "add", "alice"]).ok();
    home
}

/// Runs an attack on plain HTTP and on TLS at the same time, each against a process of its own.
fn on_both(attack: impl Fn(&Target) + Sync) {
    let (home, secure, keys) = (home_of_alice(), home_of_alice(), Keys::new());
    let arguments = ["--log", "error"];
    let (certificate, key) = keys.paths();
    let files = [("MU_PANEL_TLS_CERT", &*certificate), ("MU_PANEL_TLS_KEY", &*key)];
    let plain = Target::new(home.serve_with(&arguments, &[]), home.token(), None);
    let tls = Some(keys.client(rustls::ALL_VERSIONS));
    let tls = Target::new(secure.serve_with(&arguments, &files), secure.token(), tls);
    thread::scope(|scope| {
        for mut target in [plain, tls] {
            let attack = &attack;
            scope.spawn(move || {
                attack(&target);
                target.is_as_before();
            });
        }
    });
}

fn post(rest: &str) -> String {
    format!("POST /mu/v2/nodes/1/traffic HTTP/1.1\r\nHost: x\r\n{rest}")
}

#[test]
fn lengths_that_are_lies() {
    on_both(|target| {
        for (length, status) in [("99999999999999", 401), ("18446744073709551000", 401), ("abc", 400)] {
            for _ in 0..4 {
                let mut wire = target.wire();
                wire.send(post(&format!("Content-Length: {length}\r\n\r\n")) + &target.list());
                assert_eq!(wire.answer().unwrap().status, status, "{length}");
                assert!(wire.answer().is_none(), "{length}: the body is no request");
            }
            target.is_well();
        }
    });
}

#[test]
fn answers_that_are_never_read() {
    on_both(|target| {
        // More of them than there are workers, and for each more than lies in the sockets between.
        let wires: Vec<Wire> = (0..70)
            .map(|_| {
                let mut wire = target.wire_with_little_room();
                wire.send("GET /style.css HTTP/1.1\r\nHost: x\r\n\r\n".repeat(200));
                wire
            })
            .collect();
        for _ in 0..10 {
            target.is_well();
        }
        assert!(target.served.holdings().sockets >= target.before.sockets + wires.len(), "they wait");
        wait_until("them to be gone, though they stay", || target.served.holdings().is_as(&target.before));
        drop(wires);
    });
}

#[test]
fn a_pipeline_without_end() {
    on_both(|target| {
        let mut wire = target.wire_for(Duration::from_millis(500));
        let some = "GET /login HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1000);
        let began = Instant::now();
        // It takes no more when the answers are not read.
        while began.elapsed() < Duration::from_secs(10) && wire.takes(&some) {}
        assert!(began.elapsed() < Duration::from_secs(10), "it takes requests without end");
        target.is_well();
    });
}

#[test]
fn a_header_without_end() {
    on_both(|target| {
        let mut wire = target.wire();
        wire.send("GET / HTTP/1.1\r\nHost: x\r\nA: ");
        let some = "a".repeat(1 << 20);
        let began = Instant::now();
        // What comes after the refusal is thrown away for a while, so that the sender sees why.
        while began.elapsed() < Duration::from_secs(15) && wire.takes(&some) {}
        assert!(began.elapsed() < Duration::from_secs(15), "it is taken without end");
        target.is_well();
    });
}

#[test]
fn more_connections_than_files_and_then_none() {
    for secure in [false, true] {
        let (home, keys) = (home_of_alice(), Keys::new());
        let (certificate, key) = keys.paths();
        let panel = home.command(&["serve", "--listen", "127.0.0.1:0", "--log", "error"]);
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -n 400; exec \"$@\"", "sh"]).arg(panel.get_program()).args(panel.get_args());
        command.current_dir(home.path("")).env("TZ", "UTC");
        if secure {
            command.env("MU_PANEL_TLS_CERT", certificate).env("MU_PANEL_TLS_KEY", key);
        }
        let tls = secure.then(|| keys.client(rustls::ALL_VERSIONS));
        let mut target = Target::new(home.start(command), home.token(), tls);
        let crowd: Vec<TcpStream> = (0..600).map(|_| TcpStream::connect(target.served.address).unwrap()).collect();
        target.is_well();
        assert!(target.served.files() < 400);
        drop(crowd);
        target.is_as_before();
    }
}

#[test]
fn connections_that_send_nothing() {
    on_both(|target| {
        let crowd: Vec<TcpStream> = (0..500).map(|_| TcpStream::connect(target.served.address).unwrap()).collect();
        until("them to be let in", || target.accepted() >= 500);
        target.is_well();
        // They are ended though they stay, and have no threads before that.
        let with_them = target.served.holdings();
        assert!(Holdings { sockets: target.before.sockets, ..with_them }.is_as(&target.before), "{with_them:?}");
        until("them to be gone", || target.served.holdings().is_as(&target.before));
        drop(crowd);
    });
}

/// What has not come whole is not counted, however it ends.
#[test]
fn a_body_shorter_than_promised() {
    on_both(|target| {
        let report = "u=1&d=1&node_id=1";
        let head = format!("POST /mu/v2/users/1/traffic HTTP/1.1\r\nHost: x\r\nToken: {}\r\n", target.token);
        for part in [
            format!("{head}Content-Length: {}\r\n\r\n{report}", report.len() + 1),
            format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{report}\r\n", report.len()),
            format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{report}\r\n0\r\n", report.len()),
        ] {
            let mut wire = target.wire();
            wire.send(part);
            drop(wire);
        }
        let mut wire = target.wire();
        wire.send(target.list());
        let list = wire.answer().unwrap();
        assert!(list.text().contains("\"u\":0,\"d\":0"), "{list:?}");
    });
}

/// Header values that are no text are no reason to refuse a request, and mean nothing.
#[test]
fn headers_that_are_no_utf_8() {
    on_both(|target| {
        for (header, status) in [(&b"Token: \xff\xfe"[..], 401), (b"Cookie: mu_panel=\xff", 401), (b"X: \xc3\x28", 401)]
        {
            let mut wire = target.wire();
            wire.send([b"GET /mu/v2/users HTTP/1.1\r\nHost: x\r\n", header, b"\r\n\r\n"].concat());
            assert_eq!(wire.answer().unwrap().status, status);
        }
        let mut wire = target.wire();
        wire.send([b"GET /mu/v2/users HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n".as_slice()].concat());
        assert_eq!(wire.answer().unwrap().status, 400);
        // Two keys that are no ASCII are two keys.
        for key in ["\u{e9}", "\u{e8}", "\u{e9}"] {
            let (mut wire, body) = (target.wire(), "u=1&d=0&node_id=1");
            wire.send(format!(
                "POST /mu/v2/users/1/traffic HTTP/1.1\r\nHost: x\r\nToken: {}\r\nIdempotency-Key: {key}\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                target.token,
                body.len()
            ));
            assert_eq!(wire.answer().unwrap().status, 200);
        }
        let mut wire = target.wire();
        wire.send(target.list());
        let list = wire.answer().unwrap();
        assert!(list.text().contains("\"u\":2,\"d\":0"), "{list:?}");
    });
}

#[test]
fn whatever_strangers_send() {
    on_both(|target| {
        let base = if target.tls.is_some() { "TLS" } else { "plain" };
        hostile::meet(base, || target.wire(), || target.is_well());
    });
}

#[test]
fn tls_that_is_none() {
    let (home, keys) = (home_of_alice(), Keys::new());
    let tls = keys.client(rustls::ALL_VERSIONS);
    let mut target = Target::new(home.serve_tls(&keys), home.token(), Some(tls));
    for hello in
        [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], b"\x16\x03\x01\x00\x05hello", b"\x16\x03\x01\xff\xff"]
    {
        let mut wire = target.served.wire();
        wire.send(hello);
        target.is_well();
        assert!(!wire.rest().starts_with(b"HTTP"));
    }
    target.is_as_before();
}

#[test]
fn requests_are_answered_in_order_and_none_after_the_last() {
    on_both(|target| {
        let mut wire = target.wire();
        let get =
            |path: &str, rest: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nToken: {}\r\n{rest}\r\n", target.token);
        let absolute = get("http://x/mu/v2", "");
        wire.send(
            [
                get("/mu/v2", ""),
                absolute,
                get("/healthz", ""),
                get("/nowhere", ""),
                get("/mu/v2/users", "Connection: close\r\n"),
                get("/mu/v2", ""),
            ]
            .concat(),
        );
        for (status, words) in [(200, "ok"), (200, "ok"), (200, "ok\n"), (404, "404"), (200, "alice")] {
            let answer = wire.answer().unwrap();
            assert!(answer.status == status && answer.text().contains(words), "{words}: {answer:?}");
        }
        assert!(wire.answer().is_none());
    });
}
