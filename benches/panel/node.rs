//! The node in the panel against other Shadowsocks servers, over loopback: how fast, for how much of the processor, and
//! how much memory connections take. Servers are given the same clients and the same target, one after the other.

#![allow(clippy::cast_precision_loss)] // of what was measured, a few digits are shown

use crate::{
    figure, line,
    process::{binary, memory_of},
};
use mu_panel::node::address;
use shadowsocks_crypto::{CipherKind, v1, v1::openssl_bytes_to_key};
use std::{
    ffi::OsString,
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

const METHODS: [&str; 2] = ["aes-256-gcm", "chacha20-ietf-poly1305"];
const PASSWORD: &str = "a-password-for-measuring";
/// What the target is to answer: a byte, and then nothing any more.
pub(crate) const ECHO: &[u8] = b"e";
/// How long a rate is measured, and what passes before.
const SPAN: Duration = Duration::from_secs(3);
const WARM_UP: Duration = Duration::from_millis(300);
/// How many connections move bytes at once, usually and when there are many.
const FEW: usize = 4;
const MANY: usize = 500;
/// How many connections are held to see what one takes.
const HELD: usize = 1000;
/// After a minute of quiet, buffers are back.
const QUIET: Duration = Duration::from_secs(75);
/// The most payload in a chunk.
const CHUNK: usize = 0x3fff;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// What is measured of one server.
#[derive(Clone, Copy, Default)]
struct Measured {
    /// MiB a second.
    rate: f64,
    /// Seconds of the processor for each GiB.
    cost: f64,
}

impl Measured {
    fn words(self) -> String {
        format!("{:.0} MiB/s, {:.2} s/GiB", self.rate, self.cost)
    }
}

/// Down and up, with few connections and with many.
pub(crate) fn speed() {
    for method in METHODS {
        for (way, count) in [(Way::Down, FEW), (Way::Up, FEW), (Way::Down, MANY)] {
            let ways = if way == Way::Down { "down" } else { "up" };
            let what = format!("node, {method}, {count} connections {ways}");
            let ours = Server::ours(method).measure(way, count);
            let against = [("ss-server", Server::ss_server(method)), ("ssserver", Server::ssserver(method))];
            for (name, server) in against {
                let aim = match (name, count) {
                    ("ss-server", FEW) => "≥ 1.2",
                    ("ssserver", FEW) => "≥ 0.9, s/GiB ≤ 1.15",
                    _ => "≥ 0.8",
                };
                match server {
                    Some(mut server) => {
                        let theirs = server.measure(way, count);
                        let theirs_words = format!("{name}: {}", theirs.words());
                        line(&what, &ours.words(), &theirs_words, ours.rate / theirs.rate, aim);
                    }
                    None if name == "ss-server" => {
                        println!("| {what} | {} | {name} is not installed | | {aim} |", ours.words());
                    }
                    None => {}
                }
            }
        }
    }
}

/// What the node takes of memory.
pub(crate) fn memory() {
    let mib = |bytes: u64| format!("{}.{} MiB", bytes >> 20, ((bytes & 0xF_FFFF) * 10) >> 20);
    let each = |bytes: u64, count: usize| format!("{:.1} kB", bytes as f64 / count as f64 / 1000.0);
    let idle = Server::ours_with(METHODS[0], 0).settled();
    figure("memory, idle, with the node and no users", &mib(idle), "10 MiB");
    let users = Server::ours_with(METHODS[0], 200).settled();
    figure("with 200 users", &format!("{} more", mib(users.saturating_sub(idle))), "1 MiB more");
    let server = Server::ours(METHODS[0]);
    let target = Target::start();
    let before = server.settled();
    let mut held: Vec<TcpStream> = (0..HELD).map(|_| server.client(&target, ECHO).stream).collect();
    for stream in &mut held {
        stream.read_exact(&mut [0; ECHOED]).unwrap();
    }
    let quiet = server.settled().saturating_sub(before);
    figure(&format!("a quiet connection, of {HELD}"), &each(quiet, HELD), "6 kB");
    // Another one: what those connections have left in the first is not to be taken for room that others gave back.
    drop((held, server));
    let server = Server::ours(METHODS[0]);
    let before = server.settled();
    let mut held: Vec<TcpStream> = (0..HELD / 2).map(|_| server.client(&target, b"m").stream).collect();
    for stream in &mut held {
        let mut left = MEGABYTE;
        let mut piece = vec![0; 65_536];
        while left > 0 {
            left = left.saturating_sub(stream.read(&mut piece).unwrap());
        }
    }
    let busy = memory_of(server.child.id(), "VmRSS:").saturating_sub(before);
    figure("one that has just moved 1 MB", &each(busy, HELD / 2), "");
    thread::sleep(QUIET);
    let quiet = server.settled().saturating_sub(before);
    figure("the same after a minute of quiet", &each(quiet, HELD / 2), "8 kB");
}

const MEGABYTE: usize = 1_000_000;
/// What the answer to [`ECHO`] takes with a cipher of 256 bits: salt, length, byte.
pub(crate) const ECHOED: usize = 32 + 18 + 17;

/// What clients ask for bytes, or send them to: the first byte of a connection says which.
pub(crate) struct Target {
    address: SocketAddr,
    moved: Arc<AtomicU64>,
}

impl Target {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let moved = Arc::<AtomicU64>::default();
        let counting = Arc::clone(&moved);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, moved) = (stream.unwrap(), Arc::clone(&counting));
                let serve = move || {
                    let mut piece = vec![0; 256 << 10];
                    let mut first = [0];
                    if stream.read_exact(&mut first).is_err() {
                        return;
                    }
                    match first[0] {
                        // Back, and then nothing any more.
                        b'e' => drop(stream.write_all(b"e")),
                        b'm' => drop(stream.write_all(&vec![7; MEGABYTE])),
                        b'd' => {
                            while let Ok(wrote @ 1..) = stream.write(&piece) {
                                moved.fetch_add(wrote as u64, Relaxed);
                            }
                        }
                        _ => {}
                    }
                    while let Ok(read @ 1..) = stream.read(&mut piece) {
                        moved.fetch_add(read as u64, Relaxed);
                    }
                };
                thread::Builder::new().stack_size(128 << 10).spawn(serve).unwrap();
            }
        });
        Self { address, moved }
    }
}

/// A server that runs, with one user.
struct Server {
    child: Child,
    _dir: TempDir,
    port: u16,
    method: &'static str,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    fn ours(method: &'static str) -> Self {
        Self::ours_with(method, 1)
    }

    /// The panel with so many users, of whom the first is the one that is measured.
    fn ours_with(method: &'static str, users: usize) -> Self {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let db = dir.path().join("mu-panel.db");
        let port = free_port();
        let mut rows = vec!["name,port,passwd,method".to_owned()];
        rows.extend((0..users).map(|user| match user {
            0 => format!("friend,{port},{PASSWORD},{method}"),
            _ => format!("friend {user},,{PASSWORD},{method}"),
        }));
        if users > 0 {
            let mut import = Command::new(binary());
            import.args(["import", "-", "--db"]).arg(&db).stdin(Stdio::piped()).stdout(Stdio::null());
            let mut import = import.spawn().unwrap();
            import.stdin.take().unwrap().write_all(rows.join("\n").as_bytes()).unwrap();
            assert!(import.wait().unwrap().success());
        }
        let mut serve = Command::new(binary());
        serve.args(["serve", "--listen", "127.0.0.1:0", "--log", "error", "--backup-dir", "none"]);
        serve.args(["--node", "on", "--node-allow", "127.0.0.0/8", "--db"]).arg(&db);
        let server = Self { child: serve.stdout(Stdio::null()).spawn().unwrap(), _dir: dir, port, method };
        if users > 0 {
            server.wait();
        }
        server
    }

    /// Debian's `shadowsocks-libev`; `None` if it is not installed.
    fn ss_server(method: &'static str) -> Option<Self> {
        let port = free_port();
        let mut command = Command::new("ss-server");
        command.args(["-s", "127.0.0.1", "-p", &port.to_string(), "-k", PASSWORD, "-m", method, "-t", "60"]);
        Self::other(command, port, method)
    }

    /// That of shadowsocks-rust, if the variable `SSSERVER` names the file.
    fn ssserver(method: &'static str) -> Option<Self> {
        let port = free_port();
        let mut command = Command::new(std::env::var_os("SSSERVER").filter(|file: &OsString| !file.is_empty())?);
        command.args(["-s", &format!("127.0.0.1:{port}"), "-k", PASSWORD, "-m", method]);
        Self::other(command, port, method)
    }

    fn other(mut command: Command, port: u16, method: &'static str) -> Option<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let server = Self { child, _dir: dir, port, method };
        server.wait();
        Some(server)
    }

    fn wait(&self) {
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Memory once it does not change any more.
    fn settled(&self) -> u64 {
        thread::sleep(Duration::from_secs(2));
        memory_of(self.child.id(), "VmRSS:")
    }

    /// Seconds of the processor that it has used.
    fn used(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        // In hundredths of a second: in its own code, and in the kernel's.
        fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap() / 100.0).sum()
    }

    /// A connection to the target that has begun with that byte.
    fn client(&self, target: &Target, first: &[u8]) -> Client {
        Client::to(target, first, self.port, self.method, PASSWORD)
    }

    fn measure(&mut self, way: Way, count: usize) -> Measured {
        let target = Target::start();
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..count {
                let mut client = self.client(&target, if way == Way::Down { b"d" } else { b"u" });
                let over = &over;
                let drive = move || {
                    let mut piece = vec![0; if way == Way::Down { 128 << 10 } else { CHUNK }];
                    while !over.load(Relaxed) {
                        let done = match way {
                            Way::Down => client.stream.read(&mut piece).map(drop),
                            Way::Up => client.send(&piece),
                        };
                        if done.is_err() {
                            break;
                        }
                    }
                };
                thread::Builder::new().stack_size(128 << 10).spawn_scoped(scope, drive).unwrap();
            }
            thread::sleep(WARM_UP);
            let (began, before, used) = (Instant::now(), target.moved.load(Relaxed), self.used());
            thread::sleep(SPAN);
            let bytes = (target.moved.load(Relaxed) - before) as f64;
            let (took, used) = (began.elapsed().as_secs_f64(), self.used() - used);
            over.store(true, Relaxed);
            // Whatever still waits ends with the server.
            let _ = self.child.kill();
            Measured { rate: bytes / took / f64::from(1 << 20), cost: used / (bytes / f64::from(1 << 30)) }
        })
    }
}

/// The side of a friend, which seals what it sends and does not open what it gets.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    cipher: v1::Cipher,
    tag: usize,
    sealed: Vec<u8>,
}

impl Client {
    /// A connection to the target by way of a port, which has begun with those bytes.
    pub(crate) fn to(target: &Target, first: &[u8], port: u16, method: &str, password: &str) -> Self {
        let mut client = Self::new(port, method, password);
        let mut greeting = Vec::new();
        address::write(target.address, &mut greeting);
        greeting.extend(first);
        client.send(&greeting).unwrap();
        client
    }

    fn new(port: u16, method: &str, password: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let kind: CipherKind = method.parse().unwrap();
        let mut key = vec![0; kind.key_len()];
        openssl_bytes_to_key(password.as_bytes(), &mut key);
        let mut salt = vec![0; kind.salt_len()];
        aws_lc_rs::rand::fill(&mut salt).unwrap();
        let cipher = v1::Cipher::new(kind, &key, &salt);
        Self { stream, cipher, tag: kind.tag_len(), sealed: salt }
    }

    fn send(&mut self, payload: &[u8]) -> std::io::Result<()> {
        for part in [&u16::try_from(payload.len()).unwrap().to_be_bytes()[..], payload] {
            let begin = self.sealed.len();
            self.sealed.extend_from_slice(part);
            self.sealed.resize(self.sealed.len() + self.tag, 0);
            self.cipher.encrypt_packet(&mut self.sealed[begin..]);
        }
        let sent = self.stream.write_all(&self.sealed);
        self.sealed.clear();
        sent
    }
}
