//! A user with nothing to connect to: every list has one entry that cannot connect and says why, and no packet of
//! theirs leaves the machine.

use super::{LOCKED_OUT, access, alice, context, listed, node, parse, tokyo, vmess, with};
use crate::support::programs::{missing, skip};
use mu_panel::{
    model::{Date, METHODS, Method, Name, Network, Password, User, Zone},
    share::{Access, Context, FORMATS, Format, Wanted, reply},
    text::reasons::Reasons,
};
use serde_json::Value;
use std::{path::Path, process::Command};
use tempfile::TempDir;
use yaml_rust2::{Yaml, YamlLoader};

/// What an app shows of a list: names, hosts and ports, as far as its format has them.
fn entries(format: Format, text: &str) -> Vec<(String, String, u64)> {
    let json = || serde_json::from_str::<Value>(text).unwrap();
    let of_json = |entry: &Value, name: &str| {
        let text = |key: &str| entry[key].as_str().unwrap().to_owned();
        (text(name), text("server"), entry["server_port"].as_u64().unwrap())
    };
    match format {
        Format::Sip008 => json()["servers"].as_array().unwrap().iter().map(|e| of_json(e, "remarks")).collect(),
        Format::SingBox => {
            let config = json();
            let servers = config["outbounds"].as_array().unwrap().iter().filter(|out| out["server"].is_string());
            servers.map(|entry| of_json(entry, "tag")).collect()
        }
        Format::Clash => {
            let yaml = YamlLoader::load_from_str(text).unwrap().remove(0);
            let text = |proxy: &Yaml, key: &str| proxy[key].as_str().unwrap().to_owned();
            let entry = |proxy: &Yaml| {
                let port = proxy["port"].as_i64().unwrap().try_into().unwrap();
                (text(proxy, "name"), text(proxy, "server"), port)
            };
            yaml["proxies"].as_vec().unwrap().iter().map(entry).collect()
        }
        Format::Base64 | Format::Shadowrocket => {
            let lines = String::from_utf8(parse::unbase64(text.trim_end_matches('='))).unwrap();
            let links: Vec<&str> = lines.lines().filter(|line| line.contains("://")).collect();
            let entry = |link: &str| {
                let link = parse::ss(link);
                (link.tag, link.host, link.port.into())
            };
            links.into_iter().filter(|link| link.starts_with("ss://")).map(entry).collect()
        }
        Format::Surge => {
            let (_, section) = text.split_once("[Proxy]\n").unwrap();
            let lines = section.lines().take_while(|line| !line.is_empty());
            let entry = |line: &str| {
                let (name, rest) = line.split_once(" = ").unwrap();
                let mut parts = rest.split(", ").skip(1);
                let (host, port) = (parts.next().unwrap(), parts.next().unwrap());
                (name.to_owned(), host.to_owned(), port.parse().unwrap())
            };
            lines.map(entry).collect()
        }
        // It has no name: its reason stands where its errors do.
        Format::Outline => {
            let json = json();
            match json["error"]["message"].as_str() {
                Some(reason) => vec![(reason.to_owned(), "127.0.0.1".to_owned(), 1)],
                None => vec![(String::new(), json["server"].as_str().unwrap().to_owned(), 0)],
            }
        }
    }
}

/// As the names of Surge, which cannot have everything in them.
fn plainly(name: &str) -> String {
    name.split(|c: char| ",=\"'#;/\\|[] ".contains(c)).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn is_closed(text: &str, format: Format, reason: &str) {
    let entries = entries(format, text);
    let [(name, host, port)] = &entries[..] else { panic!("{format:?}: {entries:?}") };
    assert_eq!((host.as_str(), *port), ("127.0.0.1", 1), "{format:?}");
    assert_eq!(plainly(name), plainly(reason), "{format:?}");
    // Nothing that goes straight out can be chosen for what no rule names.
    match format {
        Format::Clash => {
            let yaml = YamlLoader::load_from_str(text).unwrap().remove(0);
            let groups = yaml["proxy-groups"].as_vec().unwrap();
            assert_eq!(groups.len(), 1);
            let choices: Vec<_> = groups[0]["proxies"].as_vec().unwrap().iter().map(|name| name.as_str()).collect();
            assert_eq!(choices, [Some(name.as_str())]);
            assert_eq!(yaml["rules"].as_vec().unwrap().last().unwrap().as_str(), Some("MATCH,PROXY"));
        }
        Format::SingBox => {
            let config: Value = serde_json::from_str(text).unwrap();
            assert_eq!(config["outbounds"][0]["outbounds"], serde_json::json!([name]));
            assert_eq!(config["route"]["final"], "proxy");
        }
        Format::Surge => assert!(text.contains(&format!("\nProxy = select, {name}\n")), "{text}"),
        _ => {}
    }
}

#[test]
fn each_reason_stands_in_every_list() {
    for (why, lock) in LOCKED_OUT {
        let mut user = alice();
        lock(&mut user);
        let nodes = [tokyo("192.0.2.1"), node(2, "Paris", "2001:db8::1")];
        let list = access(&user, &nodes).with_vmess(1, &vmess(Network::Tcp));
        assert_eq!(Access::for_admin(&user, &nodes, &Zone::utc()).servers.len(), 2, "{why}");
        let (english, chinese) = match why {
            "off" | "deleted" => ("Switched off: ask the person who invited you", "已停用，请联系邀请你的人"),
            "expired" => ("Ended on 21 November: ask the person who invited you", "已于11月21日到期，请联系邀请你的人"),
            _ => ("Data used up: ask the person who invited you", "流量已用完，请联系邀请你的人"),
        };
        for row in FORMATS {
            for (context, reason) in [
                (context(), english),
                (Context { reasons: &Reasons::CHINESE, language: "zh", china_direct: true, ..context() }, chinese),
            ] {
                let reply = reply(&list, row.format.into(), &context);
                assert_eq!(reply.status, 200, "{why} {}", row.name);
                is_closed(&reply.text(), row.format, reason);
                let announced = reply.header("Announce").unwrap().strip_prefix("base64:").unwrap();
                let announced = String::from_utf8(parse::unbase64(announced.trim_end_matches('='))).unwrap();
                assert_eq!(announced, reason);
                assert!(!reply.text().contains(user.password.as_str()) && !reply.text().contains(&user.uuid));
                assert!(!reply.text().contains("GEOSITE") && !reply.text().contains("GEOIP"));
            }
        }
    }
}

#[test]
fn a_quota_that_comes_back_says_when() {
    let mut user = alice();
    (LOCKED_OUT[3].1)(&mut user);
    for (next, reason) in
        [("2026-12-01", "Data used up, back on 1 December"), ("2027-01-15", "Data used up, back on 15 January 2027")]
    {
        user.next_reset = Some(Date::parse(next).unwrap());
        for row in FORMATS {
            is_closed(&listed(&access(&user, &[]), row.format).text(), row.format, reason);
        }
    }
}

#[test]
fn without_a_node_it_says_so() {
    for row in FORMATS {
        let text = listed(&access(&alice(), &[tokyo("")]), row.format).text();
        is_closed(&text, row.format, "No server yet: ask the person who invited you");
    }
}

/// What each kind of program has, from its own list of ciphers.
#[test]
fn a_cipher_that_an_app_lacks_is_named_and_does_not_spoil_its_list() {
    const XRAY: &[&str] = &["aes-192-gcm"];
    let with_method = |method: &Method| {
        let password = Password::random(*method, &|buffer: &mut [u8]| buffer.fill(7));
        User { method: *method, password, ..alice() }
    };
    let outlines = ["chacha20-ietf-poly1305", "aes-256-gcm", "aes-192-gcm", "aes-128-gcm"];
    for method in METHODS {
        let name = method.name();
        let list = access(&with_method(method), &[tokyo("192.0.2.1")]);
        let rare =
            ["bf-", "camellia", "cast5", "chacha20\0", "des-", "idea", "rc2", "rc4-md5-6", "rc4\0", "salsa", "seed"];
        let is_rare = rare.iter().any(|rare| format!("{name}\0").starts_with(rare));
        let stream = method.kind() == mu_panel::model::Kind::Stream;
        let surge_lacks = is_rare && !["rc4", "chacha20", "salsa20"].contains(&name)
            || ["xchacha20", "2022-blake3-chacha20-poly1305"].contains(&name);
        let agent = |agent: &str| {
            let mut request = mu_panel::http::Request::new(mu_panel::http::Verb::Get, "/u/x");
            request.headers.push(("user-agent".to_owned(), agent.to_owned()));
            Wanted::of(&request).unwrap()
        };
        for (wanted, lacks) in [
            (Format::Clash.into(), is_rare),
            (Format::SingBox.into(), is_rare),
            (Format::Surge.into(), surge_lacks),
            (Format::Outline.into(), !outlines.contains(&name)),
            (Format::Base64.into(), false),
            (Format::Sip008.into(), false),
            (agent("v2rayN/7.10.0"), stream || XRAY.contains(&name)),
            (agent("v2rayNG/1.8.12"), stream || XRAY.contains(&name)),
            (agent("Shadowrocket/2070 CFNetwork/1408.0.4"), false),
        ] {
            let text = reply(&list, wanted, &context()).text();
            if lacks {
                let reason = format!("This app does not know the cipher {name}: use another app");
                is_closed(&text, wanted.format, &reason);
            } else {
                assert_eq!(entries(wanted.format, &text)[0].1, "192.0.2.1", "{wanted:?} {name}");
            }
        }
    }
}

#[test]
fn vmess_alone_is_named_where_an_app_has_none() {
    let mut settings = vmess(Network::Tcp);
    settings.alone = true;
    let list = access(&alice(), &[tokyo("192.0.2.1")]).with_vmess(1, &settings);
    for format in [Format::Sip008, Format::Outline] {
        is_closed(&listed(&list, format).text(), format, "This app cannot connect to VMess servers: use another app");
    }
    settings.network = Network::Grpc { service: "gun".to_owned() };
    let list = access(&alice(), &[tokyo("192.0.2.1")]).with_vmess(1, &settings);
    let text = listed(&list, Format::Surge).text();
    is_closed(&text, Format::Surge, "This app cannot connect to VMess servers: use another app");
}

/// Whether this machine lets a test have a network of its own with a device for it.
fn has_namespaces() -> bool {
    let script = "ip link add a type veth peer name b && ip tuntap add dev t mode tun";
    let tried = Command::new("unshare").args(["-n", "-m", "sh", "-c", script]).output();
    tried.is_ok_and(|output| output.status.success())
}

/// Where packets go that leave the machine while a program runs with that configuration.
fn leaving(folder: &Path, program: &[&str]) -> Vec<String> {
    let probe = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/share/leaks.py");
    let mut command = Command::new("unshare");
    command.args(["-n", "-m", "python3", probe, folder.to_str().unwrap()]).args(program);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{program:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// A Clash list as the apps complete it: with a device of its own for everything.
fn with_device(list: &str) -> String {
    format!(
        "{list}tun:\n  enable: true\n  stack: gvisor\n  auto-route: true\n  auto-detect-interface: true\n  \
         dns-hijack:\n    - any:53\n"
    )
}

#[test]
fn no_packet_leaves_the_machine_of_a_friend_who_is_kept_out() {
    if missing(&["sing-box", "mihomo", "python3", "ip"]) {
        return;
    }
    if !has_namespaces() {
        skip("this machine gives nobody a network of their own");
        return;
    }
    let folder = TempDir::new().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let leaving = |list: &Access| {
        std::fs::write(file("list.json"), listed(list, Format::SingBox).body.as_bytes()).unwrap();
        std::fs::write(file("list.yaml"), with_device(&listed(list, Format::Clash).text())).unwrap();
        let sing_box = ["sing-box", "run", "--disable-color", "-c", &file("list.json")];
        let mihomo = ["mihomo", "-d", folder.path().to_str().unwrap(), "-f", &file("list.yaml")];
        [leaving(folder.path(), &sing_box), leaving(folder.path(), &mihomo)]
    };
    let nodes = [tokyo("198.51.100.7")];
    // First that it would be seen: with a user who is let in, everything goes to the server.
    let user = User { name: Name::parse("bob").unwrap(), ..alice() };
    for left in leaving(&access(&user, &nodes)) {
        let to_server = |line: &String| line.ends_with(&format!(" 198.51.100.7 {}", user.port));
        assert!(!left.is_empty() && left.iter().all(to_server), "{left:?}");
    }
    let mut locked_out: Vec<(&str, User)> = vec![("a cipher that they lack", with("camellia-256-cfb", "x"))];
    let (why, lock) = LOCKED_OUT[3];
    let mut user = alice();
    lock(&mut user);
    locked_out.push((why, user));
    for (why, user) in locked_out {
        assert_eq!(leaving(&access(&user, &nodes)), [[""; 0]; 2], "{why}");
    }
}
