//! TLS through the whole program: what pages and cookies say of it, files that change, warnings where there is none.

use super::browser::Browser;
use crate::{
    process::{Home, Served},
    support::{
        keys::Keys,
        wire::{Wire, until},
    },
};
use rustls::version::{TLS12, TLS13};
use std::{fs, net::TcpStream, sync::Arc};

impl Home {
    /// Starts a server that speaks TLS.
    pub fn serve_tls(&self, keys: &Keys) -> Served {
        let (certificate, key) = keys.paths();
        self.serve_with(&[], &[("MU_PANEL_TLS_CERT", &certificate), ("MU_PANEL_TLS_KEY", &key)])
    }
}

#[test]
fn pages_and_calls_come_over_https_and_cookies_are_secure() {
    let home = Home::new().with_password();
    let keys = Keys::new();
    let served = home.serve_tls(&keys);
    let token = home.token();
    for version in [&TLS12, &TLS13] {
        let mut wire = Wire::secure(TcpStream::connect(served.address).unwrap(), keys.client(&[version]));
        wire.send(format!("GET /mu/v2/users HTTP/1.1\r\nHost: x\r\nToken: {token}\r\n\r\n"));
        assert_eq!(wire.answer().unwrap().status, 200);
    }
    let mut browser = Browser::secure(served.address.port(), keys.client(rustls::ALL_VERSIONS));
    assert_eq!(browser.sign_in("/login").status, 303);
    assert!(!browser.cookies().is_empty() && browser.cookies().iter().all(|cookie| cookie.secure));
    browser.submit("/nodes", "name=Tokyo");
    assert!(browser.get("/nodes/1").text().contains("https://localhost/mu/v2/"));
    assert!(!browser.get("/settings").text().contains("without encryption"));
    let mut plain = served.wire();
    plain.send("GET /mu/v2 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(plain.answer().unwrap().text(), r#"{"ret":0,"msg":"this port speaks https"}"#);
}

#[test]
fn the_set_up_link_says_https() {
    let (home, keys) = (Home::new(), Keys::new());
    let mut served = home.serve_tls(&keys);
    let link = format!("https://{}/login?setup=", served.address);
    let said = served.setup_link();
    assert!(said.starts_with(&link), "{said}");
}

#[test]
fn files_that_change_are_read_again_and_broken_ones_are_not_taken() {
    let (home, mut keys) = (Home::new(), Keys::new());
    let served = home.serve_tls(&keys);
    let is_known = |client: &Arc<rustls::ClientConfig>| {
        let mut wire = Wire::secure(TcpStream::connect(served.address).unwrap(), Arc::clone(client));
        wire.send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        wire.answer().is_some_and(|answer| answer.status == 200)
    };
    let first = keys.client(rustls::ALL_VERSIONS);
    assert!(is_known(&first));
    keys.renew();
    let second = keys.client(rustls::ALL_VERSIONS);
    until("the new certificate", || is_known(&second));
    assert!(!is_known(&first));
    fs::write(keys.paths().1, "nonsense").unwrap();
    until("words about the broken pair", || {
        assert!(is_known(&second));
        served.log().contains("keeping the certificate")
    });
    assert!(is_known(&second));
    keys.renew();
    let third = keys.client(rustls::ALL_VERSIONS);
    until("the next certificate", || is_known(&third));
}

#[test]
fn a_broken_pair_is_refused_at_the_start() {
    let (home, keys, other) = (Home::new(), Keys::new(), Keys::new());
    let path = |path: &std::path::PathBuf| path.display().to_string();
    let ((certificate, key), (_, wrong)) = (keys.paths(), other.paths());
    let start = |certificate: &str, key: &str| {
        home.run(&["serve", "--listen", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key])
    };
    start(&path(&certificate), &path(&wrong)).fails("and its key cannot be used");
    start("missing.pem", &path(&key)).fails("cannot read `missing.pem`");
    start(&path(&key), &path(&key)).fails("there is no certificate in");
    home.run(&["serve", "--tls-cert", &path(&certificate)]).exits(2);
}

#[test]
fn a_panel_that_listens_beyond_this_machine_without_it_warns() {
    let keys = Keys::new();
    let (certificate, key) = keys.paths();
    let (certificate, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    for (arguments, warned) in [
        (&["--listen", "0.0.0.0:0"][..], true),
        (&["--listen", "127.0.0.1:0", "--listen", "[::]:0"], true),
        (&["--listen", "127.0.0.1:0"], false),
        (&["--listen", "0.0.0.0:0", "--trusted-proxy", "10.0.0.1/32"], false),
        (&["--listen", "0.0.0.0:0", "--tls-cert", certificate, "--tls-key", key], false),
    ] {
        let home = Home::new().with_password();
        let served = home.start(home.command(&[&["serve"], arguments].concat()));
        let mut browser = if arguments.contains(&"--tls-cert") {
            Browser::secure(served.address.port(), keys.client(rustls::ALL_VERSIONS))
        } else {
            Browser::new(&served)
        };
        assert_eq!(browser.sign_in("/login").status, 303);
        let said = served.log().contains("warning: this listens beyond this machine without encryption");
        assert_eq!(said, warned, "{arguments:?}");
        for (language, words) in [("en", "is not encrypted"), ("zh", "面板目前未加密")] {
            browser.headers = format!("Accept-Language: {language}\r\n");
            let settings = browser.get("/settings");
            assert_eq!(settings.text().contains(words), warned, "{arguments:?} {language}: {}", settings.text());
        }
    }
}
