//! A write that is yet to be done, so that its asker need not wait for it.

use super::{Store, writer::Writer};
use crate::error::Result;
use rusqlite::Connection;
use std::sync::Arc;

/// A write that is done once somebody wants to know what came of it.
#[must_use = "nothing is written before somebody waits for it"]
pub struct Pending<T> {
    writer: Arc<Writer>,
    work: Box<Background<T>>,
}

type Background<T> = dyn FnOnce(&Connection) -> Result<T> + Send;

impl Store {
    pub(super) fn pend<T>(&self, work: impl FnOnce(&Connection) -> Result<T> + Send + 'static) -> Pending<T> {
        Pending { writer: Arc::clone(&self.writer), work: Box::new(work) }
    }
}

impl<T: Send + 'static> Pending<T> {
    /// What is made of its outcome, before that is on the disk.
    pub fn map<U>(self, make: impl FnOnce(T) -> U + Send + 'static) -> Pending<U> {
        let Self { writer, work } = self;
        Pending { writer, work: Box::new(move |connection| work(connection).map(make)) }
    }

    /// Does it, and waits until it is on the disk.
    pub fn wait(self) -> Result<T> {
        self.writer.run(self.work)
    }

    /// Does it, and tells what came of it once it is on the disk: in this thread or in the one that writes, so that `tell` must not write
    /// anything itself.
    pub fn then(self, tell: impl FnOnce(Result<T>) + Send + 'static) {
        self.writer.begin(self.work, tell);
    }
}
