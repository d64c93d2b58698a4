//! The panel that runs on a database: where it listens stands in the file that it holds locked.

use super::{Context, reach::Reach};
use crate::{
    acme::certificate_file,
    error::{Error, Fault, Result},
    store::paths,
};
use std::{
    fs::{File, TryLockError},
    os::unix::fs::FileExt,
};

/// Writes down in the locked file where the panel listens.
pub(super) fn note(lock: &File, reach: &Reach) -> std::io::Result<()> {
    let text = reach.noted();
    // In this order a reader finds what stood there before, or what stands there now.
    lock.write_all_at(text.as_bytes(), 0)?;
    lock.set_len(text.len() as u64)
}

/// Whether there is a certificate for the site that the panel serves by itself.
pub(super) fn is_certified(context: &Context, reach: &Reach) -> bool {
    let folder = paths::certificates(&context.db);
    reach.site.as_ref().is_some_and(|site| folder.join(certificate_file(&site.host)).exists())
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
