//! Actions on several users at once: a page that names them and asks.

use super::{
    flash::Told,
    form::{Group, Input},
    format::{Badge, badge},
    origin::local_path,
    prelude::*,
    user_facts::expiry,
    user_form,
};
use crate::{
    http::{Pairs, id},
    model::{Act, Bytes, Date, Extension, Method, Terms, Unit, User},
};
use std::collections::BTreeSet;

/// The most that are named on one page; the list has fewer.
const MAX_SELECTED: usize = 200;
/// By how many days users are extended unless told otherwise.
const DEFAULT_DAYS: i32 = 30;

#[derive(Template)]
#[template(path = "bulk.html")]
struct BulkPage {
    f: Frame,
    t: &'static Text,
    key: &'static str,
    ask: String,
    what: &'static str,
    go: &'static str,
    /// How many of them would stay as they are, in words; may be empty.
    unchanged: String,
    danger: bool,
    methods: Vec<Group>,
    users: Vec<SelectedUser>,
    typed: Typed,
}

page!(BulkPage);

struct SelectedUser {
    id: i64,
    href: String,
    name: String,
    badge: Badge,
    /// What the action would change, as it is; may be empty.
    now: String,
}

/// A sentence about so many users.
type Counted = fn(i64) -> String;

/// An action, and how it is said.
struct BulkAction {
    key: &'static str,
    ask: Counted,
    what: &'static str,
    go: &'static str,
    /// What is said of users whom it leaves as they are.
    skip: Option<Counted>,
    flash: Flash,
}

fn action(key: &str, text: &Text) -> Option<BulkAction> {
    let (text, common, user) = (&text.bulk, &text.common, &text.user);
    let actions = [
        ("on", text.ask_on as Counted, text.what_on, common.switch_on, Some(text.are_on as Counted), Flash::BulkOn),
        ("off", text.ask_off, text.what_off, common.switch_off, Some(text.are_off), Flash::BulkOff),
        ("reset", text.ask_reset, text.what_reset, user.reset, Some(text.are_unused), Flash::BulkReset),
        ("extend", text.ask_extend, text.what_extend, text.extend, Some(text.are_endless), Flash::BulkExtended),
        ("quota", text.ask_quota, text.what_quota, text.quota, Some(text.are_unlimited), Flash::BulkQuota),
        ("method", text.ask_method, text.what_method, text.method, None, Flash::BulkMethod),
        ("delete", text.ask_delete, text.what_delete, common.delete, None, Flash::BulkDeleted),
    ];
    let (key, ask, what, go, skip, flash) = actions.into_iter().find(|(known, ..)| *known == key)?;
    Some(BulkAction { key, ask, what, go, skip, flash })
}

/// What was typed on the page that asks.
#[derive(Default)]
struct Typed {
    back: String,
    by: String,
    days: Input,
    date: Input,
    amount: Input,
    method: String,
    general: &'static str,
}

impl Typed {
    fn new(view: &View<'_>, form: &Pairs) -> Self {
        let or = |name: &str, other: &str| {
            Input::with(form.get(name).filter(|value| !value.trim().is_empty()).unwrap_or(other))
        };
        let given = |name: &str, other: &str| Input::with(form.get(name).unwrap_or(other));
        Self {
            back: local_path(view.request, form.text("back")).unwrap_or_else(|| view.request.at("/users")),
            by: or("by", "days").value,
            days: given("days", &DEFAULT_DAYS.to_string()),
            date: Input::with(form.text("date")),
            amount: given("amount", "10 GiB"),
            method: or("method", Method::default().name()).value,
            general: "",
        }
    }

    /// What is to be done; `None` if a field says why that cannot be read. What is
    /// chosen counts; something else that is filled in beside it is refused.
    fn act(&mut self, key: &str, view: &View<'_>) -> Option<Act> {
        let text = view.text;
        Some(match key {
            "on" => Act::On,
            "off" => Act::Off,
            "reset" => Act::Reset,
            "quota" => Act::AddQuota(self.amount.read(text, more)?),
            "method" => Act::SetMethod(Method::parse(&self.method).unwrap_or_default()),
            "delete" => Act::Delete,
            _ => Act::Extend(self.extension(view)?),
        })
    }

    fn extension(&mut self, view: &View<'_>) -> Option<Extension> {
        let (text, is_until, is_days) = (view.text, self.by == "until", !matches!(&*self.by, "until" | "month"));
        let is_default = self.days.value.trim().parse() == Ok(DEFAULT_DAYS);
        let date = if is_until || self.date.value.trim().is_empty() { None } else { Some(&mut self.date) };
        let days = if is_days || is_default || self.days.value.trim().is_empty() { None } else { Some(&mut self.days) };
        if let Some(other) = date.or(days) {
            other.refuse(&Fault::OtherChoice, text);
            return None;
        }
        Some(match () {
            () if is_until => Extension::Until(self.date.read(text, |typed| until(typed, view.today()))?),
            () if is_days => Extension::Days(self.days.read(text, more_days)?),
            () => Extension::Month,
        })
    }
}

/// Reads a last day that has not passed.
fn until(typed: &str, today: Date) -> std::result::Result<Date, Fault> {
    match typed {
        "" => Err(Fault::DateMissing),
        typed => match Date::parse_day(typed)? {
            day if day < today => Err(Fault::DatePast { given: day.to_string() }),
            day => Ok(day),
        },
    }
}

/// `GET /users/batch` with `act`, `user` for each of them, and `back` for where to go afterwards.
pub fn ask(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let action = action(request.query.text("act"), view.text).ok_or(Error::NotFound)?;
    page(&view, 200, &action, &ids(request.query.all("user")), Typed::new(&view, &request.query))
}

/// `POST /users/batch` with the same, and with what the action needs.
pub fn act(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?.keeping(&[]);
    let form = view.form();
    let action = action(form.text("act"), view.text).ok_or(Error::NotFound)?;
    let ids = ids(form.all("user"));
    let mut typed = Typed::new(&view, form);
    let Some(act) = typed.act(action.key, &view).filter(|_| !ids.is_empty()) else {
        return page(&view, 400, &action, &ids, typed);
    };
    let day = if let Act::Extend(Extension::Until(day)) = act { Some(day) } else { None };
    match view.write(|| app.change_users(ids, act, request.now, view.today())) {
        Ok((outcome, undo)) => {
            let replaces = day.is_some() && outcome.changed.iter().any(|before| before.valid_days.is_some());
            let flash = if replaces { Flash::BulkDated } else { action.flash };
            let changed = count(outcome.changed.len());
            let told = Told { skipped: outcome.skipped, undo: &undo, day, ..Told::of(flash, changed) };
            Ok(flash::redirect_with(request, told, &typed.back))
        }
        Err(error) if view.is_shown_again() || matches!(error, Error::NotFound) => {
            typed.general = view.text.bulk.gone;
            page(&view, 409, &action, &self::ids(form.all("user")), typed)
        }
        Err(error) => Err(error),
    }
}

/// Reads by how many days, of which there have to be some.
fn more_days(typed: &str) -> std::result::Result<i32, Fault> {
    Terms::days(typed).map_err(|fault| match fault {
        _ if typed.is_empty() => Fault::ValueNeeded,
        Fault::DaysBad { given, most } => Fault::DaysNeeded { given, most },
        other => other,
    })
}

/// Reads how much more; a number alone is in GiB, as in every form.
fn more(typed: &str) -> std::result::Result<Bytes, Fault> {
    match Bytes::parse_in(typed, Unit::Gibibyte) {
        _ if typed.is_empty() => Err(Fault::ValueNeeded),
        Ok(more) if more.get() > 0 => Ok(more),
        _ => Err(Fault::AmountBad { given: typed.to_owned() }),
    }
}

fn ids<'a>(given: impl Iterator<Item = &'a str>) -> Vec<i64> {
    let ids: BTreeSet<i64> = given.filter_map(|text| id("user", text).ok()).take(MAX_SELECTED).collect();
    ids.into_iter().collect()
}

fn page(view: &View<'_>, status: u16, action: &BulkAction, ids: &[i64], typed: Typed) -> Result<Reply> {
    let mut users = Vec::new();
    let mut stay = 0;
    for id in ids {
        let user = view.app.store.user(*id, view.now())?;
        let Some(user) = user.filter(|user| user.deleted.is_none()) else { continue };
        stay += i64::from(stays(&user, action.key));
        users.push(selected(&user, action, view));
    }
    let mut methods = user_form::methods(view.text);
    for choice in methods.iter_mut().flat_map(|group| &mut group.choices) {
        choice.selected = choice.value == typed.method;
    }
    let page = BulkPage {
        f: view.frame(action.go, "users")?.back_to(&format!("/users/batch?act={}", action.key)),
        t: view.text,
        key: action.key,
        ask: (action.ask)(count(users.len())),
        what: action.what,
        go: action.go,
        unchanged: unchanged(action, stay, count(users.len()), view.text),
        danger: action.key == "delete",
        methods,
        users,
        typed,
    };
    view.page(status, &page)
}

/// Whether an action leaves a user as they are, as far as that is known before its fields are filled in.
fn stays(user: &User, key: &str) -> bool {
    match key {
        "on" => user.switch,
        "off" => !user.switch,
        "reset" => user.used.total().get() == 0,
        "extend" => user.expires.is_none(),
        "quota" => user.quota.is_none(),
        _ => false,
    }
}

/// How many would stay as they are, of so many.
fn unchanged(action: &BulkAction, stay: i64, of: i64, text: &Text) -> String {
    let Some(skip) = action.skip.filter(|_| stay > 0) else { return String::new() };
    let then = match action.key {
        _ if stay < of => text.bulk.skipped,
        "extend" => text.bulk.only_a_date,
        _ => text.bulk.nothing_to_do,
    };
    skip(stay) + then
}

fn selected(user: &User, action: &BulkAction, view: &View<'_>) -> SelectedUser {
    let now = match action.key {
        "extend" => match expiry(user, view) {
            never if never.is_empty() => view.text.form.never_expires.to_owned(),
            expiry => expiry,
        },
        "quota" => view.quota_bar(user.used.total(), user.quota).limit.into_owned(),
        "method" => user.method.name().to_owned(),
        "reset" => user.used.total().to_string(),
        _ => String::new(),
    };
    SelectedUser {
        id: user.id,
        href: view.request.at(&format!("/users/{}", user.id)),
        name: user.name.as_str().to_owned(),
        badge: badge(user.state(view.today()), view.text),
        now,
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
