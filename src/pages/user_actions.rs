//! What is done to a user with one click, each with its undo; and what is asked about first.

use super::{
    confirm::Question,
    flash::Told,
    origin::local_path,
    prelude::*,
    user_path::{active_user, address, id, unless_deleted},
    users::list_address,
};
use crate::{
    model::{Act, Bytes, Extension},
    text::Around,
};

/// What one click adds to a quota, in bytes: 10 GiB.
const QUOTA_STEP: i64 = 10 << 30;

/// `POST /users/{id}/quota`: 10 GiB more.
pub fn add_quota(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    act(app, request, Act::AddQuota(Bytes::new(QUOTA_STEP)), Flash::UserQuota, Flash::UserUnlimited)
}

/// `POST /users/{id}/extend`: one month more, from today if the last day has passed.
pub fn extend(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    act(app, request, Act::Extend(Extension::Month), Flash::UserExtended, Flash::UserEndless)
}

/// `POST /users/{id}/switch` with `on` (1 or 0).
pub fn switch(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    if request.form().text("on") == "1" {
        act(app, request, Act::On, Flash::UserOn, Flash::UserWasOn)
    } else {
        act(app, request, Act::Off, Flash::UserOff, Flash::UserWasOff)
    }
}

/// `POST /users/{id}/reset`.
pub fn reset(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    act(app, request, Act::Reset, Flash::UserReset, Flash::UserUnused)
}

/// Does it, and goes `back`, or to the page of the user, where it is told and can be undone; or it is told that there
/// was nothing to do.
fn act(app: &App, request: &Request, act: Act, done: Flash, skipped: Flash) -> Result<Reply> {
    let id = id(request)?;
    let back = local_path(request, request.form().text("back")).unwrap_or_else(|| address(request, id));
    match app.change_users(vec![id], act, request.now, app.today(request.now)?) {
        Ok((outcome, undo)) => {
            let flash = if outcome.changed.is_empty() { skipped } else { done };
            Ok(flash::redirect_with(request, Told { undo: &undo, ..Told::of(flash, id) }, &back))
        }
        Err(error) => unless_deleted(app, request, error),
    }
}

/// `GET /users/{id}/delete`.
pub fn ask_delete(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let text = &view.text.user;
    ask(&view, "/delete", text.ask_delete, [text.ask_delete_what, text.ask_delete_kept], view.text.common.delete)
}

/// `POST /users/{id}/delete`.
pub fn delete(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    let id = id(request)?;
    match app.change_users(vec![id], Act::Delete, request.now, app.today(request.now)?) {
        Ok((_, undo)) => {
            let told = Told { undo: &undo, ..Told::of(Flash::UserDeleted, id) };
            Ok(flash::redirect_with(request, told, &list_address(request)))
        }
        Err(error) => unless_deleted(app, request, error),
    }
}

/// `GET /users/{id}/password`.
pub fn ask_password(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let text = &view.text.user;
    ask(&view, "/password", text.ask_password, [text.ask_password_what, text.ask_password_how], text.ask_password_go)
}

/// `POST /users/{id}/password`: a new random one.
pub fn password(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let user = match active_user(&view) {
        Ok(user) => user,
        Err(error) => return unless_deleted(app, request, error),
    };
    let mut draft = App::draft_of(&user);
    draft.password = Some(app.password_for(user.method));
    app.store.change_user(user.id, None, draft, request.now, view.today())?;
    Ok(flash::redirect(request, Flash::UserRelinked, user.id, &(address(request, user.id) + "#share")))
}

/// The page that asks before something is done to the user whom the address names.
pub(super) fn ask(view: &View<'_>, path: &str, around: Around, lines: [&str; 2], go: &'static str) -> Result<Reply> {
    let user = match active_user(view) {
        Ok(user) => user,
        Err(error) => return unless_deleted(view.app, view.request, error),
    };
    let question = Question {
        before: around.0,
        name: user.name.as_str().to_owned(),
        after: around.1,
        lines: lines.map(str::to_owned).into(),
        action: address(view.request, user.id) + path,
        go,
        danger: true,
        cancel: address(view.request, user.id),
    };
    view.ask("users", question)
}
