//! The settings: showing them, the node token, the admin's password.

use super::{
    confirm::Question,
    form::refused,
    prelude::*,
    settings_page::{Forms, page},
};
use crate::{auth, store::Setting};

/// `GET /settings`.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    page(&View::admin(app, signed_in, request)?, signed_in, 200, |_| ())
}

/// `POST /settings/token`: the same page, with the token on it.
pub fn token(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let token = app.node_token()?;
    page(&View::admin(app, signed_in, request)?, signed_in, 200, |forms| forms.token = token)
}

/// `GET /settings/rotate`.
pub fn ask_rotate(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let text = &view.text.settings;
    let question = Question {
        before: text.ask_rotate,
        lines: vec![text.ask_rotate_what.to_owned(), text.ask_rotate_how.to_owned()],
        action: request.at("/settings/rotate"),
        go: text.ask_rotate_go,
        danger: true,
        cancel: request.at("/settings"),
        ..Question::default()
    };
    view.ask("settings", question)
}

/// `POST /settings/rotate`.
pub fn rotate(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    app.rotate_token()?;
    app.store.note_changed(Setting::NodeToken, request.now)?;
    Ok(flash::redirect(request, Flash::TokenRotated, 0, &request.at("/settings")))
}

/// `POST /settings/password` with `current` and `new`.
pub fn password(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?.keeping(&["current", "new"]);
    let form = view.form();
    let change = || auth::change_password(app, signed_in, request, form.text("current"), form.text("new"));
    match view.write(change) {
        Ok(cookie) => {
            let reply = flash::redirect(request, Flash::PasswordChanged, 0, &request.at("/settings"));
            Ok(cookie.attach(request, reply))
        }
        Err(error) => {
            let Some(fault) = error.fault() else { return Err(error) };
            let said = (view.text.sentence)(&(view.text.fault)(fault));
            let put = |forms: &mut Forms| match fault.field() {
                Some("new") => forms.new_error = said,
                _ => forms.current_error = said,
            };
            if let Fault::Wait { seconds } = fault {
                return Ok(page(&view, signed_in, 429, put)?.with("Retry-After", seconds.to_string()));
            }
            page(&view, signed_in, refused(&error), put)
        }
    }
}
