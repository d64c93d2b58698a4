//! Two tabs with the same form: each save changes the fields that were touched in it, and of one field the second tab
//! is told.

use crate::{
    pages_twice::{Form, forms},
    panel::{NOON, Panel},
};
use mu_panel::{
    error::{Error, Fault},
    model::Happening,
    store::{Setting, Store},
};

/// A page and a form on it; what the first tab types into which field; and what the second types into another.
type Case = (&'static str, &'static str, Typed, Typed);
type Typed = (&'static str, &'static str);
const CASES: &[Case] = &[
    ("/users/1", "/users/1", ("quota", "5 GiB"), ("note", "typed here")),
    ("/users/1", "/users/1", ("reset_day", "7"), ("quota", "9 GiB")),
    ("/nodes/1", "/nodes/1", ("address", "one.example"), ("name", "typed here")),
    ("/nodes/1", "/nodes/1/vmess", ("port", "443"), ("host", "typed.here")),
    ("/settings", "/settings/defaults", ("quota", "7 GiB"), ("expires", "77")),
    ("/settings", "/settings/sharing", ("title", "Friends"), ("support", "https://help.example")),
];

/// A page and a form on it, a field, what the first tab types into it, and the second; and what the second is told.
const SAME_FIELD: &[(&str, &str, &str, [&str; 2], &str)] = &[
    ("/users/1", "/users/1", "quota", ["5 GiB", "6 GiB"], "<bdi>Now saved: 5 GiB</bdi>"),
    ("/users/1", "/users/1", "note", ["first", "second"], "<bdi>Now saved: first</bdi>"),
    ("/users/1", "/users/1", "reset_day", ["7", "8"], "<bdi>Now saved: on day 7</bdi>"),
    ("/nodes/1", "/nodes/1", "address", ["one.example", "two.example"], "<bdi>Now saved: one.example</bdi>"),
    ("/nodes/1", "/nodes/1/vmess", "port", ["443", "444"], "<bdi>Now saved: 443</bdi>"),
    ("/settings", "/settings/defaults", "expires", ["30", "60"], "<bdi>Now saved: 30</bdi>"),
    ("/settings", "/settings/zone", "zone", ["Asia/Shanghai", "Europe/Berlin"], "<bdi>Now saved: Asia/Shanghai</bdi>"),
    (
        "/settings",
        "/settings/address",
        "address",
        ["https://a.example", "https://b.example"],
        "saved: https://a.example",
    ),
    ("/settings", "/settings/language", "language", ["en", "zh"], "<bdi>Now saved: English</bdi>"),
    ("/settings", "/settings/sharing", "title", ["One", "Two"], "<bdi>Now saved: One</bdi>"),
    ("/nodes", "/nodes/level", "level", ["1", "3"], "<bdi>Now saved: 1</bdi>"),
    ("/settings/notices", "/settings/notices/ntfy", "url", ["https://a.example/x", "https://b.example/x"], "saved: "),
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

fn panel() -> Panel {
    let panel = Panel::new();
    panel.add("alice");
    panel.node().get("/mu/nodes/1/users").is(200);
    panel
}

#[test]
fn a_save_changes_only_the_fields_that_were_touched() {
    for (page, action, first, second) in CASES {
        let panel = panel();
        let admin = panel.admin();
        let tabs = [admin.get(page).body(), admin.get(page).body()];
        admin.post(action, filled(&tabs[0], action, *first).body).is(303);
        admin.post(action, filled(&tabs[1], action, *second).body).is(303);
        let now = admin.get(page).body();
        assert_eq!((field(&now, action, first.0), field(&now, action, second.0)), (first.1.into(), second.1.into()));
    }
}

#[test]
fn of_two_tabs_that_change_one_field_the_second_is_told_and_loses_nothing() {
    for (page, action, name, [first, second], told) in SAME_FIELD {
        let panel = panel();
        let admin = panel.admin();
        let tabs = [admin.get(page).body(), admin.get(page).body()];
        admin.post(action, filled(&tabs[0], action, (name, first)).body).is(303);
        let answer = admin.post(action, filled(&tabs[1], action, (name, second)).body).is(409);
        let html = answer.shows("This was changed elsewhere after you opened the form").shows(told).body();
        assert_eq!(field(&html, action, name), *second, "{action}");
        // Nothing of it has been taken; sending it again, having been told, does take it.
        assert_eq!(field(&admin.get(page).body(), action, name), *first, "{action}");
        let again = forms(&html, &[]).into_iter().find(|form| form.action == *action).unwrap().body;
        admin.post(action, again + "&sure=1").is(303);
        assert_eq!(field(&admin.get(page).body(), action, name), *second, "{action}");
    }
}

/// Between looking and saving another save may come: settings have a revision as users and nodes do.
#[test]
fn settings_are_not_saved_over_what_was_saved_since_they_were_looked_at() {
    let store = Store::in_memory().unwrap();
    let zone = |name: &str| vec![(Setting::TimeZone, Some(name.to_owned()))];
    let seen = store.settings().unwrap().revision();
    store.change_seen_settings(seen, zone("Asia/Shanghai"), NOON).unwrap();
    for _ in 0..2 {
        let told = store.change_seen_settings(seen, zone("Europe/Berlin"), NOON);
        assert!(matches!(told, Err(Error::Conflict(Fault::EditedMeanwhile))), "{told:?}");
    }
    // Also what is set without looking counts.
    let seen = store.settings().unwrap().revision();
    store.set(Setting::Language, Some("zh".to_owned())).unwrap();
    store.change_seen_settings(seen, zone("Europe/Berlin"), NOON).unwrap_err();
    let now = store.settings().unwrap();
    assert_eq!((now.get(Setting::TimeZone), now.get(Setting::Language)), (Some("Asia/Shanghai"), Some("zh")));
    store.change_seen_settings(now.revision(), zone("Europe/Berlin"), NOON).unwrap();
}

/// Each box is a field of its own.
#[test]
fn notices_that_were_switched_in_another_tab_stay_as_they_are() {
    let panel = Panel::new();
    let admin = panel.admin();
    let off = || panel.app.store.settings().unwrap().get(Setting::NotifyOff).unwrap_or_default().to_owned();
    let page = admin.get("/settings/notices").body();
    let form = forms(&page, &[]).into_iter().find(|form| form.action == "/settings/notices").unwrap().body;
    let keys: Vec<&str> = Happening::switched().map(Happening::key).collect();
    let without = |key: &str| {
        let ticked = keys.iter().filter(|other| **other != key).map(|other| format!("&{other}=1"));
        form.clone() + &ticked.collect::<String>()
    };
    admin.post("/settings/notices", without(keys[0])).is(303);
    assert_eq!(off(), keys[0]);
    admin.post("/settings/notices", without(keys[1])).is(303);
    assert_eq!(off(), [keys[0], keys[1]].join(" "));
}

#[test]
fn a_fault_and_what_was_saved_elsewhere_are_told_together() {
    let panel = panel();
    let admin = panel.admin();
    let page = admin.get("/users/1").body();
    admin.submit("/users/1", "quota=5GiB&note=there").is(303);
    let mut form = filled(&page, "/users/1", ("quota", "lots")).body;
    let html = admin.post("/users/1", form.clone()).is(400).shows("a valid size").shows("Now saved: 5 GiB").body();
    assert_eq!((field(&html, "/users/1", "quota"), field(&html, "/users/1", "note")), ("lots".into(), "there".into()));
    // The same form once more: it still belongs to the old page, so it is still told.
    form = form.replace("quota=lots", "quota=6GiB");
    admin.post("/users/1", form).is(409).shows("Now saved: 5 GiB");
}

#[test]
fn who_was_deleted_in_another_tab_is_not_just_gone() {
    let panel = Panel::new();
    panel.add("alice");
    let admin = panel.admin();
    let tabs = ["", "/delete", "/password", "/address"].map(|part| admin.get(&format!("/users/1{part}")).body());
    admin.submit("/users/1/delete", "").is(303);
    // What was typed is kept, and can be saved once the user is back.
    let typed = filled(&tabs[0], "/users/1", ("note", "typed here")).body;
    let html = admin.post("/users/1", typed.clone()).is(409).shows("was deleted elsewhere").body();
    assert_eq!(field(&html, "/users/1", "note"), "typed here");
    // Any other action leads to the user's page, which says so.
    for (tab, action) in
        [(&tabs[1], "/users/1/delete"), (&tabs[2], "/users/1/password"), (&tabs[3], "/users/1/address")]
    {
        let form = forms(tab, &[]).into_iter().find(|form| form.action == action).unwrap();
        assert_eq!(admin.post(action, form.body).is(303).header("Location"), "/users/1", "{action}");
    }
    assert_eq!(admin.submit("/users/1/switch", "on=1").is(303).header("Location"), "/users/1");
    for question in ["/users/1/delete", "/users/1/password", "/users/1/address"] {
        assert_eq!(admin.get(question).is(303).header("Location"), "/users/1", "{question}");
    }
    admin.get("/users/1").is(200).shows("Deleted").hides("Change");
    admin.submit("/users/1/restore", "").is(303);
    let again = forms(&html, &[]).into_iter().find(|form| form.action == "/users/1").unwrap();
    admin.post("/users/1", again.body).is(303);
    assert_eq!(panel.user(1).note.as_str(), "typed here");
    for action in ["/users/7", "/users/7/delete", "/users/7/reset", "/users/7/switch", "/users/7/address"] {
        admin.submit(action, "").is(404);
        admin.get(action).is(if ["switch", "reset"].iter().any(|end| action.ends_with(end)) { 405 } else { 404 });
    }
}
