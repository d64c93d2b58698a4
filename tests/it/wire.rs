//! What programs send, as it stands on the wire, and what the database says afterwards.

use crate::panel::{Answer, Panel};
use mu_panel::{
    http::{Request, Verb},
    model::{Node, User},
    store::Setting,
};
use rusqlite::{Connection, types::Value};
use std::{fmt::Write, path::Path};

/// The token that [`Panel::with_friends`] makes the right one.
pub const TOKEN: &str = "Qm5vdGFzZWNyZXQ0dGVzdHM1";

impl Panel {
    /// One in memory where alice has the id 1 and port 20001, bob 2 and 20002, and the token is [`TOKEN`].
    pub fn with_friends() -> Self {
        Self::new().and_friends()
    }

    /// With alice, bob and [`TOKEN`].
    pub fn and_friends(self) -> Self {
        self.set_token(TOKEN);
        self.add("alice");
        self.add("bob");
        self
    }

    /// Makes another token the right one.
    pub fn set_token(&self, token: &str) {
        self.app.store.set(Setting::NodeToken, Some(token.to_owned())).unwrap();
    }

    /// Sends a recorded request: its first line, its headers, an empty line, its body.
    pub fn replay(&self, recorded: &str) -> Answer {
        self.send(recorded_request(recorded))
    }

    /// What nodes have told so far, in short: `alice +1024 +2048, node 1 reported, node 1 has 7 online`.
    pub fn told(&self) -> String {
        let users = self.app.store.listed_users(self.now()).unwrap();
        let nodes = self.app.store.nodes().unwrap();
        let lines: Vec<String> = users.iter().filter_map(used).chain(nodes.iter().flat_map(seen)).collect();
        lines.join(", ")
    }
}

/// A recorded request as it comes out of the server, which writes header names in lower case.
pub fn recorded_request(recorded: &str) -> Request {
    let (head, body) = recorded.split_once("\n\n").unwrap_or((recorded.trim_end(), ""));
    let mut lines = head.lines();
    let mut first = lines.next().unwrap().split(' ');
    let (verb, target) = (first.next().unwrap(), first.next().unwrap());
    assert_eq!(first.next(), Some("HTTP/1.1"), "{recorded}");
    let verb = match verb {
        "GET" => Verb::Get,
        "POST" => Verb::Post,
        other => Verb::Other(other.to_owned()),
    };
    let mut request = Request::new(verb, target);
    request.headers = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    request.body = body.as_bytes().to_vec().into();
    if let Some(length) = request.header("content-length") {
        assert_eq!(length, body.len().to_string(), "{recorded}");
    }
    request
}

fn used(user: &User) -> Option<String> {
    let (u, d) = (user.used.u.get(), user.used.d.get());
    (u != 0 || d != 0).then(|| format!("{} +{u} +{d}", user.name.as_str()))
}

fn seen(node: &Node) -> Vec<String> {
    let mut seen = Vec::new();
    let mut say = |said: bool, what: String| {
        if said {
            seen.push(format!("node {} {what}", node.id));
        }
    };
    say(node.last_pull > 0, "asked".to_owned());
    say(node.last_push > 0, "reported".to_owned());
    say(node.online_at > 0, format!("has {} online", node.online.unwrap_or(-1)));
    say(node.info_at > 0, format!("has load `{}` and is up {} s", node.load, node.uptime.unwrap_or(-1.0)));
    say(!node.ip.is_empty(), format!("is at {}", node.ip));
    seen
}

/// Every row of every table of a database, but for the tables in `without`.
pub fn dump(file: &Path, without: &[&str]) -> String {
    let database = Connection::open(file).unwrap();
    let mut tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").unwrap();
    let tables: Vec<String> = tables.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut dump = String::new();
    for table in tables.iter().filter(|table| !without.contains(&table.as_str())) {
        for row in rows(&database, &format!("SELECT * FROM {table}")) {
            writeln!(dump, "{table} {row:?}").unwrap();
        }
    }
    dump
}

/// What a query answers.
pub fn rows(database: &Connection, sql: &str) -> Vec<Vec<Value>> {
    let mut query = database.prepare(sql).unwrap();
    let width = query.column_count();
    let row = |row: &rusqlite::Row<'_>| (0..width).map(|column| row.get(column)).collect();
    query.query_map((), row).unwrap().map(Result::unwrap).collect()
}
