//! The door over real sockets, in front of a real `tiny_http` that says what it was asked.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod any;
mod flood;
mod good;
mod hostile;
mod house;
mod answer_cache;
mod lanes;
mod life;
#[path = "../support/mod.rs"]
mod support;
mod tls;
mod upload;
