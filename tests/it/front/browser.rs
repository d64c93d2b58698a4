//! A browser for a real panel: keeps cookies as their `Path` and `Secure` allow, and the token of the last form it saw.

use crate::{
    panel::{PASSWORD, between},
    process::{Home, Served},
    support::wire::{Answer, Wire},
};
use rustls::ClientConfig;
use socket2::{Domain, Socket, Type};
use std::{
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::Arc,
};

/// A browser that sees the panel of `served`, by itself or through something in front of it.
pub struct Browser {
    port: u16,
    /// The address of this machine that it calls from.
    pub from: Ipv4Addr,
    tls: Option<Arc<ClientConfig>>,
    /// The host that it names.
    pub host: String,
    /// Header lines that go with each request.
    pub headers: String,
    cookies: Vec<Cookie>,
    csrf: String,
}

#[derive(Clone)]
pub struct Cookie {
    pub name: String,
    value: String,
    pub path: String,
    pub secure: bool,
}

impl Browser {
    pub fn new(served: &Served) -> Self {
        Self::at(served.address.port())
    }

    /// One that calls another port of this machine.
    pub fn at(port: u16) -> Self {
        Self {
            port,
            from: Ipv4Addr::LOCALHOST,
            tls: None,
            host: "localhost".to_owned(),
            headers: String::new(),
            cookies: Vec::new(),
            csrf: String::new(),
        }
    }

    /// One that speaks TLS.
    pub fn secure(port: u16, tls: Arc<ClientConfig>) -> Self {
        Self { tls: Some(tls), ..Self::at(port) }
    }

    pub fn get(&mut self, target: &str) -> Answer {
        self.send("GET", target, "")
    }

    /// Sends a form with the token of the last page.
    pub fn submit(&mut self, target: &str, form: &str) -> Answer {
        let form = format!("{form}&csrf={}", self.csrf);
        self.send("POST", target, &form)
    }

    /// Sends a body as it is.
    pub fn post(&mut self, target: &str, body: &str) -> Answer {
        self.send("POST", target, body)
    }

    /// Signs in on the page at `target`.
    pub fn sign_in(&mut self, target: &str) -> Answer {
        self.get(target);
        let answer = self.submit(target, &format!("password={}", PASSWORD.replace(' ', "+")));
        if let Some(next) = headers(&answer, "location").next() {
            self.get(next);
        }
        answer
    }

    /// The cookies that it has.
    pub fn cookies(&self) -> &[Cookie] {
        &self.cookies
    }

    fn send(&mut self, verb: &str, target: &str, body: &str) -> Answer {
        let path = target.split(['?', '#']).next().unwrap();
        let target = target.split('#').next().unwrap();
        let sent = |cookie: &&Cookie| {
            let below = path.strip_prefix(cookie.path.trim_end_matches('/'));
            below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let cookies: Vec<String> =
            self.cookies.iter().filter(sent).map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        let (cookies, host, more, length) = (cookies.join("; "), &self.host, &self.headers, body.len());
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((self.from, 0)).into()).unwrap();
        socket.connect(&SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)).into()).unwrap();
        let stream = TcpStream::from(socket);
        let mut wire = match &self.tls {
            None => Wire::new(stream),
            Some(tls) => Wire::secure(stream, Arc::clone(tls)),
        };
        wire.send(format!(
            "{verb} {target} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookies}\r\n{more}\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        ));
        let answer = wire.answer().expect("an answer");
        for line in headers(&answer, "set-cookie") {
            self.keep(line);
        }
        if let Some(csrf) = between(&String::from_utf8_lossy(&answer.body), "name=\"csrf\" value=\"", "\"") {
            self.csrf = csrf;
        }
        answer
    }

    fn keep(&mut self, line: &str) {
        let mut parts = line.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let parts: Vec<&str> = parts.collect();
        let path = parts.iter().find_map(|part| part.strip_prefix("Path=")).unwrap_or("/").to_owned();
        let secure = parts.contains(&"Secure");
        self.cookies.retain(|cookie| cookie.name != name || cookie.path != path);
        if !parts.contains(&"Max-Age=0") {
            self.cookies.push(Cookie { name: name.to_owned(), value: value.to_owned(), path, secure });
        }
    }
}

/// The values of the headers of that name, which is given in lower case.
pub fn headers<'a>(answer: &'a Answer, name: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = answer.head.lines().filter_map(|line| line.split_once(": "));
    lines.filter(move |(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

impl Home {
    /// Sets the admin's password that a browser signs in with.
    pub fn with_password(self) -> Self {
        self.feed(&["password"], PASSWORD).ok();
        self
    }

    /// The node token.
    pub fn token(&self) -> String {
        self.run(&["token"]).ok().out().trim().to_owned()
    }
}
