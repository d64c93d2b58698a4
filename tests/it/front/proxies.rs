//! Proxies in front: whose word counts, and the set-ups for nginx and Caddy that `docs` gives, with real ones.

use super::browser::Browser;
use crate::{
    panel::{BOUNDARY, between, form_with_file},
    process::{Home, Running, Served},
    support::{
        keys::Keys,
        programs::{free_port, missing},
        wire::{Wire, until},
    },
};
use std::{
    fs,
    net::{Ipv4Addr, TcpStream},
    path::Path,
    process::{Command, Stdio},
};

const WRONG: &str = "password=wrong+horse";

/// Status of the first try and of the one after the free ones, from a browser whose headers `disguise` changes before
/// each.
fn tries(mut browser: Browser, login: &str, disguise: impl Fn(usize) -> String) -> (u16, u16) {
    browser.headers = disguise(0);
    browser.get(login);
    let statuses: Vec<u16> = (0..6)
        .map(|at| {
            browser.headers = disguise(at);
            browser.submit(login, WRONG).status
        })
        .collect();
    (statuses[0], statuses[5])
}

#[test]
fn a_trusted_proxy_tells_the_address_and_whether_it_is_secret() {
    let home = Home::new().with_password();
    let served = home.serve_with(&["--trusted-proxy", "192.0.2.0/24", "--trusted-proxy", "127.0.0.1/32"], &[]);
    let client = |address: &str| format!("X-Forwarded-For: 198.51.100.1, {address}\r\nX-Forwarded-Proto: https\r\n");
    assert_eq!(tries(Browser::new(&served), "/login", |_| client("203.0.113.9")), (400, 429));
    assert_eq!(tries(Browser::new(&served), "/login", |_| client("203.0.113.9, 192.0.2.5")).0, 429, "by two proxies");
    let others = |at| client(&format!("203.0.113.{}", 100 + at));
    assert_eq!(tries(Browser::new(&served), "/login", others), (400, 400), "each client for itself");
    let mut browser = Browser::new(&served);
    browser.headers = client("203.0.113.10");
    assert_eq!(browser.sign_in("/login").status, 303);
    assert!(!browser.cookies().is_empty() && browser.cookies().iter().all(|cookie| cookie.secure));
    browser.headers = "X-Forwarded-Proto: http\r\n".to_owned();
    browser.submit("/language", "to=en");
    assert!(browser.cookies().iter().any(|cookie| cookie.name.starts_with("lang_") && !cookie.secure));
    until("its line", || served.log().contains("us 203.0.113.9\n"));
}

#[test]
fn nobody_else_is_believed() {
    let home = Home::new().with_password();
    let served = home.serve_with(&["--trusted-proxy", "192.0.2.0/24"], &[]);
    let others = |at| format!("X-Forwarded-For: 203.0.113.{at}\r\nX-Forwarded-Proto: https\r\n");
    assert_eq!(tries(Browser::new(&served), "/login", others), (400, 429));
    let mut browser = Browser::new(&served);
    browser.from = Ipv4Addr::new(127, 0, 0, 9);
    browser.headers = others(1);
    assert_eq!(browser.sign_in("/login").status, 303);
    assert!(browser.cookies().iter().all(|cookie| !cookie.secure));
    assert!(!served.log().contains("203.0.113."));
    let page = browser.get("/settings");
    let page = String::from_utf8_lossy(&page.body).into_owned();
    assert!(page.contains("Requests seem to come through a proxy at 127.0.0.1."), "{page}");
    served.says("requests seem to come through a proxy at 127.0.0.1:");
    let told = served.log().matches("requests seem to come through a proxy at 127.0.0.1:").count();
    assert_eq!(told, 1, "once");
}

/// A proxy that runs until it is dropped.
struct Proxy {
    _running: Running,
    port: u16,
}

impl Proxy {
    fn start(mut command: Command, port: u16, log: &Path) -> Self {
        let output = fs::File::create(log).unwrap();
        command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
        let mut running = Running(command.spawn().unwrap());
        until("the proxy", || {
            assert!(running.0.try_wait().unwrap().is_none(), "{}", fs::read_to_string(log).unwrap());
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        Self { _running: running, port }
    }
}

/// A file of `docs`, each of whose replacements has to be in it.
fn configuration(name: &str, replacements: &[(&str, &str)]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    let mut text = fs::read_to_string(path).unwrap();
    for (from, to) in replacements {
        assert!(text.contains(from), "`{from}` in {name}");
        text = text.replace(from, to);
    }
    text
}

fn nginx(home: &Home, server: &str, port: u16) -> Proxy {
    let dir = home.path("");
    let dir = dir.display();
    let paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {dir}/nginx-{kind};\n"))
        .concat();
    let text = format!(
        "daemon off;\nmaster_process off;\npid {dir}/nginx.pid;\nerror_log stderr;\nevents {{}}\n\
         http {{\naccess_log off;\n{paths}{server}\n}}\n"
    );
    let file = home.file("nginx-whole.conf", text);
    let mut command = Command::new("nginx");
    command.arg("-c").arg(file).args(["-e", "stderr"]);
    Proxy::start(command, port, &home.path("proxy-log"))
}

/// All that has to work through a proxy, for a panel whose path is `root`.
fn works_through(proxy: &Proxy, home: &Home, keys: &Keys, served: &Served, root: &str) {
    let tls = keys.client(rustls::ALL_VERSIONS);
    let browser = |last| {
        let mut browser = Browser::secure(proxy.port, tls.clone());
        browser.from = Ipv4Addr::new(127, 0, 0, last);
        browser
    };
    let login = format!("{root}/login");
    let spoofed = |at| format!("X-Forwarded-For: 203.0.113.{at}\r\n");
    assert_eq!(tries(browser(2), &login, spoofed), (400, 429), "a client does not choose its address");
    assert_eq!(tries(browser(3), &login, |_| String::new()).0, 400, "each client has its own");
    let mut admin = browser(4);
    assert_eq!(admin.sign_in(&login).status, 303);
    assert!(!admin.cookies().is_empty() && admin.cookies().iter().all(|cookie| cookie.secure));
    assert_eq!(admin.submit(&format!("{root}/users"), "name=alice").status, 303);
    assert_eq!(admin.submit(&format!("{root}/nodes"), "name=Tokyo").status, 303);
    admin.host = format!("localhost:{}", proxy.port);
    let url = format!("https://localhost:{}{root}/mu/v2/", proxy.port);
    let node = admin.get(&format!("{root}/nodes/1"));
    assert!(node.text().contains(&url), "{}", node.text());
    until("its line", || served.log().contains("us 127.0.0.4\n"));
    let page = admin.get(&format!("{root}/restore"));
    let csrf = between(page.text(), "name=\"csrf\" value=\"", "\"").unwrap();
    let action = format!("{root}/restore/file/{}", between(page.text(), "/restore/file/", "\"").unwrap());
    let upload = form_with_file(BOUNDARY, &[("csrf", &csrf)], "no backup".repeat(2 << 20).as_bytes());
    admin.headers = format!("Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n");
    let told = admin.post(&action, str::from_utf8(&upload).unwrap());
    assert!(told.status == 400 && told.text().contains("a mu-panel database"), "{} {}", told.status, told.text());

    let mut program = browser(5);
    program.headers = format!("Token: {}\r\n", home.token());
    let answer = program.get(&format!("{root}/mu/v2//users"));
    assert!(answer.status == 200 && answer.text().contains("\"alice\""), "{answer:?}");
    let batch = format!("[{}{{\"user_id\":1,\"u\":1,\"d\":1}}]", " ".repeat(8 << 20));
    let answer = program.post(&format!("{root}/mu/v2/nodes/1/traffic"), &batch);
    assert_eq!((answer.status, answer.text()), (200, r#"{"ret":1,"msg":"ok"}"#));
    assert!(program.get(&format!("{root}/mu/v2/nowhere")).text().contains("\"ret\":0"));
}

/// Neither a token in the address nor the secret of a friend's page is in the log of the proxy.
fn logs_no_secret(proxy: &Proxy, home: &Home, keys: &Keys, root: &str) {
    let mut browser = Browser::secure(proxy.port, keys.client(rustls::ALL_VERSIONS));
    browser.get(&format!("{root}/mu/v2/users?key=hidden-token"));
    browser.get(&format!("{root}/u/hidden-secret"));
    let log = || fs::read_to_string(home.path("mu-panel.log")).unwrap();
    until("the lines of the log", || log().lines().filter(|line| line.contains("GET")).count() >= 2);
    assert!(!log().contains("hidden"), "{}", log());
    let errors = fs::read_to_string(home.path("mu-panel-error.log")).unwrap_or_default();
    assert!(!errors.contains("hidden"), "{errors}");
}

/// A client may have so many requests under way, and others are served meanwhile.
fn bounds_connections(proxy: &Proxy, keys: &Keys, root: &str) {
    let tls = keys.client(rustls::ALL_VERSIONS);
    let connect = || Wire::secure(TcpStream::connect(("127.0.0.1", proxy.port)).unwrap(), tls.clone());
    let mut crowd: Vec<Wire> = (0..64).map(|_| connect()).collect();
    for wire in &mut crowd {
        wire.send(format!("POST {root}/theme HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"));
    }
    let ask = |mut wire: Wire| {
        wire.send(format!("GET {root}/login HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        wire.answer().map(|answer| answer.status)
    };
    until("one too many", || ask(connect()) == Some(503));
    let mut other = Browser::secure(proxy.port, tls.clone());
    other.from = Ipv4Addr::new(127, 0, 0, 8);
    assert_eq!(other.get(&format!("{root}/login")).status, 200);
    drop(crowd);
    until("them to be gone", || ask(connect()) == Some(200));
}

#[test]
fn nginx_at_the_top_of_a_host() {
    if missing(&["nginx"]) {
        return;
    }
    let (home, keys, port) = (Home::new().with_password(), Keys::new(), free_port());
    let served = home.serve_with(&["--trusted-proxy", "127.0.0.1/32"], &[]);
    let (certificate, key) = keys.paths();
    let site = configuration(
        "nginx.conf",
        &[
            ("listen 443 ssl;", &format!("listen 127.0.0.1:{port} ssl;")),
            ("listen [::]:443 ssl;", ""),
            ("/etc/letsencrypt/live/panel.example.com/fullchain.pem", certificate.to_str().unwrap()),
            ("/etc/letsencrypt/live/panel.example.com/privkey.pem", key.to_str().unwrap()),
            ("panel.example.com", "localhost"),
            ("127.0.0.1:8080", &served.address.to_string()),
            ("/var/log/nginx/", home.path("").to_str().unwrap()),
        ],
    );
    let proxy = nginx(&home, &site, port);
    works_through(&proxy, &home, &keys, &served, "");
    logs_no_secret(&proxy, &home, &keys, "");
    bounds_connections(&proxy, &keys, "");
}

#[test]
fn nginx_below_a_path() {
    if missing(&["nginx"]) {
        return;
    }
    let (home, keys, port) = (Home::new().with_password(), Keys::new(), free_port());
    let served = home.serve_with(&["--trusted-proxy", "127.0.0.1/32", "--base-path", "/panel"], &[]);
    let (certificate, key) = keys.paths();
    let (certificate, key) = (certificate.display(), key.display());
    let locations = configuration(
        "nginx-below-a-path.conf",
        &[("127.0.0.1:8080", &served.address.to_string()), ("/var/log/nginx/", home.path("").to_str().unwrap())],
    );
    // The lines that the file asks for around its server.
    let around: Vec<&str> = locations.lines().filter_map(|line| line.strip_prefix("#     ")).collect();
    assert_eq!(around.len(), 2);
    let around = around.join("\n");
    let site = format!(
        "{around}\nserver {{\nlisten 127.0.0.1:{port} ssl;\nssl_certificate {certificate};\nssl_certificate_key {key};\n\
         {locations}\n}}"
    );
    let proxy = nginx(&home, &site, port);
    works_through(&proxy, &home, &keys, &served, "/panel");
    logs_no_secret(&proxy, &home, &keys, "/panel");
    bounds_connections(&proxy, &keys, "/panel");
    let mut stranger = Browser::secure(port, keys.client(rustls::ALL_VERSIONS));
    assert_eq!(stranger.get("/panel").status, 301);
    assert_eq!(stranger.get("/elsewhere").status, 404);
}

#[test]
fn caddy_at_the_top_of_a_host() {
    if missing(&["caddy"]) {
        return;
    }
    let (home, keys, port) = (Home::new().with_password(), Keys::new(), free_port());
    let served = home.serve_with(&["--trusted-proxy", "127.0.0.1/32"], &[]);
    let (certificate, key) = keys.paths();
    let (certificate, key) = (certificate.display(), key.display());
    let site = configuration(
        "Caddyfile",
        &[
            (
                "panel.example.com {",
                &format!("https://localhost:{port} {{\n\tbind 127.0.0.1\n\ttls {certificate} {key}"),
            ),
            ("127.0.0.1:8080", &served.address.to_string()),
        ],
    );
    let file = home.file("Caddyfile", format!("{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{site}"));
    let mut command = Command::new("caddy");
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
    for name in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
        command.env(name, home.path(""));
    }
    let proxy = Proxy::start(command, port, &home.path("proxy-log"));
    works_through(&proxy, &home, &keys, &served, "");
}
