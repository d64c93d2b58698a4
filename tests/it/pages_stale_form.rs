//! A form that comes too late for its sign-in changes nothing, and what was typed is kept.

use crate::panel::{Caller, PASSWORD, Panel, between};

const DAY: i64 = 24 * 3600;

/// The value of a hidden field, as a browser would send it.
fn hidden(page: &str, name: &str) -> String {
    let value = between(page, &format!("type=\"hidden\" name=\"{name}\" value=\""), "\"").unwrap_or_default();
    let value = value
        .replace("&#34;", "\"")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#39;", "'")
        .replace("&#38;", "&");
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// Sends the sign-in form of that page.
fn sign_in(caller: &Caller<'_>, page: &str, password: &str) -> crate::panel::Answer {
    let kept: Vec<String> =
        ["csrf", "next", "action", "form"].iter().map(|name| format!("{name}={}", hidden(page, name))).collect();
    caller.post("/login", format!("{}&password={}", kept.join("&"), password.replace(' ', "+")))
}

#[test]
fn what_was_typed_outlives_the_sign_in() {
    let panel = Panel::new();
    let alice = panel.add("alice");
    let admin = panel.admin();
    admin.get("/users/1");
    panel.wait(DAY);
    let typed = format!(
        "revision={}&name=Ren%C3%A9e+%3Cb%3E&quota=5+GiB&port=20001&method={}",
        alice.revision,
        alice.method.name()
    );
    let page = admin.submit("/users/1", &typed).is(403).shows("Your session has ended, so nothing was changed.");
    assert_eq!(panel.user(1), alice);
    let page = sign_in(&admin, &page.body(), "wrong password").is(400).shows("The password is wrong.");
    let page = sign_in(&admin, &page.body(), PASSWORD)
        .is(200)
        .shows("Not done yet")
        .shows("<dt>Name</dt><dd class=\"typed\" dir=\"auto\">Renée &#60;b&#62;</dd>")
        .shows("<dt>Quota</dt><dd class=\"typed\" dir=\"auto\">5 GiB</dd>")
        .shows("<form method=\"post\" action=\"/users/1\"");
    assert_eq!(panel.user(1), alice, "only the admin sends it");
    let page = page.body();
    let again: Vec<String> = ["csrf", "revision", "name", "quota", "port", "method"]
        .iter()
        .map(|name| format!("{name}={}", hidden(&page, name)))
        .collect();
    admin.post("/users/1", again.join("&")).is(303);
    assert_eq!(panel.user(1).name.as_str(), "Renée <b>");
    admin.get("/").is(200).shows("Renée &#60;b&#62;");
}

#[test]
fn a_form_of_an_earlier_sign_in_can_be_sent_again() {
    let panel = Panel::new();
    let admin = panel.admin();
    let page = admin
        .post("/users", "csrf=old&name=alice&note=a+friend")
        .is(403)
        .shows("Not done yet")
        .shows("<dt>Note</dt><dd class=\"typed\" dir=\"auto\">a friend</dd>");
    assert_eq!(hidden(&page.body(), "name"), "alice");
    admin.post("/users", format!("csrf={}&name=alice", hidden(&page.body(), "csrf"))).is(303);
    assert_eq!(panel.user(1).name.as_str(), "alice");
}

/// Whatever form it was: each value stands under the label of its field, as its page shows it.
#[test]
fn each_value_has_the_label_of_its_field() {
    let panel = Panel::new();
    let admin = panel.admin();
    for name in ["Tokyo", "Paris"] {
        admin.submit("/nodes", &format!("name={name}&address=x.example")).is(303);
    }
    for (action, form, rows) in [
        (
            "/users",
            "name=alice&quota=5&reset_day=2&renews=1&method=aes-256-gcm&shown=nodes&nodes=1&nodes=2&note=a%0Ab",
            &[
                ("Name", "alice"),
                ("Quota", "5"),
                ("Monthly reset", "on day 2"),
                ("Renew every month", "yes"),
                ("Nodes", "Tokyo, Paris"),
                ("Cipher", "aes-256-gcm"),
                ("Note", "a\nb"),
            ][..],
        ),
        ("/nodes/1", "name=Rome&address=y&rate=2", &[("Name", "Rome"), ("Address", "y"), ("Traffic multiplier", "2")]),
        (
            "/nodes/1/vmess",
            "port=1&network=ws&tls=1",
            &[("VMess port", "1"), ("Transport", "WebSocket"), ("Uses TLS", "yes")],
        ),
        ("/nodes/level", "level=7", &[("User level", "7")]),
        ("/nodes/here", "on=1&address=z", &[("Address", "z")]),
        ("/settings/defaults", "quota=9&expires=30", &[("Quota", "9"), ("Expires after (days)", "30")]),
        ("/settings/sharing", "title=T&china_direct=1", &[("Title", "T")]),
        ("/settings/zone", "zone=Asia/Tokyo", &[("Time zone", "Asia/Tokyo")]),
        ("/settings/address", "address=https://p.example", &[("Public address", "https://p.example")]),
        ("/settings/notices/ntfy", "url=https://n.example/t&token=hush", &[("Topic address", "https://n.example/t")]),
        ("/users/batch", "act=extend&user=1&by=days&days=5", &[("Number of days", "5")]),
    ] {
        let page = admin.post(action, format!("csrf=old&{form}")).is(403).shows("Not done yet").hides(">Other<");
        for (label, value) in rows {
            let row = format!("<dt>{label}</dt><dd class=\"typed\" dir=\"auto\">{value}</dd>");
            assert!(page.body().contains(&row), "{action}: no {row} in {}", page.body());
        }
    }
    let page = admin.post("/settings/notices/ntfy", "csrf=old&url=https://n.example/t&token=hush").is(403);
    page.shows("Access token").hides("auto\">hush");
}

#[test]
fn what_comes_from_elsewhere_or_holds_a_password_is_not_kept() {
    let panel = Panel::new();
    let admin = panel.admin();
    let (origin, own, site) = ("origin", "http://panel.example", "sec-fetch-site");
    for (name, value, kept) in [
        (origin, "https://evil.example", false),
        (origin, "nonsense", false),
        (site, "cross-site", false),
        (site, "same-site", false),
        (site, "same-origin", true),
        (origin, own, true),
        (origin, "null", true),
    ] {
        let caller = panel.admin().with("host", "panel.example").with(name, value);
        let body = caller.post("/users", "csrf=old&name=mallory").is(403).body();
        assert_eq!(body.contains("mallory"), kept, "{name}: {value}");
    }
    let stranger = panel.stranger();
    assert_eq!(stranger.post("/users", "name=mallory").is(303).header("Location"), "/login");
    let changed = "csrf=old&current=correct+horse&new=battery+staple";
    admin.post("/settings/password", changed).is(403).hides("horse").hides("staple");
    panel.wait(DAY);
    admin.post("/settings/password", changed).is(303).hides("horse");
    // Nothing typed, nothing to keep.
    assert_eq!(admin.post("/users/1/delete", "csrf=old&once=abc").is(303).header("Location"), "/login");
    for action in ["https://evil.example/", "//evil.example", "/\\evil"] {
        let login = admin.get("/login").body();
        let form = format!(
            "csrf={}&action={}&form=name%3Dmallory&password={}",
            hidden(&login, "csrf"),
            form_urlencoded::byte_serialize(action.as_bytes()).collect::<String>(),
            PASSWORD.replace(' ', "+")
        );
        admin.post("/login", form).is(303).hides("mallory");
        panel.wait(DAY);
    }
}
