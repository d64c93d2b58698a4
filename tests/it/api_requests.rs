//! The requests that node programs really send, each with what it gets and what it does.

use crate::{
    panel::{Panel, between},
    wire::TOKEN,
};
use mu_panel::{
    http::{Pairs, Verb},
    routes::{Access, TABLE},
};

/// The program, what it sends, what has to be in the answer, and what the panel has been told then.
type Recorded = (&'static str, &'static str, &'static str, &'static str);

const OK: &str = r#"{"ret":1,"msg":"ok"}"#;
const LIST: &str = r#"{"ret":1,"msg":"ok","data":[{"id":1,"#;

const GO: &[Recorded] = &[
    (
        "musdk-go asks for the users",
        "GET /mu/v2/nodes/1/users HTTP/1.1
Host: loli.xxx
User-Agent: Go-http-client/1.1
Token: Qm5vdGFzZWNyZXQ0dGVzdHM1
Servicetype: ss
Accept-Encoding: gzip",
        LIST,
        "node 1 asked",
    ),
    (
        "musdk-go, whose base ends in a slash",
        "GET /mu/v2//nodes/3/users HTTP/1.1
Host: loli.xxx
Token: Qm5vdGFzZWNyZXQ0dGVzdHM1",
        LIST,
        "node 3 asked",
    ),
    (
        "musdk-go reports",
        r#"POST /mu/v2//nodes/1/traffic HTTP/1.1
Host: loli.xxx
User-Agent: Go-http-client/1.1
Content-Length: 60
Token: Qm5vdGFzZWNyZXQ0dGVzdHM1
Servicetype: ss

[{"user_id":1,"u":1024,"d":2048},{"user_id":2,"u":5,"d":6} ]"#,
        OK,
        "alice +1024 +2048, bob +5 +6, node 1 reported",
    ),
    (
        "v2ray-mu reports with keys that nobody asked for",
        r#"POST /mu/v2/nodes/1/traffic HTTP/1.1
Token: Qm5vdGFzZWNyZXQ0dGVzdHM1

[{"user_id":1,"u":7,"d":8,"node_id":"1","ext":{"a":[1,{"b":null}]},"tag":"x\"y"}]"#,
        OK,
        "alice +7 +8, node 1 reported",
    ),
    (
        "musdk-go asks for the nodes",
        "GET /mu/v2/nodes HTTP/1.1
Token: Qm5vdGFzZWNyZXQ0dGVzdHM1",
        r#"{"data":[],"msg":"ok","ret":1}"#,
        "",
    ),
    (
        "musdk-go tells its address",
        r#"POST /mu/v2/nodes/1/ip HTTP/1.1
Token: Qm5vdGFzZWNyZXQ0dGVzdHM1

{"ip":"192.0.2.7"}"#,
        OK,
        "node 1 is at 192.0.2.7",
    ),
    (
        "musdk-go tells an address of version 6, as its service said it",
        r#"POST /mu/v2/nodes/1/ip HTTP/1.1
Token: Qm5vdGFzZWNyZXQ0dGVzdHM1

{"ip":"2001:db8::7\n"}"#,
        OK,
        "node 1 is at 2001:db8::7",
    ),
    (
        "an older v2ray-mu asks for a configuration",
        "GET /mu/v2/nodes/1/v2rayUsers HTTP/1.1
Token: Qm5vdGFzZWNyZXQ0dGVzdHM1",
        r#""clients":[{"#,
        "node 1 asked",
    ),
    (
        "PyPI musdk reports while idle",
        "POST /mu/v2/nodes/1/traffic HTTP/1.1
User-Agent: python-requests/2.31.0
Accept-Encoding: gzip, deflate
Accept: */*
Connection: keep-alive
Token: Qm5vdGFzZWNyZXQ0dGVzdHM1
Content-Type: application/json
Content-Length: 2

[]",
        OK,
        "node 1 reported",
    ),
    (
        "a Go program whose slice was never filled",
        "POST /mu/v2/nodes/1/traffic HTTP/1.1
Token: Qm5vdGFzZWNyZXQ0dGVzdHM1

null",
        OK,
        "node 1 reported",
    ),
];

const PY_MU: &[Recorded] = &[
    (
        "py-mu asks for the users",
        "GET /mu/users?key=Qm5vdGFzZWNyZXQ0dGVzdHM1&node=1 HTTP/1.1
Accept-Encoding: identity
Host: loli.xxx
Connection: close
User-Agent: Python-urllib/2.7",
        LIST,
        "node 1 asked",
    ),
    (
        "py-mu reports one user",
        "POST /mu/v2/users/2/traffic?key=Qm5vdGFzZWNyZXQ0dGVzdHM1 HTTP/1.1
Accept-Encoding: identity
Content-Length: 23
Connection: close
User-Agent: Python-urllib/2.7
Content-Type: application/x-www-form-urlencoded

node_id=1&u=1024&d=2048",
        OK,
        "bob +1024 +2048, node 1 reported",
    ),
    (
        "py-mu reports many, with strings for numbers",
        r#"POST /mu/nodes/1/traffic?key=Qm5vdGFzZWNyZXQ0dGVzdHM1 HTTP/1.1
Content-Type: application/x-www-form-urlencoded

[{"user_id": "1", "u": "0", "d": "4096"}, {"u": "1", "user_id": 2, "d": 2}]"#,
        OK,
        "alice +0 +4096, bob +1 +2, node 1 reported",
    ),
    (
        "py-mu tells how many are online",
        "POST /mu/nodes/1/online_count?key=Qm5vdGFzZWNyZXQ0dGVzdHM1 HTTP/1.1
Content-Type: application/x-www-form-urlencoded

count=7",
        OK,
        "node 1 has 7 online",
    ),
    (
        "py-mu tells its load as the shell printed it",
        "POST /mu/nodes/1/info?key=Qm5vdGFzZWNyZXQ0dGVzdHM1 HTTP/1.1
Content-Type: application/x-www-form-urlencoded

load=0.00+0.01+0.05+1%2F108+2345%0A&uptime=1234567.89",
        OK,
        "node 1 has load `0.00 0.01 0.05 1/108 2345` and is up 1234567.89 s",
    ),
];

const SHADOWSOCKS_GO: &[Recorded] = &[
    (
        "shadowsocks-go asks for the users",
        "GET /mu/users?key=Qm5vdGFzZWNyZXQ0dGVzdHM1 HTTP/1.1
Host: loli.xxx
User-Agent: Go-http-client/1.1",
        LIST,
        "",
    ),
    (
        "shadowsocks-go reports more than fits into 32 bits",
        "POST /mu/users/1/traffic?key=Qm5vdGFzZWNyZXQ0dGVzdHM1 HTTP/1.1
Content-Type: application/x-www-form-urlencoded

d=3000000000&node_id=2&u=1",
        OK,
        "alice +1 +3000000000, node 2 reported",
    ),
    (
        "munager asks with the other header",
        "GET /mu/users HTTP/1.1
KEY: Qm5vdGFzZWNyZXQ0dGVzdHM1",
        LIST,
        "",
    ),
    (
        "munager tells how many are online, as JSON",
        r#"POST /mu/nodes/1/online_count HTTP/1.1
Key: Qm5vdGFzZWNyZXQ0dGVzdHM1
Content-Type: application/json

{"count": 3}"#,
        OK,
        "node 1 has 3 online",
    ),
    (
        "munager tells its load, as JSON",
        r#"POST /mu/nodes/1/info HTTP/1.1
key: Qm5vdGFzZWNyZXQ0dGVzdHM1
Content-Type: application/json

{"load": "0.1 0.2 0.3\n", "uptime": 12.5}"#,
        OK,
        "node 1 has load `0.1 0.2 0.3` and is up 12.5 s",
    ),
    (
        "a report as JSON",
        r#"POST /mu/users/1/traffic HTTP/1.1
key: Qm5vdGFzZWNyZXQ0dGVzdHM1

 {"u": 1, "d": "2", "node_id": "4", "more": null}"#,
        OK,
        "alice +1 +2, node 4 reported",
    ),
    (
        "a report in the query",
        "POST /mu/users/1/traffic?u=1&d=2&node_id=4&_=17 HTTP/1.1
tOKEN: Qm5vdGFzZWNyZXQ0dGVzdHM1",
        OK,
        "alice +1 +2, node 4 reported",
    ),
];

#[test]
fn what_programs_send_is_taken_as_they_mean_it() {
    for (who, request, answer, told) in [GO, PY_MU, SHADOWSOCKS_GO].concat() {
        let panel = Panel::with_friends();
        let answered = panel.replay(request);
        let body = answered.body();
        assert!(body.contains(answer), "{who}: {body}");
        assert_eq!(answered.0.status, 200, "{who}");
        assert_eq!(answered.header("content-type"), "application/json; charset=utf-8", "{who}");
        assert_eq!(panel.told(), told, "{who}");
    }
}

/// The samples of the document, as they stand there and as the programs named there put them on the wire.
#[test]
fn the_samples_of_the_document_work() {
    const FORM: &str = "u=1024&d=1024&node_id=1";
    let curl_batch = r#"[
    {
        "user_id": 1,
        "u": 1024,
        "d": 1024
    },
    {
        "user_id": 2,
        "u": 1024,
        "d": 1024
    }
]"#;
    let python_batch = "[\n    {\n        \"user_id\": 1,\n        \"u\": 1024,\n        \"d\": 1024\n    },\n    {\n        \"user_id\": 2,\n        \"u\": 1024,\n        \"d\": 1024\n    }\n]";
    let curl = "Host: loli.xxx\nUser-Agent: curl/8.5.0\nAccept: */*";
    let python = "Host: loli.xxx\nAccept-Encoding: identity";
    let form = "application/x-www-form-urlencoded";
    let both = "alice +1024 +1024, bob +1024 +1024, node 1 reported";
    for (head, body, status, told) in [
        (format!("GET /mu/v2/ HTTP/1.1\n{curl}\nToken: MY_TOKEN"), "", 200, ""),
        (format!("GET /mu/v2/ HTTP/1.1\n{python}\nToken: MY_TOKEN"), "", 200, ""),
        (
            format!(
                "POST /mu/v2/users/1/traffic HTTP/1.1\n{curl}\nToken: MY_TOKEN\nCache-Control: no-cache\nContent-Type: {form}\nContent-Length: 23"
            ),
            FORM,
            200,
            "alice +1024 +1024, node 1 reported",
        ),
        (
            format!(
                "POST /mu/v2/users/1/traffic HTTP/1.1\n{python}\nContent-Length: 23\nToken: MY_TOKEN\ncache-control: no-cache\ncontent-type: {form}"
            ),
            FORM,
            200,
            "alice +1024 +1024, node 1 reported",
        ),
        (
            // As it stands there it brings no token.
            format!(
                "POST /mu/v2/nodes/1/traffic HTTP/1.1\n{curl}\nCache-Control: no-cache\nPostman-Token: 25d559d1-e479-a7d5-e17b-86758944a758\nContent-Length: 146\nContent-Type: {form}"
            ),
            curl_batch,
            401,
            "",
        ),
        (
            format!(
                "POST /mu/v2/nodes/1/traffic HTTP/1.1\n{curl}\nToken: MY_TOKEN\nCache-Control: no-cache\nPostman-Token: 25d559d1-e479-a7d5-e17b-86758944a758\nContent-Length: 146\nContent-Type: {form}"
            ),
            curl_batch,
            200,
            both,
        ),
        (
            format!(
                "POST /mu/v2/nodes/1/traffic HTTP/1.1\n{python}\nContent-Length: 146\nToken: MY_TOKEN\ncache-control: no-cache"
            ),
            python_batch,
            200,
            both,
        ),
    ] {
        let panel = Panel::with_friends();
        panel.set_token("MY_TOKEN");
        let answer = panel.replay(&format!("{head}\n\n{body}"));
        assert_eq!(answer.0.status, status, "{head}: {}", answer.body());
        if status == 200 {
            assert_eq!(answer.body(), OK, "{head}");
        }
        assert_eq!(panel.told(), told, "{head}");
    }
}

/// One good request to each address of the API, with a body that it takes.
const CALLS: &[(Verb, &str, &str)] = &[
    (Verb::Get, "", ""),
    (Verb::Get, "/users", ""),
    (Verb::Get, "/nodes", ""),
    (Verb::Get, "/nodes/1/users", ""),
    (Verb::Get, "/nodes/1/v2rayUsers", ""),
    (Verb::Post, "/users/1/traffic", "u=1&d=1&node_id=1"),
    (Verb::Post, "/nodes/1/traffic", r#"[{"user_id":1,"u":1,"d":1}]"#),
    (Verb::Post, "/nodes/1/online_count", "count=1"),
    (Verb::Post, "/nodes/1/info", "load=1&uptime=1"),
    (Verb::Post, "/nodes/1/ip", r#"{"ip":"192.0.2.1"}"#),
    (Verb::Post, "/nodes/1/state", r#"{"online":[],"ports":[],"lacking":[],"full":[],"restarts":0}"#),
];

fn call(panel: &Panel, headers: &[(&str, &str)], (verb, path, body): &(Verb, &str, &str), target: &str) -> u16 {
    let mut caller = panel.stranger();
    for (name, value) in headers {
        caller = caller.with(name, value);
    }
    let answer = if *verb == Verb::Get { caller.get(target) } else { caller.post(target, *body) };
    let (status, said) = (answer.0.status, answer.json());
    if status == 200 {
        assert_eq!((&said["ret"], &said["msg"]), (&1.into(), &"ok".into()), "{path} at {target}");
    } else {
        assert_eq!(said["ret"], 0, "{path} at {target}");
    }
    status
}

#[test]
fn every_call_answers_below_every_prefix_and_however_many_slashes() {
    let panel = Panel::with_friends();
    let token = [("Token", TOKEN)];
    for made in CALLS {
        for base in ["/mu/v2", "/mu", "/api/mu", "/mu/v2/", "/mu/", "/api/mu/", "//mu///v2//", "/api//mu"] {
            for end in ["", "/", "//", "?", "?node=1&x=%zz", "/?unknown=1&ret=0"] {
                let target = format!("{base}{}{end}", made.1);
                assert_eq!(call(&panel, &token, made, &target), 200, "{target}");
            }
        }
    }
}

#[test]
fn every_call_takes_the_token_in_each_of_its_places() {
    let panel = Panel::with_friends();
    let keyed = format!("?key={TOKEN}");
    for made in CALLS {
        let target = format!("/mu/v2{}", made.1);
        let with_key = format!("{target}{keyed}");
        for (headers, target, status) in [
            (&[("Token", TOKEN)][..], &target, 200),
            (&[("TOKEN", TOKEN)], &target, 200),
            (&[("Key", TOKEN)], &target, 200),
            (&[("kEY", TOKEN)], &target, 200),
            (&[], &with_key, 200),
            // One that is right is enough.
            (&[("Token", "wrong"), ("Key", TOKEN)], &target, 200),
            (&[("Token", "")], &with_key, 200),
            (&[], &target, 401),
            (&[("Authorization", TOKEN), ("Postman-Token", TOKEN), ("Cookie", TOKEN)], &target, 401),
        ] {
            assert_eq!(call(&panel, headers, made, target), status, "{headers:?} {target}");
        }
    }
}

#[test]
fn the_calls_are_those_of_the_contract() {
    let pattern = |path: &str| path.replace("/1/", "/{id}/");
    let mut called: Vec<_> =
        CALLS.iter().map(|(verb, path, _)| (verb.as_str(), format!("/mu{}", pattern(path)))).collect();
    let mut there: Vec<_> = TABLE
        .iter()
        .filter(|route| matches!(route.access, Access::Node(_) | Access::Report(_)))
        .map(|route| (route.verb.as_str(), route.path.to_owned()))
        .collect();
    called.sort();
    there.sort();
    assert_eq!(called, there);
    let elsewhere = TABLE.iter().filter(|route| !matches!(route.access, Access::Node(_) | Access::Report(_)));
    assert!(elsewhere.into_iter().all(|route| !route.path.starts_with("/mu")), "only nodes call below /mu");
}

#[test]
fn the_token_is_let_in_as_it_is_and_as_nothing_else() {
    for (right, given, status) in [
        ("123456", "123456", 200),
        ("123456", "123456.0", 401),
        ("123456", "0123456", 401),
        ("123456", "123456 ", 401),
        ("123456", "12345", 401),
        ("123456", "1234567", 401),
        ("123456", "", 401),
        ("123456", "0x1e240", 401),
        ("1e3", "1000", 401),
        ("0e12345", "0e54321", 401),
        ("0", "", 401),
        ("abcDEF", "ABCdef", 401),
        ("abcDEF", "abcDEF\0", 401),
        // One that is empty or blank lets no client in, also not one that sends it.
        ("", "", 401),
        (" ", " ", 401),
        ("\t", "\t", 401),
    ] {
        let panel = Panel::new();
        panel.set_token(right);
        let escaped = Pairs::default().encode_with(&[("key", given)]);
        for (headers, target) in [
            (&[("token", given)][..], "/mu/v2".to_owned()),
            (&[("key", given)], "/mu/v2".to_owned()),
            (&[], format!("/mu/v2?{escaped}")),
        ] {
            assert_eq!(call(&panel, headers, &CALLS[0], &target), status, "`{given}` for `{right}` at {target}");
        }
    }
}

#[test]
fn a_panel_makes_its_own_token_of_letters_and_digits() {
    let panel = Panel::new();
    let token = panel.token();
    assert!(token.len() >= 16 && token.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{token}");
    assert_ne!(token, Panel::new().token(), "no two panels have the same");
    let rotated = panel.app.rotate_token().unwrap();
    assert!(rotated.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{rotated}");
    panel.stranger().with("Token", &token).get("/mu/v2").is(401);
    panel.stranger().with("Token", &rotated).get("/mu/v2").is(200);
}

#[test]
fn a_token_is_never_written_into_the_log_or_an_answer() {
    let panel = Panel::with_friends();
    crate::logged::keep();
    let token = "N3v3rInAnyLogOrAnswer";
    panel.set_token(token);
    for made in CALLS {
        let target = format!("/mu/v2{}?key={token}", made.1);
        assert_eq!(call(&panel, &[("Token", token)], made, &target), 200);
        let wrong = format!("/mu/v2{}?key={token}x&u=-1", made.1);
        assert_eq!(call(&panel, &[("Token", &format!("{token}x"))], made, &wrong), 401);
        panel.stranger().with("Key", token).post(&target, "{broken").hides(token);
    }
    assert_eq!(crate::logged::lines_with(token), Vec::<String>::new());
}

#[test]
fn the_node_list_names_each_node_and_its_server() {
    let panel = Panel::with_friends();
    let node = panel.node();
    node.post("/mu/v2/nodes/2/ip", r#"{"ip":"192.0.2.2"}"#).is(200);
    node.post("/mu/v2/nodes/1/online_count", "count=4").is(200);
    let answer = node.get("/mu/v2/nodes").is(200).json();
    let rows: Vec<_> = answer["data"].as_array().unwrap().iter().collect();
    assert_eq!(rows.len(), 2);
    for (row, (id, server, online)) in rows.iter().zip([(1, "", 4), (2, "192.0.2.2", 0)]) {
        assert_eq!((&row["id"], &row["server"], &row["online"]), (&id.into(), &server.into(), &online.into()), "{row}");
        assert!(row["name"].as_str().is_some_and(|name| !name.is_empty()), "{row}");
        assert!(row.as_object().unwrap().values().all(|value| !value.is_null()), "{row}");
    }
}

#[test]
fn the_v2ray_configuration_is_the_same_bytes_until_something_changes() {
    let panel = Panel::with_friends();
    let ask = || panel.node().get("/mu/v2/nodes/1/v2rayUsers").is(200).body();
    let before = ask();
    let alice = panel.user(1).uuid;
    assert!(before.contains(&format!(r#""id":"{alice}""#)), "{before}");
    assert_eq!(between(&before, r#""email":""#, "@"), Some(alice.clone()), "{before}");
    panel.wait(3600);
    panel.node().post("/mu/v2/users/1/traffic", "u=1&d=1&node_id=1").is(200);
    panel.node().post("/mu/v2/nodes/9/online_count", "count=1").is(200);
    assert_eq!(ask(), before, "traffic changes nothing in it");
    assert_eq!(panel.node().get("/mu/v2/nodes/9/v2rayUsers").body(), before, "it is the same for every node");
    panel.app.store.switch_user(1, false, panel.now()).unwrap();
    assert!(!ask().contains(&alice), "who is off is not in it");
    panel.app.store.switch_user(1, true, panel.now()).unwrap();
    assert_eq!(ask(), before);
}
