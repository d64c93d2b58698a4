//! What is done to several users at once: a page that names them and asks, and the message about it.

use super::{
    done::{self, Flash},
    form::Input,
    frame::{Frame, View, guarded, local},
    show::{Badge, badge},
};
use crate::{
    app::App,
    auth::SignedIn,
    error::{Error, Result},
    http::{Reply, Request, id},
    model::{Act, Date, Extension, User},
    text::{Text, office::Counted},
};
use askama::Template;
use std::collections::BTreeSet;

/// The most that are named on one page; the list has fewer.
const MOST: usize = 200;
/// A message is kept in a cookie: a longer list than this does not fit into one.
const LONGEST: usize = 3000;

#[derive(Template)]
#[template(path = "several.html")]
struct SeveralPage {
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
    users: Vec<Named>,
    back: String,
}

struct Named {
    id: i64,
    href: String,
    name: String,
    badge: Badge,
    expires: String,
}

/// What can be done, and how it is said.
struct Deed {
    act: Act,
    ask: Counted,
    what: &'static str,
    go: &'static str,
    done: Counted,
}

fn deed(key: &str, text: &Text) -> Option<Deed> {
    let text = &text.office.batch;
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
    Some(Deed { act, ask, what, go, done })
}

/// `GET /users/batch` with `act`, `user` for each of them, and `back` for where to go afterwards.
pub fn ask(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let query = &request.query;
    let key = query.text("act");
    let deed = deed(key, view.text).filter(|deed| deed.act != Act::Restore).ok_or(Error::NotFound)?;
    let back = local(request, query.text("back")).unwrap_or_else(|| request.at("/users"));
    page(&view, 200, key, &deed, &ids(query.all("user")), Typed { back, ..Typed::default() })
}

/// `POST /users/batch` with the same, and to extend `by` and `date`.
pub fn act(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let form = request.form();
    let key = form.text("act");
    let mut deed = deed(key, view.text).filter(|deed| deed.act != Act::Restore).ok_or(Error::NotFound)?;
    let ids = ids(form.all("user"));
    let mut typed = Typed {
        back: local(request, form.text("back")).unwrap_or_else(|| request.at("/users")),
        by: form.text("by").to_owned(),
        date: Input::with(form.text("date")),
        general: "",
    };
    if matches!(deed.act, Act::Extend(_)) {
        deed.act = Act::Extend(match form.text("by") {
            "month" => Extension::Month,
            "until" => match typed.date.read(view.text, Date::parse) {
                Some(date) => Extension::Until(date),
                None => return page(&view, 400, key, &deed, &ids, typed),
            },
            _ => Extension::Days(30),
        });
    }
    if ids.is_empty() {
        return page(&view, 400, key, &deed, &ids, typed);
    }
    match app.store.change_users(ids.clone(), deed.act, request.now, view.today()) {
        Ok(()) => Ok(and_tell(request, key, &ids, &typed.back)),
        Err(Error::NotFound) => {
            typed.general = view.text.office.batch.gone;
            page(&view, 409, key, &deed, &ids, typed)
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
    Ok(and_tell(request, "restore", &ids, &request.at("/users")))
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
    let ids: BTreeSet<i64> = given.filter_map(|text| id("user", text).ok()).take(MOST).collect();
    ids.into_iter().collect()
}

fn page(view: &View<'_>, status: u16, key: &str, deed: &Deed, ids: &[i64], typed: Typed) -> Result<Reply> {
    let mut users = Vec::new();
    for id in ids {
        let user = view.app.store.user(*id, view.now())?;
        users.extend(user.filter(|user| user.deleted.is_none()).map(|user| named(&user, view)));
    }
    let ask = (deed.ask)(i64::try_from(users.len()).unwrap_or(i64::MAX));
    let page = SeveralPage {
        f: view.frame(deed.go, "users").back_to("/users"),
        t: view.text,
        act: key.to_owned(),
        ask,
        what: deed.what,
        go: deed.go,
        danger: deed.act == Act::Delete,
        extend: matches!(deed.act, Act::Extend(_)),
        by: if typed.by.is_empty() { "days".to_owned() } else { typed.by },
        date: typed.date,
        general: typed.general,
        users,
        back: typed.back,
    };
    view.page(status, &page)
}

fn named(user: &User, view: &View<'_>) -> Named {
    Named {
        id: user.id,
        href: view.request.at(&format!("/users/{}", user.id)),
        name: user.name.as_str().to_owned(),
        badge: badge(user.state(view.today()), view.text),
        expires: user.expires.map_or_else(String::new, |date| date.to_string()),
    }
}

/// Goes on to `location`, where it is told what was done and to how many.
fn and_tell(request: &Request, key: &str, ids: &[i64], location: &str) -> Reply {
    let list = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join("-");
    // What was deleted is named one by one, so that it can be undone; of the rest the number is enough.
    let told = if key == "delete" && list.len() <= LONGEST { list } else { format!("x{}", ids.len()) };
    let told = request.set_cookie(done::COOKIE, &format!("several-{key}.{told}"), Some(60));
    guarded(Reply::see_other(location)).with("Set-Cookie", told)
}

/// Goes on to `location`, where it is told that something was done to that many.
pub fn and_tell_number(request: &Request, key: &str, number: i64, location: &str) -> Reply {
    let told = request.set_cookie(done::COOKIE, &format!("several-{key}.x{number}"), Some(60));
    guarded(Reply::see_other(location)).with("Set-Cookie", told)
}

/// The message about it, from what the cookie says.
pub fn told(view: &View<'_>, key: &str, list: &str) -> Option<Flash> {
    let deed = deed(key.strip_prefix("several-")?, view.text)?;
    let (number, undo) = if let Some(number) = list.strip_prefix('x') {
        (number.parse().ok()?, String::new())
    } else {
        let ids = ids(list.split('-'));
        let list = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join("-");
        (ids.len(), view.request.at(&format!("/users/batch/undo?users={list}")))
    };
    let number = i64::try_from(number).ok()?;
    Some(Flash { before: "", name: (deed.done)(number), after: "", undo })
}
