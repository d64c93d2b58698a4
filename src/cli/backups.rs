//! The daily backup while the panel runs: a checked copy a day, the newest seven of which are kept.

use super::Context;
use crate::{
    app::App,
    error::{Error, Result},
    model::{Date, Happening, Time, lock, untold},
    store,
};
use std::{
    fs::{DirBuilder, Permissions},
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

/// How many are kept.
const MAX_BACKUPS: usize = 7;
/// How often it is looked whether one is due.
const CHECK_INTERVAL: Duration = Duration::from_mins(10);
const NAME: &str = "mu-panel-";

/// Is held while one is made.
#[derive(Clone, Default)]
pub(super) struct Making(Arc<Mutex<()>>);

impl Making {
    /// Waits until none is made, and lets none be made from then on.
    pub(super) fn hold(&self) -> MutexGuard<'_, ()> {
        lock(&self.0)
    }
}

/// Begins to make them in `dir`, in a thread of its own that ends with the program.
pub(super) fn start(app: &Arc<App>, context: &Context, dir: PathBuf, making: Making) -> Result<()> {
    let (app, now) = (Arc::clone(app), context.platform.now);
    let keep = move || {
        loop {
            let held = making.hold();
            let outcome = run_due(&app, &dir, now());
            let said = outcome.as_ref().err().map(super::words);
            app.notices.stands(Happening::Backup, said);
            if let Err(error) = outcome {
                log::error!("the daily backup in `{}` failed: {}", dir.display(), super::words(&error));
            }
            drop(held);
            std::thread::sleep(CHECK_INTERVAL);
        }
    };
    std::thread::Builder::new().name("backups".to_owned()).spawn(keep).map(drop).map_err(Error::internal)
}

/// Makes today's backup if there is none yet and there is anything to keep, and removes those beyond the newest seven.
pub(super) fn run_due(app: &App, dir: &Path, now: Time) -> Result<()> {
    let today = app.today(now)?;
    let file = dir.join(format!("{NAME}{today}.db"));
    if file.exists() || app.store.is_empty()? {
        return Ok(());
    }
    make_private(dir).map_err(Error::file(dir))?;
    // Under its name it is whole and checked; what a power cut leaves behind is not.
    let unfinished = dir.join(format!("{NAME}unfinished.db"));
    let _ = std::fs::remove_file(&unfinished);
    let checked = app.store.backup(&unfinished, &untold())?;
    std::fs::rename(&unfinished, &file).and_then(|()| store::keep_name(&file)).map_err(Error::internal)?;
    if !checked.foreign.is_empty() {
        log::warn!("the backup could not be restored: {}: remove it from the database", checked.foreign.join("; "));
    }
    log::info!("backed up {} users to `{}`", checked.users, file.display());
    for old in ours(dir, today)?.iter().rev().skip(MAX_BACKUPS) {
        std::fs::remove_file(old).map_err(Error::internal)?;
    }
    Ok(())
}

/// Makes a folder that its owner alone can enter, whatever the umask. One that exists is left as it is.
fn make_private(dir: &Path) -> std::io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    std::fs::set_permissions(dir, Permissions::from_mode(0o700))
}

/// The backups that were made here, the oldest first. One of a day that is yet to come was made when the clock was
/// ahead, and so before that of today.
fn ours(dir: &Path, today: Date) -> Result<Vec<PathBuf>> {
    let day = |path: &PathBuf| {
        let name = path.file_name()?.to_str()?;
        Date::parse(name.strip_prefix(NAME)?.strip_suffix(".db")?).ok()
    };
    let entries = std::fs::read_dir(dir).map_err(Error::internal)?;
    let mut backups: Vec<(bool, Date, PathBuf)> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter_map(|path| day(&path).map(|day| (day <= today, day, path)))
        .collect();
    backups.sort();
    Ok(backups.into_iter().map(|(_, _, path)| path).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Front;
    use crate::{
        model::{Draft, Name, Zone},
        store::Store,
    };

    #[test]
    fn one_a_day_is_made_and_seven_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("live.db")).unwrap();
        let app = App::new(store, Box::new(|buffer| buffer.fill(7)), Zone::utc(), Front::default()).unwrap();
        let backups = dir.path().join("backups");
        let day = 86_400;
        run_due(&app, &backups, 0).unwrap();
        assert!(!backups.exists(), "there is nothing to keep yet");
        app.add_user(Draft::named(Name::parse("alice").unwrap()), 0).unwrap();
        for time in 0..10 {
            run_due(&app, &backups, time * day).unwrap();
            run_due(&app, &backups, time * day + 3600).unwrap();
        }
        std::fs::write(backups.join("mine.db"), "kept").unwrap();
        run_due(&app, &backups, 10 * day).unwrap();
        let names: Vec<_> = ours(&backups, Date::parse("1970-01-11").unwrap()).unwrap();
        let first = names[0].file_name().unwrap().to_str().unwrap();
        assert_eq!((names.len(), first), (MAX_BACKUPS, "mu-panel-1970-01-05.db"));
        assert!(backups.join("mine.db").exists(), "what is not ours stays");
        assert_eq!(store::check_file(&names[6]).unwrap().users, 1);
    }

    /// Those of a clock that was ahead give way to the ones of today, not the other way round.
    #[test]
    fn what_is_made_after_the_clock_was_set_right_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("live.db")).unwrap();
        let app = App::new(store, Box::new(|buffer| buffer.fill(7)), Zone::utc(), Front::default()).unwrap();
        app.add_user(Draft::named(Name::parse("alice").unwrap()), 0).unwrap();
        let day = 86_400;
        for time in (400..410).chain(0..3) {
            run_due(&app, dir.path(), time * day).unwrap();
            let today = app.today(time * day).unwrap();
            assert!(dir.path().join(format!("{NAME}{today}.db")).exists(), "the one of {today} stays");
        }
        assert_eq!(ours(dir.path(), app.today(3 * day).unwrap()).unwrap().len(), MAX_BACKUPS);
    }
}
