//! A real panel process on a free port, for what needs the socket, the file or a kill; and its command line.

use crate::{
    panel::between,
    support::wire::{Wire, until},
};
use rustix::{
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};
use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A folder with a database in it.
pub struct Home {
    dir: TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn db(&self) -> PathBuf {
        self.path("mu-panel.db")
    }

    /// Writes a file and returns where it is.
    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// A command line, with nothing of this machine's environment that it would heed.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mu-panel"));
        command.args(arguments).current_dir(self.dir.path()).env("TZ", "UTC");
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MU_PANEL_")) {
            command.env_remove(name);
        }
        command
    }

    /// Runs a command line to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran(self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    /// Runs a command line whose standard error, and nothing else, is a terminal; also returns what that was shown.
    pub fn run_on_terminal(&self, arguments: &[&str]) -> (Ran, String) {
        let mut terminal = File::from(openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap());
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
        let screen = File::options().read(true).write(true).open(name).unwrap();
        let seen = std::thread::spawn(move || {
            let mut seen = Vec::new();
            // It ends with an error once no process has the terminal open any more.
            let _ = terminal.read_to_end(&mut seen);
            String::from_utf8(seen).unwrap()
        });
        let child = self.command(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(screen).spawn().unwrap();
        (Ran(child.wait_with_output().unwrap()), seen.join().unwrap())
    }

    /// Runs a command line that reads `input`.
    pub fn feed(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Ran(child.wait_with_output().unwrap())
    }

    /// Starts a server on a free port and waits until it listens.
    pub fn serve(&self) -> Served {
        self.serve_with(&[], &[])
    }

    /// The same with more arguments and with environment variables.
    pub fn serve_with(&self, arguments: &[&str], environment: &[(&str, &Path)]) -> Served {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.args(arguments).envs(environment.iter().copied());
        self.start(command)
    }

    /// Starts a server of that command line and waits until it listens.
    pub fn start(&self, command: Command) -> Served {
        Served::start(command, self.path("log"))
    }
}

/// A process that is killed when this is dropped.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A running server; it is killed when it is dropped.
pub struct Served {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
    pub address: SocketAddr,
    log: PathBuf,
}

impl Served {
    /// Starts it and waits until it listens; what it logs goes to `log`.
    pub fn start(mut command: Command, log: PathBuf) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(File::create(&log).unwrap()).spawn().unwrap();
        let out = child.stdout.take().unwrap();
        Self::of(child, out, log)
    }

    /// A server that was started already, of which that is the standard output; waits until it listens.
    pub fn of(child: Child, out: std::process::ChildStdout, log: PathBuf) -> Self {
        let mut out = BufReader::new(out);
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let place = line.trim().strip_prefix("listening on ");
        let place = place.unwrap_or_else(|| panic!("{line:?}: {:?}", std::fs::read_to_string(&log)));
        let address = place.split("://").nth(1).unwrap_or("127.0.0.1:0");
        let address = address.split('/').next().unwrap().parse().unwrap();
        Self { child, out, address, log }
    }

    /// The next line that it prints.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// The link to set the password, from the lines that it prints first.
    pub fn setup_link(&mut self) -> String {
        loop {
            let line = self.line();
            assert!(!line.is_empty(), "it prints no link");
            if line.starts_with("set your password here") {
                return line[line.find("http").unwrap()..].to_owned();
            }
        }
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Waits for words in the log, which a thread of its own writes a moment later.
    pub fn says(&self, words: &str) {
        wait_until(words, || self.log().contains(words));
    }

    /// Sends bytes as they are on a connection of their own and returns all that comes back until it is closed.
    pub fn raw(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(bytes.as_ref()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// A request with the token; status and body.
    pub fn call(&self, token: &str, verb: &str, path: &str, body: &str) -> (u16, String) {
        let length = body.len();
        let answer = self.raw(format!(
            "{verb} {path} HTTP/1.1\r\nHost: panel\r\nToken: {token}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        ));
        let status = between(&answer, "HTTP/1.1 ", " ").unwrap().parse().unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        (status, body.to_owned())
    }
}

impl Served {
    /// Kills it while others still talk to it; [`stop`](Self::stop) waits for its end.
    pub fn kill(&self) {
        let killed = Command::new("kill").args(["-9", &self.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }

    /// A connection to it.
    pub fn wire(&self) -> Wire {
        Wire::new(TcpStream::connect(self.address).unwrap())
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// A number of `/proc/PID/status`; sizes are in KiB.
    pub fn status(&self, name: &str) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_matches([':', '\t', ' ', 'k', 'B']).parse().unwrap()
    }

    /// What it holds at present.
    pub fn holdings(&self) -> Holdings {
        let process = PathBuf::from(format!("/proc/{}", self.id()));
        let private = std::fs::read_to_string(process.join("net/unix")).unwrap();
        let private: Vec<&str> = private.lines().filter_map(|line| line.split_whitespace().nth(6)).collect();
        let mut holdings = Holdings { threads: self.status("Threads"), ..Holdings::default() };
        for file in std::fs::read_dir(process.join("fd")).unwrap() {
            // It may have been closed meanwhile.
            let Ok(file) = std::fs::read_link(file.unwrap().path()) else { continue };
            match between(file.to_str().unwrap(), "socket:[", "]") {
                Some(socket) if private.contains(&&*socket) => holdings.private += 1,
                Some(_) => holdings.sockets += 1,
                None => holdings.others += 1,
            }
        }
        holdings
    }

    /// How many files it has open.
    pub fn files(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.id())).unwrap().count()
    }

    /// Whether it has not ended.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.id()).ok().and_then(Pid::from_raw).unwrap();
        kill_process(id, signal).unwrap();
    }

    /// Waits for its end and returns its exit status.
    pub fn ended(&mut self) -> Option<i32> {
        until("the process to end", || !self.runs());
        self.child.wait().unwrap().code()
    }

    /// Kills it, as a power cut would.
    pub fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process holds, by kind.
#[derive(Debug, Clone, Copy, Default)]
pub struct Holdings {
    pub threads: usize,
    /// Sockets of clients, and those that clients come to.
    pub sockets: usize,
    /// Sockets in the file system, and pairs of them.
    pub private: usize,
    /// Files, and what else has a number.
    pub others: usize,
}

impl Holdings {
    /// Whether this is no more than `before`, but for the pools: 64 private connections between the door and its
    /// workers, each with three sockets and two threads, and four readers of the database. Of a client nothing is left.
    pub fn is_as(&self, before: &Self) -> bool {
        // Of a client from before, one may not have been closed yet when they were counted.
        self.sockets <= before.sockets
            && self.private <= before.private + 3 * 64
            && self.threads <= before.threads + 2 * 64 + 8
            && self.others <= before.others + 3 * 4
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Waits until something is so, and fails after half a minute.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(30), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What a command line has done.
#[derive(Debug)]
pub struct Ran(Output);

impl Ran {
    /// Checks that it went well.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.0.status.code(), Some(0), "{}", self.err());
        self
    }

    /// Checks that it failed, with one line on standard error that contains `words`.
    #[track_caller]
    pub fn fails(self, words: &str) -> Self {
        assert_eq!(self.0.status.code(), Some(1), "{}{}", self.out(), self.err());
        assert!(self.err().starts_with("mu-panel: ") && self.err().lines().count() == 1, "{:?}", self.err());
        assert!(self.err().contains(words), "no `{words}` in {:?}", self.err());
        self
    }

    /// Checks that it failed, with several lines on standard error that contain `words`.
    #[track_caller]
    pub fn fails_with_a_list(self, words: &str) -> Self {
        assert!(self.err().starts_with("mu-panel: ") && self.err().contains(words), "{:?}", self.err());
        self.exits(1)
    }

    /// Checks the exit status.
    #[track_caller]
    pub fn exits(self, status: i32) -> Self {
        assert_eq!(self.0.status.code(), Some(status), "{}{}", self.out(), self.err());
        self
    }

    /// Checks that it printed `words`.
    #[track_caller]
    pub fn prints(self, words: &str) -> Self {
        assert!(self.out().contains(words), "no `{words}` in {:?}", self.out());
        self
    }

    /// What it printed.
    pub fn out(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    /// What it said on standard error.
    pub fn err(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    /// What it printed, as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out()).unwrap_or_else(|error| panic!("{error}: {}", self.out()))
    }
}
