//! Links, byte for byte where a specification gives some, and read back where it does not.

use super::{access, alice, node, parse, some_vmess, with};
use mu_panel::{
    model::{Kind, Network, Node, State, User, Zone},
    share::{Access, Server, subscription_for_outline},
};
use proptest::prelude::*;

fn server(user: &User, name: &str, address: &str) -> Server {
    access(user, &[node(1, name, address)]).servers.remove(0)
}

#[test]
fn the_samples_of_sip002() {
    let old = User { port: 8888, ..with("aes-128-gcm", "test") };
    assert_eq!(
        server(&old, "Example1", "192.168.100.1").link(),
        "ss://YWVzLTEyOC1nY206dGVzdA@192.168.100.1:8888#Example1"
    );
    assert_eq!(server(&old, "Example1", "192.168.100.1").older_link(), None);
    let key = "YctPZ6U7xPPcU+gp3u+0tx/tRizJN9K8y+uKlW2qjlI=";
    let new = User { port: 8888, ..with("2022-blake3-aes-256-gcm", key) };
    assert_eq!(
        server(&new, "Example3", "192.168.100.1").link(),
        "ss://2022-blake3-aes-256-gcm:YctPZ6U7xPPcU%2Bgp3u%2B0tx%2FtRizJN9K8y%2BuKlW2qjlI%3D@192.168.100.1:8888#Example3"
    );
    let older = server(&new, "Example3", "192.168.100.1").older_link().unwrap();
    let read = parse::ss(&older);
    assert_eq!((read.method.as_str(), read.password.as_str(), read.base64), ("2022-blake3-aes-256-gcm", key, true));
}

#[test]
fn hosts_and_tags_are_written_as_a_url_needs_them() {
    let user = User { port: 443, ..with("rc4-md5", "a:b@c#d/e?f") };
    for (name, address, end) in [
        ("Tokyo 2", "2001:db8::1", "@[2001:db8::1]:443#Tokyo%202"),
        ("100%", "Example.com", "@Example.com:443#100%25"),
        ("<script>#", "host_1", "@host_1:443#%3Cscript%3E%23"),
        ("东京", "例子.中国", "@xn--fsqu00a.xn--fiqs8s:443#%E4%B8%9C%E4%BA%AC"),
        ("", "bücher.example", "@xn--bcher-kva.example:443#b%C3%BCcher.example"),
    ] {
        let link = server(&user, name, address).link();
        assert!(link.ends_with(end), "{link}");
        assert_eq!(parse::ss(&link).password, "a:b@c#d/e?f");
    }
}

#[test]
fn nodes_without_an_address_are_left_out_and_names_do_not_collide() {
    let nodes = [
        node(1, "nowhere", ""),
        node(2, "Tokyo", "a.example"),
        node(3, "tokyo", "b.example"),
        node(4, "tokyo 2", "c.example"),
        node(5, "DIRECT", "d.example"),
        node(6, "", "a.example"),
    ];
    let tags = |access: Access| access.servers.into_iter().map(|server| server.tag).collect::<Vec<_>>();
    assert_eq!(tags(access(&alice(), &nodes)), ["Tokyo", "tokyo 2", "tokyo 2 2", "DIRECT 2", "a.example"]);
    assert_eq!(tags(access(&alice(), &nodes).only(3)), ["tokyo 2"]);
    assert_eq!(tags(access(&alice(), &nodes).only(1)), [""; 0]);
}

#[test]
fn a_server_keeps_its_id_whatever_else_changes() {
    let user = alice();
    let id = |user: &User, node: Node| access(user, &[node]).servers.remove(0).id;
    let first = id(&user, node(1, "a", "a.example"));
    let renamed = User { port: 1, ..with("aes-256-gcm", "other") };
    assert_eq!(first, id(&User { uuid: user.uuid.clone(), ..renamed }, node(1, "b", "b.example")));
    assert_ne!(first, id(&user, node(2, "a", "a.example")));
    let other = User { uuid: "00000000-0000-4000-8000-000000000000".to_owned(), ..user };
    assert_ne!(first, id(&other, node(1, "a", "a.example")));
    let parts: Vec<&str> = first.split('-').collect();
    assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    assert!(parts[2].starts_with('8') && parts[3].starts_with(['8', '9', 'a', 'b']), "{first}");
    // `printf 00000000-0000-4000-8000-000000000000/1 | sha256sum`, with the version and the variant set.
    assert_eq!(id(&other, node(1, "", "a.example")), "dbddc16c-8333-8ea4-a10d-43f1e39e9aac");
}

#[test]
fn vmess_links_are_those_of_v2rayn() {
    let user = User { uuid: "b831381d-6324-4d53-ad4f-8cda48b30811".to_owned(), ..alice() };
    let nodes = [node(1, "Tokyo", "a.example")];
    let mut settings = super::vmess(Network::Ws { path: "/ray?ed=1".to_owned() });
    settings.host = "cdn.example".to_owned();
    settings.tls = true;
    let both = access(&user, &nodes).with_vmess(1, &settings);
    assert_eq!(both.servers[0].tag, "Tokyo");
    assert_eq!(both.servers[1].tag, "Tokyo VMess");
    assert_eq!(both.servers[1].older_link(), None);
    let link = parse::vmess(&both.servers[1].link());
    let wanted = serde_json::json!({
        "v": "2", "ps": "Tokyo VMess", "add": "a.example", "port": "443", "id": user.uuid, "aid": "0", "scy": "auto",
        "net": "ws", "type": "none", "host": "cdn.example", "path": "/ray?ed=1", "tls": "tls", "sni": "cdn.example",
    });
    assert_eq!(link, wanted);
    settings.alone = true;
    settings.tls = false;
    settings.network = Network::Grpc { service: "gun".to_owned() };
    let alone = access(&user, &nodes).with_vmess(1, &settings).with_vmess(2, &settings);
    assert_eq!(alone.servers.len(), 1);
    let link = parse::vmess(&alone.servers[0].link());
    assert_eq!((&link["ps"], &link["net"], &link["path"]), (&"Tokyo".into(), &"grpc".into(), &"gun".into()));
    assert_eq!((&link["tls"], &link["sni"], &link["type"]), (&"".into(), &"".into(), &"gun".into()));
}

#[test]
fn outline_gets_a_link_that_names_the_format() {
    for (address, link) in [
        ("https://p.example/me/s3cret", Some("ssconf://p.example/me/s3cret?format=outline#Tokyo%202")),
        ("https://p.example/me?a=b", Some("ssconf://p.example/me?a=b&format=outline#Tokyo%202")),
        ("http://p.example/me/s3cret", None),
    ] {
        assert_eq!(subscription_for_outline(address, "Tokyo 2").as_deref(), link);
    }
}

proptest! {
    #[test]
    fn what_a_link_says_is_what_was_put_in(
        user in super::a_user(),
        nodes in super::some_nodes(),
        vmess in some_vmess(),
    ) {
        let list = Access::for_admin(&user, &nodes, &Zone::utc());
        let placed: Vec<&Node> = nodes.iter().filter(|node| !node.address.as_str().is_empty()).collect();
        prop_assert_eq!(list.servers.len(), placed.len());
        for (server, node) in list.servers.iter().zip(&placed) {
            let read = parse::ss(&server.link());
            let address = node.address.as_str();
            let host = if address.is_ascii() { address.to_owned() } else { address.to_lowercase() };
            prop_assert_eq!(parse::unicode_host(&read.host), host);
            prop_assert_eq!((read.port, &read.tag), (user.port, &server.tag));
            prop_assert_eq!(read.method.as_str(), user.method.name());
            prop_assert_eq!(read.password.as_str(), user.password.as_str());
            let is_2022 = matches!(user.method.kind(), Kind::Aead2022 { .. });
            prop_assert_eq!(read.base64, !is_2022);
            prop_assert_eq!(server.older_link().is_some(), is_2022);
            if let Some(older) = server.older_link() {
                let older = parse::ss(&older);
                prop_assert!(older.base64);
                prop_assert_eq!(parse::Ss { base64: false, ..older }, read);
            }
        }
        let mut tags: Vec<_> = list.servers.iter().map(|server| server.tag.to_lowercase()).collect();
        tags.sort();
        tags.dedup();
        prop_assert_eq!(tags.len(), placed.len());
        if let Some(first) = placed.first() {
            let list = list.clone().with_vmess(first.id, &vmess);
            let server = &list.servers[usize::from(!vmess.alone)];
            let link = parse::vmess(&server.link());
            let (net, path) = match &vmess.network {
                Network::Tcp => ("tcp", ""),
                Network::Ws { path } => ("ws", path.as_str()),
                Network::Grpc { service } => ("grpc", service.as_str()),
            };
            prop_assert_eq!(&link["ps"], &server.tag);
            prop_assert_eq!(&link["add"], &server.host);
            prop_assert_eq!(&link["port"], &vmess.port.to_string());
            prop_assert_eq!(&link["id"], &user.uuid);
            prop_assert_eq!((&link["net"], &link["path"]), (&net.into(), &path.into()));
            prop_assert_eq!(&link["host"], vmess.host.as_str());
            prop_assert_eq!(&link["tls"], if vmess.tls { "tls" } else { "" });
        }
        let let_in = user.state(Zone::utc().date(crate::panel::NOON)) == State::On;
        prop_assert_eq!(access(&user, &nodes).servers, if let_in { list.servers } else { Vec::new() });
    }
}
