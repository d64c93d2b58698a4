//! The page that asks before something is done that is not easily taken back.

use super::prelude::*;

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage {
    f: Frame,
    t: &'static Text,
    question: Question,
}

page!(ConfirmPage);

/// The question.
#[derive(Default)]
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

impl View<'_> {
    /// The page that asks it.
    pub fn ask(&self, section: &'static str, question: Question) -> Result<Reply> {
        self.page(200, &ConfirmPage { f: self.frame(question.go, section)?, t: self.text, question })
    }
}
