//! Users and databases as files: import, export, backup, restore, check.

use super::{Context, progress::Bar, say, user};
use crate::{
    error::{Error, Fault, Result},
    export, import,
    model::{Progress, Stage},
    store::{self, Checked, Store, paths},
};
use clap::{Args, ValueEnum};
use std::{collections::BTreeSet, io::Read, path::PathBuf};

#[derive(Args)]
pub(super) struct ImportOptions {
    /// A list as another panel's `GET /users` or `export` gives it, as JSON or CSV, or names, one a line; `-` for
    /// standard input
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
}

#[derive(Args)]
pub(super) struct ExportOptions {
    /// The format
    #[arg(long, default_value = "json")]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Json,
    Csv,
}

#[derive(Args)]
pub(super) struct BackupOptions {
    /// The file to write, which must not exist yet
    file: PathBuf,
}

#[derive(Args)]
pub(super) struct RestoreOptions {
    /// The backup to restore
    file: PathBuf,
}

pub(super) fn import(context: &Context, options: &ImportOptions) -> Result<()> {
    let unusable = Error::file(&options.file);
    let mut text = Vec::new();
    if options.file.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut text).map_err(unusable)?;
    } else {
        text = std::fs::read(&options.file).map_err(unusable)?;
    }
    let app = context.open()?;
    let bar = Bar::new();
    bar.tell()(Progress::at(Stage::Reading));
    let users = import::read(&app, &text, context.now())?;
    let now = context.now();
    let added = app.store.add_users_apart(users, BTreeSet::new(), now, app.today(now)?, bar.tell())?;
    drop(bar);
    let number = i64::try_from(added.len()).unwrap_or(i64::MAX);
    let is = if number == 1 { "is" } else { "are" };
    say(&format!("{} {is} imported", count(number, "user")));
    Ok(())
}

pub(super) fn export(context: &Context, options: &ExportOptions) -> Result<()> {
    let app = context.open()?;
    let bar = Bar::new();
    bar.tell()(Progress::at(Stage::Listing));
    let users = user::all_users(&app, context)?;
    let today = app.today(context.now())?;
    let list = match options.format {
        Format::Json => export::list(&users, today, bar.tell()),
        Format::Csv => export::csv(&users, today, bar.tell())?,
    };
    // What is written may go to the same terminal.
    drop(bar);
    say(list.trim_end());
    Ok(())
}

pub(super) fn backup(context: &Context, options: &BackupOptions) -> Result<()> {
    if !context.db.exists() {
        return Err(Fault::FileMissing { file: context.db.display().to_string() }.into());
    }
    // Only reading, so that a running server never waits for it.
    let bar = Bar::new();
    let checked = Store::open(&context.db)?.backup(&options.file, bar.tell())?;
    drop(bar);
    say(&format!("`{}` has {}", options.file.display(), contents(&checked)));
    Ok(())
}

pub(super) fn restore(context: &Context, options: &RestoreOptions) -> Result<()> {
    let _lock = context.lock()?;
    let kept = paths::before_restore(&context.db, context.now());
    let had_one = context.db.exists();
    let bar = Bar::new();
    let checked = store::restore_file(&options.file, &context.db, &kept, bar.tell())?;
    drop(bar);
    say(&format!("`{}` now has {}", context.db.display(), contents(&checked)));
    if had_one {
        say(&format!("what it had before is in `{}`", kept.display()));
    } else if let Some(log) = [paths::log(&kept), paths::journal(&kept)].iter().find(|log| log.exists()) {
        say(&format!("the log of one that was there before is in `{}`", log.display()));
    }
    Ok(())
}

pub(super) fn check(context: &Context) -> Result<()> {
    let checked = store::check_file(&context.db)?;
    if checked.faults.is_empty() {
        say(&format!("`{}` is sound: {}, schema {}", context.db.display(), contents(&checked), checked.version));
        if !checked.foreign.is_empty() {
            say(&format!("a backup of it could not be restored: {}: remove it first", checked.foreign.join("; ")));
        }
        return Ok(());
    }
    let file = context.db.display().to_string();
    Err(Error::Invalid(Fault::DatabaseDamaged { file, detail: checked.faults.join("; ") }))
}

fn contents(checked: &Checked) -> String {
    format!("{} and {}", count(checked.users, "user"), count(checked.nodes, "node"))
}

fn count(number: i64, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}
