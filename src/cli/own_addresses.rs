//! The addresses of this machine at which others may reach it, as far as the kernel tells without a packet being sent.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Networks inside this machine, of containers and virtual machines: no client comes from there.
const INNER: [&str; 9] = ["docker", "br-", "veth", "virbr", "lxc", "lxd", "cni", "podman", "vnet"];
/// `IFA_F_TEMPORARY`, `IFA_F_DADFAILED` and `IFA_F_DEPRECATED` of Linux: an address that does not stay.
const FLEETING: u32 = 0x01 | 0x08 | 0x20;

/// The public addresses of this machine, IPv4 first; if it has none, those of its local networks.
pub(super) fn all() -> Vec<IpAddr> {
    let read = |table: &str| fs::read_to_string(format!("/proc/self/net/{table}")).unwrap_or_default();
    best(&v4(&read("fib_trie"), &read("route")), &v6(&read("if_inet6")))
}

/// The public address under which the admin most likely knows this machine, if one can be told.
pub(super) fn public() -> Option<IpAddr> {
    let all = all();
    of_ssh_session().into_iter().chain(all).find(|ip| is_public(*ip))
}

/// The address of this server as the SSH client that started this reached it (`SSH_CONNECTION`).
fn of_ssh_session() -> Option<IpAddr> {
    let session = std::env::var("SSH_CONNECTION").ok()?;
    session.split_whitespace().nth(2)?.parse().ok()
}

fn best(v4: &[Ipv4Addr], v6: &[Ipv6Addr]) -> Vec<IpAddr> {
    let all = || v4.iter().copied().map(IpAddr::from).chain(v6.iter().copied().map(IpAddr::from));
    if all().any(is_public) { all().filter(|ip| is_public(*ip)).collect() } else { all().collect() }
}

/// Whether an address is one of the Internet, rather than of a local network.
pub(super) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || is_shared)
        }
        IpAddr::V6(ip) => {
            !(ip.is_unique_local() || ip.is_loopback() || ip.is_unicast_link_local() || ip.is_unspecified())
        }
    }
}

/// Each address that the kernel's table of routes takes for its own.
fn v4(routes: &str, interfaces: &str) -> Vec<Ipv4Addr> {
    let inner: Vec<(u32, u32)> = interfaces.lines().filter_map(inner_network).collect();
    let mut found: Vec<Ipv4Addr> = Vec::new();
    let mut last: Option<Ipv4Addr> = None;
    for line in routes.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            last = address.parse().ok();
        } else if line == "/32 host LOCAL"
            && let Some(address) = last
            && !address.is_loopback()
            && !address.is_link_local()
            && !inner.iter().any(|(network, mask)| u32::from(address) & mask == *network)
            && !found.contains(&address)
        {
            found.push(address);
        }
    }
    found
}

/// The network and the mask of a line of `/proc/net/route` that is about a network inside this machine.
fn inner_network(line: &str) -> Option<(u32, u32)> {
    let cells: Vec<&str> = line.split_whitespace().collect();
    let number = |at: usize| u32::from_str_radix(cells.get(at)?, 16).ok().map(u32::from_be);
    let is_inner = INNER.iter().any(|name| cells.first().is_some_and(|cell| cell.starts_with(name)));
    is_inner.then(|| Some((number(1)?, number(7)?)))?.filter(|(_, mask)| *mask != 0)
}

/// Each lasting address of `/proc/net/if_inet6` with global scope.
fn v6(table: &str) -> Vec<Ipv6Addr> {
    let row = |line: &str| {
        let [address, _, _, scope, flags, name] = line.split_whitespace().collect::<Vec<_>>()[..] else { return None };
        let flags = u32::from_str_radix(flags, 16).ok()?;
        let is_lasting = scope == "00" && flags & FLEETING == 0 && !INNER.iter().any(|inner| name.starts_with(inner));
        let address = u128::from_str_radix(address, 16).ok().map(Ipv6Addr::from)?;
        is_lasting.then_some(address)
    };
    table.lines().filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTES: &str = "\
Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     |-- 127.0.0.0
        /8 host LOCAL
     |-- 127.0.0.1
        /32 host LOCAL
     |-- 10.0.0.5
        /32 host LOCAL
     |-- 10.0.0.255
        /32 link BROADCAST
     |-- 169.254.3.4
        /32 host LOCAL
     |-- 172.17.0.1
        /32 host LOCAL
Local:
     |-- 10.0.0.5
        /32 host LOCAL
     |-- 198.51.100.7
        /32 host LOCAL
";
    const INTERFACES: &str = "\
Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT
eth0 00000000 0100000A 0003 0 0 0 00000000 0 0 0
eth0 0000000A 00000000 0001 0 0 0 00FFFFFF 0 0 0
docker0 000011AC 00000000 0001 0 0 0 0000FFFF 0 0 0
";

    #[test]
    fn public_addresses_come_alone_and_local_ones_in_their_absence() {
        let found = v4(ROUTES, INTERFACES);
        assert_eq!(found, [[10, 0, 0, 5], [198, 51, 100, 7]].map(Ipv4Addr::from));
        let table = "20010db8000000000000000000000007 02 40 00 80 eth0\n\
            20010db80000000000000000000000aa 02 40 00 01 eth0\n\
            fd000000000000000000000000000002 02 40 00 80 eth0\n\
            fe8000000000000000fc00fffe000001 02 40 20 80 eth0\n\
            00000000000000000000000000000001 01 80 10 80 lo\n";
        let six = v6(table);
        let shown = |list: Vec<IpAddr>| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        assert_eq!(shown(best(&found, &six)), "198.51.100.7 2001:db8::7");
        assert_eq!(shown(best(&found[..1], &six[1..])), "10.0.0.5 fd00::2");
        assert_eq!(shown(best(&[], &[])), "");
    }

    #[test]
    fn what_is_local_is_not_public() {
        for local in ["10.1.2.3", "192.168.1.1", "172.31.0.1", "100.64.0.1", "169.254.1.1", "127.0.0.1", "fd00::1"] {
            assert!(!is_public(local.parse().unwrap()), "{local}");
        }
        for public in ["203.0.113.7", "100.128.0.1", "172.32.0.1", "2001:db8::1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
