//! Forms that are sent twice, by a double click or by going back: the second time nothing is done again.

use crate::panel::{Caller, PASSWORD, Panel, between};
use mu_panel::{
    http::Verb,
    model::{Event, Node, Period, User, Vmess},
    routes::{Access, TABLE},
    store::Settings,
};
use std::collections::BTreeSet;

/// A form of a page, as a browser would send it.
pub struct Form {
    pub action: String,
    pub body: String,
    known_again: bool,
}

/// The forms of a page that change something, with what is in them and `typed` in the place of what is empty, or with a
/// `!` before the name in any case.
pub fn forms(html: &str, typed: &[(&str, &str)]) -> Vec<Form> {
    html.split("<form method=\"post\" action=\"").skip(1).map(|rest| form(rest, typed)).collect()
}

fn form(rest: &str, typed: &[(&str, &str)]) -> Form {
    let (action, rest) = rest.split_once('"').unwrap();
    let (inside, _) = rest.split_once("</form>").unwrap();
    let mut fields: Vec<(String, String)> = Vec::new();
    for element in inside.split('<').filter(|element| !element.contains("type=\"checkbox\"")) {
        let Some(name) = between(element, " name=\"", "\"") else { continue };
        let radio = element.contains("type=\"radio\"") && !element.contains(" checked");
        if !radio && (element.starts_with("input") || element.starts_with("button")) {
            fields.push((name, between(element, " value=\"", "\"").unwrap_or_default()));
        } else if element.starts_with("textarea") {
            fields.push((name, element.split_once(">\n").map(|(_, text)| text.to_owned()).unwrap_or_default()));
        } else if element.starts_with("select") {
            let options = inside.split_once(element).unwrap().1.split_once("</select>").unwrap().0;
            let mut options = options.split("<option").skip(1);
            let first = options.clone().next().unwrap();
            let chosen = options.find(|option| option.contains(" selected")).unwrap_or(first);
            fields.push((name, between(chosen, " value=\"", "\"").unwrap_or_default()));
        }
    }
    for (name, value) in typed {
        if let Some(field) = fields
            .iter_mut()
            .find(|field| field.0 == name.trim_start_matches('!') && (field.1.is_empty() || name.starts_with('!')))
        {
            (*value).clone_into(&mut field.1);
        }
    }
    let known_again = fields.iter().any(|(name, value)| name == "once" && value.len() == 16);
    let plain = |text: &str| {
        text.replace("&#34;", "\"")
            .replace("&#39;", "'")
            .replace("&quot;", "\"")
            .replace("&amp;", "&")
            .replace("&#38;", "&")
    };
    let pairs = fields.iter().map(|(name, value)| (name, plain(value)));
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    Form { action: plain(action), body, known_again }
}

/// All that a form can change.
#[derive(Debug, PartialEq)]
struct Everything {
    users: Vec<User>,
    periods: Vec<Vec<Period>>,
    events: Vec<Vec<Event>>,
    nodes: Vec<Node>,
    settings: Settings,
    vmess: Vec<(i64, Vmess)>,
    sign_ins: usize,
}

fn everything(panel: &Panel) -> Everything {
    let store = &panel.app.store;
    let users = store.listed_users(panel.now()).unwrap();
    Everything {
        periods: users.iter().map(|user| store.periods(user.id).unwrap()).collect(),
        events: users.iter().map(|user| store.events(user.id, 100).unwrap()).collect(),
        users,
        nodes: store.nodes().unwrap(),
        settings: store.settings().unwrap(),
        vmess: store.vmess_nodes().unwrap(),
        sign_ins: store.sessions(0, 0).unwrap().len(),
    }
}

/// Four friends, two of whom used something, and a node.
fn furnished() -> Panel {
    let panel = Panel::new();
    for name in ["alice", "bob", "carol", "dave"] {
        panel.add_as(name, |draft| draft.expires = Some(mu_panel::model::Date::parse("2026-12-31").unwrap()));
    }
    panel.node().post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":1,"d":2},{"user_id":2,"u":3,"d":4}]"#).is(200);
    panel
}

const LIST: &str = r#"[{"id":77,"name":"imported","port":4477,"passwd":"abc","method":"aes-256-gcm","enable":1}]"#;

/// Pages with forms, what has to happen before they have them, and what is typed there.
type Case = (&'static str, fn(&Caller<'_>), &'static [(&'static str, &'static str)]);
const CASES: &[Case] = &[
    ("/", |_| {}, &[("name", "zoe")]),
    ("/users/1", |_| {}, &[("speed", "5")]),
    ("/users/1/password", |_| {}, &[]),
    ("/users/1/delete", |_| {}, &[]),
    ("/users/1/address", |_| {}, &[]),
    ("/users/batch?act=on&user=1&user=2", |admin| drop(admin.submit("/users/1/switch", "on=0").is(303)), &[]),
    ("/users/batch?act=off&user=1&user=2", |_| {}, &[]),
    ("/users/batch?act=reset&user=1&user=2", |_| {}, &[]),
    ("/users/batch?act=extend&user=1&user=2", |_| {}, &[]),
    ("/users/batch?act=delete&user=1&user=2", |_| {}, &[]),
    // Taken back from the message, alone and together, and from the user's page.
    ("/", |admin| drop(admin.submit("/users/3/delete", "").is(303)), &[("name", "zoe")]),
    ("/", |admin| drop(admin.submit("/users/batch", "act=delete&user=1&user=2").is(303)), &[("name", "zoe")]),
    ("/users/4", |admin| drop(admin.submit("/users/4/delete", "").is(303)), &[]),
    ("/nodes", |_| {}, &[("name", "tokyo"), ("level", "5"), ("address", "tokyo.example")]),
    ("/nodes/1", |_| {}, &[("name", "tokyo"), ("port", "443")]),
    ("/nodes/1/remove", |_| {}, &[]),
    (
        "/nodes",
        |admin| drop(admin.submit("/nodes/1/remove", "").is(303)),
        &[("name", "tokyo"), ("level", "3"), ("address", "tokyo.example")],
    ),
    ("/usage/reset", |_| {}, &[]),
    (
        "/settings",
        another_sign_in,
        &[
            ("zone", "Asia/Shanghai"),
            ("quota", "5GiB"),
            ("current", "correct horse"),
            ("new", "battery staple"),
            ("title", "x"),
            ("address", "https://panel.example.org"),
        ],
    ),
    ("/settings/rotate", |_| {}, &[]),
    ("/import", |_| {}, &[("list", LIST)]),
];

fn another_sign_in(admin: &Caller<'_>) {
    admin.elsewhere().sign_in(PASSWORD).is(303);
}

/// What is sent twice and does the same both times, or nothing: it needs no word to be known again by.
const EVEN_SO: &[&str] =
    &["/language", "/theme", "/logout", "/switch", "/token", "/settings/password", "/settings/backup"];
/// The forms of a page that has them only while a file waits for an answer, or while nodes are refused, and those that
/// open ports or send messages; `pages_restore`, `pages_nodes` and `pages_notices` send them.
const ELSEWHERE: &[&str] = &[
    "/restore",
    "/restore/cancel",
    "/nodes/unconfirmed/remove",
    "/users/{id}/quota",
    "/settings/https",
    "/settings/https/try",
    "/settings/notices",
    "/settings/notices/{channel}",
    "/settings/notices/{channel}/test",
    "/settings/notices/{channel}/off",
];

fn even_so(form: &Form) -> bool {
    EVEN_SO.iter().any(|end| form.action.split('#').next().unwrap().ends_with(end))
}

/// The address of a form as it stands in the table.
fn shape(action: &str) -> String {
    action.split(['?', '#']).next().unwrap().replace(['1', '2', '3', '4'], "{id}")
}

/// What changes nothing as it stands: the language that is chosen already, and the list that is only looked at.
const AS_IT_IS: &[&str] = &["/settings/language", "/import"];

#[test]
fn each_form_that_is_sent_twice_is_dealt_with_once() {
    let mut met = BTreeSet::new();
    for (page, before, typed) in CASES {
        let mut number = 0;
        loop {
            let panel = furnished();
            let admin = panel.admin();
            before(&admin);
            let mut forms = forms(&admin.get(page).is(200).body(), typed).into_iter().skip(number);
            // What stands on every page is tried once.
            let is_new = |form: &Form| !met.contains(&shape(&form.action)) || !even_so(form);
            let Some((place, mut form)) = (number..).zip(&mut forms).find(|(_, form)| is_new(form)) else { break };
            // A browser keeps to itself where on the page it goes.
            form.action = form.action.split('#').next().unwrap().to_owned();
            number = place + 1;
            met.insert(shape(&form.action));
            let even_so = even_so(&form);
            assert!(form.known_again || even_so, "{} on {page} has no word of its own", form.action);
            panel.wait(5);
            let untouched = everything(&panel);
            let first = admin.post(&form.action, form.body.clone());
            assert!(first.0.status < 400, "{} on {page}: {}\n{}", form.action, form.body, first.body());
            let after = everything(&panel);
            if !even_so && !AS_IT_IS.contains(&form.action.as_str()) {
                assert_ne!(after, untouched, "{} on {page} does nothing: {}", form.action, form.body);
            }
            panel.wait(5);
            let second = admin.post(&form.action, form.body.clone());
            if !form.action.ends_with("/logout") && !form.action.ends_with("/password") {
                assert_eq!(second.0.status, first.0.status, "{} on {page}", form.action);
                assert_eq!(second.header("Location"), first.header("Location"), "{} on {page}", form.action);
            }
            let again = everything(&panel);
            if even_so {
                // The times at which users were seen and changed may differ.
                assert_eq!(again.users.len(), after.users.len());
                assert_eq!((&again.periods, &again.settings), (&after.periods, &after.settings));
            } else {
                assert_eq!(again, after, "{} on {page}", form.action);
            }
        }
    }
    // A new form needs its page in the list above.
    let posts = TABLE.iter().filter(|route| matches!(route.access, Access::Admin(_)) && route.verb == Verb::Post);
    let unmet: Vec<&str> =
        posts.map(|route| route.path).filter(|path| !met.contains(*path) && !ELSEWHERE.contains(path)).collect();
    assert!(unmet.is_empty(), "no page above has the forms of {unmet:?}");
}

#[test]
fn a_form_with_something_else_in_it_is_another_one() {
    let panel = Panel::new();
    let admin = panel.admin();
    let once = between(&admin.get("/").body(), "name=\"once\" value=\"", "\"").unwrap();
    for name in ["alice", "alice", "bob"] {
        let id = if name == "alice" { 1 } else { 2 };
        let to = admin.submit("/users", &format!("name={name}&once={once}")).is(303);
        assert_eq!(to.header("Location"), format!("/users/{id}"));
    }
    // One that came back with what was wrong has not been dealt with.
    admin.submit("/users", "name=alice&once=other").is(409);
    admin.submit("/users/1", "name=alicia&revision=0").is(303);
    admin.submit("/users", "name=alice&once=other").is(303);
    // Without a word it is never the same, nor is it another's.
    admin.submit("/users", "name=dora").is(303);
    admin.submit("/users", "name=dora").is(409);
    panel.admin().submit("/users", "name=alice&once=other").is(409);
    // After an hour it is forgotten.
    panel.wait(3600);
    admin.submit("/users", &format!("name=alice&once={once}")).is(409);
}

#[test]
fn who_sends_it_again_meanwhile_waits() {
    let file = tempfile::tempdir().unwrap();
    let panel = Panel::at(&file.path().join("panel.db"));
    panel.add("alice");
    let admin = panel.admin();
    let forms = forms(&admin.get("/users/1/address").body(), &[]);
    let form = forms.iter().find(|form| form.action == "/users/1/address").unwrap();
    let request = admin.request(Verb::Post, &form.action, &form.body);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let send = || mu_panel::routes::respond(&panel.app, request.clone()).status;
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(send)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses, [303; 8]);
    assert_eq!(panel.app.store.events(1, 100).unwrap().len(), 2, "added, and given one new address");
}
