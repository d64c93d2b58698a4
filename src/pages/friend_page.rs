//! A friend's own page, which is also what his programs read; and giving it another address.

use super::{
    confirm::{ConfirmPage, Question},
    flash::{self, Flash},
    format::{Fact, QuotaBar, Size},
    frame::Frame,
    language,
    months::{Days, Month, Months},
    origin,
    share::{self as share_card, Connection, connections},
    user,
    view::View,
};
use crate::{
    app::App,
    auth::SignedIn,
    error::{Error, Result},
    http::{Reply, Request},
    model::{State, User},
    share::{Context, Wanted, fitting, outline_fits, reply, subscription_for_outline},
    text::{Language, Text},
};
use askama::Template;

#[derive(Template)]
#[template(path = "friend_page.html")]
struct FriendPage {
    f: Frame,
    t: &'static Text,
    heading: String,
    notice: String,
    total: Size,
    quota_bar: QuotaBar,
    facts: Vec<Fact>,
    /// When it begins again and when it ends, a sentence each.
    dates: Vec<String>,
    days: Days,
    months: Months,
    /// Systems, and the apps for each.
    apps: Vec<(&'static str, String)>,
    connections: Vec<Connection>,
    address: String,
    /// The same for Outline; empty where Outline would not take it.
    outline: String,
}

/// `GET /u/{secret}`: the page, or what a program asks for.
pub fn show(app: &App, request: &Request) -> Result<Reply> {
    let secret = request.captured.first().map_or("", String::as_str);
    let user = app.store.user_with_secret(secret, request.now)?.ok_or(Error::NotFound)?;
    let named = Language::named(request.query.text("lang"));
    let text = named.unwrap_or_else(|| language::of_friend(app, request)).text();
    let mut view = View::anonymous(app, request);
    (view.text, view.zone) = (text, app.settings()?.zone.clone());
    let access = share_card::current_access(&view, &user)?;
    let Some(wanted) = Wanted::of(request) else { return Ok(hidden(page(&view, &user, &access)?)) };
    let context = Context {
        reasons: text.friend.reasons,
        language: text.code,
        address: &origin::url(request, &share_card::path(&user)),
        title: TITLE,
        support: None,
        china_direct: false,
        today: view.today(),
    };
    let answer = reply(&access, wanted, &context);
    Ok(hidden(answer.with("X-Content-Type-Options", "nosniff").with("Referrer-Policy", "no-referrer")))
}

/// What the panel is called where nobody has said.
const TITLE: &str = "mu-panel";

fn hidden(reply: Reply) -> Reply {
    reply.with("X-Robots-Tag", "noindex, nofollow, noarchive")
}

fn page(view: &View<'_>, user: &User, access: &crate::share::Access) -> Result<Reply> {
    let text = view.text;
    let address = origin::url(view.request, &share_card::path(user));
    let name = user.name.as_str();
    let apps = fitting(access).into_iter().map(|(system, apps)| {
        let names: Vec<&str> = apps.iter().map(|app| app.name).collect();
        (system.name(), names.join(text.friend.comma))
    });
    let outline = if outline_fits(access) { subscription_for_outline(&address, name) } else { None };
    let page = FriendPage {
        f: view.frame(name, "")?,
        t: text,
        heading: (text.friend.title)(name),
        notice: notice(user, access.servers.is_empty(), view),
        total: view.size(user.used.total()),
        quota_bar: view.quota_bar(user.used.total(), user.quota),
        facts: facts(user, view),
        dates: dates(user, view),
        days: Month::present(view).days_of_user(view, user.id, "")?,
        months: Months::of_user(view, user.id, view.zone.date(user.created), "")?,
        apps: apps.collect(),
        connections: connections(access, view),
        outline: outline.unwrap_or_default(),
        address,
    };
    view.page(200, &page)
}

fn notice(user: &User, nowhere: bool, view: &View<'_>) -> String {
    let text = &view.text.friend;
    match user.state(view.today()) {
        State::On if nowhere => text.nowhere.to_owned(),
        State::On => String::new(),
        State::Off | State::Deleted => text.off.to_owned(),
        State::Expired => (text.expired)(&user.expires.map_or(String::new(), |day| day.to_string())),
        State::OverQuota => user.next_reset.map_or(text.over.to_owned(), |day| (text.over_until)(&day.to_string())),
    }
}

fn facts(user: &User, view: &View<'_>) -> Vec<Fact> {
    let text = view.text;
    let left = user.quota.map(|quota| quota.minus(user.used.total()));
    let mut facts: Vec<Fact> = left.map(|left| Fact::size(text.friend.left, view.size(left))).into_iter().collect();
    facts.push(Fact::size(text.common.uploaded, view.size(user.used.u)));
    facts.push(Fact::size(text.common.downloaded, view.size(user.used.d)));
    facts
}

fn dates(user: &User, view: &View<'_>) -> Vec<String> {
    let text = &view.text.friend;
    let mut dates = vec![(text.since)(&view.zone.date(user.period_started).to_string())];
    let open = matches!(user.state(view.today()), State::On | State::OverQuota);
    if open && let Some(day) = user.next_reset {
        dates.push((text.resets)(&day.to_string()));
    }
    if open && let Some(day) = user.expires {
        dates.push((text.ends)(&day.to_string()));
    }
    dates
}

/// `GET /users/{id}/address`.
pub fn ask_replace(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let user = match user::active_user(&view) {
        Ok(user) => user,
        Err(error) => return user::unless_deleted(app, request, error),
    };
    let text = &view.text.friend;
    let (before, after) = text.ask_replace;
    let question = Question {
        before,
        name: user.name.as_str().to_owned(),
        after,
        lines: vec![text.ask_replace_what.to_owned(), text.ask_replace_how.to_owned()],
        action: user::address(request, user.id) + "/address",
        go: text.ask_replace_go,
        danger: true,
        cancel: user::address(request, user.id),
    };
    view.page(200, &ConfirmPage { f: view.frame(text.ask_replace_go, "users")?, t: view.text, question })
}

/// `POST /users/{id}/address`.
pub fn replace(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    match app.replace_secret(user::id(request)?, request.now) {
        Ok(user) => Ok(flash::redirect(request, Flash::AddressReplaced, user.id, &user::address(request, user.id))),
        Err(error) => user::unless_deleted(app, request, error),
    }
}
