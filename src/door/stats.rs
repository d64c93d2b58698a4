//! What the door counts, for the metrics page.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Every status that the door itself answers with.
const STATUSES: [u16; 14] = [400, 404, 408, 413, 414, 417, 429, 431, 501, 502, 503, 504, 505, 507];

/// A number that is read and written without disturbing anything else.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// What it is now.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }

    /// One more.
    pub(super) fn add(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    pub(super) fn set(&self, number: usize) {
        self.0.store(number as u64, Relaxed);
    }
}

/// Counters and gauges.
#[derive(Debug, Default)]
pub struct Stats {
    /// Connections that are open now.
    pub open: Count,
    /// Connections accepted since the start.
    pub accepted: Count,
    /// Connections closed to make room for another.
    pub evicted: Count,
    /// Connections closed because they were idle or took nothing of their answer for too long.
    pub timed_out: Count,
    /// Whole requests let through.
    pub requests: Count,
    /// Requests that had an answer again which still held, without the server.
    pub repeated: Count,
    /// Requests that a worker has now.
    pub upstream_busy: Count,
    /// Requests that wait for a worker now.
    pub queued: Count,
    refused: [Count; STATUSES.len()],
}

impl Stats {
    /// Requests and connections refused, by the status of the refusal.
    pub fn refused(&self) -> impl Iterator<Item = (u16, u64)> + '_ {
        STATUSES.into_iter().zip(self.refused.iter().map(Count::get))
    }

    pub(super) fn count_refused(&self, status: u16) {
        if let Some(at) = STATUSES.iter().position(|known| *known == status) {
            self.refused[at].add();
        }
    }
}
