//! mu-panel.
