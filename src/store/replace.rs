//! Replacing the whole content of the open database, while requests go on reading it.

use super::{
    BUSY_TIMEOUT, Store,
    check::{Checked, check_file, check_incoming},
    copy::{into_file, keep_name, run},
    migrate, open_plain, paths,
};
use crate::{
    error::{Error, Fault, Result},
    model::{Progress, Stage, Tell},
};
use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};
use std::{
    path::Path,
    sync::atomic::Ordering,
    thread::sleep,
    time::{Duration, Instant},
};

/// How often it is tried whether no connection has a database open any more.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Checks whether `file`, which came from elsewhere, is a sound database of ours, and brings it to the newest schema.
/// Returns what was in it before that.
///
/// # Errors
/// Those of [`check_file`], and [`Fault::DatabaseDamaged`] with all that is wrong with it. Then the file may have been
/// changed.
pub fn accept(file: &Path, tell: &Tell) -> Result<Checked> {
    tell(Progress::at(Stage::Checking));
    let checked = check_incoming(file)?;
    if checked.version == 0 {
        return Err(Fault::NotDatabase { file: file.display().to_string() }.into());
    }
    let mut connection = open_plain(file)?;
    migrate::up(&mut connection, None)?;
    Ok(checked)
}

impl Store {
    /// Replaces the content of this database by that of `from`, which [`accept`] has taken and which is open nowhere
    /// else. The old content is kept in the new file `kept`. Readers see the old content meanwhile; writers wait.
    ///
    /// It is one transaction: a power cut at any moment leaves either the one or the other, and each of them whole. No
    /// process can write anything between what is kept and what is taken in.
    ///
    /// # Errors
    /// [`Fault::Locked`], [`Fault::DiskFull`], [`Fault::FileExists`], [`Fault::FileUnusable`]; then nothing was
    /// changed.
    pub fn replace(&self, from: &Path, kept: &Path, tell: &Tell) -> Result<()> {
        let mut source = open_plain(from)?;
        same_pages(&mut source, self.read(page_size)?)?;
        self.writer.exclusively(|live| replace_locked(live, &source, &self.path, kept, tell))?;
        self.generation.fetch_add(1, Ordering::SeqCst);
        // The log is as large as the database now; a reader of it keeps it from being emptied.
        if let Err(error) = self.checkpoint() {
            log::warn!("the log of the database is not emptied yet: {error}");
        }
        Ok(())
    }
}

/// Gives `source` pages of the size that the live database has, since those of a database with a log stay as they are.
fn same_pages(source: &mut Connection, wanted: i64) -> Result<()> {
    if page_size(source)? != wanted {
        without_log(source)?;
        source.pragma_update(None, "page_size", wanted)?;
        source.execute_batch("VACUUM")?;
    }
    Ok(())
}

fn page_size(of: &Connection) -> Result<i64> {
    Ok(of.pragma_query_value(None, "page_size", |row| row.get(0))?)
}

/// Removes the log of a database, which must be open nowhere else. SQLite does not wait for that, and another thread
/// may still be closing its connection.
fn without_log(source: &Connection) -> Result<()> {
    let begun = Instant::now();
    loop {
        match source.pragma_update(None, "journal_mode", "DELETE").map_err(Error::from) {
            Err(Error::Busy(Fault::Locked)) if begun.elapsed() < BUSY_TIMEOUT => sleep(POLL_INTERVAL),
            done => return done,
        }
    }
}

fn replace_locked(live: &mut Connection, source: &Connection, file: &Path, kept: &Path, tell: &Tell) -> Result<()> {
    let present = open_plain(file)?;
    let copying = Backup::new(source, live)?;
    // The first step locks the database for writing until all steps are committed as one at the end. So the copy that
    // is kept has everything.
    match copying.step(1)? {
        StepResult::Done | StepResult::More => {}
        _ => return Err(Error::Busy(Fault::Locked)),
    }
    keep(&present, kept, tell)?;
    drop(present);
    let copied = run(&copying, Stage::Copying, tell, || Ok(()));
    if copied.is_err() {
        let _ = std::fs::remove_file(kept);
    }
    copied
}

/// Copies the live database. Under the name `kept` it is whole; a copy cut short by a power cut has another name.
fn keep(present: &Connection, kept: &Path, tell: &Tell) -> Result<()> {
    if kept.exists() {
        return Err(Fault::FileExists { file: kept.display().to_string() }.into());
    }
    let unfinished = paths::unfinished(kept);
    into_file(present, &unfinished, Stage::Keeping, tell)?;
    let whole = check_file(&unfinished).and_then(|checked| {
        // A damaged database may be the very reason to put another in its place.
        if !checked.faults.is_empty() {
            log::warn!("what is kept in `{}` is not sound: {}", kept.display(), checked.faults.join("; "));
        }
        std::fs::rename(&unfinished, kept).and_then(|()| keep_name(kept)).map_err(Error::file(kept))
    });
    whole.inspect_err(|_| drop(std::fs::remove_file(&unfinished)))
}
