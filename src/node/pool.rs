//! Buffers that a connection has only while bytes pass through it.

use super::stream::MAX_SEALED_BYTES;
use crate::model::lock;
use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex},
};

/// How much a buffer holds: a chunk of any generation, or four of the older one.
pub const SIZE: usize = 66 << 10;
const _: () = assert!(SIZE >= MAX_SEALED_BYTES);

/// The buffers of all connections.
#[derive(Default)]
pub struct Pool(Mutex<Free>);

#[derive(Default)]
struct Free {
    buffers: Vec<Box<[u8]>>,
    /// The fewest that were free since they were last counted: none of them was needed.
    spare: usize,
}

impl Pool {
    /// A buffer, whatever is in it.
    pub fn take(self: &Arc<Self>) -> Buffer {
        let mut free = lock(&self.0);
        let taken = free.buffers.pop();
        free.spare = free.spare.min(free.buffers.len());
        drop(free);
        Buffer { bytes: taken.unwrap_or_else(|| vec![0; SIZE].into()), pool: Arc::clone(self) }
    }

    /// Frees the buffers that no connection has needed since this was called last.
    pub fn sweep(&self) {
        let mut free = lock(&self.0);
        let keep = free.buffers.len().saturating_sub(free.spare);
        free.buffers.truncate(keep);
        free.buffers.shrink_to_fit();
        free.spare = keep;
    }
}

/// One of them, which goes back when it is dropped.
pub struct Buffer {
    bytes: Box<[u8]>,
    pool: Arc<Pool>,
}

impl Drop for Buffer {
    fn drop(&mut self) {
        lock(&self.pool.0).buffers.push(std::mem::take(&mut self.bytes));
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}
