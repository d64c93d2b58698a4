//! The pages that people see: one askama struct a page, which brings text that is ready to be shown.

mod ask;
mod assets;
mod done;
mod failure;
mod form;
mod frame;
mod language;
mod show;
mod strip;
mod theme;
mod usage;

pub mod files;
pub mod node;
pub mod nodes;
pub mod preferences;
pub mod sessions;
pub mod settings;
pub mod several;
pub mod sign_in;
pub mod statement;
pub mod user;
pub mod users;

pub use assets::{icon, robots, script, style};
pub use failure::failure;
pub use language::switch as language;
pub use theme::switch as theme;
