//! Making a database and bringing it to the newest schema, step by step.

use super::{
    Connection, configure, copy, open_plain, paths,
    schema::{newest, steps},
    schema_check, search,
};
use crate::error::{Error, Fault, Result};
use rusqlite::{TransactionBehavior, config::DbConfig};
use std::{
    fs::{File, OpenOptions, Permissions},
    io::{ErrorKind, Read},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// Looks at `file` before it is opened for good: makes it if it is missing and has left no log behind, refuses it
/// untouched if it is not ours or newer. While what is returned is held, its log is read only once.
pub(super) fn prepare(file: &Path) -> Result<Option<Connection>> {
    let name = || file.display().to_string();
    let unusable = Error::file(file);
    let log = paths::log(file);
    if !file.exists() && std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        // SQLite would throw it away as that of another.
        return Err(Fault::DatabaseMissing { file: name(), log: log.display().to_string() }.into());
    }
    match OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(file) {
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(unusable(error)),
    }
    let mut opened = File::open(file).map_err(&unusable)?;
    let mut head = Vec::new();
    Read::by_ref(&mut opened).take(100).read_to_end(&mut head).map_err(&unusable)?;
    if head.is_empty() {
        return restrict(file).map(|()| None).map_err(&unusable);
    }
    if !head.starts_with(b"SQLite format 3\0") {
        return Err(Fault::NotDatabase { file: name() }.into());
    }
    drop(opened);
    let (found, connection) = inspect(file)?;
    if found > newest() {
        return Err(Fault::DatabaseNewer { file: name(), found, known: newest() }.into());
    }
    let faults = schema_check::differences(&connection, found).map_err(|error| damaged(file, error))?;
    if !faults.is_empty() {
        return Err(Fault::DatabaseDamaged { file: name(), detail: faults.join("; ") }.into());
    }
    restrict(file).map_err(&unusable)?;
    Ok(Some(connection))
}

fn restrict(file: &Path) -> std::io::Result<()> {
    std::fs::set_permissions(file, Permissions::from_mode(0o600))
}

/// The version of a database, which must be one of ours, and the connection that asked; nothing in it is changed, its
/// log included.
///
/// # Errors
/// [`Fault::NotDatabase`] if it is some other program's, [`Fault::DatabaseDamaged`] if it cannot be read.
pub(super) fn inspect(file: &Path) -> Result<(i64, Connection)> {
    let name = || file.display().to_string();
    let damaged = |error| damaged(file, error);
    let no_wal = std::fs::metadata(paths::log(file)).map_or(true, |meta| meta.len() == 0);
    let connection = open_plain(file).map_err(damaged)?;
    // The last connection to close would move the log into the file and wait for the disk: after a kill, before the
    // first request is served.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !no_wal)?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(damaged)?;
    let ours = |table: &str| connection.table_exists(None, table).map_err(damaged);
    let foreign =
        connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get::<_, i64>(0)).map_err(damaged)?
            > 0;
    let fits = if version == 0 { !foreign } else { ours("user")? && ours("traffic")? && ours("setting")? };
    if !fits {
        return Err(Fault::NotDatabase { file: name() }.into());
    }
    // A file that was cut short says so in its own head, before a page that is gone is asked for.
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).map_err(damaged)?;
    let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0)).map_err(damaged)?;
    let length = std::fs::metadata(file).map_or(0, |meta| meta.len());
    if no_wal && i64::try_from(length).is_ok_and(|length| length < pages * page) {
        let detail = format!("it should have {} bytes and has {length}", pages * page);
        return Err(Fault::DatabaseDamaged { file: name(), detail }.into());
    }
    Ok((version, connection))
}

/// An error of SQLite in a file that is being examined.
fn damaged(file: &Path, error: rusqlite::Error) -> Error {
    match Error::from(error) {
        Error::Internal(cause) => {
            Fault::DatabaseDamaged { file: file.display().to_string(), detail: cause.to_string() }.into()
        }
        busy => busy,
    }
}

/// Runs the steps that the database lacks, all in one transaction. What was in `file` before them is kept beside it,
/// unless they fail.
pub(super) fn up(connection: &mut Connection, file: Option<&Path>) -> Result<()> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found >= newest() {
        // Nothing to write, so no other writer is waited for.
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // From here on no other process writes, so the copy is what the steps begin with.
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let kept = match file {
        Some(file) if (1..newest()).contains(&found) => {
            Some(copy::keep_beside(&open_plain(file)?, &paths::before_step(file, found + 1))?)
        }
        _ => None,
    };
    let done = run(&transaction, found).and_then(|()| Ok(transaction.commit()?));
    if let (Err(_), Some(kept)) = (&done, kept) {
        // There would be one more with each try.
        let _ = std::fs::remove_file(kept);
    }
    done?;
    Ok(configure(connection)?)
}

fn run(connection: &Connection, found: i64) -> Result<()> {
    search::install(connection)?;
    for (number, step) in (1..).zip(steps()).filter(|(number, _)| *number > found) {
        connection.execute_batch(step)?;
        connection.pragma_update(None, "user_version", number)?;
    }
    Ok(())
}
