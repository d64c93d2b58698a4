//! A node that carries VMess: its form, and what friends and the node get of it.

use crate::panel::{Panel, between};
use mu_panel::model::{Address, NodeDraft, NodeName};

fn panel() -> Panel {
    let panel = Panel::new();
    let (name, address) = (NodeName::parse("Tokyo").unwrap(), Address::parse("tokyo.example").unwrap());
    panel.app.store.add_node(NodeDraft { name, address, ..NodeDraft::default() }, panel.now()).unwrap();
    panel.add("alice");
    panel
}

#[test]
fn friends_get_vmess_where_a_node_has_it() {
    let panel = panel();
    let admin = panel.admin();
    admin.get("/users/1").is(200).hides("vmess://");
    admin.submit("/nodes/1/vmess", "port=443&network=ws&path=/ray&host=cdn.example&tls=1").is(303);
    let page = admin.get("/nodes/1").is(200).shows(r#"value="/ray""#).shows(r#"name="tls" value="1" checked"#);
    page.shows(r#"<option value="ws" selected>"#).hides(r#"name="alone" value="1" checked"#);
    admin.get("/users/1").is(200).shows("ss://").shows("vmess://").shows("Tokyo VMess");
    let own = format!("/u/{}?format=clash", panel.user(1).secret);
    let clash = panel.stranger().get(&own).is(200).shows("type: ss").shows("type: vmess").shows("path: \"/ray\"");
    assert!(clash.body().contains("port: 443"), "{}", clash.body());
    admin.submit("/nodes/1/vmess", "port=443&network=grpc&path=gun&alone=1&sure=1").is(303);
    panel.stranger().get(&own).is(200).hides("type: ss").shows("grpc-service-name: \"gun\"");
    admin.submit("/nodes/1/vmess", "port=&network=tcp&sure=1").is(303);
    panel.stranger().get(&own).is(200).shows("type: ss").hides("vmess");
}

#[test]
fn the_nodes_own_configuration_has_its_port() {
    let panel = panel();
    let admin = panel.admin();
    let inbound =
        |node: i64| panel.node().get(&format!("/mu/v2/nodes/{node}/v2rayUsers")).is(200).json()["inbounds"][0].clone();
    assert_eq!(inbound(1)["port"], 10086);
    admin.submit("/nodes/1/vmess", "port=8443&network=ws&path=/ray").is(303);
    assert_eq!(
        (&inbound(1)["port"], &inbound(1)["streamSettings"]["wsSettings"]["path"]),
        (&8443.into(), &"/ray".into())
    );
    assert_eq!(inbound(1)["settings"]["clients"][0]["id"], panel.user(1).uuid);
    assert_eq!(inbound(2)["port"], 10086);
}

#[test]
fn a_fault_stands_beside_its_field() {
    let panel = panel();
    let admin = panel.admin();
    admin.get("/nodes/1");
    for (form, field, words) in [
        ("port=0&network=tcp", "port", "“0” isn&#39;t a valid port"),
        ("port=443&network=ws&path=ray", "path", "“ray” isn&#39;t a valid path"),
        ("port=443&network=grpc&path=", "path", "“” isn&#39;t a valid service name"),
        ("port=443&network=kcp", "network", "“kcp” isn&#39;t a known transport"),
        ("port=443&network=tcp&host=http://x", "host", "“http://x” isn&#39;t a valid address"),
    ] {
        let body = admin.submit("/nodes/1/vmess", form).is(400).body();
        let error = between(&body, &format!("id=\"vmess-{field}-error\">"), "</p>").unwrap_or_default();
        assert!(error.contains(words), "{form}: {error} in {body}");
        assert!(body.contains("tokyo.example"), "the other form keeps what the node is");
    }
    assert_eq!(panel.app.store.vmess_of(1).unwrap(), None);
    admin.submit("/nodes/9/vmess", "port=443&network=tcp").is(404);
}

/// What was shared for a node stops working by each of these, so each is asked about, with how many it concerns.
#[test]
fn what_breaks_shared_links_is_asked_about_first() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.submit("/nodes", "name=Tokyo&address=tokyo.example").is(303);
    admin.submit("/nodes", "name=Paris&address=paris.example").is(303);
    panel.add("anna");
    panel.add("bert");
    let (sent, sure) = ("/nodes/1/vmess", "&sure=1");
    // Links that come to those that are there break none.
    admin.submit(sent, "port=443&network=ws&path=%2Fray").is(303);
    for change in ["port=444", "path=%2Fother", "host=cdn.example", "tls=1", "alone=1", "port="] {
        let before = panel.app.store.vmess_of(1).unwrap();
        admin.submit(sent, change).is(200).shows("those you have shared stop working").shows("Save anyway");
        assert_eq!(panel.app.store.vmess_of(1).unwrap(), before, "{change}");
        admin.submit(sent, &format!("{change}{sure}")).is(303);
        assert_ne!(panel.app.store.vmess_of(1).unwrap(), before, "{change}");
        admin.get("/nodes/1").shows("send your friends new ones");
    }
    // A node that a user may no longer use.
    admin.submit("/users/1", "nodes=all").is(303);
    admin.submit("/users/1", "nodes=2").is(200).shows("stop working").shows("Save anyway");
    admin.submit("/users/1", "nodes=2&sure=1").is(303);
    admin.submit("/users/1", "shown=nodes&nodes=1&nodes=2").is(303);
    admin.get("/nodes/1").shows("href=\"/nodes/1/remove\"");
    let page = admin.get("/nodes/1/remove").is(200).shows("no longer work").shows("2 users").shows("history is kept");
    page.shows("action=\"/nodes/1/remove\"");
    admin.submit("/nodes/1/remove", "").is(303);
}

/// The question says how many users it is about, and is not asked where it is about none.
#[test]
fn the_question_says_for_how_many_users_links_end() {
    let panel = Panel::new();
    let admin = panel.admin();
    for (name, address) in [("Tokyo", "a.example"), ("Paris", "b.example"), ("Oslo", "c.example"), ("Rome", "")] {
        admin.submit("/nodes", &format!("name={name}&address={address}")).is(303);
    }
    let vmess = "port=443&network=ws&path=%2Fray";
    admin.submit("/nodes/1/vmess", vmess).is(303);
    // There are no users yet.
    admin.submit("/nodes/1/vmess", "port=444&network=ws&path=%2Fray").is(303);
    admin.submit("/nodes/1", "name=Tokyo&address=d.example").is(303);
    admin.get("/nodes/1").shows("Changes to <bdi>Tokyo</bdi> saved.").hides("send your friends new ones");
    admin.get("/nodes/1/remove").hides("no longer work");
    panel.add("anna");
    for (users, number) in [("1 user", 1), ("2 users", 2)] {
        admin.submit("/nodes/1/vmess", vmess).is(200).shows(&format!("the links of {users} to this node:"));
        admin.submit("/nodes/1", "name=Tokyo&address=e.example").is(200).shows(&format!("in the links of {users}:"));
        admin.get("/nodes/1/remove").is(200).shows(&format!(": {users}."));
        admin.post("/language", "to=zh&back=/").is(303);
        admin.submit("/nodes/1/vmess", vmess).is(200).shows(&format!("保存后 {number} 位用户到此节点的链接"));
        admin.submit("/nodes/1", "name=Tokyo&address=e.example").shows(&format!("保存后 {number} 位用户链接中的地址"));
        admin.post("/language", "to=en&back=/").is(303);
        panel.add(&format!("bert {number}"));
    }
    // A user who may not use the node has no link to it.
    admin.submit("/users/2", "shown=nodes&nodes=2&nodes=3&sure=1").is(303);
    admin.submit("/nodes/1/vmess", vmess).shows("the links of 2 users to this node");
    let asked = admin.submit("/users/2", "shown=nodes&nodes=3").is(200);
    asked.shows("takes 1 node from this user: the links and codes to it that you have shared stop working");
    let asked = admin.submit("/users/1", "shown=nodes&nodes=3&nodes=4").is(200);
    asked.shows("takes 2 nodes from this user: the links and codes to them").hides("changes how this user connects");
    admin.post("/language", "to=zh&back=/").is(303);
    admin.submit("/users/1", "shown=nodes&nodes=3&nodes=4").is(200).shows("不能再使用 2 个节点");
}

#[test]
fn the_node_here_is_switched_off_after_asking() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.submit("/nodes/here", "on=1&address=node.example").is(303);
    admin.get("/nodes").shows("href=\"/nodes/here\"").hides("name=\"on\"");
    let page = admin.get("/nodes/here").is(200).shows("Turn off the node on this server?");
    page.shows("Friends connected through it are disconnected at once.");
    assert!(panel.app.built_in().unwrap().on);
    admin.submit("/nodes/here", "").is(303);
    assert!(!panel.app.built_in().unwrap().on);
    admin.get("/nodes").shows("name=\"on\" value=\"1\"");
}
