//! Names are looked up as the files say, as they are now, and a server that is silent holds up no other lookup.

use crate::{namespace, support::wire::until};
use mu_panel::outbound::{Call, Failure, Https, Options, Resolver, lookup_blocking};
use std::{
    fs,
    net::{IpAddr, UdpSocket},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

/// The address that our name server gives for a name, its last label aside; nothing for others, and no answer at all
/// for `silent`.
fn known(name: &str) -> Option<[u8; 4]> {
    match name.split('.').next()? {
        "one" => Some([192, 0, 2, 1]),
        "two" => Some([192, 0, 2, 2]),
        "here" => Some([127, 0, 0, 1]),
        _ => None,
    }
}

/// A name server on port 53 of an address of this machine, and how often it was asked for an IPv4 address.
fn name_server(place: &str) -> Arc<AtomicUsize> {
    let socket = UdpSocket::bind((place, 53)).unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    thread::spawn(move || {
        let mut packet = [0; 1500];
        while let Ok((length, peer)) = socket.recv_from(&mut packet) {
            let (mut at, mut name) = (12, String::new());
            while packet[at] != 0 {
                let label = &packet[at + 1..at + 1 + usize::from(packet[at])];
                name.extend([String::from_utf8_lossy(label).to_ascii_lowercase(), ".".to_owned()]);
                at += 1 + usize::from(packet[at]);
            }
            // A negative answer of ours is not to be remembered, as it says no time.
            count.fetch_add(usize::from(packet[at + 2] == 1), SeqCst);
            if name.starts_with("silent.") || at > length {
                continue;
            }
            let end = at + 5;
            let wants_ipv4 = packet[at + 2] == 1;
            let address = known(&name);
            let answers = u8::from(wants_ipv4 && address.is_some());
            let code = if address.is_some() { 0x80 } else { 0x83 };
            let mut answer = [&packet[..2], &[0x81, code, 0, 1, 0, answers, 0, 0, 0, 0], &packet[12..end]].concat();
            if let Some(address) = address.filter(|_| wants_ipv4) {
                answer.extend([&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4], &address[..]].concat());
            }
            let _ = socket.send_to(&answer, peer);
        }
    });
    asked
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

struct Files {
    dir: tempfile::TempDir,
}

impl Files {
    fn new(servers: &str, hosts: &str) -> Self {
        let files = Self { dir: tempfile::TempDir::new().unwrap() };
        fs::write(files.servers(), servers).unwrap();
        fs::write(files.hosts(), hosts).unwrap();
        files
    }

    fn servers(&self) -> PathBuf {
        self.dir.path().join("resolv.conf")
    }

    fn hosts(&self) -> PathBuf {
        self.dir.path().join("hosts")
    }
}

fn ip(text: &str) -> Vec<IpAddr> {
    vec![text.parse().unwrap()]
}

#[test]
fn names_are_looked_up_as_the_files_say() {
    if !namespace::inside("resolver::names_are_looked_up_as_the_files_say") {
        return;
    }
    let asked = name_server("127.0.0.1");
    let files = Files::new("search lan\noptions ndots:1 odd-option\nnameserver 127.0.0.1\n", "192.0.2.9 mine other\n");
    let resolver = Resolver::reading(&files.servers(), &files.hosts());
    runtime().block_on(async {
        for (name, address) in [
            ("one.example.org", "192.0.2.1"),
            ("ONE.example.org.", "192.0.2.1"),
            ("two", "192.0.2.2"),
            ("other", "192.0.2.9"),
            ("localhost", "127.0.0.1"),
            ("203.0.113.5", "203.0.113.5"),
            ("[2001:db8::1]", "2001:db8::1"),
        ] {
            assert_eq!(resolver.lookup(name).await.unwrap()[0], ip(address)[0], "{name}");
        }
        assert_eq!(resolver.lookup("no.example.org").await, Err(Failure::NoSuchName("no.example.org".to_owned())));
        for bad in ["", ".", "a..b", &"a".repeat(64), &"a.".repeat(200), "a b", "\0"] {
            assert!(resolver.lookup(bad).await.is_err(), "{bad:?}");
        }
        let before = asked.load(SeqCst);
        assert_eq!(resolver.lookup("one.example.org").await, Ok(ip("192.0.2.1")));
        assert_eq!(asked.load(SeqCst), before, "it is remembered");
        // What the files say changes.
        fs::write(files.hosts(), "192.0.2.77 one.example.org\n").unwrap();
        let begun = std::time::Instant::now();
        while resolver.lookup("one.example.org").await != Ok(ip("192.0.2.77")) {
            assert!(begun.elapsed().as_secs() < 20, "the change was not seen");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    });
}

#[test]
fn a_silent_server_holds_up_only_the_lookup_that_needs_it() {
    if !namespace::inside("resolver::a_silent_server_holds_up_only_the_lookup_that_needs_it") {
        return;
    }
    let asked = name_server("127.0.0.1");
    let files = Files::new("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n", "");
    let resolver = Arc::new(Resolver::reading(&files.servers(), &files.hosts()));
    let runtime = runtime();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let waiting: Vec<_> = (0..100)
            .map(|number| {
                let resolver = Arc::clone(&resolver);
                tokio::task::spawn_local(async move { resolver.lookup(&format!("silent.{number}.example")).await })
            })
            .collect();
        tokio::task::yield_now().await;
        for number in 0..100 {
            assert_eq!(resolver.lookup(&format!("one.{number}.example")).await, Ok(ip("192.0.2.1")));
        }
        assert!(!waiting.iter().any(tokio::task::JoinHandle::is_finished), "the silent ones came first");
        for task in waiting {
            assert!(matches!(task.await.unwrap(), Err(Failure::LookupFailed(..))));
        }
    });
    assert!(asked.load(SeqCst) >= 200);
}

#[test]
fn the_client_and_code_that_waits_use_it_too() {
    if !namespace::inside("resolver::the_client_and_code_that_waits_use_it_too") {
        return;
    }
    namespace::put("nameserver 127.0.0.1\n", "/etc/resolv.conf");
    let asked = name_server("127.0.0.1");
    let server = crate::recorder::Recorder::start(None, |_| crate::recorder::Say::status(204));
    let url = format!("http://here.example:{}/", server.address.port());
    let call = |url| Https::new(&Options::default()).send(Call { method: "GET", url, headers: &[], body: None });
    assert_eq!(call(&url).unwrap().status, 204);
    assert_eq!(call("http://no.example/").unwrap_err(), Failure::NoSuchName("no.example".to_owned()));
    assert_eq!(lookup_blocking("two.example", std::time::Duration::from_secs(5)), Ok(ip("192.0.2.2")));
    until("the server was asked", || asked.load(SeqCst) >= 2);
}
