//! Users and the database as files, and forms that are sent twice.

use crate::panel::Panel;
use mu_panel::{model::Bytes, store::Store};
use std::fs;

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[test]
fn a_backup_is_whole_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let panel = Panel::at(&folder.path().join("mu-panel.db"));
    panel.add("alice");
    let admin = panel.admin();
    let backup = admin.submit("/settings/backup", "").is(200);
    assert_eq!(backup.header("Content-Disposition"), "attachment; filename=\"mu-panel-2026-11-22.db\"");
    assert_eq!(backup.header("Cache-Control"), "no-store");
    assert!(
        !fs::read_dir(folder.path()).unwrap().any(|entry| entry.unwrap().path().to_string_lossy().contains("download"))
    );
    let copy = folder.path().join("copy.db");
    fs::write(&copy, backup.0.body.as_bytes()).unwrap();
    assert!(Store::open(&copy).unwrap().user_named("alice").unwrap().is_some());
    admin.post("/settings/backup", "").is(403);
}

#[test]
fn what_is_exported_can_be_imported_elsewhere() {
    let panel = Panel::new();
    panel.add_as("=alice, <b>", |draft| draft.quota = Some(Bytes::new(10 << 30)));
    panel.add_as("bob", |draft| draft.note = mu_panel::model::Note::parse("two\nlines, \"quoted\"").unwrap());
    panel.node().post("/mu/v2/users/2/traffic", "u=5&d=7&node_id=1").is(200);
    let admin = panel.admin();
    for (path, name) in [("/export.json", "mu-panel-users.json"), ("/export.csv", "mu-panel-users.csv")] {
        let list = admin.get(path).is(200);
        assert_eq!(list.header("Content-Disposition"), format!("attachment; filename=\"{name}\""));
        let elsewhere = Panel::new();
        let other = elsewhere.admin();
        let list = encoded(&list.body());
        let preview = other.submit("/import", &format!("list={list}")).is(200);
        let preview =
            preview.shows("Add 2 users?").shows("Nothing has been changed yet").shows("<bdi>=alice, &#60;b&#62;</bdi>");
        preview.shows("12 B").hides("<b>");
        assert!(elsewhere.app.store.user(1, elsewhere.now()).unwrap().is_none());
        assert_eq!(other.submit("/import", &format!("sure=1&list={list}")).is(303).header("Location"), "/users");
        other.get("/users").shows("2 users were added.");
        for id in [1, 2] {
            let (mut here, there) = (panel.user(id), elsewhere.user(id));
            here.secret.clone_from(&there.secret);
            assert_eq!(here, there, "{path}");
        }
        // Once more, and everything collides: nothing changes.
        let again = other.submit("/import", &format!("sure=1&list={list}")).is(409).shows("Nothing was changed.");
        again.shows("here is a user “bob” already").shows("ort 20001 belongs").hides("name=\"sure\"");
    }
}

#[test]
fn what_is_no_list_is_said_beside_the_field() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.get("/import").is(200).hides("Add 0 users");
    for bad in ["", "hello", "{", "[]", r#"[{"id":1}]"#, "id,name\n1", "<script>,<b>"] {
        let answer = admin.submit("/import", &format!("sure=1&list={}", encoded(bad))).is(400);
        answer.shows("id=\"list-error\"").hides("<script>,").hides("name=\"sure\"");
    }
    let twice = r#"[{"id":1,"port":443,"passwd":"a"},{"id":1,"port":443,"passwd":"b"}]"#;
    let answer = admin.submit("/import", &format!("sure=1&list={}", encoded(twice))).is(409);
    answer.shows("ort 443").shows("<bdi>user 1</bdi>");
    assert!(panel.app.store.user(1, panel.now()).unwrap().is_none());
}
