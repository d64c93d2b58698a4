//! Two tabs with the same form: the second is told, loses nothing of what was typed, and sees what it is now.

use crate::{
    pages_twice::{Form, forms},
    panel::Panel,
};

/// A page and the form on it; what the first tab types and what the second does, each into a field of its own; and what the second is
/// told of the first.
type Case = (&'static str, &'static str, Typed, Typed, &'static str);
type Typed = (&'static str, &'static str);
const CASES: &[Case] = &[
    ("/users/1", "/users/1", ("quota", "5GiB"), ("note", "typed here"), "<bdi>5GiB</bdi>"),
    ("/nodes/1", "/nodes/1", ("address", "one.example"), ("name", "typed here"), "<bdi>one.example</bdi>"),
    ("/nodes/1", "/nodes/1/vmess", ("port", "443"), ("host", "typed.here"), "<bdi>443</bdi>"),
    ("/settings", "/settings/defaults", ("quota", "7GiB"), ("expires", "77"), "<bdi>7GiB</bdi>"),
    ("/settings", "/settings/zone", ("zone", "Asia/Shanghai"), ("zone", "Europe/Berlin"), "<bdi>Asia/Shanghai</bdi>"),
];

fn filled(html: &str, action: &str, (name, value): Typed) -> Form {
    let typed = format!("!{name}");
    forms(html, &[(&typed, value)]).into_iter().find(|form| form.action == action).unwrap()
}

/// What is in a field of a form.
fn field(html: &str, action: &str, name: &str) -> String {
    let form = forms(html, &[]).into_iter().find(|form| form.action == action).unwrap();
    let mut pairs = form_urlencoded::parse(form.body.as_bytes());
    pairs.find(|(key, _)| key == name).unwrap().1.into_owned()
}

#[test]
fn the_second_of_two_tabs_is_told_and_loses_nothing() {
    for (page, action, first, second, told) in CASES {
        let panel = Panel::new();
        panel.add("alice");
        panel.node().get("/mu/nodes/1/users").is(200);
        let admin = panel.admin();
        let tabs = [admin.get(page).body(), admin.get(page).body()];
        admin.post(action, filled(&tabs[0], action, *first).body).is(303);
        let answer = admin.post(action, filled(&tabs[1], action, *second).body).is(409);
        let html = answer.shows("This has been changed elsewhere since you opened the form").shows(told).body();
        assert_eq!(field(&html, action, second.0), second.1, "{action}");
        // Nothing of it has been taken; looking at it and sending it again does take it.
        assert_ne!(field(&admin.get(page).body(), action, second.0), second.1, "{action}");
        admin
            .post(
                action,
                forms(&html, &[("port", "443")]).into_iter().find(|form| form.action == *action).unwrap().body,
            )
            .is(303);
        assert_eq!(field(&admin.get(page).body(), action, second.0), second.1, "{action}");
        // Who has an old page and something else wrong is told both.
        if *action == "/nodes/1" {
            let wrong = filled(&tabs[1], action, ("rate", "x")).body;
            admin.post(action, wrong).is(400).shows("is no rate").shows("<bdi>typed here</bdi>");
        }
    }
}

#[test]
fn who_was_deleted_in_another_tab_is_not_just_gone() {
    let panel = Panel::new();
    panel.add("alice");
    let admin = panel.admin();
    let tabs = ["", "/delete", "/reset", "/address"].map(|part| admin.get(&format!("/users/1{part}")).body());
    admin.submit("/users/1/delete", "").is(303);
    // What was typed about him is kept, and can be saved once he is back.
    let typed = filled(&tabs[0], "/users/1", ("note", "typed here")).body;
    let html = admin.post("/users/1", typed.clone()).is(409).shows("has been deleted elsewhere").body();
    assert_eq!(field(&html, "/users/1", "note"), "typed here");
    // Whatever else is done to him leads to his page, which says so.
    for (tab, action) in [(&tabs[1], "/users/1/delete"), (&tabs[2], "/users/1/reset"), (&tabs[3], "/users/1/address")] {
        let form = forms(tab, &[]).into_iter().find(|form| form.action == action).unwrap();
        assert_eq!(admin.post(action, form.body).is(303).header("Location"), "/users/1", "{action}");
    }
    assert_eq!(admin.submit("/users/1/switch", "on=1").is(303).header("Location"), "/users/1");
    for question in ["/users/1/delete", "/users/1/reset", "/users/1/address"] {
        assert_eq!(admin.get(question).is(303).header("Location"), "/users/1", "{question}");
    }
    admin.get("/users/1").is(200).shows("Deleted").hides("Change");
    admin.submit("/users/1/restore", "").is(303);
    let again = forms(&html, &[]).into_iter().find(|form| form.action == "/users/1").unwrap();
    let html = admin.post("/users/1", again.body).is(409).shows("changed elsewhere").body();
    let again = forms(&html, &[]).into_iter().find(|form| form.action == "/users/1").unwrap();
    admin.post("/users/1", again.body).is(303);
    assert_eq!(panel.user(1).note.as_str(), "typed here");
    for action in ["/users/7", "/users/7/delete", "/users/7/reset", "/users/7/switch", "/users/7/address"] {
        admin.submit(action, "").is(404);
        admin.get(action).is(if action.ends_with("switch") { 405 } else { 404 });
    }
}
