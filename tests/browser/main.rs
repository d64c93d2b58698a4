//! The pages in a real Chromium: runs the tests that lie beside this file as `*.test.mjs`.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

mod long_work;
mod made_up;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
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
    run(node().args(["--test", "--test-reporter=spec", "--test-concurrency=3"]).args(test_files()));
}

#[test]
#[ignore = "only on demand: writes docs/pictures and docs/pictures.md"]
fn pictures() {
    assert_eq!(missing(), None);
    run(node().arg("pictures.mjs"));
}

/// Node.js in the folder of the tests, told where the program is, where databases are, and who holds the right to write
/// to one.
fn node() -> Command {
    let file = |name: &str| {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_file(&file);
        file
    };
    let (made_up, to_copy) = (file("made-up.db"), file("slow-to-copy.db"));
    made_up::make_up(&made_up, now()).unwrap();
    long_work::slow_to_copy(&made_up, &to_copy).unwrap();
    let mut node = Command::new("node");
    node.current_dir(HERE)
        .env("CHROMIUM", chromium())
        .env("MU_PANEL_PROGRAM", env!("CARGO_BIN_EXE_mu-panel"))
        .env("MU_PANEL_MADE_UP", made_up)
        .env("MU_PANEL_SLOW_TO_COPY", to_copy)
        .env("MU_PANEL_HOLDER", long_work::hold_writing().unwrap().to_string());
    node
}

fn run(node: &mut Command) {
    assert!(node.status().unwrap().success(), "the browser found faults: see above");
}

#[allow(clippy::disallowed_methods)] // what was used lately is told from when it is looked at
fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// The browser. Where both are installed the one without windows is taken, which needs half the time.
fn chromium() -> PathBuf {
    let installed = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"].map(PathBuf::from);
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    named.or_else(|| installed.iter().find(|file| file.exists()).cloned()).unwrap_or_default()
}

/// What is not installed, and how to get it.
fn missing() -> Option<&'static str> {
    if !node_is_new_enough() {
        Some("the browser tests need Node.js 20.10 or later: install `nodejs` and `npm`")
    } else if !chromium().exists() {
        Some(
            "the browser tests need Chromium: install `chromium-headless-shell`, or name yours in the variable CHROMIUM",
        )
    } else if !["playwright-core", "axe-core"]
        .iter()
        .all(|name| Path::new(HERE).join("node_modules").join(name).exists())
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
    // One file alone, by a part of its name, while it is worked on.
    let wanted = std::env::var("MU_PANEL_BROWSER_TEST").unwrap_or_default();
    let is_wanted = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.ends_with(".test.mjs") && name.contains(&wanted)
    };
    let mut files: Vec<PathBuf> = entries.filter(is_wanted).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}
