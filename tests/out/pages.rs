//! HTTPS from the page's button to an answer over TLS, and what stands in the way in words, in a network in which ports
//! 80 and 443 are free.

use crate::{
    authority::{Authority, DAY, problem},
    namespace,
    panel::{Browser, Home, Running, get, trusting},
    recorder::{Recorder, Say},
    support::{programs::missing, wire::until},
};
use mu_panel::{
    model::Time,
    outbound::{Call, Https, Options},
};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    process::Command,
    sync::Arc,
};

/// What the machine's clock says.
#[allow(clippy::disallowed_methods)] // certificates are for the program's clock
fn now() -> Time {
    jiff::Timestamp::now().as_second()
}

/// Names that lead to this machine; the others lead nowhere.
fn names() {
    namespace::put("127.0.0.1 localhost panel.example.org other.example.org\n", "/etc/hosts");
    namespace::put("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n", "/etc/resolv.conf");
}

/// The authority of the tests, which looks at port 80 as a real one does.
fn authority() -> Authority {
    Authority::start(now, |token| {
        let url = format!("http://panel.example.org/.well-known/acme-challenge/{token}");
        let answer = get(&Https::new(&Options::default()), &url).ok()?;
        (answer.status == 200).then(|| String::from_utf8(answer.body).unwrap())
    })
}

/// A folder for a panel, an authority for its certificates, and a client that trusts them.
struct Scene {
    home: Home,
    authority: Authority,
    /// The arguments of the panel that name the authority.
    arguments: Vec<String>,
    browser: Https,
}

impl Scene {
    fn new() -> Self {
        names();
        let (home, authority) = (Home::new(), authority());
        let ca = authority.ca().display().to_string();
        let root = home.file("root.pem", authority.root());
        let arguments = vec!["--acme-url".to_owned(), authority.directory(), "--acme-ca".to_owned(), ca];
        Self { home, authority, arguments, browser: trusting(&root) }
    }
}

fn serve(home: &Home, arguments: &[String], more: &[&str]) -> Running {
    home.serve(&[arguments.iter().map(String::as_str).collect(), more.to_vec()].concat())
}

fn healthy(browser: &Https, origin: &str) -> bool {
    get(browser, &format!("{origin}/healthz")).is_ok_and(|answer| answer.status == 200)
}

#[test]
fn from_the_button_to_an_answer_over_tls() {
    if !namespace::inside("pages::from_the_button_to_an_answer_over_tls") {
        return;
    }
    let Scene { home, authority, arguments, browser } = Scene::new();
    home.set_password();
    let running = serve(&home, &arguments, &[]);
    let admin = Browser::admin();
    admin.get("/settings/https").is(200).shows("Get a certificate");
    assert!(TcpStream::connect("127.0.0.1:443").is_err() && TcpStream::connect("127.0.0.1:80").is_err());
    authority.hold();
    let begun = admin.submit("/settings/https", "site=Panel.Example.org");
    assert_eq!((begun.status, &*begun.location), (303, "/settings/https"));
    admin
        .get("/settings/https")
        .shows("A certificate is being ordered")
        .shows("None yet")
        .shows("https://panel.example.org");
    // Until there is one, port 80 says how it stands and leads nowhere.
    let early = get(&Https::new(&Options::default()), "http://panel.example.org/users").unwrap();
    assert_eq!((early.status, early.header("location")), (503, None));
    assert!(home.run(&["health"]).contains("well"), "the plain port is well meanwhile");
    authority.release();
    until("it is served", || healthy(&browser, "https://panel.example.org"));
    let page = get(&browser, "https://panel.example.org/login").unwrap();
    assert!(page.status == 200 && page.header("strict-transport-security").is_some());
    let plain = get(&Https::new(&Options::default()), "http://panel.example.org/users").unwrap();
    assert_eq!(plain.header("location"), Some("https://panel.example.org/users"));
    until("the page says so", || admin.get("/settings/https").text.contains("Next renewal"));
    let page = admin.get("/settings/https");
    page.shows("Valid until").shows("UTC").shows("value=\"panel.example.org\"");
    assert!(!page.text.contains("None yet"), "{}", page.text);
    assert!(home.metrics().contains("mu_panel_certificate_failures 0"));
    assert!(home.run(&["health"]).contains("well"));
    // It is still so after a kill, and nothing is ordered again.
    running.kill();
    let _running = serve(&home, &arguments, &[]);
    assert!(healthy(&browser, "https://panel.example.org"));
    assert_eq!(authority.issued(), 1);
    // Another name, on another port: the old one is served until the new one is there.
    let admin = Browser::admin();
    admin.get("/settings/https");
    admin.submit("/settings/https", "site=other.example.org:8443").is(303);
    until("it is served too", || healthy(&browser, "https://other.example.org:8443"));
    until("port 80 leads there", || {
        let plain = get(&Https::new(&Options::default()), "http://other.example.org/x").unwrap();
        plain.header("location") == Some("https://other.example.org:8443/x")
    });
    let state = authority.state();
    assert!(state.orders.iter().all(|order| order.identifiers.len() == 1));
}

#[test]
fn what_stands_in_the_way_is_said_in_both_languages() {
    if !namespace::inside("pages::what_stands_in_the_way_is_said_in_both_languages") {
        return;
    }
    let Scene { home, authority, arguments, browser } = Scene::new();
    home.set_password();
    let running = serve(&home, &arguments, &[]);
    let admin = Browser::admin();
    let says = |form: &str, english: &str, chinese: &str| {
        for (language, words) in [("en", english), ("zh", chinese)] {
            admin.speak(language);
            let page = admin.submit("/settings/https", form);
            page.is(400).shows(words).shows("aria-invalid").shows(&form.replace("site=", "value=\""));
        }
    };
    let taken = TcpListener::bind("[::]:443").unwrap();
    says("site=panel.example.org", "Port 443 is taken by out-", "端口 443 已被 out-");
    drop(taken);
    let taken = TcpListener::bind("0.0.0.0:80").unwrap();
    says("site=203.0.113.7", "Port 80 is taken by out-", "端口 80 已被 out-");
    says("site=panel.example.org:8443", "Port 80 is taken by out-", "端口 80 已被 out-");
    drop(taken);
    says("site=panel", "“panel” isn&#39;t a valid host", "“panel”不是有效的域名");
    assert!(authority.state().asked.is_empty() && TcpStream::connect("127.0.0.1:443").is_err(), "nothing was begun");
    assert!(!home.path("acme/state.json").exists());
    // What the authority finds.
    admin.speak("en");
    let unreachable = "The authority cannot connect to this server";
    for (fault, english, chinese) in [
        ("dns", "The name has no address yet", "域名还没有解析"),
        ("connection", unreachable, "证书机构无法连接本服务器"),
        ("unauthorized", "Another server answers under this name", "这个域名由另一台服务器应答"),
        ("caa", "CAA records", "CAA 记录"),
    ] {
        authority.state().challenge_error = Some(fault);
        let failures = home.read("acme/state.json").matches("\"failures\": 0").count();
        assert_eq!(failures, 0);
        admin.get("/settings/https");
        let path = if fault == "dns" { "/settings/https" } else { "/settings/https/try" };
        admin.submit(path, "site=panel.example.org").is(303);
        until(fault, || admin.get("/settings/https").text.contains(english));
        let page = admin.get("/settings/https");
        page.shows("The authority says:")
            .shows("as the test wants it")
            .shows("Next attempt")
            .shows("Try again now")
            .shows("role=\"alert\"");
        admin.speak("zh");
        admin.get("/settings/https").shows(chinese).shows("立即重试");
        admin.speak("en");
    }
    authority.state().challenge_error = None;
    authority.state().faults.push_back(("new-order", problem(429, "rateLimited").with("Retry-After", "7200")));
    admin.submit("/settings/https/try", "").is(303);
    until("too many tries", || admin.get("/settings/https").text.contains("The authority asks for a pause"));
    assert!(home.metrics().contains("mu_panel_certificate_failures 5"), "{}", home.metrics());
    admin.submit("/settings/https/try", "").is(303);
    until("it is served after all", || healthy(&browser, "https://panel.example.org"));
    until("and the page is content", || !admin.get("/settings/https").text.contains("role=\"alert\""));
    // An authority that is not there.
    running.kill();
    fs::remove_dir_all(home.path("acme")).unwrap();
    let _running = home.serve(&["--acme-url", "https://127.0.0.1:1/dir"]);
    let admin = Browser::admin();
    until("it is missed", || admin.get("/settings/https").text.contains("The certificate authority cannot be reached"));
    admin.speak("zh");
    admin.get("/settings/https").shows("无法连接证书机构");
}

#[test]
fn ports_that_may_not_be_opened_are_said_to_be_so_and_not_offered_at_the_set_up() {
    if missing(&["setpriv"])
        || !namespace::inside("pages::ports_that_may_not_be_opened_are_said_to_be_so_and_not_offered_at_the_set_up")
    {
        return;
    }
    names();
    let home = Home::new();
    let mut command = Command::new("setpriv");
    let serve = home.command(&["serve"]);
    command
        .args(["--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service"])
        .arg(serve.get_program())
        .args(serve.get_args())
        .current_dir(home.path(""));
    let _running = Running::start(&mut command, &home.path("log"));
    home.says("listening on http://127.0.0.1:8080");
    let visitor = Browser::new(None);
    let page = visitor.get(&link(&home)).is(200).text.clone();
    assert!(!page.contains("name=\"https\""), "{page}");
    home.set_password();
    let admin = Browser::admin();
    for (language, words) in [("en", "There is no permission to open port 443"), ("zh", "没有权限打开端口 443")]
    {
        admin.speak(language);
        admin.submit("/settings/https", "site=panel.example.org").is(400).shows(words).shows("mu-panel unit --https");
    }
}

/// The path of the link to set the password that was printed last.
fn link(home: &Home) -> String {
    home.says("/login?setup=");
    let log = home.log();
    let line = log.lines().rfind(|line| line.contains("/login?setup=")).unwrap();
    line[line.find("/login").unwrap()..].to_owned()
}

#[test]
fn the_set_up_offers_a_certificate_and_keeps_what_was_typed() {
    if !namespace::inside("pages::the_set_up_offers_a_certificate_and_keeps_what_was_typed") {
        return;
    }
    let Scene { home, authority, arguments, browser } = Scene::new();
    let _running = serve(&home, &arguments, &[]);
    let (visitor, link) = (Browser::new(None), link(&home));
    visitor.get(&link).is(200).shows("name=\"https\"").shows("TCP ports 80 and 443 have to be open");
    let secret = link.rsplit('=').next().unwrap();
    let form = |site: &str, setup: &str| {
        format!("password=correct+horse&where=there&name=&address=&friend=&https={site}&setup={setup}")
    };
    let typed = visitor.submit("/login", &form("panel", secret));
    typed.is(400).shows("“panel” isn&#39;t a valid host").shows("value=\"panel\"").shows("value=\"correct horse\"");
    let taken = TcpListener::bind("[::]:443").unwrap();
    let refused = visitor.submit("/login", &form("panel.example.org", secret));
    refused.is(400).shows("Port 443 is taken by out-").shows("value=\"panel.example.org\"");
    // What is taken here is no business of a stranger without the link.
    let stranger = visitor.submit("/login", &form("panel.example.org", "wrong"));
    assert!(stranger.status == 400 && !stranger.text.contains("is taken by"), "{}", stranger.text);
    drop(taken);
    visitor.get(&link).is(200);
    visitor.submit("/login", &form("panel.example.org", secret)).is(303);
    until("it is served", || healthy(&browser, "https://panel.example.org"));
    assert_eq!(authority.issued(), 1);
}

#[test]
fn the_command_prints_the_link_with_the_name_that_there_is_a_certificate_for() {
    let test = "pages::the_command_prints_the_link_with_the_name_that_there_is_a_certificate_for";
    if !namespace::inside(test) {
        return;
    }
    let Scene { home, authority, arguments, browser } = Scene::new();
    authority.hold();
    let running = serve(&home, &arguments, &["--https", "panel.example.org:8443", "--base-path", "/panel"]);
    assert!(home.run(&["setup-link"]).contains("minutes): http://127.0.0.1:8080/panel/login?setup="));
    assert!(home.run(&["health"]).contains("well"), "its port answers nobody yet");
    home.says("minutes): http://127.0.0.1:8080/panel/login?setup=");
    authority.release();
    home.says("minutes): https://panel.example.org:8443/panel/login?setup=");
    let link = home.run(&["setup-link"]);
    let (_, link) = link.split_once("minutes): ").unwrap();
    assert!(
        link.starts_with("https://panel.example.org:8443/panel/login?setup=") && link.lines().count() == 1,
        "{link}"
    );
    let page = get(&browser, link.trim()).unwrap();
    assert!(page.status == 200 && String::from_utf8_lossy(&page.body).contains("new-password"));
    assert!(home.run(&["health"]).contains("well"));
    // From the start, once there is one.
    running.kill();
    let before = home.log().len();
    let running = serve(&home, &arguments, &["--https", "panel.example.org:8443", "--base-path", "/panel"]);
    until("the link is printed", || home.log()[before..].contains("/login?setup="));
    assert!(home.log()[before..].contains("minutes): https://panel.example.org:8443/panel/login?setup="));
    assert!(home.run(&["setup-link"]).contains("minutes): https://panel.example.org:8443/panel/login?setup="));
    // Its place for tries has a short name.
    running.kill();
    let _running = home.serve(&["--https", "other.example.org:8443", "--acme-url", "staging"]);
    home.says("from https://acme-staging-v02.api.letsencrypt.org/directory");
}

/// Takes any certificate, to look at it.
#[derive(Debug)]
struct Any;

impl ServerCertVerifier for Any {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// The certificate that is served on port 443, and the status of the page behind it.
fn shown() -> (Vec<u8>, String) {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(Any)).with_no_client_auth();
    let name = ServerName::try_from("panel.example.org").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect("127.0.0.1:443").unwrap());
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: panel.example.org\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    (stream.conn.peer_certificates().unwrap()[0].to_vec(), answer)
}

#[test]
fn an_expired_certificate_is_served_while_it_is_tried_again_and_the_admin_is_told() {
    if !namespace::inside("pages::an_expired_certificate_is_served_while_it_is_tried_again_and_the_admin_is_told") {
        return;
    }
    names();
    let home = Home::new();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["panel.example.org".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2026, 4, 1));
    let expired = params.self_signed(&key).unwrap();
    fs::create_dir(home.path("acme")).unwrap();
    home.file("acme/panel.example.org.pem", format!("{}{}", key.serialize_pem(), expired.pem()));
    home.set_password();
    let hook = Recorder::start(None, |_| Say::status(204));
    // The channel is set up first, while all is well.
    let running = home.serve(&[]);
    let admin = Browser::admin();
    admin.submit("/settings/notices/webhook", &format!("url=http://{}/hook&secret=", hook.address)).is(303);
    running.kill();
    let _running = home.serve(&["--acme-url", "https://127.0.0.1:1/dir", "--https", "panel.example.org"]);
    let (served, answer) = shown();
    assert_eq!(served, expired.der().to_vec());
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let admin = Browser::admin();
    until("the failure is shown", || admin.get("/settings/https").text.contains("cannot be reached"));
    let page = admin.get("/settings/https");
    page.shows("The certificate has expired. It stays in use")
        .shows("Valid until")
        .shows("2026-04-01")
        .shows("Next attempt");
    page.shows("Last attempt").shows("Details:");
    admin.speak("zh");
    admin.get("/settings/https").shows("证书已过期").shows("下次尝试");
    let metrics = home.metrics();
    assert!(metrics.contains("mu_panel_certificate_failures 1"), "{metrics}");
    assert!(metrics.contains("mu_panel_certificate_expires_timestamp_seconds 1775001600"), "{metrics}");
    until("the admin is told", || !hook.seen().is_empty());
    let notice: mu_panel::notify::Message = serde_json::from_slice(&hook.seen()[0].body).unwrap();
    assert_eq!(notice.event, "certificate");
    assert!(notice.names[0].starts_with("panel.example.org: the authority cannot be reached"), "{notice:?}");
    assert_eq!(shown().0, expired.der().to_vec());
}

#[test]
fn a_kill_in_the_middle_of_an_order_goes_on_with_that_order() {
    if !namespace::inside("pages::a_kill_in_the_middle_of_an_order_goes_on_with_that_order") {
        return;
    }
    let Scene { home, authority, arguments, browser } = Scene::new();
    authority.hold();
    let running = serve(&home, &arguments, &["--https", "panel.example.org"]);
    until("it waits for the signature", || authority.asked("finalize") == 1);
    running.kill();
    authority.state().lifetime = 45 * DAY;
    let running = serve(&home, &arguments, &["--https", "panel.example.org"]);
    home.says("listening on http://127.0.0.1:8080");
    // The pause after a failure holds over the kill.
    let state = home.read("acme/state.json");
    assert!(state.contains("\"failures\": 1") && state.contains("\"next_try\""), "{state}");
    running.kill();
    authority.release();
    let passed = state.lines().filter(|line| !line.contains("next_try")).collect::<Vec<_>>().join("\n");
    home.file("acme/state.json", passed);
    let _running = serve(&home, &arguments, &["--https", "panel.example.org"]);
    until("it is served", || healthy(&browser, "https://panel.example.org"));
    let orders = authority.state().orders.len();
    assert_eq!((orders, authority.issued()), (1, 1), "one order, gone on with");
    home.says("going on with the order for panel.example.org");
    assert!(!home.path("acme/order.json").exists());
    for file in fs::read_dir(home.path("acme")).unwrap().map(Result::unwrap) {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
    let call = Call { method: "HEAD", url: "https://panel.example.org/", headers: &[], body: None };
    assert!(browser.send(call).is_ok());
}
