//! The node in the panel's own process, and a node alone: a real client moves bytes, and the panel has them.

use crate::{
    clients::{Client, Program},
    front::browser::Browser,
    process::{Home, Served},
    support::{programs::free_port, wire::until},
    target::{Order, Target, carry_out, connect},
};
use rustix::process::Signal;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    path::Path,
    process::{Child, Stdio},
};

/// A home with one user, whose port no other test has.
pub(crate) struct Friend {
    pub(crate) home: Home,
    pub(crate) token: String,
    pub(crate) port: u16,
    pub(crate) password: String,
    pub(crate) method: String,
}

impl Friend {
    pub(crate) fn new() -> Self {
        let home = Home::new();
        let port = free_port();
        home.run(&["user", "add", "anna", "--port", &port.to_string()]).ok();
        let token = home.run(&["token"]).ok().out().trim().to_owned();
        let list: Value = home.run(&["user", "list", "--json"]).ok().json();
        let text = |name: &str| list[0][name].as_str().unwrap().to_owned();
        Self { token, port, password: text("passwd"), method: text("method"), home }
    }

    /// What the panel has counted.
    pub(crate) fn used(&self, panel: &Served) -> (u64, u64) {
        let (status, body) = panel.call(&self.token, "GET", "/mu/v2/users", "");
        assert_eq!(status, 200, "{body}");
        let list: Value = serde_json::from_str(&body).unwrap();
        (list["data"][0]["u"].as_u64().unwrap(), list["data"][0]["d"].as_u64().unwrap())
    }

    /// How many users are online through a node.
    pub(crate) fn online(&self, panel: &Served, node: i64) -> i64 {
        let (status, body) = panel.call(&self.token, "GET", "/mu/v2/nodes", "");
        assert_eq!(status, 200, "{body}");
        let list: Value = serde_json::from_str(&body).unwrap();
        let nodes = list["data"].as_array().unwrap();
        nodes.iter().find(|row| row["id"] == node).map_or(0, |row| row["online"].as_i64().unwrap())
    }

    pub(crate) fn client(&self) -> Client {
        Client::start_with(Program::SsLocal, self.port, &self.method, &self.password)
    }

    pub(crate) fn is_served(&self) -> bool {
        TcpStream::connect(("127.0.0.1", self.port)).is_ok()
    }

    pub(crate) fn built_in(&self) -> Served {
        self.home.serve_with(&["--node", "on", "--node-allow", "127.0.0.0/8"], &[])
    }
}

pub(crate) fn moves(client: &Client, target: &Target, order: Order) -> std::io::Result<()> {
    connect(client.socks, target.address).and_then(|stream| carry_out(stream, order))
}

pub(crate) const SOME: Order = Order { up: 100_000, down: 1_200_000, seed: 7 };

#[test]
fn a_real_client_goes_through_the_panel_and_the_panel_has_its_bytes() {
    if Program::SsLocal.is_missing() {
        return;
    }
    let friend = Friend::new();
    let mut panel = friend.built_in();
    until("it comes", || friend.is_served());
    let (client, target) = (friend.client(), Target::start());
    moves(&client, &target, SOME).unwrap();
    until("it comes", || friend.used(&panel) == target.counted());
    until("a device is online", || friend.online(&panel, 1) == 1);
    // What another process changes holds at once.
    friend.home.run(&["user", "off", "anna"]).ok();
    until("it comes", || !friend.is_served());
    until("none is online any more", || friend.online(&panel, 1) == 0);
    friend.home.run(&["user", "on", "anna"]).ok();
    until("it comes", || friend.is_served());
    until("it comes", || moves(&client, &target, SOME).is_ok());
    until("it comes", || friend.used(&panel) == target.counted());
    // It ends where its quota is.
    let (u, d) = target.counted();
    let quota = u + d + 500_000;
    // A quota holds within a second; this one holds from the start.
    panel.signal(Signal::TERM);
    until("it comes", || panel.ended().is_some());
    friend.home.run(&["user", "set", "anna", "--quota", &quota.to_string()]).ok();
    let panel = friend.built_in();
    until("it comes", || friend.is_served());
    until("it comes", || moves(&client, &target, SOME).is_err());
    until("it comes", || !friend.is_served());
    until("it comes", || {
        let (u, d) = friend.used(&panel);
        u + d + 70_000 >= quota
    });
    let used = friend.used(&panel);
    assert!((quota - 70_000..=quota).contains(&(used.0 + used.1)), "{used:?} of {quota}");
}

/// From the printed link to a friend who is served: the page says so once the port is open, and when it has been used.
#[test]
fn after_the_set_up_the_page_says_when_it_works() {
    let home = Home::new();
    let port = free_port();
    let mut panel = home.serve_with(&["--node-allow", "127.0.0.0/8"], &[]);
    let mut browser = Browser::new(&panel);
    let link = panel.setup_link();
    browser.get(link.split_once(&panel.address.to_string()).unwrap().1);
    let secret = link.split_once("setup=").unwrap().1;
    let form = "password=correct+horse&where=here&name=&address=127.0.0.1&friend=anna";
    assert_eq!(browser.submit("/login", &format!("setup={secret}&{form}")).status, 303);
    assert_eq!(home.run(&["user", "set", "anna", "--port", &port.to_string()]).ok().err(), "");
    let ready = format!("Ready: this server is listening on port {port}.");
    until("the port is open", || browser.get("/users/1").text().contains(&ready));
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok(), "and it is true");
    // A port that another program has is told, and so is the way out.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let other = taken.local_addr().unwrap().port();
    home.run(&["user", "add", "bert", "--port", &other.to_string()]).ok();
    until("the trouble is told", || browser.get("/users/2").text().contains("Choose another port"));
    if Program::SsLocal.is_missing() {
        return;
    }
    let user: Value = home.run(&["user", "show", "anna", "--json"]).ok().json();
    let text = |name: &str| user[name].as_str().unwrap().to_owned();
    let client = Client::start_with(Program::SsLocal, port, &text("method"), &text("passwd"));
    let target = Target::start();
    // What moves just after a change of the port may have begun before it.
    until("it has been used", || {
        moves(&client, &target, SOME).unwrap();
        browser.get("/users/1").text().contains("It works: anna used it ")
    });
}

/// A process is killed under traffic and started again: what the panel has is never more than what was moved, and of
/// what is moved until it ends in order, nothing is missing.
#[test]
fn a_kill_loses_little_and_doubles_nothing() {
    if Program::SsLocal.is_missing() {
        return;
    }
    let rounds: usize = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(4);
    let friend = Friend::new();
    let (client, target) = (friend.client(), Target::start());
    for round in 0..rounds {
        let panel = friend.built_in();
        until("it comes", || friend.is_served());
        let (before, begun) = (friend.used(&panel), target.counted());
        let traffic = endless(&client, &target);
        until("it comes", || friend.used(&panel).1 > before.1 + 1_000_000);
        panel.kill();
        drop(traffic);
        drop(panel);
        let panel = friend.built_in();
        let used = friend.used(&panel);
        let moved = target.counted();
        assert!(used.0 <= before.0 + moved.0 - begun.0 && used.1 <= before.1 + moved.1 - begun.1, "{round}: doubled");
        // In order, nothing is lost at all.
        until("it comes", || friend.is_served());
        let (before, begun) = (friend.used(&panel), target.counted());
        until("it comes", || moves(&client, &target, SOME).is_ok());
        let (moved, mut stopped) = (target.counted(), panel);
        stopped.signal(Signal::TERM);
        until("it comes", || stopped.ended().is_some());
        let panel = friend.home.serve();
        let used = friend.used(&panel);
        assert_eq!((used.0 - before.0, used.1 - before.1), (moved.0 - begun.0, moved.1 - begun.1), "{round}");
    }
}

/// A download that goes on until it is cut, or this is dropped.
fn endless(client: &Client, target: &Target) -> impl Drop {
    struct Ended(TcpStream, Option<std::thread::JoinHandle<()>>);
    impl Drop for Ended {
        fn drop(&mut self) {
            let _ = self.0.shutdown(Shutdown::Both);
            self.1.take().unwrap().join().unwrap();
        }
    }
    let mut stream = connect(client.socks, target.address).unwrap();
    stream.write_all(&[0u64.to_le_bytes(), (1u64 << 40).to_le_bytes(), 9u64.to_le_bytes()].concat()).unwrap();
    let mut reader = stream.try_clone().unwrap();
    let reading = std::thread::spawn(move || {
        let mut piece = vec![0; 65_536];
        while let Ok(1..) = reader.read(&mut piece) {}
    });
    Ended(stream, Some(reading))
}

/// A node alone, as `mu-panel node` runs it.
struct Alone {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
}

impl Alone {
    fn start(friend: &Friend, panel: SocketAddr, data: &Path) -> Self {
        let token = friend.home.file("token", format!("{}\n", friend.token));
        let url = format!("http://{panel}/mu/v2/");
        let mut command =
            friend.home.command(&["node", "--url", &url, "--node-id", "2", "--node-allow", "127.0.0.0/8"]);
        command.arg("--token-file").arg(token).arg("--data").arg(data);
        let log = std::fs::File::create(data.with_extension("log")).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Tells it to end, and waits for that.
    fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(std::process::Command::new("kill").arg(id).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_node_alone_serves_on_while_its_panel_is_away_and_loses_nothing() {
    if Program::SsLocal.is_missing() {
        return;
    }
    let friend = Friend::new();
    let data = friend.home.path("node");
    let panel = friend.home.serve();
    let address = panel.address;
    let mut alone = Alone::start(&friend, address, &data);
    assert_eq!(alone.line(), format!("node 2: 1 user, {}", friend.port));
    until("it comes", || friend.is_served());
    let (client, target) = (friend.client(), Target::start());
    moves(&client, &target, SOME).unwrap();
    panel.kill();
    drop(panel);
    for _ in 0..3 {
        moves(&client, &target, SOME).unwrap();
    }
    // Neither does a start without the panel.
    alone.stop();
    let mut alone = Alone::start(&friend, address, &data);
    assert_eq!(alone.line(), format!("node 2: 1 user, {}", friend.port));
    until("it comes", || friend.is_served());
    until("it comes", || moves(&client, &target, SOME).is_ok());
    let mut command = friend.home.command(&["serve", "--listen", &address.to_string()]);
    command.args(["--node", "off"]);
    let panel = friend.home.start(command);
    // It comes back within the time that it waits.
    until("what was moved meanwhile to be reported", || friend.used(&panel) == target.counted());
    until("a device is online", || {
        let _ = moves(&client, &target, SOME);
        friend.online(&panel, 2) == 1
    });
    until("all of it is counted", || friend.used(&panel) == target.counted());
    alone.stop();
    assert_eq!(friend.online(&panel, 2), 0, "it has said so when it ended");
    let journal = std::fs::read_to_string(data.join("journal.json")).unwrap();
    assert_eq!(journal, r#"{"batch":null,"rows":{}}"#);
}
