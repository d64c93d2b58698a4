//! A backup that is made to be downloaded.

use super::{App, Work, lock};
use crate::{
    error::{Error, Fault, Result},
    model::{Date, Progress, Stage, Time},
};
use std::{
    fs::File,
    path::PathBuf,
    sync::{Arc, Mutex},
};

/// How long one that took long to make waits to be fetched, in seconds.
const KEPT_SECONDS: Time = 3600;

/// The backup that is being made, and the one that waits to be fetched.
#[derive(Default)]
pub struct Copies {
    /// Making one.
    pub making: Work<Ready>,
    ready: Mutex<Option<Ready>>,
}

/// A backup that waits to be fetched. The file is gone when the last of these is dropped.
#[derive(Clone)]
pub struct Ready {
    file: Arc<Passing>,
    /// The day on which it was made.
    pub day: Date,
    /// Its size in bytes.
    pub bytes: u64,
    since: Time,
}

struct Passing(PathBuf);

impl Drop for Passing {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Ready {
    /// The file, open to be read.
    pub fn open(&self) -> Result<File> {
        File::open(&self.file.0).map_err(Error::internal)
    }
}

impl App {
    /// Begins to make a backup. If one is being made already, that will do.
    pub fn make_copy(&self, now: Time) -> Result<()> {
        let name = format!("{}.download-{}", self.store.path().display(), self.letters(12));
        let (store, day) = (Arc::clone(&self.store), self.today(now)?);
        *lock(&self.copies.ready) = None;
        let begun = self.copies.making.begin(Progress::at(Stage::Copying), move |tell| {
            let file = Arc::new(Passing(PathBuf::from(name)));
            store.backup(&file.0, tell)?;
            let bytes = std::fs::metadata(&file.0).map_err(Error::internal)?.len();
            Ok(Ready { file, day, bytes, since: now })
        });
        match begun {
            Err(Error::Busy(Fault::Working)) => Ok(()),
            other => other,
        }
    }

    /// The backup that was made, as long as it waits; or why there is none.
    pub fn copy(&self) -> Result<Option<Ready>> {
        if let Some(made) = self.copies.making.take() {
            *lock(&self.copies.ready) = Some(made?);
        }
        Ok(lock(&self.copies.ready).clone())
    }

    /// Lets go of the one that waits, if there is one.
    pub fn drop_copy(&self) {
        *lock(&self.copies.ready) = None;
    }

    /// Lets go of one that nobody fetches.
    pub(super) fn tidy_copies(&self, now: Time) {
        let mut ready = lock(&self.copies.ready);
        // Perhaps nobody has looked since it is made.
        if let Some(made) = self.copies.making.take_good() {
            *ready = Some(made);
        }
        if ready.as_ref().is_some_and(|ready| !(ready.since..ready.since + KEPT_SECONDS).contains(&now)) {
            *ready = None;
        }
    }
}
