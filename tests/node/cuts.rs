//! A change holds at once, for its user and for no other.

use crate::{
    clients::{Client, Program},
    relay::{Node, user, wait},
    target::{Order, Packets, Target, carry_out, connect},
};
use mu_panel::node::plan::Wanted;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

/// Two users, each with a client and a connection that is open.
pub(crate) struct Two {
    pub(crate) node: Node,
    pub(crate) users: [Wanted; 2],
    pub(crate) clients: [Client; 2],
    pub(crate) target: Target,
}

impl Two {
    pub(crate) fn start() -> Option<Self> {
        if Program::SsLocal.is_missing() {
            return None;
        }
        let node = Node::start();
        let users = [user(1, "aes-256-gcm", "first"), user(2, "chacha20-ietf-poly1305", "second")];
        node.relay.plan(users.to_vec());
        for user in &users {
            node.wait_for(user);
        }
        let clients = [0, 1].map(|at| Client::start(Program::SsLocal, &users[at]));
        Some(Self { node, users, clients, target: Target::start() })
    }

    fn open(&self, at: usize) -> TcpStream {
        let mut stream = connect(self.clients[at].socks, self.target.address).unwrap();
        // An order that never ends, of which a byte is asked at a time.
        stream.write_all(&[u64::MAX.to_le_bytes(), 1u64.to_le_bytes(), 0u64.to_le_bytes()].concat()).unwrap();
        stream.read_exact(&mut [0]).unwrap();
        stream
    }

    pub(crate) fn serves(&self, at: usize) -> bool {
        let order = Order { up: 10, down: 10, seed: 1 };
        connect(self.clients[at].socks, self.target.address).and_then(|stream| carry_out(stream, order)).is_ok()
    }
}

impl Two {
    /// Whether a client is not answered any more: its connections end, or nothing comes.
    fn is_shut_out(&self, at: usize) -> bool {
        let Ok(mut stream) = connect(self.clients[at].socks, self.target.address) else { return true };
        let order = [0u64.to_le_bytes(), 1u64.to_le_bytes(), 0u64.to_le_bytes()].concat();
        stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        stream.write_all(&order).is_err() || !matches!(stream.read(&mut [0]), Ok(1))
    }
}

/// Whether the other side has ended it.
fn is_cut(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    match stream.read(&mut [0]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}

fn lives(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let read = (&mut &*stream).read(&mut [0]);
    stream.set_nonblocking(false).unwrap();
    read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}

#[test]
fn only_who_is_changed_is_cut() {
    let Some(two) = Two::start() else { return };
    let [first, second] = two.users.clone();
    let free = user(1, "aes-256-gcm", "first").port;
    for changed in [
        None,
        Some(Wanted { password: "another".to_owned(), ..first.clone() }),
        Some(Wanted { method: "aes-128-gcm".to_owned(), ..first.clone() }),
        Some(Wanted { port: free, ..first.clone() }),
    ] {
        two.node.relay.plan(two.users.to_vec());
        two.node.wait_for(&first);
        wait(|| two.serves(0), "the first is served");
        let (mut cut, stays) = (two.open(0), two.open(1));
        two.node.relay.plan(changed.clone().into_iter().chain([second.clone()]).collect());
        assert!(is_cut(&mut cut));
        assert!(two.is_shut_out(0) && two.serves(1) && lives(&stays));
        if let Some(changed) = changed {
            two.node.wait_for(&changed);
            let client = Client::start(Program::SsLocal, &changed);
            let order = Order { up: 1000, down: 1000, seed: 3 };
            connect(client.socks, two.target.address).and_then(|stream| carry_out(stream, order)).unwrap();
        }
    }
    // Limits change without a cut.
    two.node.relay.plan(two.users.to_vec());
    wait(|| two.serves(0), "the first is served again");
    let stays = [two.open(0), two.open(1)];
    let slower = Wanted { speed: 10_000_000, devices: 3, cap: 1 << 40, ..first };
    two.node.relay.plan(vec![slower, second]);
    assert!(two.serves(0) && stays.iter().all(lives));
}

#[test]
fn packets_end_with_their_user() {
    let Some(two) = Two::start() else { return };
    let packets = Packets::through(two.clients[0].socks).unwrap();
    packets.send(two.target.address, b"before");
    assert!(packets.receive().is_ok() && packets.receive().is_ok());
    two.node.relay.plan(vec![two.users[1].clone()]);
    wait(|| two.is_shut_out(0), "the first is cut off");
    // The target counts what it has sent after the client may have it.
    wait(|| two.target.counted() == (6, 12), "both answers are counted");
    let before = two.target.counted();
    packets.send(two.target.address, b"after");
    assert!(packets.receive().is_err());
    assert_eq!(two.target.counted(), before);
}

/// A quota ends within a buffer of where it is, over many connections at once, without asking for more.
#[test]
fn a_quota_ends_where_it_is() {
    let Some(two) = Two::start() else { return };
    let [first, second] = two.users.clone();
    wait(|| two.serves(0), "served");
    let (up, down) = two.node.moved(&first);
    let cap = up + down + 20_000_000;
    two.node.relay.plan(vec![Wanted { cap, ..first.clone() }, second]);
    let stays = two.open(1);
    let clients: Vec<_> = (0..8)
        .map(|seed| {
            let (socks, to): (SocketAddr, SocketAddr) = (two.clients[0].socks, two.target.address);
            std::thread::spawn(move || {
                connect(socks, to).and_then(|stream| carry_out(stream, Order { up: 0, down: 50_000_000, seed }))
            })
        })
        .collect();
    assert!(clients.into_iter().all(|client| client.join().unwrap().is_err()), "nobody gets more than the quota");
    let (up, down) = two.node.moved(&first);
    assert!((cap - 66_000..=cap).contains(&(up + down)), "{} of {cap}", up + down);
    wait(|| TcpStream::connect(("127.0.0.1", first.port)).is_err(), "the port is closed");
    assert!(lives(&stays) && two.serves(1));
    // More quota opens it again.
    two.node.relay.plan(vec![Wanted { cap: cap + 1_000_000, ..first }, two.users[1].clone()]);
    wait(|| two.serves(0), "served again");
}

/// Connections are spread over threads; none of them counts on what another is just moving.
#[test]
fn a_quota_is_kept_over_connections_that_move_at_the_same_time() {
    const QUOTA: u64 = 3_000_000;
    let Some(two) = Two::start() else { return };
    let [first, second] = two.users.clone();
    for round in 1..=5 {
        let used = two.node.moved(&first);
        let cap = used.0 + used.1 + QUOTA;
        two.node.relay.plan(vec![Wanted { cap, ..first.clone() }, second.clone()]);
        two.node.wait_for(&first);
        let clients: Vec<_> = (0..12)
            .map(|number| {
                let (socks, to) = (two.clients[0].socks, two.target.address);
                let bytes = [2 * QUOTA, 0];
                let order = Order { up: bytes[number % 2], down: bytes[1 - number % 2], seed: round };
                std::thread::spawn(move || connect(socks, to).and_then(|stream| carry_out(stream, order)))
            })
            .collect();
        for client in clients {
            assert!(client.join().unwrap().is_err(), "more than the quota came through");
        }
        let moved = || two.node.moved(&first);
        wait(|| moved().0 + moved().1 == cap, &format!("{:?} of {cap}", moved()));
    }
}

#[test]
fn a_port_that_another_program_holds_is_told_and_taken_once_it_is_free() {
    let node = Node::start();
    let [held, other] = [user(1, "aes-256-gcm", "a"), user(2, "aes-256-gcm", "b")];
    let holder = TcpListener::bind(("0.0.0.0", held.port)).unwrap();
    node.relay.plan(vec![held.clone(), other.clone()]);
    node.wait_for(&other);
    wait(|| !node.relay.troubles().is_empty(), "it is told");
    let trouble = node.relay.troubles().remove(0);
    assert_eq!((trouble.user, trouble.port, trouble.kind), (1, held.port, "TCP"));
    drop(holder);
    wait(|| node.relay.troubles().is_empty(), "it is taken");
    node.wait_for(&held);
}
