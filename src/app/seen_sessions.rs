//! The sign-ins that were used lately, so that strangers do not hold up the admin: known without asking the database.

use super::lock;
use crate::model::Time;
use std::{collections::HashMap, sync::Mutex};

/// How long one is remembered after it was used, in seconds: 12 hours.
const SEEN_TTL: Time = 12 * 3600;
/// Most that are remembered; the longest unused make room.
const MAX_SEEN: usize = 100;

/// When each sign-in was last used, by the hash of its cookie.
#[derive(Default)]
pub struct SeenSessions(Mutex<HashMap<[u8; 32], Time>>);

impl SeenSessions {
    /// Notes that one was used.
    pub fn note(&self, hash: [u8; 32], now: Time) {
        let mut seen = lock(&self.0);
        if seen.len() >= MAX_SEEN && !seen.contains_key(&hash) {
            seen.retain(|_, at| (*at..*at + SEEN_TTL).contains(&now));
            let oldest = seen.iter().min_by_key(|(_, at)| **at).map(|(hash, _)| *hash);
            if let Some(oldest) = oldest.filter(|_| seen.len() >= MAX_SEEN) {
                seen.remove(&oldest);
            }
        }
        seen.insert(hash, now);
    }

    /// Whether one was used.
    pub fn contains(&self, hash: &[u8; 32]) -> bool {
        lock(&self.0).contains_key(hash)
    }
}
