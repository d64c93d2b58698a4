//! Writes the manual pages and the completions for shells into a folder: `cargo run --example manual -- FOLDER`. They
//! are made of the same description of the commands that `--help` prints.

use clap_complete::{Shell, generate_to};
use std::{fs, path::PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("name the folder to write into")?);
    let completions = folder.join("completions");
    let manual = folder.join("man");
    for folder in [&completions, &manual] {
        fs::create_dir_all(folder)?;
    }
    clap_mangen::generate_to(mu_panel::cli::command(), &manual)?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        generate_to(shell, &mut mu_panel::cli::command(), "mu-panel", &completions)?;
    }
    Ok(())
}
