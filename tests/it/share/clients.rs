//! Real programs that connect with nothing but what a friend is given, and fetch a page through it.

use super::{access, alice, context, listed, node, parse, tokyo, vmess, with};
use crate::support::programs::{free_port, missing};
use mu_panel::{
    model::{Network, User},
    share::{Context, Format, Server, reply},
};
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);
const GREETING: &str = "hello from behind the server";

/// A program that ends with the test.
struct Running(Child);

impl Running {
    fn start(program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A web server with one page, for as long as the tests run.
fn website() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 512];
            let _ = stream.read(&mut request);
            let _ = write!(stream, "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{GREETING}", GREETING.len());
        }
    });
    address
}

/// Fetches the page through a SOCKS5 proxy (RFC 1928).
fn fetch(socks: u16, site: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, socks))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(&[5, 1, 0])?;
    stream.read_exact(&mut [0; 2])?;
    let mut connect = vec![5, 1, 0, 1, 127, 0, 0, 1];
    connect.extend(site.port().to_be_bytes());
    stream.write_all(&connect)?;
    stream.read_exact(&mut [0; 10])?;
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    let mut page = String::new();
    stream.read_to_string(&mut page)?;
    Ok(page)
}

/// Fetches it once both programs are up.
fn comes_through(socks: u16, site: SocketAddr) -> bool {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if fetch(socks, site).is_ok_and(|page| page.ends_with(GREETING)) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20)); // between two looks, not instead of one
    }
    false
}

/// As a friend's app reads the link: the server, and the user that it is for.
fn on_this_machine(user: User, address: &str) -> (User, Server) {
    let user = User { port: free_port(), ..user };
    let server = access(&user, &[node(1, "Tokyo <1> #东京", address)]).servers.remove(0);
    (user, server)
}

#[test]
fn shadowsocks_libev_connects_with_what_the_link_says() {
    if missing(&["ss-server", "ss-local"]) {
        return;
    }
    let site = website();
    for (user, address) in [
        (alice(), "127.0.0.1"),
        (alice(), "::1"),
        (with("aes-256-gcm", "a:b@c#d/e?f%41+=&"), "localhost"),
        (with("aes-128-gcm", "test"), "127.0.0.1"),
        (with("xchacha20-ietf-poly1305", &"~".repeat(64)), "127.0.0.1"),
        (with("aes-256-cfb", "123gxopp"), "127.0.0.1"),
    ] {
        let (user, server) = on_this_machine(user, address);
        let [port, socks] = [user.port, free_port()].map(|port| port.to_string());
        let (method, password) = (user.method.name(), user.password.as_str());
        // Both families, since `localhost` may be either.
        let listen = ["-s", "::1", "-s", "127.0.0.1"];
        let _server =
            Running::start("ss-server", &[&listen[..], &["-p", &port, "-k", password, "-m", method]].concat());
        let link = parse::ss(&server.link());
        let of_link = ["-s", &link.host, "-p", &link.port.to_string(), "-k", &link.password, "-m", &link.method];
        let _client = Running::start("ss-local", &[&of_link[..], &["-b", "127.0.0.1", "-l", &socks]].concat());
        assert!(comes_through(socks.parse().unwrap(), site), "{address} {method}");
    }
}

fn sing_box(folder: &Path, name: &str, config: &Value) -> Running {
    let file = folder.join(name);
    std::fs::write(&file, config.to_string()).unwrap();
    Running::start("sing-box", &["run", "--disable-color", "-c", file.to_str().unwrap()])
}

/// A configuration that listens for SOCKS5 and sends all to `outbound`.
fn through(outbound: &Value, socks: u16) -> Value {
    json!({
        "log": { "disabled": true },
        "inbounds": [{ "type": "socks", "listen": "127.0.0.1", "listen_port": socks }],
        "outbounds": [outbound],
    })
}

#[test]
fn sing_box_connects_with_what_link_and_list_say() {
    if missing(&["sing-box"]) {
        return;
    }
    let (site, folder) = (website(), TempDir::new().unwrap());
    let key = "YctPZ6U7xPPcU+gp3u+0tx/tRizJN9K8y+uKlW2qjlI=";
    for user in [
        with("2022-blake3-aes-256-gcm", key),
        with("2022-blake3-chacha20-poly1305", key),
        with("2022-blake3-aes-128-gcm", "AAAAAAAAAAAAAAAAAAAA+w=="),
        with("chacha20-ietf-poly1305", "a:b@c#d"),
    ] {
        let (user, server) = on_this_machine(user, "127.0.0.1");
        let (method, password) = (user.method.name(), user.password.as_str());
        let inbound = json!({ "type": "shadowsocks", "listen": "127.0.0.1", "listen_port": user.port, "method": method, "password": password });
        let _server =
            sing_box(folder.path(), "server.json", &json!({ "log": { "disabled": true }, "inbounds": [inbound] }));
        for link in [Some(server.link()), server.older_link()].into_iter().flatten() {
            let link = parse::ss(&link);
            let outbound = json!({ "type": "shadowsocks", "server": link.host, "server_port": link.port, "method": link.method, "password": link.password });
            let socks = free_port();
            let _client = sing_box(folder.path(), "client.json", &through(&outbound, socks));
            assert!(comes_through(socks, site), "{method}");
        }
    }
    for network in [
        Network::Tcp,
        Network::Ws { path: "/ray".to_owned() },
        Network::Ws { path: "/ray?ed=2048".to_owned() },
        Network::Grpc { service: "gun".to_owned() },
    ] {
        let user = alice();
        let settings = mu_panel::model::Vmess { port: free_port(), alone: true, ..vmess(network) };
        let list = access(&user, &[tokyo("127.0.0.1")]).with_vmess(1, &settings);
        let link = parse::vmess(&list.servers[0].link());
        let transport = match link["net"].as_str().unwrap() {
            "ws" if link["path"] == "/ray?ed=2048" => json!({
                "type": "ws", "path": "/ray", "max_early_data": 2048,
                "early_data_header_name": "Sec-WebSocket-Protocol",
            }),
            "ws" => json!({ "type": "ws", "path": link["path"] }),
            "grpc" => json!({ "type": "grpc", "service_name": link["path"] }),
            _ => json!({}),
        };
        let mut inbound = json!({ "type": "vmess", "listen": "127.0.0.1", "listen_port": settings.port, "users": [{ "uuid": user.uuid }] });
        let port: u16 = link["port"].as_str().unwrap().parse().unwrap();
        let mut of_link = json!({ "type": "vmess", "server": link["add"], "server_port": port, "uuid": link["id"], "security": link["scy"] });
        if transport != json!({}) {
            inbound["transport"] = transport.clone();
            of_link["transport"] = transport;
        }
        let _server =
            sing_box(folder.path(), "server.json", &json!({ "log": { "disabled": true }, "inbounds": [inbound] }));
        let of_list: Value = serde_json::from_str(&listed(&list, Format::SingBox).text()).unwrap();
        for outbound in [&of_link, &of_list["outbounds"][2]] {
            let socks = free_port();
            let _client = sing_box(folder.path(), "client.json", &through(outbound, socks));
            assert!(comes_through(socks, site), "{outbound}");
        }
    }
}

#[test]
fn sing_box_accepts_its_list() {
    if missing(&["sing-box"]) {
        return;
    }
    let folder = TempDir::new().unwrap();
    let ciphers = mu_panel::model::METHODS.iter().map(|method| {
        let fill = |buffer: &mut [u8]| buffer.fill(7);
        User { method: *method, password: mu_panel::model::Password::random(*method, &fill), ..alice() }
    });
    for user in ciphers.chain([User { switch: false, ..alice() }]) {
        let nodes = [tokyo("a.example"), node(2, "\u{202e}\"}]", "2001:db8::1")];
        let mut settings = vmess(Network::Ws { path: "/\"".to_owned() });
        settings.tls = true;
        let list = access(&user, &nodes).with_vmess(1, &settings);
        let file = folder.path().join("list.json");
        std::fs::write(&file, listed(&list, Format::SingBox).body.as_bytes()).unwrap();
        let output = Command::new("sing-box").arg("check").arg("-c").arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !said.contains("WARN"), "{} {said}", user.method.name());
    }
}

/// A Clash list as an app runs it, but with a SOCKS port instead of a device, and with this machine behind the server.
fn mihomo(folder: &Path, list: &str, socks: u16) -> Running {
    let list = list.replace("  - \"IP-CIDR,127.0.0.0/8,DIRECT,no-resolve\"\n", "");
    let file = folder.join("list.yaml");
    std::fs::write(&file, format!("{list}mixed-port: {socks}\nlog-level: silent\n")).unwrap();
    Running::start("mihomo", &["-d", folder.to_str().unwrap(), "-f", file.to_str().unwrap()])
}

#[test]
fn mihomo_connects_with_what_its_list_says() {
    if missing(&["mihomo", "sing-box", "ss-server"]) {
        return;
    }
    let (site, folder) = (website(), TempDir::new().unwrap());
    for user in [
        with("chacha20-ietf-poly1305", "a:b@c#d"),
        with("xchacha20-ietf-poly1305", "x"),
        with("aes-256-cfb", "123gxopp"),
    ] {
        let user = User { port: free_port(), ..user };
        let (port, method, password) = (user.port.to_string(), user.method.name(), user.password.as_str());
        let _server = Running::start("ss-server", &["-s", "127.0.0.1", "-p", &port, "-k", password, "-m", method]);
        // With two nodes it chooses by itself.
        for nodes in [&[tokyo("127.0.0.1")][..], &[tokyo("127.0.0.1"), node(2, "\u{202e}\"}]", "127.0.0.1")]] {
            let socks = free_port();
            let list = listed(&access(&user, nodes), Format::Clash).text();
            let _client = mihomo(folder.path(), &list, socks);
            assert!(comes_through(socks, site), "{method} {}", nodes.len());
        }
    }
    let user = alice();
    let path = "/ray?ed=2048".to_owned();
    let settings = mu_panel::model::Vmess { port: free_port(), alone: true, ..vmess(Network::Ws { path }) };
    let list = access(&user, &[tokyo("127.0.0.1")]).with_vmess(1, &settings);
    let inbound = json!({
        "type": "vmess", "listen": "127.0.0.1", "listen_port": settings.port, "users": [{ "uuid": user.uuid }],
        "transport": {
            "type": "ws", "path": "/ray", "max_early_data": 2048, "early_data_header_name": "Sec-WebSocket-Protocol",
        },
    });
    let _server =
        sing_box(folder.path(), "server.json", &json!({ "log": { "disabled": true }, "inbounds": [inbound] }));
    let socks = free_port();
    let _client = mihomo(folder.path(), &listed(&list, Format::Clash).text(), socks);
    assert!(comes_through(socks, site), "VMess with early data");
}

#[test]
fn mihomo_accepts_its_list() {
    if missing(&["mihomo"]) {
        return;
    }
    let folder = TempDir::new().unwrap();
    let ciphers = mu_panel::model::METHODS.iter().map(|method| {
        let fill = |buffer: &mut [u8]| buffer.fill(7);
        User { method: *method, password: mu_panel::model::Password::random(*method, &fill), ..alice() }
    });
    for user in ciphers.chain([User { switch: false, ..alice() }]) {
        let nodes = [tokyo("a.example"), node(2, "\u{202e}\"}]", "2001:db8::1")];
        let mut settings = vmess(Network::Ws { path: "/\"".to_owned() });
        settings.tls = true;
        for list in [access(&user, &nodes), access(&user, &nodes).with_vmess(1, &settings)] {
            let file = folder.path().join("list.yaml");
            std::fs::write(&file, listed(&list, Format::Clash).body.as_bytes()).unwrap();
            let folder = folder.path().to_str().unwrap();
            let output = Command::new("mihomo").args(["-t", "-d", folder, "-f", file.to_str().unwrap()]).output();
            let output = output.unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && !said.contains("level=warn"), "{} {said}", user.method.name());
        }
    }
}

/// A field of protocol buffers: bytes, or a number.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

/// The smallest files that say which names and addresses are in China, as V2Ray's project writes them
/// (`GeoSiteList`, `GeoIPList`): mihomo has them from the Internet, where there is none here.
fn geography(folder: &Path) {
    let domain = [&[0x08, 0x02][..], &field(2, b"cn.example")].concat();
    let site = [field(1, b"CN"), field(2, &domain)].concat();
    std::fs::write(folder.join("GeoSite.dat"), field(1, &site)).unwrap();
    let network = [&field(1, &[203, 0, 113, 0])[..], &[0x10, 24]].concat();
    let country = [field(1, b"CN"), field(2, &network)].concat();
    std::fs::write(folder.join("GeoIP.dat"), field(1, &country)).unwrap();
}

/// With the rules for China, mihomo takes the list, and its own rules are those that it should have.
#[test]
fn mihomo_accepts_the_rules_for_china() {
    if missing(&["mihomo", "unshare"]) {
        return;
    }
    let folder = TempDir::new().unwrap();
    geography(folder.path());
    let with_china = Context { china_direct: true, ..context() };
    let list = access(&alice(), &[tokyo("a.example"), node(2, "Paris", "b.example")]);
    let list = reply(&list, Format::Clash.into(), &with_china).text();
    let rules: Vec<&str> = list.split_once("rules:\n").unwrap().1.lines().collect();
    let place = |rule: &str| rules.iter().position(|line| line.contains(rule)).unwrap();
    assert!(
        place("GEOSITE,cn,DIRECT") < place("GEOIP,CN,DIRECT,no-resolve")
            && rules.last().unwrap().contains("MATCH,PROXY")
    );
    let test = |list: &str| {
        let file = folder.path().join("list.yaml");
        std::fs::write(&file, format!("geodata-mode: true\ngeo-auto-update: false\n{list}")).unwrap();
        let arguments = ["-t", "-d", folder.path().to_str().unwrap(), "-f", file.to_str().unwrap()];
        // In a network of its own, so that it can fetch no files.
        let output = Command::new("unshare").args(["-rn", "mihomo"]).args(arguments).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (accepted, said) = test(&list);
    assert!(accepted && !said.contains("level=warn"), "{said}");
    // It does read them: a country that the files do not have is refused.
    let (accepted, said) = test(&list.replace("GEOSITE,cn,", "GEOSITE,nowhere,"));
    assert!(!accepted, "{said}");
}
