//! The message that invites a friend.

use super::{access, alice, node, vmess, with};
use mu_panel::{
    model::{Bytes, Date, Name, Network, User},
    share::{Access, Server, invitation},
    text::invitation::Invitation,
};

const PAGE: &str = "https://panel.example/me/s3cret";

fn read(access: &Access, words: &Invitation) -> String {
    invitation(access, PAGE, words)
}

#[test]
fn it_has_all_that_a_friend_needs() {
    let nodes = [node(1, "Tokyo", "a.example"), node(2, "Paris", "b.example")];
    let list = access(&alice(), &nodes);
    for (words, hello, android) in [
        (&Invitation::ENGLISH, "Hello alice,", "Android: Hiddify, Outline, Shadowsocks, v2rayNG"),
        (&Invitation::CHINESE, "alice，你好：", "Android：Hiddify、Outline、Shadowsocks、v2rayNG"),
    ] {
        let text = read(&list, words);
        assert!(text.starts_with(hello) && text.contains(android), "{text}");
        for system in ["Android", "iPhone", "Windows", "macOS", "Linux"] {
            assert!(text.contains(system), "{system} {text}");
        }
        let lines: Vec<&str> = text.lines().collect();
        for link in list.servers.iter().map(Server::link) {
            assert!(lines.contains(&link.as_str()), "{text}");
        }
        assert!(lines.contains(&PAGE) && !text.contains("vmess"), "{text}");
    }
}

#[test]
fn it_names_only_programs_that_can() {
    let nodes = [node(1, "Tokyo", "a.example")];
    let key = "AAAAAAAAAAAAAAAAAAAAAA==";
    let settings = vmess(Network::Tcp);
    for (list, android) in [
        (access(&with("aes-256-gcm", "x"), &nodes), "Hiddify, Outline, Shadowsocks, v2rayNG"),
        (access(&with("2022-blake3-aes-128-gcm", key), &nodes), "Hiddify, v2rayNG"),
        (access(&with("aes-256-gcm", "x"), &nodes).with_vmess(1, &settings), "Hiddify, v2rayNG"),
        (access(&with("aes-192-gcm", "x"), &nodes), "Hiddify, Outline"),
        (access(&with("xchacha20-ietf-poly1305", "x"), &nodes), "Hiddify, v2rayNG"),
        (access(&with("rc4-md5", "x"), &nodes), "Hiddify"),
    ] {
        let text = read(&list, &Invitation::ENGLISH);
        assert!(text.contains(&format!("   Android: {android}\n")), "{text}");
    }
    let both = read(&access(&alice(), &nodes).with_vmess(1, &settings), &Invitation::ENGLISH);
    assert!(both.contains("any one of the lines that begin with ss:// or vmess://,"), "{both}");
    assert!(!read(&access(&with("bf-cfb", "x"), &nodes), &Invitation::ENGLISH).contains("Android:"));
}

#[test]
fn it_leads_to_the_page_where_there_is_no_link() {
    let text = read(&access(&alice(), &[]), &Invitation::ENGLISH);
    assert!(text.contains(PAGE) && !text.contains("ss://"), "{text}");
}

/// A node without a name is called as the panel calls it, and what is limited is told.
#[test]
fn it_tells_what_there_is_to_use_and_which_node_is_which() {
    let user = User { quota: Some(Bytes::new(10 << 30)), expires: Date::parse("2027-12-31").ok(), ..alice() };
    let unnamed = access(&user, &[node(3, "", "a.example")]).with_vmess(3, &vmess(Network::Tcp));
    for (words, parts) in [
        (&Invitation::ENGLISH, ["\nNode 3:\nss", "\nNode 3 VMess:\n", "You can use 10 GiB of data.\nYour access ends"]),
        (&Invitation::CHINESE, ["\n节点 3：\nss", "\n节点 3 VMess：\n", "流量限额：10 GiB。\n有效期至 2027-12-31。"]),
    ] {
        let text = read(&unnamed, words);
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
        let endless = read(&access(&alice(), &[node(1, "Tokyo", "a.example")]), words);
        assert!(!parts[2].lines().any(|line| endless.contains(line)), "{endless}");
    }
    let one = read(&access(&alice(), &[node(1, "Tokyo", "a.example")]), &Invitation::CHINESE);
    assert!(one.contains("复制以 ss:// 开头的整行") && one.contains("iPhone、iPad："), "{one}");
}

#[test]
fn a_name_cannot_turn_it_round() {
    let user = User { name: Name::parse("\u{202e}ecila").unwrap(), ..alice() };
    let text = read(&access(&user, &[node(1, "\u{2066}x", "a.example")]), &Invitation::ENGLISH);
    assert!(text.starts_with("Hello ecila,") && !text.contains(['\u{202e}', '\u{2066}']), "{text}");
}
