//! Every sentence that a person reads, in each language, as fields of one struct: what is not translated does not compile.

macro_rules! sentences {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),* $(,)? })*) => {
        $($(#[$doc])* #[allow(missing_docs)] // each is said in full, twice, in its language
        pub struct $name { $(pub $field: $kind),* })*
    };
}

pub mod again;
pub mod chart;
mod chinese;
mod english;
mod faults_chinese;
mod faults_english;
pub mod events;
mod fence;
pub mod friend;
pub mod invitation;
pub mod office;
mod office_chinese;
mod office_english;
pub mod setup;
pub mod vmess;
pub mod work;

pub use chinese::CHINESE;
pub use english::ENGLISH;
pub use fence::fenced;

use crate::{error::Fault, model::Time};

/// A sentence around a name, which is put between the two parts.
pub type Around = (&'static str, &'static str);

/// The sentences of one language.
pub struct Text {
    /// What it is called in `lang`, in the cookie and in the settings.
    pub code: &'static str,
    /// What was wrong and what to do about it.
    pub fault: fn(&Fault) -> String,
    /// Somebody did not prove who he is (to a node).
    pub unauthorized: &'static str,
    /// There is nothing at that address.
    pub not_found: &'static str,
    /// A fault of ours.
    pub internal: &'static str,
    /// A fault as a whole sentence of a page.
    pub sentence: fn(&str) -> String,
    /// How long ago something was, given seconds.
    pub ago: fn(Time) -> String,
    /// How long something lasts, given seconds.
    pub lasting: fn(Time) -> String,
    /// A number of bytes in full, its digits already grouped.
    pub bytes: fn(&str) -> String,
    /// A month of a year.
    pub month: fn(i16, i8) -> String,
    /// What stands on every page.
    pub common: Common,
    /// Signing in, and setting the first password.
    pub sign_in: SignIn,
    /// The form of a user.
    pub form: Form,
    /// The list of users.
    pub users: Users,
    /// What keeps a user out, or not.
    pub state: States,
    /// The page of a user.
    pub user: UserPage,
    /// The nodes.
    pub nodes: Nodes,
    /// The settings.
    pub settings: SettingsPage,
    /// The charts of usage.
    pub chart: chart::Chart,
    /// What is done to several users, the statement, sign-ins, files.
    pub office: office::Office,
    /// What has just been done.
    pub done: DoneText,
    /// Pages that say why there is no other.
    pub failure: Failure,
    /// What happened to a user.
    pub events: events::Events,
    /// What is handed to a friend, and his own page.
    pub friend: friend::Friend,
    /// Setting a node up, and its traffic.
    pub setup: setup::Setup,
    /// A form that came too late.
    pub again: again::Again,
    /// Long work, and files on their way to and from browsers.
    pub work: work::Work,
    /// How a node carries VMess.
    pub vmess: vmess::VmessText,
}

type Words = &'static str;

sentences! {
    /// What stands on every page.
    Common {
        skip: Words, pages: Words, users: Words, nodes: Words, settings: Words, sign_out: Words, other_code: Words, other_name: Words,
        undo: Words, save: Words, cancel: Words, copy: Words, copied: Words, show: Words, uploaded: Words, downloaded: Words,
        total: Words, never: Words, never_will: Words, none: Words,
    }
    /// Signing in, and setting the first password.
    SignIn {
        title: Words, password: Words, submit: Words, forgotten: Words, welcome: Words, choose: Words, new_password: Words,
        new_hint: Words, set: Words, unset: Words, unset_hint: Words, expired: Words,
    }
    /// The form of a user.
    Form {
        name: Words, port: Words, port_free: Words, port_hint_new: Words, port_hint: Words, quota: Words, quota_hint: Words,
        no_limit: Words, reset_day: Words, reset_day_hint: Words, day_of_month: fn(i64) -> String, expires: Words,
        expires_hint: Words, method: Words, method_hint: Words, methods: Words, old_methods: Words, password: Words,
        password_hint: Words, note: Words, now: Words,
    }
    /// The list of users.
    Users {
        add: Words, add_button: Words, options: Words, empty: Words, empty_hint: Words, no_node: Words, no_node_link: Words,
        list: Words, filter: Words, all: Words, search: Words, find: Words, sort: Words, direction: Words, ascending: Words,
        descending: Words, nobody: Words, show_all: Words, state: Words, used: Words, last_used: Words, switch: Words,
        let_in: fn(&str) -> String, switch_off: Words, switch_on: Words, paging: Words, range: fn(&str, &str, &str) -> String,
        first: Words, previous: Words, next: Words, last: Words, of: fn(&str) -> String, until: fn(&str) -> String,
    }
    /// What keeps a user out, or not.
    States {
        on: Words, off: Words, over_quota: Words, expired: Words, deleted: Words, why_off: Words, why_over_quota: Words,
        why_expired: Words, why_deleted: fn(&str) -> String,
    }
    /// The page of a user.
    UserPage {
        usage: Words, remaining: Words, since: Words, resets: Words, lifetime: Words, expires: Words, added: Words,
        switch_off: Words, switch_on: Words, reset: Words, delete: Words, restore: Words, connection: Words, server: Words, uuid: Words,
        id: Words, old_method: Words, change: Words, by_day: Words, by_day_hint: Words, months: Words, earlier: Words,
        later: Words, day: Words, sum: Words, no_days: Words, periods: Words, period: Words, no_periods: Words,
        ask_reset: Around, ask_reset_what: fn(&str) -> String, ask_reset_kept: Words, ask_reset_go: Words,
        ask_delete: Around, ask_delete_what: Words, ask_delete_kept: Words, ask_delete_go: Words,
    }
    /// The nodes.
    Nodes {
        empty: Words, empty_hint: Words, unnamed: fn(i64) -> String, seen: fn(&str) -> String, silent: fn(&str) -> String,
        waiting: Words, asked: Words, reported: Words, online: Words, load: Words, uptime: Words, address: Words, own_address: Words,
        rate: Words, refused: Words, add: Words, add_hint: Words, add_button: Words, name: Words, name_example: Words,
        address_hint: Words, rate_hint: Words, state: Words, setup: Words, setup_hint: Words, change: Words, refusals: Words,
        no_refusals: Words,
    }
    /// The settings.
    SettingsPage {
        token: Words, token_hint: Words, show_token: Words, rotate: Words, ask_rotate: Words, ask_rotate_what: Words,
        ask_rotate_how: Words, ask_rotate_go: Words, password: Words, current: Words, new_hint: Words, change_password: Words,
        language: Words, language_hint: Words, browsers: Words, bare: Words,
    }
    /// What has just been done.
    DoneText {
        user_added: Around, user_changed: Around, user_on: Around, user_off: Around, user_reset: Around, user_deleted: Around,
        user_restored: Around, node_added: Around, node_changed: Around, token_rotated: Words, password_changed: Words,
        language_changed: Words, set_up: Words, signed_out: Words,
    }
    /// Pages that say why there is no other.
    Failure {
        home: Words, bad_request: Words, forbidden: Words, not_found: Words, method: Words, conflict: Words, too_large: Words,
        wait: Words, internal: Words, busy: Words,
    }
}

/// A language that the pages come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// The sentences of it.
    pub fn text(self) -> &'static Text {
        match self {
            Self::English => &ENGLISH,
            Self::Chinese => &CHINESE,
        }
    }

    /// The one that is called `en` or `zh`, whatever region follows.
    pub fn named(code: &str) -> Option<Self> {
        let main = code.trim().split(['-', '_']).next().unwrap_or_default();
        [("en", Self::English), ("zh", Self::Chinese)]
            .into_iter()
            .find(|(name, _)| main.eq_ignore_ascii_case(name))
            .map(|(_, language)| language)
    }

    /// The one that an `Accept-Language` header likes best, if it names one that there is.
    pub fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(Self, f32)> = None;
        for range in header.split(',').take(50) {
            let mut parts = range.split(';');
            let Some(language) = parts.next().and_then(Self::named) else { continue };
            let weight =
                parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
            if weight > 0.0 && best.is_none_or(|(_, most)| weight > most) {
                best = Some((language, weight));
            }
        }
        best.map(|(language, _)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_liked_language_is_taken() {
        for (header, language) in [
            ("", None),
            ("de", None),
            ("en", Some(Language::English)),
            ("zh-CN,zh;q=0.9,en;q=0.8", Some(Language::Chinese)),
            ("de, en;q=0.5, zh;q=0.7", Some(Language::Chinese)),
            ("zh;q=0, en;q=0.1", Some(Language::English)),
            ("en ; q=0.1 , zh-Hant-TW; q=0.2", Some(Language::Chinese)),
            ("zh;q=x", None),
            ("english", None),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }
}
