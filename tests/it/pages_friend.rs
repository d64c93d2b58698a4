//! What is handed to a friend on a user's page, and the friend's own page.

use crate::panel::{Panel, between};
use mu_panel::model::{Address, Method, NodeName, Rate};

fn with_node(address: &str) -> Panel {
    let panel = Panel::new();
    panel.app.store.add_node(name("Tokyo"), Address::parse(address).unwrap(), Rate::default(), panel.now()).unwrap();
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
    let page = admin.get("/users/1").is(200).shows("Send the invitation").body();
    let user = panel.user(1);
    let link = between(&page, "<code id=\"link-1\">", "</code>").unwrap();
    assert!(link.starts_with("ss://") && link.contains("@tokyo.example:20001#Tokyo"), "{link}");
    let own = format!("http://panel.example/u/{}", user.secret);
    assert_eq!(between(&page, "<code id=\"own\">", "</code>").as_ref(), Some(&own));
    let message = message(&page);
    for part in ["Hello alice,", &unescaped(&link), &own] {
        assert!(message.contains(part), "no `{part}` in {message}");
    }
    assert!(page.contains("<img class=\"qr\" src=\"data:image/svg+xml;base64,"));
    assert!(!page.contains("id=\"older-1\"") && !page.contains("on this machine alone"));
}

#[test]
fn the_invitation_comes_in_the_friends_language() {
    let panel = with_node("tokyo.example");
    panel.add("alice");
    let admin = panel.admin();
    let page = admin.get("/users/1?invite=zh").is(200).shows("<html lang=\"en\">").body();
    assert!(message(&page).contains("alice，你好"), "{page}");
    assert!(message(&admin.get("/users/1?invite=xx").is(200).body()).contains("Hello alice,"));
    admin.get("/users/1").shows("works on this machine alone");
}

#[test]
fn without_an_address_it_says_what_to_do() {
    let panel = Panel::new();
    panel.add("alice");
    let admin = panel.admin();
    admin.get("/users/1").is(200).shows("Almost there").shows("href=\"/nodes\">Name the address").hides("ss://");
    panel.node().get("/mu/v2/nodes/3/users").is(200);
    admin.get("/users/1").is(200).shows("href=\"/nodes/3#change\">Name the address");
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

#[test]
fn hostile_names_stay_text() {
    let panel = with_node("tokyo.example");
    panel.add("</textarea><script>alert(1)</script>");
    let page = panel.admin().get("/users/1").is(200).hides("<script>alert").body();
    assert!(message(&page).contains("Hello </textarea><script>"), "{page}");
}
