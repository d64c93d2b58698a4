//! The one-time link with which the first password is set.

use super::lock;
use crate::model::Time;
use sha2::{Digest, Sha256};
use std::sync::Mutex;
use subtle::ConstantTimeEq;

/// How long the link is good for: 30 minutes.
const SETUP_LINK_TTL: Time = 30 * 60;

/// Only the hash of its secret is kept.
#[derive(Default)]
pub struct SetupLink(Mutex<Option<([u8; 32], Time)>>);

impl SetupLink {
    /// Makes `secret` the one that is good, from `now` on.
    pub fn issue(&self, secret: &str, now: Time) {
        *lock(&self.0) = Some((Sha256::digest(secret).into(), now));
    }

    /// Whether `secret` is the one, and still good.
    pub fn is_good(&self, secret: &str, now: Time) -> bool {
        let given: [u8; 32] = Sha256::digest(secret).into();
        lock(&self.0).is_some_and(|(hash, issued)| {
            bool::from(hash.ct_eq(&given)) && (issued..issued + SETUP_LINK_TTL).contains(&now)
        })
    }

    /// Makes it good no more.
    pub fn use_up(&self) {
        *lock(&self.0) = None;
    }
}
