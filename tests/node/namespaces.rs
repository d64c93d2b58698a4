//! Two machines with a wire between them, each a network namespace: what is reached over the wire, what is guarded, and
//! networks that have only one of the two families.

use crate::{
    clients::{Client, Program},
    greeting::{greeting, numbered, sealed_packet},
    namespace::inside,
    relay::{Node, user, wait},
    strangers::{from, is_refused},
    target::{Order, Target, carry_out, connect},
};
use mu_panel::node::plan::Wanted;
use std::{
    ffi::OsStr,
    fs,
    io::{Read, Write},
    net::{IpAddr, SocketAddr, TcpStream, UdpSocket},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Where the target of the other machine listens.
pub(crate) const PORT: u16 = 7000;
/// Set in the process that is the other machine.
const OTHER: &str = "MU_PANEL_TEST_OTHER_MACHINE";

/// The addresses of this machine and of the other one, in networks that are public.
const PUBLIC: [(&str, &str, u8); 2] = [("93.184.216.10", "93.184.216.20", 24), ("2a00:1450::10", "2a00:1450::20", 64)];
/// The same in networks that are not.
const PRIVATE: [(&str, &str, u8); 6] = [
    ("10.9.9.10", "10.9.9.20", 24),
    ("172.16.9.10", "172.16.9.20", 24),
    ("192.168.9.10", "192.168.9.20", 24),
    ("100.64.9.10", "100.64.9.20", 24),
    ("169.254.169.10", "169.254.169.254", 24),
    ("fd00:9::10", "fd00:9::20", 64),
];

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Runs `ip` here.
pub(crate) fn configure(command: &str) {
    let done = Command::new("ip").args(command.split(' ')).status().unwrap();
    assert!(done.success(), "ip {command}");
}

/// Gives an interface an address that holds at once.
fn address(address: &str, bits: u8, interface: &str) -> String {
    let now = if address.contains(':') { " nodad" } else { "" };
    format!("addr add {address}/{bits} dev {interface}{now}")
}

/// The other machine, which is there until this is dropped.
pub(crate) struct Other(Child);

impl Other {
    /// Another machine with a wire to this one.
    fn start() -> Self {
        let other = Self::alone();
        configure(&format!("link add here type veth peer name there netns {}", other.id()));
        configure("link set here up");
        other.configure("link set there up");
        other
    }

    /// Another machine without a wire.
    pub(crate) fn alone() -> Self {
        let mut command = Command::new("unshare");
        command.arg("-n").arg(std::env::current_exe().unwrap());
        command.args(["--exact", "namespaces::the_other_machine", "--nocapture"]).env(OTHER, "1");
        let other = Self(command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap());
        let own = fs::read_link("/proc/self/ns/net").unwrap();
        let network = format!("/proc/{}/ns/net", other.0.id());
        wait(|| fs::read_link(&network).is_ok_and(|there| there != own), "the other machine has a network of its own");
        other.configure("link set lo up");
        other
    }

    /// Its process, by which its network is named.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// A command that runs there.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["-n", "-t", &self.id().to_string()]).arg(program);
        command
    }

    /// Runs `ip` there.
    pub(crate) fn configure(&self, command: &str) {
        let done = self.command("ip").args(command.split(' ')).status().unwrap();
        assert!(done.success(), "ip {command}");
    }

    /// Gives both their addresses, and waits until the target there answers at each.
    fn wire(&self, networks: &[(&str, &str, u8)]) {
        for (here, there, bits) in networks {
            configure(&address(here, *bits, "here"));
            self.configure(&address(there, *bits, "there"));
        }
        for (_, there, _) in networks {
            wait(|| TcpStream::connect((ip(there), PORT)).is_ok(), there);
        }
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What runs there: nothing, in a run of all tests.
#[test]
fn the_other_machine() {
    if std::env::var_os(OTHER).is_none() {
        return;
    }
    let _target = Target::start_on(SocketAddr::new(ip("::"), PORT));
    // Until the test has ended.
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

pub(crate) fn served() -> (Node, Wanted) {
    let node = Node::allowing(&[], 2000);
    let user = user(1, "aes-256-gcm", "password");
    node.relay.plan(vec![user.clone()]);
    node.wait_for(&user);
    (node, user)
}

/// Whether a byte comes from there for a greeting that asks for it, over TCP.
fn reaches(user: &Wanted, to: SocketAddr) -> bool {
    !is_refused(user, TcpStream::connect(("127.0.0.1", user.port)).unwrap(), to)
}

/// Sends a packet there by way of the node.
fn send(user: &Wanted, socket: &UdpSocket, to: SocketAddr) {
    let packet = sealed_packet(user, &[&numbered(to)[..], b"hello"].concat());
    socket.send_to(&packet, ("127.0.0.1", user.port)).unwrap();
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    socket
}

#[test]
fn the_public_internet_is_reached_and_nothing_that_is_only_reached_from_here() {
    if !inside("namespaces::the_public_internet_is_reached_and_nothing_that_is_only_reached_from_here") {
        return;
    }
    let other = Other::start();
    other.wire(&PUBLIC);
    other.wire(&PRIVATE);
    // A second address of a network, and a service that listens at every address of this machine.
    configure("addr add 93.184.216.11/24 dev here");
    let own = Target::start_on(SocketAddr::new(ip("::"), 7001));
    let (node, user) = served();
    let packets = socket();
    for (_, there, _) in PUBLIC {
        let there = SocketAddr::new(ip(there), PORT);
        assert!(reaches(&user, there), "{there}");
        send(&user, &packets, there);
        assert!(packets.recv(&mut [0; 2000]).is_ok() && packets.recv(&mut [0; 2000]).is_ok(), "{there}: twice");
    }
    let before = node.moved(&user);
    let guarded = |to: SocketAddr| {
        // The kernel takes a moment until a new address of IPv6 can be reached.
        wait(|| TcpStream::connect(to).is_ok(), &format!("without the node {to} is reached"));
        assert!(!reaches(&user, to), "{to}");
        send(&user, &packets, to);
    };
    for (_, there, _) in PRIVATE {
        guarded(SocketAddr::new(ip(there), PORT));
    }
    let addresses = PUBLIC.iter().chain(&PRIVATE).map(|(here, ..)| *here);
    for here in addresses.chain(["93.184.216.11", "127.0.0.1", "127.0.0.53", "::1"]) {
        guarded(SocketAddr::new(ip(here), 7001));
    }
    // One that it gets while it serves.
    configure("addr add 93.184.216.12/24 dev here");
    guarded(SocketAddr::new(ip("93.184.216.12"), 7001));
    configure(&address("2a00:1450::12", 64, "here"));
    guarded(SocketAddr::new(ip("2a00:1450::12"), 7001));
    // When this comes back, all packets before it have been dealt with.
    send(&user, &packets, SocketAddr::new(ip(PUBLIC[0].1), PORT));
    assert!(packets.recv(&mut [0; 2000]).is_ok());
    assert_eq!(own.counted(), (0, 0), "nobody got to this machine");
    assert_eq!(node.moved(&user).0 - before.0, 5, "and nothing was sent elsewhere");
}

/// Two addresses of one /64 are one device, and one of another is another.
#[test]
fn a_subscriber_of_ipv6_is_one_device() {
    if !inside("namespaces::a_subscriber_of_ipv6_is_one_device") {
        return;
    }
    for subscriber in ["2a00:1:1:1::20", "2a00:1:1:1:ffff::21", "2a00:1:1:2::20", "2a00:1:1:3::20"] {
        configure(&address(subscriber, 128, "lo"));
    }
    let node = Node::start();
    let user = Wanted { devices: 2, ..user(1, "aes-256-gcm", "password") };
    node.relay.plan(vec![user.clone()]);
    node.wait_for(&user);
    let target = Target::start();
    let gets_in = |address: &str| !is_refused(&user, from(address, user.port), target.address);
    assert!(gets_in("2a00:1:1:1::20") && gets_in("2a00:1:1:1:ffff::21"));
    assert_eq!(node.meters.of(1).devices(), 1);
    assert!(gets_in("2a00:1:1:2::20"));
    assert_eq!(node.meters.of(1).devices(), 2);
    assert!(!gets_in("2a00:1:1:3::20") && !gets_in("127.0.0.1"));
    assert!(gets_in("2a00:1:1:1::20"), "the first one stays");
    assert_eq!(node.meters.of(1).devices(), 2);
}

/// Moves bytes with a real client that connects to `here`, to the target there by number and by a name that has an
/// address of each family.
fn everything_works(here: &str, there: &str) {
    if Program::SsLocal.is_missing() {
        return;
    }
    let (node, user) = served();
    let client = Client::start_at(Program::SsLocal, here, user.port, &user.method, &user.password);
    let there = SocketAddr::new(ip(there), PORT);
    let order = Order { up: 100_000, down: 300_000, seed: 3 };
    wait(|| connect(client.socks, there).and_then(|stream| carry_out(stream, order)).is_ok(), "the client is ready");
    // Packets by hand: ss-local takes none on 127.0.0.1 where no interface but the loopback has IPv4.
    let packets = UdpSocket::bind((here, 0)).unwrap();
    packets.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let packet = sealed_packet(&user, &[&numbered(there)[..], b"hello"].concat());
    packets.send_to(&packet, (here, user.port)).unwrap();
    assert!(packets.recv(&mut [0; 2000]).is_ok());
    for name in ["both.test", "other-way.test"] {
        let named = [&[3, u8::try_from(name.len()).unwrap()][..], name.as_bytes(), &PORT.to_be_bytes()].concat();
        let mut stream = TcpStream::connect(("127.0.0.1", user.port)).unwrap();
        let order = [0u64.to_le_bytes(), 1u64.to_le_bytes(), 0u64.to_le_bytes()].concat();
        stream.write_all(&greeting(&user, &named, &order)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        assert!(matches!(stream.read(&mut [0]), Ok(1)), "{name}, over TCP");
        let packets = socket();
        let packet = sealed_packet(&user, &[&named[..], b"hello"].concat());
        packets.send_to(&packet, ("127.0.0.1", user.port)).unwrap();
        assert!(packets.recv(&mut [0; 2000]).is_ok(), "{name}, over UDP");
    }
    assert_eq!(node.relay.troubles(), []);
}

#[test]
fn ipv6_alone_is_enough() {
    if !inside("namespaces::ipv6_alone_is_enough") {
        return;
    }
    let other = Other::start();
    other.wire(&PUBLIC[1..]);
    assert!(TcpStream::connect((PUBLIC[0].1, PORT)).is_err(), "there is no way over IPv4");
    everything_works(PUBLIC[1].0, PUBLIC[1].1);
}

#[test]
fn ipv4_alone_is_enough() {
    if !inside("namespaces::ipv4_alone_is_enough") {
        return;
    }
    for scope in ["all", "default", "lo"] {
        fs::write(format!("/proc/sys/net/ipv6/conf/{scope}/disable_ipv6"), "1").unwrap();
    }
    let other = Other::start();
    other.wire(&PUBLIC[..1]);
    assert!(UdpSocket::bind(("::1", 0)).is_err(), "there is no IPv6 here");
    everything_works(PUBLIC[0].0, PUBLIC[0].1);
}
