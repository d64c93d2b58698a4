//! Copies of whole databases, page by page, each in a file of its own.

use super::paths;
use crate::{
    error::{Error, Fault, Result},
    model::{Progress, Stage, Tell, untold},
};
use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};
use std::{
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

/// Pages copied at a time: 1 MiB.
const PAGES_PER_STEP: i32 = 256;
/// Between two such steps the disk is left to others.
const STEP_DELAY: Duration = Duration::from_millis(5);

/// Copies a database into a new file that its owner alone can read. What is not whole is taken away again.
pub(super) fn into_file(from: &Connection, file: &Path, stage: Stage, tell: &Tell) -> Result<()> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    made.map_err(Error::file(file))?;
    let copied = copy_pages(from, file, stage, tell).and_then(|()| keep_name(file).map_err(Error::internal));
    if copied.is_err() {
        let _ = std::fs::remove_file(file);
    }
    copied
}

/// Copies a database to `beside`, or to that name with a number after it if it is taken, and returns the name. An
/// unfinished copy is begun anew, so that this can be killed and repeated; only one process may do it at a time.
pub(super) fn keep_beside(from: &Connection, beside: &Path) -> Result<PathBuf> {
    let part = paths::unfinished(beside);
    paths::remove_database(&part);
    into_file(from, &part, Stage::Copying, &untold())?;
    let name = paths::numbered(beside, |name| !name.exists());
    std::fs::rename(&part, &name).and_then(|()| keep_name(&name)).map_err(Error::file(&name))?;
    Ok(name)
}

/// Makes the name of a file as lasting as what is in it: both are on the disk then.
///
/// # Errors
/// Those of the file system.
pub fn keep_name(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn copy_pages(from: &Connection, file: &Path, stage: Stage, tell: &Tell) -> Result<()> {
    // One read transaction for the whole copy: in WAL mode it holds up no writer, and no writer makes it begin again.
    let snapshot = from.unchecked_transaction()?;
    snapshot.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(()))?;
    let written = File::open(file).map_err(Error::internal)?;
    let mut to = Connection::open(file)?;
    // While it is kept before a restore all writers wait anyway, so that pauses would only add to that.
    let paces = stage != Stage::Keeping;
    run(&Backup::new(&snapshot, &mut to)?, stage, tell, || {
        if paces {
            // One large write would delay everything that waits for the disk meanwhile: each report.
            written.sync_data().map_err(Error::internal)?;
            std::thread::sleep(STEP_DELAY);
        }
        Ok(())
    })?;
    // A copy is one file: with its own WAL it would be two.
    to.pragma_update(None, "journal_mode", "DELETE")?;
    to.close().map_err(|(_, error)| error)?;
    written.sync_all().map_err(Error::internal)
}

/// Copies all pages, and calls `between` after each step. Both databases stay locked meanwhile, so that no other
/// process makes this wait.
pub(super) fn run(
    backup: &Backup<'_, '_>,
    stage: Stage,
    tell: &Tell,
    mut between: impl FnMut() -> Result<()>,
) -> Result<()> {
    loop {
        match backup.step(PAGES_PER_STEP)? {
            StepResult::Done => return Ok(()),
            StepResult::More => {
                let progress = backup.progress();
                let count = |pages| u64::try_from(pages).unwrap_or(0);
                let (left, of) = (count(progress.remaining), count(progress.pagecount));
                tell(Progress { stage, done: of.saturating_sub(left), of });
                between()?;
            }
            _ => return Err(Error::Busy(Fault::Locked)),
        }
    }
}
