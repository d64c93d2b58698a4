//! The tests that use the panel from outside, one module a subject.

mod panel;
mod process;

mod accounting;
mod command_line;
mod serving;
mod pages_frame;
mod pages_nodes;
mod pages_sign_in;
mod pages_users;
mod tidy;
