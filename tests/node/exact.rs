//! Every method with every program: what the target got and sent is what was counted, to the byte.

use crate::{
    clients::{Client, Program},
    relay::{Node, password, user, wait},
    target::{Order, Packets, Target, carry_out, connect},
};
use mu_panel::{
    model::METHODS,
    node::{key::Key, plan::Wanted},
};
use std::{
    io::{Read, Write},
    thread,
};

fn methods() -> impl Iterator<Item = &'static str> {
    METHODS.iter().filter(|method| method.is_served_here()).map(|method| method.name())
}

#[test]
fn the_methods_that_the_node_has_are_known() {
    for method in METHODS {
        let has = method.is_served_here();
        assert_eq!(Key::knows(method.name()), has, "{}", method.name());
        assert_eq!(Key::new(method.name(), password(method.name())).is_some(), has, "{}", method.name());
    }
    for refused in ["none", "plain", "table", "", "aes-256-gcm "] {
        assert!(!Key::knows(refused) && Key::new(refused, "password").is_none(), "{refused}");
    }
    assert!(Key::new("2022-blake3-aes-128-gcm", "not a key").is_none());
}

fn every_method_is_exact_with(program: Program) {
    if program.is_missing() {
        return;
    }
    let node = Node::start();
    let spoken: Vec<&str> = methods().filter(|method| program.speaks(method)).collect();
    assert!(spoken.len() >= 13, "{spoken:?}");
    let users: Vec<Wanted> = (1..).zip(&spoken).map(|(id, method)| user(id, method, password(method))).collect();
    node.relay.plan(users.clone());
    for user in &users {
        node.wait_for(user);
        let target = Target::start();
        let client = Client::start(program, user);
        warm_up(&node, user, &client);
        let before = node.moved(user);
        let orders = [(0, 0), (1, 1), (0, 300_000), (300_000, 0), (777_777, 1_234_567), (5, 70_000), (70_000, 5)];
        let carried: Vec<_> = (1..)
            .zip(orders)
            .map(|(seed, (up, down))| {
                let (socks, to) = (client.socks, target.address);
                thread::spawn(move || {
                    let order = Order { up, down, seed };
                    connect(socks, to).and_then(|stream| carry_out(stream, order)).map_err(|error| (order, error))
                })
            })
            .collect();
        for carried in carried {
            carried
                .join()
                .unwrap()
                .unwrap_or_else(|(order, error)| panic!("{program:?} {}: {order:?}: {error}", user.method));
        }
        packets(&client, &target, &user.method);
        let moved = || {
            let (up, down) = node.moved(user);
            (up - before.0, down - before.1)
        };
        // The target counts what it has sent after the client may have it.
        let (now, counted) = (moved(), target.counted());
        wait(|| moved() == target.counted(), &format!("{program:?} {}: {now:?} {counted:?}", user.method));
    }
    assert_eq!(node.relay.troubles(), []);
    node.relay.stop();
}

/// A program may listen before it is ready to pass anything on.
fn warm_up(node: &Node, user: &Wanted, client: &Client) {
    let order = Order { up: 10, down: 10, seed: 0 };
    let is_ready = || {
        let target = Target::start();
        let before = node.moved(user);
        let carried = connect(client.socks, target.address).and_then(|stream| carry_out(stream, order));
        let (got, sent) = target.counted();
        wait(|| node.moved(user) == (before.0 + got, before.1 + sent), "what was moved is counted");
        carried.is_ok()
    };
    wait(is_ready, "the client is ready");
}

/// Packets of several sizes, each of which the target sends back twice.
fn packets(client: &Client, target: &Target, method: &str) {
    let packets = Packets::through(client.socks).unwrap();
    for size in [1, 2, 100, 512, 1300] {
        let payload: Vec<u8> = (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect();
        packets.send(target.address, &payload);
        for turn in 0..2 {
            let (source, echoed) =
                packets.receive().unwrap_or_else(|error| panic!("{method}, {size}, {turn}: {error}"));
            assert_eq!((source, &echoed), (target.address, &payload), "{method}");
        }
    }
}

#[test]
fn every_method_is_exact_with_ss_local() {
    every_method_is_exact_with(Program::SsLocal);
}

#[test]
fn every_method_is_exact_with_sing_box() {
    every_method_is_exact_with(Program::SingBox);
}

#[test]
fn every_method_is_exact_with_mihomo() {
    every_method_is_exact_with(Program::Mihomo);
}

/// A client that goes away in the middle: at least what arrived was counted, and at most what was sent.
#[test]
fn aborted_connections_count_what_arrived() {
    if Program::SsLocal.is_missing() {
        return;
    }
    let node = Node::start();
    let user = user(1, "chacha20-ietf-poly1305", "password");
    node.relay.plan(vec![user.clone()]);
    node.wait_for(&user);
    let client = Client::start(Program::SsLocal, &user);
    for round in 0..20 {
        let target = Target::start();
        let before = node.moved(&user);
        let mut stream = connect(client.socks, target.address).unwrap();
        let order = Order { up: 0, down: 50_000_000, seed: round };
        let header = [order.up.to_le_bytes(), order.down.to_le_bytes(), order.seed.to_le_bytes()].concat();
        stream.write_all(&header).unwrap();
        let mut read = vec![0; 1 + 137_000 * usize::try_from(round).unwrap()];
        stream.read_exact(&mut read).unwrap();
        drop(stream);
        // The node lets go of the target after it has counted.
        wait(|| target.ended() == 1, "the target is cut off");
        let moved = node.moved(&user);
        let (got, sent) = target.counted();
        assert_eq!(moved.0 - before.0, got);
        let down = moved.1 - before.1;
        assert!(read.len() as u64 <= down && down <= sent, "{} <= {down} <= {sent}", read.len());
    }
}
