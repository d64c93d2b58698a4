//! The servers that are measured: the panel's release binary, and nginx.

pub(crate) mod users;

use std::{
    ffi::OsString,
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};
use tempfile::TempDir;

/// What is measured: the release binary, or another build of it that the environment names.
pub(crate) fn binary() -> OsString {
    std::env::var_os("MU_PANEL_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_mu-panel").into())
}

/// Keeps every core from falling asleep for as long as it is open, as Linux offers root.
pub(crate) fn awake() -> Option<File> {
    let mut request = File::options().write(true).open("/dev/cpu_dma_latency").ok()?;
    // At most so many microseconds may it take to wake one.
    request.write_all(&0_i32.to_ne_bytes()).ok()?;
    Some(request)
}

const TOKEN: &str = "BenchmarkToken0123456789";
const PASSWORD: &str = "a password for measuring";

/// A running panel with that many users.
pub(crate) struct Panel {
    child: Child,
    dir: TempDir,
    pub(crate) address: SocketAddr,
    /// Seconds from its start to its first answer.
    pub(crate) first_answer: f64,
    /// Seconds from its start until it said that it listens.
    pub(crate) listening: f64,
}

impl Panel {
    pub(crate) fn start(count: usize) -> Self {
        Self::start_with(count, 0)
    }

    /// The port of the first user, which the built-in node serves if it is on.
    pub(crate) const FIRST_PORT: u16 = users::FIRST_PORT;

    /// The same with that many rows of history.
    pub(crate) fn start_with(count: usize, history: usize) -> Self {
        Self::open(count, history, &[])
    }

    /// With 200 users, whom its own node serves.
    pub(crate) fn with_node() -> Self {
        let panel = Self::open(200, 0, &["--node", "on", "--node-allow", "127.0.0.0/8"]);
        while TcpStream::connect(("127.0.0.1", Self::FIRST_PORT)).is_err() {
            std::thread::yield_now();
        }
        panel
    }

    fn open(count: usize, history: usize, options: &[&str]) -> Self {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let db = dir.path().join("mu-panel.db");
        users::fill(&db, count);
        users::remember(&db, history);
        let began = Instant::now();
        let (child, address) = serve(&db, options);
        let listening = began.elapsed().as_secs_f64();
        let mut panel = Self { child, dir, address, first_answer: 0.0, listening };
        panel.get("/mu/v2");
        panel.first_answer = began.elapsed().as_secs_f64();
        panel
    }

    /// Kills it as a power cut would, and starts it again.
    pub(crate) fn kill_and_start(&mut self) {
        let _ = self.child.kill();
        self.child.wait().unwrap();
        let began = Instant::now();
        (self.child, self.address) = serve(&self.file("mu-panel.db"), &[]);
        self.listening = began.elapsed().as_secs_f64();
        self.get("/mu/v2");
    }

    /// A file beside its database.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The bytes of a request that brings the token.
    pub(crate) fn request(&self, verb: &str, path: &str, body: &str) -> Vec<u8> {
        let (host, length) = (self.address, body.len());
        format!("{verb} {path} HTTP/1.1\r\nHost: {host}\r\nToken: {TOKEN}\r\nContent-Length: {length}\r\n\r\n{body}")
            .into_bytes()
    }

    /// Sets the password, and gives the cookies of a form to sign in with and the token in it.
    pub(crate) fn sign_in_form(&self) -> (String, String) {
        let mut set = Command::new(binary())
            .args(["password", "--db"])
            .arg(self.dir.path().join("mu-panel.db"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        set.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        assert!(set.wait().unwrap().success());
        let host = self.address;
        let form = self.send(format!("GET /login HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes());
        let csrf = between(&form, "name=\"csrf\" value=\"", "\"");
        (cookies(&form), csrf)
    }

    /// The bytes of a request for a page, from a browser that has signed in.
    pub(crate) fn page_request(&self, path: &str) -> Vec<u8> {
        let (cookies, csrf) = self.sign_in_form();
        let host = self.address;
        let body = format!("password={}&csrf={csrf}", PASSWORD.replace(' ', "+"));
        let signed_in = self.send(
            format!(
                "POST /login HTTP/1.1\r\nHost: {host}\r\nCookie: {cookies}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
            .as_bytes(),
        );
        assert!(signed_in.starts_with("HTTP/1.1 303"), "{signed_in}");
        let cookies = self::cookies(&signed_in);
        format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookies}\r\n\r\n").into_bytes()
    }

    /// The body of an answer to a GET with the token.
    pub(crate) fn get(&self, path: &str) -> Vec<u8> {
        let answer = self.send(
            format!("GET {path} HTTP/1.1\r\nHost: {}\r\nToken: {TOKEN}\r\nConnection: close\r\n\r\n", self.address)
                .as_bytes(),
        );
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        body.as_bytes().to_vec()
    }

    fn send(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(request).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Bytes of memory that it holds.
    pub(crate) fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// The most bytes of memory that it has held.
    pub(crate) fn peak(&self) -> u64 {
        self.status("VmHWM:")
    }

    fn status(&self, field: &str) -> u64 {
        memory_of(self.child.id(), field)
    }
}

/// Bytes of memory that a process holds, by a field of its status such as `VmRSS:`.
pub(crate) fn memory_of(process: u32, field: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

/// Starts it and waits until it says that it listens.
fn serve(db: &Path, options: &[&str]) -> (Child, SocketAddr) {
    let mut child = Command::new(binary())
        .args(["serve", "--listen", "127.0.0.1:0", "--log", "error", "--backup-dir", "none"])
        .args(options)
        .env("MU_PANEL_DB", db)
        .env("MU_PANEL_TOKEN", TOKEN)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().rsplit("//").next().unwrap().parse().unwrap();
    (child, address)
}

impl Drop for Panel {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A report of that many users, with one row each.
pub(crate) fn batch(count: usize) -> String {
    let rows: Vec<String> = (1..=count).map(|user| format!(r#"{{"user_id":{user},"u":1024,"d":4096}}"#)).collect();
    format!("[{}]", rows.join(","))
}

fn between(text: &str, before: &str, after: &str) -> String {
    let from = text.find(before).map_or(text.len(), |at| at + before.len());
    text[from..].split(after).next().unwrap_or_default().to_owned()
}

fn cookies(answer: &str) -> String {
    let set = answer
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    set.filter_map(|(_, value)| value.split(';').next())
        .filter(|pair| !pair.ends_with('='))
        .collect::<Vec<_>>()
        .join("; ")
}

/// An nginx that serves some bytes from a file.
pub(crate) struct Nginx {
    child: Child,
    _dir: TempDir,
    pub(crate) address: SocketAddr,
}

impl Nginx {
    /// `None` if it is not installed.
    pub(crate) fn serving(body: &[u8]) -> Option<Self> {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        std::fs::write(dir.path().join("users"), body).unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let root = dir.path().display();
        let configuration = format!(
            "daemon off; worker_processes auto; pid {root}/pid; error_log {root}/error crit;
             events {{ worker_connections 1024; }}
             http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 10000000;
           default_type application/json;
                 client_body_temp_path {root}/a; proxy_temp_path {root}/b; fastcgi_temp_path {root}/c;
                 uwsgi_temp_path {root}/d; scgi_temp_path {root}/e; open_file_cache max=10;
                 server {{ listen {address}; root {root}; }} }}"
        );
        let file = dir.path().join("nginx.conf");
        std::fs::write(&file, configuration).unwrap();
        // The folder has to be open to the user that its workers run as.
        let _ = Command::new("chmod").args(["-R", "a+rX"]).arg(dir.path()).status();
        let mut child = Command::new("nginx").args(["-g", "user root;", "-c"]).arg(&file).spawn().ok()?;
        while TcpStream::connect(address).is_err() {
            if child.try_wait().unwrap().is_some() {
                return None;
            }
            std::thread::yield_now();
        }
        Some(Self { child, _dir: dir, address })
    }

    pub(crate) fn request(&self) -> Vec<u8> {
        format!("GET /users HTTP/1.1\r\nHost: {}\r\n\r\n", self.address).into_bytes()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers go with their master only if that is asked to stop.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}
