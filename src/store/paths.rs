//! The names of all files that belong to a database and lie beside it, and which of them a killed process leaves
//! behind.

use crate::model::Time;
use std::path::{Path, PathBuf};

/// Where an uploaded backup waits, and what a download is copied to.
const UPLOADED: &str = ".uploaded";
const DOWNLOAD: &str = ".download-";
/// What the database had before another one was put in its place.
const BEFORE_RESTORE: &str = ".before-restore-";
/// A backup on its way to the place of the database.
const RESTORING: &str = ".restoring";
/// A copy that is not whole yet.
const UNFINISHED: &str = ".unfinished";

/// The lock that says that a server is running.
pub fn lock(database: &Path) -> PathBuf {
    with_suffix(database, "-lock")
}

/// The private socket between the door and the server.
pub fn socket(database: &Path) -> PathBuf {
    with_suffix(database, "-socket")
}

/// Where the door writes a large body while it arrives.
pub fn upload(database: &Path) -> PathBuf {
    with_suffix(database, "-upload")
}

/// What the built-in node has counted and not reported yet.
pub fn node_journal(database: &Path) -> PathBuf {
    with_suffix(database, "-node")
}

/// The folder with the certificates that the panel keeps for itself.
pub fn certificates(database: &Path) -> PathBuf {
    database.with_file_name("acme")
}

/// Where an uploaded backup waits to be put back.
pub fn uploaded(database: &Path) -> PathBuf {
    with_suffix(database, UPLOADED)
}

/// Where an uploaded backup stands until it is examined.
pub fn uploaded_form(database: &Path) -> PathBuf {
    with_suffix(database, &format!("{UPLOADED}-form"))
}

/// A backup that is made for a download; `id` makes the name unique.
pub fn download(database: &Path, id: &str) -> PathBuf {
    with_suffix(database, &format!("{DOWNLOAD}{id}"))
}

/// Where the daily backups are unless another folder is named.
pub fn backups(database: &Path) -> PathBuf {
    database.with_file_name("backups")
}

/// A free name for what a database had before another one was put in its place at `now`, in seconds since 1970 UTC.
pub fn before_restore(database: &Path, now: Time) -> PathBuf {
    let is_free = |name: &Path| !name.exists() && logs(name).iter().all(|log| !log.exists());
    numbered(&with_suffix(database, &format!("{BEFORE_RESTORE}{now}")), is_free)
}

pub(super) fn restoring(database: &Path) -> PathBuf {
    with_suffix(database, RESTORING)
}

pub(super) fn before_step(database: &Path, step: i64) -> PathBuf {
    with_suffix(database, &format!(".before-step-{step}"))
}

pub(super) fn unfinished(copy: &Path) -> PathBuf {
    with_suffix(copy, UNFINISHED)
}

/// The log of the writes that are not in the database file yet.
pub fn log(database: &Path) -> PathBuf {
    with_suffix(database, "-wal")
}

/// The rollback journal.
pub fn journal(database: &Path) -> PathBuf {
    with_suffix(database, "-journal")
}

/// All files that SQLite itself keeps beside a database.
pub(super) fn logs(database: &Path) -> [PathBuf; 3] {
    [log(database), with_suffix(database, "-shm"), journal(database)]
}

/// The first of `name`, `name.2`, `name.3` and so on that is free.
pub(super) fn numbered(name: &Path, is_free: impl Fn(&Path) -> bool) -> PathBuf {
    let mut names = std::iter::once(name.to_owned()).chain((2..).map(|n| with_suffix(name, &format!(".{n}"))));
    names.find(|name| is_free(name)).unwrap_or_else(|| name.to_owned())
}

/// Removes a database that is open nowhere, with its logs.
pub fn remove_database(file: &Path) {
    for file in [file.to_owned()].iter().chain(&logs(file)) {
        let _ = std::fs::remove_file(file);
    }
}

/// Removes what a killed server or restore has left beside the database. Only with the lock of the database.
pub fn remove_leftovers(database: &Path) {
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Some(name) = database.file_name().and_then(|name| name.to_str()) else { return };
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let file = entry.file_name();
        if file.to_str().and_then(|file| file.strip_prefix(name)).is_some_and(is_leftover) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn is_leftover(suffix: &str) -> bool {
    [UPLOADED, DOWNLOAD, RESTORING].iter().any(|start| suffix.starts_with(start))
        || suffix.starts_with(BEFORE_RESTORE) && suffix.contains(UNFINISHED)
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_restore_keeps_never_takes_a_name_that_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("mu-panel.db");
        let mut names = Vec::new();
        for _ in 0..3 {
            let name = before_restore(&database, 7);
            std::fs::write(&name, "").unwrap();
            names.push(name.file_name().unwrap().to_str().unwrap().to_owned());
        }
        let expected =
            ["mu-panel.db.before-restore-7", "mu-panel.db.before-restore-7.2", "mu-panel.db.before-restore-7.3"];
        assert_eq!(names, expected);
    }

    #[test]
    fn leftovers_are_what_is_not_whole() {
        for suffix in [".uploaded", ".uploaded-form", ".uploaded-wal", ".download-x", ".restoring-journal"] {
            assert!(is_leftover(suffix), "{suffix}");
        }
        assert!(is_leftover(".before-restore-7.unfinished"));
        for suffix in
            ["", "-wal", "-lock", "-socket", ".before-restore-7", ".before-step-2", ".before-step-2.unfinished"]
        {
            assert!(!is_leftover(suffix), "{suffix}");
        }
    }
}
