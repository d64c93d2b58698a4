//! The pages that people see: one askama struct a page, which brings text that is ready to be shown.

mod again;
mod ask;
mod assets;
mod chart;
mod done;
mod events;
mod failure;
mod form;
mod frame;
mod hand_over;
mod here;
mod language;
mod programs;
mod show;
mod strip;
mod theme;
mod usage;
mod working;

pub mod backup;
pub mod files;
pub mod node;
pub mod nodes;
pub mod own;
pub mod preferences;
pub mod restore;
pub mod sessions;
pub mod settings;
pub mod several;
pub mod sign_in;
pub mod statement;
pub mod user;
pub mod users;
pub mod vmess;
pub mod watch;

pub use assets::{icon, robots, script, style};
pub use failure::failure;
pub use language::switch as language;
pub use theme::switch as theme;
