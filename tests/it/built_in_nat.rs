//! A node behind NAT: a real client connects with the link, which names the port outside.

use crate::{
    built_in::{Friend, SOME, moves},
    clients::{Client, Program},
    support::{programs::free_port, wire::until},
    target::{Packets, Target},
};
use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    thread,
};

/// A router that forwards what comes to one port to another, and how many bytes went in.
fn forwarding(outside: u16, inside: u16) -> Arc<AtomicU64> {
    let passed = Arc::<AtomicU64>::default();
    let listener = TcpListener::bind(("127.0.0.1", outside)).unwrap();
    let counting = Arc::clone(&passed);
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, node) = (client.unwrap(), TcpStream::connect(("127.0.0.1", inside)).unwrap());
            let ways = [(client.try_clone().unwrap(), node.try_clone().unwrap()), (node, client)];
            for (mut from, mut to) in ways {
                let counting = Arc::clone(&counting);
                thread::spawn(move || {
                    let mut piece = vec![0; 65_536];
                    while let Ok(read @ 1..) = from.read(&mut piece) {
                        counting.fetch_add(read as u64, SeqCst);
                        if to.write_all(&piece[..read]).is_err() {
                            break;
                        }
                    }
                    let _ = to.shutdown(Shutdown::Write);
                });
            }
        }
    });
    let (clients, node) = (UdpSocket::bind(("127.0.0.1", outside)).unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
    node.connect(("127.0.0.1", inside)).unwrap();
    let counting = Arc::clone(&passed);
    thread::spawn(move || {
        let mut packet = vec![0; 65_536];
        let mut answering = false;
        while let Ok((length, from)) = clients.recv_from(&mut packet) {
            counting.fetch_add(length as u64, SeqCst);
            let _ = node.send(&packet[..length]);
            if !answering {
                answering = true;
                let (clients, node) = (clients.try_clone().unwrap(), node.try_clone().unwrap());
                thread::spawn(move || {
                    let mut packet = vec![0; 65_536];
                    while let Ok(length) = node.recv(&mut packet) {
                        let _ = clients.send_to(&packet[..length], from);
                    }
                });
            }
        }
    });
    passed
}

#[test]
fn a_real_client_comes_through_nat_by_the_link() {
    if Program::SsLocal.is_missing() {
        return;
    }
    let friend = Friend::new();
    let panel = friend.built_in();
    until("it comes", || friend.is_served());
    let outside = free_port();
    let passed = forwarding(outside, friend.port);
    let offset = (i32::from(outside) - i32::from(friend.port)).to_string();
    friend.home.run(&["node", "set", "1", "--address", "127.0.0.1", "--port-offset", &offset]).ok();
    let link = friend.home.run(&["user", "link", "anna"]).ok().out();
    let place = link.lines().next().unwrap().rsplit_once('@').unwrap().1.split('#').next().unwrap();
    let (host, port) = place.rsplit_once(':').unwrap();
    assert_eq!((host, port), ("127.0.0.1", &*outside.to_string()), "{link}");
    let client = Client::start_at(Program::SsLocal, host, port.parse().unwrap(), &friend.method, &friend.password);
    let target = Target::start();
    until("the client is ready", || moves(&client, &target, SOME).is_ok());
    let packets = Packets::through(client.socks).unwrap();
    packets.send(target.address, b"a packet");
    assert_eq!(packets.receive().unwrap().1, b"a packet");
    until("all of it is counted", || friend.used(&panel) == target.counted());
    assert!(passed.load(SeqCst) > SOME.up + SOME.down, "it came through the router");
}
