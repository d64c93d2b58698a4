//! What a kill and a backup cost the clients that report: how soon it listens again, and the longest time without an
//! answer.

use crate::{
    load::{self, Load},
    process::{Panel, binary},
};
use std::{process::Command, time::Duration};

/// Connections that report while it is killed or backed up.
const REPORTING: usize = 4;
const KILLS: usize = 20;
const COPIES: usize = 5;
/// Rows of history in the database that is backed up: some 60 MiB.
const HISTORY: usize = 2_000_000;

/// Seconds from the start to `listening on …` after it was killed under load: the median, and the longest.
pub(crate) fn starts_after_a_kill() -> (f64, f64) {
    let mut panel = Panel::start(1_000);
    let mut starts: Vec<f64> = (0..KILLS)
        .map(|_| {
            let report = |connection, turn| report(&panel, connection, turn);
            Load::new(panel.address, REPORTING).rate(Duration::from_millis(300), report);
            panel.kill_and_start();
            panel.listening
        })
        .collect();
    let median = load::median(&mut starts);
    (median, starts[starts.len() - 1])
}

/// The longest time without an answer on a connection that reports all the time.
pub(crate) struct Gaps {
    /// Seconds, while the database is backed up.
    pub(crate) backing_up: f64,
    /// Seconds, just as long without.
    pub(crate) usual: f64,
    /// Seconds that a backup takes.
    pub(crate) copy: f64,
    /// Bytes of a backup.
    pub(crate) bytes: u64,
}

/// The median of the longest gaps while it is backed up, and just as long without, in turn.
pub(crate) fn gaps() -> Gaps {
    let panel = Panel::start_with(1_000, HISTORY);
    let report = |connection, turn| report(&panel, connection, turn);
    let (mut with, mut without, mut copies, mut bytes) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for number in 0..COPIES {
        let file = panel.file(&format!("copy-{number}.db"));
        let copy = || {
            let mut backup = Command::new(binary());
            backup.arg("backup").arg(&file).env("MU_PANEL_DB", panel.file("mu-panel.db"));
            assert!(backup.output().unwrap().status.success());
        };
        let (longest, took) = Load::new(panel.address, REPORTING).longest(copy, report);
        with.push(longest);
        copies.push(took);
        bytes = file.metadata().unwrap().len();
        std::fs::remove_file(&file).unwrap();
        let wait = || std::thread::sleep(Duration::from_secs_f64(took));
        without.push(Load::new(panel.address, REPORTING).longest(wait, report).0);
    }
    Gaps {
        backing_up: load::median(&mut with),
        usual: load::median(&mut without),
        copy: load::median(&mut copies),
        bytes,
    }
}

fn report(panel: &Panel, connection: usize, turn: usize) -> Vec<u8> {
    let user = (connection * 7919 + turn) % 1_000 + 1;
    panel.request("POST", &format!("/mu/v2/users/{user}/traffic"), "u=1&d=1&node_id=1")
}
