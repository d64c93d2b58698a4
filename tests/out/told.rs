//! What the real program tells the admin by itself, and that it tells no secret.

use crate::{
    namespace,
    panel::{Browser, Home},
    recorder::{Received, Recorder, Say},
    support::wire::until,
};
use mu_panel::notify::Message;
use std::{fs, process::Command};

/// What a recorder was told of an event.
fn about(server: &Recorder, event: &str) -> Vec<Message> {
    let message = |received: &Received| serde_json::from_slice::<Message>(&received.body).unwrap();
    server.seen().iter().map(message).filter(|message| message.event == event).collect()
}

/// How many notices wait.
fn waiting(home: &Home) -> i64 {
    let database = rusqlite::Connection::open(home.path("mu-panel.db")).unwrap();
    database.query_row("SELECT count(*) FROM outbox", (), |row| row.get(0)).unwrap()
}

/// Sends a trial and waits until it is delivered; what was noticed before it has gone before it.
fn try_out(home: &Home) {
    let admin = Browser::admin();
    admin.get("/settings/notices");
    admin.submit("/settings/notices/webhook/test", "").is(303);
    until("the trial is delivered", || waiting(home) == 0);
}

/// A folder in which a password is set, a user is added, and notices go to a server.
fn home(home: Home, server: &Recorder) -> Home {
    home.set_password();
    home.run(&["user", "add", "anna"]);
    let running = home.serve(&["--backup-dir", "none"]);
    let admin = Browser::admin();
    admin.submit("/settings/notices/webhook", &format!("url=http://{}/hook&secret=", server.address)).is(303);
    running.kill();
    home
}

#[test]
fn a_backup_that_fails_is_told_and_told_of_no_more_once_it_works() {
    if !namespace::inside("told::a_backup_that_fails_is_told_and_told_of_no_more_once_it_works") {
        return;
    }
    let server = Recorder::start(None, |_| Say::status(204));
    let home = home(Home::new(), &server);
    home.file("occupied", "a file in the place of a folder");
    let running = home.serve(&["--backup-dir", "occupied"]);
    until("the admin is told", || !about(&server, "backup").is_empty());
    let told = about(&server, "backup");
    assert!(told[0].names[0].contains("occupied") && told[0].title.ends_with("The daily backup failed"), "{told:?}");
    // A kill between the answer and its note would send it once more.
    until("that is written down", || waiting(&home) == 0);
    running.kill();
    let running = home.serve(&["--backup-dir", "occupied"]);
    until("it has failed again", || home.log().matches("the daily backup in `occupied` failed").count() == 2);
    try_out(&home);
    running.kill();
    let _running = home.serve(&[]);
    home.says("backed up 1 users to");
    assert_eq!(about(&server, "backup").len(), 1, "once a day");
}

#[test]
fn a_disk_that_is_nearly_full_is_told() {
    if !namespace::inside("told::a_disk_that_is_nearly_full_is_told") {
        return;
    }
    let server = Recorder::start(None, |_| Say::status(204));
    let small = Home::new();
    let place = small.path("");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=40m", "tmpfs"]).arg(&place).status().unwrap();
    assert!(mounted.success());
    let home = home(small, &server);
    let _running = home.serve(&["--backup-dir", "none"]);
    until("the admin is told", || !about(&server, "disk").is_empty());
    let told = about(&server, "disk");
    assert!(told[0].names[0].ends_with(" MiB") && told[0].title.ends_with("The disk is nearly full"), "{told:?}");
}

#[test]
fn a_sign_in_from_a_new_address_is_told() {
    if !namespace::inside("told::a_sign_in_from_a_new_address_is_told") {
        return;
    }
    let server = Recorder::start(None, |_| Say::status(204));
    let home = home(Home::new(), &server);
    let _running = home.serve(&["--backup-dir", "none", "--trusted-proxy", "127.0.0.1/32"]);
    let _known = Browser::admin();
    let _new = Browser::signed_in(Some("203.0.113.9"));
    until("the admin is told", || !about(&server, "sign-in").is_empty());
    let _again = Browser::signed_in(Some("203.0.113.9"));
    let _another = Browser::signed_in(Some("2001:db8::9"));
    until("the admin is told again", || about(&server, "sign-in").len() == 2);
    let told: Vec<_> = about(&server, "sign-in").into_iter().flat_map(|message| message.names).collect();
    assert_eq!(told, ["203.0.113.9", "2001:db8::9"]);
}

#[test]
fn no_secret_of_a_channel_is_seen_anywhere_whatever_its_server_says() {
    if !namespace::inside("told::no_secret_of_a_channel_is_seen_anywhere_whatever_its_server_says") {
        return;
    }
    // It repeats all that it was sent, in the words that are shown.
    let server = Recorder::start(None, |received| {
        let all = format!("{} {:?} {}", received.path, received.headers, String::from_utf8_lossy(&received.body));
        let all = all.replace(['"', '\\'], " ");
        Say::status(400).body(format!(r#"{{"description":"{all}","error":"{all}"}}"#))
    });
    let home = home(Home::new(), &Recorder::start(None, |_| Say::status(204)));
    let _running = home.serve(&["--backup-dir", "none", "--log", "debug"]);
    let (admin, base) = (Browser::admin(), format!("http://{}", server.address));
    let secrets = ["hook-geheim", "123456:telegram-geheim_0123456789abcdefghij", "tk_ntfy-geheim", "mail-geheim"];
    let [hook, telegram, ntfy, mail] = secrets;
    for (channel, form) in [
        ("webhook", format!("url={base}/hook&secret={hook}")),
        ("telegram", format!("server={base}&token={telegram}&chat=-100")),
        ("ntfy", format!("url={base}/topic&token={ntfy}")),
        ("mail", format!("host=127.0.0.1&port=1&security=none&user=me&password={mail}&from=a@b.c&to=d@e.f")),
    ] {
        admin.submit(&format!("/settings/notices/{channel}"), &form).is(303);
        admin.submit(&format!("/settings/notices/{channel}/test"), "").is(303);
    }
    until("all have failed", || admin.get("/settings/notices").text.matches("Not delivered").count() == 4);
    let page = admin.get("/settings/notices");
    page.shows("the server answered 400").shows("It will be sent again");
    let mut seen = vec![home.log(), home.metrics(), home.run(&["export"]), home.run(&["user", "list", "--json"])];
    for path in ["/settings/notices", "/settings", "/", "/nodes", "/users/1", "/export", "/users/export", "/healthz"] {
        seen.push(admin.get(path).text);
    }
    // A form that is refused keeps what was typed into it, but nothing of what was saved.
    seen.push(admin.submit("/settings/notices/webhook", "url=nonsense&secret=").is(400).text.clone());
    for (at, text) in seen.iter().enumerate() {
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} is in text {at}: {text}");
        }
    }
    home.says("a notice could not be sent by telegram");
    // It is where it has to be, and that is for the owner alone.
    assert!(fs::metadata(home.path("mu-panel.db")).unwrap().len() > 0);
}
