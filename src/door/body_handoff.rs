//! Bodies that an answer names instead of carrying them, as nginx does with `X-Accel-Redirect`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use super::answer_cache::Validity;

/// The header by which an answer names its body; its value is a [`Ticket`].
pub const BODY_HEADER: &str = "X-Door-Body";

/// Most bodies that wait; one whose answer never came makes room in the end.
const MAX_WAITING: usize = 1024;

/// Bodies put by workers and taken by the door, once each.
#[derive(Debug, Default)]
pub struct BodyHandoff {
    next: AtomicU64,
    waiting: Mutex<BTreeMap<u64, Named>>,
}

/// A body that an answer names.
#[derive(Debug)]
pub(super) struct Named {
    pub bytes: Arc<Vec<u8>>,
    /// Whether the answer may be given again, if the server has said so.
    pub validity: Option<Arc<dyn Validity>>,
}

/// Names one body that waits; write it as the value of [`BODY_HEADER`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ticket(u64);

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl BodyHandoff {
    /// Keeps a body until the answer that names it passes. With `validity`, that answer depends on nothing but the
    /// head of its request: the door gives it again by itself to clients that send the same head, as long as it is
    /// valid.
    pub fn put(&self, bytes: Arc<Vec<u8>>, validity: Option<Arc<dyn Validity>>) -> Ticket {
        let ticket = self.next.fetch_add(1, Relaxed);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.insert(ticket, Named { bytes, validity });
        if waiting.len() > MAX_WAITING {
            waiting.pop_first();
        }
        Ticket(ticket)
    }

    /// The body of a ticket as text, if it still waits; it does not wait any longer.
    pub(super) fn take(&self, ticket: &str) -> Option<Named> {
        let ticket = ticket.parse().ok()?;
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&ticket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_taken_once_and_forgotten_ones_make_room() {
        let bodies = BodyHandoff::default();
        let first = bodies.put(Arc::new(b"first".to_vec()), None);
        let second = bodies.put(Arc::new(b"second".to_vec()), None);
        assert_eq!(*bodies.take(&second.to_string()).unwrap().bytes, b"second");
        assert!(bodies.take(&second.to_string()).is_none());
        assert!(bodies.take("no number").is_none());
        for _ in 0..MAX_WAITING {
            bodies.put(Arc::new(b"more".to_vec()), None);
        }
        assert!(bodies.take(&first.to_string()).is_none());
    }
}
