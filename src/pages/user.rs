//! The page of a user, and changing them.

use super::{
    days::{Days, Month},
    events::{self, EventRow},
    flash_message::FlashMessage,
    form::Form,
    format::{Badge, Fact, QuotaBar, Size, badge},
    months::{Months, PeriodRow, period_row},
    prelude::*,
    ready::{Ready, ready},
    settings_form::RETRIES,
    share::ShareCard,
    user_facts::{Value, facts, no_access, notice, values},
    user_form::{DAILY, USER, completed, node_choices, replace_expiry},
    user_path::{address, id},
    user_saved,
    users::list_address,
};
use crate::model::{Date, Draft, Kind, Node, NodeAccess, State, User};

#[derive(Template)]
#[template(path = "user.html")]
#[allow(clippy::struct_excessive_bools)] // each shows a part of the page or hides it
struct UserPage {
    f: Frame,
    t: &'static Text,
    here: String,
    /// The list as it was left, at this user.
    list: String,
    name: String,
    badge: Badge,
    notice: String,
    total: Size,
    quota_bar: QuotaBar,
    usage: Vec<Fact>,
    on: bool,
    deleted: bool,
    /// Whether they can connect yet, as long as that is news.
    ready: Option<Ready>,
    values: Vec<Value>,
    /// What is handed to them; nothing to a deleted user.
    share_card: Option<ShareCard>,
    old_method: bool,
    /// What can be changed; nothing of a deleted user.
    form: Option<Form<Draft>>,
    /// Why saving waits for a second click.
    asked: Vec<String>,
    /// Whether the quota, the last day and the counters are there to be changed with one click.
    has_quota: bool,
    has_expiry: bool,
    has_usage: bool,
    /// Why an invitation would not work at present; empty if it would.
    no_access: String,
    days: Days,
    months: Months,
    periods: Vec<PeriodRow>,
    events: Vec<EventRow>,
}

page!(UserPage);

/// `GET /users/{id}`, with `month` such as `2026-11`; with `field` that one is unfolded and has the cursor.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    view.notice()?;
    let user = app.store.user(id(request)?, request.now)?.ok_or(Error::NotFound)?;
    let mut form = match user.deleted {
        None => Some(form_of(&user, &view)?),
        Some(_) => None,
    };
    for input in form.iter_mut().flat_map(|form| &mut form.inputs) {
        input.focus = input.name == request.query.text("field");
    }
    whole_page(&view, 200, &user, form, Notice::default())
}

/// `POST /users/{id}`: changes the fields that were sent and touched.
pub fn change(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?.keeping(&[]);
    let typed = view.form();
    for _ in 0..RETRIES {
        let user = app.store.user(id(request)?, view.now())?.ok_or(Error::NotFound)?;
        let now = App::draft_of(&user);
        let mut form = Form::typed(USER, &now, typed, view.text).offer("nodes", node_choices(&view, &now.terms.nodes)?);
        if user.deleted.is_some() {
            return refused(&view, &user, form, Error::Conflict(Fault::DeletedMeanwhile));
        }
        let conflict = form.merge(&now, view.text);
        replace_expiry(&mut form, &now);
        let Some(draft) = form.read(now, view.text) else { return page(&view, 400, &user, form) };
        if conflict {
            return page(&view, 409, &user, form);
        }
        if let Err(fault) = draft.keeps_last_day(&App::draft_of(&user), user.next_reset, view.today()) {
            return refused(&view, &user, form, fault.into());
        }
        let (revision, draft) = (Some(user.revision), completed(draft, &user, app));
        if draft == App::draft_of(&user) {
            return Ok(view.unchanged(&address(request, user.id)));
        }
        let relinked =
            (draft.port, draft.method, draft.password.as_ref()) != (Some(user.port), user.method, Some(&user.password));
        let nodes = app.store.nodes()?;
        let may_use = |access: &NodeAccess, node: &Node| access.allows(node.id) && !node.address.as_str().is_empty();
        let is_lost = |node: &&Node| may_use(&user.terms.nodes, node) && !may_use(&draft.terms.nodes, node);
        let lost = i64::try_from(nodes.iter().filter(is_lost).count()).unwrap_or(i64::MAX);
        let (rekeyed, relinked) = (relinked, relinked || lost > 0);
        let shortened = draft.renewal_shortens(&App::draft_of(&user), user.next_reset, view.today());
        if (relinked || shortened.is_some()) && typed.text("sure") != "1" {
            // What another user has stands in the way, whatever is answered.
            if let Err(error) = app.store.may_change_user(&user, &draft, request.now) {
                return refused(&view, &user, form, error);
            }
            return whole_page(
                &view,
                200,
                &user,
                Some(form.opened(true)),
                Notice { asked: asked(rekeyed, lost, shortened, view.text), ..Notice::default() },
            );
        }
        match view.write(|| app.store.change_user(user.id, revision, draft, request.now, view.today())) {
            Ok(changed) => return Ok(user_saved::reply(request, &user, &changed, relinked, view.today())),
            // Another save came between the two: what it changed is taken in first.
            Err(Error::Conflict(Fault::EditedMeanwhile)) => {}
            Err(error) => return refused(&view, &user, form, error),
        }
    }
    Err(Error::Busy(Fault::Locked))
}

fn form_of(user: &User, view: &View<'_>) -> Result<Form<Draft>> {
    let draft = App::draft_of(user);
    let choices = node_choices(view, &draft.terms.nodes)?;
    Ok(Form::of(USER, &draft, view.text).offer("nodes", choices))
}

/// `POST /users/{id}/restore`.
pub fn restore(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let id = id(request)?;
    match app.store.bring_back_user(id, request.now) {
        Ok(user) => Ok(flash::redirect(request, Flash::UserRestored, user.id, &address(request, user.id))),
        Err(error) => {
            let view = View::admin(app, signed_in, request)?;
            let user = app.store.user(id, request.now)?.ok_or(Error::NotFound)?;
            if user.deleted.is_none() {
                return Ok(flash::redirect(request, Flash::Unchanged, 0, &address(request, id)));
            }
            let mut form = form_of(&user, &view)?;
            let status = form.refuse(error, view.text)?;
            let why = if form.general.is_empty() { form.input("name").error.clone() } else { form.general };
            whole_page(&view, status, &user, None, Notice { general: why, ..Notice::default() })
        }
    }
}

/// What is said above the form.
#[derive(Default)]
struct Notice {
    /// Why something was not done; empty if it was.
    general: String,
    /// Why saving waits for a second click.
    asked: Vec<String>,
}

/// What is asked about before it is saved.
fn asked(rekeyed: bool, lost: i64, shortened: Option<(Date, Date)>, text: &Text) -> Vec<String> {
    let mut asked = Vec::new();
    if rekeyed {
        asked.push(text.user.breaks.to_owned());
    } else if lost > 0 {
        asked.push((text.user.loses)(lost));
    }
    if let Some((until, then)) = shortened {
        asked.push((text.user.shortens)(&until.to_string(), &then.to_string()));
    }
    asked
}

/// The page, with what stands in the way.
fn refused(view: &View<'_>, user: &User, mut form: Form<Draft>, error: Error) -> Result<Reply> {
    let status = form.refuse(error, view.text)?;
    page(view, status, user, form)
}

fn page(view: &View<'_>, status: u16, user: &User, form: Form<Draft>) -> Result<Reply> {
    whole_page(view, status, user, Some(form), Notice::default())
}

/// The page, with a form to change the user if there is anything to change, and what stands in the way of that.
fn whole_page(view: &View<'_>, status: u16, user: &User, form: Option<Form<Draft>>, said: Notice) -> Result<Reply> {
    let text = view.text;
    let periods = view.app.store.periods(user.id)?;
    let state = user.state(view.today());
    let (begin, path) = (view.zone.date(user.created), format!("/users/{}", user.id));
    let mut nodes = view.app.store.nodes()?;
    let mut share_card = match user.deleted {
        None => Some(ShareCard::new(view, user, &nodes)?),
        Some(_) => None,
    };
    let ready = ready(view, user, &nodes, share_card.as_ref().and_then(|card| card.shown))?;
    // That its node has never connected is said above already.
    for connection in share_card.iter_mut().filter(|_| ready.is_some()).flat_map(|card| &mut card.connections) {
        connection.waiting = "";
    }
    let online = view.app.online(&nodes, view.now())?.devices(user.id);
    nodes.retain(|node| !node.address.as_str().is_empty());
    let old_method = user.method.kind() == Kind::Stream;
    let mut f = view.frame(user.name.as_str(), "users")?.back_to(&path);
    if let Some(form) = &form {
        f = f.refusing(form);
    }
    if !said.general.is_empty() {
        f.general = said.general;
    }
    // What stands in the way is the next step, and the only one that is named.
    if state != State::On || ready.as_ref().is_some_and(|ready| ready.todo) {
        f.flash = f.flash.map(|flash| FlashMessage { next: "", ..flash });
    }
    let page = UserPage {
        f,
        t: text,
        here: address(view.request, user.id),
        list: format!("{}#u{}", list_address(view.request), user.id),
        name: user.name.as_str().to_owned(),
        badge: badge(state, text),
        notice: notice(user, state, view),
        total: view.size(user.used.total()),
        quota_bar: view.quota_bar(user.used.total(), user.quota),
        usage: facts(user, &periods, online, view),
        on: user.switch,
        deleted: user.deleted.is_some(),
        ready,
        share_card,
        values: values(user, &nodes, text),
        old_method,
        form: form.map(|form| form.daily(DAILY)),
        asked: said.asked,
        has_quota: user.quota.is_some(),
        has_expiry: user.expires.is_some(),
        has_usage: user.used.total().get() > 0,
        no_access: no_access(user, view),
        days: Month::asked(view, begin).days_of_user(view, user.id, &path)?,
        months: Months::of_user(view, user.id, begin, &path)?,
        periods: periods.iter().map(|period| period_row(period, view)).collect(),
        events: events::rows(view, user.id)?,
    };
    view.page(status, &page)
}
