//! What comes from a stranger, or goes where users may not.

use crate::{
    clients::{Client, Program},
    greeting::{greeting, numbered},
    relay::{Node, password, random, user, wait},
    target::{Order, Packets, Target, carry_out, connect},
};
use mu_panel::node::plan::Wanted;
use socket2::{Domain, Socket, Type};
use std::{
    io::{ErrorKind, Read, Write},
    net::{IpAddr, SocketAddr, TcpStream},
    time::Duration,
};

/// A connection to a port of this machine from that address of it.
pub(crate) fn from(address: &str, port: u16) -> TcpStream {
    let from: IpAddr = address.parse().unwrap();
    // Of IPv6, an address of this machine is reached from it.
    let (domain, to) = if from.is_ipv4() { (Domain::IPV4, [127, 0, 0, 1].into()) } else { (Domain::IPV6, from) };
    let socket = Socket::new(domain, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::new(from, 0).into()).unwrap();
    socket.connect(&SocketAddr::new(to, port).into()).unwrap();
    socket.into()
}

/// Whether nothing comes back for a greeting that asks the target for a byte.
pub(crate) fn is_refused(user: &Wanted, mut stream: TcpStream, target: SocketAddr) -> bool {
    let order = [0u64.to_le_bytes(), 1u64.to_le_bytes(), 0u64.to_le_bytes()].concat();
    stream.write_all(&greeting(user, &numbered(target), &order)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    !matches!(stream.read(&mut [0]), Ok(1))
}

/// Whether a connection is kept open, and nothing said on it.
fn is_kept(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    matches!(stream.read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
}

#[test]
fn a_probe_learns_nothing() {
    let node = Node::start();
    let methods = ["aes-256-gcm", "chacha20-ietf-poly1305", "2022-blake3-aes-128-gcm", "2022-blake3-chacha20-poly1305"];
    for (id, method) in (1..).zip(methods) {
        let user = user(id, method, password(method));
        node.relay.plan(vec![user.clone()]);
        node.wait_for(&user);
        for length in [0, 1, 15, 16, 17, 31, 32, 33, 50, 51, 66, 67, 68, 100, 1000, 100_000] {
            let mut probe = TcpStream::connect(("127.0.0.1", user.port)).unwrap();
            let mut noise = vec![0; length];
            random(&mut noise);
            probe.write_all(&noise).unwrap();
            assert!(is_kept(&mut probe), "{method}, {length}");
            // It is read on, too.
            assert!(probe.write_all(&noise).is_ok());
        }
        assert_eq!(node.moved(&user), (0, 0));
    }
}

#[test]
fn what_was_sent_once_is_refused_the_second_time() {
    let node = Node::start();
    let target = Target::start();
    let user = user(1, "aes-256-gcm", "password");
    node.relay.plan(vec![user.clone()]);
    node.wait_for(&user);
    let order = [0u64.to_le_bytes(), 1u64.to_le_bytes(), 0u64.to_le_bytes()].concat();
    let once = greeting(&user, &numbered(target.address), &order);
    let mut first = TcpStream::connect(("127.0.0.1", user.port)).unwrap();
    first.write_all(&once).unwrap();
    let mut answer = [0; 51];
    first.read_exact(&mut answer).unwrap();
    let mut again = TcpStream::connect(("127.0.0.1", user.port)).unwrap();
    again.write_all(&once).unwrap();
    assert!(is_kept(&mut again));
    // Nor is what the node itself sent.
    let mut mirrored = TcpStream::connect(("127.0.0.1", user.port)).unwrap();
    mirrored.write_all(&answer).unwrap();
    assert!(is_kept(&mut mirrored));
    assert_eq!(target.counted(), (24, 1));
}

#[test]
fn a_panic_ends_one_connection() {
    let node = Node::start();
    let target = Target::start();
    let user = user(1, "aes-256-gcm", "password");
    node.relay.plan(vec![user.clone()]);
    node.wait_for(&user);
    let mut fatal = TcpStream::connect(("127.0.0.1", user.port)).unwrap();
    fatal.write_all(&greeting(&user, b"\x03\x0apanic.test\x00\x50", b"")).unwrap();
    fatal.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    assert!(matches!(fatal.read(&mut [0]), Ok(0)) || fatal.take_error().unwrap().is_none());
    assert!(!node.relay.failed());
    let stream = TcpStream::connect(("127.0.0.1", user.port)).unwrap();
    assert!(!is_refused(&user, stream, target.address));
}

#[test]
fn names_are_looked_up_before_the_guard_and_hold_nobody_up() {
    let node = Node::start();
    let target = Target::start();
    let user = user(1, "aes-256-gcm", "password");
    node.relay.plan(vec![user.clone()]);
    node.wait_for(&user);
    let order = [0u64.to_le_bytes(), 1u64.to_le_bytes(), 0u64.to_le_bytes()].concat();
    let slow: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut slow = TcpStream::connect(("127.0.0.1", user.port)).unwrap();
            slow.write_all(&greeting(&user, b"\x03\x09slow.test\x00\x50", b"")).unwrap();
            slow
        })
        .collect();
    for (name, comes) in [("here.test", true), ("mixed.test", true), ("127.0.0.1", true), ("nowhere.test", false)] {
        let port = target.address.port().to_be_bytes();
        let address = [&[3, u8::try_from(name.len()).unwrap()][..], name.as_bytes(), &port].concat();
        let mut stream = TcpStream::connect(("127.0.0.1", user.port)).unwrap();
        stream.write_all(&greeting(&user, &address, &order)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        assert_eq!(matches!(stream.read(&mut [0]), Ok(1)), comes, "{name}");
    }
    drop(slow);
}

#[test]
fn nobody_gets_to_this_machine_or_its_networks() {
    if Program::SsLocal.is_missing() {
        return;
    }
    // Nothing is allowed, so nothing is reached, by number or by name, over TCP or UDP.
    let node = Node::allowing(&[], 2000);
    let target = Target::start();
    let user = user(1, "aes-256-gcm", "password");
    node.relay.plan(vec![user.clone()]);
    node.wait_for(&user);
    let port = target.address.port().to_be_bytes();
    let v6 = |ip: &str| [&[4][..], &ip.parse::<std::net::Ipv6Addr>().unwrap().octets(), &port].concat();
    let named = |name: &str| [&[3, u8::try_from(name.len()).unwrap()][..], name.as_bytes(), &port].concat();
    let own = numbered(target.address);
    let ways = [
        own,
        named("here.test"),
        named("mixed.test"),
        named("127.0.0.1"),
        v6("::1"),
        v6("::ffff:127.0.0.1"),
        v6("64:ff9b::7f00:1"),
        v6("2002:7f00:1::"),
        numbered(SocketAddr::from(([0, 0, 0, 0], target.address.port()))),
    ];
    let order = [0u64.to_le_bytes(), 1u64.to_le_bytes(), 0u64.to_le_bytes()].concat();
    for way in ways {
        let mut stream = TcpStream::connect(("127.0.0.1", user.port)).unwrap();
        stream.write_all(&greeting(&user, &way, &order)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        assert!(!matches!(stream.read(&mut [0]), Ok(1)), "{way:?}");
    }
    let client = Client::start(Program::SsLocal, &user);
    let packets = Packets::through(client.socks).unwrap();
    packets.send(target.address, b"into the machine");
    assert!(packets.receive().is_err());
    assert_eq!((target.counted(), node.moved(&user)), ((0, 0), (0, 0)));
}

/// A user has a share of the files and no more.
#[test]
fn files_are_bounded() {
    if Program::SsLocal.is_missing() {
        return;
    }
    let node = Node::allowing(&["127.0.0.0/8"], 160);
    let users = [user(1, "aes-256-gcm", "first"), user(2, "aes-256-gcm", "second")];
    node.relay.plan(users.to_vec());
    for user in &users {
        node.wait_for(user);
    }
    let target = Target::start();
    // Orders that never end, with the first user's own password: strangers would make room.
    let order = [u64::MAX.to_le_bytes(), 1u64.to_le_bytes(), 0u64.to_le_bytes()].concat();
    let flood: Vec<TcpStream> = (0..300)
        .map(|_| {
            let mut stream = TcpStream::connect(("127.0.0.1", users[0].port)).unwrap();
            // Some are turned away.
            let _ = stream.write_all(&greeting(&users[0], &numbered(target.address), &order));
            stream
        })
        .collect();
    wait(|| node.meters.of(1).take_full(), "it is full");
    let client = Client::start(Program::SsLocal, &users[1]);
    let order = Order { up: 10, down: 10, seed: 1 };
    connect(client.socks, target.address).and_then(|stream| carry_out(stream, order)).unwrap();
    drop(flood);
    let client = Client::start(Program::SsLocal, &users[0]);
    wait(
        || connect(client.socks, target.address).and_then(|stream| carry_out(stream, order)).is_ok(),
        "there is room again",
    );
}

/// However many come to one port and say nothing, or nonsense, its user gets in.
#[test]
fn strangers_at_a_port_do_not_keep_its_user_out() {
    let node = Node::allowing(&["127.0.0.0/8"], 256);
    let target = Target::start();
    let user = user(1, "aes-256-gcm", "password");
    node.relay.plan(vec![user.clone()]);
    node.wait_for(&user);
    for noise in [0, 200] {
        let flood: Vec<TcpStream> = (0..400)
            .map(|_| {
                let mut stranger = TcpStream::connect(("127.0.0.1", user.port)).unwrap();
                let mut bytes = vec![0; noise];
                random(&mut bytes);
                // Some have had to go already.
                let _ = stranger.write_all(&bytes);
                stranger
            })
            .collect();
        let stream = TcpStream::connect(("127.0.0.1", user.port)).unwrap();
        assert!(!is_refused(&user, stream, target.address), "{noise}");
        drop(flood);
    }
}
