//! Networks, and what proxies say about their clients: a network reads back as it was read, and a chain is believed up
//! to the first address that is not trusted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mu_panel::{door::forwarded::forwarded_for, model::Cidr};
use std::net::IpAddr;

fuzz_target!(|text: &str| {
    // The first line is a network that is trusted, the others are lines of `X-Forwarded-For`.
    let mut lines = text.split('\n');
    let mut trusted: Vec<Cidr> = vec!["127.0.0.1".parse().expect("a network")];
    if let Ok(network) = lines.next().unwrap_or_default().parse::<Cidr>() {
        assert_eq!(network.to_string().parse(), Ok(network));
        trusted.push(network);
    }
    let lines: Vec<&str> = lines.collect();
    let peer: IpAddr = [127, 0, 0, 1].into();
    let client = forwarded_for(lines.iter().copied(), peer, &trusted);
    let is_trusted = |address| trusted.iter().any(|network| network.contains(address));
    assert!(client == client.to_canonical());
    // An address in front of a chain that ends with a stranger changes nothing.
    if !is_trusted(client) {
        let longer = ["203.0.113.9, 127.0.0.1"].into_iter().chain(lines.iter().copied());
        assert_eq!(forwarded_for(longer, peer, &trusted), client);
    }
});
