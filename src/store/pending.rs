//! A write whose outcome is delivered later, so that its caller need not wait for the disk.

use super::{Store, writer::Writer};
use crate::error::Result;
use rusqlite::Connection;
use std::sync::Arc;

/// A write that begins only when its outcome is asked for.
#[must_use = "nothing is written unless the outcome is asked for"]
pub struct Pending<T> {
    writer: Arc<Writer>,
    work: Box<Background<T>>,
}

type Background<T> = dyn FnMut(&Connection) -> Result<T> + Send;

impl Store {
    /// A write that can be done again after it was undone, and seldom fails once it has written something: it shares a
    /// commit with others without a savepoint.
    pub(super) fn pend<T>(&self, work: impl FnMut(&Connection) -> Result<T> + Send + 'static) -> Pending<T> {
        Pending { writer: Arc::clone(&self.writer), work: Box::new(work) }
    }
}

impl<T: Send + 'static> Pending<T> {
    /// Applies `make` to the outcome, before it is on the disk.
    pub fn map<U>(self, mut make: impl FnMut(T) -> U + Send + 'static) -> Pending<U> {
        let Self { writer, mut work } = self;
        Pending { writer, work: Box::new(move |connection| work(connection).map(&mut make)) }
    }

    /// Does it, and waits until it is on the disk.
    pub fn wait(self) -> Result<T> {
        self.writer.run_repeatable(self.work)
    }

    /// Does it, and calls `tell` with the outcome once it is on the disk: in this thread or in the writer's, so that
    /// `tell` must not write itself.
    pub fn then(self, tell: impl FnOnce(Result<T>) + Send + 'static) {
        self.writer.submit_repeatable(self.work, tell);
    }
}
