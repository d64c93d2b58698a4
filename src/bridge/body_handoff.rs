//! Bodies that a head names instead of carrying them, as nginx does with `X-Accel-Redirect`.

use std::{
    collections::BTreeMap,
    fmt,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// Most bodies that wait; one whose head never came makes room in the end.
const MAX_WAITING: usize = 1024;

/// The server's word on an answer that depends on nothing but the head of its request and on what changes with time.
pub trait Validity: Send + Sync {
    /// Whether the same request would have the same answer now.
    fn is_valid(&self) -> bool;
    /// Whether a client with that address may have it although the server never hears of its request.
    fn is_for(&self, client: IpAddr) -> bool;
    /// Is told that a client with that address has been given the answer again.
    fn repeated(&self, client: IpAddr);
}

impl fmt::Debug for dyn Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Validity")
    }
}

/// Bodies put on one side and taken on the other, once each.
#[derive(Debug, Default)]
pub struct BodyHandoff {
    next: AtomicU64,
    waiting: Mutex<BTreeMap<u64, NamedBody>>,
}

/// A body that a head names.
#[derive(Debug)]
pub struct NamedBody {
    /// The body.
    pub bytes: Arc<Vec<u8>>,
    /// Whether the answer may be given again, if the server has said so.
    pub validity: Option<Arc<dyn Validity>>,
}

/// Names one body that waits; write it as the value of [`super::BODY`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ticket(u64);

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl BodyHandoff {
    /// Keeps a body until the head that names it passes. With `validity`, that is an answer's which depends on nothing
    /// but the head of its request: the door gives it again by itself to clients that send the same head, as long as it
    /// is valid.
    pub fn put(&self, bytes: Arc<Vec<u8>>, validity: Option<Arc<dyn Validity>>) -> Ticket {
        let ticket = self.next.fetch_add(1, Relaxed);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.insert(ticket, NamedBody { bytes, validity });
        if waiting.len() > MAX_WAITING {
            waiting.pop_first();
        }
        Ticket(ticket)
    }

    /// Lets go of a body, if it still waits.
    pub fn forget(&self, ticket: Ticket) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&ticket.0);
    }

    /// The body of a ticket as text, if it still waits; it does not wait any longer.
    pub fn take(&self, ticket: &str) -> Option<NamedBody> {
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
