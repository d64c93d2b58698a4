//! A relay in this process, whose users may go to this machine.

use mu_panel::node::{
    Config, Meters, Relay, guard::Guard, meter::UNLIMITED, plan::Wanted, resolve::Lookup, resolve::Resolve,
};
use std::{
    io,
    net::{IpAddr, SocketAddr, TcpListener, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How long something may take that has to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Node {
    pub(crate) relay: Relay,
    pub(crate) meters: Arc<Meters>,
}

impl Node {
    pub(crate) fn start() -> Self {
        Self::allowing(&["127.0.0.0/8", "::1"], 2000)
    }

    pub(crate) fn allowing(networks: &[&str], files: usize) -> Self {
        let meters = Arc::<Meters>::default();
        let guard = Guard::new(networks.iter().map(|network| network.parse().unwrap()).collect());
        let config = Config { guard, resolve: Box::new(Names), files, threads: 3, now, random };
        Self { relay: Relay::start(config, Arc::clone(&meters)).unwrap(), meters }
    }

    /// What a user has moved, up and down.
    pub(crate) fn moved(&self, user: &Wanted) -> (u64, u64) {
        self.meters.of(user.id).read()
    }

    /// Waits until the port of a user is served.
    #[allow(clippy::unused_self)] // it says whose port it is
    pub(crate) fn wait_for(&self, user: &Wanted) {
        wait(|| std::net::TcpStream::connect(("127.0.0.1", user.port)).is_ok(), "the port is served");
    }
}

/// Waits for a condition.
pub(crate) fn wait(holds: impl Fn() -> bool, what: &str) {
    wait_for(PATIENCE, holds, what);
}

/// The same, of what may take longer.
pub(crate) fn wait_for(patience: Duration, holds: impl Fn() -> bool, what: &str) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < patience, "{what}");
        std::thread::yield_now();
    }
}

/// Names that only tests know.
struct Names;

impl Resolve for Names {
    fn look_up(&self, name: &str) -> Lookup {
        let found = match name {
            "here.test" => Ok(vec![IpAddr::from([127, 0, 0, 1])]),
            "mixed.test" => Ok(["::1", "10.9.9.9", "127.0.0.1"].iter().map(|ip| ip.parse().unwrap()).collect()),
            "both.test" => Ok(["93.184.216.20", "2a00:1450::20"].iter().map(|ip| ip.parse().unwrap()).collect()),
            "other-way.test" => Ok(["2a00:1450::20", "93.184.216.20"].iter().map(|ip| ip.parse().unwrap()).collect()),
            "panic.test" => panic!("on purpose"),
            "slow.test" => return Box::pin(std::future::pending()),
            _ => Err(io::ErrorKind::NotFound.into()),
        };
        Box::pin(async move { found })
    }
}

/// A user with a port that is free for both.
pub(crate) fn user(id: i64, method: &str, password: &str) -> Wanted {
    let port = std::iter::repeat_with(crate::support::programs::free_port)
        .find(|port| {
            let any: SocketAddr = ([0, 0, 0, 0], *port).into();
            TcpListener::bind(any).is_ok() && UdpSocket::bind(any).is_ok()
        })
        .unwrap();
    Wanted { id, port, method: method.to_owned(), password: password.to_owned(), cap: UNLIMITED, speed: 0, devices: 0 }
}

/// The password of a test for that method: a key for those that need one.
pub(crate) fn password(method: &str) -> &'static str {
    match method {
        "2022-blake3-aes-128-gcm" => "AAECAwQFBgcICQoLDA0ODw==",
        "2022-blake3-aes-256-gcm" | "2022-blake3-chacha20-poly1305" => "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        _ => "a password of 23 bytes!",
    }
}

#[allow(clippy::disallowed_methods)] // a test is an edge
pub(crate) fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

pub(crate) fn random(buffer: &mut [u8]) {
    static TURN: AtomicU64 = AtomicU64::new(1);
    for place in buffer.chunks_mut(8) {
        let mixed = TURN.fetch_add(1, SeqCst).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31);
        place.copy_from_slice(&mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9).to_le_bytes()[..place.len()]);
    }
}
