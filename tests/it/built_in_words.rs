//! What a node alone says when something is wrong, and what the page says of a port that is held.

use crate::{
    built_in::{Friend, SOME, moves},
    clients::Program,
    panel::between,
    process::{Home, Served},
    support::{keys::Keys, wire::until},
    target::Target,
};
use mu_panel::{
    notify::{self, Channel},
    store::Store,
};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, UdpSocket},
    process::Stdio,
    sync::mpsc,
    thread,
    time::Duration,
};

#[test]
fn what_is_wrong_with_a_node_alone_is_said_in_words() {
    let friend = Friend::new();
    let panel = friend.home.serve();
    let (url, data) = (format!("http://{}/mu/v2", panel.address), friend.home.path("node"));
    let data = data.to_str().unwrap();
    for (arguments, token, said) in [
        (&["node"][..], "x", "a node needs `--url`"),
        (&["node", "--url", &url], "x", "`--node-id` is missing"),
        (&["node", "--url", &url, "--node-id", "2", "--data", data], "", "`--token-file` is missing"),
        (&["node", "--url", "panel", "--node-id", "2", "--data", data], "x", "is no address of `https://`"),
        (&["node", "--url", &url, "--node-id", "x", "--data", data], "x", "`x`"),
    ] {
        let mut command = friend.home.command(arguments);
        let output = command.env("MU_PANEL_NODE_TOKEN", token).stdin(Stdio::null()).output().unwrap();
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && words.contains(said), "{arguments:?}: {words}");
    }
    for (url, token, said) in [
        (url.as_str(), "wrong", "the panel refuses the token"),
        ("http://127.0.0.1:1/mu/v2", "x", "the panel cannot be reached"),
        (&url.replace("/mu/v2", "/elsewhere"), &friend.token, "the panel does not know that address"),
    ] {
        let mut command = friend.home.command(&["node", "--url", url, "--node-id", "2", "--data", data]);
        command.env("MU_PANEL_NODE_TOKEN", token).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(line.contains(said), "{url}: {line}");
    }
}

/// The first line that a node alone says on standard error, which then is killed.
fn first_words(home: &Home, arguments: &[&str]) -> String {
    let data = home.path("node");
    let mut command = home.command(&["node", "--node-id", "2", "--data", data.to_str().unwrap()]);
    command.args(arguments).env("MU_PANEL_NODE_TOKEN", "x").stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    line
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_said_in_words() {
    let (home, keys, others) = (Home::new(), Keys::new(), Keys::new());
    let (certificate, key) = keys.paths();
    let (certificate, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    let panel = home.serve_with(&["--tls-cert", certificate, "--tls-key", key, "--node", "off"], &[]);
    let url = |host: &str| format!("https://{host}:{}/mu/v2", panel.address.port());
    let other = others.paths().0;
    for (host, ca) in
        [("localhost", None), ("localhost", Some(other.to_str().unwrap())), ("127.0.0.1", Some(certificate))]
    {
        let (url, mut arguments) = (url(host), Vec::new());
        arguments.extend(["--url", &url]);
        arguments.extend(ca.map(|ca| ["--ca", ca]).into_iter().flatten());
        let said = first_words(&home, &arguments);
        assert!(
            said.contains("the panel cannot be reached: the server's certificate is not trusted"),
            "{host}: {said}"
        );
    }
    // One that is trusted gets as far as the token.
    let said = first_words(&home, &["--url", &url("localhost"), "--ca", certificate]);
    assert!(said.contains("the panel refuses the token"), "{said}");
}

/// A panel whose clock is that far from this machine's, as far as its answers say.
#[allow(clippy::disallowed_methods)] // a test is an edge
fn panel_with_a_clock(apart: i64) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let date = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(apart);
            let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT");
            let body = r#"{"ret":1,"msg":"ok","data":[]}"#;
            let length = body.len();
            let head =
                format!("HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all((head + body).as_bytes());
        }
    });
    port
}

#[test]
fn a_clock_that_is_wrong_is_said_in_words() {
    let home = Home::new();
    for (apart, words) in [(3600, "s behind the panel's"), (-3600, "s ahead of the panel's")] {
        let said = first_words(&home, &["--url", &format!("http://127.0.0.1:{}/mu/v2", panel_with_a_clock(apart))]);
        let number = said.split(" is ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        assert!((3590..=3610).contains(&number.parse().unwrap_or(0)) && said.contains(words), "{apart}: {said}");
        assert!(said.contains("clients of the 2022 methods are refused"), "{said}");
    }
}

#[test]
fn a_method_that_the_node_lacks_is_named_at_the_start_and_on_its_page() {
    let home = Home::new();
    home.run(&["user", "add", "anna", "--method", "bf-cfb"]).ok();
    home.run(&["user", "add", "bob", "--method", "rc4-md5-6"]).ok();
    let panel = home.serve_with(&["--node", "on"], &[]);
    until("it is said in the log", || panel.log().contains("doesn't support them: bf-cfb, rc4-md5-6"));
    assert_eq!(panel.log().matches("doesn't support them").count(), 1, "and once");
    let admin = signed_in(&home, &panel);
    admin.shows("/nodes/1", &["Users with these ciphers can&#39;t connect", "bf-cfb, rc4-md5-6"]);
    admin.shows("/nodes", &["bf-cfb, rc4-md5-6"]);
    admin.shows("/users/1", &["<option value=\"bf-cfb\" selected>bf-cfb (not on nodes that run mu-panel)</option>"]);
    admin.shows("/users/1", &["<option value=\"aes-256-gcm\">aes-256-gcm</option>"]);
}

#[test]
fn a_port_that_another_program_holds_is_said_retried_and_hurts_nobody_else() {
    if Program::SsLocal.is_missing() {
        return;
    }
    let friend = Friend::new();
    let (held, other) = (TcpListener::bind("0.0.0.0:0").unwrap(), UdpSocket::bind("0.0.0.0:0").unwrap());
    let (tcp, udp) = (held.local_addr().unwrap().port(), other.local_addr().unwrap().port());
    friend.home.run(&["user", "add", "held", "--port", &tcp.to_string()]).ok();
    friend.home.run(&["user", "add", "muted", "--port", &udp.to_string()]).ok();
    let panel = friend.built_in();
    let admin = signed_in(&friend.home, &panel);
    let both = [tcp, udp].map(|port| format!("Another program uses port {port} of "));
    until("the page says so", || both.iter().all(|words| admin.get("/nodes/1").contains(words.as_str())));
    let strip = admin.get("/users");
    assert!(strip.contains(&format!(": TCP port {tcp} is not available")), "{strip}");
    panel.says(&format!("cannot have TCP port {tcp} of user 2"));
    // No other user is hurt.
    until("it comes", || friend.is_served());
    let (client, target) = (friend.client(), Target::start());
    moves(&client, &target, SOME).unwrap();
    drop((held, other));
    until("it is had and said no more", || {
        let page = admin.get("/nodes/1");
        !both.iter().any(|words| page.contains(words.as_str()))
    });
    assert!(!admin.get("/users").contains("is not available"));
    assert!(std::net::TcpStream::connect(("127.0.0.1", tcp)).is_ok());
}

/// What is wrong is looked at once a minute, so that this takes one.
#[test]
fn a_port_that_is_held_is_a_notice() {
    let home = Home::new();
    let held = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = held.local_addr().unwrap().port();
    home.run(&["user", "add", "held", "--port", &port.to_string()]).ok();
    let webhook = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", webhook.local_addr().unwrap());
    let channel = Channel::Webhook { url, secret: "s3cret".to_owned() };
    let store = Store::open(&home.db()).unwrap();
    store.set(notify::setting(channel.kind()), Some(channel.to_text())).unwrap();
    drop(store);
    let (said, told) = channel_of_bodies(webhook);
    let panel = home.serve_with(&["--node", "on"], &[]);
    let body = told.recv_timeout(Duration::from_mins(2)).unwrap();
    let message: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(message["event"], "port", "{body}");
    assert_eq!(message["names"], serde_json::json!([format!("TCP {port}")]), "{body}");
    drop((panel, said));
}

/// A webhook's server: the bodies of what is posted to it.
fn channel_of_bodies(listener: TcpListener) -> (thread::JoinHandle<()>, mpsc::Receiver<String>) {
    let (told, bodies) = mpsc::channel();
    let serve = move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some((name, value)) = line.split_once(':')
                    && name.eq_ignore_ascii_case("content-length")
                {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
            if told.send(String::from_utf8(body).unwrap()).is_err() {
                return;
            }
        }
    };
    (thread::spawn(serve), bodies)
}

/// The admin in a real panel.
struct Admin<'p> {
    panel: &'p Served,
    cookie: String,
}

/// Signs in, after setting a password by command.
fn signed_in<'p>(home: &Home, panel: &'p Served) -> Admin<'p> {
    home.feed(&["password"], "correct horse\n").ok();
    let form = panel.raw("GET /login HTTP/1.1\r\nHost: panel\r\nConnection: close\r\n\r\n");
    let body = match between(&form, "name=\"csrf\" value=\"", "\"") {
        Some(csrf) => format!("password=correct+horse&csrf={csrf}"),
        None => "password=correct+horse".to_owned(),
    };
    let (cookies, length) = (cookies(&form), body.len());
    let answer = panel.raw(format!(
        "POST /login HTTP/1.1\r\nHost: panel\r\nCookie: {cookies}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    ));
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    Admin { panel, cookie: self::cookies(&answer) }
}

/// The cookies that an answer sets.
fn cookies(answer: &str) -> String {
    let headers = answer.lines().filter_map(|line| line.split_once(": "));
    let set = headers.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    let pairs = set.filter_map(|(_, value)| value.split(';').next()).filter(|pair| !pair.ends_with('='));
    pairs.collect::<Vec<_>>().join("; ")
}

impl Admin<'_> {
    fn get(&self, path: &str) -> String {
        let answer = self
            .panel
            .raw(format!("GET {path} HTTP/1.1\r\nHost: panel\r\nCookie: {}\r\nConnection: close\r\n\r\n", self.cookie));
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        answer
    }

    /// Waits until all of these words are on a page.
    fn shows(&self, path: &str, words: &[&str]) {
        until(words[0], || {
            let page = self.get(path);
            words.iter().all(|words| page.contains(words))
        });
    }
}
