//! What happened to a user is written down in the same breath, with who or what did it.

use crate::{
    panel::{DAY, Panel},
    process::Home,
};
use mu_panel::model::{Actor, Bytes, Change, Date, Event, ResetDay, What};

/// What happened to the user 1, oldest first.
fn events(panel: &Panel) -> Vec<Event> {
    let mut events = panel.app.store.events(1, 1000).unwrap();
    events.reverse();
    events
}

fn story(panel: &Panel) -> Vec<What> {
    events(panel).into_iter().map(|event| event.what).collect()
}

#[test]
fn what_the_admin_does_is_written_down() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.submit("/users", "name=alice").is(303);
    let password = panel.user(1).password.as_str().to_owned();
    for (path, form) in [
        ("/users/1", format!("name=alicia&port=20001&passwd={password}&quota=1GiB&revision=0")),
        ("/users/1", format!("name=alicia&port=20001&passwd={password}&quota=1GiB&revision=1")),
        ("/users/1/switch", "on=0".to_owned()),
        ("/users/1/switch", "on=0".to_owned()),
        ("/users/1/switch", "on=1".to_owned()),
        ("/users/1/address", String::new()),
        ("/users/1/delete", String::new()),
        ("/users/1/restore", String::new()),
    ] {
        panel.wait(1);
        admin.submit(path, &form).is(303);
    }
    let changed = vec![Change::from_to("name", "alice", "alicia"), Change::from_to("quota", "", "1 GiB")];
    let expected = [
        What::Added,
        What::Changed(changed),
        What::Off,
        What::On,
        What::AddressReplaced,
        What::Removed,
        What::Restored,
    ];
    assert_eq!(story(&panel), expected);
    assert!(events(&panel).iter().all(|event| event.actor == Actor::Page));
    let page = admin
        .get("/users/1")
        .is(200)
        .shows("Changed: Name alice → alicia, Quota no limit → 1 GiB")
        .shows("on the page")
        .body();
    assert!(page.find("Restored").unwrap() < page.find("Changed: Name").unwrap(), "the newest comes first");
    admin.post("/language", "to=zh&back=/").is(303);
    admin.get("/users/1").shows("已更改：名称 alice → alicia、").shows("网页操作").hides("Restored");
}

#[test]
fn what_the_panel_does_by_itself_is_written_down_once() {
    let panel = Panel::new();
    panel.add_as("alice", |draft| {
        draft.quota = Some(Bytes::new(2048));
        draft.reset_day = Some(ResetDay::new(1).unwrap());
        draft.expires = Some(Date::parse("2026-12-02").unwrap());
    });
    let node = panel.node();
    let report = || node.post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":1024,"d":1024}]"#).is(200);
    report();
    for _ in 0..3 {
        panel.wait(600);
        node.get("/mu/v2/users").is(200);
    }
    assert_eq!(story(&panel), [What::Added, What::OverQuota]);
    panel.set_clock(panel.now() + 9 * DAY);
    report();
    let story_then = [What::Added, What::OverQuota, What::Reset(Bytes::new(2048))];
    assert_eq!(story(&panel), story_then);
    assert_eq!(events(&panel)[2].at % DAY, 0, "at midnight, not when it was seen");
    panel.wait(600);
    node.get("/mu/v2/users").is(200);
    assert_eq!(story(&panel)[3..], [What::OverQuota], "again, in the new period");
    panel.wait(2 * DAY);
    for _ in 0..3 {
        panel.wait(600);
        node.get("/mu/v2/users").is(200);
    }
    assert_eq!(story(&panel)[4..], [What::Expired]);
    assert!(events(&panel)[1..].iter().all(|event| event.actor == Actor::Panel));
}

#[test]
fn the_page_notices_at_once_and_a_report_writes_nothing_of_it() {
    let panel = Panel::new();
    panel.add_as("alice", |draft| draft.quota = Some(Bytes::new(1)));
    panel.node().post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":1,"d":1}]"#).is(200);
    assert_eq!(story(&panel), [What::Added]);
    panel.admin().get("/users/1").is(200).shows("Quota used up").shows("by the panel");
}

#[test]
fn what_fails_is_not_written_down() {
    let panel = Panel::new();
    let admin = panel.admin();
    panel.add("alice");
    panel.add("bob");
    admin.get("/users/1");
    admin.submit("/users/1", "name=bob&port=20001&revision=0").is(409);
    admin.submit("/users/1", "name=&port=20001&revision=0").is(400);
    admin.submit("/users/1/restore", "").is(303);
    assert_eq!(story(&panel), [What::Added]);
}

#[test]
fn the_oldest_are_dropped() {
    let panel = Panel::new();
    panel.add("alice");
    for number in 0..600 {
        panel.app.store.switch_user(1, number % 2 == 1, panel.now()).unwrap();
    }
    assert_eq!(events(&panel).len(), 500);
    let page = panel.admin().get("/users/1").is(200).body();
    assert_eq!(page.matches("on the page").count(), 50);
}

#[test]
fn the_command_line_signs_as_itself() {
    let home = Home::new();
    home.run(&["user", "add", "alice"]).ok();
    home.run(&["user", "set", "alice", "--note", "pays in cake"]).ok();
    let list = home.file("list.json", r#"[{"id":7,"port":443,"passwd":"x","name":"bob"}]"#);
    home.run(&["import", list.to_str().unwrap()]).ok();
    let panel = Panel::at(&home.db());
    assert_eq!(story(&panel), [What::Added, What::Changed(vec![Change::from_to("note", "", "pays in cake")])]);
    let imported = panel.app.store.events(7, 10).unwrap();
    assert_eq!(imported[0].what, What::Imported);
    assert!(events(&panel).iter().chain(&imported).all(|event| event.actor == Actor::Command));
}

#[test]
fn what_changed_is_told_from_what_to_what() {
    let panel = Panel::new();
    panel.add("alice");
    let admin = panel.admin();
    for form in ["quota=10&expires=2026-12-31&reset_day=1&note=one%0Atwo", "quota=1%2C5+TB&expires=&reset_day=&note="] {
        panel.wait(1);
        admin.submit("/users/1", form).is(303);
    }
    let mut draft = mu_panel::app::App::draft_of(&panel.user(1));
    draft.method = mu_panel::model::Method::parse("aes-256-gcm").unwrap();
    draft.port = Some(30_000);
    draft.password = Some(mu_panel::model::Password::parse("another", draft.method).unwrap());
    panel.app.store.change_user(1, None, draft, panel.now(), Date::parse("2026-11-22").unwrap()).unwrap();
    admin.get("/users/batch?act=extend&user=1");
    admin.submit("/users/batch", "act=extend&user=1&by=until&date=2027-01-31").is(303);
    // Nothing changes for a user who has that day already.
    admin.submit("/users/batch", "act=extend&user=1&by=until&date=2027-01-31");
    let page = admin.get("/users/1").is(200).body();
    for told in [
        "Quota no limit → 10 GiB",
        "Quota 10 GiB → 1.5 TiB",
        "2026-12-31 → never",
        "never → 2026-12-31",
        "never → on day 1",
        "on day 1 → never",
        "Note none → one two",
        "Port 20001 → 30000",
        "chacha20-ietf-poly1305 → aes-256-gcm",
        "never → 2027-01-31",
    ] {
        assert!(page.contains(told), "{told} in {page}");
    }
    assert_eq!(page.matches("→ 2027-01-31").count(), 1, "{page}");
    assert!(!page.contains("→ another") && !page.contains("another →"), "a password is a secret");
}

/// As it was recorded before values were.
#[test]
fn an_old_history_is_read_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let panel = Panel::at(&folder.path().join("mu-panel.db"));
    panel.add("alice");
    let connection = rusqlite::Connection::open(folder.path().join("mu-panel.db")).unwrap();
    let sql = "INSERT INTO event (user, at, kind, detail, actor) VALUES (1, 1, 'changed', 'name,passwd', 'page')";
    connection.execute(sql, ()).unwrap();
    assert_eq!(story(&panel)[0], What::Changed(vec![Change::of("name"), Change::of("passwd")]));
    panel.admin().get("/users/1").shows("Changed: Name, Connection password");
}

/// A node's history begins with it, by hand or by a call.
#[test]
fn how_a_node_came_is_told() {
    let panel = Panel::with_friends();
    let admin = panel.admin();
    panel.node().get("/mu/nodes/7/users").is(200);
    panel.node().get("/mu/nodes/7/users").is(200);
    panel.node().post("/mu/nodes/8/traffic", r#"[{"user_id":1,"u":1,"d":1}]"#).is(200);
    for node in [7, 8] {
        let page = admin.get(&format!("/nodes/{node}")).is(200).shows("by the panel").body();
        assert_eq!(page.matches("</span> Connected for the first time <").count(), 1, "{page}");
    }
    admin.submit("/nodes/7/remove", "").is(303);
    panel.wait(60);
    panel.node().get("/mu/nodes/7/users").is(200);
    admin.get("/nodes/7").shows("</span> Restored <");
    admin.submit("/nodes/here", "on=1&address=here.example").is(303);
    admin.get("/nodes/9").is(200).shows("</span> Added <");
    admin.post("/language", "to=zh&back=/").is(303);
    admin.get("/nodes/7").shows("首次连接面板").shows("已恢复");
    admin.get("/nodes/9").shows("</span> 已添加 <");
}

/// Nodes and the settings have a history too; secrets are named without their values.
#[test]
fn what_changed_on_nodes_and_in_the_settings_is_told_from_what_to_what() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.submit("/nodes", "name=Tokyo&address=tokyo.example").is(303);
    admin.get("/nodes/1").is(200).shows("</span> Added <").shows("on the page").hides("No activity yet.");
    for (path, form) in [
        ("/nodes/1", "name=Paris&address=paris.example&rate=0.5&sure=1"),
        ("/nodes/1/vmess", "port=4433&network=ws&path=/ray&host=&tls=1"),
        ("/nodes/1/vmess", "port=4433&network=grpc&path=ray&host=&alone=1&sure=1"),
        ("/nodes/1/mute", "on=1"),
        ("/nodes/1/remove", ""),
        ("/nodes/1/restore", ""),
        // Nothing changes.
        ("/nodes/1", "name=Paris&address=paris.example&rate=0.5"),
    ] {
        panel.wait(1);
        admin.submit(path, form).is(303);
    }
    let page = admin.get("/nodes/1").is(200).body();
    for told in [
        "Changed: Name Tokyo → Paris, Address tokyo.example → paris.example, Traffic multiplier 1 → 0.5",
        "VMess port none → 4433, Transport none → ws, Path or service none → /ray, Uses TLS none → yes",
        "Transport ws → grpc, Path or service /ray → ray, Uses TLS yes → no",
        "This node has no Shadowsocks no → yes",
        "</span> Alarms muted <",
        "</span> Removed <",
        "</span> Restored <",
    ] {
        assert!(page.contains(told), "{told} in {page}");
    }
    assert_eq!(page.matches("Name Tokyo → Paris").count(), 1);
    for (path, form) in [
        ("/settings/address", "address=panel.example"),
        ("/settings/zone", "zone=Asia/Tokyo"),
        ("/settings/defaults", "quota=10&expires=30&reset_day=1&method=aes-256-gcm"),
        ("/settings/defaults", "quota=1.5+TB&expires=&reset_day=&method=aes-256-gcm"),
        ("/settings/sharing", "title=Lena&support=https://t.me/x&china_direct=1"),
        ("/settings/language", "language=en"),
        ("/settings/notices/ntfy", "url=https://ntfy.example/hush&token=hushhush"),
        ("/settings/notices", "sign-in=1"),
        ("/nodes/level", "level=7"),
        ("/nodes/here", "on=1&address=here.example"),
        ("/settings/rotate", ""),
    ] {
        panel.wait(1);
        admin.submit(path, form).is(303);
    }
    let token = panel.token();
    let page = admin.get("/settings").is(200).body();
    for told in [
        "Public address none → https://panel.example",
        "Time zone none → Asia/Tokyo",
        "Defaults for new users: Quota no limit → 10 GiB",
        "Quota 10 GiB → 1.5 TiB",
        "Defaults for new users: Expires after (days) never → 30",
        "Monthly reset on day 1 → never",
        "Cipher none → aes-256-gcm",
        "Title none → Lena",
        "Support address none → https://t.me/x",
        "(GEOSITE and GEOIP rules) no → yes",
        "Language none → en",
        "Changed: Notices: ntfy",
        "User level none → 7",
        "</span> The node on this server was switched on",
        "Changed: Node token",
    ] {
        assert!(page.contains(told), "{told} in {page}");
    }
    assert!(!page.contains("hush") && !page.contains(&token), "a secret is not told");
    // The command line signs as itself.
    let home = Home::new();
    home.feed(&["password"], "correct horse\n").ok();
    home.run(&["token", "--rotate"]).ok();
    let other = Panel::at(&home.db());
    let logged = other.app.store.changes_of_settings(10).unwrap();
    assert_eq!(logged.len(), 2);
    assert!(logged.iter().all(|logged| logged.actor == Actor::Command && logged.changes[0].values.is_none()));
}
