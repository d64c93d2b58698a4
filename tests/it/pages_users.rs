//! The list of users and the page of each: adding, changing, switching, resetting, deleting, and what they used.

use crate::panel::{DAY, Panel, between};
use mu_panel::model::{Bytes, Draft, Name, ResetDay};

/// The names in the list, in its order.
fn names(html: &str) -> Vec<String> {
    html.split("<td class=\"who\">").skip(1).filter_map(|row| between(row, "<bdi>", "</bdi>")).collect()
}

#[test]
fn a_name_is_enough() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.get("/").is(200).shows("No users yet").shows("Enter your first friend&#39;s name above.");
    let answer = admin.submit("/users", "name=alice").is(303);
    assert_eq!(answer.header("Location"), "/users/1");
    admin
        .get("/users/1")
        .is(200)
        .shows("<bdi>alice</bdi> has been added.")
        .shows(r#"<form method="post" action="/users/1/delete">"#)
        .shows("20001")
        .shows("chacha20-ietf-poly1305");
    admin.get("/users/1").is(200).hides("has been added");
    panel.node().post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":1024,"d":1024}]"#).is(200);
    admin.get("/").shows("alice").shows("2 KiB").shows(r#"title="2,048 bytes""#).hides("No users yet");
}

#[test]
fn everything_else_can_be_said_too() {
    let panel = Panel::new();
    let admin = panel.admin();
    let form = "name=+Bob+&port=443&method=aes-256-gcm&passwd=s3cret%21&quota=1.5GiB&expires=2026-12-31&reset_day=31&note=a%0D%0Ab";
    admin.submit("/users", form).is(303);
    let bob = panel.user(1);
    assert_eq!((bob.name.as_str(), bob.port, bob.method.name()), ("Bob", 443, "aes-256-gcm"));
    assert_eq!((bob.password.as_str(), bob.quota), ("s3cret!", Some(Bytes::new(3 << 29))));
    assert_eq!(bob.expires.map(|date| date.to_string()).as_deref(), Some("2026-12-31"));
    assert_eq!((bob.reset_day.map(ResetDay::get), bob.note.as_str()), (Some(31), "a\nb"));
    // What the form shows is what it takes back.
    admin.get("/users/1").is(200).shows(r#"value="1.5 GiB""#).shows("2026-11-30");
    let same = "name=Bob&port=443&method=aes-256-gcm&passwd=s3cret%21&quota=1.5+GiB&expires=2026-12-31&reset_day=31&note=a%0D%0Ab";
    admin.submit("/users/1", same).is(303);
    let mut again = panel.user(1);
    again.revision = bob.revision;
    assert_eq!(again, bob);
}

#[test]
fn a_fault_stands_beside_its_field_and_what_was_typed_stays() {
    let panel = Panel::new();
    panel.add("alice");
    panel.add("bob");
    let admin = panel.admin();
    let cases = [
        ("name=", "name", 400, "Enter a name."),
        ("name=++", "name", 400, "Enter a name."),
        ("name=a%07b", "name", 400, "A name can&#39;t contain line breaks"),
        ("name=alice", "name", 409, "There is already a user “alice”"),
        ("name=x&port=0", "port", 400, "“0” isn&#39;t a valid port"),
        ("name=x&port=99999", "port", 400, "“99999” isn&#39;t a valid port"),
        ("name=x&port=20001", "port", 409, "Port 20001 belongs to another user"),
        ("name=x&quota=lots", "quota", 400, "“lots” isn&#39;t a valid size"),
        ("name=x&quota=-1", "quota", 400, "“-1” isn&#39;t a valid size"),
        ("name=x&expires=tomorrow", "expires", 400, "“tomorrow” isn&#39;t a valid date"),
        ("name=x&reset_day=32", "reset_day", 400, "“32” isn&#39;t a day of the month"),
        ("name=x&method=plain", "method", 400, "“plain” doesn&#39;t encrypt anything"),
        ("name=x&method=rot13", "method", 400, "“rot13” isn&#39;t a supported cipher"),
        ("name=x&passwd=a+b", "passwd", 400, "A password consists of printable ASCII"),
        ("name=x&method=2022-blake3-aes-128-gcm&passwd=short", "passwd", 400, "needs a base64 key of exactly 16 bytes"),
        ("name=x&note=a%00b", "note", 400, "A note can&#39;t contain control characters"),
    ];
    for (form, field, status, words) in cases {
        for at in ["/users", "/users/2"] {
            let before = panel.user(2);
            let answer = admin.submit(at, &format!("{form}&sure=1")).is(status);
            let body = answer.body();
            let error = between(&body, &format!("id=\"{field}-error\">"), "</p>").unwrap_or_default();
            assert!(error.contains(words), "{form} at {at}: {error} in {body}");
            let input = between(&body, &format!(" name=\"{field}\""), ">").unwrap();
            assert!(input.contains("aria-invalid=\"true\"") && input.contains(&format!("{field}-error")), "{input}");
            assert_eq!(panel.user(2), before);
        }
    }
    let two = admin.submit("/users", "name=&port=x&quota=y&note=kept+%3Cb%3E").is(400).body();
    for kept in [
        "name-error",
        "port-error",
        "quota-error",
        r#"value="x""#,
        r#"value="y""#,
        "kept &#60;b&#62;",
        "<details open>",
    ] {
        assert!(two.contains(kept), "{kept} in {two}");
    }
    assert_eq!(names(&admin.get("/").body()), ["alice", "bob"]);
}

/// What breaks links asks first, unless it cannot be done anyway.
#[test]
fn a_name_or_port_of_another_user_is_refused_before_anything_is_asked() {
    let panel = Panel::new();
    panel.add("alice");
    panel.add("bob");
    let admin = panel.admin();
    for (form, field, words) in [
        ("port=20001", "port", "Port 20001 belongs to another user"),
        ("port=24680&name=alice", "name", "There is already a user “alice”"),
    ] {
        let answer = admin.submit("/users/2", form).is(409).shows(words).shows(&format!("id=\"{field}-error\""));
        answer.hides("name=\"sure\"");
    }
    admin.submit("/users/2", "port=24680").is(200).shows("name=\"sure\"");
    assert_eq!(panel.user(2).port, 20002);
}

/// Digits of full width, and sizes as people write them, in every field that takes a number, a size or a day.
#[test]
fn every_field_takes_what_people_type() {
    let panel = Panel::new();
    let admin = panel.admin();
    let typed = |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let form = |fields: &[(&str, &str)]| {
        fields.iter().map(|(name, value)| format!("{name}={}", typed(value))).collect::<Vec<_>>().join("&")
    };
    let fields = [
        ("name", "anna"),
        ("quota", "１，５００"),
        ("port", "２０１００"),
        ("reset_day", "３１"),
        ("expires", "２０２７年１月３１日"),
    ];
    admin.submit("/users", &form(&fields)).is(303);
    let user = panel.user(1);
    assert_eq!((user.quota, user.port), (Some(Bytes::new(1500 << 30)), 20_100));
    assert_eq!(user.expires.unwrap().to_string(), "2027-01-31");
    assert_eq!(user.reset_day.map(ResetDay::get), Some(31));
    admin.submit("/users", &form(&[("name", "bob"), ("valid_days", "３０"), ("quota", "不限")])).is(303);
    assert_eq!((panel.user(2).terms.valid_days, panel.user(2).quota), (Some(30), None));
    // Each spelling of a size in each form that takes one; a number alone is in GiB.
    for (text, bytes) in [
        ("10", 10 << 30),
        ("１０GB", 10 << 30),
        ("1,5", 3 << 29),
        ("1,000 GB", 1000 << 30),
        ("500 mb", 500 << 20),
        ("1.5TiB", 3 << 39),
        ("1234567 B", 1_234_567),
    ] {
        let size = Some(Bytes::new(bytes));
        admin.submit("/users/1", &form(&[("quota", text)])).is(303);
        assert_eq!(panel.user(1).quota, size, "{text}");
        admin.submit("/settings/defaults", &form(&[("quota", text)])).is(303);
        assert_eq!(panel.app.defaults().unwrap().quota, size, "{text}");
        let act = form(&[("act", "quota"), ("user", "1"), ("amount", text)]);
        admin.submit("/users/batch", &act).is(303);
        assert_eq!(panel.user(1).quota, Some(Bytes::new(2 * bytes)), "{text}");
    }
    for none in ["0", "０", "", "unlimited", "No limit", "不限", "无限制"] {
        admin.submit("/users/1", &form(&[("quota", "7")])).is(303);
        admin.submit("/users/1", &form(&[("quota", none)])).is(303);
        assert_eq!(panel.user(1).quota, None, "{none}");
    }
    for bad in ["lots", "0", "-1", "0 GB"] {
        let act = form(&[("act", "quota"), ("user", "1"), ("amount", bad)]);
        admin.submit("/users/batch", &act).is(400).shows("id=\"amount-error\"").shows("isn&#39;t an amount to add");
    }
    let act = |fields: &[(&str, &str)]| form(&[&[("act", "extend"), ("user", "1")], fields].concat());
    admin.submit("/users/1", &form(&[("expires", "2027-01-31")])).is(303);
    admin.submit("/users/batch", &act(&[("by", "days"), ("days", "１０")])).is(303);
    assert_eq!(panel.user(1).expires.unwrap().to_string(), "2027-02-10");
    admin.submit("/users/batch", &act(&[("by", "until"), ("date", "２０２７／３／１")])).is(303);
    assert_eq!(panel.user(1).expires.unwrap().to_string(), "2027-03-01");
    let empty = admin.submit("/users/batch", &act(&[("by", "until"), ("date", "")])).is(400);
    empty.shows("id=\"date-error\">Choose a date.").shows(r#"value="until" checked"#);
    admin.submit("/settings/defaults", &form(&[("expires", "９０"), ("reset_day", "５")])).is(303);
    assert_eq!(panel.app.defaults().unwrap().days, Some(90));
    admin.submit("/nodes", &form(&[("name", "Tokyo"), ("address", "t.example"), ("rate", "１．５")])).is(303);
    let rate = |text: &str| {
        admin.submit("/nodes/1", &form(&[("rate", text)])).is(303);
        panel.app.store.node(1).unwrap().unwrap().rate.to_string()
    };
    assert_eq!(["1,5", "0，25", "２", "1,000"].map(rate), ["1.5", "0.25", "2", "1000"]);
    admin.submit("/nodes/1/vmess", &form(&[("port", "４４３"), ("network", "tcp")])).is(303);
    assert_eq!(panel.app.store.vmess_of(1).unwrap().unwrap().port, 443);
    admin.submit("/nodes/level", &form(&[("level", "５")])).is(303);
    assert_eq!(panel.app.settings().unwrap().v2ray_level(), 5);
    let mail = [("host", "m.example.org"), ("security", "tls"), ("port", "４６５"), ("from", "a@b.c"), ("to", "d@e.f")];
    admin.submit("/settings/notices/mail", &form(&mail)).is(303);
    admin.get("/settings/notices").shows("value=\"465\"");
    admin.get(&format!("/usage?{}", form(&[("from", "２０２６－１１－０１"), ("to", "2026年11月2日")]))).is(200);
}

#[test]
fn an_empty_password_stays_as_it_is_unless_it_does_not_fit_the_cipher() {
    let panel = Panel::new();
    let before = panel.add("alice").password;
    let admin = panel.admin();
    admin.submit("/users/1", "name=alicia&passwd=").is(303);
    assert_eq!(panel.user(1).password, before);
    admin.submit("/users/1", "method=2022-blake3-aes-256-gcm&passwd=&sure=1").is(303);
    let alice = panel.user(1);
    assert_ne!(alice.password, before);
    assert_eq!((alice.name.as_str(), alice.password.as_str().len(), alice.port), ("alicia", 44, 20_001));
}

#[test]
fn switching_comes_back_to_where_it_was_done() {
    let panel = Panel::new();
    panel.add("alice");
    let admin = panel.admin();
    let answer = admin.submit("/users/1/switch", "on=0&back=/users?q=al%26page=2").is(303);
    assert_eq!(answer.header("Location"), "/users?q=al&page=2");
    assert!(!panel.user(1).switch);
    admin.get("/users").shows("<bdi>alice</bdi> is switched off.").shows("badge off");
    assert_eq!(admin.submit("/users/1/switch", "on=1&back=//evil.example").is(303).header("Location"), "/users/1");
    assert!(panel.user(1).switch);
}

#[test]
fn a_reset_ends_a_period_and_can_be_undone() {
    let panel = Panel::new();
    panel.add("alice");
    panel.node().post("/mu/v2/users/1/traffic", "u=1024&d=2048&node_id=1").is(200);
    panel.wait(DAY);
    let admin = panel.admin();
    admin.submit("/users/1/reset", "").is(303);
    let page = admin.get("/users/1").shows("Usage of <bdi>alice</bdi> reset to zero.").body();
    let step = between(&page, "name=\"step\" value=\"", "\"").unwrap();
    admin.submit("/undo", &format!("step={step}")).is(303);
    assert_eq!(panel.used(1), (1024, 2048));
    assert!(panel.app.store.periods(1).unwrap().is_empty());
    admin.submit("/users/1/reset", "").is(303);
    assert_eq!(panel.used(1), (0, 0));
    panel.node().post("/mu/v2/users/1/traffic", "u=1024&d=0&node_id=1").is(200);
    let page = admin.get("/users/1").shows("reset to zero").body();
    let periods = between(&page, "<h2 id=\"periods\">", "</section>").unwrap();
    assert!(periods.contains("2026-11-22") && periods.contains("2026-11-23") && periods.contains("3 KiB"), "{periods}");
    assert!(page.contains("All time</dt><dd title=\"4,096 bytes\">4 KiB"), "{page}");
}

#[test]
fn deleting_asks_and_can_be_undone() {
    let panel = Panel::new();
    panel.add("alice");
    let admin = panel.admin();
    admin.get("/users/1/delete").is(200).shows("Delete <bdi>alice</bdi>?").shows("30 days");
    assert!(panel.user(1).deleted.is_none());
    assert_eq!(admin.submit("/users/1/delete", "").is(303).header("Location"), "/users");
    let list = admin.get("/").shows("<bdi>alice</bdi> deleted.").shows("name=\"step\"");
    assert!(names(&list.body()).is_empty());
    admin.get("/users/1").is(200).shows("restore them until 2026-12-22").hides("id=\"change\"");
    admin.submit("/users/1", "name=x&revision=1").is(409).shows("was deleted elsewhere");
    admin.submit("/users/1/restore", "").is(303);
    admin.get("/users/1").shows("<bdi>alice</bdi> restored.");

    admin.submit("/users/1/delete", "").is(303);
    panel.add("alice");
    admin.submit("/users/1/restore", "").is(409).shows("There is already a user “alice”");
    panel.wait(30 * DAY);
    panel.admin().get("/users/1").is(404);
}

#[test]
fn the_state_is_told_in_words() {
    let panel = Panel::new();
    panel.add_as("over", |draft| draft.quota = Some(Bytes::new(10)));
    panel.add_as("expired", |draft| draft.expires = Some(mu_panel::model::Date::parse("2026-11-21").unwrap()));
    panel.add("off");
    panel.add("on");
    panel.node().post("/mu/v2/users/1/traffic", "u=5&d=5&node_id=1").is(200);
    let admin = panel.admin();
    admin.submit("/users/3/switch", "on=0").is(303);
    for (id, state, words) in [(1, "over", "Over quota"), (2, "expired", "Expired"), (3, "off", "Off"), (4, "on", "On")]
    {
        assert_eq!(names(&admin.get(&format!("/users?state={state}")).body()), [state]);
        admin.get(&format!("/users/{id}")).shows(&format!("</span> {words}</span>"));
    }
    admin.get("/").shows(r#"<rect width="100" height="1"/>"#).shows("of 10 B");
}

#[test]
fn the_list_is_searched_sorted_and_paged_by_its_address() {
    let panel = Panel::new();
    for number in 0..120 {
        panel.add_as(&format!("user {number:03}"), |draft| draft.port = Some(30_000 - number));
    }
    panel.add("100% _real_");
    let admin = panel.admin();
    let list = |query: &str| admin.get(&format!("/users{query}")).is(200).body();
    let first = list("");
    assert_eq!((names(&first).len(), names(&first)[0].as_str()), (50, "100% _real_"));
    assert!(first.contains("1–50 of 121") && first.contains("/users?page=2\"") && first.contains("/users?page=3\""));
    assert_eq!(names(&list("?page=3")).len(), 21);
    for beyond in ["?page=99", "?page=3"] {
        assert!(list(beyond).contains("101–121 of 121"));
    }
    for odd in ["?page=0", "?page=-1", "?page=x", "?sort=x", "?state=x", "?dir=x"] {
        assert_eq!(names(&list(odd)), names(&first), "{odd}");
    }
    assert_eq!(names(&list("?sort=port"))[0], "100% _real_");
    assert_eq!(names(&list("?sort=port&dir=desc"))[0], "user 000");
    assert_eq!(names(&list("?q=user+11")), (110..120).map(|n| format!("user {n}")).collect::<Vec<_>>());
    assert_eq!(names(&list("?q=29990")), ["user 010"]);
    assert_eq!(names(&list("?q=%25")), ["100% _real_"]);
    assert!(list("?q=nobody").contains("No matching users"));
    // Each link keeps the rest.
    let both = list("?q=user&sort=port&dir=desc&state=on&page=2");
    for link in [
        "/users?q=user&#38;state=on&#38;sort=name&#38;dir=asc",
        "q=user&#38;sort=port&#38;dir=desc&#38;state=on&#38;page=3",
        "q=user&#38;sort=port&#38;dir=desc&#38;state=off",
        r#"<option value="on" selected>"#,
        r#"name="back" value="/users?q=user&#38;sort=port&#38;dir=desc&#38;state=on&#38;page=2""#,
        r#"aria-sort="descending""#,
    ] {
        assert!(both.contains(link), "{link} in {both}");
    }
}

#[test]
fn of_ten_thousand_users_fifty_are_listed() {
    let panel = Panel::new();
    let users = (0..10_000_u16).map(|number| {
        let mut draft = Draft::named(Name::parse(&format!("friend {number:05}")).unwrap());
        draft.port = Some(10_000 + number);
        draft.quota = Some(Bytes::new(1 << 30));
        panel.app.complete(draft)
    });
    panel.app.store.add_users(users.collect(), panel.now(), panel.app.today(panel.now()).unwrap()).unwrap();
    let admin = panel.admin();
    for (page, total) in [
        ("/", "of 10,000"),
        ("/users?q=friend+09&sort=total&dir=desc&state=on", "of 1,000"),
        ("/users?page=200", "of 10,000"),
    ] {
        let list = admin.get(page).is(200).shows(total).body();
        assert_eq!(names(&list).len(), 50);
    }
}

#[test]
fn the_counts_follow_whatever_is_written() {
    let panel = Panel::new();
    let ids: Vec<i64> = ["a", "b", "c"].iter().map(|name| panel.add(name).id).collect();
    let today = panel.app.today(panel.now()).unwrap();
    let states = || panel.app.census(today, panel.now()).unwrap().states;
    assert_eq!(states(), [3, 0, 0, 0]);
    panel.app.store.switch_user(ids[0], false, panel.now()).unwrap();
    assert_eq!(states(), [2, 1, 0, 0]);
    // A user stops being online without anything being written.
    panel.node().post("/mu/v2/users/2/traffic", "u=1024&d=1024&node_id=1").is(200);
    let online = || panel.app.census(today, panel.now()).unwrap().used_since(panel.now() - 300);
    assert_eq!(online(), 1);
    panel.wait(299);
    assert_eq!(online(), 1);
    panel.wait(1);
    assert_eq!(online(), 0);
    // What was used in a month is added up hour by hour, and once.
    let month = panel.now() - 22 * DAY;
    let used = || panel.app.used_since(month, panel.now()).unwrap().total().get();
    assert_eq!(used(), 2048);
    for _ in 0..5 {
        panel.wait(3600);
        panel.node().post("/mu/v2/users/3/traffic", "u=1&d=1&node_id=1").is(200);
        used();
    }
    assert_eq!(used(), 2058);
    panel.wait(-7200);
    panel.node().post("/mu/v2/users/3/traffic", "u=1&d=1&node_id=1").is(200);
    assert_eq!(used(), 2060);
    panel.wait(9999);
    assert_eq!(used(), 2060);
}

#[test]
fn a_search_is_not_particular_about_case_in_any_script() {
    let panel = Panel::new();
    for (name, note) in [("Иван", ""), ("über", "Straße"), ("Renée", "ΟΔΥΣΣΕΎΣ"), ("100%", "a_b"), ("张伟", "")]
    {
        panel.add_as(name, |draft| draft.note = mu_panel::model::Note::parse(note).unwrap());
    }
    let admin = panel.admin();
    for (search, found) in [
        ("иван", &["Иван"][..]),
        ("ИВ", &["Иван"]),
        ("ÜBER", &["über"]),
        ("uber", &[]),
        ("STRASSE", &["über"]),
        ("RENÉE", &["Renée"]),
        ("οδυσσεύς", &["Renée"]),
        ("%", &["100%"]),
        ("_", &["100%"]),
        ("伟", &["张伟"]),
        ("20001", &["Иван"]),
        ("2000", &[]),
        (" иван ", &["Иван"]),
    ] {
        let encoded: String = form_urlencoded::byte_serialize(search.as_bytes()).collect();
        assert_eq!(names(&admin.get(&format!("/users?q={encoded}")).is(200).body()), found, "{search}");
    }
}
