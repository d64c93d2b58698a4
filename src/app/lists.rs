//! The lists that nodes ask for over and over, kept as the bytes that are sent.

use super::lock;
use crate::{
    error::Result,
    model::{Date, Time},
};
use std::sync::{Arc, Mutex};

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
pub struct Lists([Mutex<Option<Made>>; 3]);

struct Made {
    version: i64,
    today: Date,
    at: Time,
    until: Time,
    bytes: Arc<[u8]>,
}

impl Lists {
    /// The list as it is now. `make` says what it is, and until when if nothing is written meanwhile; it is called only if something
    /// was (`version` is another), or the day has ended.
    pub fn get(
        &self,
        list: List,
        version: i64,
        today: Date,
        now: Time,
        make: impl FnOnce() -> Result<(Vec<u8>, Time)>,
    ) -> Result<Arc<[u8]>> {
        // Whoever comes while it is being made waits for it instead of making it once more.
        let mut kept = lock(&self.0[list as usize]);
        if let Some(made) = &*kept
            && made.version == version
            && made.today == today
            && (made.at..made.until).contains(&now)
        {
            return Ok(Arc::clone(&made.bytes));
        }
        let (bytes, until) = make()?;
        let bytes: Arc<[u8]> = bytes.into();
        *kept = Some(Made { version, today, at: now, until, bytes: Arc::clone(&bytes) });
        Ok(bytes)
    }
}
