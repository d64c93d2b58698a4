//! A backup that is made to be downloaded.

use super::{App, Background, lock};
use crate::{
    error::{Error, Fault, Result},
    model::{Date, Progress, Stage, Time},
    store::paths,
};
use std::{
    fs::File,
    path::PathBuf,
    sync::{Arc, Mutex},
};

/// How long a finished backup waits to be downloaded, in seconds.
const DOWNLOAD_TTL: Time = 3600;

/// The backup that is being made, and the one that waits to be downloaded.
#[derive(Default)]
pub struct Downloads {
    /// The making of one.
    pub making: Background<Download>,
    ready: Mutex<Option<Download>>,
}

/// A backup that waits to be downloaded. Its file is deleted when the last clone is dropped.
#[derive(Clone)]
pub struct Download {
    file: Arc<TemporaryFile>,
    /// The day on which it was made.
    pub day: Date,
    /// Its size in bytes.
    pub bytes: u64,
    since: Time,
}

struct TemporaryFile(PathBuf);

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Download {
    /// The file, open to be read.
    pub fn open(&self) -> Result<File> {
        File::open(&self.file.0).map_err(Error::internal)
    }
}

impl App {
    /// Starts making a backup, unless one is being made already.
    pub fn start_download(&self, now: Time) -> Result<()> {
        let name = paths::download(self.store.path(), &self.letters(12));
        let (store, day) = (Arc::clone(&self.store), self.today(now)?);
        *lock(&self.downloads.ready) = None;
        let begun = self.downloads.making.begin(Progress::at(Stage::Copying), move |tell| {
            let file = Arc::new(TemporaryFile(name));
            store.backup(&file.0, tell)?;
            let bytes = std::fs::metadata(&file.0).map_err(Error::internal)?.len();
            Ok(Download { file, day, bytes, since: now })
        });
        match begun {
            Err(Error::Busy(Fault::Working)) => Ok(()),
            other => other,
        }
    }

    /// The backup that was made, as long as it waits; or why there is none.
    pub fn download(&self) -> Result<Option<Download>> {
        if let Some(made) = self.downloads.making.take() {
            *lock(&self.downloads.ready) = Some(made?);
        }
        Ok(lock(&self.downloads.ready).clone())
    }

    /// Deletes the backup that waits, if there is one.
    pub fn drop_download(&self) {
        *lock(&self.downloads.ready) = None;
    }

    /// Deletes a backup that was not downloaded in time.
    pub(super) fn drop_expired_download(&self, now: Time) {
        let mut ready = lock(&self.downloads.ready);
        // The page that collects the result may not have been opened since.
        if let Some(made) = self.downloads.making.take_good() {
            *ready = Some(made);
        }
        if ready.as_ref().is_some_and(|ready| !(ready.since..ready.since + DOWNLOAD_TTL).contains(&now)) {
            *ready = None;
        }
    }
}
