//! The tests that use the panel from outside, one module a subject.

mod panel;

mod accounting;
mod tidy;
