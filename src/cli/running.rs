//! The panel that runs on a database: where it listens stands in the file that it holds locked.

use super::Context;
use crate::{
    error::{Error, Fault, Result},
    store::paths,
};
use std::{
    fs::{File, TryLockError},
    io::Write,
};

/// Writes down in the locked file where the panel listens, one address a line; a Unix socket has the path below which
/// the panel lives behind a space.
pub(super) fn note(mut lock: &File, addresses: &[String], root: &str) -> std::io::Result<()> {
    lock.set_len(0)?;
    addresses.iter().try_for_each(|address| match address.strip_prefix("unix:") {
        Some(path) => writeln!(lock, "unix:{path} {root}"),
        None => writeln!(lock, "{}", reachable(address)),
    })
}

/// Where the panel on this database listens, as this machine reaches it: `http://127.0.0.1:8080`, `unix:/path`.
///
/// # Errors
/// [`Fault::ServerNotRunning`].
pub(super) fn addresses(context: &Context) -> Result<Vec<String>> {
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
    let addresses: Vec<String> = text.lines().map(str::to_owned).collect();
    // One that has only just been started.
    if addresses.is_empty() { Err(none().into()) } else { Ok(addresses) }
}

/// The address as a program on this machine reaches it.
fn reachable(address: &str) -> String {
    address.replacen("://0.0.0.0:", "://127.0.0.1:", 1).replacen("://[::]:", "://[::1]:", 1)
}
