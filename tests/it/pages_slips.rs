//! What a newcomer stumbles over: values that are taken for others, ports that another program has, ways that lead
//! nowhere.

use crate::panel::{DAY, Panel};
use mu_panel::{app::Front, store::Setting};

const IN_USE: &str = "Address already in use (os error 98)";

fn says(panel: &Panel, state: &str) {
    panel.node().post("/mu/v2/nodes/1/state", state).is(200);
}

/// A panel whose only node is the one in it.
fn with_built_in() -> Panel {
    let panel = Panel::behind(Front::default());
    panel.admin().submit("/nodes/here", "on=1&address=panel.example").is(303);
    panel
}

#[test]
fn a_port_that_another_program_has_is_told_once_and_can_be_changed() {
    let panel = with_built_in();
    panel.add("anna");
    let admin = panel.admin();
    says(&panel, &format!(r#"{{"ports":[[1,20001,"TCP","{IN_USE}"],[1,20001,"UDP","{IN_USE}"]]}}"#));
    let page = admin.get("/users/1").shows("This server can&#39;t use port 20001: another program uses it.");
    page.shows(r#"<a href="/users/1?field=port">Choose another port</a>"#).hides("os error");
    let page = admin.get("/nodes/1").hides("os error").body();
    assert_eq!(page.matches("Another program uses port 20001 of").count(), 1);
    // The link unfolds the field, without a script.
    let page = admin.get("/users/1?field=port").body();
    let fold = page.split("<details open>").nth(1).unwrap().split("</details>").next().unwrap();
    assert!(fold.contains(r#"<input id="port""#) && fold.contains("autofocus"), "{fold}");
    admin.get("/users/1").hides("autofocus");
}

#[test]
fn names_are_quoted_in_chinese() {
    let panel = with_built_in();
    panel.add("anna");
    panel.node().get("/mu/v2/nodes/1/users").is(200);
    says(&panel, &format!(r#"{{"ports":[[1,20001,"TCP","{IN_USE}"]]}}"#));
    let admin = panel.admin();
    admin.submit("/nodes/1", "name=东京&address=panel.example").is(303);
    admin.submit("/language", "to=zh&back=/").is(303);
    admin.get("/").shows("“东京”上的 TCP 端口 20001 不可用");
    admin.get("/nodes/1/remove").shows("删除节点“<bdi>东京</bdi>”？");
}

#[test]
fn a_new_user_gets_no_port_that_a_node_could_not_have_lately() {
    let panel = with_built_in();
    panel.add("anna");
    says(&panel, &format!(r#"{{"ports":[[1,20001,"TCP","{IN_USE}"]]}}"#));
    let admin = panel.admin();
    admin.submit("/users/1", "port=20007&sure=1").is(303);
    panel.wait(30);
    says(&panel, r#"{"listening":[[1,20007]]}"#);
    admin.submit("/users", "name=bert").is(303);
    admin.submit("/import", "list=cleo%0Adora&sure=1").is(303);
    assert_eq!([2, 3, 4].map(|id| panel.user(id).port), [20_002, 20_003, 20_004]);
    // What a node listens on is free for it, and a day later it is tried again.
    says(&panel, &format!(r#"{{"ports":[[2,20005,"TCP","{IN_USE}"]],"listening":[[9,20001]]}}"#));
    assert_eq!(panel.add("emil").port, 20_001);
    panel.wait(DAY);
    assert_eq!(panel.add("fred").port, 20_005);
    // With no other left, it is given.
    says(&panel, &format!(r#"{{"ports":[[2,20006,"TCP","{IN_USE}"]]}}"#));
    panel.app.store.set(Setting::PortRange, Some("20001-20006".to_owned())).unwrap();
    assert_eq!(panel.add("gina").port, 20_006);
    panel.admin().submit("/users", "name=hugo").is(409).shows("20006");
}

#[test]
fn a_public_address_that_leads_nowhere_is_refused_or_doubted() {
    let panel = Panel::new();
    let admin = panel.admin();
    for bad in ["panel", "panel:8080", "panel/mu"] {
        let refused = admin.submit("/settings/address", &format!("address={bad}")).is(400);
        refused.shows("address-error").shows("isn&#39;t a valid address");
    }
    for (address, doubt) in [
        ("http://panel:8080", "The saved address has no dot"),
        ("http://127.0.0.1:8080", "The saved address only works on this machine"),
        ("localhost", "The saved address only works on this machine"),
        ("panel.example.org", ""),
        ("[2001:db8::1]", ""),
    ] {
        admin.submit("/settings/address", &format!("address={address}")).is(303);
        let page = admin.get("/settings").is(200);
        if doubt.is_empty() {
            page.hides("The saved address")
        } else {
            page.shows(doubt)
        };
    }
}

#[test]
fn a_bot_is_named_by_its_token_and_a_chat_by_its_number_or_name() {
    let panel = Panel::new();
    let admin = panel.admin();
    let token = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-pM";
    let set =
        |token: &str, chat: &str| admin.submit("/settings/notices/telegram", &format!("token={token}&chat={chat}"));
    for bad in ["123456", "hello", "123456:short", "x:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-pM", &format!("bot{token}")] {
        set(bad, "1").is(400).shows("This isn&#39;t a bot token").shows("token-error");
    }
    for bad in ["me", "@", "12a", "-", "https://t.me/me"] {
        set(token, bad).is(400).shows("isn&#39;t a chat ID").shows("chat-error");
    }
    for good in ["1", "-1001234567890", "@my_channel"] {
        set(token, good).is(303);
    }
    // Left empty, the one that is kept stays.
    set("", "2").is(303);
}

#[test]
fn a_city_is_enough_of_a_time_zone() {
    let panel = Panel::new();
    let admin = panel.admin();
    for (typed, zone) in [("Berlin", "Europe/Berlin"), ("new york", "America/New_York"), ("UTC", "UTC")] {
        admin.submit("/settings/zone", &format!("zone={}", typed.replace(' ', "+"))).is(303);
        admin.get("/settings").shows(&format!("({zone})"));
    }
    admin.submit("/settings/zone", "zone=Atlantis").is(400).shows("isn&#39;t a known time zone");
}

#[test]
fn words_say_what_is_meant() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.submit("/settings/sharing", &format!("title={}", "x".repeat(26))).is(400).shows("A title can have up to 25");
    for (page, words) in
        [("/settings/notices", "Once a channel is set up, "), ("/settings/https", "The panel can get a certificate")]
    {
        admin.get(page).is(200).shows(r#"<a href="/settings">← Settings</a>"#).shows(words);
    }
    admin.get("/users").hides("links you have shared").shows("In GiB, or with a unit such as 500 MiB");
    panel.add("anna");
    admin.get("/users/1").shows("Changing it breaks links you have shared.");
    admin.submit("/users/1", "expires=2026-11-25").is(303);
    admin.get("/users").shows("<strong>1</strong> expires within 7 days").shows("never used");
    admin.submit("/users", "name=bert&expires=2026-11-25").is(303);
    admin.get("/users").shows("<strong>2</strong> expire within 7 days");
    panel.node().post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":1,"d":1}]"#).is(200);
    panel.wait(180);
    admin.get("/users").shows(">3 min ago<");
    // The code that was opened from the list leads back there.
    admin.get("/nodes").is(200);
    admin.get("/users/1/code").shows(r#"<a href="/users/1">← "#);
    let page = admin.get("/users/1/code?from=list");
    page.shows(r#"<a href="/users#u1">← <bdi>Users</bdi></a>"#);
}

#[test]
fn a_node_elsewhere_is_not_given_an_address_of_this_machine_unwarned() {
    let panel = with_built_in();
    let admin = panel.admin();
    admin.submit("/nodes", "name=Tokyo&address=tokyo.example").is(303);
    let tunnel = panel.admin().with("host", "127.0.0.1:8080");
    let warning = "so a node on another machine can&#39;t reach it.";
    tunnel.get("/nodes").shows(warning).shows("/settings#address");
    let page = tunnel.get("/nodes/2").shows(warning).shows(r#"<details class="recipe" open>"#).shows("Watch for it");
    page.shows("Paste these three values");
    // The one in the panel needs none.
    tunnel.get("/nodes/1").hides(warning).hides("Paste these three values").hides("Watch for it");
    let known = panel.admin().with("host", "panel.example");
    known.get("/nodes").hides(warning);
    known.get("/nodes/2").hides(warning).shows("--url http://panel.example/mu/v2");
}
