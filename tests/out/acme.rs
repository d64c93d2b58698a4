//! Certificates from real authorities, each in a network of its own in which ports 80 and 443 are free.

use crate::{
    namespace,
    panel::{Home, Running, get, trusting},
    support::{keys::Keys, programs::missing, wire::until},
};
use mu_panel::outbound::{Failure, Https, Options};
use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt, path::PathBuf, process::Command};

/// Debian's pebble, and the name server that goes with it.
struct Pebble {
    home: Home,
    keys: Keys,
    environment: Vec<(&'static str, &'static str)>,
    /// What its configuration has beside the ports.
    more: String,
    running: Vec<Running>,
}

const ROOTS: &str = "https://localhost:15000/roots/0";
const DIRECTORY: &str = "https://localhost:14000/dir";

impl Pebble {
    fn new() -> Self {
        let environment = vec![("PEBBLE_VA_NOSLEEP", "1"), ("PEBBLE_WFE_NONCEREJECT", "0"), ("PEBBLE_AUTHZREUSE", "0")];
        Self { home: Home::new(), keys: Keys::new(), environment, more: String::new(), running: Vec::new() }
    }

    fn start(mut self) -> Self {
        namespace::put("nameserver 127.0.0.1\n", "/etc/resolv.conf");
        let (certificate, key) = self.keys.paths();
        let config = format!(
            r#"{{"pebble":{{"listenAddress":"127.0.0.1:14000","managementListenAddress":"127.0.0.1:15000",
            "certificate":"{}","privateKey":"{}","httpPort":80,"tlsPort":443{}}}}}"#,
            certificate.display(),
            key.display(),
            self.more
        );
        let config = self.home.file("pebble.json", config);
        let mut names = Command::new("pebble-challtestsrv");
        names.args(["-http01", "", "-https01", "", "-tlsalpn01", "", "-dns01", "127.0.0.1:53", "-defaultIPv6", ""]);
        self.running.push(Running::start(&mut names, &self.home.path("names.log")));
        let mut pebble = Command::new("pebble");
        pebble.args(["-dnsserver", "127.0.0.1:53", "-config"]).arg(config).envs(self.environment.iter().copied());
        self.running.push(Running::start(&mut pebble, &self.home.path("pebble.log")));
        until("pebble answers", || get(&self.client(), DIRECTORY).is_ok());
        self
    }

    /// A client that trusts pebble itself, not what it signs.
    fn client(&self) -> Https {
        trusting(&self.keys.paths().0)
    }

    /// A client that trusts what pebble signs.
    fn browser(&self) -> Https {
        let root = get(&self.client(), ROOTS).unwrap();
        trusting(&self.home.file("root.pem", root.body))
    }

    fn orders(&self) -> usize {
        self.home.read("pebble.log").matches("Added order").count()
    }

    fn issued(&self) -> usize {
        self.home.read("pebble.log").matches("Issued certificate").count()
    }

    /// What the panel is started with.
    fn arguments<'a>(ca: &'a str, site: &'a str) -> Vec<&'a str> {
        vec!["--acme-url", DIRECTORY, "--acme-ca", ca, "--https", site]
    }

    fn ca(&self) -> String {
        self.keys.paths().0.display().to_string()
    }
}

/// Whether this is the run within a namespace, with pebble to be had.
fn ready(test: &str) -> bool {
    !missing(&["pebble", "pebble-challtestsrv"]) && namespace::inside(&format!("acme::{test}"))
}

fn plain() -> Https {
    Https::new(&Options::default())
}

/// The bytes of the certificate that is served, as a mark.
fn served(home: &Home, host: &str) -> String {
    home.read(&format!("acme/{host}.pem"))
}

#[test]
fn a_name_gets_a_certificate_and_everything_is_where_it_belongs() {
    if !ready("a_name_gets_a_certificate_and_everything_is_where_it_belongs") {
        return;
    }
    let pebble =
        Pebble { environment: vec![("PEBBLE_VA_NOSLEEP", "1"), ("PEBBLE_WFE_NONCEREJECT", "15")], ..Pebble::new() };
    let pebble = pebble.start();
    let (home, ca) = (Home::new(), pebble.ca());
    let arguments = Pebble::arguments(&ca, "panel.example.org");
    let running = home.serve(&arguments);
    home.says("once there is a certificate, in about a minute, the page is at https://panel.example.org/login?setup=");
    home.says("from home, keep this running: ssh -L 8080:127.0.0.1:8080 root@");
    home.says("set your password here (works once, valid for 30 minutes): http://127.0.0.1:8080/login?setup=");
    home.says("set your password here (works once, valid for 30 minutes): https://panel.example.org/login?setup=");
    let link =
        home.log().lines().find_map(|line| line.split_once("minutes): https://").map(|(_, link)| link.to_owned()));
    let browser = pebble.browser();
    let page = get(&browser, &format!("https://{}", link.unwrap())).unwrap();
    assert_eq!(page.status, 200);
    assert!(page.header("strict-transport-security").unwrap().starts_with("max-age="));
    // Port 80 redirects and does nothing else; the plain port stays what it was.
    let sent = get(&plain(), "http://panel.example.org/users?q=%C3%A4&x=//evil").unwrap();
    assert_eq!(sent.status, 308);
    assert_eq!(sent.header("location"), Some("https://panel.example.org/users?q=%C3%A4&x=//evil"));
    assert_eq!(
        get(&plain(), "http://panel.example.org//evil.example/")
            .unwrap()
            .header("location")
            .unwrap()
            .matches("https://panel.example.org//")
            .count(),
        1
    );
    assert_eq!(get(&plain(), "http://panel.example.org/.well-known/acme-challenge/x").unwrap().status, 404);
    let page = get(&plain(), "http://127.0.0.1:8080/login").unwrap();
    assert_eq!((page.status, page.header("strict-transport-security")), (200, None));
    let folder = home.path("acme");
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    for file in fs::read_dir(&folder).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
    assert!(!folder.join("order.json").exists());
    // After a kill it is there at once, and nothing is ordered again.
    let (orders, certificate) = (pebble.orders(), served(&home, "panel.example.org"));
    running.kill();
    let _running = home.serve(&arguments);
    assert_eq!(get(&browser, "https://panel.example.org/healthz").unwrap().status, 200);
    assert_eq!((pebble.orders(), served(&home, "panel.example.org")), (orders, certificate));
    // Its key is never in the log.
    assert!(!home.log().contains("PRIVATE KEY"));
}

#[test]
fn an_address_gets_a_certificate() {
    if !ready("an_address_gets_a_certificate") {
        return;
    }
    let pebble = Pebble::new().start();
    let (home, ca) = (Home::new(), pebble.ca());
    let _running = home.serve(&Pebble::arguments(&ca, "127.0.0.1:8443"));
    home.says("there is a certificate for 127.0.0.1");
    assert_eq!(get(&pebble.browser(), "https://127.0.0.1:8443/healthz").unwrap().status, 200);
    let sent = get(&plain(), "http://127.0.0.1/").unwrap();
    assert_eq!(sent.header("location"), Some("https://127.0.0.1:8443/"));
}

#[test]
fn a_port_80_that_is_taken_leaves_the_proof_over_tls() {
    if !ready("a_port_80_that_is_taken_leaves_the_proof_over_tls") {
        return;
    }
    let _taken = TcpListener::bind("[::]:80").unwrap();
    let pebble = Pebble::new().start();
    let (home, ca) = (Home::new(), pebble.ca());
    let _running = home.serve(&Pebble::arguments(&ca, "panel.example.org"));
    home.says("nothing redirects to https://: port 80 is taken by out-");
    home.says("there is a certificate for panel.example.org");
    assert_eq!(get(&pebble.browser(), "https://panel.example.org/healthz").unwrap().status, 200);
    // An address can only be proved on port 80.
    let mut refused = Running::start(
        home.command(&["serve", "--https", "127.0.0.2:8443", "--listen", "127.0.0.1:8081", "--db", "other.db"])
            .args(["--backup-dir", "none"]),
        &home.path("log"),
    );
    until("it ends", || refused.ended() == Some(1));
    home.says("mu-panel: port 80 is taken by out-");
}

#[test]
fn an_account_that_was_made_beforehand_is_used() {
    if !ready("an_account_that_was_made_beforehand_is_used") {
        return;
    }
    let key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
    let more = format!(r#","externalAccountBindingRequired":true,"externalAccountMACKeys":{{"kid-1":"{key}"}}"#);
    let pebble = Pebble { more, ..Pebble::new() }.start();
    let (home, ca) = (Home::new(), pebble.ca());
    let arguments = Pebble::arguments(&ca, "panel.example.org");
    let running = home.serve(&arguments);
    home.says("the authority wants an account that was made beforehand (`--acme-eab-id`");
    running.kill();
    // Other arguments than those that failed are tried at once, though the last failure was just now.
    fs::remove_dir_all(home.path("acme")).unwrap();
    let file = home.file("eab.key", format!("{key}\n")).display().to_string();
    let _running = home.serve(&[&arguments[..], &["--acme-eab-id", "kid-1", "--acme-eab-key", &file]].concat());
    home.says("there is a certificate for panel.example.org");
    assert!(!home.log().contains(key));
}

#[test]
fn a_short_certificate_is_renewed_while_it_is_served() {
    if !ready("a_short_certificate_is_renewed_while_it_is_served") {
        return;
    }
    let pebble = Pebble { more: r#","certificateValidityPeriod":16"#.to_owned(), ..Pebble::new() }.start();
    let (home, ca) = (Home::new(), pebble.ca());
    let _running = home.serve(&Pebble::arguments(&ca, "panel.example.org"));
    home.says("there is a certificate for panel.example.org");
    let (browser, mut seen) = (pebble.browser(), std::collections::BTreeSet::new());
    let start = std::time::Instant::now();
    while seen.len() < 3 {
        assert!(start.elapsed().as_secs() < 90, "it is not renewed: {}", home.log());
        // Not once is there none, or one that has ended.
        assert_eq!(get(&browser, "https://panel.example.org/healthz").unwrap().status, 200);
        seen.insert(served(&home, "panel.example.org"));
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn a_failure_is_told_kept_and_not_repeated_before_its_time() {
    if !ready("a_failure_is_told_kept_and_not_repeated_before_its_time") {
        return;
    }
    let pebble = Pebble::new().start();
    let (home, ca) = (Home::new(), pebble.ca());
    let url = "http://127.0.0.1:8055/set-default-ipv4";
    let point = |address: &str| {
        let body = format!(r#"{{"ip":"{address}"}}"#);
        plain()
            .send(mu_panel::outbound::Call { method: "POST", url, headers: &[], body: Some(body.as_bytes()) })
            .unwrap();
    };
    // An address where no server answers.
    point("192.0.2.1");
    let arguments = Pebble::arguments(&ca, "panel.example.org");
    let running = home.serve(&arguments);
    home.says("no certificate for panel.example.org");
    let state = home.read("acme/state.json");
    assert!(state.contains("\"failures\": 1") && state.contains("\"next_try\""), "{state}");
    let orders = pebble.orders();
    running.kill();
    let running = home.serve(&arguments);
    let metrics = home.command(&["token"]).output().unwrap();
    let token = String::from_utf8(metrics.stdout).unwrap();
    let call = mu_panel::outbound::Call {
        method: "GET",
        url: "http://127.0.0.1:8080/metrics",
        headers: &[("Token", token.trim())],
        body: None,
    };
    let page = String::from_utf8(plain().send(call).unwrap().body).unwrap();
    assert!(
        page.contains("mu_panel_certificate_failures 1")
            && page.contains("mu_panel_certificate_expires_timestamp_seconds 0"),
        "{page}"
    );
    assert_eq!(pebble.orders(), orders, "it is not tried again before a minute is over");
    running.kill();
    // The minute has passed, and the name points here.
    point("127.0.0.1");
    let moved = state.lines().filter(|line| !line.contains("next_try")).collect::<Vec<_>>().join("\n");
    home.file("acme/state.json", moved);
    let _running = home.serve(&arguments);
    home.says("there is a certificate for panel.example.org");
    assert!(home.read("acme/state.json").contains("\"failures\": 0"));
}

#[test]
fn kills_in_the_middle_cost_nothing_but_time() {
    if !ready("kills_in_the_middle_cost_nothing_but_time") {
        return;
    }
    let pebble = Pebble::new().start();
    let (home, ca) = (Home::new(), pebble.ca());
    let arguments = Pebble::arguments(&ca, "panel.example.org");
    let mut rounds = 0;
    while served(&home, "panel.example.org").is_empty() {
        let running = home.serve(&arguments);
        until("it has begun", || {
            home.path("acme/order.json").exists() || !served(&home, "panel.example.org").is_empty()
        });
        std::thread::sleep(std::time::Duration::from_millis(40 * rounds));
        running.kill();
        rounds += 1;
        // The pause has passed.
        let state = home.read("acme/state.json");
        home.file(
            "acme/state.json",
            state.lines().filter(|line| !line.contains("next_try")).collect::<Vec<_>>().join("\n"),
        );
        assert!(rounds < 60, "it never comes to an end");
    }
    assert!(rounds > 1);
    assert!(pebble.issued() <= 1, "{} certificates in {rounds} rounds", pebble.issued());
    let _running = home.serve(&arguments);
    assert_eq!(get(&pebble.browser(), "https://panel.example.org/healthz").unwrap().status, 200);
}

#[test]
fn debians_caddy_is_an_authority_as_well() {
    if missing(&["caddy"]) || !ready("debians_caddy_is_an_authority_as_well") {
        return;
    }
    let names = Pebble::new().start();
    let home = Home::new();
    let global = "{\n admin off\n skip_install_trust\n auto_https disable_redirects\n http_port 9080\n}\n";
    let file = home.file("Caddyfile", format!("{global}localhost:9443 {{\n tls internal\n acme_server\n}}\n"));
    let mut caddy = Command::new("caddy");
    caddy
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(file)
        .env("XDG_DATA_HOME", home.path("data"))
        .env("HOME", home.path("data"));
    let _caddy = Running::start(&mut caddy, &home.path("caddy.log"));
    let root: PathBuf = home.path("data/caddy/pki/authorities/local/root.crt");
    until("caddy has made its root", || root.exists());
    let url = "https://localhost:9443/acme/local/directory";
    until("caddy answers", || get(&trusting(&root), url).is_ok_and(|answer| answer.status == 200));
    let ca = root.display().to_string();
    let _running = home.serve(&["--acme-url", url, "--acme-ca", &ca, "--https", "panel.example.org"]);
    home.says("there is a certificate for panel.example.org");
    assert_eq!(get(&trusting(&root), "https://panel.example.org/healthz").unwrap().status, 200);
    drop(names);
}

#[test]
fn an_authority_that_is_not_there_is_named_as_the_reason() {
    if !namespace::inside("acme::an_authority_that_is_not_there_is_named_as_the_reason") {
        return;
    }
    let home = Home::new();
    let _running = home.serve(&["--acme-url", "https://127.0.0.1:1/dir", "--https", "panel.example.org"]);
    home.says("the authority cannot be reached (cannot connect: ");
    assert!(matches!(get(&plain(), "https://127.0.0.1/"), Err(Failure::Broken(_) | Failure::Unreachable(_))));
    let page = get(&plain(), "http://127.0.0.1/").unwrap();
    assert_eq!((page.status, page.header("location")), (503, None));
}
