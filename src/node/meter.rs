//! What a user has moved, to the byte of payload. It outlives the thread that counts.

use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, AtomicU64, Ordering::Relaxed};

/// No limit.
pub const UNLIMITED: u64 = u64::MAX;

/// The counters of one user. All of them only ever grow, but for the cap and what is on now.
#[derive(Debug)]
pub struct Meter {
    up: AtomicU64,
    down: AtomicU64,
    /// At which sum of the two the user is cut off.
    cap: AtomicU64,
    /// What has been taken from targets and is on its way to the user.
    pending: AtomicU64,
    devices: AtomicU32,
    /// The sockets on the user's port.
    open: AtomicU32,
    /// Which port that is.
    port: AtomicU16,
    full: AtomicBool,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            up: AtomicU64::new(0),
            down: AtomicU64::new(0),
            cap: AtomicU64::new(UNLIMITED),
            pending: AtomicU64::new(0),
            devices: AtomicU32::new(0),
            open: AtomicU32::new(0),
            port: AtomicU16::new(0),
            full: AtomicBool::new(false),
        }
    }
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the user.
    Up,
    /// To the user.
    Down,
}

impl Meter {
    /// Counts bytes that have arrived.
    pub fn count(&self, way: Way, bytes: usize) {
        let counter = if way == Way::Up { &self.up } else { &self.down };
        counter.fetch_add(bytes as u64, Relaxed);
    }

    /// What was counted so far: up, and down.
    pub fn read(&self) -> (u64, u64) {
        (self.up.load(Relaxed), self.down.load(Relaxed))
    }

    /// Sets the sum at which the user is cut off.
    pub fn set_cap(&self, cap: u64) {
        self.cap.store(cap, Relaxed);
    }

    /// How many bytes may still be moved.
    pub fn left(&self) -> usize {
        let cap = self.cap.load(Relaxed);
        if cap == UNLIMITED {
            return usize::MAX;
        }
        let used = self.up.load(Relaxed).saturating_add(self.down.load(Relaxed));
        usize::try_from(cap.saturating_sub(used).saturating_sub(self.pending.load(Relaxed))).unwrap_or(usize::MAX)
    }

    /// Whether all that may be moved has been.
    pub fn used_up(&self) -> bool {
        let cap = self.cap.load(Relaxed);
        cap != UNLIMITED && self.up.load(Relaxed).saturating_add(self.down.load(Relaxed)) >= cap
    }

    /// Notes bytes as being on their way until what is returned is dropped.
    pub fn on_the_way(&self, bytes: usize) -> OnTheWay<'_> {
        self.pending.fetch_add(bytes as u64, Relaxed);
        OnTheWay { meter: self, bytes: bytes as u64 }
    }

    /// From how many addresses the user is connected now.
    pub fn devices(&self) -> u32 {
        self.devices.load(Relaxed)
    }

    pub(super) fn set_devices(&self, devices: usize) {
        self.devices.store(u32::try_from(devices).unwrap_or(u32::MAX), Relaxed);
    }

    /// The user's port, once it is open for TCP and for UDP.
    pub fn listens(&self) -> Option<u16> {
        (self.open.load(Relaxed) >= 2).then(|| self.port.load(Relaxed))
    }

    /// Notes a socket on the user's port until what is returned is dropped.
    pub(super) fn note_open(&self, port: u16) -> Open<'_> {
        self.port.store(port, Relaxed);
        self.open.fetch_add(1, Relaxed);
        Open(self)
    }

    /// Whether connections were turned away since this was asked last.
    pub fn take_full(&self) -> bool {
        self.full.swap(false, Relaxed)
    }

    pub(super) fn note_full(&self) {
        self.full.store(true, Relaxed);
    }
}

/// A socket on a user's port.
pub(super) struct Open<'m>(&'m Meter);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Relaxed);
    }
}

/// Bytes that are neither counted nor free.
pub struct OnTheWay<'m> {
    meter: &'m Meter,
    bytes: u64,
}

impl Drop for OnTheWay<'_> {
    fn drop(&mut self) {
        self.meter.pending.fetch_sub(self.bytes, Relaxed);
    }
}
