//! What lists say beside their rows: whether the client has them already, and which node has asked.

use crate::{
    panel::Panel,
    process::{Home, Served},
    support::wire::{Wire, until},
    wire::TOKEN,
};
use mu_panel::http::Verb::{Get, Post};
use rusqlite::Connection;
use socket2::{Domain, Socket, Type};
use std::net::{IpAddr, SocketAddr};

const LISTS: [&str; 4] = ["/users", "/nodes", "/nodes/1/users", "/nodes/1/v2rayUsers"];

#[test]
fn a_list_that_the_client_has_is_answered_with_304() {
    let panel = Panel::with_friends();
    for list in LISTS {
        let node = panel.node();
        // A node that asks for the first time is new in the list of nodes.
        node.get("/mu/nodes/1/users").is(200);
        let tag = node.get(&format!("/mu{list}")).is(200).header("ETag").to_owned();
        assert!(tag.len() > 20 && tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        for base in ["/mu", "/mu/v2", "/mu/v2/", "/api/mu", "//mu//v2/"] {
            let target = format!("{base}{list}");
            assert_eq!(node.get(&target).is(200).header("ETag"), tag, "{target}");
            for tags in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
                let answer = panel.node().with("if-none-match", &tags).get(&target).is(304);
                assert_eq!((answer.header("ETag"), answer.body().as_str()), (tag.as_str(), ""), "{target} {tags}");
            }
            for tags in ["\"x\"", "", &tag[1..tag.len() - 1], &tag.to_uppercase()] {
                panel.node().with("if-none-match", tags).get(&target).is(200).shows("\"ret\":1");
            }
        }
    }
}

#[test]
fn a_change_has_another_tag_and_a_restart_has_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mu-panel.db");
    let panel = Panel::at(&file).and_friends();
    let tags = |panel: &Panel| {
        ["/mu/users", "/mu/nodes/1/users", "/mu/nodes/1/v2rayUsers"]
            .map(|list| panel.node().get(list).header("ETag").to_owned())
    };
    let before = tags(&panel);
    // Written, and nothing that a list says.
    panel.wait(60);
    panel.node().post("/mu/nodes/1/info", "load=1&uptime=1").is(200);
    assert_eq!(tags(&panel), before);
    drop(panel);
    let panel = Panel::at(&file);
    assert_eq!(tags(&panel), before);
    panel.app.store.switch_user(1, false, panel.now()).unwrap();
    let after = tags(&panel);
    assert!(before.iter().zip(&after).all(|(before, after)| before != after), "{after:?}");
    panel.node().with("if-none-match", &before[0]).get("/mu/users").is(200);
}

#[test]
fn a_304_has_no_body_on_the_wire_and_the_connection_goes_on() {
    let home = Home::new();
    // Large enough to go to the door by hand, and to be kept there.
    for number in 0..40 {
        home.run(&["user", "add", &format!("user {number}")]).ok();
    }
    let server = home.serve();
    let token = home.run(&["token"]).ok().out().trim().to_owned();
    let mut wire = server.wire();
    for _ in 0..3 {
        let head = format!("GET /mu/v2/users HTTP/1.1\r\nHost: x\r\nToken: {token}\r\n");
        wire.send(format!("{head}\r\n"));
        let answer = wire.answer().unwrap();
        assert!(answer.status == 200 && answer.body.len() > 4096, "{}", answer.head);
        let tag = answer.head.lines().find_map(|line| line.strip_prefix("ETag: ")).unwrap();
        wire.send(format!("{head}If-None-Match: {tag}\r\n\r\n"));
        let answer = wire.answer().unwrap();
        assert!(answer.status == 304 && answer.has(&format!("ETag: {tag}")), "{}", answer.head);
    }
}

/// A connection from that address of this machine.
fn connected_from(address: [u8; 4], server: &Served) -> Wire {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((address, 0)).into()).unwrap();
    socket.connect(&server.address.into()).unwrap();
    Wire::new(socket.into())
}

#[test]
fn nodes_that_ask_with_the_same_words_at_the_same_time_are_all_seen() {
    let home = Home::new();
    for number in 1..30 {
        home.run(&["user", "add", &format!("user {number}")]).ok();
    }
    let server = home.serve();
    let token = home.run(&["token"]).ok().out().trim().to_owned();
    let mut nodes = [[127, 0, 0, 1], [127, 0, 0, 2]].map(|address| connected_from(address, &server));
    for (wire, number) in nodes.iter_mut().zip(1..) {
        let head = format!("POST /mu/v2/nodes/{number}/traffic HTTP/1.1\r\nHost: x\r\nToken: {token}\r\n");
        wire.send(format!("{head}Content-Length: 2\r\n\r\n[]"));
        assert_eq!(wire.answer().unwrap().status, 200);
    }
    // Within one second, so that there is an answer that may be given again.
    until("an answer that is given again", || {
        for wire in &mut nodes {
            wire.send(format!("GET /mu/v2/users HTTP/1.1\r\nHost: x\r\nToken: {token}\r\n\r\n"));
            assert_eq!(wire.answer().unwrap().status, 200);
        }
        server.log().contains("GET /mu/v2/users 200 again")
    });
    let asked = Connection::open(home.db()).unwrap();
    let asked: i64 = asked.query_row("SELECT count(*) FROM node WHERE last_pull > 0", (), |row| row.get(0)).unwrap();
    assert_eq!(asked, 2);
}

fn asked(panel: &Panel) -> Vec<(i64, i64)> {
    panel.app.store.nodes().unwrap().iter().map(|node| (node.id, node.last_pull)).collect()
}

#[test]
fn a_call_for_all_users_counts_as_that_of_the_node_that_it_names() {
    for target in ["/mu/users?node=7", "/mu/v2/users?node_id=7", "/api/mu/users?node_id=7&node=8"] {
        let panel = Panel::with_friends();
        panel.node().get(target).is(200);
        assert_eq!(asked(&panel), [(7, panel.now())], "{target}");
    }
    for target in ["/mu/users", "/mu/users?node=x", "/mu/users?node=0", "/mu/users?node=-1"] {
        let panel = Panel::with_friends();
        panel.node().get(target).is(200);
        assert!(asked(&panel).is_empty(), "{target}");
    }
}

#[test]
fn or_as_that_of_the_node_that_reports_from_the_same_address() {
    let panel = Panel::with_friends();
    let from = |peer: &str, verb, target: &str, body: &str| {
        let mut request = panel.node().request(verb, target, body);
        request.peer = peer.parse::<IpAddr>().unwrap();
        panel.send(request).is(200)
    };
    from("192.0.2.1", Post, "/mu/users/1/traffic", "u=1&d=1&node_id=1");
    from("192.0.2.2", Post, "/mu/nodes/2/info", "load=1&uptime=1");
    let pulls =
        |panel: &Panel| asked(panel).into_iter().filter(|(_, at)| *at > 0).map(|(id, _)| id).collect::<Vec<_>>();
    from("192.0.2.3", Get, "/mu/users", "");
    assert!(pulls(&panel).is_empty(), "from elsewhere");
    from("192.0.2.1", Get, "/mu/users", "");
    assert_eq!(pulls(&panel), [1]);
    from("192.0.2.2", Get, "/mu/users", "");
    assert_eq!(pulls(&panel), [1, 2]);
    panel.wait(60);
    // Two nodes behind one address: the panel cannot tell which of them asks.
    from("192.0.2.1", Post, "/mu/nodes/2/traffic", "[]");
    from("192.0.2.1", Get, "/mu/users", "");
    assert_eq!(asked(&panel), [(1, panel.now() - 60), (2, panel.now() - 60)]);
}

/// With a wrong token, whatever it asks for.
fn wrong(panel: &Panel, target: &str) {
    panel.stranger().with("token", "x".repeat(32).as_str()).get(target).is(401);
}

#[test]
fn a_wrong_token_is_seen_on_the_pages() {
    let panel = Panel::with_friends();
    let admin = panel.admin();
    admin.get("/nodes").hides("wrong token");
    panel.node().get("/mu/nodes/1/users").is(200);
    wrong(&panel, "/mu/v2/nodes/2/users");
    panel.wait(1);
    for _ in 0..3 {
        wrong(&panel, "/api/mu/users?node=5");
    }
    panel.stranger().post("/mu/nodes/1/traffic", "[]").is(401);
    panel.wait(20);
    let shown = admin.get("/nodes").is(200).shows("Node 2 used a wrong token 21 s ago, from 127.0.0.1.");
    shown
        .shows("Node 5 uses a wrong token: 3 times, last 20 s ago, from 127.0.0.1.")
        .shows("Node 1 used a wrong token 20 s ago");
    admin.get("/users").is(200).shows("Node 1 uses a wrong token, last 20 s ago");
    // The right one makes good what was wrong.
    panel.node().post("/mu/nodes/1/traffic", "[]").is(200);
    admin.get("/nodes").hides("Node 1 used a wrong token").shows("Node 5 uses a wrong token");
    admin.get("/users").is(200).shows("Node 5 uses a wrong token, last 20 s ago");
    panel.wait(300);
    admin.get("/users").is(200).hides("wrong token");
    admin.get("/nodes").shows("Node 5 uses a wrong token: 3 times, last 5 min ago");
    panel.wait(86_400);
    admin.get("/nodes").hides("wrong token");
    // No token is ever shown.
    admin.get("/nodes").hides(&"x".repeat(32)).hides(TOKEN);
}

#[test]
fn a_person_who_looks_at_the_address_is_no_node() {
    let panel = Panel::new();
    let admin = panel.admin();
    panel.stranger().get("/mu").is(401);
    panel.stranger().get("/mu/users").is(401);
    admin.get("/nodes").hides("wrong token");
    panel.stranger().with("key", "x").get("/mu/users").is(401);
    admin.get("/nodes").shows("A program without a node ID used a wrong token just now");
}

#[test]
fn made_up_ids_do_not_fill_the_page() {
    let panel = Panel::new();
    for node in 1..=100 {
        wrong(&panel, &format!("/mu/nodes/{node}/users"));
    }
    let page = panel.admin().get("/nodes").is(200).body();
    assert_eq!(page.matches("used a wrong token").count(), 10);
    assert!(page.contains("And 54 more node IDs."), "{page}");
}
