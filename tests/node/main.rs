//! The built-in node from outside: real clients go through it to targets of ours, and what they move is counted to
//! the byte.
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

#[path = "../support/mod.rs"]
mod support;

mod clients;
mod greeting;
#[path = "../out/namespace.rs"]
#[allow(dead_code)] // the tests of what goes out use the rest
mod namespace;
mod relay;
mod target;

mod cuts;
mod exact;
mod limits;
mod namespaces;
mod nat;
mod strangers;
