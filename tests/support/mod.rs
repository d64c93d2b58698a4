//! What the tests of the door and those of the whole program share.

pub(crate) mod hostile;
pub(crate) mod keys;
pub(crate) mod wire;
