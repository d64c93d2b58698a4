//! What is kept of notices while the program runs: how each channel fared last, what is wrong now, and a bell.

use super::lock;
use crate::model::{Happening, Time};
use std::{
    collections::BTreeMap,
    sync::{Condvar, Mutex},
    time::Duration,
};

/// Shared by what raises notices and what sends them.
#[derive(Default)]
pub struct Notices {
    rung: Mutex<bool>,
    bell: Condvar,
    last: Mutex<BTreeMap<String, (Time, Option<String>)>>,
    standing: Mutex<BTreeMap<Happening, String>>,
}

impl Notices {
    /// Lets what waits be sent at once.
    pub fn ring(&self) {
        *lock(&self.rung) = true;
        self.bell.notify_one();
    }

    /// Waits until it is rung, or for that long.
    pub fn wait(&self, time: Duration) {
        let rung = lock(&self.rung);
        if let Ok((mut rung, _)) = self.bell.wait_timeout_while(rung, time, |rung| !*rung) {
            *rung = false;
        }
    }

    /// Keeps how a channel fared: when, and what stood in the way.
    pub fn fared(&self, channel: &str, now: Time, error: Option<String>) {
        lock(&self.last).insert(channel.to_owned(), (now, error));
    }

    /// How a channel fared last.
    pub fn last(&self, channel: &str) -> Option<(Time, Option<String>)> {
        lock(&self.last).get(channel).cloned()
    }

    /// Keeps that something is wrong, in words, or is so no more. The admin is told once, and once more each day that
    /// it lasts.
    pub fn stands(&self, what: Happening, detail: Option<String>) {
        let mut standing = lock(&self.standing);
        match detail {
            Some(detail) => drop(standing.insert(what, detail)),
            None => drop(standing.remove(&what)),
        }
    }

    /// What is wrong.
    pub fn standing(&self, what: Happening) -> Option<String> {
        lock(&self.standing).get(&what).cloned()
    }
}
