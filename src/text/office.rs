//! What the office says: the strip above the users, what is done to several at once, the statement, sign-ins, files.

pub use super::{office_chinese::CHINESE, office_english::ENGLISH};

use super::Words;

/// A sentence with a number in it.
pub type Counted = fn(i64) -> String;

macro_rules! sentences {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),* $(,)? })*) => {
        $($(#[$doc])* #[allow(missing_docs)] // each is said in full, twice, in its language
        pub struct $name { $(pub $field: $kind),* })*
    };
}

sentences! {
    /// All of it.
    Office { strip: Strip, batch: Batch, statement: Statement, settings: Preferences, files: Files }
    /// The strip above the users.
    Strip {
        title: Words, online: Words, online_hint: Words, out: Words, out_hint: fn(&str, &str) -> String, month: Words,
        month_hint: Words, nodes: Words, one_node: Words, no_node: Words, silent: fn(&str, &str) -> String, refused: Words,
        left: fn(&str) -> String, nothing_left: Words,
    }
    /// Users and the database as files.
    Files {
        title: Words, what: Words, backup: Words, json: Words, csv: Words, import: Words, restore: Words, list: Words, list_hint: Words,
        look: Words, ask: Counted, preview: Words, collide: Words,
    }
    /// The time zone, what new users get, sign-ins, light and dark.
    Preferences {
        zone: Words, zone_name: Words, zone_machine: Words, zone_what: Words, zone_now: Words, zone_done: Words, defaults: Words,
        defaults_what: Words, defaults_done: Words, days: Words, days_hint: Words, sessions: Words, sessions_what: Words,
        since: Words, seen: Words, this_one: Words, end: Words, end_others: Words, ended: Words, others_ended: Words,
        theme: Words, system: Words, light: Words, dark: Words,
    }
    /// What each user used in a month.
    Statement {
        title: Words, month: Words, hint: Words, running: fn(&str) -> String, share: Words, csv: Words, print: Words, close: Words,
        ask_close: Words, ask_close_what: Counted, ask_close_kept: Words, ask_close_go: Words,
    }
    /// What is done to several users at once.
    Batch {
        title: Words, hint: Words, tick: fn(&str) -> String, tick_all: Words, tick_none: Words, select: Words, on: Words, off: Words, reset: Words, extend: Words,
        delete: Words, ask_on: Counted, ask_off: Counted, ask_reset: Counted, ask_extend: Counted, ask_delete: Counted,
        what_on: Words, what_off: Words, what_reset: Words, what_extend: Words, what_delete: Words, by: Words, days: Words,
        month: Words, until: Words, date: Words, until_hint: Words, nobody: Words, nobody_hint: Words, back: Words, gone: Words,
        done_on: Counted, done_off: Counted, done_reset: Counted, done_extend: Counted, done_delete: Counted, done_restore: Counted, done_import: Counted,
    }
}
