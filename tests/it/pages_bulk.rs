//! The summary above the users, and bulk actions.

use crate::panel::{Answer, Caller, DAY, Panel, between};
use mu_panel::model::{Bytes, Date, User};

fn three() -> Panel {
    let panel = Panel::new();
    for name in ["alice", "bob", "carol"] {
        panel.add(name);
    }
    panel
}

#[test]
fn the_summary_says_how_things_are() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.get("/").hides("class=\"summary\"");
    panel.add_as("over", |draft| draft.quota = Some(Bytes::new(10)));
    panel.add_as("expired", |draft| draft.expires = Some(Date::parse("2026-11-21").unwrap()));
    panel.add_as("on", |draft| draft.quota = Some(Bytes::new(4096)));
    admin
        .get("/")
        .shows("No node has connected yet: set one up")
        .shows("<strong>1</strong> expired")
        .hides("</strong> over quota");
    panel.node().post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":5,"d":5},{"user_id":3,"u":1024,"d":0}]"#).is(200);
    panel.wait(40);
    let list = admin.get("/").shows("Node 1 · Seen 40 s ago").shows(r#"title="1,034 bytes""#).shows("3 KiB left");
    let list = list.shows("nothing left").shows("<strong>1</strong> over quota").shows("<strong>2</strong> online");
    list.shows("<strong>3</strong> users").shows("href=\"/users?state=over\"");
    panel.wait(300);
    admin.get("/").shows("Node 1 is offline, last seen 5 min ago").shows("<strong>0</strong> online");
    panel.node().post("/mu/v2/nodes/1/traffic", r#"[{"user_id":99,"u":1,"d":1}]"#).is(400);
    panel.node().get("/mu/v2/nodes/1/users").is(200);
    admin.get("/").shows("sent reports that were rejected");
}

#[test]
fn users_are_named_and_asked_about_before_anything_happens() {
    let panel = three();
    let admin = panel.admin();
    let list = admin.get("/").body();
    assert!(list.contains(r#"form="bulk" name="user" value="2" aria-label="Select bob""#), "{list}");
    for (act, asked) in [
        ("on", "Switch on 2 users?"),
        ("off", "Switch off 2 users?"),
        ("reset", "Reset the usage of 2 users?"),
        ("extend", "Extend 2 users?"),
        ("quota", "Add quota for 2 users?"),
        ("method", "Change the cipher of 2 users?"),
        ("delete", "Delete 2 users?"),
    ] {
        let page = admin.get(&format!("/users/batch?act={act}&user=1&user=3&user=3&user=99&user=x&back=/users?page=2"));
        let page =
            page.is(200).shows(asked).shows("<bdi>alice</bdi>").shows("<bdi>carol</bdi>").hides("<bdi>bob</bdi>");
        page.shows(r#"name="back" value="/users?page=2""#);
    }
    admin.get("/users/batch?act=off").is(200).shows("No users selected");
    admin.get("/users/batch?act=explode&user=1").is(404);
    admin.get("/users/batch?act=restore&user=1").is(404);
    assert!((1..=3).all(|id| panel.user(id).switch && panel.user(id).revision == 0));
}

#[test]
fn users_are_switched_reset_and_extended_in_one_go() {
    let panel = three();
    panel.node().post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":5,"d":5},{"user_id":3,"u":7,"d":0}]"#).is(200);
    let admin = panel.admin();
    let to = admin.submit("/users/batch", "act=off&user=1&user=3&back=/users?page=2").is(303);
    assert_eq!(to.header("Location"), "/users?page=2");
    admin.get("/users").shows("2 users switched off.");
    assert_eq!([1, 2, 3].map(|id| panel.user(id).switch), [false, true, false]);
    admin.submit("/users/batch", "act=on&user=3&back=//evil.example").is(303);
    admin.get("/users").shows("1 user switched on.");
    admin.submit("/users/batch", "act=reset&user=1&user=3").is(303);
    admin.get("/users").shows("Usage of 2 users reset to zero.");
    assert_eq!((panel.used(1), panel.used(3)), ((0, 0), (0, 0)));
    assert_eq!(panel.app.store.periods(3).unwrap().len(), 1);
    let ends = |id: i64| panel.user(id).expires.map(|date| date.to_string());
    admin.submit("/users/batch", "act=extend&by=days&user=1").is(303);
    admin.get("/users").shows("Nothing was changed. Skipped: 1 user with no expiry date");
    assert_eq!(ends(1), None);
    admin.submit("/users/batch", "act=extend&by=until&date=2027-01-31&user=1&user=2").is(303);
    assert_eq!((ends(1), ends(2), ends(3)), (Some("2027-01-31".into()), Some("2027-01-31".into()), None));
    admin.submit("/users/batch", "act=extend&by=month&user=1").is(303);
    admin.submit("/users/batch", "act=extend&by=days&user=2").is(303);
    assert_eq!((ends(1).unwrap(), ends(2).unwrap()), ("2027-02-28".to_owned(), "2027-03-02".to_owned()));
    // A user who has expired is extended from today.
    panel.wait(200 * DAY);
    let admin = panel.admin();
    admin.submit("/users/batch", "act=extend&by=days&user=1").is(303);
    assert_eq!(ends(1).unwrap(), "2027-07-10");
    let wrong = admin.submit("/users/batch", "act=extend&by=until&date=soon&user=1").is(400);
    admin.submit("/users/batch", "act=extend&by=until&date=&user=1").is(400).shows("Choose a date.");
    wrong.shows(r#"id="date-error">“soon” isn&#39;t a valid date"#).shows(r#"value="until" checked"#);
}

#[test]
fn who_would_stay_as_they_are_is_said_before() {
    let panel = three();
    let admin = panel.admin();
    let ask = |act: &str| admin.get(&format!("/users/batch?act={act}&user=1&user=2&user=3")).is(200);
    ask("extend").shows("3 users have no expiry date: nothing would change, unless you enter a date.");
    ask("quota").shows("3 users have no limit: nothing would change.");
    ask("reset").shows("3 users have no usage: nothing would change.");
    ask("on").shows("3 users are on already: nothing would change.");
    for act in ["off", "method", "delete"] {
        ask(act).hides("nothing would change").hides("skipped");
    }
    admin.submit("/users/1", "expires=2027-01-31").is(303);
    admin.submit("/users/1/switch", "on=0").is(303);
    ask("extend").shows("2 users have no expiry date and will be skipped.");
    ask("off").shows("1 user is off already and will be skipped.");
    admin.get("/users/batch?act=extend&user=1").hides("skipped");
}

/// Undoes what the next page of the list says was done.
fn undo(admin: &Caller<'_>, told: &str) -> Answer {
    let list = admin.get("/users").is(200).shows(told).body();
    let step = between(&list, "name=\"step\" value=\"", "\"").unwrap();
    admin.submit("/undo", &format!("step={step}&back=/users"))
}

#[test]
fn users_are_deleted_all_or_none_and_restored() {
    let panel = three();
    let admin = panel.admin();
    admin.submit("/users/2/delete", "").is(303);
    let refused = admin.submit("/users/batch", "act=delete&user=1&user=2&user=3").is(409);
    refused.shows("nothing was changed").shows("<bdi>alice</bdi>").hides("<bdi>bob</bdi>");
    assert!(panel.user(1).deleted.is_none());
    admin.submit("/users/batch", "act=delete&user=1&user=3").is(303);
    let list = admin.get("/").shows("2 users deleted.").body();
    let step = between(&list, "name=\"step\" value=\"", "\"").unwrap();
    // If a name has been given away in the meantime, no user is restored.
    let id = panel.add("carol").id;
    admin.submit("/undo", &format!("step={step}")).is(409).shows("There is already a user “carol”");
    assert!(panel.user(1).deleted.is_some());
    panel.app.store.remove_user(id, panel.now()).unwrap();
    admin.submit("/undo", &format!("step={step}")).is(303);
    admin.get("/").shows("Undone.").shows("<bdi>alice</bdi>");
    for gone in [step.as_str(), "x", ""] {
        admin.submit("/undo", &format!("step={gone}")).is(409).shows("can no longer be undone");
    }
}

#[test]
fn every_action_on_several_users_says_what_it_did_and_skipped_and_can_be_undone() {
    let panel = three();
    panel.node().post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":5,"d":5},{"user_id":3,"u":7,"d":0}]"#).is(200);
    let admin = panel.admin();
    admin.submit("/users/1", "quota=1GiB&expires=2027-01-31").is(303);
    for (form, told) in [
        ("act=off", "3 users switched off."),
        ("act=on", "Nothing was changed. Skipped: 3 users already on."),
        ("act=reset", "Usage of 2 users reset to zero. Skipped: 1 user with no usage."),
        ("act=extend&by=days&days=10", "1 user extended. Skipped: 2 users with no expiry date"),
        ("act=extend&by=until&date=2027-05-05", "3 users now expire on 2027-05-05."),
        ("act=quota&amount=5+GiB", "Quota of 1 user raised. Skipped: 2 users without a limit."),
        ("act=method&method=2022-blake3-aes-256-gcm", "Cipher of 3 users changed."),
        ("act=method&method=chacha20-ietf-poly1305", "Nothing was changed. Skipped: 3 users with that cipher already."),
        ("act=delete", "3 users deleted."),
    ] {
        panel.wait(2);
        let plain = |mut user: User| {
            user.revision = 0;
            user
        };
        let users = || [1, 2, 3].map(|id| plain(panel.user(id)));
        let periods = || panel.app.store.periods(1).unwrap();
        let before = (users(), periods());
        admin.submit("/users/batch", &format!("{form}&user=1&user=2&user=3")).is(303);
        if told.starts_with("Nothing") {
            admin.get("/users").shows(told).shows("flash plain").hides("name=\"step\"");
            assert_eq!((users(), periods()), before, "{form}");
            continue;
        }
        assert_ne!(users(), before.0, "{form}");
        undo(&admin, told).is(303);
        assert_eq!((users(), periods()), before, "{form}");
    }
}

#[test]
fn resetting_all_can_be_undone_unless_something_came_after() {
    let panel = three();
    let report = r#"[{"user_id":1,"u":5,"d":5},{"user_id":3,"u":7,"d":0}]"#;
    panel.node().post("/mu/v2/nodes/1/traffic", report).is(200);
    let admin = panel.admin();
    panel.wait(2);
    admin.submit("/usage/reset", "").is(303);
    // What is counted in between is not lost.
    panel.node().post("/mu/v2/nodes/1/traffic", report).is(200);
    undo(&admin, "Usage of 2 users reset to zero.").is(303);
    assert_eq!((panel.used(1), panel.used(3)), ((10, 10), (14, 0)));
    panel.wait(2);
    admin.submit("/usage/reset", "").is(303);
    let list = admin.get("/users").body();
    let step = between(&list, "name=\"step\" value=\"", "\"").unwrap();
    admin.submit("/users/1", "quota=1GiB").is(303);
    admin.submit("/undo", &format!("step={step}")).is(409).shows("something was changed afterwards");
    assert_eq!((panel.used(1), panel.used(3)), ((0, 0), (0, 0)));
}

#[test]
fn all_on_the_page_are_selected_without_a_script_too() {
    let panel = three();
    let admin = panel.admin();
    let ticked = |html: &str| html.matches("\" checked>").count();
    let plain = admin.get("/users?sort=port").body();
    assert_eq!(ticked(&plain), 0);
    let href = between(&plain, "id=\"tick-all\" href=\"", "#bulk\"").unwrap().replace("&#38;", "&");
    let all = admin.get(&href).shows("Select none").body();
    assert_eq!(ticked(&all), 3);
    // Where one comes back to, they are still selected.
    assert!(all.contains(r#"name="back" value="/users?sort=port&#38;tick=all""#), "{all}");
    assert_eq!(ticked(&admin.get("/users?tick=1-3").body()), 2);
    assert!(all.contains(r#"id="tick-all" href="/users?sort=port#bulk""#), "{all}");
}

#[test]
fn the_removed_are_listed_and_brought_back_for_30_days() {
    let panel = three();
    let admin = panel.admin();
    admin.get("/").hides("state=removed");
    admin.submit("/users/2/delete", "").is(303);
    admin.get("/users/1");
    let list = admin.get("/").shows("state=removed").body();
    assert!(!list.contains("href=\"/users/2\""), "{list}");
    let removed = admin.get("/users?state=removed").is(200).shows("Can be restored until 2026-12-22").body();
    assert!(removed.contains("href=\"/users/2\"") && !removed.contains("href=\"/users/1\""), "{removed}");
    // Nothing else can be done to them.
    assert!(!removed.contains("form=\"bulk\"") && !removed.contains("/switch\""), "{removed}");
    admin.get("/users?state=removed&q=nobody").is(200).shows("No matching users");
    admin.submit("/users/2/restore", "").is(303);
    admin.get("/").hides("state=removed").shows("href=\"/users/2\"");
    for id in 1..=3 {
        admin.submit(&format!("/users/{id}/delete"), "").is(303);
    }
    // No user is left, yet the removed ones can be found.
    admin.get("/").shows("No users yet").shows("state=removed");
    panel.wait(30 * DAY);
    let admin = panel.admin();
    admin.get("/").shows("No users yet").hides("state=removed");
    admin.get("/users?state=removed").is(200).hides("href=\"/users/2\"");
}
