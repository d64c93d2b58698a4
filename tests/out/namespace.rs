//! A network of a test's own, in which every port is free and nothing leads out.

use crate::support::programs::skip;
use std::process::{Command, Stdio};

const INSIDE: &str = "MU_PANEL_TEST_NAMESPACE";

/// Runs the test of that name (`module::function`) again in namespaces of its own, with the loopback interface up. True
/// in there: the test goes on. False outside, when that run has passed, or when this machine lets no user make
/// namespaces, which is said.
pub(crate) fn inside(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some_and(|inside| inside == test) {
        return true;
    }
    let mut tried = Command::new("unshare");
    tried.args(["-n", "-m", "-r", "ip", "link", "set", "lo", "up"]).stdout(Stdio::null()).stderr(Stdio::null());
    if !tried.status().is_ok_and(|status| status.success()) {
        let why = "this machine lets nobody make a network namespace (`unshare`, `ip`)";
        assert!(std::env::var_os("CI").is_none(), "{why}");
        skip(why);
        return false;
    }
    let program = std::env::current_exe().unwrap();
    let script = format!("ip link set lo up && exec {} --exact {test} --nocapture", program.display());
    let ran = Command::new("unshare").args(["-n", "-m", "-r", "sh", "-c", &script]).env(INSIDE, test).output().unwrap();
    let said = [ran.stdout, ran.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(ran.status.success(), "in the namespace: {said}");
    assert!(said.contains("1 passed"), "it ran no test: {said}");
    false
}

/// Puts a file in the place of one of the system's, for this namespace alone.
pub(crate) fn put(text: &str, place: &str) {
    let file = std::env::temp_dir().join(format!("mu-panel-{}-{}", std::process::id(), place.replace('/', "-")));
    std::fs::write(&file, text).unwrap();
    let bound = Command::new("mount").arg("--bind").arg(&file).arg(place).status().unwrap();
    assert!(bound.success(), "{place} cannot be replaced");
    std::fs::remove_file(file).unwrap();
}
