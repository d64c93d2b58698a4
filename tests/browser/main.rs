//! The pages in a real Chromium: runs the tests that lie beside this file as `*.test.mjs`.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser");

#[test]
fn pages_in_a_real_browser() {
    if let Some(missing) = missing() {
        assert!(std::env::var_os("CI").is_none(), "{missing}");
        // Past the capture of the test harness, which would keep it to itself.
        writeln!(std::io::stderr(), "skipped: {missing}").unwrap();
        return;
    }
    let status = Command::new("node")
        .args(["--test", "--test-reporter=spec", "--test-concurrency=2"])
        .args(test_files())
        .env("MU_PANEL_PROGRAM", env!("CARGO_BIN_EXE_mu-panel"))
        .current_dir(HERE)
        .status()
        .unwrap();
    assert!(status.success(), "a test in the browser failed: see above");
}

/// What is not installed, and how to get it.
fn missing() -> Option<&'static str> {
    let chromium = std::env::var_os("CHROMIUM").map_or_else(|| PathBuf::from("/usr/bin/chromium"), PathBuf::from);
    if !node_is_new_enough() {
        Some("the browser tests need Node.js 20.10 or later: install `nodejs` and `npm`")
    } else if !chromium.exists() {
        Some("the browser tests need Chromium: install `chromium`, or name yours in the variable CHROMIUM")
    } else if !Path::new(HERE).join("node_modules/playwright-core").exists()
        || !Path::new(HERE).join("node_modules/axe-core").exists()
    {
        Some("the browser tests need two packages: run `npm ci` in tests/browser")
    } else {
        None
    }
}

fn node_is_new_enough() -> bool {
    let Ok(ran) = Command::new("node").arg("--version").stdin(Stdio::null()).output() else { return false };
    let version = String::from_utf8_lossy(&ran.stdout).trim().trim_start_matches('v').to_owned();
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next(), parts.next()) >= (Some(20), Some(10))
}

fn test_files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(HERE).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.to_string_lossy().ends_with(".test.mjs")).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}
