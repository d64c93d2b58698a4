//! The settings: sign-ins, the time zone, what new users get, light and dark.

use crate::panel::{DAY, Panel, between};
use mu_panel::{
    model::{Bytes, Name, ResetDay},
    store::Setting,
};

#[test]
fn sign_ins_are_seen_and_ended() {
    let panel = Panel::new();
    let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1";
    let (here, there) = (panel.admin(), panel.stranger().with("user-agent", phone));
    there.sign_in(crate::panel::PASSWORD).is(303);
    let other = panel.stranger().with("user-agent", "<script>alert(1)</script>");
    other.sign_in(crate::panel::PASSWORD).is(303);
    panel.wait(61);
    let page = here.get("/settings").is(200).shows("Safari · iPhone").shows("127.0.0.1").hides("<script>alert").body();
    assert_eq!(page.matches("name=\"session\"").count(), 2, "{page}");
    assert_eq!(page.matches("This session").count(), 1);
    let of_phone = page.split("Safari · iPhone").nth(1).unwrap();
    let key = between(of_phone, "name=\"session\" value=\"", "\"").unwrap();
    here.submit("/settings/sessions/end", "session=abc").is(404);
    here.submit("/settings/sessions/end", &format!("session={key}")).is(303);
    here.get("/settings").shows("Session ended.").hides("iPhone");
    there.get("/settings").is(303);
    other.get("/settings").is(200);
    here.submit("/settings/sessions/others", "").is(303);
    here.get("/settings").is(200).shows("All other sessions ended.").hides("Sign out everywhere else");
    other.get("/settings").is(303);
}

#[test]
fn the_time_zone_decides_when_days_begin() {
    let panel = Panel::new();
    let admin = panel.admin();
    panel.wait(DAY / 4);
    admin.get("/settings").shows("Now: 2026-11-22 18:00 (UTC)");
    for bad in ["Mars/Olympus", "+08:00x", "../../etc/passwd"] {
        let answer = admin.submit("/settings/zone", &format!("zone={bad}")).is(400);
        answer.shows("id=\"zone-error\"").shows("isn&#39;t a known time zone");
    }
    admin.submit("/settings/zone", "zone=asia/shanghai").is(303);
    admin.get("/settings").shows("Time zone saved.").shows("Now: 2026-11-23 02:00 (Asia/Shanghai)");
    assert_eq!(panel.app.today(panel.now()).unwrap().to_string(), "2026-11-23");
    admin.submit("/settings/zone", "zone=").is(303);
    admin.get("/settings").shows("18:00 (UTC)");
}

#[test]
fn new_users_get_the_defaults_unless_something_else_is_said() {
    let panel = Panel::new();
    let admin = panel.admin();
    for (form, field, words) in [
        ("quota=lots", "quota", "“lots” isn&#39;t a valid size"),
        ("expires=0", "expires", "“0” isn&#39;t a number of days"),
        ("expires=99999", "expires", "enter 1 to 3653"),
        ("reset_day=32", "reset_day", "isn&#39;t a day of the month"),
        ("method=rot13", "method", "isn&#39;t a supported cipher"),
    ] {
        let body = admin.submit("/settings/defaults", form).is(400).body();
        let error = between(&body, &format!("id=\"{field}-error\">"), "</p>").unwrap_or_default();
        assert!(error.contains(words), "{form}: {error}");
    }
    assert!(panel.app.store.settings().unwrap().get(Setting::DefaultQuota).is_none());
    admin.submit("/settings/defaults", "quota=10&expires=30&reset_day=1&method=aes-256-gcm").is(303);
    let page = admin.get("/settings").shows("Defaults saved.").shows(r#"value="10 GiB""#).shows(r#"value="30""#);
    page.shows(r#"<option value="aes-256-gcm" selected>"#);
    let form = admin.get("/").shows(r#"value="10 GiB""#).shows(r#"value="2026-12-22""#);
    form.shows(r#"<option value="aes-256-gcm" selected>"#).shows(r#"<option value="1" selected>"#);
    admin.submit("/users", "name=alice").is(303);
    let alice = panel.user(1);
    assert_eq!((alice.quota, alice.reset_day.map(ResetDay::get)), (Some(Bytes::new(10 << 30)), Some(1)));
    assert_eq!((alice.method.name(), alice.expires.unwrap().to_string().as_str()), ("aes-256-gcm", "2026-12-22"));
    admin.submit("/users", "name=bob&quota=&expires=&reset_day=").is(303);
    let bob = panel.user(2);
    assert_eq!((bob.quota, bob.expires, bob.reset_day), (None, None, None));
    // The command line asks the same.
    let draft = panel.app.draft(Name::parse("carol").unwrap(), panel.now()).unwrap();
    assert_eq!((draft.quota, draft.method.name()), (Some(Bytes::new(10 << 30)), "aes-256-gcm"));
    admin.submit("/settings/defaults", "quota=&expires=&reset_day=&method=").is(303);
    assert!(panel.app.store.settings().unwrap().get(Setting::DefaultQuota).is_none());
}

/// The public address is offered as the browser has it, but never one that leads to this machine alone.
#[test]
fn the_address_of_a_tunnel_is_not_offered() {
    let panel = Panel::new();
    let admin = panel.admin().with("host", "127.0.0.1:8080");
    admin.get("/settings").is(200).shows("an address that only works on this machine").hides("You are using");
    let admin = panel.admin().with("host", "panel.example:8443");
    admin.get("/settings").is(200).shows("You are using http://panel.example:8443 right now.");
}

#[test]
fn light_and_dark_are_kept_and_lead_nowhere_else() {
    let panel = Panel::new();
    let caller = panel.stranger();
    caller.get("/login").is(200).shows(r#"<html lang="en">"#);
    for theme in ["dark", "light"] {
        let answer = caller.post("/theme", format!("to={theme}&back=/login?a=b")).is(303);
        assert_eq!(answer.header("Location"), "/login?a=b");
        caller.get("/login").shows(&format!(r#"<html lang="en" data-theme="{theme}">"#));
    }
    assert_eq!(caller.post("/theme", "to=<script>&back=//evil.example").is(303).header("Location"), "/");
    caller.get("/login").shows(r#"<html lang="en">"#);
}
