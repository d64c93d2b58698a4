//! What the tests of the door and those of the whole program share.
#![allow(dead_code)] // each of the two uses its part

pub(crate) mod hostile;
pub(crate) mod keys;
pub(crate) mod programs;
pub(crate) mod wire;
