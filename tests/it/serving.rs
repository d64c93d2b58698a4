//! A real process on a real socket: how it starts, who gets in, and that it works beside the command line.

use crate::{
    front::browser::Browser,
    panel::PASSWORD,
    process::{Home, Served, wait_until},
    support::wire::until,
};
use std::{
    io::{Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
};

fn token(home: &Home) -> String {
    home.run(&["token"]).ok().out().trim().to_owned()
}

/// What never reaches the handlers is told as what does, without its secrets.
#[test]
fn what_the_door_turns_away_is_in_the_log_and_dated() {
    let home = Home::new();
    let server = home.serve_with(&["--base-path", "/panel"], &[]);
    for (head, status) in [
        ("GET /elsewhere?key=hidden1 HTTP/1.1\r\nHost: x\r\n", 404),
        ("GET /panel/u/hidden2 HTTP/1.1\r\n", 400),
        (
            "POST /panel/mu/v2/nodes/1/traffic HTTP/1.1\r\nHost: x\r\nToken: hidden3\r\nContent-Length: 99999999\r\n",
            401,
        ),
        ("BREW / HTTP/1.1\r\nHost: x\r\n", 501),
        ("hidden4 \u{1b}[1m\r\n", 400),
    ] {
        let mut wire = server.wire();
        wire.send(format!("{head}\r\n"));
        let answer = wire.answer().unwrap();
        let date = answer.head.lines().find_map(|line| line.strip_prefix("Date: ")).unwrap_or_default();
        assert!(answer.status == status && date.ends_with(" GMT"), "{head}: {}", answer.head);
    }
    wait_until("the last line is written", || server.log().contains("] -  400"));
    let log = server.log();
    for line in [
        "INFO  mu_panel::door::reply] GET /elsewhere 404 127.0.0.1: there is nothing outside of the base path",
        "] GET /panel/u/… 400 127.0.0.1: ",
        "] POST /mu/v2/nodes/1/traffic 401 ",
        "] BREW / 501 127.0.0.1: ",
        "] -  400 127.0.0.1: ",
    ] {
        assert!(log.contains(line), "{line}: {log}");
    }
    assert!(!log.contains("hidden") && !log.contains('\u{1b}'), "{log}");
}

#[test]
fn a_first_start_prints_where_to_go_and_keeps_its_secrets() {
    let home = Home::new();
    let mut server = home.serve();
    let (tunnel, port) = (server.line(), server.address.port());
    assert!(
        tunnel.contains(&format!("from home, keep this running: ssh -L {port}:127.0.0.1:{port} root@")),
        "{tunnel}"
    );
    let link = server.setup_link();
    assert!(link.starts_with(&format!("http://{}/login?setup=", server.address)), "{link}");
    let secret = link.rsplit('=').next().unwrap();
    assert!(secret.len() >= 22, "{secret}");
    let token = token(&home);
    server.call(&token, "GET", &format!("/login?setup={secret}"), "");
    server.call(&token, "GET", &format!("/mu/v2/users?key={token}"), "");
    assert_eq!(server.call("wrong", "GET", "/mu/v2/users", "").0, 401);
    // A line is written after its answer.
    wait_until("the lines", || {
        ["/mu/v2/users 200 ", "/mu/v2/users 401 "].iter().all(|line| server.log().contains(line))
    });
    let log = server.log();
    assert!(log.contains("us 127.0.0.1"), "{log}");
    assert!(!log.contains(secret) && !log.contains(&token), "{log}");
    let mode = std::fs::metadata(home.db()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_second_server_on_the_same_database_or_address_says_so() {
    let home = Home::new();
    let server = home.serve();
    home.run(&["serve", "--listen", "127.0.0.1:0"]).fails("a server is running");
    Home::new().run(&["serve", "--listen", &server.address.to_string()]).fails("cannot listen on");
    Home::new().run(&["serve", "--listen", "nowhere"]).fails("cannot listen on `nowhere`");
}

/// A node's asking is written down; another program that writes for long holds up these calls alone.
#[test]
fn while_some_wait_for_the_database_others_are_answered() {
    let home = Home::new();
    let server = home.serve();
    let token = token(&home);
    let other = rusqlite::Connection::open(home.db()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut waiting: Vec<_> = (1..=6).map(|_| server.wire()).collect();
    for (node, wire) in (1..).zip(&mut waiting) {
        wire.send(format!("GET /mu/v2/nodes/{node}/users HTTP/1.1\r\nHost: p\r\nToken: {token}\r\n\r\n"));
    }
    until("all of them to have come", || {
        let busy =
            |page: &str| page.lines().find_map(|line| line.strip_prefix("mu_panel_requests_busy ")?.parse().ok());
        let (status, page) = server.call(&token, "GET", "/metrics", "");
        let busy: usize = busy(&page).unwrap();
        assert_eq!(status, 200);
        assert!(busy <= 7, "this one and those");
        busy == 7
    });
    other.execute_batch("ROLLBACK").unwrap();
    for wire in &mut waiting {
        assert_eq!(wire.answer().unwrap().status, 200);
    }
}

#[test]
fn the_server_notices_what_the_command_line_does() {
    let home = Home::new();
    let server = home.serve();
    let old = token(&home);
    let users = |token: &str| server.call(token, "GET", "/mu/v2/users", "");
    assert_eq!(users(&old), (200, r#"{"ret":1,"msg":"ok","data":[]}"#.to_owned()));
    home.run(&["user", "add", "alice"]).ok();
    assert!(users(&old).1.contains("\"alice\""));
    assert_eq!(server.call(&old, "POST", "/mu/v2/users/1/traffic", "u=1024&d=1024&node_id=1").0, 200);
    home.run(&["user", "show", "alice"]).ok().prints("1 KiB");
    let new = home.run(&["token", "--rotate"]).ok().out().trim().to_owned();
    assert_eq!(users(&old).0, 401);
    assert_eq!(users(&new).0, 200);
}

#[test]
fn token_and_password_come_from_the_environment_or_a_file() {
    let home = Home::new();
    let file = home.file("token", "FromAFile0123456789\n");
    let server = home.serve_with(&[], &[("MU_PANEL_TOKEN_FILE", &file)]);
    assert_eq!(server.call("FromAFile0123456789", "GET", "/mu/v2", "").0, 200);
    drop(server);
    let values = [("MU_PANEL_TOKEN", "FromAVariable0123456789"), ("MU_PANEL_ADMIN_PASSWORD", "correct horse")];
    let values = values.map(|(name, value)| (name, std::path::Path::new(value)));
    let mut server = home.serve_with(&[], &values);
    assert_eq!(server.call("FromAVariable0123456789", "GET", "/mu/v2", "").0, 200);
    server_is_set_up(&mut server);
    for bad in ["not good at all, not good", "Short0123456789"] {
        let refused = home.command(&["serve", "--listen", "127.0.0.1:0"]).env("MU_PANEL_TOKEN", bad).output().unwrap();
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.contains("a token consists of 16 to 128 characters"), "{said}");
    }
}

/// A variable that stays set must not bring back what was changed on the page or by a command since.
#[test]
fn a_variable_is_applied_once_for_each_of_its_values() {
    let home = Home::new();
    let token = |value: &'static str| ("MU_PANEL_TOKEN", std::path::Path::new(value));
    let password = |value: &'static str| ("MU_PANEL_ADMIN_PASSWORD", std::path::Path::new(value));
    let set = [token("TheFirstToken0123456789"), password("the first one")];
    let start = |set: &[(&str, &std::path::Path)]| home.serve_with(&["--backup-dir", "none"], set);
    let signs_in = |served: &Served, password: &str| {
        let mut browser = Browser::new(served);
        browser.get("/login");
        browser.submit("/login", &format!("password={}", password.replace(' ', "+"))).status == 303
    };
    let served = start(&set);
    assert!(signs_in(&served, "the first one"));
    drop(served);
    let new = home.run(&["token", "--rotate"]).ok().out().trim().to_owned();
    home.feed(&["password"], "the second one").ok();
    let served = start(&set);
    assert_eq!(served.call(&new, "GET", "/mu/v2", "").0, 200);
    assert_eq!(served.call("TheFirstToken0123456789", "GET", "/mu/v2", "").0, 401);
    assert!(signs_in(&served, "the second one") && !signs_in(&served, "the first one"));
    let mut browser = Browser::new(&served);
    browser.get("/login");
    browser.submit("/login", "password=the+second+one");
    let page = String::from_utf8(browser.get("/settings").body).unwrap();
    for variable in ["MU_PANEL_TOKEN is set.", "MU_PANEL_ADMIN_PASSWORD is set."] {
        assert!(page.contains(variable), "{page}");
    }
    drop(served);
    let served = start(&[token("TheThirdToken0123456789"), password("the third one")]);
    assert_eq!(served.call("TheThirdToken0123456789", "GET", "/mu/v2", "").0, 200);
    assert!(signs_in(&served, "the third one"));
    let database = rusqlite::Connection::open(home.db()).unwrap();
    let kept: String = database
        .query_row("SELECT group_concat(value) FROM setting WHERE name LIKE 'applied%'", (), |row| row.get(0))
        .unwrap();
    assert!(!kept.contains("TheThird") && !kept.contains("the third"), "{kept}");
}

/// The token of a database from before tokens had to be long goes on working, and is told of.
#[test]
fn a_short_token_that_the_nodes_have_goes_on_working() {
    let home = Home::new();
    home.run(&["token"]).ok();
    let sql = "UPDATE setting SET value = 'Short01' WHERE name = 'node_token'";
    rusqlite::Connection::open(home.db()).unwrap().execute(sql, ()).unwrap();
    home.feed(&["password"], PASSWORD).ok();
    let served = home.serve_with(&[], &[("MU_PANEL_TOKEN", std::path::Path::new("Short01"))]);
    assert_eq!(served.call("Short01", "GET", "/mu/v2", "").0, 200);
    served.says("warning: the node token is short");
    let mut browser = Browser::new(&served);
    browser.sign_in("/login");
    let page = String::from_utf8(browser.get("/settings").body).unwrap();
    assert!(page.contains("The node token is short and can be guessed."), "{page}");
}

/// No set-up link follows the first line, so that the next thing to come is the end.
fn server_is_set_up(server: &mut Served) {
    let (status, page) = server.call("", "GET", "/login", "");
    assert!(status == 200 && page.contains("password"), "{status} {page}");
    server.stop();
    assert_eq!(server.line(), "");
}

#[test]
fn requests_arrive_as_real_programs_send_them() {
    let home = Home::new();
    home.run(&["user", "add", "alice"]).ok();
    let server = home.serve();
    let token = token(&home);
    let body = r#"[{"user_id":1,"u":1,"d":1}]"#;
    for (how, request) in [
        (
            "chunked",
            format!(
                "POST /mu/v2//nodes/1/traffic HTTP/1.1\r\nHost: p\r\nToken: {token}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n",
                &body[..5],
                body.len() - 5,
                &body[5..]
            ),
        ),
        (
            "odd case",
            format!(
                "POST /mu/v2/nodes/1/traffic/ HTTP/1.1\r\nhost: p\r\ntOKEN: {token}\r\nServicetype: x\r\ncontent-LENGTH: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            ),
        ),
        (
            "HTTP/1.0",
            format!("POST /mu/nodes/1/traffic?key={token} HTTP/1.0\r\nContent-Length: {}\r\n\r\n{body}", body.len()),
        ),
        (
            "as a form",
            format!(
                "POST /api/mu/nodes/1/traffic HTTP/1.1\r\nHost: p\r\nKey: {token}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            ),
        ),
    ] {
        let answer = server.raw(request);
        let head = answer.lines().next().unwrap_or_default();
        assert!(head.contains(" 200 ") && answer.ends_with(r#"{"ret":1,"msg":"ok"}"#), "{how}: {answer}");
    }
    home.run(&["user", "show", "alice"]).ok().prints("uploaded        4 B");
}

#[test]
fn who_expects_a_100_continue_gets_one_and_connections_are_kept() {
    let home = Home::new();
    home.run(&["user", "add", "alice"]).ok();
    let server = home.serve();
    let token = token(&home);
    let mut stream = TcpStream::connect(server.address).unwrap();
    let read = |stream: &mut TcpStream, end: &str| {
        let mut got = Vec::new();
        while !got.ends_with(end.as_bytes()) {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            got.push(byte[0]);
        }
        String::from_utf8(got).unwrap()
    };
    let body = "u=1&d=1&node_id=1";
    for _ in 0..3 {
        let head = format!(
            "POST /mu/v2/users/1/traffic HTTP/1.1\r\nHost: p\r\nToken: {token}\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        assert!(read(&mut stream, "\r\n\r\n").starts_with("HTTP/1.1 100"));
        stream.write_all(body.as_bytes()).unwrap();
        assert!(read(&mut stream, r#"{"ret":1,"msg":"ok"}"#).starts_with("HTTP/1.1 200"));
    }
}

#[test]
fn a_time_zone_that_cannot_be_read_is_told() {
    for (zone, is_told) in [("Asia/Nowhere", true), ("CST-8", false), ("UTC", false)] {
        let home = Home::new();
        let served = home.serve_with(&[], &[("TZ", zone.as_ref())]);
        assert_eq!(served.log().contains("time zone cannot be read"), is_told, "{zone}: {}", served.log());
    }
}
