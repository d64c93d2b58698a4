//! What a stranger or a node can make the program hold is next to nothing, and they hold up no other client.

use super::browser::Browser;
use crate::{
    panel::{BOUNDARY, form_with_file},
    process::{Home, Served},
    support::wire::Wire,
};
use mu_panel::{http::Verb, routes::TABLE};
use std::{
    fmt::Write,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    thread,
    time::{Duration, Instant},
};

const SIZE: usize = 8 << 20;

/// As many bytes of `unit`, between `before` and `after`.
fn filled(before: &str, unit: &str, after: &str) -> Vec<u8> {
    let mut body = before.as_bytes().to_vec();
    while body.len() + unit.len() + after.len() <= SIZE {
        body.extend(unit.as_bytes());
    }
    body.extend(after.as_bytes());
    body
}

/// A request of that body, which may get any answer but a broken one; how many KiB the process has grown at its peak.
fn growth(served: &Served, path: &str, more: &str, body: &[u8]) -> (u16, usize) {
    let ask = |body: &[u8]| {
        let mut wire = served.wire();
        wire.send(format!("POST {path} HTTP/1.1\r\nHost: x\r\n{more}Content-Length: {}\r\n\r\n", body.len()));
        wire.send(body);
        wire.answer().expect("an answer").status
    };
    // So that what it has once is there.
    ask(&body[..64]);
    let before = served.status("VmHWM");
    let status = ask(body);
    (status, served.status("VmHWM") - before)
}

#[test]
fn no_request_makes_it_grow_by_more_than_three_times_its_size() {
    let home = Home::new().with_password();
    home.run(&["user", "add", "alice"]).ok();
    let token = format!("Token: {}\r\n", home.token());
    let multipart = format!("{token}Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n");
    let parts = |count: usize| {
        let value = "x".repeat(SIZE / count - 100);
        let mut body = String::new();
        for number in 0..count {
            write!(body, "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"f{number}\"\r\n\r\n{value}\r\n")
                .unwrap();
        }
        body + &format!("--{BOUNDARY}--\r\n")
    };
    let info = "/mu/v2/nodes/1/info";
    let traffic = "/mu/v2/nodes/1/traffic";
    let row = r#"{"user_id":1,"u":1,"d":1},"#;
    let last = r#"{"user_id":1,"u":1,"d":1}]"#;
    let pairs = filled("", "a&", "");
    let cases: Vec<(&str, &str, Vec<u8>)> = vec![
        ("/login", "", pairs.clone()),
        ("/theme", "", pairs.clone()),
        ("/language", "", pairs.clone()),
        ("/login", "", filled("form=", "a%26", "")),
        ("/import", "Cookie: mu_panel=made-up; mu_panel_known=made-up\r\n", pairs.clone()),
        ("/import", "Content-Type: text/csv\r\n", filled("name\n", "a\n", "")),
        (info, "", pairs.clone()),
        (info, &token, pairs.clone()),
        (info, &token, filled("%61", "%5b%5d=&", "")),
        (info, &token, filled("", &format!("{}=1&", "n".repeat(4000)), "")),
        (info, &token, filled("{\"load\":", "{\"a\":", "")),
        ("/mu/v2/nodes/1/state", &token, filled("[", "{},", "0]")),
        ("/mu/v2/nodes/1/state", &token, filled(r#"{"online":["#, "[1,1],", "[2,1]]}")),
        ("/mu/v2/nodes/1/state", &token, filled(r#"{"ports":["#, r#"[1,1,"",""],"#, r#"[1,1,"",""]]}"#)),
        ("/mu/v2/nodes/1/state", &token, filled(r#"{"lacking":["#, "\"\",", "\"\"]}")),
        ("/mu/v2/nodes/1/state", &token, filled(r#"{"full":["#, "1,", "1]}")),
        ("/mu/v2/nodes/1/online_count", &token, pairs.clone()),
        ("/mu/v2/nodes/1/ip", &token, filled(r#"{"ip":""#, "1", r#""}"#)),
        (info, &token, filled("", "load=1&", "uptime=1")),
        (info, &token, filled("load=", "\u{fffd}%ff", "&uptime=1")),
        (info, &token, filled(r#"{"a":["#, "0,", "0]}")),
        (info, &token, filled(r#"{"load":["#, "0,", "0]}")),
        (info, &token, filled(r#"{"load":""#, "x", r#""}"#)),
        (info, &token, filled("{", r#""a":0,"#, r#""b":0}"#)),
        (info, &token, filled(r#"{"a":"#, "[", "")),
        (info, &multipart, parts(90).into_bytes()),
        (info, &multipart, form_with_file(BOUNDARY, &[], &vec![b'x'; SIZE - 4096])),
        ("/mu/v2/users/1/traffic", &token, pairs.clone()),
        (traffic, &token, filled("[", "0,", "0]")),
        (traffic, &token, filled("[1e999,", "0,", "0]")),
        (traffic, &token, filled("[", "[],", "0]")),
        (traffic, &token, filled("", "[", "")),
        (traffic, &token, filled("\"", "x", "\"")),
        (traffic, &token, filled("[\"", "x", "\"]")),
        (traffic, &token, filled("[", row, last)),
        (traffic, &token, filled(r#"[{"user_id":""#, "9", r#""}]"#)),
        (traffic, &token, filled("{\"", "x", "\":1}")),
    ];
    let mut bad = Vec::new();
    for (path, more, body) in cases {
        let served = home.serve_with(&["--backup-dir", "none"], &[]);
        let (status, grown) = growth(&served, path, more, &body);
        let begins = String::from_utf8_lossy(&body[..24.min(body.len())]).into_owned();
        println!("{path} {begins:?}: {status}, {grown} KiB");
        if grown > 3 * SIZE / 1024 || !(200..500).contains(&status) {
            bad.push(format!("{path} {begins:?}: {status}, {grown} KiB"));
        }
    }
    assert!(bad.is_empty(), "{bad:#?}");
}

#[test]
fn a_form_has_a_bound_that_is_kept_before_it_comes() {
    let home = Home::new().with_password();
    let served = home.serve();
    let forms = TABLE.iter().filter(|route| route.verb == Verb::Post && !route.path.starts_with("/mu"));
    let forms =
        forms.map(|route| route.path.replace(['{', '}'], "")).chain(["/nowhere".to_owned(), "/u/abc".to_owned()]);
    for path in forms {
        for kind in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json"] {
            let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nCookie: mu_panel=x\r\nContent-Type: {kind}\r\n");
            let mut wire = served.wire();
            wire.send(format!("{head}Content-Length: 1000000\r\n\r\n"));
            assert_eq!(wire.answer().unwrap().status, 413, "{path} {kind}");
            let mut wire = served.wire();
            wire.send(format!("{head}Transfer-Encoding: chunked\r\n\r\n"));
            wire.send(format!("4000\r\n{}\r\n", "x".repeat(0x4000)).repeat(64));
            assert_eq!(wire.answer().unwrap().status, 413, "{path} {kind} in chunks");
        }
        let told = served.call("x", "POST", &path, &"a&".repeat(20_000)).0;
        assert!(matches!(told, 303 | 400..413), "{path}: {told}, which is not because of its size");
    }
    // A node's may be larger, as long as it is one: otherwise it is told so at once.
    let mut wire = served.wire();
    wire.send("POST /mu/v2/nodes/1/traffic HTTP/1.1\r\nHost: x\r\nToken: wrong\r\nContent-Length: 8000000\r\n\r\n");
    let answer = wire.answer().unwrap();
    assert_eq!(answer.status, 401);
    assert!(answer.text().contains(r#""ret":0"#), "{answer:?}");
}

/// As many connections that do something over and over, while something else is done.
fn beside<T>(count: usize, served: &Served, attack: impl Fn(usize, &mut Wire) + Sync, work: impl FnOnce() -> T) -> T {
    let (over, begun) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for number in 0..count {
            let (attack, begun, over) = (&attack, &begun, &over);
            let body = move || {
                let mut wire = served.wire();
                begun.fetch_add(1, SeqCst);
                while !over.load(SeqCst) {
                    attack(number, &mut wire);
                    if wire.answer().is_none_or(|answer| answer.has("Connection: close")) {
                        wire = served.wire();
                    }
                }
            };
            thread::Builder::new().stack_size(128 << 10).spawn_scoped(scope, body).unwrap();
        }
        crate::process::wait_until("the crowd", || begun.load(SeqCst) == count);
        let done = work();
        over.store(true, SeqCst);
        done
    })
}

/// What each of a crowd sends.
type Attack<'a> = &'a (dyn Fn(usize, &mut Wire) + Sync);

#[test]
fn reports_and_the_admin_come_through_a_crowd() {
    let home = Home::new().with_password();
    home.run(&["user", "add", "alice"]).ok();
    let token = home.token();
    let served = home.serve_with(&["--log", "error", "--trusted-proxy", "127.0.0.1/32"], &[]);
    let form = "a=b&".repeat(12_000);
    let attacks: [(&str, Attack<'_>); 2] = [
        ("sign-ins", &|number, wire| {
            let body = "password=wrong";
            wire.send(format!(
                "POST /login HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.1.0.{}\r\nContent-Length: {}\r\n\r\n{body}",
                number % 100,
                body.len()
            ));
        }),
        ("forms", &|_, wire| {
            wire.send(format!("POST /theme HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{form}", form.len()));
        }),
    ];
    for (what, attack) in attacks {
        beside(400, &served, attack, || {
            let mut node = served.wire();
            let mut times = Vec::new();
            for _ in 0..20 {
                let began = Instant::now();
                node.send(format!(
                    "POST /mu/v2/nodes/1/traffic HTTP/1.1\r\nHost: x\r\nToken: {token}\r\nContent-Length: 27\r\n\r\n\
                     [{{\"user_id\":1,\"u\":1,\"d\":1}}]"
                ));
                assert_eq!(node.answer().expect("an answer").status, 200, "{what}");
                times.push(began.elapsed());
                let health = served.call("", "GET", "/healthz", "");
                assert_eq!(health.0, 200, "{what}");
            }
            times.sort();
            println!("{what}: a report takes {:?} typically, {:?} at most", times[10], times[19]);
            let mut admin = Browser::new(&served);
            admin.headers = "X-Forwarded-For: 203.0.113.7\r\n".to_owned();
            // Each try may find that too many others sign in just then.
            let statuses: Vec<u16> =
                (0..300).map(|_| admin.sign_in("/login").status).take_while(|status| *status != 303).collect();
            assert!(statuses.len() < 300, "{what}: {statuses:?}");
        });
    }
}

#[test]
fn tokens_cannot_be_guessed_by_the_million() {
    let home = Home::new();
    let token = home.token();
    let served = home.serve_with(&["--log", "error"], &[]);
    assert_eq!(served.call(&token, "GET", "/mu/v2", "").0, 200);
    let guessed = AtomicUsize::new(0);
    let began = Instant::now();
    let attack = |_: usize, wire: &mut Wire| {
        let number = guessed.fetch_add(1, SeqCst);
        wire.send(format!("GET /mu/v2/users HTTP/1.1\r\nHost: x\r\nToken: guess{number}\r\n\r\n"));
    };
    beside(64, &served, attack, || {
        for _ in 0..200 {
            assert_eq!(served.call(&token, "GET", "/mu/v2", "").0, 200, "the right one is not slowed");
        }
        crate::process::wait_until("some guesses", || guessed.load(SeqCst) > 300);
    });
    let most = 100.0 + 64.0 + 100.0 * (began.elapsed() + Duration::from_secs(1)).as_secs_f64();
    let guessed = guessed.load(SeqCst);
    #[expect(clippy::cast_precision_loss, reason = "it is small")]
    let within = guessed as f64 <= most;
    assert!(within, "{guessed} guesses in {:?}", began.elapsed());
}
