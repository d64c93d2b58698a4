//! Wrong passwords: who gave how many, and how long he has to wait.

use super::lock;
use crate::model::Time;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::Mutex,
};

/// As many are free.
const FREE_TRIES: u32 = 5;
/// The first wait, in seconds; each further one is twice as long.
const FIRST_WAIT: Time = 30;
/// The longest wait: an hour.
const LONGEST_WAIT: Time = 3600;
/// They are forgotten after a day.
const TRIES_TTL: Time = 86_400;
/// How many addresses are remembered.
const MAX_ADDRESSES: usize = 10_000;

/// Wrong tries by address; an IPv6 network of 64 bits counts as one.
#[derive(Default)]
pub struct LoginThrottle(Mutex<HashMap<IpAddr, Wrong>>);

struct Wrong {
    count: u32,
    last: Time,
}

impl LoginThrottle {
    /// How many seconds an address has to wait before its next try; 0: none.
    pub fn wait(&self, address: IpAddr, now: Time) -> Time {
        let mut tries = lock(&self.0);
        let Some(wrong) = tries.get_mut(&network(address)).filter(|wrong| wrong.count >= FREE_TRIES) else { return 0 };
        let wait = FIRST_WAIT.checked_shl(wrong.count - FREE_TRIES).unwrap_or(LONGEST_WAIT).clamp(1, LONGEST_WAIT);
        // After a clock was set back the wait begins anew: nobody stays out until it has caught up.
        wrong.last = wrong.last.min(now);
        (wrong.last + wait - now).max(0)
    }

    /// Notes a wrong one.
    pub fn wrong(&self, address: IpAddr, now: Time) {
        let mut tries = lock(&self.0);
        if tries.len() >= MAX_ADDRESSES {
            tries.retain(|_, wrong| now - wrong.last < TRIES_TTL);
        }
        if tries.len() >= MAX_ADDRESSES
            && let Some(oldest) = tries.iter().min_by_key(|(_, wrong)| wrong.last).map(|(address, _)| *address)
        {
            tries.remove(&oldest);
        }
        let wrong = tries.entry(network(address)).or_insert(Wrong { count: 0, last: now });
        if now - wrong.last >= TRIES_TTL {
            wrong.count = 0;
        }
        wrong.count = wrong.count.saturating_add(1).min(FREE_TRIES + 20);
        wrong.last = now;
    }

    /// Forgets the wrong ones of an address, which has given the right one.
    pub fn right(&self, address: IpAddr) {
        lock(&self.0).remove(&network(address));
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address @ IpAddr::V4(_) => address,
    }
}
