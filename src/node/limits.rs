//! How fast a user may be, and from how many addresses at once.

use super::meter::Meter;
use crate::model::lock;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep_until};

/// How long an address counts after the last byte.
pub const DEVICE_TTL: Duration = Duration::from_mins(1);
/// How far ahead of the rate a user may be, which is what one wake-up lets through.
const BURST: Duration = Duration::from_millis(50);
/// The least that is read at once, in bytes.
const LEAST: usize = 2048;

/// A rate that all connections of a user share, one way.
#[derive(Default)]
pub struct Speed {
    /// Bytes a second; 0: no limit.
    rate: AtomicU64,
    /// When what has been let through would have been at that rate.
    paid: Mutex<Option<Instant>>,
}

impl Speed {
    /// Sets the rate in bytes a second; 0 for none.
    pub fn set(&self, rate: u64) {
        if self.rate.swap(rate, Relaxed) != rate {
            *lock(&self.paid) = None;
        }
    }

    /// Waits until something may be moved, and says how much at once.
    pub async fn ready(&self) -> usize {
        loop {
            let rate = self.rate.load(Relaxed);
            if rate == 0 {
                return usize::MAX;
            }
            let now = Instant::now();
            let paid = *lock(&self.paid);
            match paid {
                Some(paid) if paid > now + BURST => sleep_until(paid - BURST).await,
                _ => return usize::try_from(rate / 20).unwrap_or(usize::MAX).max(LEAST),
            }
        }
    }

    /// Takes note of bytes that were moved.
    pub fn spend(&self, bytes: usize) {
        let rate = self.rate.load(Relaxed);
        if rate > 0 {
            let now = Instant::now();
            let nanos = bytes as u128 * 1_000_000_000 / u128::from(rate);
            let mut paid = lock(&self.paid);
            let from = paid.map_or(now, |paid| paid.max(now));
            *paid = Some(from + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)));
        }
    }
}

/// The addresses that a user is connected from. They are never written down anywhere.
pub struct Devices {
    most: AtomicUsize,
    /// When each of them last moved a byte.
    active: Mutex<HashMap<IpAddr, Instant>>,
    meter: Arc<Meter>,
}

impl Devices {
    /// None so far; how many there are is told to `meter`.
    pub fn new(meter: Arc<Meter>) -> Self {
        Self { most: AtomicUsize::new(0), active: Mutex::default(), meter }
    }

    /// Sets how many there may be at once; 0: any number.
    pub fn set(&self, most: usize) {
        self.most.store(most, Relaxed);
    }

    /// Notes a byte from or to `address`; whether it may be one of those that are connected.
    pub fn admit(&self, address: IpAddr, now: Instant) -> bool {
        let device = device(address);
        let mut active = lock(&self.active);
        if let Some(at) = active.get_mut(&device)
            && now.saturating_duration_since(*at) < DEVICE_TTL
        {
            *at = now;
            return true;
        }
        active.retain(|_, at| now.saturating_duration_since(*at) < DEVICE_TTL);
        let most = self.most.load(Relaxed);
        let room = most == 0 || active.len() < most;
        if room {
            active.insert(device, now);
        }
        self.meter.set_devices(active.len());
        room
    }

    /// Forgets those that have been quiet for a minute.
    pub fn sweep(&self, now: Instant) {
        let mut active = lock(&self.active);
        active.retain(|_, at| now.saturating_duration_since(*at) < DEVICE_TTL);
        if active.is_empty() {
            active.shrink_to_fit();
        }
        self.meter.set_devices(active.len());
    }
}

/// An address of IPv6 is one of 2^64 that a subscriber has.
fn device(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => IpAddr::from((u128::from(ip) >> 64 << 64).to_be_bytes()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn as_many_addresses_as_the_limit_and_a_minute_later_another() {
        let meter = Arc::new(Meter::default());
        let devices = Devices::new(Arc::clone(&meter));
        devices.set(2);
        let start = Instant::now();
        assert!(devices.admit(ip("192.0.2.1"), start) && devices.admit(ip("::ffff:192.0.2.1"), start));
        assert!(devices.admit(ip("2001:db8:1:2::1"), start) && devices.admit(ip("2001:db8:1:2:ffff::9"), start));
        assert!(!devices.admit(ip("2001:db8:1:3::1"), start) && meter.devices() == 2);
        let later = start + Duration::from_secs(40);
        assert!(devices.admit(ip("192.0.2.1"), later));
        let minute = start + Duration::from_secs(61);
        assert!(devices.admit(ip("198.51.100.7"), minute), "the second one has been quiet");
        assert!(!devices.admit(ip("2001:db8:1:2::1"), minute));
        devices.sweep(start + Duration::from_secs(200));
        assert_eq!(meter.devices(), 0);
        devices.set(0);
        assert!((0..50u8).all(|last| devices.admit(IpAddr::from([10, 0, 0, last]), minute)));
    }

    #[test]
    fn a_rate_is_kept_over_all_that_share_it() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let moved = runtime.block_on(async {
            let speed = Arc::new(Speed::default());
            speed.set(1_000_000);
            let end = Instant::now() + Duration::from_secs(10);
            let moved = Arc::new(AtomicUsize::new(0));
            let mut connections = tokio::task::JoinSet::new();
            for _ in 0..20 {
                let (speed, moved) = (Arc::clone(&speed), Arc::clone(&moved));
                connections.spawn(async move {
                    while Instant::now() < end {
                        let most = speed.ready().await.min(60_000);
                        speed.spend(most);
                        moved.fetch_add(most, Relaxed);
                    }
                });
            }
            connections.join_all().await;
            moved.load(Relaxed)
        });
        assert!((9_900_000..=11_200_000).contains(&moved), "{moved}");
    }
}
