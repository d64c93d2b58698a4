//! Undoing the last action.

use super::{origin::local_path, prelude::*};

/// `POST /undo` with the `step` that the message named, and `back` for where to go afterwards.
pub fn undo(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    let form = request.form();
    app.undo(form.text("step"), request.now)?;
    let back = local_path(request, form.text("back")).unwrap_or_else(|| request.at("/users"));
    Ok(flash::redirect(request, Flash::Undone, 0, &back))
}
