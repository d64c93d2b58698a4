//! A node in a network of its own behind a router that translates addresses and ports (NAT), and a friend outside.

use crate::{
    clients::{Client, Program},
    greeting::{numbered, sealed_packet},
    namespace::inside,
    namespaces::{Other, PORT, configure, ip, served},
    relay::{user, wait},
    support::programs::missing,
    target::{Order, carry_out, connect},
};
use std::{
    net::{SocketAddr, UdpSocket},
    process::Stdio,
    time::Duration,
};

/// Set in the process of the friend: the port at the router.
const OUTSIDE: &str = "MU_PANEL_TEST_OUTSIDE_PORT";
const ROUTER: &str = "93.184.216.1";
/// The friend's machine, on which the target is as well.
const FRIEND: &str = "93.184.216.20";
const ORDER: Order = Order { up: 200_000, down: 500_000, seed: 5 };

/// What the friend does with what they were given: an address and a port of the router.
#[test]
fn what_a_friend_outside_does() {
    let Some(port) = std::env::var(OUTSIDE).ok().and_then(|port| port.parse().ok()) else { return };
    let user = user(1, "aes-256-gcm", "password");
    let there = SocketAddr::new(ip(FRIEND), PORT);
    let client = Client::start_at(Program::SsLocal, ROUTER, port, &user.method, &user.password);
    wait(|| connect(client.socks, there).and_then(|stream| carry_out(stream, ORDER)).is_ok(), "bytes came through");
    let packets = UdpSocket::bind((FRIEND, 0)).unwrap();
    packets.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let packet = sealed_packet(&user, &[&numbered(there)[..], b"hello"].concat());
    packets.send_to(&packet, (ROUTER, port)).unwrap();
    let (_, from) = packets.recv_from(&mut [0; 2000]).unwrap();
    assert_eq!(from, SocketAddr::new(ip(ROUTER), port), "the answer comes from where the question went");
}

#[test]
fn a_friend_comes_through_a_router_by_its_outside_port() {
    if !inside("nat::a_friend_comes_through_a_router_by_its_outside_port") || missing(&["ss-local", "nft"]) {
        return;
    }
    let (router, friend) = (Other::alone(), Other::alone());
    configure(&format!("link add home type veth peer name inner netns {}", router.id()));
    configure(&format!("link add outer netns {} type veth peer name line netns {}", router.id(), friend.id()));
    router.configure("addr add 10.9.9.1/24 dev inner");
    router.configure("link set inner up");
    configure("addr add 10.9.9.10/24 dev home");
    configure("link set home up");
    configure("route add default via 10.9.9.1");
    router.configure(&format!("addr add {ROUTER}/24 dev outer"));
    router.configure("link set outer up");
    friend.configure(&format!("addr add {FRIEND}/24 dev line"));
    friend.configure("link set line up");

    let (node, user) = served();
    let outside = user.port ^ 0x4000;
    let rules = [
        "add table ip nat".to_owned(),
        "add chain ip nat in { type nat hook prerouting priority -100; }".to_owned(),
        format!("add rule ip nat in iifname outer tcp dport {outside} dnat to 10.9.9.10:{}", user.port),
        format!("add rule ip nat in iifname outer udp dport {outside} dnat to 10.9.9.10:{}", user.port),
        "add chain ip nat out { type nat hook postrouting priority 100; }".to_owned(),
        "add rule ip nat out oifname outer masquerade".to_owned(),
    ]
    .join("\n");
    let forward = "echo 1 >/proc/sys/net/ipv4/ip_forward && exec nft \"$0\"";
    let done = router.command("sh").args(["-c", forward, &rules]).status().unwrap();
    assert!(done.success(), "the router translates");

    let came = friend
        .command(std::env::current_exe().unwrap())
        .args(["--exact", "nat::what_a_friend_outside_does", "--nocapture"])
        .env(OUTSIDE, outside.to_string())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        came.status.success(),
        "{}{}",
        String::from_utf8_lossy(&came.stdout),
        String::from_utf8_lossy(&came.stderr)
    );
    let (up, down) = node.moved(&user);
    assert!(up >= ORDER.up && down >= ORDER.down, "{up} and {down} bytes were counted");
    assert_eq!(node.relay.troubles(), []);
}
