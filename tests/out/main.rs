//! The tests of what goes out of the program: lookups, calls, certificates and notices, with real peers.
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

#[path = "../support/mod.rs"]
mod support;
mod namespace;
mod panel;
mod recorder;

mod acme;
mod authority;
mod channels;
mod https;
mod notices;
mod pages;
mod renewal;
mod resolver;
mod told;
