//! What is wrong with a form is said above everything too, with links to its fields, since they may be further down.

use crate::panel::{Caller, Panel, between};

const LINK: &str = "LinkOfTheFirstStart0123456789ABC";

/// The links of the summary at the top of a page, each with what it is called.
fn links(body: &str) -> Vec<(String, String)> {
    let top = body.split("<h1").next().unwrap();
    let Some(summary) = between(top, "<div class=\"error alert\" role=\"alert\">", "</div>") else { return Vec::new() };
    let link = |part: &str| {
        let id = part.split('"').next().unwrap().to_owned();
        (id, between(part, ">", "</a>").unwrap())
    };
    summary.split("<a href=\"#").skip(1).map(link).collect()
}

/// Sends what is wrong, and expects links to exactly these fields, each of which is there and marked.
#[track_caller]
fn leads_to(caller: &Caller<'_>, action: &str, form: &str, fields: &[(&str, &str)]) {
    let body = caller.submit(action, form).is(400).body();
    let expected: Vec<_> = fields.iter().map(|(id, label)| ((*id).to_owned(), (*label).to_owned())).collect();
    assert_eq!(links(&body), expected, "{action} {form}");
    for (id, _) in fields {
        let field = between(&body, &format!(" id=\"{id}\""), ">").unwrap();
        assert!(field.contains("aria-invalid=\"true\"") || field.contains("tabindex"), "{id}: {field}");
    }
}

/// Where a form is sent, what is in it, and the fields that something is wrong with: the id and the label.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

#[test]
fn what_is_wrong_is_said_at_the_top_of_every_long_page() {
    let panel = Panel::new();
    panel.add("alice");
    panel.node().get("/mu/nodes/1/users").is(200);
    let admin = panel.admin();
    let long = "x".repeat(100);
    let cases: &[Case<'_>] = &[
        ("/users/1", "quota=much&port=0&note=kept", &[("quota", "Quota"), ("port", "Port")]),
        ("/users", "name=bob&port=0&quota=much", &[("quota", "Quota"), ("port", "Port")]),
        ("/nodes", "name=a&address=a+b&rate=x", &[("address", "Address"), ("rate", "Traffic multiplier")]),
        ("/nodes/1", "address=a+b&rate=x", &[("address", "Address"), ("rate", "Traffic multiplier")]),
        ("/nodes/1/vmess", "port=0&host=a+b", &[("vmess-port", "VMess port"), ("vmess-host", "Host / SNI")]),
        ("/nodes/level", "level=x", &[("level", "User level")]),
        ("/nodes/here", "on=1&address=http%3A%2F%2Fx", &[("here-address", "Address")]),
        ("/settings/zone", "zone=Mars", &[("zone", "Time zone")]),
        ("/settings/address", "address=ftp%3A%2F%2Fx", &[("address", "Public address")]),
        ("/settings/defaults", "quota=much&expires=soon", &[("quota", "Quota"), ("expires", "Expires after (days)")]),
        ("/settings/sharing", "support=call+me", &[("sharing-support", "Support address")]),
        ("/settings/password", "current=no&new=a+longer+password", &[("current", "Current password")]),
        ("/settings/notices/webhook", "url=x", &[("webhook-url", "Address")]),
        ("/import", "list=%7B", &[("list", "List of users")]),
    ];
    for (action, form, fields) in cases {
        leads_to(&admin, action, form, fields);
    }
    // Of a name alone it is said beside it, where it was typed.
    let body = admin.submit("/users", &format!("name={long}")).is(400).body();
    assert!(links(&body).is_empty() && body.contains("name-error"), "{body}");
    // A page where nothing is wrong says nothing.
    for at in ["/", "/users/1", "/nodes", "/nodes/1", "/settings", "/settings/notices", "/import"] {
        assert!(links(&admin.get(at).is(200).body()).is_empty(), "{at}");
    }
}

#[test]
fn what_is_wrong_with_the_set_up_is_said_at_its_top() {
    let panel = Panel::new();
    panel.app.accept_setup_link(LINK, panel.now()).unwrap();
    let caller = panel.stranger();
    caller.get(&format!("/login?setup={LINK}")).is(200);
    let (link, long) = (format!("setup={LINK}&language=en&where=there"), "x".repeat(100));
    let good = "password=correct+horse";
    leads_to(&caller, "/login", &format!("{link}&password=short"), &[("password", "New password")]);
    let form = format!("{link}&{good}&name={long}&address=a+b&friend={long}");
    let fields = [("name", "Name"), ("address", "Address"), ("friend", "Your first friend")];
    leads_to(&caller, "/login", &form, &fields);
}

#[test]
fn what_another_tab_has_saved_is_said_at_the_top() {
    let panel = Panel::new();
    panel.add("alice");
    let admin = panel.admin();
    let seen = between(&admin.get("/users/1").body(), "name=\"seen\" value=\"", "\"").unwrap().replace("&#38;", "&");
    let seen: String = form_urlencoded::byte_serialize(seen.as_bytes()).collect();
    admin.submit("/users/1", "quota=20").is(303);
    let body = admin.submit("/users/1", &format!("quota=30&seen={seen}")).is(409).body();
    assert_eq!(links(&body), [("quota".to_owned(), "Quota".to_owned())], "{body}");
    assert!(between(&body, "role=\"alert\">", "</div>").unwrap().contains("Now saved: 20 GiB"));
}
