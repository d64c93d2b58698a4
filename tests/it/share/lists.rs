//! The lists that clients fetch, each read by a parser of its own language.

use super::{access, alice, listed, node, parse, some_vmess, vmess, with};
use crate::panel::NOON;
use mu_panel::{
    http::Reply,
    model::{Bytes, Date, Name, Network, Node, Usage, User, Zone},
    share::{Access, Format, Protocol, Server, Wanted},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use yaml_rust2::{Yaml, YamlLoader};

fn body(access: &Access, format: Format) -> String {
    listed(access, format).text()
}

fn as_json(access: &Access, format: Format) -> Value {
    serde_json::from_str(&body(access, format)).unwrap()
}

fn as_yaml(access: &Access) -> Yaml {
    YamlLoader::load_from_str(&body(access, Format::Clash)).unwrap().remove(0)
}

fn as_links(access: &Access) -> Vec<String> {
    let text = body(access, Format::Base64);
    assert!(text.len().is_multiple_of(4), "{text}");
    let lines = String::from_utf8(parse::unbase64(text.trim_end_matches('='))).unwrap();
    lines.lines().map(str::to_owned).collect()
}

fn tokyo_and_paris() -> [Node; 2] {
    [node(1, "Tokyo", "192.0.2.1"), node(2, "Paris", "2001:db8::1")]
}

#[test]
fn sip008() {
    let mut user = User { port: 8388, ..with("aes-128-gcm", "test") };
    user.used = Usage { u: Bytes::new(3), d: Bytes::new(4) };
    let list = access(&user, &tokyo_and_paris());
    let wanted = json!({
        "version": 1,
        "servers": [
            { "id": list.servers[0].id, "remarks": "Tokyo", "server": "192.0.2.1", "server_port": 8388, "password": "test", "method": "aes-128-gcm" },
            { "id": list.servers[1].id, "remarks": "Paris", "server": "2001:db8::1", "server_port": 8388, "password": "test", "method": "aes-128-gcm" },
        ],
        "bytes_used": 7,
    });
    assert_eq!(as_json(&list, Format::Sip008), wanted);
    for (quota, remaining) in [(10, 3), (7, 0), (5, 0), (0, 0)] {
        user.quota = Some(Bytes::new(quota));
        assert_eq!(as_json(&access(&user, &[]), Format::Sip008)["bytes_remaining"], remaining);
    }
    let reply = listed(&list, Format::Sip008);
    assert_eq!(reply.header("Content-Type"), Some("application/json; charset=utf-8"));
    // VMess has no place in it.
    let vmess = vmess(Network::Tcp);
    assert_eq!(as_json(&list.clone().with_vmess(1, &vmess), Format::Sip008), wanted);
}

#[test]
fn base64_and_outline() {
    let user = User { port: 8388, ..with("aes-128-gcm", "test") };
    let list = access(&user, &tokyo_and_paris()).with_vmess(2, &vmess(Network::Tcp));
    let links: Vec<String> = list.servers.iter().map(Server::link).collect();
    assert_eq!(as_links(&list), links);
    assert!(links[2].starts_with("vmess://"));
    let four =
        |server: &str| json!({ "server": server, "server_port": 8388, "password": "test", "method": "aes-128-gcm" });
    assert_eq!(as_json(&list, Format::Outline), four("192.0.2.1"));
    assert_eq!(as_json(&list.only(2), Format::Outline), four("2001:db8::1"));
}

#[test]
fn clash() {
    let mut settings = vmess(Network::Ws { path: "/ray".to_owned() });
    settings.tls = true;
    let mut grpc = vmess(Network::Grpc { service: "gun".to_owned() });
    grpc.host = "cdn.example".to_owned();
    let user = User { port: 8388, ..with("aes-128-gcm", "test") };
    let list = access(&user, &tokyo_and_paris()).with_vmess(1, &settings).with_vmess(2, &grpc);
    let yaml = as_yaml(&list);
    let names = ["Tokyo", "Tokyo VMess", "Paris", "Paris VMess"];
    let proxies = yaml["proxies"].as_vec().unwrap();
    assert_eq!(proxies.iter().map(|proxy| proxy["name"].as_str().unwrap()).collect::<Vec<_>>(), names);
    assert_eq!((proxies[0]["type"].as_str(), proxies[0]["port"].as_i64()), (Some("ss"), Some(8388)));
    assert_eq!((proxies[0]["cipher"].as_str(), proxies[0]["password"].as_str()), (Some("aes-128-gcm"), Some("test")));
    assert_eq!((proxies[2]["server"].as_str(), proxies[2]["udp"].as_bool()), (Some("2001:db8::1"), Some(true)));
    assert_eq!((proxies[1]["type"].as_str(), proxies[1]["alterId"].as_i64()), (Some("vmess"), Some(0)));
    assert_eq!((proxies[1]["tls"].as_bool(), proxies[1]["servername"].as_str()), (Some(true), Some("192.0.2.1")));
    assert_eq!(proxies[1]["ws-opts"]["path"].as_str(), Some("/ray"));
    assert_eq!(proxies[1]["ws-opts"]["headers"]["Host"].as_str(), Some("192.0.2.1"));
    assert_eq!(proxies[3]["grpc-opts"]["grpc-service-name"].as_str(), Some("gun"));
    let group = &yaml["proxy-groups"][0];
    assert_eq!((group["name"].as_str(), group["type"].as_str()), (Some("PROXY"), Some("select")));
    let choices: Vec<&str> = group["proxies"].as_vec().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(choices, [&["AUTO"], &names[..]].concat());
    let automatic = &yaml["proxy-groups"][1];
    assert_eq!((automatic["name"].as_str(), automatic["type"].as_str()), (Some("AUTO"), Some("url-test")));
    assert_eq!(automatic["proxies"].as_vec().unwrap().len(), 4);
    assert_eq!(yaml["rules"].as_vec().unwrap().last().unwrap().as_str(), Some("MATCH,PROXY"));
}

#[test]
fn sing_box() {
    let user = User { port: 8388, ..with("aes-128-gcm", "test") };
    let list = access(&user, &tokyo_and_paris()).with_vmess(2, &vmess(Network::Ws { path: "/".to_owned() }));
    let config = as_json(&list, Format::SingBox);
    let tags: Vec<&str> =
        config["outbounds"].as_array().unwrap().iter().map(|out| out["tag"].as_str().unwrap()).collect();
    assert_eq!(tags, ["proxy", "auto", "direct", "Tokyo", "Paris", "Paris VMess"]);
    assert_eq!(config["outbounds"][0]["outbounds"], json!(["auto", "Tokyo", "Paris", "Paris VMess"]));
    assert_eq!(config["outbounds"][1]["outbounds"], json!(["Tokyo", "Paris", "Paris VMess"]));
    let wanted = json!({ "type": "shadowsocks", "tag": "Tokyo", "server": "192.0.2.1", "server_port": 8388, "method": "aes-128-gcm", "password": "test" });
    assert_eq!(config["outbounds"][3], wanted);
    assert_eq!(
        config["outbounds"][5]["transport"],
        json!({ "type": "ws", "path": "/", "headers": { "Host": "2001:db8::1" } })
    );
    assert_eq!(config["route"]["final"], "proxy");
}

fn headers(user: &User) -> Reply {
    listed(&access(user, &[]), Format::Clash)
}

#[test]
fn headers_say_what_is_used_and_when_it_ends() {
    let mut user = alice();
    let userinfo = |user: &User| headers(user).header("Subscription-Userinfo").unwrap().to_owned();
    assert_eq!(userinfo(&user), "upload=0; download=0; total=0; expire=0");
    user.used = Usage { u: Bytes::new(455), d: Bytes::new(i64::MAX) };
    user.quota = Some(Bytes::new(1 << 40));
    user.expires = Some(Date::parse("2026-11-22").unwrap());
    let midnight = NOON + 12 * 3600;
    let wanted = format!("upload=455; download=9223372036854775807; total=1099511627776; expire={}", midnight - 1);
    assert_eq!(userinfo(&user), wanted);
    user.quota = Some(Bytes::new(0));
    assert!(userinfo(&user).contains("total=1;"), "a quota of nothing is not none");
    assert_eq!(headers(&user).header("Profile-Update-Interval"), Some("12"));
    assert_eq!(headers(&user).header("Cache-Control"), Some("no-store"));
}

#[test]
fn the_file_name_is_safe_for_every_reader() {
    for (name, ascii, whole) in [
        ("alice", "alice", "alice"),
        ("Li Lei 李雷", "Li Lei __", "Li%20Lei%20%E6%9D%8E%E9%9B%B7"),
        ("../../etc/passwd", "_.._etc_passwd", "%5F%2E%2E%5Fetc%5Fpasswd"),
        ("a\"; b=\"c\\", "a_; b=_c_", "a%5F%3B%20b%3D%5Fc%5F"),
        ("x\u{202e}exe", "x_exe", "x%5Fexe"),
        ("50%", "50_", "50%5F"),
    ] {
        let user = User { name: Name::parse(name).unwrap(), ..alice() };
        let wanted = format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{whole}");
        assert_eq!(headers(&user).header("Content-Disposition"), Some(wanted.as_str()));
    }
}

proptest! {
    #[test]
    fn every_list_can_be_read_and_says_the_same(
        user in super::a_user(),
        nodes in super::some_nodes(),
        vmess in some_vmess(),
    ) {
        let mut list = Access::for_admin(&user, &nodes, &Zone::utc());
        for node in nodes.iter().step_by(2) {
            list = list.with_vmess(node.id, &vmess);
        }
        let links: Vec<String> = list.servers.iter().map(Server::link).collect();
        prop_assert!(as_links(&list) == links || links.is_empty());
        let usable = |format: Format| {
            let abilities = Wanted::from(format).abilities;
            list.servers.iter().filter(|server| abilities.can(server)).collect::<Vec<_>>()
        };
        let (yaml, sing_box) = (as_yaml(&list), as_json(&list, Format::SingBox));
        let awkward = |c: char| (c.is_control() && c != '\n') || "\u{2028}\u{202e}\u{2066}\u{feff}\u{fffe}\u{10ffff}".contains(c);
        prop_assert!(!body(&list, Format::Clash).contains(awkward));
        let proxies = yaml["proxies"].as_vec().unwrap();
        let is_server = |outbound: &&Value| outbound["server"].is_string();
        let outbounds: Vec<&Value> = sing_box["outbounds"].as_array().unwrap().iter().filter(is_server).collect();
        let known = usable(Format::Clash);
        prop_assert_eq!((proxies.len(), outbounds.len()), (known.len().max(1), known.len().max(1)));
        for ((server, proxy), outbound) in known.into_iter().zip(proxies).zip(outbounds) {
            prop_assert_eq!(proxy["name"].as_str(), Some(server.tag.as_str()));
            prop_assert_eq!(proxy["server"].as_str(), Some(server.host.as_str()));
            prop_assert_eq!(proxy["port"].as_i64(), Some(server.port.into()));
            prop_assert_eq!(&outbound["tag"], &server.tag);
            prop_assert_eq!(&outbound["server"], &server.host);
            prop_assert_eq!(&outbound["server_port"], server.port);
            match &server.protocol {
                Protocol::Shadowsocks { method, password } => {
                    prop_assert_eq!(proxy["cipher"].as_str(), Some(method.name()));
                    prop_assert_eq!(proxy["password"].as_str(), Some(password.as_str()));
                    prop_assert_eq!(&outbound["password"], password);
                }
                Protocol::Vmess { uuid, settings } => {
                    prop_assert_eq!(proxy["uuid"].as_str(), Some(uuid.as_str()));
                    prop_assert_eq!(&outbound["uuid"], uuid);
                    if let Network::Ws { path } = &settings.network {
                        prop_assert_eq!(proxy["ws-opts"]["path"].as_str(), Some(path.as_str()));
                        prop_assert_eq!(&outbound["transport"]["path"], path);
                    }
                }
            }
        }
        let entries = as_json(&list, Format::Sip008);
        let entries = entries["servers"].as_array().unwrap().iter();
        let entries: Vec<(Value, Value)> =
            entries.map(|entry| (entry["remarks"].clone(), entry["password"].clone())).collect();
        let known = usable(Format::Sip008);
        let wanted: Vec<(Value, Value)> =
            known.iter().map(|server| (server.tag.clone().into(), user.password.as_str().into())).collect();
        prop_assert!(entries == wanted || wanted.is_empty() && entries.len() == 1, "{entries:?}");
        let surge = body(&list, Format::Surge);
        let (_, section) = surge.split_once("[Proxy]\n").unwrap();
        let lines: Vec<&str> = section.lines().take_while(|line| !line.is_empty()).collect();
        prop_assert_eq!(lines.len(), usable(Format::Surge).len().max(1), "{}", surge);
        let names = lines.iter().map(|line| line.split(" = ").next().unwrap());
        let names: std::collections::HashSet<&str> = names.collect();
        prop_assert_eq!(names.len(), lines.len(), "{}", surge);
        for (name, value) in headers(&user).headers {
            prop_assert!(value.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{name}: {value}");
        }
    }
}
