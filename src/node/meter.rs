//! What a user has moved, to the byte of payload. It outlives the threads that count.

use std::sync::atomic::{
    AtomicBool, AtomicU16, AtomicU32, AtomicU64,
    Ordering::{AcqRel, Relaxed, Release},
};

/// No limit.
pub const UNLIMITED: u64 = u64::MAX;

/// The counters of one user. All of them only ever grow, but for the cap and what is on now.
#[derive(Debug)]
pub struct Meter {
    up: AtomicU64,
    down: AtomicU64,
    /// At which sum of the two the user is cut off.
    cap: AtomicU64,
    /// What may be moved at this moment, or is on its way, and is not counted yet.
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

    /// Leave to move up to `most` bytes at this moment; `None` if nothing is left. Whatever is moved is counted before
    /// the leave is dropped, so that connections in several threads never pass the cap together.
    pub fn leave(&self, most: usize) -> Option<Leave<'_>> {
        let leave = self.leave_up_to(most);
        (leave.bytes > 0).then_some(leave)
    }

    /// Leave to move all of so many bytes, or `None`.
    pub fn leave_for(&self, bytes: usize) -> Option<Leave<'_>> {
        let leave = self.leave_up_to(bytes);
        (leave.bytes() == bytes).then_some(leave)
    }

    fn leave_up_to(&self, most: usize) -> Leave<'_> {
        let asked = most as u64;
        let pending = self.pending.fetch_add(asked, AcqRel).saturating_add(asked);
        let over = self.used().saturating_add(pending).saturating_sub(self.cap.load(Relaxed));
        let mut leave = Leave { meter: self, bytes: asked };
        leave.shrink(usize::try_from(asked.saturating_sub(over)).unwrap_or(0));
        leave
    }

    /// Whether all that may be moved has been.
    pub fn used_up(&self) -> bool {
        self.used() >= self.cap.load(Relaxed)
    }

    /// The sum of both ways.
    fn used(&self) -> u64 {
        self.up.load(Relaxed).saturating_add(self.down.load(Relaxed))
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

/// Bytes that may be moved, or are on their way, and are not counted yet.
pub struct Leave<'m> {
    meter: &'m Meter,
    bytes: u64,
}

impl Leave<'_> {
    /// For how many bytes it is.
    pub fn bytes(&self) -> usize {
        usize::try_from(self.bytes).unwrap_or(usize::MAX)
    }

    /// Gives back all but so many bytes.
    pub fn shrink(&mut self, bytes: usize) {
        let back = self.bytes.saturating_sub(bytes as u64);
        self.bytes -= back;
        self.meter.pending.fetch_sub(back, Release);
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.shrink(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_never_pass_the_cap_together() {
        let meter = Meter::default();
        assert_eq!(meter.leave(1 << 20).unwrap().bytes(), 1 << 20, "without a cap");
        meter.set_cap(100);
        let mut first = meter.leave(60).unwrap();
        let second = meter.leave(60).unwrap();
        assert_eq!((first.bytes(), second.bytes()), (60, 40));
        assert!(meter.leave(1).is_none() && meter.leave_for(1).is_none());
        assert!(meter.leave_for(0).is_some(), "an empty packet takes nothing");
        first.shrink(10);
        assert!(meter.leave_for(51).is_none() && meter.leave_for(50).is_some());
        meter.count(Way::Up, 10);
        drop(first);
        meter.count(Way::Down, 40);
        drop(second);
        assert_eq!(meter.leave(1000).unwrap().bytes(), 50);
        assert!(!meter.used_up());
        meter.count(Way::Down, 50);
        assert!(meter.used_up() && meter.leave(1).is_none());
    }
}
