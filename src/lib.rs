//! mu-panel.
pub mod door;
