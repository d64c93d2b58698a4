//! What is done to several users at once: a page that names them and asks, and the message about it.

use super::{
    flash::{self, FlashMessage},
    form::Input,
    format::{Badge, badge},
    frame::{Frame, View, local_path, with_security_headers},
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
/// A message is kept in a cookie: a longer list than this does not fit into one.
const MAX_COOKIE_BYTES: usize = 3000;

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
    done: fn(i64) -> String,
}

fn action(key: &str, text: &Text) -> Option<BulkAction> {
    let text = &text.bulk;
    let (act, ask, what, go, done) = match key {
        "on" => (Act::On, text.ask_on, text.what_on, text.on, text.done_on),
        "off" => (Act::Off, text.ask_off, text.what_off, text.off, text.done_off),
        "reset" => (Act::Reset, text.ask_reset, text.what_reset, text.reset, text.done_reset),
        "extend" => {
            (Act::Extend(Extension::Days(30)), text.ask_extend, text.what_extend, text.extend, text.done_extend)
        }
        "delete" => (Act::Delete, text.ask_delete, text.what_delete, text.delete, text.done_delete),
        "import" => (Act::Restore, text.ask_on, "", text.on, text.done_import),
        "restore" => (Act::Restore, text.ask_on, "", text.on, text.done_restore),
        _ => return None,
    };
    Some(BulkAction { act, ask, what, go, done })
}

/// `GET /users/batch` with `act`, `user` for each of them, and `back` for where to go afterwards.
pub fn ask(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let query = &request.query;
    let key = query.text("act");
    let action = action(key, view.text).filter(|action| action.act != Act::Restore).ok_or(Error::NotFound)?;
    let back = local_path(request, query.text("back")).unwrap_or_else(|| request.at("/users"));
    page(&view, 200, key, &action, &ids(query.all("user")), Typed { back, ..Typed::default() })
}

/// `POST /users/batch` with the same, and to extend `by` and `date`.
pub fn act(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let form = request.form();
    let key = form.text("act");
    let mut action = action(key, view.text).filter(|action| action.act != Act::Restore).ok_or(Error::NotFound)?;
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
        Ok(()) => Ok(redirect(request, key, &ids, &typed.back)),
        Err(Error::NotFound) => {
            typed.general = view.text.bulk.gone;
            page(&view, 409, key, &action, &ids, typed)
        }
        Err(error) => Err(error),
    }
}

/// `POST /users/batch/undo` with `users` in the address: brings back those who were deleted together.
pub fn undo(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let ids = ids(request.query.text("users").split('-'));
    if ids.is_empty() {
        return Err(Error::NotFound);
    }
    app.store.change_users(ids.clone(), Act::Restore, request.now, view.today())?;
    Ok(redirect(request, "restore", &ids, &request.at("/users")))
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
    let ask = (action.ask)(i64::try_from(users.len()).unwrap_or(i64::MAX));
    let page = BulkPage {
        f: view.frame(action.go, "users").back_to("/users"),
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

/// Goes on to `location`, where it is told what was done and to how many.
fn redirect(request: &Request, key: &str, ids: &[i64], location: &str) -> Reply {
    let list = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join("-");
    // What was deleted is named one by one, so that it can be undone; of the rest the number is enough.
    let told = if key == "delete" && list.len() <= MAX_COOKIE_BYTES { list } else { format!("x{}", ids.len()) };
    let told = request.set_cookie(flash::COOKIE, &format!("bulk-{key}.{told}"), Some(60));
    with_security_headers(Reply::see_other(location)).with("Set-Cookie", told)
}

/// Goes on to `location`, where it is told that something was done to that many.
pub fn redirect_with_count(request: &Request, key: &str, number: i64, location: &str) -> Reply {
    let told = request.set_cookie(flash::COOKIE, &format!("bulk-{key}.x{number}"), Some(60));
    with_security_headers(Reply::see_other(location)).with("Set-Cookie", told)
}

/// The message about it, from what the cookie says.
pub fn message(view: &View<'_>, key: &str, list: &str) -> Option<FlashMessage> {
    let action = action(key.strip_prefix("bulk-")?, view.text)?;
    let (number, undo) = if let Some(number) = list.strip_prefix('x') {
        (number.parse().ok()?, String::new())
    } else {
        let ids = ids(list.split('-'));
        let list = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join("-");
        (ids.len(), view.request.at(&format!("/users/batch/undo?users={list}")))
    };
    let number = i64::try_from(number).ok()?;
    Some(FlashMessage { before: "", name: (action.done)(number), after: "", undo })
}
