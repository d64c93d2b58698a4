//! What is still to be sent to one client: bytes of its own, then perhaps a body shared with others.

use std::io::Write;
use std::sync::Arc;

use super::budget::{Buffer, Meter};

/// Sent bytes are forgotten in steps of this size.
const STEP: usize = 256 << 10;

#[derive(Debug)]
pub(super) struct Output {
    own: Buffer,
    own_sent: usize,
    shared: Option<Arc<Vec<u8>>>,
    shared_sent: usize,
}

impl Output {
    pub(super) fn new(meter: &Meter) -> Self {
        Self { own: Buffer::new(meter), own_sent: 0, shared: None, shared_sent: 0 }
    }

    pub(super) fn own(&mut self) -> &mut Buffer {
        &mut self.own
    }

    pub(super) fn push_chunk(&mut self, chunk: &[u8]) {
        self.own.append(|out| {
            let _ = write!(out, "{:x}\r\n", chunk.len());
            out.extend_from_slice(chunk);
            out.extend_from_slice(b"\r\n");
        });
    }

    pub(super) fn share(&mut self, body: Arc<Vec<u8>>) {
        self.shared = Some(body);
    }

    /// The shared body that is not sent yet.
    pub(super) fn shared(&self) -> Option<&Arc<Vec<u8>>> {
        self.shared.as_ref()
    }

    /// What is to be sent: own bytes, then shared ones.
    pub(super) fn rest(&self) -> (&[u8], &[u8]) {
        (&self.own[self.own_sent..], self.shared.as_deref().map_or(&[], |body| &body[self.shared_sent..]))
    }

    /// How many own bytes wait.
    pub(super) fn waiting(&self) -> usize {
        self.own.len() - self.own_sent
    }

    pub(super) fn is_empty(&self) -> bool {
        let (own, shared) = self.rest();
        own.is_empty() && shared.is_empty()
    }

    /// Forgets the next `count` bytes, which were sent.
    pub(super) fn sent(&mut self, count: usize) {
        let own = count.min(self.waiting());
        self.own_sent += own;
        self.shared_sent += count - own;
        if self.own_sent == self.own.len() {
            self.own.clear();
            self.own_sent = 0;
        } else if self.own_sent >= STEP {
            self.own.consume(self.own_sent);
            self.own_sent = 0;
        }
        if self.is_empty() {
            self.shared = None;
            self.shared_sent = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_sent_once_and_in_order() {
        let meter = Meter::default();
        let mut output = Output::new(&meter);
        output.own().extend(b"head");
        output.share(Arc::new(b"body".to_vec()));
        let mut sent = Vec::new();
        while !output.is_empty() {
            let (own, shared) = output.rest();
            let next: Vec<u8> = own.iter().chain(shared).copied().take(3).collect();
            output.sent(next.len());
            sent.extend(next);
        }
        assert_eq!(sent, b"headbody");
        assert!(output.shared().is_none());
        assert_eq!(meter.total(), 0);
    }
}
