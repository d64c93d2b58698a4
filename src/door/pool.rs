//! The connections to the server behind the door: opened when needed, reopened when they fail.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mio::net::UnixStream;
use mio::{Interest, Registry, Token};

use super::upstream::Upstream;

/// How long to wait after a connection could not be opened.
const RETRY_DELAY: Duration = Duration::from_millis(50);

/// How long one connection may keep others from being opened by not answering its first request.
/// `tiny_http` forgets a connection that comes before a thread has taken up the one before.
const FIRST_ANSWER_TIMEOUT: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct Pool {
    path: PathBuf,
    first_token: usize,
    slots: Vec<Option<Upstream>>,
    /// The connections without a request; the last one was used last.
    free: Vec<usize>,
    /// When opening one may be tried again after it has failed.
    failed: Option<Instant>,
    again: Option<Instant>,
    /// Whether the server has stopped listening, which it does not take up again.
    pub gone: bool,
}

impl Pool {
    pub(super) fn new(path: &Path, size: usize, first_token: usize) -> Self {
        let slots = (0..size).map(|_| None).collect();
        Self { path: path.to_owned(), first_token, slots, free: Vec::new(), failed: None, again: None, gone: false }
    }

    pub(super) fn get(&mut self, index: usize) -> Option<&mut Upstream> {
        self.slots.get_mut(index)?.as_mut()
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// How many requests are in flight.
    pub(super) fn busy(&self) -> usize {
        self.slots.iter().flatten().filter(|upstream| !upstream.is_free()).count()
    }

    /// Takes a connection that is free, or opens one.
    /// There is `None` when all are busy, or when it is better to wait until [`Self::again`].
    pub(super) fn acquire(&mut self, registry: &Registry, now: Instant) -> Option<usize> {
        self.again = None;
        if let Some(index) = self.free.pop() {
            return Some(index);
        }
        if self.failed.is_some_and(|again| now < again) {
            self.again = self.failed;
            return None;
        }
        let index = self.slots.iter().position(Option::is_none)?;
        let blocked = self.slots.iter().flatten().filter_map(Upstream::unanswered_since).max();
        if let Some(until) = blocked.map(|since| since + FIRST_ANSWER_TIMEOUT).filter(|until| now < *until) {
            self.again = Some(until);
            return None;
        }
        match self.open(index, registry, now) {
            Ok(upstream) => {
                self.slots[index] = Some(upstream);
                Some(index)
            }
            Err(error) => {
                self.gone = error.kind() == ErrorKind::ConnectionRefused;
                log::debug!("cannot reach the server at `{}`: {error}", self.path.display());
                self.failed = Some(now + RETRY_DELAY);
                self.again = self.failed;
                None
            }
        }
    }

    /// When it is worth while to try once more what has just been in vain.
    pub(super) fn again(&self) -> Option<Instant> {
        self.again
    }

    pub(super) fn release(&mut self, index: usize) {
        if !self.free.contains(&index) {
            self.free.push(index);
        }
    }

    pub(super) fn close(&mut self, index: usize) {
        self.slots[index] = None;
        self.free.retain(|free| *free != index);
    }

    /// Asks to be told when the server takes more, or no longer.
    pub(super) fn watch(&mut self, index: usize, registry: &Registry) -> io::Result<()> {
        let token = Token(self.first_token + index);
        let Some(upstream) = self.get(index) else {
            return Ok(());
        };
        if upstream.writable == upstream.watched {
            upstream.watched = !upstream.writable;
            let interest = if upstream.watched { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
            registry.reregister(upstream.stream(), token, interest)?;
        }
        Ok(())
    }

    fn open(&self, index: usize, registry: &Registry, now: Instant) -> io::Result<Upstream> {
        let mut upstream = Upstream::new(UnixStream::connect(&self.path)?, now);
        let token = Token(self.first_token + index);
        // Being told of every byte that the server takes would wake us once more for each request.
        registry.register(upstream.stream(), token, Interest::READABLE)?;
        Ok(upstream)
    }
}
