//! mu-panel.
pub mod error;
pub mod model;
