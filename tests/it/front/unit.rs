//! The systemd unit that it prints, and what systemd itself says about it.

use crate::{process::Home, support::programs::missing};
use std::process::Command;

/// The values of a setting of the unit.
fn settings<'a>(unit: &'a str, name: &str) -> Vec<&'a str> {
    let lines = unit.lines().filter_map(|line| line.split_once('='));
    lines.filter(|(found, _)| *found == name).map(|(_, value)| value).collect()
}

#[test]
fn the_unit_names_only_what_there_is() {
    let home = Home::new();
    let unit = home.run(&["unit"]).ok().out();
    let start = settings(&unit, "ExecStart");
    let arguments: Vec<&str> = start[0].split(' ').skip(1).collect();
    let help = home.run(&[&arguments[..], &["--help"]].concat()).ok().out();
    let variables = settings(&unit, "Environment");
    assert!(start.len() == 1 && variables.len() == 3, "{unit}");
    for variable in variables {
        let (name, value) = variable.split_once('=').unwrap();
        assert!(help.contains(&format!("[env: {name}=")), "{name} is no option:\n{help}");
        assert!(!value.is_empty(), "{name}");
    }
}

#[test]
fn systemd_understands_it_and_finds_it_hardened() {
    // Opening ports below 1024 takes a capability, and with it the user namespace.
    for (more, highest) in [
        (&[][..], 1.1),
        (&["--node"], 1.1),
        (&["--https", "panel.example.org"], 1.4),
        (&["--https", "203.0.113.7"], 1.4),
    ] {
        judged(more, highest);
    }
}

fn judged(more: &[&str], highest: f64) {
    let tool = "systemd-analyze";
    if missing(&[tool]) {
        return;
    }
    let home = Home::new();
    let unit = home.run(&[&["unit"], more].concat()).ok().out();
    let variables = match more.first() {
        None => 3,
        Some(&"--node") => 0,
        Some(_) => 4,
    };
    assert_eq!(settings(&unit, "Environment").len(), variables);
    let panel = home.command(&[]).get_program().to_str().unwrap().to_owned();
    let file = home.file("mu-panel.service", unit.replace("/usr/local/bin/mu-panel", &panel));
    let verified = Command::new(tool).arg("verify").arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    let about_it: Vec<&str> = said.lines().filter(|line| line.contains("mu-panel")).collect();
    assert!(verified.status.success() && about_it.is_empty(), "{said}");
    let judged = Command::new(tool).args(["security", "--offline=true", "--no-pager"]).arg(&file).output().unwrap();
    let table = String::from_utf8_lossy(&judged.stdout).into_owned();
    let level = table.lines().rev().find_map(|line| line.split_once("mu-panel.service: ")).expect("a level").1;
    let level: f64 = level.split(' ').next().unwrap().parse().unwrap();
    println!("systemd says {level} of 10 of {more:?}");
    assert!(level <= highest, "{table}");
}
