//! Where notices and the certificate are set up: secrets are never shown again, and what is wrong stands beside its
//! field.

use crate::panel::{Panel, between};
use mu_panel::{
    app::{Front, Offer},
    error::Fault,
    model::ChannelKind,
    notify::{Channel, setting},
    store::Setting,
};

fn kept(panel: &Panel, kind: ChannelKind) -> Option<Channel> {
    Channel::of(kind, &panel.app.settings().unwrap())
}

#[test]
fn channels_are_set_up_tried_and_turned_off() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.get("/settings").is(200).shows("href=\"/settings/notices\"").shows("href=\"/settings/https\"");
    admin.get("/settings/notices").is(200).shows("Telegram").hides("Send a test");
    for (path, form, words) in [
        ("webhook", "url=example.org", "“example.org” isn&#39;t a valid address"),
        ("webhook", "url=https://", "isn&#39;t a valid address"),
        ("telegram", "token=1:A&chat=", "This is required"),
        ("mail", "host=smtp.example.org&security=tls&port=0&from=a@b.c&to=d@e.f", "isn&#39;t a valid port"),
        (
            "mail",
            "host=smtp.example.org&security=tls&from=nobody&to=d@e.f",
            "“nobody” isn&#39;t a valid e-mail address",
        ),
    ] {
        admin.submit(&format!("/settings/notices/{path}"), form).is(400).shows(words).shows("aria-invalid");
    }
    admin.submit("/settings/notices/pigeon", "url=https://example.org").is(404);
    admin.submit("/settings/notices/webhook", "url=https://example.org/hook&secret=s3cret").is(303);
    let page = admin.get("/settings/notices").is(200).shows("Notices saved.").shows("https://example.org/hook");
    page.shows("Send a test").hides("s3cret");
    // Left empty, a secret stays what it is.
    admin.submit("/settings/notices/webhook", "url=https://example.org/other&secret=").is(303);
    let Some(Channel::Webhook { url, secret }) = kept(&panel, ChannelKind::Webhook) else { panic!("no webhook") };
    assert_eq!((&*url, &*secret), ("https://example.org/other", "s3cret"));
    let mail = "host=smtp.example.org&security=starttls&port=&user=u&password=geheim&from=a@b.c&to=d@e.f, g@h.i";
    admin.submit("/settings/notices/mail", mail).is(303);
    admin.get("/settings/notices").hides("geheim").shows("value=\"587\"");
    admin.submit("/settings/notices/webhook/test", "").is(303);
    admin.get("/settings/notices").shows("The test is on its way.").shows("1 notice is waiting.");
    admin.submit("/settings/notices/webhook/off", "").is(303);
    assert!(kept(&panel, ChannelKind::Webhook).is_none());
    admin.get("/settings/notices").hides("is waiting").hides("example.org/other");
    // What is not ticked is switched off.
    admin.submit("/settings/notices", "quota-over=1&disk=1").is(303);
    let settings = panel.app.settings().unwrap();
    let off = settings.get(Setting::NotifyOff).unwrap();
    assert!(off.split(' ').count() == 9 && !off.contains("quota-over") && off.contains("sign-in"), "{off}");
}

#[test]
fn of_two_tabs_the_second_is_told_that_a_secret_was_changed() {
    let panel = Panel::new();
    let admin = panel.admin();
    for (kind, field, rest) in [
        (ChannelKind::Webhook, "secret", "url=https://example.org/hook"),
        (ChannelKind::Telegram, "token", "chat=1&server="),
        (ChannelKind::Ntfy, "token", "url=https://ntfy.sh/topic"),
        (ChannelKind::Mail, "password", "host=smtp.example.org&security=tls&port=465&user=u&from=a@b.c&to=d@e.f"),
    ] {
        let address = format!("/settings/notices/{}", kind.key());
        let stored = || kept(&panel, kind).unwrap().to_text();
        let seen = || {
            let page = admin.get("/settings/notices").is(200).body();
            let form = page.split_once(&format!("action=\"{address}\"")).unwrap().1;
            let seen =
                between(form, "name=\"seen\" value=\"", "\"").unwrap().replace("&#38;", "&").replace("&#39;", "'");
            form_urlencoded::byte_serialize(seen.as_bytes()).collect::<String>()
        };
        let send = |seen: &str, secret: &str| {
            // A bot's token has a form of its own.
            let bot = kind == ChannelKind::Telegram && !secret.is_empty();
            let secret = if bot { format!("1:{secret}_0123456789abcdefghijklmnop") } else { secret.to_owned() };
            admin.submit(&address, &format!("seen={seen}&{rest}&{field}={secret}"))
        };
        send(&seen(), "first").is(303);
        let (mine, theirs) = (seen(), seen());
        assert!(!mine.contains("first"), "{mine}");
        send(&theirs, "second").is(303);
        // Without a secret typed, the other's stays.
        send(&mine, "").is(303);
        assert!(stored().contains("second"), "{}", stored());
        let refused = send(&mine, "third").is(409).shows("Changed elsewhere since you opened this page");
        refused.shows("third").hides("second");
        assert!(stored().contains("second"), "{}", stored());
        send(&seen(), "third").is(303);
        assert!(stored().contains("third"), "{}", stored());
    }
}

#[test]
fn what_was_given_up_is_shown_with_its_reason() {
    let panel = Panel::new();
    let admin = panel.admin();
    let channel = Channel::Ntfy { url: "https://ntfy.example/t".to_owned(), token: String::new() };
    panel.app.store.set(setting(ChannelKind::Ntfy), Some(channel.to_text())).unwrap();
    let names = ["<b>anna</b>".to_owned()];
    mu_panel::notify::raise(&panel.app, panel.now(), mu_panel::model::Happening::QuotaOver, &names).unwrap();
    let id = panel.app.store.due_notices(panel.now()).unwrap()[0].id;
    panel.app.store.notice_failed(id, panel.now(), None, "the server answered 403: <i>no</i>".to_owned()).unwrap();
    let page = admin.get("/settings/notices").is(200).shows("Could not be delivered").shows("the server answered 403");
    page.shows("A user has used all of their quota").hides("<i>no</i>");
}

#[test]
fn a_certificate_is_asked_for_with_a_host_that_can_have_one() {
    // Nothing is behind it in memory.
    Panel::new().admin().get("/settings/https").is(200).hides("Get a certificate");
    let taken = || Err(Fault::PortInUse { port: 443, by: Some("nginx (7)".to_owned()) }.into());
    let offer = Offer { check: Box::new(move |_| taken()), begin: Box::new(move |_| taken()) };
    let panel = Panel::behind(Front { https: Some(offer), ..Front::default() });
    let admin = panel.admin();
    admin.get("/settings/https").is(200).shows("Get a certificate");
    for bad in ["panel", "http://a.b", "a.b:80", ""] {
        let said = if bad.is_empty() { "Enter a domain name or an IP address" } else { "isn&#39;t a valid host" };
        admin.submit("/settings/https", &format!("site={bad}")).is(400).shows(said).shows("aria-invalid");
    }
    let refused = admin.submit("/settings/https", "site=panel.example.org").is(400);
    refused.shows("Port 443 is taken by nginx (7)").shows("value=\"panel.example.org\"");
    admin.submit("/settings/https/try", "").is(404);
}
