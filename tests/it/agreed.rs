//! What is agreed with a user beside quota and last day: days from the first use, monthly renewal, and which nodes.

use crate::{
    panel::{DAY, Panel, between},
    periods::zone,
    process::Home,
};
use mu_panel::model::{Change, Date, NodeAccess, ResetDay, Terms, What};

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

#[test]
fn days_count_from_the_first_use() {
    let kolkata = zone("Asia/Kolkata");
    let panel = Panel::in_zone(kolkata.clone());
    let admin = panel.admin();
    admin.submit("/users", "name=alice&valid_days=30").is(303);
    admin.submit("/users", "name=bob").is(303);
    assert_eq!((panel.user(1).expires, panel.user(1).terms.valid_days), (None, Some(30)));
    admin.get("/users/1").is(200).shows(r#"value="30""#);
    // A year in the drawer, and reports without traffic, are no use.
    panel.wait(365 * DAY);
    panel.node().post("/mu/nodes/1/traffic", r#"[{"user_id":1,"u":0,"d":0},{"user_id":2,"u":1,"d":0}]"#).is(200);
    assert_eq!(panel.user(1).terms.valid_days, Some(30));
    panel.node().get("/mu/nodes/1/users").shows(r#""id":1,"#).hides(r#""enable":0"#);
    // Two minutes past midnight in India, when it is still the day before in UTC.
    panel.set_clock(kolkata.start_of(date("2027-12-01")) + 120);
    panel.node().post("/mu/nodes/1/traffic", r#"[{"user_id":1,"u":1,"d":1}]"#).is(200);
    let alice = panel.user(1);
    assert_eq!((alice.expires, alice.terms.valid_days), (Some(date("2027-12-31")), None));
    let changes = vec![Change::from_to("expires", "", "2027-12-31"), Change::from_to("valid-days", "30", "")];
    assert_eq!(panel.app.store.events(1, 1).unwrap()[0].what, What::Changed(changes));
    assert_eq!(panel.user(2).expires, None);
    panel.wait(DAY);
    panel.node().post("/mu/nodes/1/traffic", r#"[{"user_id":1,"u":1,"d":1}]"#).is(200);
    assert_eq!(panel.user(1).expires, Some(date("2027-12-31")), "the first use is the first");
    panel.set_clock(kolkata.start_of(date("2028-01-01")));
    panel.node().get("/mu/nodes/1/users").shows(r#""enable":0"#);
    // Both cannot be.
    let admin = panel.admin();
    admin.submit("/users", "name=carol&valid_days=30&expires=2028-12-31").is(400).shows("id=\"valid_days-error\"");
    for bad in ["0", "-1", "x", "99999", "1.5"] {
        admin.submit("/users", &format!("name=carol&valid_days={bad}")).is(400).shows("id=\"valid_days-error\"");
    }
    admin.submit("/users", "name=carol&valid_days=%EF%BC%93%EF%BC%90").is(303);
    assert_eq!(panel.user(3).terms.valid_days, Some(30), "full-width digits");
}

#[test]
fn a_renewal_moves_the_last_day_and_the_quota_together() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.submit("/users", "name=alice&renews=1").is(400).shows("id=\"renews-error\"");
    admin.submit("/users", "name=alice&renews=1&reset_day=15&quota=1").is(303);
    let agreed = |panel: &Panel| {
        let user = panel.user(1);
        (user.expires.unwrap().to_string(), user.next_reset.unwrap().to_string(), user.used.u.get())
    };
    let is = |last: &str, next: &str, used: i64| {
        assert_eq!(agreed(&panel), (last.to_owned(), next.to_owned(), used));
    };
    is("2026-12-14", "2026-12-15", 0);
    panel.node().post("/mu/users/1/traffic", format!("u={}&d=0&node_id=1", 1 << 30)).is(200);
    panel.node().get("/mu/nodes/1/users").shows(r#""enable":0"#);
    panel.set_clock(Panel::new().now() + 23 * DAY);
    panel.node().get("/mu/nodes/1/users").shows(r#""enable":1"#);
    is("2027-01-14", "2027-01-15", 0);
    let moved = What::Changed(vec![Change::from_to("expires", "2026-12-14", "2027-01-14")]);
    assert!(panel.app.store.events(1, 9).unwrap().iter().any(|event| event.what == moved));
    // Months that the panel was off are no reason to be cut off.
    panel.wait(80 * DAY);
    panel.node().get("/mu/nodes/1/users").shows(r#""enable":1"#);
    is("2027-03-14", "2027-03-15", 0);
    let admin = panel.admin();
    // Another day moves both; no renewal any more leaves the last day as it is.
    admin.submit("/users/1", "reset_day=20&renews=1").is(303);
    is("2027-03-19", "2027-03-20", 0);
    admin.get("/users/1");
    admin.submit("/users/1", "renews=&reset_day=20").is(303);
    assert!(!panel.user(1).terms.renews);
    panel.wait(30 * DAY);
    panel.node().get("/mu/nodes/1/users").shows(r#""enable":0"#);
    assert_eq!(panel.user(1).expires, Some(date("2027-03-19")));
    // A day that was set by hand holds until the next reset.
    let day = ResetDay::new(1).unwrap();
    panel.add_as("bob", |draft| {
        (draft.reset_day, draft.expires) = (Some(day), Some(date("2099-01-01")));
        draft.terms.renews = true;
    });
    assert_eq!(panel.user(2).expires.unwrap(), panel.user(2).next_reset.unwrap().plus_days(-1));
}

/// A last day that is typed beside a renewal is not quietly replaced by the one that the renewal sets.
#[test]
fn a_renewal_that_begins_refuses_another_last_day() {
    let panel = Panel::new();
    let admin = panel.admin();
    let sets =
        "The monthly renewal sets this to 2026-12-14: enter that day or clear the field, or turn the renewal off.";
    let refused = admin.submit("/users", "name=alice&renews=1&reset_day=15&expires=2027-06-30").is(400);
    refused.shows(sets).shows("id=\"expires-error\"").shows("value=\"2027-06-30\"");
    assert!(panel.app.store.listed_users(panel.now()).unwrap().is_empty());
    for (name, expires) in [("empty", ""), ("same", "2026-12-14")] {
        admin.submit("/users", &format!("name={name}&renews=1&reset_day=15&expires={expires}")).is(303);
        assert_eq!(panel.app.store.user_named(name).unwrap().unwrap().expires, Some(date("2026-12-14")));
    }
    admin.submit("/users", "name=alice&reset_day=15&expires=2027-01-31").is(303);
    let alice = || panel.app.store.user_named("alice").unwrap().unwrap();
    let at = format!("/users/{}", alice().id);
    admin.submit(&at, "renews=1&reset_day=15&expires=2027-06-30").is(400).shows(sets);
    assert_eq!((alice().expires, alice().terms.renews), (Some(date("2027-01-31")), false));
    // The day that stands there was not typed, and gives way.
    let shortens = "moves the expiry date from 2027-01-31 to 2026-12-14, which is earlier";
    let asked = admin.submit(&at, "renews=1&reset_day=15&expires=2027-01-31").is(200);
    asked.shows(shortens).shows("Save anyway").hides("the links and codes you have shared stop working");
    assert_eq!((alice().expires, alice().terms.renews), (Some(date("2027-01-31")), false));
    admin.submit(&at, "renews=1&reset_day=15&expires=2027-01-31&sure=1").is(303);
    let told = "now expires on 2026-12-14 and renews every month on day 15. Before, it was 2027-01-31.";
    admin.get(&at).shows(told);
    assert_eq!(alice().expires, Some(date("2026-12-14")));
    // While it goes on a day can be set by hand; on another day it begins anew.
    admin.submit(&at, "renews=1&reset_day=15&expires=2027-06-30").is(303);
    assert_eq!(alice().expires, Some(date("2027-06-30")));
    admin.submit(&at, "renews=1&reset_day=20&expires=2027-07-31").is(400).shows("sets this to 2026-12-19");
    // A reset takes nothing of it away.
    panel.wait(60 * DAY);
    panel.node().get("/mu/nodes/1/users").is(200);
    assert_eq!((alice().expires, alice().next_reset), (Some(date("2027-06-30")), Some(date("2027-02-15"))));
}

#[test]
fn a_user_who_renews_is_shown_to_renew_and_not_to_end() {
    let panel = Panel::new();
    panel.add_as("alice", |draft| {
        draft.reset_day = Some(ResetDay::new(25).unwrap());
        draft.terms.renews = true;
    });
    let admin = panel.admin();
    assert_eq!(panel.user(1).expires, Some(date("2026-11-24")));
    admin.get("/").shows("renews on 2026-11-25").hides("expire within 7 days").hides("until 2026-11-24");
    admin.get("/users?state=soon").hides("<bdi>alice</bdi>");
    admin.get("/users/1").shows("<dt>Renews on</dt><dd>2026-11-25</dd>");
    let own = format!("/u/{}", panel.user(1).secret);
    panel
        .stranger()
        .with("accept", "text/html")
        .get(&own)
        .shows("Your access renews on 2026-11-25.")
        .hides("access ends");
    panel
        .stranger()
        .with("accept", "text/html")
        .get(&format!("{own}?lang=zh"))
        .shows("有效期至 2026-11-24，到期自动续期");
}

#[test]
fn days_from_the_first_use_are_shown_wherever_the_expiry_is() {
    let panel = Panel::new();
    panel.add_as("pend", |draft| draft.terms.valid_days = Some(30));
    let admin = panel.admin();
    for page in ["/", "/users/1", "/users/batch?act=extend&user=1"] {
        admin.get(page).shows("30 days from first use");
    }
    let own = format!("/u/{}", panel.user(1).secret);
    panel.stranger().with("accept", "text/html").get(&own).shows("Your access lasts 30 days from first use.");
    let home = Home::new();
    home.run(&["user", "add", "pend", "--valid-days", "30"]).ok().prints("expires         30 days from first use");
    home.run(&["user", "list"]).ok().prints("30 days from first use");
}

/// What is typed wins over the default, as with the command.
#[test]
fn days_from_the_first_use_win_over_the_default_last_day() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.submit("/settings/defaults", "expires=10").is(303);
    admin.submit("/users", "name=alice&valid_days=30&expires=2026-12-02").is(303);
    assert_eq!((panel.user(1).expires, panel.user(1).terms.valid_days), (None, Some(30)));
    admin.submit("/users", "name=bob&valid_days=30&expires=2026-12-03").is(400).shows("id=\"valid_days-error\"");
}

#[test]
fn what_is_agreed_is_said_by_command_and_survives_a_move() {
    let home = Home::new();
    let add = "user add alice --valid-days 30 --nodes 1,3 --reset-day 1 --json";
    home.run(&add.split(' ').collect::<Vec<_>>()).ok();
    home.run(&["user", "show", "alice"]).ok().prints("30 days from first use").prints("nodes           1, 3");
    home.run(&["user", "set", "alice", "--renew", "on", "--valid-days", "never"]).ok().prints("with each reset");
    home.run(&["user", "set", "alice", "--reset-day", "never"]).fails("monthly renewal needs");
    home.run(&["user", "set", "alice", "--nodes", "x"]).fails("isn't a list of nodes");
    home.run(&["user", "add", "bob", "--valid-days", "7", "--expires", "2099-01-01"]).fails("leave one of them empty");
    home.run(&["user", "add", "bob", "--valid-days", "7"]).ok();
    let both = ["user", "set", "bob", "--renew", "on", "--reset-day", "1", "--expires", "2099-01-01"];
    home.run(&both).fails("the monthly renewal sets this to");
    home.run(&["user", "add", "carol", "--expires", "2099-01-01"]).ok();
    let renewed = home.run(&["user", "set", "carol", "--renew", "on", "--reset-day", "1"]).ok().err();
    for told in ["the renewal moves the expiry date from 2099-01-01 to", "and renews every month on day 1"] {
        assert!(renewed.contains(told), "{renewed}");
    }
    home.run(&["user", "remove", "carol"]).ok();
    for format in ["json", "csv"] {
        let list = home.run(&["export", "--format", format]).ok().out();
        let other = Home::new();
        other.feed(&["import", "-"], &list).ok();
        let panel = Panel::at(&other.db());
        let nodes = NodeAccess::parse("1,3").unwrap();
        assert_eq!(panel.user(1).terms, Terms { valid_days: None, renews: true, nodes }, "{format}");
        assert_eq!(panel.user(2).terms.valid_days, Some(7), "{format}");
    }
}

#[test]
fn links_follow_the_nodes_that_a_user_may_use() {
    let panel = Panel::with_friends();
    let admin = panel.admin();
    for name in ["tokyo", "paris"] {
        admin.submit("/nodes", &format!("name={name}&address={name}.example.net")).is(303);
    }
    admin.submit("/users/1", "nodes=2&sure=1").is(303);
    admin.submit("/users/1", "nodes=x").is(400).shows("id=\"nodes-error\"");
    admin.get("/users/1").is(200).shows("@paris.example.net").hides("@tokyo.example.net");
    let own = format!("/u/{}?format=base64", panel.user(1).secret);
    let links = panel.stranger().get(&own).is(200).body();
    let decoded = |text: &str| {
        use base64::Engine;
        String::from_utf8(base64::engine::general_purpose::STANDARD.decode(text.trim()).unwrap()).unwrap()
    };
    assert!(decoded(&links).contains("paris") && !decoded(&links).contains("tokyo"));
    admin.submit("/users/1", "shown=nodes&nodes=2&nodes=all").is(303);
    admin.get("/users/1").is(200).shows("@paris.example.net").shows("@tokyo.example.net");
}

#[test]
fn lists_of_nodes_follow_the_nodes_that_a_user_may_use() {
    let panel = Panel::with_friends();
    let enabled = |target: &str| -> Vec<(i64, i64, i64)> {
        let list = panel.node().get(target).is(200).json();
        let number = |row: &serde_json::Value, key: &str| row[key].as_i64().unwrap();
        let rows = list["data"].as_array().unwrap();
        rows.iter().map(|row| (number(row, "id"), number(row, "enable"), number(row, "switch"))).collect()
    };
    let all = vec![(1, 1, 1), (2, 1, 1)];
    for target in ["/mu/nodes/1/users", "/mu/nodes/2/users", "/mu/users", "/mu/users?node=2"] {
        assert_eq!(enabled(target), all, "{target}");
    }
    let admin = panel.admin();
    admin.get("/users/1");
    admin.submit("/users/1", "nodes=2%2C3").is(303);
    // As with a removed user, a node that loses a user is told so and does not just hear of them no more.
    assert_eq!(enabled("/mu/nodes/1/users"), [(1, 0, 0), (2, 1, 1)]);
    assert_eq!(enabled("/mu/nodes/2/users"), all);
    assert_eq!(enabled("/mu/nodes/13/users"), [(1, 0, 0), (2, 1, 1)]);
    assert_eq!(enabled("/mu/users?node=2"), all);
    panel.wait(700);
    assert_eq!(enabled("/mu/users?node=1"), [(1, 0, 0), (2, 1, 1)]);
    let uuid = panel.user(1).uuid;
    panel.node().get("/mu/nodes/1/v2rayUsers").is(200).hides(&uuid);
    panel.node().get("/mu/nodes/3/v2rayUsers").is(200).shows(&uuid);
    // What the node still reports of them counts.
    panel.node().post("/mu/nodes/1/traffic", r#"[{"user_id":1,"u":5,"d":0}]"#).is(200);
    assert_eq!(panel.used(1), (5, 0));
    admin.submit("/users/1", "shown=nodes&nodes=2&nodes=all").is(303);
    assert_eq!(enabled("/mu/nodes/1/users"), all);
    panel.node().get("/mu/nodes/1/v2rayUsers").shows(&uuid);
}

/// With two nodes and more, each has a box with its name; of boxes without a tick nothing is sent.
#[test]
fn nodes_are_chosen_by_their_names() {
    let panel = Panel::new();
    let user = panel.add("alice");
    let admin = panel.admin();
    admin.submit("/nodes", "name=Tokyo&address=tokyo.example.net").is(303);
    admin.get("/users/1").hides(r#"name="nodes""#);
    admin.submit("/nodes", "name=Paris&address=paris.example.net").is(303);
    admin.submit("/nodes", "name=&address=").is(303);
    let ticked = |page: &str, value: &str| {
        let sign = format!(r#"<input type="checkbox" name="nodes" value="{value}""#);
        page.split_once(&sign).unwrap_or_else(|| panic!("no {value} in {page}")).1.starts_with(" checked")
    };
    let state = || {
        let page = admin.get("/users/1").is(200).shows("> Tokyo</label>").shows("> Node 3</label>").body();
        ["all", "1", "2", "3"].map(|value| ticked(&page, value))
    };
    let access = || panel.user(user.id).terms.nodes;
    assert_eq!(state(), [true, false, false, false]);
    // What is ticked beside the one that was there is what is meant.
    admin.submit("/users/1", "shown=nodes&nodes=all&nodes=1&nodes=3&sure=1").is(303);
    assert_eq!((access().to_string().as_str(), state()), ("1, 3", [false, true, false, true]));
    admin.submit("/users/1", "shown=nodes&nodes=2&nodes=3&sure=1").is(303);
    assert_eq!(access().to_string(), "2, 3");
    admin.submit("/users/1", "shown=nodes&nodes=2&nodes=3&nodes=all").is(303);
    assert_eq!((access(), state()), (NodeAccess::All, [true, false, false, false]));
    // No tick at all would cut the user off: that is asked about, and nothing is changed.
    let refused = admin.submit("/users/1", "shown=nodes&note=x").is(400).shows("id=\"nodes-error\"");
    refused.shows("No node is selected: select at least one, or all.").shows("href=\"#nodes\"");
    assert_eq!((access(), panel.user(1).note.as_str()), (NodeAccess::All, ""));
    // A form without the boxes leaves the choice as it is.
    admin.submit("/users/1", "shown=nodes&nodes=2&sure=1").is(303);
    admin.submit("/users/1", "note=x").is(303);
    assert_eq!(access().to_string(), "2");
    // A node that was removed stays chosen until it is no more, and is named.
    admin.submit("/nodes/2/remove", "").is(303);
    let page = admin.get("/users/1").is(200).shows("> Node 2 (removed)</label>").body();
    assert!(ticked(&page, "2") && !ticked(&page, "1"));
    admin.submit("/users/1", "shown=nodes&nodes=2&note=y").is(303);
    assert_eq!(access().to_string(), "2");
    // A new user, too.
    admin.submit("/users", "name=bob&shown=nodes&nodes=all&nodes=1").is(303);
    assert_eq!(panel.user(2).terms.nodes.to_string(), "1");
    admin.submit("/users", "name=carol&shown=nodes").is(400).shows("value=\"carol\"").shows("No node is selected");
    // The history has the names.
    let history = admin.get("/users/1").is(200).body();
    for told in ["Nodes All, including new ones → Tokyo, Node 3", "Nodes Node 2, Node 3 → All, including new ones"]
    {
        assert!(history.contains(told), "{told}: {history}");
    }
    admin.submit("/language", "to=zh&back=/users/1");
    admin.get("/users/1").shows("可用节点 全部（包括以后添加的） → Tokyo、节点 3");
}

/// Of two tabs that choose nodes the second is told by name what was saved.
#[test]
fn what_another_tab_chose_is_told_by_name() {
    let panel = Panel::new();
    panel.add("alice");
    let admin = panel.admin();
    for name in ["Tokyo", "Paris"] {
        admin.submit("/nodes", &format!("name={name}&address={name}.example.net")).is(303);
    }
    let page = admin.get("/users/1").is(200).body();
    let seen = between(&page, "name=\"seen\" value=\"", "\"").unwrap().replace("&#38;", "&").replace("&#39;", "'");
    let seen: String = form_urlencoded::byte_serialize(seen.as_bytes()).collect();
    admin.submit("/users/1", "shown=nodes&nodes=1&nodes=2").is(303);
    let second = admin.submit("/users/1", &format!("seen={seen}&shown=nodes&nodes=2&nodes=all")).is(409);
    second.shows("Now saved: Tokyo, Paris");
    assert_eq!(panel.user(1).terms.nodes.to_string(), "1, 2");
}

#[test]
fn limits_are_set_in_the_form_and_told_to_nodes() {
    let panel = Panel::new();
    let (user, admin) = (panel.add("anna"), panel.admin());
    let row = || panel.node().get("/mu/v2/nodes/1/users").is(200).json()["data"][0].clone();
    let told = || (row()["node_speedlimit"].as_i64(), row()["node_connector"].as_i64());
    let kept = || (panel.user(user.id).speed, panel.user(user.id).devices);
    assert_eq!(told(), (Some(0), Some(0)));
    let page = format!("/users/{}", user.id);
    admin.get(&page).shows("id=\"speed\"").shows("Only nodes that run mu-panel keep it");
    admin.submit(&page, "speed=50&devices=3").is(303);
    assert_eq!(told(), (Some(50), Some(3)));
    let changed = vec![Change::from_to("speed", "", "50"), Change::from_to("devices", "", "3")];
    assert_eq!(panel.app.store.events(user.id, 1).unwrap()[0].what, What::Changed(changed));
    admin.get(&page).shows("Speed limit");
    for bad in ["fast", "-1", "1.5", "100001", "99999999999", "+5", "5 Mbit"] {
        let encoded = bad.replace('+', "%2B").replace(' ', "+");
        let refused = admin.submit(&page, &format!("speed={encoded}&devices=2&quota=5GB")).is(400);
        refused.shows(&format!("value=\"{bad}\"")).shows("id=\"speed-error\"").hides("id=\"devices-error\"");
        admin.submit(&page, &format!("speed=1&devices={encoded}")).is(400).shows("id=\"devices-error\"");
    }
    assert_eq!((kept(), panel.user(user.id).quota), ((50, 3), None), "bad input changes nothing");
    admin.submit(&page, "speed=%EF%BC%91%EF%BC%90&devices=%E4%B8%8D%E9%99%90").is(303);
    assert_eq!(kept(), (10, 0), "full-width digits, and no limit in words");
    admin.submit(&page, "speed=&devices=").is(303);
    assert_eq!(kept(), (0, 0));
    admin.submit("/users", "name=bob&speed=8&devices=1").is(303);
    assert_eq!((panel.user(2).speed, panel.user(2).devices), (8, 1));
}

#[test]
fn limits_are_set_by_command_and_survive_a_move() {
    let home = Home::new();
    home.run(&["user", "add", "anna", "--speed", "20"]).ok();
    home.run(&["user", "set", "anna", "--devices", "3"])
        .ok()
        .prints("speed limit     20 Mbit/s")
        .prints("devices         3");
    home.run(&["user", "set", "anna", "--speed", "slow"]).fails("`slow` isn't a valid limit");
    home.run(&["user", "set", "anna", "--devices", "100001"]).fails("from 1 to 100000");
    for format in ["json", "csv"] {
        let list = home.run(&["export", "--format", format]).ok().out();
        let other = Home::new();
        other.feed(&["import", "-"], &list).ok();
        let panel = Panel::at(&other.db());
        assert_eq!((panel.user(1).speed, panel.user(1).devices), (20, 3), "{format}");
    }
    home.run(&["user", "set", "anna", "--speed", "none", "--devices", "none"]).ok().prints("speed limit     none");
    // SSPanel has places.
    for (given, speed) in [("0.00", 0), ("50.00", 50), ("12.5", 13), ("0.25", 1)] {
        let other = Home::new();
        let list = format!("name,node_speedlimit,node_connector\nanna,{given},2\n");
        other.feed(&["import", "-"], &list).ok();
        assert_eq!(
            (Panel::at(&other.db()).user(1).speed, Panel::at(&other.db()).user(1).devices),
            (speed, 2),
            "{given}"
        );
    }
}
