//! The page that asks before something is done that is not easily taken back.

use super::frame::{Frame, page};
use crate::text::Text;
use askama::Template;

#[derive(Template)]
#[template(path = "confirm.html")]
pub struct ConfirmPage {
    pub f: Frame,
    pub t: &'static Text,
    pub question: Question,
}

page!(ConfirmPage);

/// The question.
pub struct Question {
    /// What stands before the name.
    pub before: &'static str,
    /// The name of the user or node that it is about; empty if there is none.
    pub name: String,
    /// What stands after the name.
    pub after: &'static str,
    /// What will happen, a sentence or two a paragraph.
    pub lines: Vec<String>,
    /// Where yes is sent to.
    pub action: String,
    /// What yes is called.
    pub go: &'static str,
    /// Whether something is lost by it.
    pub danger: bool,
    /// Where no leads.
    pub cancel: String,
}
