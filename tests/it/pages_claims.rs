//! The message after an action claims what was done, and nothing more.

use crate::panel::{Panel, between};
use mu_panel::model::{Bytes, Date};

/// How many entries there are in the history of the user with the id 1.
fn entries(panel: &Panel) -> usize {
    panel.app.store.events(1, 99).unwrap().len()
}

#[test]
fn an_old_page_raises_no_quota_and_moves_no_date_that_are_gone() {
    let panel = Panel::new();
    panel.add_as("alice", |draft| {
        draft.quota = Some(Bytes::new(1 << 30));
        draft.expires = Some(Date::parse("2027-01-31").unwrap());
    });
    let admin = panel.admin();
    admin.get("/users/1").shows("/users/1/quota").shows("/users/1/extend");
    admin.submit("/users/1", "quota=&expires=").is(303);
    admin.get("/users/1");
    let before = entries(&panel);
    admin.submit("/users/1/quota", "").is(303);
    let told = admin.get("/users/1").shows("has no quota any more that could be raised").hides("name=\"step\"");
    told.hides("now has a quota").shows("nothing was changed");
    admin.submit("/users/1/extend", "").is(303);
    admin.get("/users/1").shows("has no expiry date any more that could be moved").hides("name=\"step\"");
    assert_eq!((panel.user(1).quota, panel.user(1).expires, entries(&panel)), (None, None, before));
}

#[test]
fn what_is_so_already_is_not_told_as_done() {
    let panel = Panel::new();
    panel.add("alice");
    let admin = panel.admin();
    let before = entries(&panel);
    for (path, form, told) in [
        ("/users/1/reset", "", "has used nothing: nothing was reset."),
        ("/users/1/switch", "on=1", "was on already: nothing was changed."),
        ("/users/1", "name=alice&quota=", "Nothing was changed."),
        ("/users/1/restore", "", "Nothing was changed."),
    ] {
        admin.submit(path, form).is(303);
        admin.get("/users/1").shows(told).hides("name=\"step\"");
    }
    admin.submit("/users/1/switch", "on=0").is(303);
    admin.get("/users/1").shows("is switched off.");
    admin.submit("/users/1/switch", "on=0").is(303);
    admin.get("/users/1").shows("was off already: nothing was changed.").hides("name=\"step\"");
    assert_eq!(entries(&panel), before + 1);
}

#[test]
fn a_form_that_is_saved_without_a_change_says_so() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.submit("/nodes", "name=Tokyo&address=tokyo.example.net").is(303);
    admin.get("/nodes");
    let changing = [
        ("/nodes/1", "name=Tokyo&address=paris.example.net&sure=1", "/nodes/1"),
        ("/nodes/1/vmess", "port=443&network=ws&path=%2Fx&host=a.example&tls=1", "/nodes/1"),
        ("/nodes/1/mute", "on=1", "/nodes/1"),
        ("/nodes/level", "level=3", "/nodes"),
        ("/settings/zone", "zone=Asia/Shanghai", "/settings"),
        ("/settings/address", "address=https://panel.example.com", "/settings"),
        ("/settings/defaults", "quota=5&expires=30", "/settings"),
        ("/settings/sharing", "title=Friends", "/settings"),
        ("/settings/language", "language=en", "/settings"),
        ("/settings/notices", "node-offline=1", "/settings/notices"),
        ("/settings/notices/ntfy", "url=https://ntfy.example/secret", "/settings/notices"),
        ("/settings/notices/ntfy/off", "", "/settings/notices"),
        ("/nodes/here", "on=1&address=panel.example.com", "/nodes"),
        ("/nodes/1/remove", "", "/nodes"),
        ("/nodes/1/restore", "", "/nodes"),
    ];
    for (path, form, page) in changing {
        admin.submit(path, form).is(303);
        admin.get(page).is(200).hides("Nothing was changed.").shows("role=\"status\"");
        let count = || {
            let store = &panel.app.store;
            store.changes_of_node(1, 99).unwrap().len() + store.changes_of_settings(99).unwrap().len()
        };
        let before = count();
        admin.submit(path, form).is(303);
        let told = admin.get(page).is(200).body();
        assert!(told.contains("Nothing was changed."), "{path}: {told}");
        assert_eq!((between(&told, "name=\"step\" value=\"", "\""), count()), (None, before), "{path}");
    }
    admin.submit("/settings/sessions/others", "").is(303);
    admin.get("/settings").shows("Nothing was changed.");
}

#[test]
fn several_users_who_have_the_cipher_get_no_new_links() {
    let panel = Panel::new();
    panel.add("alice");
    let admin = panel.admin();
    admin.submit("/users/batch", "act=method&method=chacha20-ietf-poly1305&user=1").is(303);
    admin.get("/users").shows("Nothing was changed. Skipped: 1 user with that cipher already.").hides("new links");
}

#[test]
fn an_extension_does_not_end_before_today() {
    let panel = Panel::new();
    panel.add("alice");
    let admin = panel.admin();
    let refused = admin.submit("/users/batch", "act=extend&by=until&date=2026-11-21&user=1").is(400);
    refused.shows("id=\"date-error\"").shows("2026-11-21 is in the past: choose today or a later day.");
    assert_eq!(panel.user(1).expires, None);
    admin.submit("/users/batch", "act=extend&by=until&date=2026-11-22&user=1").is(303);
    // On the page of the user a day in the past is possible, and what it means is said.
    admin.submit("/users/1", "expires=2026-11-21").is(303);
    admin.get("/users/1").shows("The expiry date has passed, so this user can no longer connect.");
}

#[test]
fn what_is_chosen_for_several_users_counts_and_advice_can_be_followed() {
    let panel = Panel::new();
    panel.add_as("alice", |draft| {
        draft.quota = Some(Bytes::new(1 << 30));
        draft.expires = Some(Date::parse("2027-01-31").unwrap());
    });
    let admin = panel.admin();
    for (form, field, told) in [
        ("act=extend&by=month&date=2028-02-02", "date", "another choice is selected"),
        ("act=extend&by=until&date=2028-02-02&days=7", "days", "another choice is selected"),
        ("act=extend&by=days&days=", "days", "This is required"),
        ("act=extend&by=days&days=x", "days", "enter 1 to 3653."),
        ("act=extend&by=until&date=never", "date", "write it like “2027-12-31”."),
        ("act=quota&amount=", "amount", "This is required"),
        ("act=quota&amount=0", "amount", "write it as “10 GB” or “500 MB”."),
    ] {
        let refused = admin.submit("/users/batch", &format!("{form}&user=1")).is(400);
        refused.shows(&format!("id=\"{field}-error\"")).shows(told);
    }
    assert_eq!(panel.user(1).revision, 0);
    admin.submit("/users/batch", "act=extend&by=until&date=2028-02-02&days=30&user=1").is(303);
    admin.get("/users").shows("1 user now expires on 2028-02-02.");
    admin.get("/usage?from=never").shows("write it like “2027-12-31”.").hides("or “never”");
}

#[test]
fn a_zero_in_any_unit_is_no_limit() {
    let panel = Panel::new();
    let admin = panel.admin();
    for (number, zero) in (1..).zip(["0", "0.0", "0 GB", "0B"]) {
        admin.submit("/users", &format!("name=u{number}&quota={zero}")).is(303);
        assert_eq!(panel.user(number).quota, None, "{zero}");
        admin.submit(&format!("/users/{number}"), "quota=5").is(303);
        admin.submit(&format!("/users/{number}"), &format!("quota={zero}")).is(303);
        assert_eq!(panel.user(number).quota, None, "{zero}");
        admin.submit("/settings/defaults", "quota=5").is(303);
        admin.submit("/settings/defaults", &format!("quota={zero}")).is(303);
        assert_eq!(panel.app.defaults().unwrap().quota, None, "{zero}");
    }
    // A user from another panel who may use nothing stays so while something else is changed.
    panel.add_as("none", |draft| draft.quota = Some(Bytes::new(0)));
    admin.submit("/users/5", "quota=0+B&note=x").is(303);
    assert_eq!(panel.user(5).quota, Some(Bytes::new(0)));
}
