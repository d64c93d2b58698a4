//! A real panel process with a folder of its own, and programs beside it.

use crate::support::wire::until;
use mu_panel::outbound::{Answer, Call, Failure, Https, Options, authorities};
use std::{
    fs::{self, File},
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
