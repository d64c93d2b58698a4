//! The nodes and the settings.

use crate::panel::{DAY, Panel, between};

#[test]
fn a_node_is_prepared_before_it_calls() {
    let panel = Panel::new();
    let admin = panel.admin().with("host", "panel.example:8443");
    admin.get("/nodes").is(200).shows("No node yet").shows("<details open>");
    let answer = admin.submit("/nodes", "name=Tokyo&address=tokyo.example&rate=0.5").is(303);
    assert_eq!(answer.header("Location"), "/nodes/1");
    admin
        .get("/nodes/1")
        .is(200)
        .shows("<bdi>Tokyo</bdi> added.")
        .shows("Waiting for first connection")
        .shows("http://panel.example:8443/mu/v2/")
        .shows(r#"<code id="node_id">1</code>"#)
        .shows("× 0.5");
    panel.node().get("/mu/v2/nodes/1/users").is(200);
    admin.get("/nodes").shows("Seen just now");
    panel.wait(300);
    admin.get("/nodes").shows("Offline, last seen 5 min ago");
}

#[test]
fn a_node_tells_how_it_does() {
    let panel = Panel::new();
    panel.add("alice");
    let node = panel.node();
    node.post("/mu/v2/nodes/7/traffic", r#"[{"user_id":1,"u":1024,"d":2048},{"user_id":9,"u":1,"d":1}]"#).is(200);
    node.post("/mu/v2/nodes/7/online_count", "count=3").is(200);
    node.post("/mu/v2/nodes/7/info", "load=0.1+0.2+0.3&uptime=1123456.5").is(200);
    let admin = panel.admin();
    for page in ["/nodes", "/nodes/7"] {
        let answer = admin.get(page).is(200).shows("<bdi>Node 7</bdi>").shows("1 KiB").shows("2 KiB").shows("13 days");
        let answer = answer.shows("Users online</dt><dd title=\"2026-11-22 12:00 (UTC)\">3</dd>").shows("0.1 0.2 0.3");
        answer.shows("there is no such user");
    }
}

#[test]
fn the_token_is_only_in_the_page_when_asked_for() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.submit("/nodes", "name=Tokyo").is(303);
    let token = panel.token();
    for page in ["/", "/nodes", "/nodes/1", "/settings", "/settings/rotate"] {
        admin.get(page).is(200).hides(&token);
    }
    admin.submit("/nodes/1/token", "").is(200).shows(&token);
    admin.submit("/settings/token", "").is(200).shows(&token);
    admin.get("/settings").is(200).hides(&token);
}

#[test]
fn the_token_is_replaced_after_asking() {
    let panel = Panel::new();
    let admin = panel.admin();
    let before = panel.token();
    admin.get("/settings/rotate").is(200).shows("All nodes lose their connection to the panel at once");
    assert_eq!(panel.token(), before);
    let old = panel.node();
    old.get("/mu/v2/users").is(200);
    admin.submit("/settings/rotate", "").is(303);
    assert_ne!(panel.token(), before);
    old.get("/mu/v2/users").is(401);
    admin.get("/settings").shows("The token was replaced.").hides(&panel.token());
}

#[test]
fn a_nodes_fault_stands_beside_its_field() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.submit("/nodes", "name=Tokyo").is(303);
    for (form, field, words) in [
        ("name=a%07", "name", "A name can&#39;t contain"),
        ("address=http://x/", "address", "“http://x/” isn&#39;t a valid address"),
        ("rate=-1", "rate", "“-1” isn&#39;t a valid multiplier"),
        ("rate=1.2345", "rate", "“1.2345” isn&#39;t a valid multiplier"),
    ] {
        for at in ["/nodes", "/nodes/1"] {
            let body = admin.submit(at, &format!("{form}&name=kept&address=kept.example")).is(400).body();
            let error = between(&body, &format!("id=\"{field}-error\">"), "</p>").unwrap_or_default();
            assert!(error.contains(words), "{form} at {at}: {body}");
            assert!(body.contains("kept"), "{body}");
        }
    }
    admin.submit("/nodes/1", "name=Osaka&address=osaka.example&rate=&sure=1").is(303);
    admin.get("/nodes/1").shows("Changes to <bdi>Osaka</bdi> saved.").shows("osaka.example");
    panel.add("alice");
    admin.get("/users/1").shows("osaka.example");
    assert_eq!(panel.app.store.nodes().unwrap().len(), 1);
}

#[test]
fn each_known_program_has_a_ready_configuration() {
    let panel = Panel::new();
    let admin = panel.admin().with("host", "panel.example");
    admin.submit("/nodes", "name=Tokyo").is(303);
    let token = panel.token();
    let page = admin.get("/nodes/1").is(200).shows("MU_TOKEN=TOKEN").hides(&token);
    page.shows("MU_URI=http://panel.example/mu/v2/").shows("API_URL = &#39;http://panel.example/mu&#39;");
    let shown = admin.submit("/nodes/1/token", "").is(200).shows(&format!("MU_TOKEN={token}")).hides("MU_TOKEN=TOKEN");
    shown.shows(&format!("API_PASS = &#39;{token}&#39;")).shows(&format!("key {token}"));
}

#[test]
fn waiting_for_the_first_contact_ends_with_it() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.submit("/nodes", "name=Tokyo").is(303);
    admin.get("/nodes/1").is(200).shows("Watch for it");
    let waiting = admin.get("/nodes/1/watch").is(200).shows("Waiting for the first connection…").hides("name=\"name\"");
    assert_eq!(waiting.header("Refresh"), "3; url=/nodes/1/watch?round=1");
    let tired = admin.get("/nodes/1/watch?round=200").is(200).shows("No connection in ten minutes");
    assert_eq!(tired.header("Refresh"), "");
    panel.node().get("/mu/v2/nodes/1/users").is(200);
    panel.wait(6);
    let works = admin.get("/nodes/1/watch?round=1").is(200).shows("It works: seen 6 s ago.");
    assert_eq!(works.header("Refresh"), "");
    assert_eq!(admin.get("/nodes/1").is(200).hides("Watch for it").header("Refresh"), "");
    admin.get("/nodes/9/watch").is(404);
}

#[test]
fn a_nodes_traffic_is_told_by_day_and_by_user() {
    let panel = Panel::new();
    panel.add("alice");
    panel.add("<b>bob");
    let node = panel.node();
    node.post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":1024,"d":2048},{"user_id":2,"u":0,"d":1024}]"#).is(200);
    node.post("/mu/v2/nodes/2/traffic", r#"[{"user_id":2,"u":0,"d":1073741824}]"#).is(200);
    panel.wait(86_400);
    node.post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":0,"d":4096}]"#).is(200);
    let admin = panel.admin();
    let page = admin.get("/nodes/1").is(200).shows("2026-</span>11-23").shows("November 2026").body();
    let top = between(&page, "id=\"top\"", "</section>").unwrap();
    assert!(top.find("alice").unwrap() < top.find("&#60;b&#62;bob").unwrap(), "{top}");
    assert!(top.contains("87.5%") && top.contains("12.5%") && !top.contains("GiB"), "{top}");
    assert!(page.contains("title=\"8,192 bytes\">8 KiB"), "{page}");
    admin.submit("/users/2/delete", "").is(303);
    let top = between(&admin.get("/nodes/1").body(), "id=\"top\"", "</section>").unwrap();
    assert!(top.contains("bob") && !top.contains("/users/2"), "who was removed is still in the sum: {top}");
    panel.set_clock(panel.now() + 10 * 86_400);
    admin.sign_in(crate::panel::PASSWORD);
    admin.get("/nodes/1").is(200).shows("No usage in this month").shows("?month=2026-11#days");
    admin.get("/nodes/1?month=2026-11").is(200).shows("87.5%");
}

#[test]
fn users_beyond_the_first_twenty_are_one_row() {
    let panel = Panel::new();
    let report = |users: std::ops::RangeInclusive<i64>| {
        let rows: Vec<String> = users.map(|id| format!(r#"{{"user_id":{id},"u":0,"d":{}}}"#, 1024 * id)).collect();
        panel.node().post("/mu/v2/nodes/1/traffic", format!("[{}]", rows.join(","))).is(200);
    };
    for number in 1..=22 {
        panel.add(&format!("friend {number:02}"));
    }
    let admin = panel.admin();
    let table = || {
        let page = admin.get("/nodes/1").is(200).body();
        let table = between(&page, "id=\"top\"", "</section>").unwrap();
        (table.matches("scope=\"row\"").count(), table)
    };
    report(3..=22);
    let (rows, all) = table();
    assert!(rows == 20 && !all.contains("other"), "{all}");
    report(2..=2);
    let (rows, one) = table();
    assert!(rows == 21 && one.contains("<bdi>1 other</bdi>") && !one.contains("friend 02"), "{one}");
    report(1..=1);
    let (rows, two) = table();
    assert!(rows == 21 && two.contains("<bdi>2 others</bdi>") && !two.contains("friend 01"), "{two}");
    // Both together: 3 of 253 KiB.
    assert!(two.contains("title=\"3,072 bytes\">3 KiB") && two.contains("1.2%"), "{two}");
    assert!(two.find("friend 22").unwrap() < two.find("friend 03").unwrap(), "{two}");
    assert!(two.find("friend 03").unwrap() < two.find("2 others").unwrap(), "they come last: {two}");
    admin.post("/language", "to=zh&back=/").is(303);
    assert!(table().1.contains("其他 2 位"));
}

#[test]
fn nodes_that_nobody_confirmed_are_256_at_most_and_a_further_one_is_refused_and_shown() {
    let panel = Panel::new();
    panel.add("alice");
    let (node, admin) = (panel.node(), panel.admin());
    admin.get("/nodes").is(200);
    admin.submit("/nodes", "name=Tokyo&address=tokyo.example&rate=1").is(303);
    for id in 2..=257 {
        node.post(&format!("/mu/nodes/{id}/online_count"), "count=1").is(200);
    }
    admin
        .get("/nodes")
        .is(200)
        .hides("that you have not confirmed have connected")
        .shows("Not confirmed. If this node is yours");
    let batch = r#"[{"user_id":1,"u":5,"d":5}]"#;
    for answer in [
        node.post("/mu/nodes/1000/traffic", batch),
        node.post("/mu/users/1/traffic", "u=5&d=5&node_id=1000"),
        node.post("/mu/nodes/1000/info", "load=1&uptime=1"),
        node.post("/mu/nodes/1000/ip", r#"{"ip":"192.0.2.1"}"#),
        node.get("/mu/nodes/1000/users"),
        node.get("/mu/nodes/1000/users"),
    ] {
        let told = answer.is(400).json();
        assert_eq!(told["ret"], 0);
        assert!(told["msg"].as_str().unwrap().contains("node 1000 is unknown"), "{told}");
    }
    assert_eq!(panel.used(1), (0, 0), "nothing of it is counted");
    admin.get("/nodes").is(200).shows("256 nodes that you have not confirmed have connected").shows("node 1000 was");
    // Those that are known go on.
    node.post("/mu/nodes/257/traffic", batch).is(200);
    node.post("/mu/nodes/1/traffic", batch).is(200);
    // One that is saved makes room for one.
    admin.get("/nodes/2").is(200).shows("Not confirmed");
    admin.submit("/nodes/2", "name=Paris&address=&rate=1").is(303);
    admin.get("/nodes/2").is(200).hides("Not confirmed");
    node.post("/mu/nodes/1000/traffic", batch).is(200);
    node.post("/mu/nodes/1001/traffic", batch).is(400);
    // And so does removing those without traffic.
    admin.get("/nodes").is(200);
    admin.submit("/nodes/unconfirmed/remove", "").is(303);
    let ids: Vec<i64> = panel.app.store.nodes().unwrap().iter().map(|node| node.id).collect();
    assert_eq!(ids, [1, 2, 257, 1000], "what has traffic or is confirmed stays");
    node.post("/mu/nodes/1001/traffic", batch).is(200);
}

#[test]
fn the_nodes_are_shown_50_at_a_time() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.get("/nodes").is(200);
    for number in 1..=51 {
        admin.submit("/nodes", &format!("name=node+{number}&address=&rate=1")).is(303);
    }
    let first = admin.get("/nodes").is(200).shows("1–50 of 51").shows(r#"href="/nodes?page=2""#).body();
    assert_eq!(first.matches("<article").count(), 50);
    let second = admin.get("/nodes?page=2").is(200).shows("51–51 of 51").shows(r#"href="/nodes?page=1""#).body();
    assert_eq!(second.matches("<article").count(), 1);
    admin.get("/nodes?page=99").is(200).shows("51–51 of 51");
}

/// What the summary above the users says of the nodes, and where that leads.
fn said_of_nodes(panel: &Panel) -> (String, String) {
    let page = panel.admin().get("/").is(200).body();
    let badge = page.split("class=\"badge").skip(1).find(|part| part.contains("/nodes")).unwrap().to_owned();
    (between(&badge, "<bdi>", "</bdi>").unwrap(), between(&badge, "href=\"", "\"").unwrap())
}

#[test]
fn the_newest_fault_is_told_with_a_count_of_the_others() {
    let panel = Panel::with_friends();
    let call = |node: i64| panel.node().get(&format!("/mu/nodes/{node}/users")).is(200);
    for node in 1..=4 {
        call(node);
    }
    let said = |words: &str, href: &str| assert_eq!(said_of_nodes(&panel), (words.to_owned(), href.to_owned()));
    said("Node 4 · Seen just now", "/nodes");
    // The fourth is offline for a week before the third, and so on.
    panel.wait(8 * DAY);
    for node in 1..=3 {
        call(node);
    }
    said("Node 3 · Seen just now", "/nodes");
    panel.admin().get("/nodes").shows("Retired? Last seen 8 days ago");
    panel.wait(600);
    call(1);
    call(2);
    said("Node 3 is offline, last seen 10 min ago", "/nodes/3");
    panel.wait(600);
    call(1);
    said("Node 2 is offline, last seen 10 min ago", "/nodes/2");
    panel.admin().get("/").shows("and 1 more");
    panel.node().post("/mu/nodes/1/traffic", "nonsense").is(400);
    said("Node 1 sent reports that were rejected", "/nodes/1");
    panel.admin().get("/").shows("and 2 more");
    panel.wait(8 * DAY);
    call(1);
    said("Node 1 · Seen just now", "/nodes");
}

#[test]
fn a_node_is_muted_and_removed_with_its_history_kept() {
    let panel = Panel::with_friends();
    panel.node().post("/mu/nodes/1/traffic", r#"[{"user_id":1,"u":1024,"d":0}]"#).is(200);
    panel.node().get("/mu/nodes/21/users").is(200);
    panel.wait(600);
    panel.node().get("/mu/nodes/1/users").is(200);
    assert_eq!(said_of_nodes(&panel).1, "/nodes/21");
    let admin = panel.admin();
    admin.get("/nodes/21").is(200).shows("Mute alarms");
    admin.submit("/nodes/21/mute", "on=1").is(303);
    admin.get("/nodes/21").shows("Node 21").shows("are off.").shows("Unmute alarms");
    assert_eq!(said_of_nodes(&panel).0, "Node 1 · Seen just now");
    admin.submit("/nodes/21/mute", "on=0").is(303);
    assert_eq!(said_of_nodes(&panel).1, "/nodes/21");
    // A mistyped number and a server that was given up.
    for node in [21, 1] {
        assert_eq!(admin.submit(&format!("/nodes/{node}/remove"), "").is(303).header("Location"), "/nodes");
    }
    let list = admin.get("/nodes").is(200).shows("removed. Its history stays.").shows("/nodes/1/restore").body();
    // The message takes it back at once.
    let told = between(&list, "class=\"flash\"", "</div>").unwrap();
    assert!(told.contains(r#"<form method="post" action="/nodes/1/restore">"#) && told.contains(">Undo<"), "{told}");
    let (cards, removed) = list.split_once("id=\"removed\"").unwrap();
    assert!(!cards.contains("Node 21") && removed.contains("Node 21") && removed.contains("Node 1"), "{list}");
    panel.node().get("/mu/nodes").is(200).hides("\"id\":1");
    admin.get("/usage?by=node").shows("Node 1").shows("1 KiB");
    admin.get("/nodes/1").is(200).shows("1 KiB").shows("Removed");
    assert_eq!(panel.app.store.history_of_node(1, 0, i64::MAX).unwrap().len(), 1);
    // By hand, or when its program calls again, by a report as well as by asking.
    admin.submit("/nodes/21/restore", "").is(303);
    admin.get("/nodes").shows("Node 21");
    panel.node().post("/mu/nodes/1/traffic", r#"[{"user_id":1,"u":1,"d":0}]"#).is(200);
    assert_eq!(panel.app.store.nodes().unwrap().len(), 2);
    panel.app.store.remove_node(21, panel.now()).unwrap();
    panel.wait(60);
    panel.node().get("/mu/nodes/21/users").is(200);
    assert_eq!(panel.app.store.nodes().unwrap().len(), 2);
    for gone in ["/nodes/99/mute", "/nodes/99/remove", "/nodes/x/restore"] {
        admin.submit(gone, "on=1").is(404);
    }
}
