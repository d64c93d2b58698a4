//! The lists that nodes request over and over, cached as the bytes that are sent.

use super::lock;
use crate::{
    error::Result,
    model::{Date, Time},
};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// `GET /users`.
    Users,
    /// `GET /nodes/{id}/users`, the same for every node.
    NodeUsers,
    /// `GET /nodes/{id}/v2rayUsers`.
    V2ray,
}

/// Each list as it was last made.
#[derive(Default)]
pub struct Lists {
    kept: [Mutex<Option<Made>>; 3],
    turn: AtomicU64,
}

struct Made {
    begun: u64,
    version: i64,
    today: Date,
    at: Time,
    until: Time,
    bytes: Arc<Vec<u8>>,
}

impl Lists {
    /// The list as it is now. `make` gets the length that the list last had, and returns the list and until when it
    /// holds on that day if nothing is written. It is called only if `version` has changed or that time is over.
    pub fn get(
        &self,
        list: List,
        version: i64,
        today: Date,
        now: Time,
        make: impl FnOnce(usize) -> Result<(Vec<u8>, Time)>,
    ) -> Result<Arc<Vec<u8>>> {
        // A caller that arrives while the list is being made waits, and takes it if it was begun after the caller
        // arrived: it has everything that was committed by then. So under a constant load of writes many callers share
        // the making of one list.
        let came = self.turn.fetch_add(1, Ordering::SeqCst);
        let mut kept = lock(&self.kept[list as usize]);
        if let Some(made) = &*kept
            && (made.version == version || made.begun > came)
            && made.today == today
            && (made.at..made.until).contains(&now)
        {
            return Ok(Arc::clone(&made.bytes));
        }
        let begun = self.turn.fetch_add(1, Ordering::SeqCst);
        let length = kept.as_ref().map_or(0, |made| made.bytes.len());
        let (bytes, until) = make(length)?;
        // Not shrunk to fit: lists of one capacity reuse each other's place in the heap.
        let bytes = Arc::new(bytes);
        *kept = Some(Made { begun, version, today, at: now, until, bytes: Arc::clone(&bytes) });
        Ok(bytes)
    }
}
