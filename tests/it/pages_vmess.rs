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
    admin.submit("/nodes/1/vmess", "port=443&network=grpc&path=gun&alone=1").is(303);
    panel.stranger().get(&own).is(200).hides("type: ss").shows("grpc-service-name: \"gun\"");
    admin.submit("/nodes/1/vmess", "port=&network=tcp").is(303);
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
