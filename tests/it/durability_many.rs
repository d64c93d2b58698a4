//! Many clients of a real server, and a command line that writes beside it.

use crate::{client::Client, process::Home, wire::rows};
use rusqlite::{Connection, types::Value};
use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
    thread,
};

const CLIENTS: i64 = 64;

/// What a query answers, of which each row is a few whole numbers.
pub fn numbers(file: &Path, sql: &str) -> Vec<Vec<i64>> {
    let number = |value: Value| if let Value::Integer(number) = value { number } else { panic!("{value:?}") };
    let rows = rows(&Connection::open(file).unwrap(), sql);
    rows.into_iter().map(|row| row.into_iter().map(number).collect()).collect()
}

/// At rate 1 the counters of each user are the sums of their history, and so are those of the nodes. Returns the sum of
/// all.
pub fn sums_fit(file: &Path) -> i64 {
    let apart = "SELECT count(*) FROM user JOIN (SELECT user, sum(u) AS u, sum(d) AS d FROM traffic GROUP BY user) t \
        ON t.user = id WHERE (user.u, user.d) <> (t.u, t.d)";
    assert_eq!(numbers(file, apart).concat(), [0], "{}", file.display());
    let sums = "SELECT coalesce(sum(u), 0), (SELECT coalesce(sum(u), 0) FROM node), (SELECT coalesce(sum(u), 0) FROM traffic) FROM user";
    let sums = numbers(file, sums).concat();
    assert!(sums.iter().all(|sum| *sum == sums[0]), "{}: {sums:?}", file.display());
    sums[0]
}

#[test]
fn sixty_four_clients_and_a_command_line_lose_nothing() {
    let home = Home::new();
    for name in ["alice", "bob"] {
        home.run(&["user", "add", name]).ok();
    }
    let token = home.run(&["token"]).ok().out().trim().to_owned();
    let server = home.serve_with(&["--backup-dir", "none"], &[]);
    let (sent, over) = (AtomicI64::new(0), AtomicBool::new(false));
    let commands = thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (token, address, sent, over) = (&token, server.address, &sent, &over);
            scope.spawn(move || {
                let mut to = Client::node(address, token).unwrap();
                for number in 0.. {
                    // Each client has sent something, and goes on as long as there are commands.
                    if number >= 10 && over.load(Ordering::Relaxed) {
                        break;
                    }
                    let node = client % 4 + 1;
                    let (status, body) = if number % 2 == 0 {
                        to.post("/mu/v2/users/1/traffic", &format!("u=1&d=0&node_id={node}"))
                    } else {
                        let body = r#"[{"user_id":1,"u":1,"d":0},{"user_id":2,"u":0,"d":1}]"#;
                        to.post(&format!("/mu/v2/nodes/{node}/traffic"), body)
                    }
                    .unwrap();
                    assert_eq!((status, body.as_str()), (200, r#"{"ret":1,"msg":"ok"}"#));
                    sent.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let commands = scope.spawn(|| {
            for number in 0..8 {
                home.run(&["user", "set", "bob", "--note", &format!("note {number}"), "--quota", "10GiB"]).ok();
                home.run(&["user", "add", &format!("friend {number}")]).ok();
                let copy = home.path(&format!("copy {number}.db"));
                home.run(&["backup", copy.to_str().unwrap()]).ok();
                assert_eq!(numbers(&copy, "SELECT count(*) FROM user").concat(), [number + 3]);
                sums_fit(&copy);
                fs::remove_file(copy).unwrap();
            }
        });
        let done = commands.join();
        over.store(true, Ordering::Relaxed);
        done
    });
    commands.unwrap();
    let sent = sent.into_inner();
    assert_eq!(sums_fit(&home.db()), sent, "each report is in once");
    home.run(&["user", "show", "bob"]).ok().prints("note 7");
    let list = Client::node(server.address, &token).unwrap().get("/mu/v2/users").unwrap().1;
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list["data"].as_array().unwrap().len(), 10);
    assert_eq!(list["data"][0]["u"], sent);
    home.run(&["check"]).ok();
    println!("{sent} reports beside 24 commands");
}
