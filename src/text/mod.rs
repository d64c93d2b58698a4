//! Every sentence that a person reads. One file a topic, each sentence in both languages side by side:
//!
//! ```text
//! title = "Activity", "操作记录";
//! reset(used: &str) = format!("Reset; {used} moved to a past period"), format!("流量已清零，{used} 记入历史周期");
//! ```
//!
//! A sentence without its Chinese half does not compile. A topic is a struct with the constants `ENGLISH` and
//! `CHINESE`; a sentence with parameters is a field that holds a function.

/// The type of a sentence: words, or a function that returns them.
macro_rules! kind {
    () => { &'static str };
    (fn $($kind:ty),*) => { fn($($kind),*) -> String };
    (type $kind:ty) => { $kind };
}

/// The value of a sentence.
macro_rules! value {
    ($value:expr) => { $value };
    (fn $($parameter:ident: $kind:ty),*; $value:expr) => { |$($parameter: $kind),*| -> String { $value } };
}

/// Topics, each with its sentences: `name = English, Chinese;`, with `(parameter: type, …)` or `: type` behind the
/// name.
macro_rules! sentences {
    ($($(#[$doc:meta])* $topic:ident { $(
        $(#[$note:meta])*
        $name:ident $(($($parameter:ident: $kind:ty),*))? $(: $type:ty)? = $english:expr, $chinese:expr;
    )* })*) => { $(
        $(#[$doc])*
        #[allow(missing_docs)] // the sentences speak for themselves
        pub struct $topic {
            $($(#[$note])* pub $name: kind!($(fn $($kind),*)? $(type $type)?),)*
        }

        impl $topic {
            /// In English.
            #[allow(unused_variables)] // a language may not need every parameter
            pub const ENGLISH: Self = Self { $($name: value!($(fn $($parameter: $kind),*;)? $english),)* };
            /// 中文。
            #[allow(unused_variables)] // a language may not need every parameter
            pub const CHINESE: Self = Self { $($name: value!($(fn $($parameter: $kind),*;)? $chinese),)* };
        }
    )* };
}

pub mod bulk;
pub mod chart;
pub mod common;
pub mod events;
pub mod failure;
pub mod files;
pub mod flash;
pub mod form;
pub mod friend;
pub mod https;
mod import_rows;
pub mod invitation;
pub mod nodes;
pub mod notices;
pub mod preferences;
pub mod ready;
pub mod reasons;
pub mod settings;
pub mod setup;
pub mod sharing;
pub mod sign_in;
pub mod stale_form;
pub mod summary;
pub mod usage;
pub mod user;
pub mod users;
pub mod vmess;
pub mod work;

mod bidi;
mod faults;
mod language;
mod system;
mod units;

pub use bidi::isolated;
pub use language::Language;

use crate::{error::Fault, model::Time};
use units::{chinese, english};

/// All sentences in English.
pub const ENGLISH: Text = Text::ENGLISH;
/// All sentences in Chinese.
pub const CHINESE: Text = Text::CHINESE;

/// A sentence around a name, which is put between the two parts.
pub type Around = (&'static str, &'static str);

sentences! {
    /// The sentences of one language.
    Text {
        /// The language in `lang`, in the cookie and in the settings.
        code = "en", "zh";
        /// What was wrong and what to do about it.
        fault: fn(&Fault) -> String =
            |fault| faults::words(&bidi::in_fault(fault), Language::English),
            |fault| faults::words(&bidi::in_fault(fault), Language::Chinese);
        /// To a node whose token is missing or wrong.
        unauthorized =
            "the token is missing or wrong: send the one that `mu-panel token` prints, in the header `Token`",
            "令牌缺失或错误：请在请求头 `Token` 中发送 `mu-panel token` 显示的令牌";
        /// There is nothing at that address.
        not_found = "there is nothing at this address", "这个地址没有内容";
        /// An internal error.
        internal = "something went wrong in the panel: its log says what", "面板自身出错了：原因见它的日志";
        /// A fault as a whole sentence of a page.
        sentence: fn(&str) -> String = english::sentence, chinese::sentence;
        /// How long ago something was, given seconds.
        ago: fn(Time) -> String = english::ago, chinese::ago;
        /// How long something lasts, given seconds.
        lasting: fn(Time) -> String = english::lasting, chinese::lasting;
        /// A number of bytes in full, its digits already grouped.
        bytes(number: &str) =
            if number == "1" { "1 byte".to_owned() } else { format!("{number} bytes") },
            format!("{number} 字节");
        /// A month of a year.
        month: fn(i16, i8) -> String = english::month, |year, month| format!("{year} 年 {month} 月");

        bulk: bulk::Bulk = bulk::Bulk::ENGLISH, bulk::Bulk::CHINESE;
        chart: chart::Chart = chart::Chart::ENGLISH, chart::Chart::CHINESE;
        common: common::Common = common::Common::ENGLISH, common::Common::CHINESE;
        events: events::Events = events::Events::ENGLISH, events::Events::CHINESE;
        failure: failure::Failure = failure::Failure::ENGLISH, failure::Failure::CHINESE;
        files: files::Files = files::Files::ENGLISH, files::Files::CHINESE;
        flash: flash::Flash = flash::Flash::ENGLISH, flash::Flash::CHINESE;
        form: form::Form = form::Form::ENGLISH, form::Form::CHINESE;
        friend: friend::Friend = friend::Friend::ENGLISH, friend::Friend::CHINESE;
        https: https::Https = https::Https::ENGLISH, https::Https::CHINESE;
        nodes: nodes::Nodes = nodes::Nodes::ENGLISH, nodes::Nodes::CHINESE;
        notices: notices::Notices = notices::Notices::ENGLISH, notices::Notices::CHINESE;
        preferences: preferences::Preferences = preferences::Preferences::ENGLISH, preferences::Preferences::CHINESE;
        ready: ready::Ready = ready::Ready::ENGLISH, ready::Ready::CHINESE;
        settings: settings::SettingsPage = settings::SettingsPage::ENGLISH, settings::SettingsPage::CHINESE;
        setup: setup::Setup = setup::Setup::ENGLISH, setup::Setup::CHINESE;
        sharing: sharing::Sharing = sharing::Sharing::ENGLISH, sharing::Sharing::CHINESE;
        sign_in: sign_in::SignIn = sign_in::SignIn::ENGLISH, sign_in::SignIn::CHINESE;
        stale_form: stale_form::StaleForm = stale_form::StaleForm::ENGLISH, stale_form::StaleForm::CHINESE;
        state: user::States = user::States::ENGLISH, user::States::CHINESE;
        summary: summary::Summary = summary::Summary::ENGLISH, summary::Summary::CHINESE;
        usage: usage::Usage = usage::Usage::ENGLISH, usage::Usage::CHINESE;
        user: user::UserPage = user::UserPage::ENGLISH, user::UserPage::CHINESE;
        users: users::Users = users::Users::ENGLISH, users::Users::CHINESE;
        vmess: vmess::VmessText = vmess::VmessText::ENGLISH, vmess::VmessText::CHINESE;
        work: work::Work = work::Work::ENGLISH, work::Work::CHINESE;
    }
}
