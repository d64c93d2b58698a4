//! What stands in the head of every answer to a node: that no cache may keep it, and that it is what it says.

use crate::{
    process::Home,
    support::wire::{Answer, Wire},
};
use mu_panel::routes::TABLE;
use std::collections::BTreeMap;

/// How often each status came.
type Seen = BTreeMap<u16, usize>;

#[track_caller]
fn judge(what: &str, answer: &Answer, seen: &mut Seen) {
    for line in ["Cache-Control: no-store", "X-Content-Type-Options: nosniff"] {
        let name = line.split(':').next().unwrap();
        assert!(answer.has(line), "{what}: no {line} in {}", answer.head);
        let count = answer.head.lines().filter(|found| found.to_lowercase().starts_with(&name.to_lowercase())).count();
        assert_eq!(count, 1, "{what}: {name} once, in {}", answer.head);
    }
    *seen.entry(answer.status).or_default() += 1;
}

#[test]
fn no_answer_to_a_node_is_kept_or_guessed_at() {
    let home = Home::new().with_password();
    home.run(&["user", "add", "alice"]).ok();
    let token = home.token();
    let served = home.serve_with(&["--log", "error"], &[]);
    let mut seen = Seen::new();
    let mut ask = |head: &str, body: &str| {
        let mut wire: Wire = served.wire();
        wire.send(format!("{head}\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
        let method = head.split(' ').next().unwrap();
        let answer = wire.answer_to(method).unwrap_or_else(|| panic!("no answer to {head}"));
        judge(head, &answer, &mut seen);
        answer
    };
    let right = format!("\r\nToken: {token}");
    // Every address, spelled in every way, by every method, with the right token, a wrong one and none.
    let paths = TABLE.iter().map(|route| route.path).filter(|path| path.starts_with("/mu"));
    let paths: Vec<String> =
        paths.chain(["/mu/nowhere", "/mu/nodes/x/info"]).map(|path| path.replace("{id}", "1")).collect();
    for path in &paths {
        let spelled = [path.clone(), path.replacen("/mu", "/mu/v2", 1), path.replacen("/mu", "//api//mu", 1) + "/"];
        for path in spelled {
            for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
                for credentials in ["", &right] {
                    for body in ["", "u=1&d=1&node_id=1"] {
                        ask(&format!("{method} {path} HTTP/1.1{credentials}"), body);
                    }
                }
            }
        }
    }
    ask("GET /mu/v2 HTTP/1.1\r\nToken: wrong", "");
    // The list given again by the door, and one that has not changed.
    let list = format!("GET /mu/v2/users HTTP/1.1{right}");
    let tag =
        ask(&list, "").head.lines().find_map(|line| line.strip_prefix("ETag: ").map(str::to_owned)).expect("a tag");
    ask(&list, "");
    assert_eq!(ask(&format!("{list}\r\nIf-None-Match: {tag}"), "").status, 304);
    // What the panel refuses, and what the door does by itself.
    for (head, body, status) in [
        (format!("POST /mu/v2/nodes/1/traffic HTTP/1.1{right}\r\nIdempotency-Key: {}", "k".repeat(300)), "[]", 400),
        (format!("GET /mu/v2/{} HTTP/1.1", "x".repeat(20 << 10)), "", 414),
        (format!("GET /mu/v2/users HTTP/1.1\r\nA: {}", "x".repeat(20 << 10)), "", 431),
        ("GET /mu/../users HTTP/1.1".to_owned(), "", 400),
        ("BREW /mu/v2 HTTP/1.1".to_owned(), "", 501),
        ("GET /mu/v2 HTTP/1.2".to_owned(), "", 505),
        ("POST /mu/v2 HTTP/1.1\r\nExpect: much".to_owned(), "", 417),
    ] {
        assert_eq!(ask(&head, body).status, status, "{head}");
    }
    let mut wire = served.wire();
    wire.send(format!("POST /mu/v2/nodes/1/traffic HTTP/1.1\r\nHost: x{right}\r\nContent-Length: 99999999999\r\n\r\n"));
    judge("a length beyond all", &wire.answer().unwrap(), &mut seen);
    // So many wrong tokens that further ones are refused at the door.
    let mut refused = false;
    for number in 0..5000 {
        let mut wire = served.wire();
        wire.send(format!("GET /mu/v2 HTTP/1.1\r\nHost: x\r\nKey: guess{number}\r\n\r\n").repeat(1));
        if number % 50 == 49 {
            let answer = wire.answer().unwrap();
            judge("a guess", &answer, &mut seen);
            refused |= answer.status == 429;
        }
        if refused {
            break;
        }
    }
    for status in [200, 304, 400, 401, 404, 405, 413, 414, 417, 431, 501, 505] {
        assert!(seen.contains_key(&status), "{status} was not among {seen:?}");
    }
}
