//! A backup that is sent to be put back: looked at, asked about, and put in the place of the database while all users
//! go on.

use crate::{
    pages_twice::forms,
    panel::{Answer, Caller, DAY, NOON, PASSWORD, Panel, between},
};
use mu_panel::{model::untold, store::Setting};
use rusqlite::Connection;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;

/// A panel in a folder.
fn panel() -> (TempDir, Panel) {
    let folder = tempfile::tempdir().unwrap();
    let panel = Panel::at(&folder.path().join("mu-panel.db"));
    (folder, panel)
}

/// A backup of the panel as it is now.
fn backup(panel: &Panel, folder: &Path) -> Vec<u8> {
    let file = folder.join("copy");
    panel.app.store.backup(&file, &untold()).unwrap();
    let bytes = fs::read(&file).unwrap();
    fs::remove_file(file).unwrap();
    bytes
}

/// Where the page wants the file.
fn address(admin: &Caller<'_>) -> String {
    let page = admin.get("/restore").is(200).shows("multipart/form-data");
    between(&page.body(), "action=\"/restore/file/", "\"").map(|ticket| format!("/restore/file/{ticket}")).unwrap()
}

fn send(admin: &Caller<'_>, file: &[u8]) -> Answer {
    let address = address(admin);
    admin.upload(&address, &[], file)
}

/// What is in the folder beside the database.
fn beside(folder: &TempDir) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| !file.to_string_lossy().ends_with("mu-panel.db"));
    files.retain(|file| {
        !["-wal", "-shm"].iter().any(|end| file.to_string_lossy().ends_with(&format!("mu-panel.db{end}")))
    });
    files
}

fn report(panel: &Panel, user: i64, bytes: i64) {
    panel.node().post(&format!("/mu/users/{user}/traffic"), format!("u={bytes}&d=0&node_id=1")).is(200);
}

#[test]
fn a_backup_is_put_back_while_the_panel_runs() {
    let (folder, panel) = panel();
    panel.add("alice");
    report(&panel, 1, 1000);
    let admin = panel.admin();
    panel.stranger().sign_in(PASSWORD).is(303);
    let copy = backup(&panel, folder.path());
    let old_token = panel.token();
    panel.wait(7200);
    panel.add("bob");
    report(&panel, 1, 234);
    report(&panel, 2, 5);
    panel.app.rotate_token().unwrap();
    let new_token = panel.token();
    admin.get("/users").is(200).shows("bob").shows("1.2 KiB");
    panel.node().get("/mu/v2/users").is(200).shows("bob");

    let asked = send(&admin, &copy).is(200).shows("Replace the current database with this backup?");
    asked
        .shows(">1</td><td class=\"num\">2</td>")
        .shows("2026-11-22 12:00 (UTC)</td><td class=\"num\">2026-11-22 14:00 (UTC)");
    assert_eq!(panel.user(2).name.as_str(), "bob", "nothing is changed yet");
    admin.get("/restore").is(200).shows("disappears from the panel").shows("mu-panel.db.before-restore-…");
    let form = forms(&admin.get("/restore").body(), &[]).into_iter().find(|form| form.action == "/restore").unwrap();
    for _ in 0..2 {
        assert_eq!(admin.post(&form.action, form.body.clone()).is(303).header("Location"), "/restore");
        panel.wait(2);
    }
    let told = admin
        .get("/restore")
        .is(200)
        .shows("The backup with 1 user was restored")
        .hides("Replace the current database");
    let kept = between(&told.body(), "<code>", "</code>").unwrap();

    let page = admin.get("/users").is(200).shows("alice").hides("bob").body();
    assert!(page.contains("1000 B"), "what is counted follows: {page}");
    panel.node().get("/mu/v2/users").is(200).shows("alice").hides("bob");
    panel.stranger().with("token", &new_token).get("/mu/v2/users").is(401);
    panel.stranger().with("token", &old_token).get("/mu/v2/users").is(200);
    assert_eq!(panel.token(), old_token);
    assert_eq!(admin.get("/settings").is(200).body().matches("name=\"session\"").count(), 0, "all other sessions end");
    report(&panel, 1, 1);
    assert_eq!(panel.used(1), (1001, 0));
    assert!(panel.app.store.check().unwrap().faults.is_empty());

    assert_eq!(beside(&folder), [PathBuf::from(&kept)], "nothing else is left");
    let before = Panel::at(Path::new(&kept));
    assert_eq!((before.used(1), before.used(2), before.token()), ((1234, 0), (5, 0), new_token));
    assert!(before.app.store.check().unwrap().faults.is_empty());
}

#[test]
fn what_is_no_backup_is_said_beside_the_field_and_changes_nothing() {
    let (folder, panel) = panel();
    panel.add("alice");
    report(&panel, 1, 1000);
    let copy = backup(&panel, folder.path());
    let admin = panel.admin();
    let made = |sql: &str| {
        let file = folder.path().join("made");
        fs::write(&file, &copy).unwrap();
        Connection::open(&file).unwrap().execute_batch(sql).unwrap();
        let bytes = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        bytes
    };
    let mut torn = copy.clone();
    torn[4096 * 3..4096 * 5].fill(0x55);
    let foreign = {
        let file = folder.path().join("foreign");
        Connection::open(&file).unwrap().execute_batch("CREATE TABLE user (id INTEGER)").unwrap();
        let bytes = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        bytes
    };
    let empty = {
        let file = folder.path().join("empty");
        Connection::open(&file).unwrap().execute_batch("PRAGMA application_id = 7").unwrap();
        let bytes = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        bytes
    };
    for (what, file, words) in [
        ("nothing", &b""[..], "No file chosen"),
        ("words", b"hello", "isn&#39;t a mu-panel database"),
        ("a head", b"SQLite format 3\0", "damaged"),
        ("half", &copy[..copy.len() / 2], "damaged"),
        ("torn", &torn, "damaged"),
        ("foreign", &foreign, "isn&#39;t a mu-panel database"),
        ("empty", &empty, "isn&#39;t a mu-panel database"),
        ("newer", &made("PRAGMA user_version = 99"), "newer mu-panel (schema 99"),
        ("wrong sums", &made("UPDATE node SET u = 7"), "not the sum of their history"),
        (
            "a trigger",
            &made("CREATE TRIGGER t AFTER UPDATE ON user BEGIN DELETE FROM user; END"),
            "the trigger “t” is not mu-panel",
        ),
        ("a view", &made("CREATE VIEW v AS SELECT * FROM user"), "the view “v” is not mu-panel"),
    ] {
        let answer = send(&admin, file);
        let page = answer.body();
        assert_eq!(answer.0.status, 400, "{what}: {page}");
        let said = between(&page, "id=\"file-error\">", "<").unwrap_or_default();
        assert!(said.contains(words), "{what}: {said}");
        assert!(!page.contains("uploaded") && !page.contains("--db"), "{what}: {said}");
        assert_eq!(beside(&folder), Vec::<PathBuf>::new(), "{what}");
        admin.get("/restore").is(200).hides("file-error").hides("Replace the current database");
        admin.submit("/restore", "").is(404);
    }
    assert_eq!(panel.used(1), (1000, 0));
}

#[test]
fn only_the_sign_in_that_was_given_an_address_sends_to_it_and_once() {
    let (folder, panel) = panel();
    let copy = backup(&panel, folder.path());
    let (admin, other) = (panel.admin(), panel.stranger());
    other.sign_in(PASSWORD).is(303);
    let given = address(&admin);
    panel.stranger().upload(&given, &[], &copy).is(303);
    other.upload(&given, &[], &copy).is(403);
    admin.upload("/restore/file/other", &[], &copy).is(403);
    admin.get(&given).is(405);
    admin.upload(&given, &[], &copy).is(200).shows("Replace the current database");
    admin.upload(&given, &[], &copy).is(403);
    for _ in 0..2 {
        admin.submit("/restore/cancel", "").is(303);
    }
    assert_eq!(beside(&folder), Vec::<PathBuf>::new(), "what is not wanted is gone");
    let late = address(&admin);
    panel.wait(3601);
    admin.upload(&late, &[], &copy).is(403);
    // And what is not answered is forgotten.
    send(&admin, &copy).is(200).shows("Replace the current database");
    admin.post("/restore", "").is(403);
    panel.wait(3601);
    admin.get("/restore").is(200).hides("Replace the current database");
    assert_eq!(beside(&folder), Vec::<PathBuf>::new());
}

#[test]
fn who_sends_from_a_page_that_is_too_old_is_told_to_repeat_it() {
    let (folder, panel) = panel();
    let copy = backup(&panel, folder.path());
    let admin = panel.admin();
    let old = address(&admin);
    for _ in 0..40 {
        address(&admin);
    }
    admin
        .upload(&old, &[], &copy)
        .is(403)
        .shows("The page that this file was sent from is too old")
        .shows("choose the file");
    assert_eq!(beside(&folder), Vec::<PathBuf>::new(), "nothing of it is left");
    send(&admin, &copy).is(200).shows("Replace the current database");
    admin
        .with("Accept-Language", "zh")
        .upload(&old, &[], &copy)
        .is(403)
        .shows("发送此文件的页面已过期")
        .shows("再选择一次文件");
}

#[test]
fn an_older_backup_is_brought_up_to_date_and_to_today() {
    let (folder, panel) = panel();
    let old = folder.path().join("old");
    let steps: Vec<&str> = include_str!("../../schema.sql").split("\n-- step ").skip(1).collect();
    let first = steps[0].split_once('\n').unwrap().1;
    let october = NOON - 40 * DAY;
    let fill = format!(
        "PRAGMA page_size = 8192; {first} PRAGMA user_version = 1;
         INSERT INTO user (id, name, password, port, method, u, d, reset_day, next_reset, period_started, uuid,
             secret, created)
             VALUES (3, 'carol', 'secret', 20003, 'aes-256-gcm', 70, 0, 1, '2026-11-01', {october}, 'x', 's',
                 {october});
         INSERT INTO node (id, created, last_push, u) VALUES (1, {october}, {october}, 70);
         INSERT INTO traffic VALUES ({} , 3, 1, 70, 0);",
        october / 3600 * 3600
    );
    Connection::open(&old).unwrap().execute_batch(&fill).unwrap();
    let bytes = fs::read(&old).unwrap();
    fs::remove_file(old).unwrap();
    let admin = panel.admin();
    panel.add("alice");
    panel.wait(DAY / 3);
    report(&panel, 1, 9);
    let token = panel.token();
    send(&admin, &bytes).is(200).shows("older mu-panel").shows("2026-10-13 12:00");
    admin.submit("/restore", "").is(303);
    admin.get("/restore").is(200).shows("was restored");
    assert_ne!(panel.token(), token, "there was none in it");
    assert!(panel.app.store.settings().unwrap().get(Setting::AdminPasswordHash).is_some(), "nobody is locked out");
    report(&panel, 3, 5);
    assert_eq!(panel.used(3), (5, 0), "the old period was closed before that");
    assert!(panel.app.store.check().unwrap().faults.is_empty());
    admin.get("/users").is(200).shows("carol");
}

#[test]
fn how_far_it_is_can_be_watched() {
    let (folder, mut panel) = panel();
    panel.add("alice");
    let copy = backup(&panel, folder.path());
    panel.app_mut().restore.looking.patience = Duration::ZERO;
    panel.app_mut().restore.putting.patience = Duration::ZERO;
    let admin = panel.admin();
    let watch = || loop {
        let page = admin.get("/restore").is(200);
        if page.header("Refresh").is_empty() {
            break page;
        }
        assert_eq!(page.header("Refresh"), "1; url=/restore");
        page.shows("<progress");
    };
    let mut sent = send(&admin, &copy);
    if sent.0.status == 303 {
        sent = watch();
    }
    sent.is(200).shows("Replace the current database");
    admin.submit("/restore", "").is(303);
    watch().shows("was restored");
}

#[test]
fn a_file_that_nobody_asks_about_again_does_not_stay() {
    let (folder, mut panel) = panel();
    let copy = backup(&panel, folder.path());
    panel.app_mut().restore.looking.patience = Duration::ZERO;
    send(&panel.admin(), &copy);
    panel.app_mut().restore.looking.patience = Duration::from_mins(1);
    let stays = || folder.path().join("mu-panel.db.uploaded").exists();
    assert!(!panel.app.restore.looking.wait() && stays());
    panel.wait(3601);
    panel.stranger().get("/healthz").is(200);
    assert!(!stays());
}
