//! The address of the client behind trusted proxies.

use std::net::{IpAddr, SocketAddr};

use crate::model::Cidr;

/// The client that a chain of proxies names: the right-most address that is not one of ours. `forwarded` are the values
/// of `X-Forwarded-For` in order; `peer` is a trusted proxy.
pub fn forwarded_for<'a>(
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
    peer: IpAddr,
    trusted: &[Cidr],
) -> IpAddr {
    let mut client = peer;
    for hop in forwarded.rev().flat_map(|value| value.rsplit(',')) {
        let Some(address) = parse_hop(hop.trim()) else {
            break;
        };
        client = address.to_canonical();
        if !trusted.iter().any(|network| network.contains(client)) {
            break;
        }
    }
    client
}

/// An address as proxies write it: bare, with a port, or in brackets.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    bare.parse().ok().or_else(|| hop.parse().ok().map(|address: SocketAddr| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_most_stranger_is_the_client() {
        let trusted: Vec<Cidr> = vec!["127.0.0.0/8".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
        let peer: IpAddr = "127.0.0.1".parse().unwrap();
        for (headers, client) in [
            (vec![], "127.0.0.1"),
            (vec!["203.0.113.9"], "203.0.113.9"),
            (vec!["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
            (vec!["1.1.1.1", "203.0.113.9, 10.0.0.3"], "203.0.113.9"),
            (vec!["203.0.113.9:5555"], "203.0.113.9"),
            (vec!["[2001:db8::1]:443"], "2001:db8::1"),
            (vec!["[2001:db8::1]"], "2001:db8::1"),
            (vec!["::ffff:203.0.113.9"], "203.0.113.9"),
            (vec!["10.0.0.1, 10.0.0.2"], "10.0.0.1"),
            (vec!["1.1.1.1, unknown"], "127.0.0.1"),
            (vec!["1.1.1.1, , 10.0.0.2"], "10.0.0.2"),
        ] {
            let found = forwarded_for(headers.iter().copied(), peer, &trusted);
            assert_eq!(found.to_string(), client, "{headers:?}");
        }
    }
}
