//! The benchmark: drives the release binary over its socket and prints ratios, each measured against something real in
//! the same run.

#![allow(clippy::unwrap_used)] // a benchmark that cannot go on may stop there

mod attack;
mod baseline;
mod durability;
mod load;
mod node;
mod process;

use load::Load;
use process::{Nginx, Panel, users};
use std::time::Duration;

/// How long each rate is measured.
const SPAN: Duration = Duration::from_secs(4);
/// How many connections a busy server has.
const MANY: usize = 64;

fn main() {
    // `cargo test --benches` asks whether it runs, not how fast it is.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    // With names (`cargo bench -- durability`) only those parts are measured.
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |part: &str| named.is_empty() || named.iter().any(|name| name == part);
    println!("| what | measured | against | ratio | aim |\n|---|---|---|---|---|");
    if wanted("lists") {
        for count in [1_000, 10_000, 100_000] {
            list(count);
        }
    }
    if wanted("batch") {
        batch(10_000);
    }
    if wanted("reports") {
        reports();
    }
    if wanted("page") {
        page();
    }
    if wanted("rows") {
        rows();
    }
    if wanted("node") {
        node::speed();
    }
    println!("\n| figure | measured | aim |\n|---|---|---|");
    if wanted("figures") {
        figures();
    }
    if wanted("durability") {
        durability();
    }
    if wanted("attack") {
        attack::run();
    }
    if wanted("node") {
        node::memory();
    }
}

/// One line of the table of ratios.
fn line(what: &str, ours: &str, theirs: &str, ratio: f64, aim: &str) {
    println!("| {what} | {ours} | {theirs} | {ratio:.2} | {aim} |");
}

fn rate(per_second: f64) -> String {
    format!("{per_second:.0}/s")
}

fn time(seconds: f64) -> String {
    match seconds {
        ..0.000_01 => format!("{:.2} µs", seconds * 1e6),
        ..0.001 => format!("{:.0} µs", seconds * 1e6),
        _ => format!("{:.2} ms", seconds * 1e3),
    }
}

/// `GET /users`, unchanging against nginx, and changing against unchanging.
fn list(count: usize) {
    let panel = Panel::start(count);
    let body = panel.get("/mu/v2/users");
    let request = panel.request("GET", "/mu/v2/users", "");
    let nginx = Nginx::serving(&body);
    // Each connection reports traffic before it asks, so that no answer can be the one before.
    let report_first = |connection: usize, turn: usize| {
        if turn % 2 == 1 {
            return request.clone();
        }
        let user = (connection * 7919 + turn) % count + 1;
        panel.request("POST", &format!("/mu/v2/users/{user}/traffic"), "u=1&d=1&node_id=1")
    };
    // Of the longest lists there are few answers in a turn.
    let span = if count > 10_000 { SPAN * 4 } else { SPAN };
    let [unchanging, theirs, changing] = load::in_turns(
        span,
        [
            &mut |span| Load::new(panel.address, MANY).rate(span, |_, _| request.clone()),
            &mut |span| nginx.as_ref().map_or(0.0, |it| Load::new(it.address, MANY).rate(span, |_, _| it.request())),
            &mut |span| Load::new(panel.address, MANY).rate(span, report_first) / 2.0,
        ],
    );
    let (what, aim) =
        (format!("`GET /users`, {count} users, {MANY} connections"), if count == 1_000 { "≥ 0.7" } else { "" });
    if nginx.is_some() {
        line(
            &what,
            &rate(unchanging),
            &format!("nginx, the same bytes from a file: {}", rate(theirs)),
            unchanging / theirs,
            aim,
        );
    } else {
        println!("| {what} | {} | nginx is not installed | | {aim} |", rate(unchanging));
    }
    let aim = if count == 1_000 { "≥ 0.3" } else { "" };
    line(
        &format!("the same, a report before each: {count} users"),
        &rate(changing),
        &format!("unchanging: {}", rate(unchanging)),
        changing / unchanging,
        aim,
    );
}

/// A batch against the same statements in-process.
fn batch(count: usize) {
    let panel = Panel::start(count);
    let body = process::batch(count);
    let request = panel.request("POST", "/mu/v2/nodes/1/traffic", &body);
    let (ours, theirs) = load::alternating(
        15,
        || Load::new(panel.address, 1).once(&request),
        baseline::Database::filled(count).batch(count),
    );
    line(
        &format!("`POST /nodes/1/traffic`, {count} rows"),
        &time(ours),
        &format!("the same statements in SQLite: {}", time(theirs)),
        ours / theirs,
        "≤ 1.3",
    );
}

/// Durable reports of one user each, on many connections and on one.
fn reports() {
    let panel = Panel::start(1_000);
    let ping = panel.request("GET", "/mu/v2", "");
    let report = |connection: usize, turn: usize| {
        let user = (connection * 7919 + turn) % 1_000 + 1;
        panel.request("POST", &format!("/mu/v2/users/{user}/traffic"), "u=1&d=1&node_id=1")
    };
    let [durable, checked] = load::in_turns(
        SPAN,
        [&mut |span| Load::new(panel.address, MANY).rate(span, report), &mut |span| {
            Load::new(panel.address, MANY).rate(span, |_, _| ping.clone())
        }],
    );
    line(
        &format!("`POST /users/{{id}}/traffic`, {MANY} connections, durable"),
        &rate(durable),
        &format!("only the token checked: {}", rate(checked)),
        durable / checked,
        "≥ 0.7",
    );
    one_report(&panel, "the same, one connection", report);
    // The rest of that is what the machine takes to wake the cores that fall asleep between one thread and the next.
    match process::awake() {
        Some(_awake) => one_report(&panel, "the same, no core asleep", report),
        None => println!("| the same, no core asleep | `/dev/cpu_dma_latency` cannot be written | | | ≤ 1.5 |"),
    }
}

/// What a durable report takes that comes alone.
fn one_report(panel: &Panel, what: &str, report: impl Fn(usize, usize) -> Vec<u8>) {
    let mut one = Load::new(panel.address, 1);
    let mut turn = 0;
    let ours = || {
        turn += 1;
        one.once(&report(1, turn))
    };
    let (ours, theirs) = load::alternating(600, ours, baseline::Database::filled(1_000).commit());
    line(what, &time(ours), &format!("one SQLite commit: {}", time(theirs)), ours / theirs, "≤ 1.5");
}

/// The page of users, with many and with few.
fn page() {
    let (many, few) = (Panel::start(10_000), Panel::start(100));
    let (many_request, few_request) = (many.page_request("/"), few.page_request("/"));
    let (mut many_load, mut few_load) = (Load::new(many.address, 1), Load::new(few.address, 1));
    let (slow, fast) = load::alternating(200, || many_load.once(&many_request), || few_load.once(&few_request));
    line("the users page, 10,000 users", &time(slow), &format!("100 users: {}", time(fast)), slow / fast, "≤ 1.5");
}

/// What a row of a batch costs as batches and lists grow.
fn rows() {
    let sizes = [100, 1_000, 10_000, 100_000].map(|count| {
        let panel = Panel::start(count);
        let request = panel.request("POST", "/mu/v2/nodes/1/traffic", &process::batch(count));
        (count, Load::new(panel.address, 1), request, panel)
    });
    let mut sizes = sizes.map(|size| (size, Vec::new()));
    // In turn, so that whatever else the machine does falls on all of them.
    for _ in 0..11 {
        for ((count, load, request, _), times) in &mut sizes {
            times.extend((0..(20_000 / *count).clamp(1, 20)).map(|_| load.once(request)));
        }
    }
    let mut least = f64::MAX;
    for ((count, ..), mut times) in sizes {
        let each = load::median(&mut times) / f64::from(u32::try_from(count).unwrap());
        least = least.min(each);
        line(
            &format!("a row of a batch, {count} rows and users"),
            &time(each),
            &format!("the cheapest above: {}", time(least)),
            each / least,
            "≤ 1.3",
        );
    }
}

/// One line of the table of figures.
fn figure(what: &str, measured: &str, aim: &str) {
    println!("| {what} | {measured} | {aim} |");
}

/// What being killed and being backed up costs.
fn durability() {
    let (median, longest) = durability::starts_after_a_kill();
    figure(
        "listens again after `kill -9` under load",
        &format!("{}, at most {}", time(median), time(longest)),
        "200 ms",
    );
    let gaps = durability::gaps();
    figure(
        &format!("longest gap between two answers to a report during a backup of {} MiB", gaps.bytes >> 20),
        &format!("{}, without one {} (a backup takes {})", time(gaps.backing_up), time(gaps.usual), time(gaps.copy)),
        "100 ms",
    );
}

fn figures() {
    let mib = |bytes: u64| format!("{}.{} MiB", bytes >> 20, ((bytes & 0xF_FFFF) * 10) >> 20);
    figure("memory, idle", &mib(Panel::start(0).memory()), "8 MiB");
    let panel = Panel::start(10_000);
    let batch = panel.request("POST", "/mu/v2/nodes/1/traffic", &process::batch(10_000));
    let list = panel.request("GET", "/mu/v2/nodes/1/users", "");
    Load::new(panel.address, MANY).rate(SPAN, |connection, turn| {
        if connection == 0 {
            return batch.clone();
        }
        if turn % 8 == 0 {
            return list.clone();
        }
        let user = (connection * 7919 + turn) % 10_000 + 1;
        panel.request("POST", &format!("/mu/v2/users/{user}/traffic"), "u=1&d=1&node_id=1")
    });
    figure(
        "memory, 10,000 users, after full load",
        &format!("{} (at most {})", mib(panel.memory()), mib(panel.peak())),
        "32 MiB",
    );
    let mut starts: Vec<f64> = (0..20).map(|_| Panel::start(100).first_answer).collect();
    figure("from the start to the first answer", &time(load::median(&mut starts)), "30 ms");
    figure("the binary", &mib(std::fs::metadata(process::binary()).unwrap().len()), "6 MiB");
    figure("the database after a year of 100 users, reports each minute", &mib(users::a_year()), "30 MiB");
}
