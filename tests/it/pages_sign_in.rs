//! Signing in, the one-time link, waiting after wrong passwords, and how a sign-in ends.

use crate::panel::{Caller, PASSWORD, Panel};

const HOUR: i64 = 3600;

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
    assert!(cookie.contains("; HttpOnly; SameSite=Strict") && !cookie.contains("Secure"), "{cookie}");
    caller.get("/").is(200).shows("Nobody here yet");
    // Once in, there is nothing to do before the door.
    assert_eq!(caller.get("/login").is(303).header("Location"), "/");
}

#[test]
fn whoever_wanted_a_page_gets_there() {
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
        .shows("That is not the password.")
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
    // An empty cookie and an empty field are no pair.
    let stranger = panel.stranger().with("cookie", "mu_panel_form=");
    stranger.post("/login", format!("{password}&csrf=")).is(403);
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
    caller.get("/").is(200).shows("The password is set and you are signed in.");
    caller.get("/").is(200).hides("The password is set");

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
            answer.shows("This link is used up or older than 30 minutes").hides(r#"name="password""#);
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
    assert!(cookie.0.headers.iter().any(|(name, value)| *name == "Set-Cookie" && value.starts_with("mu_panel=;")));
    admin.get("/").is(303);
    admin.get("/login").shows("You are signed out.");
    other.get("/").is(200);
}

#[test]
fn a_new_password_ends_all_other_sign_ins() {
    let panel = Panel::new();
    let (admin, other) = (panel.admin(), panel.admin());
    for (form, id, words) in [
        ("current=wrong&new=long+enough", "current-error", "That is not the password."),
        ("current=correct+horse&new=short", "new-error", "The password is too short: take at least 8 characters."),
    ] {
        admin.submit("/settings/password", form).is(400).shows(&format!(r#"id="{id}">{words}"#)).hides("long enough");
        other.get("/").is(200);
    }
    admin.submit("/settings/password", "current=correct+horse&new=battery+staple").is(303);
    admin.get("/settings").is(200).shows("The password was changed, and every other sign-in ended.");
    other.get("/").is(303);
    panel.stranger().sign_in(PASSWORD).is(400);
    panel.stranger().sign_in("battery staple").is(303);
}

#[test]
fn a_cookie_that_a_stranger_made_up_tells_him_nothing() {
    let panel = Panel::new();
    panel.add("alice");
    let caller = panel.stranger().with("cookie", "mu_panel_done=user-deleted.1");
    caller.get("/login").is(200).hides("alice");
}
