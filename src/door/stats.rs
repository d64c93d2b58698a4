//! What the door counts, for the metrics page.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Every status that the door itself answers with.
const STATUSES: [u16; 14] = [400, 404, 408, 413, 414, 417, 429, 431, 501, 502, 503, 504, 505, 507];

/// Counters and gauges; reading them never disturbs the door.
#[derive(Debug, Default)]
pub struct Stats {
    open: AtomicU64,
    accepted: AtomicU64,
    evicted: AtomicU64,
    timed_out: AtomicU64,
    requests: AtomicU64,
    repeated: AtomicU64,
    upstream_busy: AtomicU64,
    queued: AtomicU64,
    refused: [AtomicU64; STATUSES.len()],
}

impl Stats {
    /// Connections that are open now.
    pub fn open(&self) -> u64 {
        self.open.load(Relaxed)
    }

    /// Connections accepted since the start.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Relaxed)
    }

    /// Connections closed to make room for another.
    pub fn evicted(&self) -> u64 {
        self.evicted.load(Relaxed)
    }

    /// Connections closed because they were idle or took nothing of their answer for too long.
    pub fn timed_out(&self) -> u64 {
        self.timed_out.load(Relaxed)
    }

    /// Whole requests let through.
    pub fn requests(&self) -> u64 {
        self.requests.load(Relaxed)
    }

    /// Requests that had an answer again which still held, without the server.
    pub fn repeated(&self) -> u64 {
        self.repeated.load(Relaxed)
    }

    /// Requests that a worker has now.
    pub fn upstream_busy(&self) -> u64 {
        self.upstream_busy.load(Relaxed)
    }

    /// Requests that wait for a worker now.
    pub fn queued(&self) -> u64 {
        self.queued.load(Relaxed)
    }

    /// Requests and connections refused, by the status of the refusal.
    pub fn refused(&self) -> impl Iterator<Item = (u16, u64)> + '_ {
        STATUSES.into_iter().zip(self.refused.iter().map(|count| count.load(Relaxed)))
    }

    pub(super) fn count_accepted(&self) {
        self.accepted.fetch_add(1, Relaxed);
    }

    pub(super) fn count_evicted(&self) {
        self.evicted.fetch_add(1, Relaxed);
    }

    pub(super) fn count_timed_out(&self) {
        self.timed_out.fetch_add(1, Relaxed);
    }

    pub(super) fn count_request(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    pub(super) fn count_repeated(&self) {
        self.repeated.fetch_add(1, Relaxed);
    }

    pub(super) fn count_refused(&self, status: u16) {
        if let Some(at) = STATUSES.iter().position(|known| *known == status) {
            self.refused[at].fetch_add(1, Relaxed);
        }
    }

    pub(super) fn set_gauges(&self, open: usize, busy: usize, queued: usize) {
        self.open.store(open as u64, Relaxed);
        self.upstream_busy.store(busy as u64, Relaxed);
        self.queued.store(queued as u64, Relaxed);
    }
}
