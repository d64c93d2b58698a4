//! Where friends may go: the public Internet, and nothing that is only reached from here.

use crate::model::Cidr;
use ipnet::{Ipv4Net, Ipv6Net};
use std::{
    io::ErrorKind,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    str::FromStr,
};

/// Over what a friend goes somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// A connection.
    Tcp,
    /// A packet.
    Udp,
}

/// Mail servers take what comes over it for the server's own mail.
const SMTP: u16 = 25;

/// What is opened beside the public Internet: a network, or a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allow {
    /// All addresses of a network.
    Network(Cidr),
    /// TCP port 25.
    Port(u16),
}

impl FromStr for Allow {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "name a network such as `10.0.0.0/8`, an address, or a port such as `25`";
        if let Ok(port) = text.parse::<u16>() {
            return if port == 0 { Err(WRONG) } else { Ok(Self::Port(port)) };
        }
        text.parse().map(Self::Network).map_err(|_| WRONG)
    }
}

/// Where the users of a node may go.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    allowed: Vec<Allow>,
}

impl Guard {
    /// The public Internet and what is named here.
    pub fn new(allowed: Vec<Allow>) -> Self {
        Self { allowed }
    }

    /// Whether friends may go there. Names must have been looked up before.
    pub fn lets(&self, to: SocketAddr, over: Over) -> bool {
        let ip = to.ip().to_canonical();
        if over == Over::Tcp && to.port() == SMTP && !self.allowed.contains(&Allow::Port(SMTP)) {
            return false;
        }
        let network = |allow: &Allow| matches!(allow, Allow::Network(network) if network.contains(ip));
        self.allowed.iter().any(network) || public(ip) && !is_own(ip)
    }
}

/// Whether an address is one of the public Internet, by the registries of IANA for addresses of special purpose.
pub fn public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => public_v4(ip),
        IpAddr::V6(ip) => public_v6(ip),
    }
}

fn public_v4(ip: Ipv4Addr) -> bool {
    const SPECIAL: &[Ipv4Net] = &[
        v4([0, 0, 0, 0], 8),
        v4([10, 0, 0, 0], 8),
        v4([100, 64, 0, 0], 10),
        v4([127, 0, 0, 0], 8),
        v4([169, 254, 0, 0], 16),
        v4([172, 16, 0, 0], 12),
        v4([192, 0, 0, 0], 24),
        v4([192, 0, 2, 0], 24),
        v4([192, 31, 196, 0], 24),
        v4([192, 52, 193, 0], 24),
        v4([192, 88, 99, 0], 24),
        v4([192, 168, 0, 0], 16),
        v4([192, 175, 48, 0], 24),
        v4([198, 18, 0, 0], 15),
        v4([198, 51, 100, 0], 24),
        v4([203, 0, 113, 0], 24),
        // Multicast, the reserved rest, and broadcast.
        v4([224, 0, 0, 0], 3),
        // Metadata of clouds that is not link-local.
        v4([168, 63, 129, 16], 32),
        v4([100, 100, 100, 200], 32),
    ];
    !SPECIAL.iter().any(|network| network.contains(&ip))
}

/// What is assigned to be routed is within `2000::/3`; what carries an address of IPv4 may lead anywhere that one
/// does.
fn public_v6(ip: Ipv6Addr) -> bool {
    const ASSIGNED: Ipv6Net = v6(0x2000 << 112, 3);
    const SPECIAL: &[Ipv6Net] = &[
        // Teredo, benchmarking, ORCHID and other protocols.
        v6(0x2001 << 112, 23),
        // Documentation, old and new.
        v6(0x2001_0db8 << 96, 32),
        v6(0x3fff << 112, 20),
        // 6to4.
        v6(0x2002 << 112, 16),
        // Segment routing, and the retired test networks of 6bone.
        v6(0x3ffe << 112, 16),
        // The DNS servers of AS112, which any network may run.
        v6(0x2620_004f_8000 << 80, 48),
    ];
    ASSIGNED.contains(&ip) && !SPECIAL.iter().any(|network| network.contains(&ip))
}

const fn v4(network: [u8; 4], bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::from_octets(network), bits)
}

const fn v6(network: u128, bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::from_bits(network), bits)
}

/// Whether an address is one of this machine's. The kernel is asked, which lets a socket be bound to no other.
fn is_own(ip: IpAddr) -> bool {
    // Nothing is sent: a socket of packets is only given an address by it.
    let own = |ip: IpAddr| match UdpSocket::bind((ip, 0)) {
        Ok(_) => true,
        // What cannot be asked about is not let either.
        Err(error) => error.kind() != ErrorKind::AddrNotAvailable,
    };
    // With `ip_nonlocal_bind` every address can be bound, also one that is reserved for documentation: then the
    // routes tell.
    let reserved: IpAddr =
        if ip.is_ipv4() { Ipv4Addr::new(192, 0, 2, 1).into() } else { Ipv6Addr::from(0x2001_0db8 << 96).into() };
    own(ip) && (!own(reserved) || is_routed_here(ip))
}

/// Whether this machine would send to `ip` from that address itself.
fn is_routed_here(ip: IpAddr) -> bool {
    let any: IpAddr = if ip.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let asked = UdpSocket::bind((any, 0)).and_then(|socket| {
        socket.connect((ip, 9))?;
        socket.local_addr()
    });
    asked.map_or(true, |from| from.ip().to_canonical() == ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_let() {
        for special in [
            "0.0.0.0",
            "0.1.2.3",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.254",
            "127.0.0.1",
            "127.255.0.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.1",
            "192.0.0.192",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "100.100.100.200",
            "168.63.129.16",
            "192.88.99.1",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "2001::1",
            "2001:0:53aa::1",
            "2001:db8::1",
            "2001:20::1",
            "3fff::1",
            "3ffe::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "ff0e::1",
            "100::1",
            "5f00::1",
            "4000::1",
            "2620:4f:8000::1",
        ] {
            assert!(!public(special.parse().unwrap()), "{special}");
        }
        for public_one in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.1",
            "2606:4700:4700::1111",
            "2400::1",
            "2a00:1450::1",
            "2001:200::1",
            "2001:4860::1",
            "::ffff:8.8.8.8",
        ] {
            assert!(public(public_one.parse().unwrap()), "{public_one}");
        }
    }

    #[test]
    fn what_is_named_is_opened_and_no_more() {
        let guard = |allowed: &[&str]| Guard::new(allowed.iter().map(|text| text.parse().unwrap()).collect());
        let to = |text: &str| text.parse().unwrap();
        assert!(!guard(&[]).lets(to("127.0.0.1:80"), Over::Tcp));
        assert!(!guard(&[]).lets(to("8.8.8.8:25"), Over::Tcp));
        assert!(guard(&["25", "10.1.2.3"]).lets(to("10.1.2.3:25"), Over::Tcp));
        let opened = guard(&["10.1.0.0/16", "fd00::/8", "192.168.7.9"]);
        for (address, lets) in [
            ("10.1.2.3:80", true),
            ("10.2.2.3:80", false),
            ("[fd12::1]:80", true),
            ("[fe80::1]:80", false),
            ("192.168.7.9:53", true),
            ("192.168.7.8:53", false),
            ("10.1.2.3:25", false),
            ("[::ffff:10.1.2.3]:80", true),
        ] {
            assert_eq!(opened.lets(to(address), Over::Tcp), lets, "{address}");
        }
        assert!(opened.lets(to("10.1.2.3:25"), Over::Udp));
        assert!(guard(&["0.0.0.0/0"]).lets(to("127.0.0.1:80"), Over::Tcp));
        for bad in ["", "0", "65536", "10.0.0.0/33", "::/129", "10.0.0/8", "host"] {
            assert!(bad.parse::<Allow>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_addresses_of_this_machine_are_known() {
        assert!(is_own(Ipv4Addr::LOCALHOST.into()) && is_own(Ipv4Addr::new(127, 9, 9, 9).into()));
    }
}
