//! The tests that use the panel from outside, one module a subject.
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

mod logged;
mod panel;
mod process;
mod wire;

mod accounting;
mod api_refusals;
mod api_requests;
mod api_rows;
mod command_line;
mod concurrency;
mod history;
mod migration;
mod pages_files;
mod pages_frame;
mod pages_nodes;
mod pages_settings;
mod pages_several;
mod pages_sign_in;
mod pages_statement;
mod pages_users;
mod periods;
mod serving;
mod share;
mod tidy;
