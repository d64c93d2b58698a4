//! The list of users, and adding one.

use super::{
    flash::{self, Flash},
    form::Form,
    format::{Badge, Moment, QuotaBar, Size, badge, grouped},
    frame::Frame,
    nodes,
    summary::{Summary, summary},
    user_form::new_user,
    view::View,
};
use crate::{
    app::App,
    auth::SignedIn,
    error::Result,
    http::{Pairs, Reply, Request},
    model::{Draft, Filter, Order, State, TOMBSTONE_TTL, User},
    text::{Text, isolated},
};
use askama::Template;
use std::sync::Arc;

/// How many users are on one page of the list.
const PAGE_SIZE: i64 = 50;

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    f: Frame,
    t: &'static Text,
    summary: Summary,
    form: Form<Draft>,
    /// Where a node is set up, if none has called yet; else empty.
    no_node: String,
    total_all: i64,
    /// Whether there is nobody, and nobody to be brought back.
    nobody: bool,
    /// Whether all of them are ticked, and the address where it is the other way.
    ticked: bool,
    tick_href: String,
    tabs: Vec<Tab>,
    columns: Vec<Column>,
    descending: bool,
    q: String,
    state: &'static str,
    rows: Vec<Row>,
    range: String,
    /// The other pages; none if there is but one.
    paging: Vec<Link>,
}

struct Tab {
    href: String,
    label: &'static str,
    count: String,
    selected: bool,
}

struct Column {
    key: &'static str,
    class: &'static str,
    label: &'static str,
    href: String,
    selected: bool,
    aria: &'static str,
    arrow: &'static str,
}

struct Row {
    id: i64,
    tick: String,
    href: String,
    name: String,
    note: String,
    badge: Badge,
    port: u16,
    method: &'static str,
    up: Size,
    down: Size,
    total: Size,
    quota_bar: QuotaBar,
    left: String,
    last: Moment,
    on: bool,
    switch_action: String,
    switch_label: String,
    switch_hint: &'static str,
    /// Until when a deleted user can be brought back, and the address that does so; else empty.
    until: String,
    restore: String,
    restore_label: String,
}

struct Link {
    href: String,
    label: &'static str,
}

/// The states to filter by, as they stand in the address.
const STATES: [(&str, State); 5] = [
    ("on", State::On),
    ("off", State::Off),
    ("over", State::OverQuota),
    ("expired", State::Expired),
    ("removed", State::Deleted),
];

/// The columns to sort by, as they stand in the address, with the class of their cells.
const COLUMNS: [(&str, Order, &str); 6] = [
    ("name", Order::Name, ""),
    ("port", Order::Port, "num"),
    ("up", Order::Uploaded, "num"),
    ("down", Order::Downloaded, "num"),
    ("total", Order::Total, ""),
    ("last", Order::LastUsed, ""),
];

/// `GET /` and `GET /users`, with `q`, `state`, `sort`, `dir` and `page`; with `tick=all` all on the page are ticked.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let form = new_user(&Pairs::default(), &app.defaults()?.draft(view.today()), view.text);
    list(&view, 200, form)
}

/// `POST /users`.
pub fn add(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let mut form = new_user(&request.form(), &app.defaults()?.draft(view.today()), view.text);
    let Some(draft) = form.read(app.defaults()?.draft(view.today()), view.text) else { return list(&view, 400, form) };
    match app.add_user(draft, request.now) {
        Ok(user) => {
            Ok(flash::redirect(request, Flash::UserAdded, user.id, &request.at(&format!("/users/{}", user.id))))
        }
        Err(error) => {
            let status = form.refuse(error, view.text)?;
            list(&view, status, form)
        }
    }
}

fn list(view: &View<'_>, status: u16, form: Form<Draft>) -> Result<Reply> {
    let query = &view.request.query;
    let today = view.today();
    let store = &view.app.store;
    let chosen = STATES.iter().find(|(key, _)| *key == query.text("state"));
    let sort = COLUMNS.iter().find(|(key, ..)| *key == query.text("sort")).unwrap_or(&COLUMNS[0]);
    let descending = query.text("dir") == "desc";
    let q = query.text("q").trim();
    let everybody = view.app.census(today, view.now())?;
    let removed_since = view.now() - TOMBSTONE_TTL;
    let found = if q.is_empty() {
        Arc::clone(&everybody)
    } else {
        Arc::new(store.census(q, today, view.now(), removed_since)?)
    };
    let total_all = everybody.count(None);
    let mut tabs = vec![Tab {
        href: link(view, &[("state", ""), ("page", ""), ("tick", "")]),
        label: view.text.users.all,
        count: grouped(found.count(None)),
        selected: chosen.is_none(),
    }];
    let removed = chosen.is_some_and(|(_, state)| *state == State::Deleted);
    let ticked = query.text("tick") == "all" && !removed;
    for (key, state) in STATES {
        if state == State::Deleted && everybody.removed == 0 && !removed {
            continue;
        }
        tabs.push(Tab {
            href: link(view, &[("state", key), ("page", ""), ("tick", "")]),
            label: state_label(state, view.text),
            count: grouped(found.count(Some(state))),
            selected: chosen.is_some_and(|(chosen, _)| *chosen == key),
        });
    }
    let total = found.count(chosen.map(|(_, state)| *state));
    let pages = ((total + PAGE_SIZE - 1) / PAGE_SIZE).max(1);
    let page = query.text("page").parse().unwrap_or(1).clamp(1, pages);
    let filter = Filter {
        search: q.to_owned(),
        state: chosen.map(|(_, state)| *state),
        removed_since,
        order: sort.1,
        descending,
        skip: (page - 1) * PAGE_SIZE,
        most: PAGE_SIZE,
    };
    let users = store.users(&filter, today)?;
    let nodes = store.nodes()?;
    let from = (page - 1) * PAGE_SIZE + 1;
    let to = (from + PAGE_SIZE - 1).min(total);
    let mut frame = view.frame(view.text.common.users, "users")?.back_to("/users");
    if ticked {
        // Once something has been done to them, they are not ticked any more.
        frame.back = link(view, &[("tick", "")]);
    }
    let page = UsersPage {
        f: frame,
        t: view.text,
        summary: summary(view, &everybody, &nodes)?,
        form,
        no_node: nodes::to_set_up(view, &nodes),
        total_all,
        nobody: total_all == 0 && everybody.removed == 0,
        ticked,
        tick_href: link(view, &[("tick", if ticked { "" } else { "all" })]) + "#bulk",
        tabs,
        columns: columns(view, sort.0, descending),
        descending,
        q: q.to_owned(),
        state: chosen.map_or("", |(key, _)| key),
        rows: users.iter().map(|user| row(user, view)).collect(),
        range: (view.text.users.range)(&grouped(from), &grouped(to), &grouped(total)),
        paging: if pages > 1 { paging(view, page, pages) } else { Vec::new() },
    };
    view.page(status, &page)
}

fn state_label(state: State, text: &Text) -> &'static str {
    match state {
        State::On => text.state.on,
        State::Off => text.state.off,
        State::OverQuota => text.state.over_quota,
        State::Expired => text.state.expired,
        State::Deleted => text.state.deleted,
    }
}

/// The address of the list as it is, but for what is given.
fn link(view: &View<'_>, changes: &[(&str, &str)]) -> String {
    let mut query = view.request.query.clone();
    for (name, value) in changes {
        query = query.with(name, value);
    }
    let query = query.encode();
    view.request.at(&if query.is_empty() { "/users".to_owned() } else { format!("/users?{query}") })
}

fn columns(view: &View<'_>, sort: &str, descending: bool) -> Vec<Column> {
    let text = view.text;
    let labels = [
        text.form.name,
        text.form.port,
        text.common.uploaded,
        text.common.downloaded,
        text.users.used,
        text.users.last_used,
    ];
    let columns = COLUMNS.iter().zip(labels).map(|((key, _, class), label)| {
        let selected = *key == sort;
        // By a size or a time the greatest comes first.
        let falls = if selected { !descending } else { !matches!(*key, "name" | "port") };
        let (aria, arrow) = match (selected, descending) {
            (true, false) => ("ascending", " ↑"),
            (true, true) => ("descending", " ↓"),
            (false, _) => ("", ""),
        };
        let dir = if falls { "desc" } else { "asc" };
        let href = link(view, &[("sort", key), ("dir", dir), ("page", ""), ("tick", "")]);
        Column { key, class, label, href, selected, aria, arrow }
    });
    columns.collect()
}

fn paging(view: &View<'_>, page: i64, pages: i64) -> Vec<Link> {
    let text = &view.text.users;
    let to = |label, target: i64, there: bool| Link {
        href: if there { link(view, &[("page", &target.to_string()), ("tick", "")]) } else { String::new() },
        label,
    };
    vec![
        to(text.first, 1, page > 1),
        to(text.previous, page - 1, page > 1),
        to(text.next, page + 1, page < pages),
        to(text.last, pages, page < pages),
    ]
}

fn row(user: &User, view: &View<'_>) -> Row {
    let here = view.request.at(&format!("/users/{}", user.id));
    let until = user.deleted.map(|at| view.zone.date(at + TOMBSTONE_TTL).to_string());
    Row {
        restore: if until.is_some() { format!("{here}/restore") } else { String::new() },
        restore_label: format!("{}: {}", view.text.user.restore, isolated(user.name.as_str())),
        until: until.map_or_else(String::new, |date| (view.text.users.until)(&date)),
        id: user.id,
        tick: (view.text.bulk.tick)(user.name.as_str()),
        switch_action: format!("{here}/switch"),
        switch_label: (view.text.users.let_in)(user.name.as_str()),
        switch_hint: if user.switch { view.text.users.switch_off } else { view.text.users.switch_on },
        href: here,
        name: user.name.as_str().to_owned(),
        note: user.note.as_str().lines().next().unwrap_or_default().to_owned(),
        badge: badge(user.state(view.today()), view.text),
        port: user.port,
        method: user.method.name(),
        up: view.size(user.used.u),
        down: view.size(user.used.d),
        total: view.size(user.used.total()),
        quota_bar: view.quota_bar(user.used.total(), user.quota),
        left: left(user, view),
        last: view.moment(user.t),
        on: user.switch,
    }
}

/// What is left of a quota, in words.
fn left(user: &User, view: &View<'_>) -> String {
    let text = &view.text.summary;
    match user.quota.map(|quota| quota.minus(user.used.total())) {
        None => String::new(),
        Some(left) if left.get() <= 0 => text.nothing_left.to_owned(),
        Some(left) => (text.left)(&left.to_string()),
    }
}
