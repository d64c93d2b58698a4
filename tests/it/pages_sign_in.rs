//! Signing in, the one-time link, waiting after wrong passwords, and how a sign-in ends.

use crate::panel::{Caller, DAY, PASSWORD, Panel, between};
use mu_panel::{
    app::Front,
    http::{Reply, Request, Verb},
    routes::respond,
    store::Store,
};
use std::{net::IpAddr, thread};

const HOUR: i64 = 3600;

/// What a browser calls a cookie of that name, without TLS.
fn cookie_name(panel: &Panel, name: &str) -> String {
    format!("{name}_{}", panel.app.cookie_suffix())
}

/// The names of the cookies that an answer sets.
fn set_cookies(answer: &Reply) -> Vec<String> {
    let set = answer.headers.iter().filter(|(name, _)| *name == "Set-Cookie");
    set.map(|(_, value)| value.split('=').next().unwrap().to_owned()).collect()
}

/// The sign-in form as the browser of a stranger sends it.
fn sign_in_form(panel: &Panel, password: &str) -> Request {
    let caller = panel.stranger();
    let csrf = between(&caller.get("/login").body(), "name=\"csrf\" value=\"", "\"").unwrap();
    caller.request(Verb::Post, "/login", &format!("password={}&csrf={csrf}", password.replace(' ', "+")))
}

/// A panel whose password is set, and a caller before its door.
fn with_password(panel: &Panel) -> Caller<'_> {
    panel.admin();
    panel.stranger()
}

#[test]
fn the_password_lets_in() {
    let panel = Panel::new();
    let caller = with_password(&panel);
    caller.get("/login").is(200).shows("Sign in").shows(r#"name="password""#);
    let answer = caller.sign_in(PASSWORD).is(303);
    assert_eq!(answer.header("Location"), "/");
    let cookie = answer.header("Set-Cookie");
    assert!(cookie.contains("; HttpOnly; SameSite=Lax") && !cookie.contains("Secure"), "{cookie}");
    caller.get("/").is(200).shows("No users yet");
    // Once in, there is nothing to do before the door.
    assert_eq!(caller.get("/login").is(303).header("Location"), "/");
}

#[test]
fn a_stranger_who_wanted_a_page_gets_there() {
    let panel = Panel::new();
    panel.add("alice");
    let caller = with_password(&panel);
    let to = caller.get("/users/1?month=2026-11").is(303).header("Location").to_owned();
    assert_eq!(to, "/login?next=%2Fusers%2F1%3Fmonth%3D2026-11");
    caller.get(&to).shows(r#"name="next" value="/users/1?month=2026-11""#);
    let form = format!("password={}&next=/users/1?month=2026-11", PASSWORD.replace(' ', "+"));
    assert_eq!(caller.submit("/login", &form).is(303).header("Location"), "/users/1?month=2026-11");
}

#[test]
fn nobody_is_sent_elsewhere_after_signing_in() {
    let panel = Panel::new();
    for next in ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/a%0d%0aX:y"] {
        let caller = with_password(&panel);
        caller.get(&format!("/login?next={next}")).is(200).shows(r#"name="next" value="""#);
        let form = format!("password={}&next={next}", PASSWORD.replace(' ', "+"));
        assert_eq!(caller.submit("/login", &form).is(303).header("Location"), "/", "{next}");
    }
}

#[test]
fn a_wrong_password_is_told_beside_the_field() {
    let panel = Panel::new();
    let caller = with_password(&panel);
    caller
        .sign_in("wrong password")
        .is(400)
        .shows("The password is wrong.")
        .shows(r#"aria-invalid="true" aria-describedby="password-error""#)
        .hides("wrong password");
    caller.get("/").is(303);
}

#[test]
fn five_wrong_passwords_make_wait_and_each_further_one_longer() {
    let panel = Panel::new();
    let caller = with_password(&panel);
    for _ in 0..5 {
        caller.sign_in("wrong").is(400);
    }
    let mut wait = 30;
    for words in ["30 seconds", "1 minute", "2 minutes", "4 minutes"] {
        let answer = caller.sign_in(PASSWORD).is(429).shows(&format!("wait {words}."));
        assert_eq!(answer.header("Retry-After"), wait.to_string());
        panel.wait(wait - 1);
        caller.sign_in(PASSWORD).is(429).shows("wait 1 second.");
        panel.wait(1);
        caller.sign_in("wrong").is(400);
        wait *= 2;
    }
    panel.wait(wait);
    caller.sign_in(PASSWORD).is(303);
    // The right one clears them.
    panel.stranger().sign_in("wrong").is(400);
}

#[test]
fn a_form_from_elsewhere_signs_nobody_in() {
    let panel = Panel::new();
    let caller = with_password(&panel);
    let password = format!("password={}", PASSWORD.replace(' ', "+"));
    caller.post("/login", password.clone()).is(403).shows("Please try again");
    caller.get("/login").is(200);
    caller.post("/login", password.clone()).is(403);
    caller.post("/login", format!("{password}&csrf=")).is(403);
    caller.post("/login", format!("{password}&csrf={}", "A".repeat(32))).is(403);
    caller.get("/").is(303);
    caller.get("/login");
    caller.submit("/login", &password).is(303);
    // An empty cookie and an empty field are no pair, nor are two equal values that the panel did not give out.
    for value in ["", "x", &"A".repeat(32), &format!("{}.{}", "A".repeat(24), "0".repeat(64))] {
        let stranger = panel.stranger().with("cookie", &format!("{}={value}", cookie_name(&panel, "mu_panel_form")));
        stranger.post("/login", format!("{password}&csrf={value}")).is(403);
    }
}

#[test]
fn without_a_password_the_page_says_where_the_link_is() {
    let panel = Panel::new();
    let caller = panel.stranger();
    caller.get("/login").is(200).shows("This panel has no password yet").hides(r#"name="password""#);
    caller.submit("/login", "password=long+enough").is(403).shows("no password yet");
    caller.get("/").is(303);
}

#[test]
fn the_link_sets_the_first_password_once() {
    let panel = Panel::new();
    panel.app.accept_setup_link("secret", panel.now()).unwrap();
    let caller = panel.stranger();
    caller.get("/login?setup=secret").is(200).shows("New password").shows(r#"name="setup" value="secret""#);
    caller
        .submit("/login", "setup=secret&password=short")
        .is(400)
        .shows("at least 8 characters.")
        .shows(r#"value="secret""#);
    let answer = caller.submit("/login", "setup=secret&password=long+enough").is(303);
    assert_eq!(answer.header("Location"), "/");
    caller.get("/").is(200).shows("You are signed in. Next, add");
    caller.get("/").is(200).hides("You are signed in");

    let other = panel.stranger();
    other.get("/login?setup=secret").is(200).hides("New password");
    other.submit("/login", "setup=secret&password=another+one").is(400);
    panel.app.accept_setup_link("second", panel.now()).unwrap();
    other.submit("/login", "setup=second&password=another+one").is(400);
    other.sign_in("long enough").is(303);
}

#[test]
fn the_link_is_good_for_30_minutes() {
    for (seconds, secret, status) in [(1799, "secret", 303), (1800, "secret", 400), (0, "guess", 400)] {
        let panel = Panel::new();
        panel.app.accept_setup_link("secret", panel.now()).unwrap();
        panel.wait(seconds);
        let caller = panel.stranger();
        caller.get(&format!("/login?setup={secret}"));
        let answer = caller.submit("/login", &format!("setup={secret}&password=long+enough")).is(status);
        if status == 400 {
            answer.shows("This link was already used or is older than 30 minutes").hides(r#"name="password""#);
        }
    }
}

#[test]
fn guessing_the_link_makes_wait_too() {
    let panel = Panel::new();
    panel.app.accept_setup_link("secret", panel.now()).unwrap();
    let caller = panel.stranger();
    caller.get("/login?setup=guess");
    for _ in 0..5 {
        caller.submit("/login", "setup=guess&password=long+enough").is(400);
    }
    caller.submit("/login", "setup=secret&password=long+enough").is(429);
}

#[test]
fn a_sign_in_ends_after_12_idle_hours() {
    let panel = Panel::new();
    let admin = panel.admin();
    for _ in 0..3 {
        panel.wait(12 * HOUR - 1);
        admin.get("/").is(200);
    }
    panel.wait(12 * HOUR);
    admin.get("/").is(303);
}

#[test]
fn signing_out_ends_it() {
    let panel = Panel::new();
    let (admin, other) = (panel.admin(), panel.admin());
    let cookie = admin.submit("/logout", "").is(303);
    assert!(
        cookie.0.headers.iter().any(|(name, value)| *name == "Set-Cookie"
            && value.starts_with(&format!("{}=;", cookie_name(&panel, "mu_panel"))))
    );
    admin.get("/").is(303);
    admin.get("/login").shows("You are signed out.");
    other.get("/").is(200);
}

#[test]
fn a_new_password_ends_all_other_sign_ins() {
    let panel = Panel::new();
    let (admin, other) = (panel.admin(), panel.admin());
    for (form, id, words) in [
        ("current=wrong&new=long+enough", "current-error", "The password is wrong."),
        ("current=correct+horse&new=short", "new-error", "The password is too short: use at least 8 characters."),
    ] {
        admin.submit("/settings/password", form).is(400).shows(&format!(r#"id="{id}">{words}"#)).hides("long enough");
        other.get("/").is(200);
    }
    admin.submit("/settings/password", "current=correct+horse&new=battery+staple").is(303);
    admin.get("/settings").is(200).shows("Password changed. All other sessions have ended.");
    other.get("/").is(303);
    panel.stranger().sign_in(PASSWORD).is(400);
    panel.stranger().sign_in("battery staple").is(303);
}

#[test]
fn a_cookie_that_a_stranger_made_up_tells_nothing() {
    let panel = Panel::new();
    panel.add("alice");
    let caller = panel.stranger().with("cookie", &format!("{}=user-deleted.1", cookie_name(&panel, "mu_panel_done")));
    caller.get("/login").is(200).hides("alice");
}

#[test]
fn of_64_guesses_at_once_5_are_checked() {
    let panel = Panel::new();
    with_password(&panel);
    let (app, form) = (&panel.app, sign_in_form(&panel, "wrong"));
    let statuses: Vec<u16> = thread::scope(|scope| {
        let all: Vec<_> = (0..64).map(|_| scope.spawn(|| respond(app, form.clone()).status)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let of = |status| statuses.iter().filter(|one| **one == status).count();
    assert_eq!((of(400), of(429)), (5, 59));
}

#[test]
fn guesses_of_others_lock_out_no_browser_that_is_known() {
    let panel = Panel::new();
    let (known, signed_in) = (panel.admin(), panel.admin());
    known.submit("/logout", "").is(303);
    let other = panel.stranger();
    for _ in 0..5 {
        other.sign_in("wrong").is(400);
    }
    other.sign_in(PASSWORD).is(429);
    // Its own guesses count.
    for _ in 0..5 {
        known.sign_in("wrong").is(400);
    }
    known.sign_in(PASSWORD).is(429);
    panel.wait(30);
    known.sign_in(PASSWORD).is(303);
    let change = |current: &str| format!("current={current}&new=battery+staple");
    signed_in.get("/settings").is(200);
    signed_in.submit("/settings/password", &change("wrong")).is(400);
    signed_in.submit("/settings/password", &change("correct+horse")).is(303);
    // What says that a browser is known cannot be made up.
    let made_up = format!("{}={}.{}", cookie_name(&panel, "mu_panel_known"), "A".repeat(24), "0".repeat(64));
    let caller = panel.stranger().with("cookie", &made_up);
    let results: Vec<u16> = (0..6).map(|_| caller.sign_in("wrong").0.status).collect();
    assert_eq!(results, [400, 400, 400, 400, 400, 429]);
}

#[test]
fn a_password_that_another_process_sets_clears_the_guesses() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mu-panel.db");
    let panel = Panel::at(&file);
    let caller = with_password(&panel);
    for _ in 0..5 {
        caller.sign_in("wrong").is(400);
    }
    caller.sign_in(PASSWORD).is(429);
    let hash = mu_panel::auth::password_hash(&panel.app, "battery staple").unwrap();
    Store::open(&file).unwrap().set_admin_password(hash, false).unwrap();
    caller.sign_in("battery staple").is(303);
}

#[test]
fn a_sign_in_ends_30_days_after_it_began_however_often_it_is_used() {
    let panel = Panel::new();
    let admin = panel.admin();
    for _ in 0..59 {
        panel.wait(DAY / 2 - 1);
        admin.get("/users").is(200);
    }
    assert_eq!(panel.app.sessions(panel.now()).unwrap().len(), 1);
    panel.wait(DAY / 2 - 1);
    admin.get("/users").is(200);
    panel.wait(60);
    admin.get("/users").is(303);
    assert_eq!(panel.app.store.sessions(0, 0).unwrap().len(), 1, "until the next maintenance");
    panel.wait(DAY);
    panel.node().get("/mu/users").is(200);
    assert_eq!(panel.app.store.sessions(0, 0).unwrap().len(), 0);
}

#[test]
fn panels_on_one_host_do_not_sign_each_other_out() {
    let folder = tempfile::tempdir().unwrap();
    let first = Panel::at(&folder.path().join("first.db"));
    first.admin();
    // The other one begins as a copy.
    let copy = folder.path().join("second.db");
    first.app.store.backup(&copy, &mu_panel::model::untold()).unwrap();
    let second = Panel::at(&copy);
    assert_ne!(first.app.cookie_suffix(), second.app.cookie_suffix());
    assert_eq!(first.app.cookie_suffix(), Panel::at(&folder.path().join("first.db")).app.cookie_suffix());
    let names = |panel: &Panel| set_cookies(&respond(&panel.app, sign_in_form(panel, PASSWORD)));
    let (of_first, of_second) = (names(&first), names(&second));
    assert_eq!(of_first.len(), 3, "{of_first:?}");
    assert!(of_first.iter().all(|name| !of_second.contains(name)), "{of_first:?} {of_second:?}");
}

#[test]
fn cookies_over_tls_are_others_than_those_without() {
    let panel = Panel::new();
    with_password(&panel);
    for (secure, root, prefix) in [(true, "", "__Host-"), (true, "/panel", "__Secure-"), (false, "/panel", "mu_panel")]
    {
        let mut form = Request::new(Verb::Get, "/login");
        (form.secure, form.root) = (secure, root.into());
        let page = respond(&panel.app, form.clone());
        let cookie = page.header("Set-Cookie").unwrap().split(';').next().unwrap().to_owned();
        let csrf = between(&page.text(), "name=\"csrf\" value=\"", "\"").unwrap();
        (form.verb, form.headers) = (Verb::Post, vec![("cookie".to_owned(), cookie)]);
        form.body = format!("password={}&csrf={csrf}", PASSWORD.replace(' ', "+")).into_bytes().into();
        let answer = respond(&panel.app, form);
        assert_eq!(answer.status, 303);
        let path = if root.is_empty() { "/" } else { root };
        for (_, value) in answer.headers.iter().filter(|(name, _)| *name == "Set-Cookie") {
            assert!(value.starts_with(prefix) && value.contains(&format!("; Path={path};")), "{value}");
            assert_eq!(value.contains("; Secure"), secure, "{value}");
            assert!(value.contains("; SameSite=Lax") && !value.contains("Domain"), "{value}");
        }
    }
}

#[test]
fn https_is_asked_for_where_the_panel_serves_it_itself() {
    for (tls, secure, asked) in [(true, true, true), (true, false, false), (false, true, false)] {
        let panel = Panel::behind(Front { tls, ..Front::default() });
        let (admin, node) = (panel.admin(), panel.node());
        let report = |rows| node.request(Verb::Post, "/mu/v2/nodes/1/traffic", rows);
        let mut requests = ["/login", "/style.css", "/nothing/here"].map(|path| Request::new(Verb::Get, path)).to_vec();
        requests.push(admin.request(Verb::Get, "/users", ""));
        requests.extend(["[]", "not a report"].map(report));
        for mut request in requests {
            request.secure = secure;
            let path = request.path.clone();
            let answer = respond(&panel.app, request);
            let headers = answer.headers.iter().filter(|(name, _)| *name == "Strict-Transport-Security");
            assert_eq!(headers.count(), usize::from(asked), "{tls} {secure} {path}: {}", answer.status);
        }
    }
}

#[test]
fn a_proxy_that_was_not_named_is_told_on_the_settings() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.get("/settings").is(200).hides("proxy at");
    let seen = |address: &str| panel.app.note_unnamed_proxy(address.parse::<IpAddr>().unwrap());
    seen("203.0.113.7");
    admin.get("/settings").shows("proxy at 203.0.113.7").shows("--trusted-proxy 203.0.113.7");
    seen("203.0.113.8");
    admin.get("/settings").shows("proxy at 203.0.113.7");
    seen("127.0.0.1");
    seen("203.0.113.9");
    admin.get("/settings").shows("proxy at 127.0.0.1").hides("203.0.113");
}
