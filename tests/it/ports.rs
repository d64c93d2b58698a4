//! Ports: the range from which new users get theirs, and those outside of a node behind NAT.

use crate::{
    panel::{DAY, Panel, between},
    process::Home,
};
use mu_panel::{
    error::{Error, Fault},
    model::{Network, PortRange, Vmess},
    share::FORMATS,
};

fn offset(panel: &Panel) -> i32 {
    panel.app.store.node(1).unwrap().unwrap().offset.get()
}

/// Two nodes, of which the first has ports of its own outside, and a user with port 20001.
fn behind_nat() -> Panel {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.submit("/nodes", "name=Home&address=home.example&port_offset=10000").is(303);
    admin.submit("/nodes", "name=Paris&address=paris.example").is(303);
    panel.add("anna");
    panel
}

#[test]
fn the_port_outside_is_in_every_list_and_link() {
    let panel = behind_nat();
    let admin = panel.admin();
    let page = format!("/u/{}", panel.user(1).secret);
    for row in FORMATS {
        let list = panel.stranger().get(&format!("{page}?format={}", row.name)).is(200).body();
        let list = match row.name {
            "base64" | "shadowrocket" => unpacked(&list),
            _ => list,
        };
        // One server is all that Outline knows.
        let paris = row.name != "outline";
        assert!(list.contains("30001") && list.contains("20001") == paris, "{}: {list}", row.name);
    }
    let friend = panel.stranger().with("accept", "text/html").get(&page).is(200).body();
    let user = admin.get("/users/1").is(200).body();
    let (home, paris) = ("@home.example:30001#Home", "@paris.example:20001#Paris");
    assert!(friend.contains(home) && friend.contains(paris), "{friend}");
    // Of the codes one is shown, and the tabs lead to the others.
    admin.get("/users/1/code").is(200).shows(home).shows("/users/1/code?node=1#share");
    admin.get("/users/1/code?node=1").is(200).shows(paris).hides(home);
    let message = between(&user, "<textarea id=\"message\"", "</textarea>").unwrap();
    assert!(
        message.contains("@home.example:30001#Home") && message.contains("@paris.example:20001#Paris"),
        "{message}"
    );
    let value = |id: &str| between(&user, &format!("<code id=\"{id}\">"), "</code>");
    assert_eq!((value("c-port-1").as_deref(), value("c-port-2").as_deref()), (Some("30001"), Some("20001")));
    // Nodes themselves serve the port of the user.
    assert_eq!(panel.node().get("/mu/v2/nodes/1/users").json()["data"][0]["port"], 20_001);
    admin.get("/nodes/1").shows("Ports outside").shows("port +10000").shows("value=\"+10000\"");
    admin.get("/nodes/2").hides("Ports outside");
    // With one node there is one port.
    admin.submit("/nodes/2/remove", "").is(303);
    admin.get("/users/1").shows("<code id=\"c-port\">30001</code>");
    admin.get("/users").shows("data-text=\"ss://").shows("@home.example:30001#Home");
}

/// What base64 of a list stands for.
fn unpacked(list: &str) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let once = String::from_utf8(STANDARD.decode(list.trim()).unwrap()).unwrap();
    once.lines().map(|line| line.split('?').next().unwrap()).collect::<Vec<_>>().join("\n")
}

#[test]
fn vmess_goes_through_the_same_nat() {
    let panel = behind_nat();
    let settings = Vmess { port: 4433, network: Network::Tcp, host: String::new(), tls: false, alone: false };
    panel.app.store.set_vmess(1, None, Some(settings), panel.now()).unwrap();
    let list = panel.stranger().get(&format!("/u/{}?format=singbox", panel.user(1).secret)).is(200).json();
    let outbounds = list["outbounds"].as_array().unwrap();
    let ports: Vec<_> = outbounds.iter().filter_map(|outbound| outbound["server_port"].as_i64()).collect();
    assert_eq!(ports, [30_001, 14_433, 20_001]);
    // The program of the node listens where it did.
    panel.node().get("/mu/v2/nodes/1/v2rayUsers").is(200).shows("\"port\":4433");
}

#[test]
fn an_offset_is_asked_about_before_links_break_and_leads_to_ports_only() {
    let panel = behind_nat();
    let admin = panel.admin();
    for (typed, words) in [
        ("x", "“x” isn&#39;t a valid offset"),
        ("70000", "“70000” isn&#39;t a valid offset"),
        ("1.5", "isn&#39;t a valid offset"),
        ("50000", "Port 20001 would be 70001 outside"),
        ("-20001", "Port 20001 would be 0 outside"),
    ] {
        for at in ["/nodes", "/nodes/1"] {
            let body = admin.submit(at, &format!("name=kept&port_offset={typed}&sure=1")).body();
            let error = between(&body, "id=\"port_offset-error\">", "</p>").unwrap_or_default();
            assert!(error.contains(words) && body.contains(&format!("value=\"{typed}\"")), "{typed} at {at}: {error}");
        }
        assert_eq!((offset(&panel), panel.app.store.nodes().unwrap().len()), (10_000, 2), "{typed}");
    }
    admin.submit("/nodes/1", "port_offset=5000").is(200).shows("or the port in the links of 1 user:");
    assert_eq!(offset(&panel), 10_000, "it is asked first");
    admin.submit("/nodes/1", "port_offset=5000&sure=1").is(303);
    assert_eq!(offset(&panel), 5000);
    admin.submit("/nodes/1", "port_offset=&sure=1").is(303);
    assert_eq!(offset(&panel), 0);
    admin.submit("/nodes/1", "port_offset=%EF%BC%8D5000&sure=1").is(303);
    assert_eq!(offset(&panel), -5000, "full-width");
    // A user whose port leads nowhere outside gets no link to that node, and the node's page says so.
    admin.submit("/users", "name=bob&port=443").is(303);
    admin.get("/nodes/1").shows("Port 443 would be -4557 outside");
    let list = panel.stranger().get(&format!("/u/{}?format=sip008", panel.user(2).secret)).is(200);
    list.hides("home.example").shows("paris.example");
    admin.submit("/language", "to=zh&back=/nodes/1").is(303);
    admin.get("/nodes/1").shows("端口 443 对外将变为 -4557").shows("外部端口偏移");
}

#[test]
fn an_offset_is_set_by_command() {
    let home = Home::new();
    home.run(&["user", "add", "anna"]).ok();
    let panel = Panel::at(&home.db());
    panel.admin().submit("/nodes", "name=Home&address=home.example").is(303);
    home.run(&["node", "set", "1", "--port-offset", "-5000"]).ok();
    assert_eq!(home.run(&["node", "list", "--json"]).ok().json()[0]["port_offset"], -5000);
    home.run(&["node", "list"]).ok().prints("-5000");
    home.run(&["user", "link", "anna"]).ok().prints("@home.example:15001#Home");
    home.run(&["node", "set", "1", "--port-offset", "far"]).fails("`far` isn't a valid offset");
    home.run(&["node", "set", "1", "--port-offset", "60000"]).fails("port 20001 would be 80001 outside");
    home.run(&["node", "set", "1", "--port-offset=0"]).ok();
    home.run(&["user", "link", "anna"]).ok().prints("@home.example:20001#Home");
}

#[test]
fn new_users_get_ports_of_the_range() {
    let panel = Panel::new();
    let admin = panel.admin();
    for bad in ["x", "20001", "3-2", "0-5", "1-70000"] {
        let body = admin.submit("/settings/defaults", &format!("quota=5GB&ports={bad}")).is(400).body();
        let error = between(&body, "id=\"default-ports-error\">", "</p>").or(between(&body, "ports-error\">", "</p>"));
        assert!(error.unwrap_or_default().contains("isn&#39;t a valid range of ports"), "{bad}: {body}");
        assert!(body.contains(&format!("value=\"{bad}\"")), "what was typed is kept");
    }
    assert_eq!(panel.app.defaults().unwrap().quota, None, "bad input changes nothing");
    admin.submit("/settings/defaults", "ports=30001-30003").is(303);
    admin.get("/settings").shows("value=\"30001-30003\"");
    let port = |name: &str| panel.add(name).port;
    assert_eq!((port("a"), port("b")), (30_001, 30_002));
    panel.app.store.remove_user(1, panel.now()).unwrap();
    assert_eq!(port("c"), 30_003);
    // It is full, and that is said in words beside the port, in both languages.
    let full = admin.submit("/users", "name=d").is(409).body();
    let error = between(&full, "id=\"port-error\">", "</p>").unwrap();
    assert!(error.contains("Every port from 30001 to 30003 is taken"), "{error}");
    assert!(full.contains("value=\"d\""), "what was typed is kept");
    let draft = mu_panel::model::Draft::named(mu_panel::model::Name::parse("e").unwrap());
    let refused = panel.app.add_user(draft, panel.now());
    assert!(matches!(refused, Err(Error::Conflict(Fault::PortsUsedUp { from: 30_001, to: 30_003 }))), "{refused:?}");
    // A port of another range is had by name, and one of a removed user after 30 days.
    admin.submit("/users", "name=d&port=443").is(303);
    panel.wait(31 * DAY);
    assert_eq!(port("f"), 30_001);
    let admin = panel.admin();
    admin.get("/settings");
    admin.submit("/settings/defaults", "ports=").is(303);
    assert_eq!(panel.app.defaults().unwrap().ports, PortRange::default());
    assert_eq!(port("g"), 20_001);
}

#[test]
fn the_range_is_set_by_command() {
    let home = Home::new();
    home.run(&["user", "ports"]).ok().prints("new users get ports from 20001-65535");
    home.run(&["user", "ports", "40000-40000"]).ok().prints("40000-40000");
    home.run(&["user", "add", "anna"]).ok().prints("40000");
    home.run(&["user", "add", "bob"]).fails("every port from 40000 to 40000 is taken");
    home.run(&["user", "ports", "9-1"]).fails("`9-1` isn't a valid range of ports");
    home.run(&["user", "ports", "default"]).ok().prints("20001-65535");
    home.run(&["user", "add", "bob"]).ok().prints("20001");
}
