//! The summary above the users, and bulk actions.

use crate::panel::{DAY, Panel, between};
use mu_panel::model::{Bytes, Date};

fn three() -> Panel {
    let panel = Panel::new();
    for name in ["alice", "bob", "carol"] {
        panel.add(name);
    }
    panel
}

#[test]
fn the_strip_says_how_things_are() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.get("/").hides("class=\"strip\"");
    panel.add_as("over", |draft| draft.quota = Some(Bytes::new(10)));
    panel.add_as("expired", |draft| draft.expires = Some(Date::parse("2026-11-21").unwrap()));
    panel.add_as("on", |draft| draft.quota = Some(Bytes::new(4096)));
    admin.get("/").shows("none yet").shows(r#"title="0 over quota, 1 expired""#);
    panel.node().post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":5,"d":5},{"user_id":3,"u":1024,"d":0}]"#).is(200);
    panel.wait(40);
    let list = admin.get("/").shows("Seen 40 s ago").shows(r#"title="1,034 bytes""#).shows("3 KiB left");
    let list = list.shows("nothing left").shows(r#"title="1 over quota, 1 expired" class="some">2<"#).body();
    assert_eq!(between(&list, "last 5 minutes\">", "<").unwrap(), "2");
    panel.wait(300);
    admin.get("/").shows("Node 1 is silent, last seen 5 min ago").shows(r#"last 5 minutes">0<"#);
    panel.node().post("/mu/v2/nodes/1/traffic", r#"[{"user_id":99,"u":1,"d":1}]"#).is(400);
    panel.node().get("/mu/v2/nodes/1/users").is(200);
    admin.get("/").shows("Something it reported was refused");
}

#[test]
fn users_are_named_and_asked_about_before_anything_happens() {
    let panel = three();
    let admin = panel.admin();
    let list = admin.get("/").body();
    assert!(list.contains(r#"form="bulk" name="user" value="2" aria-label="Tick bob""#), "{list}");
    for (act, asked) in [
        ("on", "Switch on 2 users?"),
        ("off", "Switch off 2 users?"),
        ("reset", "Reset the counters of 2 users?"),
        ("extend", "Extend 2 users?"),
        ("delete", "Delete 2 users?"),
    ] {
        let page = admin.get(&format!("/users/batch?act={act}&user=1&user=3&user=3&user=99&user=x&back=/users?page=2"));
        let page =
            page.is(200).shows(asked).shows("<bdi>alice</bdi>").shows("<bdi>carol</bdi>").hides("<bdi>bob</bdi>");
        page.shows(r#"name="back" value="/users?page=2""#);
    }
    admin.get("/users/batch?act=off").is(200).shows("Nobody is ticked");
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
    admin.get("/users").shows("2 users were switched off.");
    assert_eq!([1, 2, 3].map(|id| panel.user(id).switch), [false, true, false]);
    admin.submit("/users/batch", "act=on&user=3&back=//evil.example").is(303);
    admin.get("/users").shows("1 user was switched on.");
    admin.submit("/users/batch", "act=reset&user=1&user=3").is(303);
    admin.get("/users").shows("The counters of 2 users started again at zero.");
    assert_eq!((panel.used(1), panel.used(3)), ((0, 0), (0, 0)));
    assert_eq!(panel.app.store.periods(3).unwrap().len(), 1);
    let ends = |id: i64| panel.user(id).expires.map(|date| date.to_string());
    admin.submit("/users/batch", "act=extend&by=days&user=1").is(303);
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
    wrong.shows(r#"id="date-error">“soon” is no date"#).shows(r#"value="until" checked"#);
}

#[test]
fn users_are_deleted_all_or_none_and_brought_back() {
    let panel = three();
    let admin = panel.admin();
    admin.submit("/users/2/delete", "").is(303);
    let refused = admin.submit("/users/batch", "act=delete&user=1&user=2&user=3").is(409);
    refused.shows("nothing was done").shows("<bdi>alice</bdi>").hides("<bdi>bob</bdi>");
    assert!(panel.user(1).deleted.is_none());
    admin.submit("/users/batch", "act=delete&user=1&user=3").is(303);
    let list = admin.get("/").shows("2 users were deleted.").body();
    let undo = between(&list, "action=\"/users/batch/undo", "\"").unwrap();
    assert_eq!(undo, "?users=1-3");
    // If a name has been given away meanwhile, nobody is brought back.
    let id = panel.add("carol").id;
    admin.submit("/users/batch/undo?users=1-3", "").is(409).shows("There is a user “carol” already");
    assert!(panel.user(1).deleted.is_some());
    panel.app.store.remove_user(id, panel.now()).unwrap();
    admin.submit("/users/batch/undo?users=1-3", "").is(303);
    admin.get("/").shows("2 users are back.").shows("<bdi>alice</bdi>");
    admin.submit("/users/batch/undo?users=1-3", "").is(404);
    admin.submit("/users/batch/undo?users=x", "").is(404);
}

#[test]
fn all_on_the_page_are_ticked_without_a_script_too() {
    let panel = three();
    let admin = panel.admin();
    let ticked = |html: &str| html.matches("\" checked>").count();
    let plain = admin.get("/users?sort=port").body();
    assert_eq!(ticked(&plain), 0);
    let href = between(&plain, "id=\"tick-all\" href=\"", "#bulk\"").unwrap().replace("&#38;", "&");
    let all = admin.get(&href).shows("Tick none").body();
    assert_eq!(ticked(&all), 3);
    // Where one comes back to, they are not ticked any more.
    assert!(all.contains(r#"name="back" value="/users?sort=port""#), "{all}");
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
    let removed = admin.get("/users?state=removed").is(200).shows("Can be brought back until 2026-12-22").body();
    assert!(removed.contains("href=\"/users/2\"") && !removed.contains("href=\"/users/1\""), "{removed}");
    // Nothing else can be done to them.
    assert!(!removed.contains("type=\"checkbox\"") && !removed.contains("/switch\""), "{removed}");
    admin.get("/users?state=removed&q=nobody").is(200).shows("Nobody matches");
    admin.submit("/users/2/restore", "").is(303);
    admin.get("/").hides("state=removed").shows("href=\"/users/2\"");
    for id in 1..=3 {
        admin.submit(&format!("/users/{id}/delete"), "").is(303);
    }
    // Nobody is left, yet whom to bring back can be found.
    admin.get("/").shows("Nobody here yet").shows("state=removed");
    panel.wait(30 * DAY);
    let admin = panel.admin();
    admin.get("/").shows("Nobody here yet").hides("state=removed");
    admin.get("/users?state=removed").is(200).hides("href=\"/users/2\"");
}
