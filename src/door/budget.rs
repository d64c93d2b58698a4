//! Byte buffers whose sizes add up, so that all connections together stay within a budget.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A buffer that keeps no more than this between two requests.
const MAX_IDLE_CAPACITY: usize = 4 << 10;

/// How many bytes the buffers of one kind hold together.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter(Arc<AtomicUsize>);

impl Meter {
    pub(super) fn total(&self) -> usize {
        self.0.load(Relaxed)
    }
}

/// Bytes that are counted by a meter for as long as they are held.
#[derive(Debug)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    meter: Meter,
    /// Bytes that were handed over and still count.
    handed_over: usize,
}

impl Buffer {
    pub(super) fn new(meter: &Meter) -> Self {
        Self { bytes: Vec::new(), meter: meter.clone(), handed_over: 0 }
    }

    pub(super) fn extend(&mut self, more: &[u8]) {
        self.bytes.extend_from_slice(more);
        self.meter.0.fetch_add(more.len(), Relaxed);
    }

    /// Lets a function write at the end.
    pub(super) fn append(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let before = self.bytes.len();
        write(&mut self.bytes);
        self.meter.0.fetch_add(self.bytes.len() - before, Relaxed);
    }

    /// Makes room for so many bytes, exactly.
    pub(super) fn reserve(&mut self, count: usize) {
        self.bytes.reserve_exact(count);
    }

    /// Gives all of it away; it counts until this is dropped.
    pub(super) fn hand_over(&mut self) -> Arc<Vec<u8>> {
        self.handed_over += self.bytes.len();
        Arc::new(std::mem::take(&mut self.bytes))
    }

    /// Forgets the first `count` bytes.
    pub(super) fn consume(&mut self, count: usize) {
        if count == self.bytes.len() {
            self.clear();
        } else {
            self.bytes.drain(..count);
            self.meter.0.fetch_sub(count, Relaxed);
        }
    }

    pub(super) fn clear(&mut self) {
        self.meter.0.fetch_sub(self.bytes.len(), Relaxed);
        if self.bytes.capacity() > MAX_IDLE_CAPACITY {
            self.bytes = Vec::new();
        } else {
            self.bytes.clear();
        }
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.meter.0.fetch_sub(self.bytes.len() + self.handed_over, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_adds_up_and_goes_to_zero() {
        let meter = Meter::default();
        let mut one = Buffer::new(&meter);
        let mut two = Buffer::new(&meter);
        one.extend(&[0; 10]);
        two.append(|bytes| bytes.extend_from_slice(&[0; 5000]));
        assert_eq!(meter.total(), 5010);
        one.consume(4);
        two.consume(5000);
        assert_eq!((meter.total(), one.len(), two.len()), (6, 6, 0));
        two.extend(b"given");
        assert_eq!((&*two.hand_over(), two.len(), meter.total()), (&b"given".to_vec(), 0, 11));
        drop((one, two));
        assert_eq!(meter.total(), 0);
    }
}
