//! Which users are online: devices as nodes of our own tell them, and recent use where other programs serve.

use crate::panel::{Panel, between};

fn state(panel: &Panel, node: i64, online: &str) {
    panel.node().post(&format!("/mu/v2/nodes/{node}/state"), format!(r#"{{"online":{online}}}"#)).is(200);
}

/// The cell of a user's last use in the list.
fn cell(list: &str, user: i64) -> String {
    let row = between(list, &format!("<tr id=\"u{user}\">"), "</tr>").unwrap();
    let cell = between(&row, "<td class=\"last", "</td>").unwrap();
    cell.rsplit_once("</span>").unwrap().0.rsplit_once('>').unwrap().1.to_owned()
}

fn figure(list: &str) -> String {
    between(list, "/users?state=online\"", "</strong>").unwrap().rsplit_once('>').unwrap().1.to_owned()
}

#[test]
fn devices_are_on_the_list_and_on_the_page_of_the_user() {
    let panel = Panel::new();
    for name in ["anna", "bob", "carol"] {
        panel.add(name);
    }
    let admin = panel.admin();
    admin.submit("/users/1", "devices=3").is(303);
    admin.get("/users/1").hides("Devices online");
    panel.node().get("/mu/v2/nodes/1/users").is(200);
    // Carol used something a moment ago, and is gone.
    panel.node().post("/mu/v2/users/3/traffic", "u=1&d=1&node_id=1").is(200);
    state(&panel, 1, "[[1,2],[2,0],[99,5]]");
    let list = admin.get("/users").body();
    assert_eq!(["2 online", "never used", "just now"], [1, 2, 3].map(|user| cell(&list, user)));
    assert_eq!(figure(&list), "1");
    admin.get("/users?state=online").shows("id=\"u1\"").hides("id=\"u2\"").hides("id=\"u3\"");
    admin.get("/users?state=online&q=bob").hides("id=\"u1\"").hides("id=\"u2\"");
    admin.get("/users?state=online&q=ann").shows("id=\"u1\"");
    admin.get("/users/1").shows("<dt>Devices online</dt><dd>2 / 3</dd>");
    admin.get("/users/2").shows("<dt>Devices online</dt><dd>0</dd>");
    assert_eq!(
        panel.node().get("/mu/v2/nodes").json()["data"][0]["online"],
        2,
        "users that the node names, not devices"
    );
    // A second node of ours: what they say adds up.
    panel.node().get("/mu/v2/nodes/2/users").is(200);
    state(&panel, 2, "[[1,1],[2,1]]");
    assert_eq!(cell(&admin.get("/users").body(), 1), "3 online");
    assert_eq!(figure(&admin.get("/users").body()), "2");
    // A node that says that no user is connected any more is believed at once.
    state(&panel, 2, "[]");
    assert_eq!(cell(&admin.get("/users").body(), 1), "2 online");
    // One of which nothing is heard any more, for a minute.
    panel.wait(60);
    let list = admin.get("/users").body();
    assert_eq!(cell(&list, 1), "never used");
    admin.get("/users/1").hides("Devices online");
}

#[test]
fn where_another_program_serves_recent_use_counts_too() {
    let panel = Panel::new();
    for name in ["anna", "bob"] {
        panel.add(name);
    }
    let admin = panel.admin();
    for node in [1, 2] {
        panel.node().get(&format!("/mu/v2/nodes/{node}/users")).is(200);
    }
    state(&panel, 1, "[[1,1]]");
    // Node 2 does not say which users are connected.
    panel.node().post("/mu/v2/users/1/traffic", "u=1&d=1&node_id=1").is(200);
    panel.node().post("/mu/v2/users/2/traffic", "u=1&d=1&node_id=2").is(200);
    assert_eq!(figure(&admin.get("/users").body()), "2");
    admin.get("/users?state=online").shows("id=\"u1\"").shows("id=\"u2\"");
    // It has been offline for long enough: what node 1 says is all there is.
    panel.wait(290);
    panel.node().post("/mu/v2/users/2/traffic", "u=1&d=1&node_id=1").is(200);
    panel.wait(20);
    panel.node().get("/mu/v2/nodes/1/users").is(200);
    state(&panel, 1, "[[1,1]]");
    assert_eq!(figure(&admin.get("/users").body()), "1");
    admin.get("/users?state=online").shows("id=\"u1\"").hides("id=\"u2\"");
}
