//! What is done to several users at once: a page that names them and asks, and the message about it.

use super::{
    flash::{self, Flash},
    form::Input,
    format::{Badge, badge},
    frame::Frame,
    origin::local_path,
    view::View,
};
use crate::{
    app::App,
    auth::SignedIn,
    error::{Error, Result},
    http::{Reply, Request, id},
    model::{Act, Date, Extension, User},
    text::Text,
};
use askama::Template;
use std::collections::BTreeSet;

/// The most that are named on one page; the list has fewer.
const MAX_SELECTED: usize = 200;
/// As many as are named in the cookie of the message, so that it can be undone.
const MAX_UNDO: usize = MAX_SELECTED;

#[derive(Template)]
#[template(path = "bulk.html")]
struct BulkPage {
    f: Frame,
    t: &'static Text,
    act: String,
    ask: String,
    what: &'static str,
    go: &'static str,
    danger: bool,
    extend: bool,
    by: String,
    date: Input,
    general: &'static str,
    users: Vec<SelectedUser>,
    back: String,
}

struct SelectedUser {
    id: i64,
    href: String,
    name: String,
    badge: Badge,
    expires: String,
}

/// What can be done, and how it is said.
struct BulkAction {
    act: Act,
    ask: fn(i64) -> String,
    what: &'static str,
    go: &'static str,
    flash: Flash,
}

fn action(key: &str, text: &Text) -> Option<BulkAction> {
    let text = &text.bulk;
    let thirty_days = Act::Extend(Extension::Days(30));
    let (act, ask, what, go, flash) = match key {
        "on" => (Act::On, text.ask_on, text.what_on, text.on, Flash::BulkOn),
        "off" => (Act::Off, text.ask_off, text.what_off, text.off, Flash::BulkOff),
        "reset" => (Act::Reset, text.ask_reset, text.what_reset, text.reset, Flash::BulkReset),
        "extend" => (thirty_days, text.ask_extend, text.what_extend, text.extend, Flash::BulkExtended),
        "delete" => (Act::Delete, text.ask_delete, text.what_delete, text.delete, Flash::BulkDeleted),
        _ => return None,
    };
    Some(BulkAction { act, ask, what, go, flash })
}

/// `GET /users/batch` with `act`, `user` for each of them, and `back` for where to go afterwards.
pub fn ask(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let query = &request.query;
    let key = query.text("act");
    let action = action(key, view.text).ok_or(Error::NotFound)?;
    let back = local_path(request, query.text("back")).unwrap_or_else(|| request.at("/users"));
    page(&view, 200, key, &action, &ids(query.all("user")), Typed { back, ..Typed::default() })
}

/// `POST /users/batch` with the same, and to extend `by` and `date`.
pub fn act(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let form = request.form();
    let key = form.text("act");
    let mut action = action(key, view.text).ok_or(Error::NotFound)?;
    let ids = ids(form.all("user"));
    let mut typed = Typed {
        back: local_path(request, form.text("back")).unwrap_or_else(|| request.at("/users")),
        by: form.text("by").to_owned(),
        date: Input::with(form.text("date")),
        general: "",
    };
    if matches!(action.act, Act::Extend(_)) {
        action.act = Act::Extend(match form.text("by") {
            "month" => Extension::Month,
            "until" => match typed.date.read(view.text, Date::parse) {
                Some(date) => Extension::Until(date),
                None => return page(&view, 400, key, &action, &ids, typed),
            },
            _ => Extension::Days(30),
        });
    }
    if ids.is_empty() {
        return page(&view, 400, key, &action, &ids, typed);
    }
    match app.store.change_users(ids.clone(), action.act, request.now, view.today()) {
        Ok(()) => Ok(match action.flash {
            Flash::BulkDeleted if ids.len() <= MAX_UNDO => {
                flash::redirect_with_ids(request, action.flash, &ids, &typed.back)
            }
            done => flash::redirect(request, done, count(ids.len()), &typed.back),
        }),
        Err(Error::NotFound) => {
            typed.general = view.text.bulk.gone;
            page(&view, 409, key, &action, &ids, typed)
        }
        Err(error) => Err(error),
    }
}

/// `POST /users/batch/undo` with `users` in the address: brings back the users who were deleted together.
pub fn undo(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let ids = ids(request.query.text("users").split('-'));
    if ids.is_empty() {
        return Err(Error::NotFound);
    }
    app.store.change_users(ids.clone(), Act::Restore, request.now, view.today())?;
    Ok(flash::redirect(request, Flash::BulkRestored, count(ids.len()), &request.at("/users")))
}

/// What was typed on the page that asks.
#[derive(Default)]
struct Typed {
    back: String,
    by: String,
    date: Input,
    general: &'static str,
}

fn ids<'a>(given: impl Iterator<Item = &'a str>) -> Vec<i64> {
    let ids: BTreeSet<i64> = given.filter_map(|text| id("user", text).ok()).take(MAX_SELECTED).collect();
    ids.into_iter().collect()
}

fn page(view: &View<'_>, status: u16, key: &str, action: &BulkAction, ids: &[i64], typed: Typed) -> Result<Reply> {
    let mut users = Vec::new();
    for id in ids {
        let user = view.app.store.user(*id, view.now())?;
        users.extend(user.filter(|user| user.deleted.is_none()).map(|user| selected(&user, view)));
    }
    let ask = (action.ask)(count(users.len()));
    let page = BulkPage {
        f: view.frame(action.go, "users")?.back_to("/users"),
        t: view.text,
        act: key.to_owned(),
        ask,
        what: action.what,
        go: action.go,
        danger: action.act == Act::Delete,
        extend: matches!(action.act, Act::Extend(_)),
        by: if typed.by.is_empty() { "days".to_owned() } else { typed.by },
        date: typed.date,
        general: typed.general,
        users,
        back: typed.back,
    };
    view.page(status, &page)
}

fn selected(user: &User, view: &View<'_>) -> SelectedUser {
    SelectedUser {
        id: user.id,
        href: view.request.at(&format!("/users/{}", user.id)),
        name: user.name.as_str().to_owned(),
        badge: badge(user.state(view.today()), view.text),
        expires: user.expires.map_or_else(String::new, |date| date.to_string()),
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
