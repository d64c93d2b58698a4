//! A client on a connection that it keeps, as node programs do; and a browser that is signed in.

use crate::{
    panel::{BOUNDARY, PASSWORD, between, form_with_file},
    process::Served,
};
use std::{
    cell::RefCell,
    io::{BufRead, BufReader, Read, Result, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// One connection. Any error on it means that the other end is gone.
pub struct Client {
    stream: BufReader<TcpStream>,
    /// Header lines that every request brings.
    headers: String,
}

impl Client {
    /// A node that knows the token.
    pub fn node(address: SocketAddr, token: &str) -> Result<Self> {
        Self::new(address, &format!("Token: {token}\r\n"))
    }

    fn new(address: SocketAddr, headers: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), headers: headers.to_owned() })
    }

    /// GET; status and body.
    pub fn get(&mut self, path: &str) -> Result<(u16, String)> {
        let (status, _, body) = self.send("GET", path, "", "")?;
        Ok((status, body))
    }

    /// POST; status and body.
    pub fn post(&mut self, path: &str, body: &str) -> Result<(u16, String)> {
        let (status, _, body) = self.send("POST", path, "", body)?;
        Ok((status, body))
    }

    /// POST with an Idempotency-Key.
    pub fn post_keyed(&mut self, path: &str, key: &str, body: &str) -> Result<(u16, String)> {
        let (status, _, body) = self.send("POST", path, &format!("Idempotency-Key: {key}\r\n"), body)?;
        Ok((status, body))
    }

    /// A request with more header lines; status, head and body.
    fn send(&mut self, verb: &str, path: &str, more: &str, body: &str) -> Result<(u16, String, String)> {
        let (status, head, body) = self.send_bytes(verb, path, more, body.as_bytes())?;
        Ok((status, head, String::from_utf8(body).unwrap()))
    }

    fn send_bytes(&mut self, verb: &str, path: &str, more: &str, body: &[u8]) -> Result<(u16, String, Vec<u8>)> {
        let (headers, length) = (&self.headers, body.len());
        let head = format!("{verb} {path} HTTP/1.1\r\nHost: panel\r\n{headers}{more}Content-Length: {length}\r\n\r\n");
        self.stream.get_mut().write_all(&[head.as_bytes(), body].concat())?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.stream.read_line(&mut head)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
        let length = between(&head.to_ascii_lowercase(), "content-length: ", "\r\n");
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        self.stream.read_exact(&mut body)?;
        let status = between(&head, "HTTP/1.1 ", " ").unwrap().parse().unwrap();
        Ok((status, head, body))
    }
}

/// The admin's browser, signed in with [`PASSWORD`].
pub struct Browser {
    client: RefCell<Client>,
    csrf: String,
}

impl Browser {
    pub fn sign_in(server: &Served) -> Self {
        let mut client = Client::new(server.address, "").unwrap();
        let (_, head, page) = client.send("GET", "/login", "", "").unwrap();
        let cookie = |head: &str| between(head, "Set-Cookie: ", ";").unwrap();
        let csrf = |page: &str| between(page, "name=\"csrf\" value=\"", "\"").unwrap();
        let body = format!("password={}&csrf={}", PASSWORD.replace(' ', "+"), csrf(&page));
        let (status, head, _) =
            client.send("POST", "/login", &format!("Cookie: {}\r\n", cookie(&head)), &body).unwrap();
        assert_eq!(status, 303);
        client.headers = format!("Cookie: {}\r\n", cookie(&head));
        let (status, page) = client.get("/").unwrap();
        assert_eq!(status, 200);
        Self { client: RefCell::new(client), csrf: csrf(&page) }
    }

    /// GET; status and page.
    pub fn get(&self, path: &str) -> (u16, String) {
        self.client.borrow_mut().get(path).unwrap()
    }

    /// POST of a form with that file in it; status and page.
    pub fn upload(&self, path: &str, content: &[u8]) -> (u16, String) {
        let body = form_with_file(BOUNDARY, &[("csrf", &self.csrf)], content);
        let more = format!("Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n");
        let (status, _, body) = self.client.borrow_mut().send_bytes("POST", path, &more, &body).unwrap();
        (status, String::from_utf8(body).unwrap())
    }

    /// GET of a file.
    pub fn file(&self, path: &str) -> Vec<u8> {
        let (status, _, body) = self.client.borrow_mut().send_bytes("GET", path, "", b"").unwrap();
        assert_eq!(status, 200);
        body
    }

    /// POST of a form that is answered by a file; nothing if it takes longer.
    pub fn submit_for_file(&self, path: &str) -> Vec<u8> {
        let form = format!("csrf={}", self.csrf);
        let (status, _, body) = self.client.borrow_mut().send_bytes("POST", path, "", form.as_bytes()).unwrap();
        assert!([200, 303].contains(&status));
        body
    }

    /// Puts back what was sent, though the server may die of it; whether it has.
    pub fn dies_of_putting_back(&self) -> bool {
        let mut client = self.client.borrow_mut();
        let mut told = client.post("/restore", &format!("csrf={}", self.csrf));
        loop {
            match told {
                Err(_) => return true,
                Ok((_, page)) if page.contains("was restored") => return false,
                Ok(_) => told = client.get("/restore"),
            }
        }
    }

    /// Sends a backup to be put back, waits until it has been looked at, and says what the page shows then.
    pub fn send_backup(&self, content: &[u8]) -> String {
        let (status, page) = self.upload(&self.backup_address(), content);
        if status == 303 { self.watch("/restore") } else { page }
    }

    /// Where a backup is to be sent.
    pub fn backup_address(&self) -> String {
        let (_, page) = self.get("/restore");
        format!("/restore/file/{}", between(&page, "action=\"/restore/file/", "\"").unwrap())
    }

    /// Looks again until nothing goes on any more.
    pub fn watch(&self, path: &str) -> String {
        loop {
            let (_, page) = self.get(path);
            if !page.contains("<progress") {
                return page;
            }
        }
    }

    /// POST of a form; status and page.
    pub fn submit(&self, path: &str, form: &str) -> (u16, String) {
        self.client.borrow_mut().post(path, &format!("{form}&csrf={}", self.csrf)).unwrap()
    }
}
