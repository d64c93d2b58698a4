//! What is handed to a friend on a user's page, and the friend's own page.

use crate::{
    panel::{DAY, Panel, between},
    process::{Home, wait_until},
};
use mu_panel::{
    http::for_log,
    model::{Address, Bytes, Date, Method, NodeDraft, NodeName, ResetDay, User},
};

fn with_node(address: &str) -> Panel {
    let panel = Panel::new();
    panel
        .app
        .store
        .add_node(
            NodeDraft { name: name("Tokyo"), address: Address::parse(address).unwrap(), ..NodeDraft::default() },
            panel.now(),
        )
        .unwrap();
    panel
}

fn name(text: &str) -> NodeName {
    NodeName::parse(text).unwrap()
}

/// The text of a page as its reader sees it.
fn unescaped(html: &str) -> String {
    let mut text = html.to_owned();
    for (code, c) in [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")] {
        text = text.replace(code, c);
    }
    text
}

fn message(html: &str) -> String {
    unescaped(&between(html, "<textarea id=\"message\"", "</textarea>").unwrap())
}

#[test]
fn a_new_friend_can_be_invited_at_once() {
    let panel = with_node("tokyo.example");
    let admin = panel.admin().with("host", "panel.example");
    admin.submit("/users", "name=alice").is(303);
    let page = admin.get("/users/1").is(200).shows("Next: start the program on Tokyo.").body();
    let user = panel.user(1);
    let link = between(&page, "<code id=\"link-1\">", "</code>").unwrap();
    assert!(link.starts_with("ss://") && link.contains("@tokyo.example:20001#Tokyo"), "{link}");
    let own = format!("http://panel.example/u/{}", user.secret);
    let handed_out = unescaped(&between(&page, "<code id=\"page-address\">", "</code>").unwrap());
    assert!(handed_out.starts_with(&format!("{own}?lang=en&remarks=")), "{handed_out}");
    let message = message(&page);
    for part in ["Hello alice,", &unescaped(&link), &own] {
        assert!(message.contains(part), "no `{part}` in {message}");
    }
    assert!(page.contains("<img class=\"qr\" src=\"data:image/svg+xml;base64,"));
    assert!(!page.contains("id=\"older-1\"") && !page.contains("only works on this machine"));
}

#[test]
fn the_invitation_comes_in_the_friends_language() {
    let panel = with_node("tokyo.example");
    panel.add("alice");
    let admin = panel.admin();
    let page = admin.get("/users/1?invite=zh").is(200).shows("<html lang=\"en\">").body();
    assert!(message(&page).contains("alice，你好"), "{page}");
    assert!(message(&admin.get("/users/1?invite=xx").is(200).body()).contains("Hello alice,"));
    // The address of a tunnel is of no use to a friend, so it is not sent.
    let through_tunnel = admin.get("/users/1").shows("only works on this machine").body();
    let sent = message(&through_tunnel);
    assert!(sent.contains("@tokyo.example:20001") && !sent.contains("/u/") && !sent.contains("localhost"), "{sent}");
    assert!(sent.contains("The link is only for you"), "{sent}");
}

/// Once a public address is set, nothing that is handed out has the one by which the admin came.
#[test]
fn no_link_has_the_address_of_a_tunnel() {
    let panel = with_node("tokyo.example");
    panel
        .app
        .store
        .add_node(
            NodeDraft {
                name: name("Paris"),
                address: Address::parse("paris.example").unwrap(),
                ..NodeDraft::default()
            },
            panel.now(),
        )
        .unwrap();
    let secret = panel.add("alice").secret;
    let admin = panel.admin().with("host", "127.0.0.1:8080");
    let pages = ["/users/1", "/users/1?invite=zh", "/users/1/code", "/", "/nodes/1", "/nodes/2"];
    for page in &pages {
        assert!(!message_of(&admin.get(page).is(200).body()).contains("127.0.0.1"), "{page}");
    }
    // Of several links none has the address of the page.
    assert!(
        admin.get("/").body().contains("@tokyo.example:20001") && !admin.get("/").body().contains("data-text=\"http:")
    );
    admin.submit("/settings/address", "address=https%3A%2F%2Fpanel.example%2Fp").is(303);
    for page in &pages {
        let body = admin.get(page).is(200).body();
        assert!(!body.contains("127.0.0.1:8080"), "{page}");
    }
    let public = format!("https://panel.example/p/u/{secret}");
    admin.get("/users/1").shows(&public).hides("only works on this machine");
    admin.get("/").shows(&public);
    admin.get("/nodes/1").shows("https://panel.example/p/mu/v2/");
    for format in ["clash", "sing-box", "surge", "base64", "sip008", "outline", ""] {
        let answer =
            panel.stranger().with("host", "127.0.0.1:8080").get(&format!("/u/{secret}?format={format}")).is(200);
        let headers: String = answer.0.headers.iter().map(|(_, value)| value.clone() + "\n").collect();
        assert!(!answer.body().contains("127.0.0.1:8080") && !headers.contains("127.0.0.1:8080"), "{format}");
    }
    // A public address that leads to this machine alone is no better.
    for here in ["http://localhost:8080", "https://127.0.0.1", "http://[::1]:8080/p", "http://LOCALHOST"] {
        admin.submit("/settings/address", &format!("address={}", here.replace(':', "%3A").replace('/', "%2F"))).is(303);
        let body = admin.get("/users/1").shows("only works on this machine").body();
        assert!(!message(&body).contains("/u/"), "{here}");
    }
}

/// The invitation if there is one on the page.
fn message_of(html: &str) -> String {
    between(html, "<textarea id=\"message\"", "</textarea>").map(|text| unescaped(&text)).unwrap_or_default()
}

#[test]
fn without_an_address_it_says_what_to_do() {
    let panel = Panel::new();
    panel.add("alice");
    let admin = panel.admin();
    admin
        .get("/users/1")
        .is(200)
        .shows("Almost there")
        .shows("href=\"/nodes\">Set the node&#39;s address")
        .hides("ss://");
    panel.node().get("/mu/v2/nodes/3/users").is(200);
    admin.get("/users/1").is(200).shows("href=\"/nodes/3#change\">Set the node&#39;s address");
}

#[test]
fn a_method_of_2022_has_a_second_link_and_a_deleted_user_none() {
    let panel = with_node("2001:db8::1");
    let method = Method::parse("2022-blake3-aes-128-gcm").unwrap();
    panel.add_as("alice", |draft| draft.method = method);
    let admin = panel.admin();
    let page = admin.get("/users/1").is(200).body();
    let link = between(&page, "<code id=\"link-1\">", "</code>").unwrap();
    assert!(link.starts_with("ss://2022-blake3-aes-128-gcm:") && link.contains("@[2001:db8::1]:20001"), "{link}");
    let older = between(&page, "<code id=\"older-1\">", "</code>").unwrap();
    assert!(older.starts_with("ss://MjAyMi"), "{older}");
    admin.submit("/users/1/delete", "").is(303);
    admin.get("/users/1").is(200).hides("ss://").hides("id=\"message\"");
}

const BROWSER: &str = "text/html,application/xhtml+xml";

fn own(panel: &Panel, id: i64) -> String {
    format!("/u/{}", panel.user(id).secret)
}

#[test]
fn their_own_page_needs_no_sign_in_and_tells_nothing_of_others() {
    let panel = with_node("tokyo.example");
    panel.add_as("alice", |draft| {
        draft.quota = Some(Bytes::new(10 << 30));
        draft.reset_day = Some(ResetDay::new(1).unwrap());
        draft.expires = Some(Date::parse("2027-12-31").unwrap());
    });
    panel.add("mallory");
    panel.node().post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":1073741824,"d":1073741824}]"#).is(200);
    let browser = panel.stranger().with("accept", BROWSER).with("host", "panel.example");
    let answer =
        browser.get(&own(&panel, 1)).is(200).shows("Hello alice").shows("2 GiB").shows("of 10 GiB").shows("8 GiB");
    assert_eq!(answer.header("X-Robots-Tag"), "noindex, nofollow, noarchive");
    assert_eq!(answer.header("Referrer-Policy"), "no-referrer");
    assert_eq!(answer.header("Cache-Control"), "no-store");
    let answer = answer.shows("Resets on 2026-12-01").shows("ends after 2027-12-31").shows(r#"content="noindex""#);
    let answer = answer.shows("ss://").shows("data:image/svg+xml").shows("Hiddify").shows("http://panel.example/u/");
    answer.hides("mallory").hides("Sign out").hides("/users");
    let chinese = panel.stranger().with("accept", BROWSER).with("accept-language", "zh-CN,zh;q=0.9");
    chinese.get(&own(&panel, 1)).is(200).shows("alice，你好").shows("<html lang=\"zh\">");
    let answer = chinese.post("/language", format!("to=en&back={}", own(&panel, 1))).is(303);
    assert_eq!(answer.header("Location"), own(&panel, 1));
    chinese.get(&own(&panel, 1)).is(200).shows("Hello alice");
}

#[test]
fn programs_get_their_own_format_at_the_same_address() {
    let panel = with_node("tokyo.example");
    panel.add("alice");
    let path = own(&panel, 1);
    for (agent, kind, begin) in [
        ("clash-verge/v2.0", "text/yaml; charset=utf-8", "mode: rule"),
        ("SFA/1.11", "application/json; charset=utf-8", "{"),
        ("v2rayN/7", "text/plain; charset=utf-8", "c3M6Ly"),
    ] {
        let answer = panel.stranger().with("user-agent", agent).get(&path).is(200);
        assert_eq!(answer.header("Content-Type"), kind);
        assert_eq!(answer.header("Subscription-Userinfo"), "upload=0; download=0; total=0; expire=0");
        assert_eq!(answer.header("Referrer-Policy"), "no-referrer");
        assert!(answer.body().starts_with(begin), "{}", answer.body());
    }
    let browser = panel.stranger().with("accept", BROWSER);
    let list = browser.get(&format!("{path}?format=sip008")).is(200).json();
    assert_eq!(list["servers"][0]["server"], "tokyo.example");
    panel.app.store.switch_user(1, false, panel.now()).unwrap();
    let switched_off = panel.stranger().with("user-agent", "clash-verge/v2.0").with("accept-language", "zh-CN");
    switched_off.get(&path).is(200).shows("已停用，请联系邀请你的人").hides("tokyo.example");
    switched_off.get(&format!("{path}?lang=en")).is(200).shows("Switched off: ask the person who invited you");
    browser.get(&path).is(200).shows("is switched off").hides("ss://");
}

#[test]
fn a_friend_who_is_kept_out_reads_why() {
    let panel = with_node("");
    let browser = panel.stranger().with("accept", BROWSER);
    panel.add_as("over", |draft| draft.quota = Some(Bytes::new(0)));
    panel.add_as("monthly", |draft| {
        draft.quota = Some(Bytes::new(0));
        draft.reset_day = Some(ResetDay::new(1).unwrap());
    });
    panel.add_as("late", |draft| draft.expires = Some(Date::parse("2026-11-21").unwrap()));
    panel.add("nowhere");
    for (id, words) in [
        (1, "You&#39;ve used up your data. Ask"),
        (2, "It resets on 2026-12-01"),
        (3, "ended after 2026-11-21"),
        (4, "There is no server to connect to yet"),
    ] {
        browser.get(&own(&panel, id)).is(200).shows(words).hides("ss://");
    }
}

#[test]
fn an_unknown_address_is_like_one_that_is_gone() {
    let panel = with_node("tokyo.example");
    panel.add("alice");
    let browser = panel.stranger().with("accept", BROWSER);
    let path = own(&panel, 1);
    panel.admin().submit("/users/1/delete", "").is(303);
    browser.get(&path).is(200).shows("is switched off").hides("ss://");
    panel.wait(31 * DAY);
    let gone = browser.get(&path).is(404).body();
    let unknown = browser.get("/u/AAAAAAAAAAAAAAAAAAAAAAAA").is(404).body();
    assert_eq!(gone.replace(&path, ""), unknown.replace("/u/AAAAAAAAAAAAAAAAAAAAAAAA", ""));
    for odd in ["/u/", "/u", "/u/%00", "/u/a/b", "/u/'%20OR%201=1"] {
        browser.get(odd).is(404);
    }
    browser.post(&path, "").is(405);
}

#[test]
fn their_address_is_replaced_after_asking() {
    let panel = with_node("tokyo.example");
    panel.add("alice");
    let admin = panel.admin();
    let (old, user) = (own(&panel, 1), panel.user(1));
    admin.get("/users/1/address").is(200).shows("New page address for <bdi>alice</bdi>?").shows("get no more updates");
    assert_eq!(own(&panel, 1), old);
    admin.submit("/users/1/address", "").is(303);
    let new = own(&panel, 1);
    assert_ne!(new, old);
    assert_eq!(new.len(), "/u/".len() + 24);
    let secret = panel.user(1).secret;
    assert_eq!(panel.user(1), User { secret, ..user });
    admin.get("/users/1").shows("has a new page address").shows(&new);
    panel.stranger().get(&old).is(404);
    panel.stranger().get(&new).is(200);
}

#[test]
fn the_log_keeps_the_secret_to_itself() {
    for (path, kept) in [
        ("/u/abc", "/u/…"),
        ("//u//abc/", "//u/…"),
        ("/U/abc", "/U/…"),
        ("http://panel.example/u/abc", "http://panel.example/u/…"),
        ("/mu/users", "/mu/users"),
        ("/u", "/u"),
    ] {
        assert_eq!(for_log(path), kept);
    }
    let home = Home::new();
    home.run(&["user", "add", "alice"]).ok();
    let secret = Panel::at(&home.db()).user(1).secret;
    let server = home.serve();
    for verb in ["GET", "HEAD"] {
        let answer =
            server.raw(format!("{verb} /u/{secret}?format=sip008 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert_eq!(answer.ends_with("\r\n\r\n"), verb == "HEAD", "{answer}");
    }
    // A line is written after its answer.
    wait_until("both lines", || ["GET /u/… ", "HEAD /u/… "].iter().all(|line| server.log().contains(line)));
    assert!(!server.log().contains(&secret), "{}", server.log());
}

/// Whatever a node with the token does, a friend's page gets no longer by it.
#[test]
fn nodes_that_nobody_confirmed_leave_a_friends_page_as_it_is() {
    let panel = with_node("tokyo.example");
    let user = panel.add("alice");
    let (node, friend) = (panel.node(), panel.stranger().with("accept", "text/html"));
    let page = format!("/u/{}", user.secret);
    let report = |id: i64| {
        node.post(&format!("/mu/nodes/{id}/traffic"), r#"[{"user_id":1,"u":5,"d":5}]"#).is(200);
        node.post(&format!("/mu/nodes/{id}/ip"), r#"{"ip":"192.0.2.1"}"#).is(200);
    };
    report(2);
    let before = friend.get(&page).is(200).body();
    for id in 3..=257 {
        report(id);
    }
    let after = friend.get(&page).is(200).hides("Node 2").body();
    // Numbers have become longer, and that is all.
    assert!(after.len().abs_diff(before.len()) < 500, "{} bytes became {}", before.len(), after.len());
}

#[test]
fn many_places_to_connect_to_are_shown_20_at_a_time() {
    let panel = Panel::new();
    let user = panel.add("alice");
    let address = |number: usize| Address::parse(&format!("n{number}.example")).unwrap();
    for number in 1..=45 {
        let named = NodeDraft { name: name(&format!("place {number}")), ..NodeDraft::default() };
        panel.app.store.add_node(NodeDraft { address: address(number), ..named }, panel.now()).unwrap();
    }
    let friend = panel.stranger().with("accept", "text/html");
    let page = format!("/u/{}", user.secret);
    for (query, first, last, others) in [
        ("?lang=en", 1, 20, vec!["?lang=en&#38;page=2#by-hand", "?lang=en&#38;page=3#by-hand"]),
        ("?lang=en&page=2", 21, 40, vec!["?lang=en&#38;page=1#by-hand", "?lang=en&#38;page=3#by-hand"]),
        ("?lang=en&page=3", 41, 45, vec!["?lang=en&#38;page=1#by-hand", "?lang=en&#38;page=2#by-hand"]),
        ("?lang=en&page=99", 41, 45, vec![]),
        ("?lang=en&page=-1", 1, 20, vec![]),
    ] {
        let shown = friend.get(&(page.clone() + query)).is(200).shows(&format!("{first}–{last} of 45"));
        let body = others.iter().fold(shown, |shown, other| shown.shows(&format!("{page}{other}"))).body();
        let there: Vec<usize> =
            (1..=45).filter(|number| body.contains(&format!("<bdi>place {number}</bdi>"))).collect();
        assert_eq!(there, (first..=last).collect::<Vec<_>>(), "{query}");
        assert_eq!(body.matches("class=\"qr\"").count(), last - first + 2, "and the subscription's");
    }
    let list = friend.get(&(page.clone() + "?format=sip008")).is(200).json();
    assert_eq!(list["servers"].as_array().unwrap().len(), 45, "the subscription has all");
    // On the admin's page of the user one is shown.
    let admin = panel.admin();
    let tab = admin.get("/users/1?node=44").is(200).shows("place 1").body();
    let link = between(&tab, "<code id=\"link-1\">", "</code>").unwrap();
    assert!(link.contains("@n45.example"), "{link}");
    assert_eq!(tab.matches("class=\"qr\"").count(), 1);
}
