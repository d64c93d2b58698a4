//! The list of users, and adding one.

use super::{
    form::Form,
    origin::local_path,
    paging::Paging,
    prelude::*,
    share::Links,
    summary::{Summary, summary},
    user_filter::{Counts, ONLY, Only, Tab, list_link, tabs},
    user_form::new_user,
    user_path::address,
    user_row::{Row, row},
};
use crate::{
    app::{KEPT, ONLINE_WINDOW},
    http::{Pairs, Verb},
    model::{Draft, Filter, Order, SOON_DAYS, TOMBSTONE_TTL},
};
use std::{collections::BTreeSet, sync::Arc};

/// The cookie that says how the list was left.
const LEFT: &str = "mu_panel_list";
/// The longest address that is kept there, in bytes.
const MAX_LEFT_BYTES: usize = 1000;
/// How many users are on one page of the list.
const PAGE_SIZE: i64 = 50;
/// From how many users on there is something to search and to filter.
const TOOLS_FROM: i64 = 8;

#[derive(Template)]
#[template(path = "users.html")]
#[allow(clippy::struct_excessive_bools)] // each shows a part of the page or hides it
struct UsersPage<'a> {
    f: Frame,
    t: &'static Text,
    summary: Summary,
    form: Form<Draft>,
    total_all: i64,
    /// Whether there are no users, and none to be restored.
    nobody: bool,
    /// Whether searching, filtering and sorting are offered.
    tools: bool,
    /// Whether all of them are selected, and the address where it is the other way.
    all_ticked: bool,
    tick_href: String,
    tabs: Vec<Tab>,
    columns: Vec<Column>,
    descending: bool,
    q: String,
    state: &'static str,
    rows: Vec<Row<'a>>,
    /// The address of this page of the list, where what is done to a user comes back to.
    here: String,
    paging: Paging,
}

page!(UsersPage<'_>);

struct Column {
    key: &'static str,
    class: &'static str,
    label: &'static str,
    href: String,
    selected: bool,
    aria: &'static str,
    arrow: &'static str,
}

/// The columns to sort by, as they stand in the address, with the class of their cells.
const COLUMNS: [(&str, Order, &str); 5] = [
    ("name", Order::Name, ""),
    ("total", Order::Total, ""),
    ("expires", Order::Expires, ""),
    ("last", Order::LastUsed, ""),
    ("port", Order::Port, "num port"),
];

/// `GET /` and `GET /users`, with `q`, `state`, `sort`, `dir` and `page`; with `tick=all` all on the page are ticked.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let form = new_user(&Pairs::default(), &app.defaults()?.draft(view.today()), &view)?;
    list(&view, 200, form)
}

/// `POST /users`.
pub fn add(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?.keeping(&[]);
    let defaults = app.defaults()?.draft(view.today());
    let mut form = new_user(view.form(), &defaults, &view)?;
    let Some(draft) = form.read(defaults.clone(), view.text) else { return list(&view, 400, form) };
    let added = draft
        .keeps_last_day(&defaults, None, view.today())
        .map_err(Into::into)
        .and_then(|()| view.write(|| app.add_user(draft, request.now)));
    match added {
        Ok(user) => Ok(flash::redirect(request, Flash::UserAdded, user.id, &address(request, user.id))),
        Err(error) => {
            let status = form.refuse(error, view.text)?;
            list(&view, status, form)
        }
    }
}

fn list(view: &View<'_>, status: u16, form: Form<Draft>) -> Result<Reply> {
    let query = &view.request.query;
    let today = view.today();
    let left = list_link(view, &[("tick", ""), (KEPT, "")]);
    let store = &view.app.store;
    let only = ONLY.iter().find(|(key, _)| *key == query.text("state"));
    let sort = COLUMNS.iter().find(|(key, ..)| *key == query.text("sort")).unwrap_or(&COLUMNS[0]);
    let descending = query.text("dir") == "desc";
    let q = query.text("q").trim();
    let all = view.app.census(today, view.now())?;
    let removed_since = view.now() - TOMBSTONE_TTL;
    let active_since = view.now() - ONLINE_WINDOW;
    let found =
        if q.is_empty() { Arc::clone(&all) } else { Arc::new(store.census(q, today, active_since, removed_since)?) };
    let nodes = store.nodes()?;
    let online = view.app.online(&nodes, view.now())?;
    let (all, found) = (Counts::new(view, all, "", &online)?, Counts::new(view, found, q, &online)?);
    let total_all = all.census.count(None);
    let total = only.map_or(found.census.count(None), |(_, only)| only.count(&found));
    let paging = Paging::of(view, total, PAGE_SIZE, |page| list_link(view, &[("page", page), ("tick", "")]));
    let only = only.map(|(_, only)| *only);
    let filter = Filter {
        search: q.to_owned(),
        state: match only {
            Some(Only::State(state)) => Some(state),
            _ => None,
        },
        removed_since,
        expires_by: (only == Some(Only::Soon)).then(|| today.plus_days(SOON_DAYS)),
        active_since: (only == Some(Only::Online) && online.exact().is_none()).then_some(active_since),
        among: if only == Some(Only::Online) { online.exact() } else { None },
        order: sort.1,
        descending,
        skip: paging.skip,
        most: paging.most,
    };
    let users = store.users(&filter, today)?;
    let links = Links::new(view, &nodes)?;
    let tick = query.text("tick");
    let all_ticked = tick.split('-').any(|part| part == "all");
    let ticked: BTreeSet<i64> = tick.split('-').filter_map(|id| id.parse().ok()).collect();
    let mut rows = Vec::with_capacity(users.len());
    for user in &users {
        let devices = match online.devices(user.id) {
            None | Some(0) => String::new(),
            Some(devices) => (view.text.users.devices)(devices),
        };
        let row = row(user, &links, all_ticked || ticked.contains(&user.id), view);
        rows.push(Row { online: online.is_on(user), devices, ..row });
    }
    let nobody = total_all == 0 && all.census.removed == 0;
    let page = UsersPage {
        f: refusing(view.frame(view.text.common.users, "users")?.back_to("/users"), &form),
        t: view.text,
        summary: summary(view, &all.census, all.online, &nodes)?,
        form,
        total_all,
        nobody,
        tools: total_all >= TOOLS_FROM || !q.is_empty() || only.is_some() || all.census.removed > 0,
        all_ticked,
        tick_href: list_link(view, &[("tick", if all_ticked { "" } else { "all" })]) + "#bulk",
        tabs: tabs(view, &all, &found, only),
        columns: columns(view, sort.0, descending),
        descending,
        q: q.to_owned(),
        state: ONLY.iter().find(|(_, known)| Some(*known) == only).map_or("", |(key, _)| key),
        rows,
        here: list_link(view, &[]),
        paging,
    };
    let reply = view.page(status, &page)?;
    if view.request.verb == Verb::Post || left.len() > MAX_LEFT_BYTES || view.request.cookie(LEFT) == Some(&*left) {
        return Ok(reply);
    }
    Ok(reply.with("Set-Cookie", view.request.set_cookie(LEFT, &left, None)))
}

/// What is wrong with the name alone stands beside it, which is at the top anyway.
fn refusing(frame: Frame, form: &Form<Draft>) -> Frame {
    let is_more = !form.general.is_empty() || form.errors().iter().any(|input| input.name != "name");
    if is_more { frame.refusing(form) } else { frame }
}

/// The address of the list as it was left: searched, sorted, and at its page.
pub fn list_address(request: &Request) -> String {
    let list = request.at("/users");
    let left = request.cookie(LEFT).and_then(|left| local_path(request, left));
    left.filter(|left| *left == list || left.starts_with(&format!("{list}?"))).unwrap_or(list)
}

fn columns(view: &View<'_>, sort: &str, descending: bool) -> Vec<Column> {
    let text = view.text;
    let labels = [text.form.name, text.users.used, text.form.expires, text.users.last_used, text.form.port];
    let columns = COLUMNS.iter().zip(labels).map(|((key, _, class), label)| {
        let selected = *key == sort;
        // Of sizes and times the greatest comes first.
        let falls = if selected { !descending } else { matches!(*key, "total" | "last") };
        let (aria, arrow) = match (selected, descending) {
            (true, false) => ("ascending", " ↑"),
            (true, true) => ("descending", " ↓"),
            (false, _) => ("", ""),
        };
        let dir = if falls { "desc" } else { "asc" };
        let href = list_link(view, &[("sort", key), ("dir", dir), ("page", ""), ("tick", "")]);
        Column { key, class, label, href, selected, aria, arrow }
    });
    columns.collect()
}
