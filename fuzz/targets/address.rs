//! Where a client wants to go: what is read is within what was sent, and the same however much has come behind it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mu_panel::node::address::{self, Host, MAX_ADDRESS_BYTES};
use std::net::SocketAddr;

fuzz_target!(|bytes: &[u8]| {
    let whole = address::read(bytes);
    if let Ok(Some((target, length))) = &whole {
        assert!(*length <= bytes.len() && *length <= MAX_ADDRESS_BYTES && target.port > 0);
        // All of it has to be there, and no more.
        assert_eq!(address::read(&bytes[..*length]), whole);
        for cut in 0..*length {
            assert_eq!(address::read(&bytes[..cut]), Ok(None), "cut at {cut}");
        }
        match &target.host {
            Host::Ip(ip) => {
                let mut written = Vec::new();
                address::write(SocketAddr::new(*ip, target.port), &mut written);
                let (again, taken) = address::read(&written).unwrap().unwrap();
                assert_eq!((again.host, again.port, taken), (Host::Ip(ip.to_canonical()), target.port, written.len()));
            }
            Host::Name(name) => {
                let is_sound = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
                assert!((1..=253).contains(&name.len()) && name.bytes().all(is_sound), "{name:?}");
            }
        }
    }
    for padded in [false, true] {
        if let Ok(Some((target, begin))) = address::greeting(bytes, padded) {
            assert!(begin <= bytes.len());
            assert_eq!(Ok(Some(target)), whole.clone().map(|read| read.map(|(target, _)| target)));
        }
    }
});
