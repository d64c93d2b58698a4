//! The built-in node from outside: real clients go through it to targets of ours, and what they move is counted to
//! the byte.
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

#[path = "../support/mod.rs"]
mod support;

mod clients;
mod relay;
mod target;

mod cuts;
mod exact;
mod strangers;
