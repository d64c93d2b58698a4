//! The strip above the users: the newest problem, and what is no problem.

use crate::panel::Panel;

const HELD: &str = r#"{"ports":[[1,20001,"TCP","x"]]}"#;

#[test]
fn a_lasting_problem_does_not_hide_a_newer_one() {
    let panel = Panel::new();
    panel.add("anna");
    let (admin, node) = (panel.admin(), panel.node());
    node.get("/mu/v2/nodes/2/users").is(200);
    node.get("/mu/v2/nodes/1/users").is(200);
    for _ in 0..8 {
        node.post("/mu/v2/nodes/1/state", HELD).is(200);
        panel.wait(40);
    }
    node.post("/mu/v2/nodes/1/state", HELD).is(200);
    node.get("/mu/v2/nodes/1/users").is(200);
    admin.get("/users").shows("Node 2 is offline").shows("and 1 more");
    // The one that is left is named with its node.
    node.get("/mu/v2/nodes/2/users").is(200);
    admin.get("/users").shows("Node 1: TCP port 20001 is not available").hides("and 1 more");
    // A wrong token that is repeated is as old as its first call.
    let stranger = panel.stranger().with("token", "wrong");
    stranger.get("/mu/v2/nodes/9/users").is(401);
    for _ in 0..8 {
        panel.wait(40);
        stranger.get("/mu/v2/nodes/9/users").is(401);
        node.get("/mu/v2/nodes/1/users").is(200);
    }
    let page = admin.get("/users").shows("Node 2 is offline").shows("and 1 more");
    page.hides("uses a wrong token");
    // Refused reports that go on are as old as the first of them.
    for _ in 0..8 {
        node.get("/mu/v2/nodes/2/users").is(200);
        node.post("/mu/v2/nodes/1/traffic", r#"[{"user_id":9,"u":1,"d":1}]"#).is(400);
        panel.wait(40);
    }
    panel.stranger().with("token", "wrong").get("/mu/v2/nodes/8/users").is(401);
    admin.get("/users").shows("Node 8 uses a wrong token").shows("and 1 more");
}

#[test]
fn a_node_here_that_is_switched_off_is_not_called_online() {
    let panel = Panel::new();
    let admin = panel.admin();
    panel.add("anna");
    admin.submit("/nodes/here", "on=1&address=node.example").is(303);
    panel.node().get("/mu/v2/nodes/1/users").is(200);
    admin.submit("/nodes/here", "on=0&sure=1").is(303);
    admin.get("/users").shows("The node on this server is switched off").hides("Seen just now");
    // Another one that is there is what counts.
    panel.node().get("/mu/v2/nodes/2/users").is(200);
    admin.get("/users").shows("Node 2").hides("is switched off");
}
