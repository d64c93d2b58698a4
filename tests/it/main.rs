//! The tests that use the panel from outside, one module a subject.

mod panel;
mod process;

mod accounting;
mod command_line;
mod serving;
mod share;
mod tidy;
