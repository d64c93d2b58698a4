//! Whole databases: a consistent copy of a live one, putting one back, and looking whether one is sound.

use super::{Store, migrate, shape};
use crate::{
    error::{Error, Fault, Result},
    model::{Progress, Stage, Tell},
};
use rusqlite::{
    Connection, OpenFlags,
    backup::{Backup, StepResult},
};
use std::{
    fs::{File, OpenOptions},
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

/// Pages copied at a time: 1 MiB.
const PAGES: i32 = 256;
/// Between two such steps the disk is left to others.
const PAUSE: Duration = Duration::from_millis(5);

/// What is in a sound database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Its schema's number.
    pub version: i64,
    /// How many users it has, removed ones left out.
    pub users: i64,
    /// How many nodes it has.
    pub nodes: i64,
    /// When a node last reported traffic to it, in seconds since 1970 UTC; 0: never.
    pub last: i64,
    /// What is wrong with it, in English words; empty: nothing.
    pub faults: Vec<String>,
}

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

    /// Whether there is nothing in the database that anybody would miss.
    pub fn is_empty(&self) -> Result<bool> {
        self.read(|connection| {
            let sql = "SELECT NOT EXISTS (SELECT 1 FROM user) AND NOT EXISTS (SELECT 1 FROM node)";
            Ok(connection.query_row(sql, (), |row| row.get(0))?)
        })
    }

    /// What is in the database, without looking whether it is sound.
    pub fn contents(&self) -> Result<Checked> {
        self.read_at_once(contents)
    }

    /// Looks whether everything in the database fits together.
    pub fn check(&self) -> Result<Checked> {
        self.read_at_once(look_over)
    }
}

/// Copies a database into a new file that its owner alone can read. What is not whole is taken away again.
pub(super) fn into_file(from: &Connection, file: &Path, stage: Stage, tell: &Tell) -> Result<()> {
    let name = || file.display().to_string();
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(Fault::FileExists { file: name() }.into());
        }
        Err(error) => {
            return Err(Fault::FileUnusable { file: name(), detail: error.to_string() }.into());
        }
    }
    let copied = copy_pages(from, file, stage, tell).and_then(|()| keep_name(file).map_err(Error::internal));
    if copied.is_err() {
        let _ = std::fs::remove_file(file);
    }
    copied
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
    // Whoever waits for it to be kept holds others up for longer than the disk does.
    let paces = stage != Stage::Keeping;
    run(&Backup::new(&snapshot, &mut to)?, stage, tell, || {
        if paces {
            // What is written all at once holds up whoever waits for the disk meanwhile: each report.
            written.sync_data().map_err(Error::internal)?;
            std::thread::sleep(PAUSE);
        }
        Ok(())
    })?;
    // A copy is one file: with its own WAL it would be two.
    to.pragma_update(None, "journal_mode", "DELETE")?;
    to.close().map_err(|(_, error)| error)?;
    written.sync_all().map_err(Error::internal)
}

/// Copies all pages, and does something between two steps. Whoever reads at both ends has them locked, so that nobody else makes this wait.
pub(super) fn run(
    backup: &Backup<'_, '_>,
    stage: Stage,
    tell: &Tell,
    mut between: impl FnMut() -> Result<()>,
) -> Result<()> {
    loop {
        match backup.step(PAGES)? {
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

/// Looks whether `file` is a sound database of ours, and leaves it as it is.
///
/// # Errors
/// [`Fault::FileMissing`], [`Fault::NotDatabase`], [`Fault::DatabaseNewer`], [`Fault::DatabaseDamaged`].
pub fn check_file(file: &Path) -> Result<Checked> {
    let name = || file.display().to_string();
    if !file.is_file() {
        return Err(Fault::FileMissing { file: name() }.into());
    }
    let mut head = [0; 16];
    let read = File::open(file).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut head));
    if read.is_err() || head != *b"SQLite format 3\0" {
        return Err(Fault::NotDatabase { file: name() }.into());
    }
    let found = migrate::inspect(file)?.0;
    if found > migrate::newest() {
        return Err(Fault::DatabaseNewer { file: name(), found, known: migrate::newest() }.into());
    }
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(super::BUSY_TIMEOUT)?;
    look_over(&connection).map_err(|error| match error {
        Error::Internal(cause) => Fault::DatabaseDamaged { file: name(), detail: cause.to_string() }.into(),
        other => other,
    })
}

/// Puts the database in `from` in the place of `file` and returns what is in it. The present one, if there is one, is kept beside it
/// under `kept`. The caller makes sure that no server has it open.
///
/// A power cut at any moment leaves either the one or the other under the name `file`, and each of them whole: the new one is on the
/// disk before it gets the name, gets it in one step, and the present one has been made a single file by then, so that no log of it
/// is ever taken for one of the new one's.
///
/// # Errors
/// Those of [`check_file`], [`Fault::DatabaseDamaged`] with all that is wrong with `from`, [`Fault::Locked`] if another process reads the present one; then nothing was changed.
pub fn restore_file(from: &Path, file: &Path, kept: &Path, tell: &Tell) -> Result<Checked> {
    let name = |path: &Path| path.display().to_string();
    let unusable =
        |error: std::io::Error| Error::Invalid(Fault::FileUnusable { file: name(file), detail: error.to_string() });
    tell(Progress::at(Stage::Checking));
    let checked = check_file(from)?;
    if !checked.faults.is_empty() {
        return Err(Fault::DatabaseDamaged { file: name(from), detail: checked.faults.join("; ") }.into());
    }
    let coming = with_suffix(file, ".restoring");
    for suffix in ["", "-journal"] {
        let _ = std::fs::remove_file(with_suffix(&coming, suffix));
    }
    into_file(&Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE)?, &coming, Stage::Copying, tell)?;
    if file.exists() {
        set_aside(file, kept).inspect_err(|_| drop(std::fs::remove_file(&coming)))?;
    }
    std::fs::rename(&coming, file).and_then(|()| keep_name(file)).map_err(unusable)?;
    Ok(checked)
}

/// Gives the present database a second name, under which it stays when the first goes to another.
fn set_aside(file: &Path, kept: &Path) -> Result<()> {
    let unusable = |error: std::io::Error| {
        Error::Invalid(Fault::FileUnusable { file: kept.display().to_string(), detail: error.to_string() })
    };
    let whole = into_one_file(file)?;
    match std::fs::hard_link(file, kept) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(Fault::FileExists { file: kept.display().to_string() }.into());
        }
        // A file system that cannot give two names.
        Err(_) => std::fs::copy(file, kept).and_then(|_| File::open(kept)?.sync_all()).map_err(unusable)?,
    }
    if !whole {
        // It is too broken to open. What lies beside it must not be taken for the log of the one that comes.
        for suffix in ["-wal", "-shm", "-journal"] {
            match std::fs::rename(with_suffix(file, suffix), with_suffix(kept, suffix)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(unusable(error)),
                _ => {}
            }
        }
    }
    keep_name(kept).map_err(unusable)
}

/// Moves all that is in the log of a database into the file and takes the log away; `false` if it is too broken for that.
fn into_one_file(file: &Path) -> Result<bool> {
    let moved = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(|connection| {
        connection.busy_timeout(super::BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "DELETE")?;
        connection.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0))
    });
    match moved.map_err(Error::from) {
        Ok(mode) => Ok(mode == "delete"),
        Err(Error::Busy(fault)) => Err(Error::Busy(fault)),
        Err(_) => Ok(false),
    }
}

pub(super) fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn look_over(connection: &Connection) -> Result<Checked> {
    let one = |sql: &str| -> Result<i64> { Ok(connection.query_row(sql, (), |row| row.get(0))?) };
    let mut faults = Vec::new();
    let mut integrity = connection.prepare("PRAGMA integrity_check(10)")?;
    for line in integrity.query_map((), |row| row.get::<_, String>(0))? {
        faults.push(line?);
    }
    faults.retain(|line| line != "ok");
    let version = one("PRAGMA user_version")?;
    if version == 0 {
        return Ok(Checked { version, users: 0, nodes: 0, last: 0, faults });
    }
    let made = shape::faults(connection, version)?;
    if !made.is_empty() {
        // What is not there cannot be counted.
        faults.extend(made);
        return Ok(Checked { version, users: 0, nodes: 0, last: 0, faults });
    }
    if connection.prepare("PRAGMA foreign_key_check")?.exists(())? {
        faults.push("a row names a user or a node that does not exist".to_owned());
    }
    for (sql, what) in COUNTERS {
        match one(sql)? {
            0 => {}
            count => faults.push(format!("{count} {what}")),
        }
    }
    Ok(Checked { faults, ..contents(connection)? })
}

fn contents(connection: &Connection) -> Result<Checked> {
    let one = |sql: &str| -> Result<i64> { Ok(connection.query_row(sql, (), |row| row.get(0))?) };
    Ok(Checked {
        version: one("PRAGMA user_version")?,
        users: one("SELECT count(*) FROM user WHERE deleted IS NULL")?,
        nodes: one("SELECT count(*) FROM node")?,
        last: one("SELECT ifnull(max(last_push), 0) FROM node")?,
        faults: Vec::new(),
    })
}

/// Counters and values that no report and no form could have made.
const COUNTERS: &[(&str, &str)] = &[
    ("SELECT count(*) FROM user WHERE u < 0 OR d < 0 OR typeof(u) <> 'integer' OR typeof(d) <> 'integer'", "users with a counter below 0"),
    ("SELECT count(*) FROM traffic WHERE u < 0 OR d < 0", "hours of history with a counter below 0"),
    ("SELECT count(*) FROM period WHERE u < 0 OR d < 0", "closed periods with a counter below 0"),
    ("SELECT count(*) FROM node WHERE u < 0 OR d < 0", "nodes with a counter below 0"),
    (
        "SELECT count(*) FROM (SELECT 1 FROM user WHERE deleted IS NULL GROUP BY port HAVING count(*) > 1)",
        "ports that more than one user has",
    ),
    (
        "SELECT count(*) FROM (SELECT t.node, sum(CAST(t.u AS REAL)) AS u, sum(CAST(t.d AS REAL)) AS d FROM traffic t GROUP BY t.node) h
         JOIN node n ON n.id = h.node
         WHERE abs(min(h.u, 9223372036854775807) - n.u) > 1 + n.u * 1e-9 OR abs(min(h.d, 9223372036854775807) - n.d) > 1 + n.d * 1e-9",
        "nodes whose total is not the sum of their history",
    ),
];
