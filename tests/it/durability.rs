//! Killed at any moment under load, and started again: what was answered is in, once, and nothing else is there in
//! part.

use crate::{
    client::Client,
    durability_copies::can_trace,
    process::{Home, Served, wait_until},
    wire::rows,
};
use mu_panel::store::check_file;
use rusqlite::{Connection, types::Value};
use std::{
    collections::HashMap,
    fmt::Write,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

const ROUNDS: u32 = 100;
/// Connections, each with users and a node of its own.
const CLIENTS: usize = 4;
/// Pairs of users of each connection.
const PAIRS: usize = 16;
/// Reports for each pair in a round. Report `n` is of `4^n` bytes, so that the digits of a sum to the base 4 tell which
/// are in, and how often.
const REPORTS: usize = 8;

/// What became of a report.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Sent {
    No,
    Unanswered,
    Answered,
}

/// The kinds of report, in turn.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
    Form,
    KeyedForm,
    Batch,
    KeyedBatch,
}

impl Kind {
    fn of(pair: usize, report: usize) -> Self {
        [Self::Form, Self::Batch, Self::KeyedForm, Self::KeyedBatch][(pair + report) % 4]
    }

    fn is_keyed(self) -> bool {
        matches!(self, Self::KeyedForm | Self::KeyedBatch)
    }

    /// Whether it is about both users of the pair, or only the first.
    fn is_batch(self) -> bool {
        matches!(self, Self::Batch | Self::KeyedBatch)
    }
}

/// The ids of the two users of a pair.
fn pair_of(client: usize, pair: usize) -> (usize, usize) {
    let first = (client * PAIRS + pair) * 2 + 1;
    (first, first + 1)
}

fn report(to: &mut Client, round: u32, client: usize, pair: usize, number: usize) -> std::io::Result<u16> {
    let kind = Kind::of(pair, number);
    let ((one, two), node, bytes) = (pair_of(client, pair), client + 1, 4_u64.pow(number.try_into().unwrap()));
    let (path, body) = if kind.is_batch() {
        let body =
            format!(r#"[{{"user_id":{one},"u":{bytes},"d":{bytes}}},{{"user_id":"{two}","u":"{bytes}","d":{bytes}}}]"#);
        (format!("/mu/v2/nodes/{node}/traffic"), body)
    } else {
        (format!("/mu/users/{one}/traffic"), format!("u={bytes}&d={bytes}&node_id={node}"))
    };
    let answered = if kind.is_keyed() {
        to.post_keyed(&path, &format!("{round}-{client}-{pair}-{number}"), &body)?
    } else {
        to.post(&path, &body)?
    };
    Ok(answered.0)
}

/// Sends report after report until all are sent or the server is gone.
fn load(server: &Served, token: &str, round: u32, client: usize) -> Vec<Sent> {
    let mut sent = vec![Sent::No; PAIRS * REPORTS];
    let Ok(mut to) = Client::node(server.address, token) else { return sent };
    for (place, sent) in sent.iter_mut().enumerate() {
        // Each number goes to all pairs before the next, so that also a short round has some of each kind.
        *sent = Sent::Unanswered;
        match report(&mut to, round, client, place % PAIRS, place / PAIRS) {
            Ok(200) => *sent = Sent::Answered,
            Ok(status) => panic!("round {round}: {status}"),
            Err(_) => break,
        }
    }
    sent
}

/// `u` and `d` by id.
type Sums = HashMap<usize, (i64, i64)>;

/// Those of every user, and of every node.
fn sums(file: &Path) -> (Sums, Sums) {
    let database = Connection::open(file).unwrap();
    let read = |sql| {
        let row = |row: Vec<Value>| match row[..] {
            [Value::Integer(id), Value::Integer(u), Value::Integer(d)] => (usize::try_from(id).unwrap(), (u, d)),
            ref other => panic!("{other:?}"),
        };
        rows(&database, sql).into_iter().map(row).collect()
    };
    (read("SELECT id, u, d FROM user"), read("SELECT id, u, d FROM node"))
}

/// Checks each digit of what has come to the users of a connection since `before`.
fn judge(what: &str, client: usize, sent: &[Sent], before: &Sums, now: &Sums) {
    for pair in 0..PAIRS {
        let (one, two) = pair_of(client, pair);
        let gained = |user| {
            let ((u, d), (u_before, d_before)) = (now[&user], before[&user]);
            assert_eq!(u - u_before, d - d_before, "{what}: half of a row of user {user}");
            u - u_before
        };
        let (first, second) = (gained(one), gained(two));
        for number in 0..REPORTS {
            let digit = |sum: i64| (sum >> (2 * number)) & 3;
            let (kind, times) = (Kind::of(pair, number), digit(first));
            let expected = match sent[number * PAIRS + pair] {
                Sent::No => 0..=0,
                Sent::Unanswered => 0..=1,
                Sent::Answered => 1..=1,
            };
            let report = format!("{what}: client {client}, pair {pair}, report {number}, {kind:?}");
            assert!(expected.contains(&times), "{report}: is in {times} times, and should be {expected:?}");
            assert_eq!(digit(second), if kind.is_batch() { times } else { 0 }, "{report}: half of it is in");
        }
        assert!(first >> (2 * REPORTS) == 0 && second >> (2 * REPORTS) == 0, "{what}: more than all");
    }
}

#[test]
fn killed_a_hundred_times_it_keeps_what_it_has_answered() {
    let home = Home::new();
    let file = home.db();
    let people: Vec<String> = (1..=CLIENTS * PAIRS * 2)
        .map(|id| format!(r#"{{"id":{id},"name":"friend {id}","port":{},"passwd":"secret"}}"#, 20_000 + id))
        .collect();
    home.run(&["import", home.file("people.json", format!("[{}]", people.join(","))).to_str().unwrap()]).ok();
    let token = home.run(&["token"]).ok().out().trim().to_owned();
    let mut state = u64::from(std::process::id());
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let (mut worst, mut all, mut answered_in_all, mut unanswered_in) = (Duration::ZERO, Duration::ZERO, 0, 0);
    let mut before = sums(&file).0;
    let mut server = home.serve();
    for round in 0..ROUNDS {
        let kill_after = Duration::from_millis(random(60));
        let sent: Vec<Vec<Sent>> = thread::scope(|scope| {
            let (running, token) = (&server, token.as_str());
            let clients: Vec<_> =
                (0..CLIENTS).map(|client| scope.spawn(move || load(running, token, round, client))).collect();
            thread::sleep(kill_after);
            running.kill();
            clients.into_iter().map(|client| client.join().unwrap()).collect()
        });
        server.stop();
        let began = Instant::now();
        server = home.serve();
        let took = began.elapsed();
        (worst, all) = (worst.max(took), all + took);

        let what = format!("round {round}, killed after {kill_after:?}");
        let now = sums(&file).0;
        for (client, sent) in sent.iter().enumerate() {
            judge(&what, client, sent, &before, &now);
            answered_in_all += sent.iter().filter(|sent| **sent == Sent::Answered).count();
        }
        // What has a key is sent again, whether it was answered or not: then it is in, once.
        let mut to = Client::node(server.address, &token).unwrap();
        let mut settled = sent.clone();
        for (client, settled) in settled.iter_mut().enumerate() {
            for (place, settled) in settled.iter_mut().enumerate() {
                let (pair, number) = (place % PAIRS, place / PAIRS);
                let again = *settled == Sent::Unanswered || (*settled == Sent::Answered && place % 16 == 2);
                if again && Kind::of(pair, number).is_keyed() {
                    assert_eq!(report(&mut to, round, client, pair, number).unwrap(), 200, "{what}");
                    *settled = Sent::Answered;
                }
            }
        }
        let now = sums(&file).0;
        for (client, settled) in settled.iter().enumerate() {
            judge(&format!("{what}, sent again"), client, settled, &before, &now);
            let unanswered = (0..settled.len()).filter(|place| settled[*place] == Sent::Unanswered);
            unanswered_in += unanswered.filter(|place| is_in(client, *place, &before, &now)).count();
        }
        let checked = check_file(&file).unwrap();
        assert!(checked.faults.is_empty(), "{what}: {:?}", checked.faults);
        before = now;
    }
    home.run(&["check"]).ok();
    let (users, nodes) = sums(&file);
    for client in 0..CLIENTS {
        let users = (0..PAIRS).flat_map(|pair| [pair_of(client, pair).0, pair_of(client, pair).1]);
        let sum: i64 = users.map(|user| before[&user].0).sum();
        assert_eq!(
            nodes[&(client + 1)],
            (sum, sum),
            "what node {} has carried is what its users have used",
            client + 1
        );
    }
    assert_eq!(users, before);
    assert!(answered_in_all > 100, "there was load: {answered_in_all}");
    let mut told = String::new();
    write!(
        told,
        "{ROUNDS} kills, {answered_in_all} reports answered and kept, {unanswered_in} kept without an answer; "
    )
    .unwrap();
    println!("{told}start until it listens: worst {worst:?}, mean {:?}", all / ROUNDS);
}

fn is_in(client: usize, place: usize, before: &Sums, now: &Sums) -> bool {
    let user = pair_of(client, place % PAIRS).0;
    ((now[&user].0 - before[&user].0) >> (2 * (place / PAIRS))) & 3 == 1
}

/// However busy the disk is: what was in the log is found there, and moved into the file when there is time for it.
#[test]
fn a_start_after_a_kill_waits_for_no_disk() {
    if !can_trace() {
        return;
    }
    let home = Home::new();
    home.run(&["user", "add", "alice"]).ok();
    let token = home.run(&["token"]).ok().out().trim().to_owned();
    let mut server = home.serve_with(&["--backup-dir", "none"], &[]);
    for _ in 0..20 {
        assert_eq!(server.call(&token, "POST", "/mu/users/1/traffic", "u=1&d=1&node_id=1").0, 200);
    }
    server.stop();
    let log = format!("{}-wal", home.db().display());
    assert!(std::fs::metadata(&log).unwrap().len() > 0);
    let trace = home.path("trace");
    let panel = home.command(&["serve", "--listen", "127.0.0.1:0", "--backup-dir", "none"]);
    let mut command = Command::new("strace");
    let calls = "trace=fsync,fdatasync,unlink,unlinkat,rename,write,pwrite64,pwritev,ftruncate";
    command.args(["-f", "-y", "-e", calls, "-o"]).arg(&trace);
    command.arg(panel.get_program()).args(panel.get_args()).current_dir(home.path("")).env("TZ", "UTC");
    let mut server = home.start(command);
    let mut traced = String::new();
    wait_until("the trace has it", || {
        traced = std::fs::read_to_string(&trace).unwrap();
        traced.contains("\"listening on ")
    });
    // `strace` goes when the program does, and not the other way round.
    let end = Kill(traced.split(' ').next().unwrap());
    let (start, _) = traced.split_once("\"listening on ").unwrap();
    let waits: Vec<&str> = start.lines().filter(|call| call.contains("sync(") || call.contains(".db-wal")).collect();
    assert!(waits.is_empty(), "it waits for no disk, and leaves the log as it is: {waits:?}");
    assert_eq!(server.call(&token, "POST", "/mu/users/1/traffic", "u=1&d=1&node_id=1").0, 200);
    wait_until("a report in the log, and in the trace", || {
        let traced = std::fs::read_to_string(&trace).unwrap();
        traced.split_once("\"listening on ").unwrap().1.contains(".db-wal>, ")
    });
    drop(end);
    server.ended();
    home.run(&["user", "show", "alice"]).ok().prints("uploaded        21 B");
}

/// Kills the process of that number, also when a test fails.
struct Kill<'a>(&'a str);

impl Drop for Kill<'_> {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-9", self.0]).status();
    }
}
