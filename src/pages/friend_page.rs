//! A friend's own page, which is also what their apps read; and giving it another address.

use super::{
    days::{Days, Month},
    format::{Fact, QuotaBar, Size, node_name, part},
    language,
    months::Months,
    paging::Paging,
    prelude::*,
    share::{self as share_card, Connection, connections},
    sharing::Sharing,
    user_actions::ask,
    user_path::{address, id, unless_deleted},
};
use crate::{
    model::{Rate, State, User},
    share::{
        Access, Button, Context, System, Wanted, fitting, outline_fits, qr, reply, subscription,
        subscription_for_outline,
    },
};

/// From so many hundredths of the quota on, the friend is told.
const NEARLY: i64 = 80;

/// How many places to connect to are on one page: each has a picture. The subscription has all of them.
const MAX_CONNECTIONS: i64 = 20;

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
    /// What counts at another rate; empty if nothing does.
    rates: String,
    /// The apps for the reader's system, and for the others.
    systems: Vec<SystemApps>,
    other_systems: Vec<SystemApps>,
    /// Whether links and codes are folded away, since apps can be opened from here.
    folded: bool,
    connections: Vec<Connection>,
    /// Whether the address is not encrypted, which some apps refuse.
    unencrypted: bool,
    paging: Paging,
    /// The address of the subscription, and its picture.
    address: String,
    code: String,
    /// Where help is; empty if nowhere.
    support: String,
    /// The same for Outline; empty where Outline would not take it.
    outline: String,
}

page!(FriendPage);

/// The apps for a system.
struct SystemApps {
    name: String,
    apps: Vec<AppRow>,
}

/// An app as it is shown.
struct AppRow {
    name: &'static str,
    /// Where it comes from.
    home: &'static str,
    get_words: String,
    /// The link that opens it; empty if there is none.
    open: String,
    open_words: String,
}

#[derive(Template)]
#[template(path = "gone.html")]
struct GonePage {
    f: Frame,
    t: &'static Text,
}

page!(GonePage);

/// `GET /u/{secret}`: the page, or what a program asks for.
pub fn show(app: &App, request: &Request) -> Result<Reply> {
    let secret = request.captured.first().map_or("", String::as_str);
    let text = language::of_friend(app, request, Wanted::of(request).is_some()).text();
    let mut view = View::anonymous(app, request).with_settings()?;
    let settings = app.settings()?;
    let sharing = Sharing::of(&settings);
    view.text = text;
    let Some(user) = app.store.user_with_secret(secret, request.now)? else { return gone(&view) };
    let access = share_card::current_access(&view, &user)?;
    let Some(wanted) = Wanted::of(request) else {
        return Ok(hidden(page(&view, &user, &share_card::working_first(access, &view))?));
    };
    let context = Context {
        reasons: text.friend.reasons,
        language: text.code,
        address: &view.url(&share_card::path(&user)),
        title: sharing.title(),
        support: sharing.support(),
        china_direct: sharing.china_direct(),
        today: view.today(),
    };
    let answer = reply(&access, wanted, &context);
    Ok(hidden(answer.with("X-Content-Type-Options", "nosniff").with("Referrer-Policy", "no-referrer")))
}

/// There is no such address, or no longer: told without leading to the admin's pages.
fn gone(view: &View<'_>) -> Result<Reply> {
    let text = &view.text.friend;
    if Wanted::of(view.request).is_some() {
        let words = format!("{}. {}\n", text.gone_title, text.gone);
        return Ok(hidden(Reply::new(404, "text/plain; charset=utf-8", words)));
    }
    let page = GonePage { f: view.frame(text.gone_title, "friend")?, t: view.text };
    view.page(404, &page).map(hidden)
}

fn hidden(reply: Reply) -> Reply {
    reply.with("X-Robots-Tag", "noindex, nofollow, noarchive")
}

fn page(view: &View<'_>, user: &User, access: &Access) -> Result<Reply> {
    let text = view.text;
    let sharing = Sharing::of(&*view.app.settings()?);
    let (name, title) = (user.name.as_str(), sharing.title());
    let page_url = view.url(&share_card::path(user));
    let address = subscription(&page_url, title, text.code);
    let device = System::of_agent(view.request.header("user-agent").unwrap_or_default());
    let folded = device.is_some_and(System::is_phone);
    let (systems, other_systems) = systems(view, access, &page_url, title, device);
    let outline = if outline_fits(access) { subscription_for_outline(&page_url, title) } else { None };
    let path = share_card::path(user);
    let link = |page: &str| view.link(&path, &[("page", page)]) + "#by-hand";
    let paging = Paging::of(view, i64::try_from(access.servers.len()).unwrap_or(i64::MAX), MAX_CONNECTIONS, link);
    let connections = connections(&access.servers[paging.shown()], view).into_iter().map(|connection| Connection {
        open_words: text.friend.open_link.to_owned(),
        folded,
        ..connection
    });
    let page = FriendPage {
        f: view.frame(name, "friend")?,
        t: text,
        heading: (text.friend.title)(name),
        notice: notice(user, access.servers.is_empty(), view),
        total: view.size(user.used.total()),
        quota_bar: view.quota_bar(user.used.total(), user.quota),
        facts: facts(user, view),
        dates: dates(user, view),
        days: Month::present(view).days_of_user(view, user.id, "")?,
        months: Months::of_user(view, user.id, view.zone.date(user.created), "")?,
        rates: rates(view)?,
        systems,
        other_systems,
        folded,
        connections: connections.collect(),
        paging,
        code: qr::data_url(&address).unwrap_or_default(),
        outline: outline.unwrap_or_default(),
        unencrypted: page_url.starts_with("http://"),
        address,
        support: sharing.support().unwrap_or_default().to_owned(),
    };
    view.page(200, &page)
}

/// The apps for the system that the page is read on, and those for the others.
fn systems(
    view: &View<'_>,
    access: &Access,
    page: &str,
    title: &str,
    device: Option<System>,
) -> (Vec<SystemApps>, Vec<SystemApps>) {
    let text = &view.text.friend;
    let address = format!("{page}?lang={}", view.text.code);
    let button = Button { address: &address, title, access };
    let row = |app: &crate::share::App, system: System| AppRow {
        name: app.name,
        home: app.home(system).unwrap_or_default(),
        get_words: (text.get)(app.name),
        open: app.open(&button).unwrap_or_default(),
        open_words: (text.add_to)(app.name),
    };
    let all = fitting(access).into_iter().map(|(system, apps)| {
        let apps = apps.into_iter().map(|app| row(app, system)).collect();
        (system, SystemApps { name: system.name().replace(", ", view.text.common.comma), apps })
    });
    let (first, others): (Vec<_>, Vec<_>) = all.partition(|(system, _)| device.is_none_or(|device| device == *system));
    let only_apps = |systems: Vec<(System, SystemApps)>| systems.into_iter().map(|(_, apps)| apps).collect();
    (only_apps(first), only_apps(others))
}

/// The nodes that count at another rate, which the charts leave aside.
fn rates(view: &View<'_>) -> Result<String> {
    let nodes = view.app.store.nodes()?;
    let others = nodes.iter().filter(|node| node.rate != Rate::default());
    let named: Vec<String> =
        others.map(|node| format!("{} × {}", crate::text::isolated(&node_name(node, view.text)), node.rate)).collect();
    Ok(if named.is_empty() { String::new() } else { (view.text.friend.rates)(&named.join(view.text.common.comma)) })
}

fn notice(user: &User, nowhere: bool, view: &View<'_>) -> String {
    let text = &view.text.friend;
    match user.state(view.today()) {
        State::On if nowhere => text.nowhere.to_owned(),
        State::On => nearly(user, view),
        State::Off | State::Deleted => text.off.to_owned(),
        State::Expired => (text.expired)(&user.expires.map_or(String::new(), |day| day.to_string())),
        State::OverQuota => user.next_reset.map_or(text.over.to_owned(), |day| (text.over_until)(&day.to_string())),
    }
}

/// That most of the quota is used, from 80 % on.
fn nearly(user: &User, view: &View<'_>) -> String {
    let (Some(quota), used) = (user.quota, user.used.total()) else { return String::new() };
    match part(used, quota, 100) {
        percent @ NEARLY.. => (view.text.friend.nearly)(percent, &quota.minus(used).to_string()),
        _ => String::new(),
    }
}

fn facts(user: &User, view: &View<'_>) -> Vec<Fact> {
    let text = view.text;
    let left = user.quota.map(|quota| quota.minus(user.used.total()));
    let mut facts: Vec<Fact> = left.map(|left| Fact::size(text.user.remaining, view.size(left))).into_iter().collect();
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
    match (user.expires, user.renewal(), user.terms.valid_days) {
        _ if !open => {}
        (Some(last), Some(day), _) => dates.push((text.renews)(&last.to_string(), &day.to_string())),
        (Some(last), None, _) => dates.push((text.ends)(&last.to_string())),
        (None, _, Some(days)) => dates.push((text.from_first_use)(days)),
        (None, _, None) => {}
    }
    dates
}

/// `GET /users/{id}/address`.
pub fn ask_replace(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let text = &view.text.friend;
    ask(&view, "/address", text.ask_replace, [text.ask_replace_what, text.ask_replace_how], text.ask_replace_go)
}

/// `POST /users/{id}/address`.
pub fn replace(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    match app.replace_secret(id(request)?, request.now) {
        Ok(user) => Ok(flash::redirect(request, Flash::AddressReplaced, user.id, &address(request, user.id))),
        Err(error) => unless_deleted(app, request, error),
    }
}
