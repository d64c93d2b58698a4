//! The page of a user, and the actions on it.

use super::{
    confirm::{ConfirmPage, Question},
    events::{self, EventRow},
    flash::{self, Flash},
    form::Form,
    format::{Badge, Fact, QuotaBar, Size, badge, node_name},
    frame::Frame,
    months::{Days, Month, Months, PeriodRow, period_row},
    nodes,
    origin::local_path,
    reply::redirect,
    share::ShareCard,
    user_form::{USER, completed},
    view::View,
};
use crate::{
    app::App,
    auth::SignedIn,
    error::{Error, Fault, Result},
    http::{Reply, Request},
    model::{Draft, Kind, Node, Period, State, TOMBSTONE_TTL, User},
    text::Text,
};
use askama::Template;

#[derive(Template)]
#[template(path = "user.html")]
struct UserPage {
    f: Frame,
    t: &'static Text,
    here: String,
    name: String,
    badge: Badge,
    notice: String,
    total: Size,
    quota_bar: QuotaBar,
    usage: Vec<Fact>,
    on: bool,
    deleted: bool,
    /// Where a node is set up, if none has called yet; else empty.
    no_node: String,
    values: Vec<Value>,
    /// What is handed to them; nothing to a deleted user.
    share_card: Option<ShareCard>,
    old_method: bool,
    /// What can be changed; nothing of a deleted user.
    form: Option<Form<Draft>>,
    /// Why something was not done.
    general: String,
    days: Days,
    months: Months,
    periods: Vec<PeriodRow>,
    events: Vec<EventRow>,
}

struct Value {
    id: String,
    label: String,
    text: String,
}

/// `GET /users/{id}`, with `month` such as `2026-11`.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    view.notice()?;
    let user = app.store.user(id(request)?, request.now)?.ok_or(Error::NotFound)?;
    let form = user.deleted.is_none().then(|| form_of(&user, &view));
    whole_page(&view, 200, &user, form, String::new())
}

/// How often a save is tried again that another one came before.
const RETRIES: usize = 3;

/// `POST /users/{id}`: changes the fields that were sent and touched.
pub fn change(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let typed = request.form();
    for _ in 0..RETRIES {
        let user = app.store.user(id(request)?, view.now())?.ok_or(Error::NotFound)?;
        let now = App::draft_of(&user);
        let mut form = Form::typed(USER, &now, &typed, view.text);
        if user.deleted.is_some() {
            let status = form.refuse(Error::Conflict(Fault::DeletedMeanwhile), view.text)?;
            return page(&view, status, &user, form);
        }
        let conflict = form.merge(&now, view.text);
        let Some(draft) = form.read(now, view.text) else { return page(&view, 400, &user, form) };
        if conflict {
            return page(&view, 409, &user, form);
        }
        let (revision, draft) = (Some(user.revision), completed(draft, &user, app));
        match app.store.change_user(user.id, revision, draft, request.now, view.today()) {
            Ok(user) => return Ok(flash::redirect(request, Flash::UserChanged, user.id, &address(request, user.id))),
            // Another save came between the two: what it changed is taken in first.
            Err(Error::Conflict(Fault::EditedMeanwhile)) => {}
            Err(error) => {
                let status = form.refuse(error, view.text)?;
                return page(&view, status, &user, form);
            }
        }
    }
    Err(Error::Busy(Fault::Locked))
}

fn form_of(user: &User, view: &View<'_>) -> Form<Draft> {
    Form::of(USER, &App::draft_of(user), view.text)
}

/// `POST /users/{id}/switch` with `on` (1 or 0), and `back` for where to go afterwards.
pub fn switch(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    let form = request.form();
    let on = form.text("on") == "1";
    let user = match app.store.switch_user(id(request)?, on, request.now) {
        Ok(user) => user,
        Err(error) => return unless_deleted(app, request, error),
    };
    let back = local_path(request, form.text("back")).unwrap_or_else(|| address(request, user.id));
    Ok(flash::redirect(request, if on { Flash::UserOn } else { Flash::UserOff }, user.id, &back))
}

/// `GET /users/{id}/reset`.
pub fn ask_reset(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let user = match active_user(&view) {
        Ok(user) => user,
        Err(error) => return unless_deleted(app, request, error),
    };
    let text = &view.text.user;
    let (before, after) = text.ask_reset;
    let lines = vec![(text.ask_reset_what)(&user.used.total().to_string()), text.ask_reset_kept.to_owned()];
    let question = Question {
        before,
        name: user.name.as_str().to_owned(),
        after,
        lines,
        action: address(request, user.id) + "/reset",
        go: text.ask_reset_go,
        danger: false,
        cancel: address(request, user.id),
    };
    view.page(200, &ConfirmPage { f: view.frame(text.ask_reset_go, "users")?, t: view.text, question })
}

/// `POST /users/{id}/reset`.
pub fn reset(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    match app.store.reset_user(id(request)?, request.now) {
        Ok(user) => Ok(flash::redirect(request, Flash::UserReset, user.id, &address(request, user.id))),
        Err(error) => unless_deleted(app, request, error),
    }
}

/// `GET /users/{id}/delete`.
pub fn ask_delete(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let user = match active_user(&view) {
        Ok(user) => user,
        Err(error) => return unless_deleted(app, request, error),
    };
    let text = &view.text.user;
    let (before, after) = text.ask_delete;
    let question = Question {
        before,
        name: user.name.as_str().to_owned(),
        after,
        lines: vec![text.ask_delete_what.to_owned(), text.ask_delete_kept.to_owned()],
        action: address(request, user.id) + "/delete",
        go: text.ask_delete_go,
        danger: true,
        cancel: address(request, user.id),
    };
    view.page(200, &ConfirmPage { f: view.frame(text.ask_delete_go, "users")?, t: view.text, question })
}

/// `POST /users/{id}/delete`.
pub fn delete(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    match app.store.remove_user(id(request)?, request.now) {
        Ok(user) => Ok(flash::redirect(request, Flash::UserDeleted, user.id, &request.at("/"))),
        Err(error) => unless_deleted(app, request, error),
    }
}

/// `POST /users/{id}/restore`.
pub fn restore(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let id = id(request)?;
    match app.store.bring_back_user(id, request.now) {
        Ok(user) => Ok(flash::redirect(request, Flash::UserRestored, user.id, &address(request, user.id))),
        Err(error) => {
            let view = View::admin(app, signed_in, request)?;
            let user = app.store.user(id, request.now)?.ok_or(Error::NotFound)?;
            let mut form = form_of(&user, &view);
            let status = form.refuse(error, view.text)?;
            let why = if form.general.is_empty() { form.input("name").error.clone() } else { form.general };
            whole_page(&view, status, &user, None, why)
        }
    }
}

/// If the user has been deleted meanwhile, in another tab say, goes on to their page, which says so and brings them
/// back.
pub fn unless_deleted(app: &App, request: &Request, error: Error) -> Result<Reply> {
    let id = id(request)?;
    match error {
        Error::NotFound if app.store.user(id, request.now)?.is_some() => Ok(redirect(&address(request, id))),
        error => Err(error),
    }
}

/// An address that cannot be anybody's is one where nothing is.
pub fn id(request: &Request) -> Result<i64> {
    request.id("id").map_err(|_| Error::NotFound)
}

/// The user whom the address names, who is here.
pub fn active_user(view: &View<'_>) -> Result<User> {
    let user = view.app.store.user(id(view.request)?, view.now())?;
    user.filter(|user| user.deleted.is_none()).ok_or(Error::NotFound)
}

/// The address of a user's page.
pub fn address(request: &Request, id: i64) -> String {
    request.at(&format!("/users/{id}"))
}

fn page(view: &View<'_>, status: u16, user: &User, form: Form<Draft>) -> Result<Reply> {
    let general = form.general.clone();
    whole_page(view, status, user, Some(form), general)
}

/// The page, with a form if there is anything to change, and what stands in the way of that.
fn whole_page(view: &View<'_>, status: u16, user: &User, form: Option<Form<Draft>>, general: String) -> Result<Reply> {
    let text = view.text;
    let periods = view.app.store.periods(user.id)?;
    let state = user.state(view.today());
    let (begin, path) = (view.zone.date(user.created), format!("/users/{}", user.id));
    let mut nodes = view.app.store.nodes()?;
    let share_card = match user.deleted {
        None => Some(ShareCard::new(view, user, &nodes)?),
        Some(_) => None,
    };
    let no_node = nodes::to_set_up(view, &nodes);
    nodes.retain(|node| !node.address.as_str().is_empty());
    let old_method = user.method.kind() == Kind::Stream;
    let page = UserPage {
        f: view.frame(user.name.as_str(), "users")?.back_to(&path),
        t: text,
        here: address(view.request, user.id),
        name: user.name.as_str().to_owned(),
        badge: badge(state, text),
        notice: notice(user, state, view),
        total: view.size(user.used.total()),
        quota_bar: view.quota_bar(user.used.total(), user.quota),
        usage: facts(user, &periods, view),
        on: user.switch,
        deleted: user.deleted.is_some(),
        no_node,
        share_card,
        values: values(user, &nodes, text),
        old_method,
        form,
        general,
        days: Month::asked(view, begin).days_of_user(view, user.id, &path)?,
        months: Months::of_user(view, user.id, begin, &path)?,
        periods: periods.iter().map(|period| period_row(period, view)).collect(),
        events: events::rows(view, user.id)?,
    };
    view.page(status, &page)
}

fn notice(user: &User, state: State, view: &View<'_>) -> String {
    let text = &view.text.state;
    match state {
        State::On => String::new(),
        State::Off => text.why_off.to_owned(),
        State::OverQuota => text.why_over_quota.to_owned(),
        State::Expired => text.why_expired.to_owned(),
        State::Deleted => {
            let until = user.deleted.unwrap_or_default() + TOMBSTONE_TTL;
            (text.why_deleted)(&view.zone.date(until).to_string())
        }
    }
}

fn facts(user: &User, periods: &[Period], view: &View<'_>) -> Vec<Fact> {
    let text = view.text;
    let lifetime = periods.iter().fold(user.used, |sum, period| sum.plus(period.usage));
    let mut facts = vec![
        Fact::size(text.common.uploaded, view.size(user.used.u)),
        Fact::size(text.common.downloaded, view.size(user.used.d)),
    ];
    if let Some(quota) = user.quota {
        facts.push(Fact::size(text.user.remaining, view.size(quota.minus(user.used.total()))));
    }
    facts.push(Fact::moment(text.users.last_used, view.moment(user.t)));
    let since = view.zone.date(user.period_started).to_string();
    facts.push(Fact { label: text.user.since, value: since, title: view.exactly(user.period_started) });
    if let Some(day) = user.next_reset {
        facts.push(Fact::words(text.user.resets, day.to_string()));
    }
    if let Some(day) = user.expires {
        facts.push(Fact::words(text.user.expires, day.to_string()));
    }
    facts.push(Fact::size(text.user.lifetime, view.size(lifetime.total())));
    let added = view.zone.date(user.created).to_string();
    facts.push(Fact { label: text.user.added, value: added, title: view.exactly(user.created) });
    facts
}

/// What to enter in the app: where to connect to, and as whom.
fn values(user: &User, nodes: &[Node], text: &Text) -> Vec<Value> {
    let several = nodes.len() > 1;
    let mut values: Vec<Value> = nodes
        .iter()
        .map(|node| Value {
            id: format!("c-server-{}", node.id),
            label: if several { node_name(node, text) } else { text.user.server.to_owned() },
            text: node.address.as_str().to_owned(),
        })
        .collect();
    let rest = [
        ("c-port", text.form.port, user.port.to_string()),
        ("c-method", text.form.method, user.method.name().to_owned()),
        ("c-password", text.form.password, user.password.as_str().to_owned()),
        ("c-uuid", text.user.uuid, user.uuid.clone()),
        ("c-id", text.user.id, user.id.to_string()),
    ];
    values.extend(rest.map(|(id, label, text)| Value { id: id.to_owned(), label: label.to_owned(), text }));
    values
}
