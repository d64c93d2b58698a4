//! Counters since the start, for `/metrics`.

use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

use super::lock;

/// Gives more lines of measurements, from a part of the program that this one does not know.
pub type Source = Box<dyn Fn() -> String + Send + Sync>;

/// Counters since the start.
#[derive(Default)]
pub struct Meters {
    answers: [AtomicU64; 6],
    microseconds: AtomicU64,
    sources: Mutex<Vec<Source>>,
}

impl Meters {
    /// Counts an answer with that status, on which `microseconds` were spent.
    pub fn count(&self, status: u16, microseconds: u64) {
        let class = usize::from(status / 100).min(self.answers.len() - 1);
        self.answers[class].fetch_add(1, Ordering::Relaxed);
        self.microseconds.fetch_add(microseconds, Ordering::Relaxed);
    }

    /// How many answers had a status of that hundred (2 for 200 to 299).
    pub fn answers(&self, hundred: usize) -> u64 {
        self.answers.get(hundred).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Microseconds spent on answers in all.
    pub fn microseconds(&self) -> u64 {
        self.microseconds.load(Ordering::Relaxed)
    }

    /// Takes up another source of measurements.
    pub fn add(&self, source: Source) {
        lock(&self.sources).push(source);
    }

    /// What the other sources say, one after the other.
    pub fn others(&self) -> String {
        lock(&self.sources).iter().map(|source| source()).collect()
    }
}
