//! Resetting the counters of all users.

use super::{
    confirm::{ConfirmPage, Question},
    flash::{self, Flash, Told},
    view::View,
};
use crate::{
    app::App,
    auth::SignedIn,
    error::Result,
    http::{Reply, Request},
};

/// `GET /usage/reset`.
pub fn ask(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let text = &view.text.usage;
    let number = app.census(view.today(), view.now())?.count(None);
    let question = Question {
        before: text.ask_reset,
        name: String::new(),
        after: "",
        lines: vec![(text.ask_reset_what)(number), text.ask_reset_kept.to_owned()],
        action: request.at("/usage/reset"),
        go: text.ask_reset_go,
        danger: false,
        cancel: request.at("/usage"),
    };
    view.page(200, &ConfirmPage { f: view.frame(text.ask_reset_go, "usage")?, t: view.text, question })
}

/// `POST /usage/reset`.
pub fn reset(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    let (outcome, undo) = app.reset_all_users(request.now, app.today(request.now)?)?;
    let number = i64::try_from(outcome.changed.len()).unwrap_or(i64::MAX);
    let told = Told { skipped: outcome.skipped, undo: &undo, ..Told::of(Flash::BulkReset, number) };
    Ok(flash::redirect_with(request, told, &request.at("/usage")))
}
