//! What is kept of notices while the program runs: how each channel fared last, what is wrong now, and a bell.

use super::lock;
use crate::model::{Happening, Time};
use std::{
    collections::BTreeMap,
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

/// What the bell was rung for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rung {
    /// Something waits to be sent.
    pub send: bool,
    /// Something has happened that the admin may want to be told of.
    pub look: bool,
}

/// Shared by what raises notices and what sends them.
#[derive(Default)]
pub struct Notices {
    rung: Mutex<Rung>,
    bell: Condvar,
    last: Mutex<BTreeMap<String, (Time, Option<String>)>>,
    standing: Mutex<BTreeMap<Happening, Standing>>,
}

/// How it stands with something that can be wrong for a while.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It is not known since the start.
    #[default]
    Unknown,
    /// All is well.
    Well,
    /// It is wrong, in words.
    Wrong(String),
}

impl Notices {
    /// Lets what waits be sent at once.
    pub fn ring(&self) {
        lock(&self.rung).send = true;
        self.bell.notify_one();
    }

    /// Lets it be looked at once what the admin is to be told of.
    pub fn look(&self) {
        lock(&self.rung).look = true;
        self.bell.notify_one();
    }

    /// Waits until it is rung, or for that long; returns what it was rung for.
    pub fn wait(&self, time: Duration) -> Rung {
        let quiet = Rung::default();
        let rung = lock(&self.rung);
        let waited = self.bell.wait_timeout_while(rung, time, |rung| *rung == quiet);
        std::mem::take(&mut *waited.unwrap_or_else(PoisonError::into_inner).0)
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
        let now = detail.map_or(Standing::Well, Standing::Wrong);
        let before = lock(&self.standing).insert(what, now.clone());
        if before != Some(now) {
            self.look();
        }
    }

    /// How it stands.
    pub fn standing(&self, what: Happening) -> Standing {
        lock(&self.standing).get(&what).cloned().unwrap_or_default()
    }
}
