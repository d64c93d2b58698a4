//! What is handed to a friend where there are many nodes, nodes that do not work yet, or a user who is kept out.

use crate::panel::{Panel, between};
use mu_panel::model::{Address, Bytes, Date, NodeDraft, NodeName};

/// A panel with that many nodes, called `Place 1` and so on, and `Anna`.
fn with_nodes(number: i64) -> Panel {
    let panel = Panel::new();
    for number in 1..=number {
        let address = Address::parse(&format!("node-{number}.example")).unwrap();
        let name = NodeName::parse(&format!("Place {number}")).unwrap();
        panel.app.store.add_node(NodeDraft { name, address, ..NodeDraft::default() }, panel.now()).unwrap();
    }
    panel.add("Anna");
    panel
}

fn own_page(panel: &Panel) -> String {
    format!("/u/{}", panel.user(1).secret)
}

#[test]
fn few_nodes_are_tabs_and_many_are_a_list_to_choose_from() {
    let few = with_nodes(5);
    let page = few.admin().get("/users/1").is(200).hides("id=\"which\"").body();
    assert_eq!(page.matches("#share\"").count(), 5, "{page}");
    let many = with_nodes(256);
    let admin = many.admin();
    for (path, from_list) in [("/users/1", false), ("/users/1/code", false), ("/users/1/code?from=list", true)] {
        let page = admin.get(path).is(200).shows("Place 1").body();
        let action = path.split('?').next().unwrap();
        let form = between(&page, &format!("method=\"get\" action=\"{action}#share\">"), "</form>");
        let form = form.unwrap_or_else(|| panic!("no list to choose from: {page}"));
        assert_eq!(form.matches("<option").count(), 256, "{path}");
        assert!(form.contains("<button>Show</button>") && form.contains("<label class=\"hide\" for=\"which\">Nodes"));
        assert_eq!(form.contains("name=\"from\" value=\"list\""), from_list, "{form}");
        assert!(page.matches("node=").count() < 5 && page.matches("ss://").count() < 600, "no tabs: {path}");
        // What the form sends shows that node.
        let joint = if from_list { "&" } else { "?" };
        let chosen = admin.get(&format!("{path}{joint}node=200")).is(200).shows("node-201.example").body();
        assert!(chosen.contains("<option value=\"200\" dir=\"auto\" selected>Place 201</option>"), "{chosen}");
    }
    admin.post("/language", "to=zh&back=/").is(303);
    admin.get("/users/1").shows("<button>显示</button>");
}

#[test]
fn a_link_that_does_not_work_at_present_is_copied_with_a_word_about_it() {
    let panel = with_nodes(1);
    for (name, expired, quota) in [("Bert", true, false), ("Cleo", false, true), ("Dora", false, false)] {
        panel.add_as(name, |draft| {
            draft.expires = expired.then(|| Date::parse("2026-11-01").unwrap());
            draft.quota = quota.then(|| Bytes::new(1));
        });
    }
    panel.node().post("/mu/nodes/1/traffic", r#"[{"user_id":3,"u":1,"d":1}]"#).is(200);
    panel.app.store.switch_user(4, false, panel.now()).unwrap();
    let admin = panel.admin();
    let page = admin.get("/users").is(200).body();
    for (id, name, why) in
        [(1, "Anna", ""), (2, "Bert", "Expired"), (3, "Cleo", "The quota"), (4, "Dora", "Switched off")]
    {
        let row = between(&page, &format!("<tr id=\"u{id}\""), "</tr>").unwrap();
        for label in [format!("Copy link: {name}"), format!("QR code: {name}")] {
            let label = if why.is_empty() { label + "\"" } else { format!("{label}. {why}") };
            assert_eq!(row.matches(&format!("=\"{label}")).count(), 2, "{label} as title and label in {row}");
        }
        // It is copied all the same, and then the page says so, too.
        assert!(row.contains("data-text=\"ss://"), "{row}");
        let warning = between(&row, "data-warning=\"", "\"").unwrap_or_default();
        let expected = if why.is_empty() { String::new() } else { format!("Copied. {why}") };
        assert!(warning.starts_with(&expected) && warning.is_empty() == why.is_empty(), "{warning} in {row}");
    }
    admin.post("/language", "to=zh&back=/").is(303);
    admin.get("/users").shows("复制链接：Dora。已停用，").shows("data-warning=\"已复制。已停用，链接和邀请暂时无效");
}

#[test]
fn a_node_that_has_never_connected_comes_last_and_is_marked() {
    let panel = with_nodes(3);
    let admin = panel.admin().with("host", "panel.example");
    let friend = || panel.stranger().with("accept", "text/html");
    let at = |page: &str, text: &str| page.find(text).unwrap_or_else(|| panic!("no {text} in {page}"));
    // Only the last one works; the first did, long ago.
    panel.node().get("/mu/nodes/1/users").is(200);
    panel.wait(600);
    panel.node().get("/mu/nodes/3/users").is(200);
    let page = admin.get("/users/1").is(200).body();
    let message = between(&page, "<textarea id=\"message\"", "</textarea>").unwrap();
    assert!(message.contains("Place 2 (not connected yet):"), "{message}");
    assert!(!message.contains("Place 1 (") && !message.contains("Place 3 ("), "{message}");
    assert!(at(&message, "node-3.") < at(&message, "node-1.") && at(&message, "node-1.") < at(&message, "node-2."));
    // The one that works is the one that is shown first; each keeps its tab.
    let link = |page: &str| between(page, "<code id=\"link-1\">", "</code>").unwrap();
    assert!(link(&page).contains("node-3.example"), "{page}");
    assert!(
        page.contains("node=2#share\" aria-current=\"true\"") && at(&page, "node=1#share") < at(&page, "node=2#share")
    );
    assert!(link(&admin.get("/users/1?node=0").body()).contains("node-1.example"));
    assert!(link(&admin.get("/users/1/code").body()).contains("node-3.example"));
    admin.get("/users/1/code?node=1").shows("node-2.example").shows("This server hasn&#39;t connected yet");
    admin.get("/users/1?node=1").shows("It hasn&#39;t connected to the panel yet.").hides("This server hasn&#39;t");
    let own = friend().get(&own_page(&panel)).is(200).body();
    assert!(at(&own, "node-3.example") < at(&own, "node-1.example"), "{own}");
    assert!(at(&own, "node-1.example") < at(&own, "<bdi>Place 2</bdi>"), "{own}");
    let marked = at(&own, "<bdi>Place 2</bdi></h3>\n<p class=\"hint\">This server hasn&#39;t connected yet");
    assert!(marked < at(&own, "node-2.example") && own.matches("hasn&#39;t connected").count() == 1, "{own}");
    friend().get(&(own_page(&panel) + "?lang=zh")).shows("这台服务器还没有连接过");
    admin.get("/users/1?invite=zh").shows("Place 2（尚未连接过）：");
    // Apps get all of them as ever, since there are nodes whose program never tells.
    let clash = panel.stranger().with("user-agent", "clash.meta").get(&own_page(&panel)).is(200).body();
    let places = [1, 2, 3].map(|number| at(&clash, &format!("node-{number}.example")));
    assert!(places.is_sorted(), "{clash}");
    panel.node().get("/mu/nodes/2/users").is(200);
    admin.get("/users/1").hides("not connected yet");
    friend().get(&own_page(&panel)).hides("hasn&#39;t connected");
}
