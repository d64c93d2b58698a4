//! The tests that use the panel from outside, one module a subject.
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

#[path = "../support/mod.rs"]
mod support;
#[allow(dead_code)] // the tests of the node use the rest
#[path = "../node/clients.rs"]
mod clients;
#[allow(dead_code)] // the tests of the node use the rest
#[path = "../node/greeting.rs"]
mod greeting;
mod logged;
mod panel;
mod process;
#[allow(dead_code)] // the tests of the node use the rest
#[path = "../node/target.rs"]
mod target;
mod wire;

mod accounting;
mod admission;
mod agreed;
mod api_lists;
mod api_refusals;
mod api_requests;
mod api_rows;
mod api_shut_out;
mod built_in;
mod built_in_nat;
mod built_in_words;
mod cached_answers;
mod client;
mod command_line;
mod concurrency;
mod days;
mod durability;
mod durability_clock;
mod durability_copies;
mod durability_disk;
mod durability_litestream;
mod durability_many;
mod durability_parts;
mod durability_restore;
mod durability_wal;
mod front;
mod happened;
mod history;
mod hostile_names;
mod imported;
mod kept_rows;
mod left_out;
mod let_in;
mod migration;
mod multipart;
mod online;
mod oracle;
mod pages_bulk;
mod pages_claims;
mod pages_expiry;
mod pages_files;
mod pages_frame;
mod pages_friend;
mod pages_kept_form;
mod pages_many;
mod pages_nodes;
mod pages_notices;
mod pages_order;
mod pages_restore;
mod pages_settings;
mod pages_setup;
mod pages_sharing;
mod pages_sign_in;
mod pages_slips;
mod pages_stale_form;
mod pages_summary;
mod pages_tabs;
mod pages_twice;
mod pages_usage;
mod pages_usage_range;
mod pages_users;
mod pages_vmess;
mod pages_wrong;
mod parsers;
mod packaging;
mod periods;
mod ports;
mod running;
mod serving;
mod side_by_side;
mod share;
mod tidy;
