//! What lists say beside their servers: titles, help, names, rules; and the formats of Surge and Shadowrocket, by their
//! own documentation.

use super::{PAGE, access, alice, context, listed, node, parse, tokyo, vmess, with};
use mu_panel::{
    model::{Bytes, Date, Network, Usage, User, Vmess},
    share::{Access, Context, FORMATS, Format, reply, subscription},
};
use serde_json::{Value, json};
use yaml_rust2::{Yaml, YamlLoader};

fn yaml(text: &str) -> Yaml {
    YamlLoader::load_from_str(text).unwrap().remove(0)
}

fn texts(yaml: &Yaml) -> Vec<&str> {
    yaml.as_vec().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// What stands behind `base64:` in a header.
fn decoded(value: &str) -> String {
    String::from_utf8(parse::unbase64(value.strip_prefix("base64:").unwrap().trim_end_matches('='))).unwrap()
}

#[test]
fn headers_say_what_the_panel_is_called_and_where_help_is() {
    let list = access(&alice(), &[tokyo("192.0.2.1")]);
    for (title, shown) in [
        ("Our server", "Our server"),
        ("小李的服务器", "小李的服务器"),
        ("a title of more than twenty-five characters", "a title of more than twen"),
        ("\u{202e}desrever", "desrever"),
    ] {
        for row in FORMATS {
            let context = Context { title, support: Some("https://t.me/lena"), ..context() };
            let reply = reply(&list, row.format.into(), &context);
            assert_eq!(decoded(reply.header("Profile-Title").unwrap()), shown);
            assert_eq!(reply.header("Profile-Web-Page-Url"), Some(PAGE));
            assert_eq!(reply.header("Support-Url"), Some("https://t.me/lena"));
            assert_eq!(reply.header("Announce"), None, "nothing is wrong");
        }
    }
    assert_eq!(listed(&list, Format::Clash).header("Support-Url"), None);
}

#[test]
fn the_address_that_is_handed_out_has_a_name_for_each_app() {
    let address = subscription(PAGE, "小李 & Co", "zh");
    let (before, fragment) = address.split_once('#').unwrap();
    let (page, query) = before.split_once('?').unwrap();
    assert_eq!((page, parse::unpercent(fragment).as_str()), (PAGE, "小李 & Co"));
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    assert_eq!(pairs, [("lang", "zh"), ("remarks", "小李 & Co")].map(|(k, v)| (k.to_owned(), v.to_owned())));
}

/// <https://xtls.github.io/en/config/transports/websocket.html>: `?ed=N` in the path is a wish of Xray's links.
#[test]
fn early_data_is_translated_for_those_that_have_a_field_for_it() {
    for (path, plain, early) in [
        ("/ray?ed=2048", "/ray", Some(2048)),
        ("/ray?ed=2048&x=1", "/ray?x=1", Some(2048)),
        ("/ray?x=1&ed=1", "/ray?x=1", Some(1)),
        ("/ray?ed=0", "/ray", None),
        ("/ray?ed=much", "/ray?ed=much", None),
        ("/ray?need=1", "/ray?need=1", None),
        ("/ray", "/ray", None),
    ] {
        let settings = Vmess { alone: true, ..vmess(Network::Ws { path: path.to_owned() }) };
        let list = access(&alice(), &[tokyo("192.0.2.1")]).with_vmess(1, &settings);
        let sing_box: Value = serde_json::from_str(&listed(&list, Format::SingBox).text()).unwrap();
        let transport = &sing_box["outbounds"][2]["transport"];
        assert_eq!((&transport["path"], &transport["max_early_data"]), (&json!(plain), &json!(early)), "{path}");
        let header = early.map(|_| "Sec-WebSocket-Protocol");
        assert_eq!(transport["early_data_header_name"], json!(header), "{path}");
        let clash = yaml(&listed(&list, Format::Clash).text());
        let options = &clash["proxies"][0]["ws-opts"];
        assert_eq!((options["path"].as_str(), options["max-early-data"].as_i64()), (Some(plain), early), "{path}");
        assert_eq!(options["early-data-header-name"].as_str(), header, "{path}");
        assert!(listed(&list, Format::Surge).text().contains(&format!(", ws=true, ws-path={plain}, ")), "{path}");
        assert_eq!(parse::vmess(&list.servers[0].link())["path"], path, "links are Xray's own");
    }
}

/// <https://wiki.metacubex.one/en/config/dns/>: names are looked up behind the proxy, but for the servers' own.
#[test]
fn clash_looks_names_up_behind_the_proxy() {
    let one = access(&alice(), &[tokyo("192.0.2.1")]);
    let text = listed(&one, Format::Clash).text();
    let dns = &yaml(&text)["dns"];
    assert_eq!((dns["enable"].as_bool(), dns["enhanced-mode"].as_str()), (Some(true), Some("fake-ip")));
    assert_eq!(dns["respect-rules"].as_bool(), Some(true));
    assert!(texts(&dns["nameserver"]).iter().all(|server| server.starts_with("https://")));
    // mihomo refuses `respect-rules` without these.
    assert!(!texts(&dns["proxy-server-nameserver"]).is_empty());
    let list = yaml(&text);
    let rules = texts(&list["rules"]);
    assert!(rules.iter().filter(|rule| rule.starts_with("IP-CIDR")).all(|rule| rule.ends_with(",no-resolve")));
    assert_eq!(rules.last(), Some(&"MATCH,PROXY"));
    // With one server there is nothing to choose by itself.
    assert_eq!(texts(&list["proxy-groups"][0]["proxies"]), ["Tokyo"]);
    assert!(!text.contains("GEOSITE") && !text.contains("GEOIP"), "only if the admin wants it");
    let context = Context { china_direct: true, ..context() };
    let list = yaml(&reply(&one, Format::Clash.into(), &context).text());
    let rules = texts(&list["rules"]);
    assert_eq!(rules[rules.len() - 3..], ["GEOSITE,cn,DIRECT", "GEOIP,CN,DIRECT,no-resolve", "MATCH,PROXY"]);
}

/// <https://manual.nssurge.com/policies/shadowsocks.html>, `vmess.html` and `others/managed-configuration.html`.
#[test]
fn surge() {
    let user = User { port: 8388, ..with("aes-128-gcm", "a,b#c") };
    let mut settings = vmess(Network::Ws { path: "/ray".to_owned() });
    settings.tls = true;
    let nodes = [node(1, "Tokyo, \"1\" = #x", "192.0.2.1"), node(2, "Paris", "2001:db8::1")];
    let list = access(&user, &nodes).with_vmess(2, &settings);
    let text = listed(&list, Format::Surge).text();
    let uuid = &user.uuid;
    let expected = format!(
        "[Proxy]\nTokyo 1 x = ss, 192.0.2.1, 8388, encrypt-method=aes-128-gcm, password=\"a,b#c\", udp-relay=true\n\
         Paris = ss, 2001:db8::1, 8388, encrypt-method=aes-128-gcm, password=\"a,b#c\", udp-relay=true\n\
         Paris VMess = vmess, 2001:db8::1, 443, username={uuid}, vmess-aead=true, tls=true, sni=2001:db8::1, ws=true, \
         ws-path=/ray, ws-headers=Host:2001:db8::1\n\n\
         [Proxy Group]\nProxy = select, Auto, Tokyo 1 x, Paris, Paris VMess\n\
         Auto = url-test, Tokyo 1 x, Paris, Paris VMess, "
    );
    assert!(text.contains(&expected), "{text}");
    let managed = format!("#!MANAGED-CONFIG {PAGE}?format=surge&lang=en interval=43200 strict=false\n");
    assert!(text.starts_with(&managed), "{text}");
    let rules: Vec<&str> = text.split_once("[Rule]\n").unwrap().1.lines().collect();
    let (last, rest) = rules.split_last().unwrap();
    assert_eq!(*last, "FINAL,Proxy,dns-failed");
    assert!(rest.iter().all(|rule| rule.starts_with("IP-CIDR") && rule.ends_with(",DIRECT,no-resolve")));
    // What a policy cannot carry is not sent straight out.
    assert!(text.contains("\nudp-policy-not-supported-behaviour = REJECT\n"), "{text}");
    let names: Vec<Access> = [("Same", "Same"), ("a=b", "a b"), ("=", ","), ("Proxy", "auto")]
        .map(|(one, two)| access(&user, &[node(1, one, "192.0.2.1"), node(2, two, "192.0.2.2")]))
        .into();
    for list in names {
        let text = listed(&list, Format::Surge).text();
        let section = text.split_once("[Proxy]\n").unwrap().1.split_once("\n\n").unwrap().0;
        let names: Vec<&str> = section.lines().map(|line| line.split_once(" = ss, ").unwrap().0).collect();
        assert!(names.len() == 2 && !names[0].eq_ignore_ascii_case(names[1]), "{names:?}");
        assert!(names.iter().all(|name| !["proxy", "auto"].contains(&name.to_lowercase().as_str())), "{names:?}");
    }
}

#[test]
fn shadowrocket_shows_what_is_left_and_what_it_is() {
    let mut user = alice();
    user.used = Usage { u: Bytes::new(1 << 30), d: Bytes::new(2 << 30) };
    let lines = |user: &User| {
        let text = listed(&access(user, &[tokyo("192.0.2.1")]), Format::Shadowrocket).text();
        let text = String::from_utf8(parse::unbase64(text.trim_end_matches('='))).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let found = lines(&user);
    assert_eq!(found[..2], ["STATUS=↑ 1 GiB ↓ 2 GiB", "REMARKS=Our server"]);
    assert!(found[2].starts_with("ss://") && found.len() == 3);
    user.quota = Some(Bytes::new(10 << 30));
    user.expires = Some(Date::parse("2026-12-31").unwrap());
    assert_eq!(lines(&user)[0], "STATUS=↑ 1 GiB ↓ 2 GiB of 10 GiB, ends 31 December");
    user.switch = false;
    assert_eq!(lines(&user)[0], "STATUS=Switched off: ask the person who invited you");
    // Others read the same list without them.
    let plain = listed(&access(&user, &[]), Format::Base64).text();
    assert!(!String::from_utf8(parse::unbase64(plain.trim_end_matches('='))).unwrap().contains("STATUS"));
}
