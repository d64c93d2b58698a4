//! Buffers that a connection has only while bytes pass through it.

use super::stream::MAX_SEALED_BYTES;
use std::{
    cell::{Cell, RefCell},
    ops::{Deref, DerefMut},
    rc::Rc,
};

/// How much a buffer holds: a chunk of any generation, or four of the older one.
pub const SIZE: usize = 66 << 10;
const _: () = assert!(SIZE >= MAX_SEALED_BYTES);

/// The buffers of one thread.
#[derive(Default)]
pub struct Pool {
    free: RefCell<Vec<Box<[u8]>>>,
    /// The fewest that were free since this was last done: none of them was needed.
    spare: Cell<usize>,
}

impl Pool {
    /// A buffer, whatever is in it.
    pub fn take(self: &Rc<Self>) -> Buffer {
        let bytes = self.free.borrow_mut().pop().unwrap_or_else(|| vec![0; SIZE].into());
        self.spare.set(self.spare.get().min(self.free.borrow().len()));
        Buffer { bytes, pool: Rc::clone(self) }
    }

    /// Frees the buffers that no connection has needed since this was called last.
    pub fn sweep(&self) {
        let mut free = self.free.borrow_mut();
        let keep = free.len().saturating_sub(self.spare.get());
        free.truncate(keep);
        free.shrink_to_fit();
        self.spare.set(free.len());
    }
}

/// One of them, which goes back when it is dropped.
pub struct Buffer {
    bytes: Box<[u8]>,
    pool: Rc<Pool>,
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.pool.free.borrow_mut().push(std::mem::take(&mut self.bytes));
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
