//! The panel that runs on a database: where it listens stands in the file that it holds locked.

use super::{Context, reach::Reach};
use crate::{
    error::{Error, Fault, Result},
    store::paths,
};
use std::{
    fs::{File, TryLockError},
    io::Write,
};

/// Writes down in the locked file where the panel listens.
pub(super) fn note(mut lock: &File, reach: &Reach) -> std::io::Result<()> {
    lock.set_len(0)?;
    lock.write_all(reach.noted().as_bytes())
}

/// Where the panel on this database listens.
///
/// # Errors
/// [`Fault::ServerNotRunning`].
pub(super) fn reach(context: &Context) -> Result<Reach> {
    let path = paths::lock(&context.db);
    let none = || Fault::ServerNotRunning { file: context.db.display().to_string() };
    let unusable = Error::file(&path);
    let file = match File::open(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(none().into()),
        file => file.map_err(&unusable)?,
    };
    match file.try_lock_shared() {
        Ok(()) => return Err(none().into()),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(error)) => return Err(unusable(error)),
    }
    let text = std::io::read_to_string(file).map_err(&unusable)?;
    // In that of a panel that has only just been started nothing stands yet.
    Reach::read(&text).ok_or_else(|| none().into())
}
