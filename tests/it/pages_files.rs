//! Users and the database as files, and forms that are sent twice.

use crate::panel::Panel;
use mu_panel::{model::Bytes, store::Store};
use std::{fs, time::Duration};

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
    fs::write(&copy, backup.file()).unwrap();
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
        other.get("/users").shows("2 users added.");
        for id in [1, 2] {
            let (mut here, there) = (panel.user(id), elsewhere.user(id));
            here.secret.clone_from(&there.secret);
            assert_eq!(here, there, "{path}");
        }
        // Once more, and everything collides: nothing changes.
        let again = other.submit("/import", &format!("sure=1&list={list}")).is(409).shows("Nothing was imported.");
        again.shows("here is already a user “bob”").shows("ort 20001 belongs").hides("name=\"sure\"");
    }
}

#[test]
fn what_is_no_list_is_said_beside_the_field() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.get("/import").is(200).hides("Add 0 users");
    for bad in ["", "{", "[]", "[1]", "<script>,<b>", "name,port\nanna,1,2"] {
        let answer = admin.submit("/import", &format!("sure=1&list={}", encoded(bad))).is(400);
        answer.shows("id=\"list-error\"").hides("<script>,").hides("name=\"sure\"");
    }
    let twice = r#"[{"id":1,"port":443,"passwd":"a"},{"id":1,"port":443,"passwd":"b"}]"#;
    let answer = admin.submit("/import", &format!("sure=1&list={}", encoded(twice))).is(409);
    answer.shows("ort 443").hides("; nothing was");
    for bad in [r#"[{"id":1}]"#, "id,name\n1"] {
        let answer = admin.submit("/import", &format!("sure=1&list={}", encoded(bad))).is(400);
        answer.shows("<li>User 1: “port” is missing").shows("<li>User 1: “passwd” is missing");
    }
    assert!(panel.app.store.user(1, panel.now()).unwrap().is_none());
}

/// A spreadsheet writes a mark in front of UTF-8, which is none of the list.
#[test]
fn a_list_is_also_taken_as_a_file() {
    let panel = Panel::new();
    panel.add("alice");
    panel.add("bob");
    let admin = panel.admin();
    for path in ["/export.json", "/export.csv"] {
        let list = admin.get(path).is(200).body();
        for file in [list.clone(), format!("\u{feff}{list}")] {
            let elsewhere = Panel::new();
            let other = elsewhere.admin();
            other.get("/import").is(200).shows("multipart/form-data").shows("type=\"file\"");
            let preview =
                other.upload("/import", &[("list", "what is pasted does not count")], file.as_bytes()).is(200);
            preview.shows("Add 2 users?").hides("etc/");
            other.upload("/import", &[("list", &list), ("sure", "1")], b"").is(400).shows("id=\"list-error\"");
            for _ in 0..2 {
                let sent = [("sure", "1"), ("once", "0123456789abcdef")];
                other.upload("/import", &sent, file.as_bytes()).is(303);
            }
            assert_eq!(elsewhere.user(2).name.as_str(), "bob");
        }
    }
    let answer = admin.upload("/import", &[], b"\xff[]").is(400);
    answer.shows("id=\"list-error\"").shows("The file is not UTF-8: save it again as “CSV UTF-8”");
    // The fields of a form with files in it are the same as of any other.
    panel.stranger().upload("/import", &[], b"[]").is(303);
    admin.post("/import", "list=[]").is(403);
}

#[test]
fn what_takes_long_is_watched_until_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut panel = Panel::at(&folder.path().join("mu-panel.db"));
    panel.app_mut().importing.patience = Duration::ZERO;
    panel.app_mut().downloads.making.patience = Duration::ZERO;
    let admin = panel.admin();
    let list = r#"[{"id":7,"port":443,"passwd":"a"},{"id":8,"port":444,"passwd":"b"}]"#;
    admin.upload("/import", &[("sure", "1")], list.as_bytes()).is(303);
    let watch = |path: &str| loop {
        let page = admin.get(path);
        let again = page.header("Refresh").to_owned();
        if page.0.status != 200 || !again.ends_with(path) {
            break page;
        }
        page.shows("<progress").shows("role=\"status\"");
    };
    let mut answers = vec![watch("/import/progress").is(303).header("Location").to_owned()];
    answers.push(admin.get("/import/progress").is(303).header("Location").to_owned());
    assert_eq!(answers, ["/users", "/users"]);
    assert_eq!(panel.user(8).port, 444);

    assert_eq!(admin.submit("/settings/backup", "").is(303).header("Location"), "/backup");
    let ready = watch("/backup").is(200).shows("The backup is ready");
    assert_eq!(ready.header("Refresh"), "1; url=/backup/file");
    let copy = folder.path().join("copy.db");
    for _ in 0..2 {
        fs::write(&copy, admin.get("/backup/file").is(200).file()).unwrap();
        assert!(Store::open(&copy).unwrap().user_named("user 8").unwrap().is_some());
    }
    let waiting =
        || fs::read_dir(&folder).unwrap().any(|file| file.unwrap().path().to_string_lossy().contains("download"));
    assert!(waiting());
    panel.wait(3601);
    admin.get("/backup/file").is(404);
    admin.get("/backup").is(200).shows("This backup is gone.");
    assert!(!waiting(), "it does not wait for ever");
    admin.submit("/settings/backup", "").is(303);
    panel.app_mut().downloads.making.patience = Duration::from_mins(1);
    assert!(!panel.app.downloads.making.wait() && waiting());
    panel.wait(3601);
    panel.stranger().get("/healthz").is(200);
    assert!(!waiting(), "nor does one that nobody has looked for");
}
