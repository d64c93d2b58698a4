//! Accounting: what is counted, when it is closed, and what stays of it.

use crate::panel::Panel;

#[test]
fn a_report_is_added() {
    let panel = Panel::new();
    let alice = panel.add("alice").id;
    panel.node().post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":1024,"d":1024}]"#).is(200);
    panel.node().post("/mu/v2/users/1/traffic", "u=1&d=2&node_id=1").is(200);
    assert_eq!(panel.used(alice), (1025, 1026));
    panel.node().get("/mu/v2/users").is(200).shows(r#""u":1025,"d":1026"#);
}
