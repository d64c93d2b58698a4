//! The programs that tests speak to or run under: whether they are installed, and ports for them.

use std::io::Write;
use std::net::TcpListener;
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

/// Says that a test is left out, past the test harness, which shows nothing of a test that passes.
pub(crate) fn skip(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// Whether one of these programs is missing, which is said. With the variable `CI` set it is a failure.
pub(crate) fn missing(programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = |program: &str| std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let missing: Vec<&str> = programs.iter().copied().filter(|program| !is_there(program)).collect();
    if missing.is_empty() {
        return false;
    }
    let why = format!("{} not installed", missing.join(", "));
    assert!(std::env::var_os("CI").is_none(), "{why}");
    skip(&why);
    true
}

/// A port of this machine for a program that has to be told one. It is none of those that the system hands out,
/// so no other program gets it before that one has started.
pub(crate) fn free_port() -> u16 {
    static ASKED: AtomicU16 = AtomicU16::new(0);
    // Tests of another process begin elsewhere.
    let begin = (process::id() % 120) as u16 * 100;
    loop {
        let port = 20_000 + (begin + ASKED.fetch_add(1, Ordering::Relaxed)) % 12_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
