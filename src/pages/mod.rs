//! The pages that people see: one askama struct a page, which brings text that is ready to be shown.

mod assets;
mod chart;
mod confirm;
mod events;
mod failure;
mod flash;
mod form;
mod format;
mod frame;
mod language;
mod months;
mod node_form;
mod origin;
mod programs;
mod progress;
mod reply;
mod share;
mod stale_form;
mod summary;
mod span;
mod theme;
mod user_form;
mod view;

pub mod backup;
pub mod bulk;
pub mod files;
pub mod friend_page;
pub mod node;
pub mod nodes;
pub mod preferences;
pub mod reset_all;
pub mod restore;
pub mod sessions;
pub mod settings;
pub mod sharing;
pub mod sign_in;
pub mod usage;
pub mod user;
pub mod users;
pub mod vmess;
pub mod watch;

pub use assets::{icon, robots, script, style};
pub use failure::failure;
pub use language::switch as language;
pub use theme::switch as theme;
