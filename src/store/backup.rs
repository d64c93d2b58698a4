//! Backups: a consistent copy of a live database, and one put in the place of a database that is not open.

use super::{
    Store,
    check::{Checked, check_file, check_incoming},
    copy::{into_file, keep_name},
    open_plain, paths, session,
};
use crate::{
    error::{Error, Fault, Result},
    model::{Progress, Stage, Tell},
};
use std::{fs::File, io::ErrorKind, path::Path};

impl Store {
    /// Writes a consistent copy of the live database to `file`, which must not exist yet, and checks it.
    ///
    /// # Errors
    /// [`Fault::FileExists`], [`Fault::FileUnusable`], [`Fault::DatabaseDamaged`].
    pub fn backup(&self, file: &Path, tell: &Tell) -> Result<Checked> {
        self.read(|connection| into_file(connection, file, Stage::Copying, tell))?;
        tell(Progress::at(Stage::Checking));
        let checked = check_file(file)?;
        if checked.faults.is_empty() {
            return Ok(checked);
        }
        let name = file.display().to_string();
        Err(Fault::DatabaseDamaged { file: name, detail: checked.faults.join("; ") }.into())
    }

    /// Whether the database has neither users nor nodes.
    pub fn is_empty(&self) -> Result<bool> {
        self.read(|connection| {
            let sql = "SELECT NOT EXISTS (SELECT 1 FROM user) AND NOT EXISTS (SELECT 1 FROM node)";
            Ok(connection.query_row(sql, (), |row| row.get(0))?)
        })
    }
}

/// Puts the database in `from` in the place of `file` and returns what is in it. The old one, if there is one, is kept
/// beside it under `kept`. The caller makes sure that no server has it open.
///
/// A power cut at any moment leaves either the one or the other under the name `file`, and each of them whole: the new
/// one is on the disk before it gets the name, and gets it in one step. The old one has been made a single file by
/// then, so that its log is never taken for the log of the new one. All sign-ins of the new one are ended: they may
/// have been revoked since the backup was made.
///
/// # Errors
/// Those of [`check_file`], [`Fault::DatabaseDamaged`] with all that is wrong with `from`, [`Fault::Locked`] if another
/// process reads the old one; then nothing was changed.
pub fn restore_file(from: &Path, file: &Path, kept: &Path, tell: &Tell) -> Result<Checked> {
    tell(Progress::at(Stage::Checking));
    let checked = check_incoming(from)?;
    let coming = paths::restoring(file);
    paths::remove_database(&coming);
    into_file(&open_plain(from)?, &coming, Stage::Copying, tell)?;
    let aside = || if file.exists() { set_aside(file, kept) } else { logs_aside(file, kept) };
    session::end_all(&coming).and_then(|()| aside()).inspect_err(|_| drop(std::fs::remove_file(&coming)))?;
    std::fs::rename(&coming, file).and_then(|()| keep_name(file)).map_err(Error::file(file))?;
    Ok(checked)
}

/// Gives the old database a second name, under which it stays when the new one takes the first.
fn set_aside(file: &Path, kept: &Path) -> Result<()> {
    let whole = into_one_file(file)?;
    match std::fs::hard_link(file, kept) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(Error::file(kept)(error)),
        // A file system that cannot give two names.
        Err(_) => std::fs::copy(file, kept).and_then(|_| File::open(kept)?.sync_all()).map_err(Error::file(kept))?,
    }
    // If not, it is too broken to open.
    if whole { keep_name(kept).map_err(Error::file(kept)) } else { logs_aside(file, kept) }
}

/// Moves away the logs of a database that is broken or gone, so that they are not taken for those of the new one.
fn logs_aside(file: &Path, kept: &Path) -> Result<()> {
    let moved =
        paths::logs(file).iter().zip(paths::logs(kept)).try_for_each(|(log, kept)| match std::fs::rename(log, kept) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        });
    moved.and_then(|()| keep_name(kept)).map_err(Error::file(kept))
}

/// Moves the log of a database into the file and removes the log; `false` if the database is too broken for that.
fn into_one_file(file: &Path) -> Result<bool> {
    let moved = open_plain(file).and_then(|connection| {
        connection.pragma_update(None, "journal_mode", "DELETE")?;
        connection.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0))
    });
    match moved.map_err(Error::from) {
        Ok(mode) => Ok(mode == "delete"),
        Err(Error::Busy(fault)) => Err(Error::Busy(fault)),
        Err(_) => Ok(false),
    }
}
