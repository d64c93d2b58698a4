//! A real panel process with a folder of its own, and programs beside it.

use crate::support::wire::until;
use mu_panel::outbound::{Answer, Call, Failure, Https, Options, authorities};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// A process that is killed when this is dropped.
pub(crate) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Starts a program, whose output goes to a file.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Self {
        let log = File::options().create(true).append(true).open(log).unwrap();
        let command = command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        Self(command.spawn().unwrap())
    }

    /// Its status if it has ended by itself.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        self.0.try_wait().unwrap().map(|status| status.code().unwrap_or(-1))
    }
}

/// A folder with a database in it.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// What the panel has said and logged.
    pub(crate) fn log(&self) -> String {
        self.read("log")
    }

    /// Waits for words in the log.
    pub(crate) fn says(&self, words: &str) {
        let start = std::time::Instant::now();
        while !self.log().contains(words) {
            assert!(start.elapsed() < Duration::from_mins(1), "never said {words:?}: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mu-panel"));
        command.args(arguments).current_dir(self.0.path()).env("TZ", "UTC");
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MU_PANEL_") && !name.contains("TEST")) {
            command.env_remove(name);
        }
        command
    }

    /// Starts `serve` with those arguments, plain on port 8080.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Running {
        let before = self.log().matches("listening on http://127.0.0.1:8080").count();
        let mut running = Running::start(self.command(&["serve"]).args(arguments), &self.path("log"));
        until("the panel listens", || {
            assert_eq!(running.ended(), None, "{}", self.log());
            self.log().matches("listening on http://127.0.0.1:8080").count() > before
        });
        running
    }
}

/// A client that trusts the certificates of a file alone.
pub(crate) fn trusting(file: &Path) -> Https {
    let time = Duration::from_secs(10);
    Https::new(&Options { authorities: Some(authorities(file).unwrap()), time, ..Options::default() })
}

/// Asks for a page.
pub(crate) fn get(client: &Https, url: &str) -> Result<Answer, Failure> {
    client.send(Call { method: "GET", url, headers: &[], body: None })
}

/// The admin's password.
pub(crate) const PASSWORD: &str = "correct horse";

impl Home {
    /// Sets the admin's password.
    pub(crate) fn set_password(&self) {
        let mut command = self.command(&["password"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        assert!(child.wait().unwrap().success());
    }

    /// Runs a command to its end and returns what it printed, on whichever stream.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let ran = self.command(arguments).output().unwrap();
        [ran.stdout, ran.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat()
    }

    /// What `/metrics` says, on port 8080.
    pub(crate) fn metrics(&self) -> String {
        let token = self.run(&["token"]);
        let url = "http://127.0.0.1:8080/metrics";
        let call = Call { method: "GET", url, headers: &[("Token", token.trim())], body: None };
        String::from_utf8(Https::new(&Options::default()).send(call).unwrap().body).unwrap()
    }
}

/// A browser on the plain port 8080.
pub(crate) struct Browser {
    client: Https,
    cookies: RefCell<BTreeMap<String, String>>,
    csrf: RefCell<String>,
    /// The language that it asks for.
    language: Cell<&'static str>,
    /// The address that a proxy says it comes from.
    from: Option<&'static str>,
}

/// A page, and where it leads.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) location: String,
    pub(crate) text: String,
}

impl Page {
    pub(crate) fn shows(&self, words: &str) -> &Self {
        assert!(self.text.contains(words), "{words:?} is not on the page: {}", self.text);
        self
    }

    pub(crate) fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}

impl Browser {
    pub(crate) fn new(from: Option<&'static str>) -> Self {
        let client = Https::new(&Options::default());
        Self { client, cookies: RefCell::default(), csrf: RefCell::default(), language: Cell::new("en"), from }
    }

    /// The admin's, signed in.
    pub(crate) fn admin() -> Self {
        Self::signed_in(None)
    }

    pub(crate) fn signed_in(from: Option<&'static str>) -> Self {
        let browser = Self::new(from);
        browser.get("/login").is(200);
        browser.submit("/login", &format!("password={}", PASSWORD.replace(' ', "+"))).is(303);
        browser.get("/settings").is(200);
        browser
    }

    /// The same, asking for Chinese from now on, or for English.
    pub(crate) fn speak(&self, language: &'static str) {
        self.language.set(language);
    }

    pub(crate) fn get(&self, path: &str) -> Page {
        self.send("GET", path, None)
    }

    /// Sends a form, with what the page before had hidden in it.
    pub(crate) fn submit(&self, path: &str, form: &str) -> Page {
        let csrf = self.csrf.borrow().clone();
        self.send("POST", path, Some(&format!("{form}&csrf={csrf}")))
    }

    fn send(&self, method: &str, path: &str, form: Option<&str>) -> Page {
        let url = format!("http://127.0.0.1:8080{path}");
        let cookies = self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        let cookies = cookies.join("; ");
        let mut headers = vec![("Cookie", cookies.as_str()), ("Accept-Language", self.language.get())];
        headers.extend(self.from.map(|from| ("X-Forwarded-For", from)));
        if form.is_some() {
            headers.push(("Content-Type", "application/x-www-form-urlencoded"));
        }
        let call = Call { method, url: &url, headers: &headers, body: form.map(str::as_bytes) };
        let answer = self.client.send(call).unwrap();
        for cookie in answer.headers.get_all("set-cookie") {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
        }
        let location = answer.header("location").unwrap_or_default().to_owned();
        let text = String::from_utf8(answer.body).unwrap();
        if let Some((_, rest)) = text.split_once("name=\"csrf\" value=\"") {
            rest.split('"').next().unwrap().clone_into(&mut self.csrf.borrow_mut());
        }
        Page { status: answer.status, location, text }
    }
}
