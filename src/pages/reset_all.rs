//! Resetting the counters of all users.

use super::{confirm::Question, flash::Told, prelude::*};

/// `GET /usage/reset`.
pub fn ask(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let text = &view.text.usage;
    let number = app.census(view.today(), view.now())?.count(None);
    let question = Question {
        before: text.ask_reset,
        lines: vec![(text.ask_reset_what)(number), text.ask_reset_kept.to_owned()],
        action: request.at("/usage/reset"),
        go: text.ask_reset_go,
        cancel: request.at("/usage"),
        ..Question::default()
    };
    view.ask("usage", question)
}

/// `POST /usage/reset`.
pub fn reset(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    let (outcome, undo) = app.reset_all_users(request.now, app.today(request.now)?)?;
    let number = i64::try_from(outcome.changed.len()).unwrap_or(i64::MAX);
    let told = Told { skipped: outcome.skipped, undo: &undo, ..Told::of(Flash::BulkReset, number) };
    Ok(flash::redirect_with(request, told, &request.at("/usage")))
}
