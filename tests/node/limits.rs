//! What a user may at once: how fast, and from how many devices.

use crate::{
    cuts::Two,
    relay::{PATIENCE, wait, wait_for},
    strangers::{from, is_refused},
    target::{Order, Packets, carry_out, connect},
};
use mu_panel::node::plan::Wanted;
use std::{
    net::TcpStream,
    time::{Duration, Instant},
};

#[test]
fn speed_is_kept_each_way_over_all_connections() {
    let Some(two) = Two::start() else { return };
    let [first, second] = two.users.clone();
    two.node.relay.plan(vec![Wanted { speed: 2_000_000, ..first.clone() }, second]);
    let carried = |order: Order| {
        let begun = Instant::now();
        let clients: Vec<_> = (0..4)
            .map(|_| {
                let (socks, to) = (two.clients[0].socks, two.target.address);
                std::thread::spawn(move || connect(socks, to).and_then(|stream| carry_out(stream, order)).unwrap())
            })
            .collect();
        for client in clients {
            client.join().unwrap();
        }
        begun.elapsed()
    };
    // Eight million bytes in all take four seconds, whatever the machine does.
    for order in [Order { up: 0, down: 2_000_000, seed: 1 }, Order { up: 2_000_000, down: 0, seed: 2 }] {
        assert!(carried(order) >= Duration::from_millis(3500), "{order:?}");
    }
}

#[test]
fn a_second_device_waits_until_the_first_has_gone_quiet() {
    let Some(two) = Two::start() else { return };
    let [first, second] = two.users.clone();
    two.node.relay.plan(vec![Wanted { devices: 1, ..first.clone() }, second]);
    wait(|| two.serves(0), "the first device is served");
    assert_eq!(two.node.meters.of(1).devices(), 1);
    // Another address of this machine is another device.
    let elsewhere = TcpStream::connect(("127.0.0.1", first.port)).unwrap();
    drop(elsewhere);
    let other = from("127.0.0.9", first.port);
    assert!(is_refused(&first, other, two.target.address));
    assert_eq!(two.node.meters.of(1).devices(), 1);
    two.node.relay.plan(vec![Wanted { devices: 2, ..first.clone() }, two.users[1].clone()]);
    wait(|| two.serves(0), "still served");
    let other = from("127.0.0.9", first.port);
    assert!(!is_refused(&first, other, two.target.address));
    assert_eq!(two.node.meters.of(1).devices(), 2);
}

/// Packets that come too fast are lost, as on any slow line; what is moved is never more than the rate lets through.
#[test]
fn speed_is_kept_over_packets_each_way() {
    const RATE: u64 = 100_000;
    let Some(two) = Two::start() else { return };
    let [first, second] = two.users.clone();
    two.node.relay.plan(vec![Wanted { speed: RATE, ..first.clone() }, second]);
    let clients: Vec<_> = (0..2).map(|_| Packets::through(two.clients[0].socks).unwrap()).collect();
    // What has come before the limit is known, and does not count.
    wait(
        || {
            clients[0].send(two.target.address, &[7; 100]);
            clients[0].receive().is_ok()
        },
        "packets pass",
    );
    let (before, begun) = (two.node.moved(&first), Instant::now());
    let lets = |from: u64| {
        let millis = u64::try_from(begun.elapsed().as_millis()).unwrap();
        // A twentieth of a second ahead of the rate, and a last packet for each way back.
        from + RATE * (millis + 50) / 1000 + 4000
    };
    let moved = || {
        let now = two.node.moved(&first);
        (now.0 - before.0, now.1 - before.1)
    };
    // The target sends each back twice, so that downwards it is twice as much.
    while moved().0 < 3 * RATE {
        for client in &clients {
            client.send(two.target.address, &[7; 1300]);
        }
        let now = moved();
        assert!(now.0 <= lets(0) && now.1 <= lets(0), "{now:?} after {:?}", begun.elapsed());
        assert!(begun.elapsed() < PATIENCE * 3, "{now:?}");
    }
    assert!(moved().1 > 0);
}

#[test]
fn a_device_makes_room_after_a_minute_of_quiet() {
    let Some(two) = Two::start() else { return };
    let [first, second] = two.users.clone();
    two.node.relay.plan(vec![Wanted { devices: 1, ..first.clone() }, second]);
    wait(|| two.serves(0), "the first device is served");
    let quiet = Instant::now();
    let gets_in = || {
        // Each try takes a port of this machine for a while.
        std::thread::sleep(Duration::from_millis(300));
        !is_refused(&first, from("127.0.0.9", first.port), two.target.address)
    };
    wait_for(Duration::from_mins(2), gets_in, "the second device gets in");
    assert!(quiet.elapsed() >= Duration::from_secs(55), "{:?}", quiet.elapsed());
    assert_eq!(two.node.meters.of(1).devices(), 1);
    // Now it is the first that waits.
    assert!(!two.serves(0));
}
