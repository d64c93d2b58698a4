//! What was counted and is not yet in the panel's books: a small file with one row a user, which a crash leaves whole.

use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// The most rows of one batch, so that it stays far below what a panel takes at once.
const MAX_BATCH_ROWS: usize = 20_000;

/// Bytes of each user: up and down.
pub type Rows = BTreeMap<i64, (u64, u64)>;

/// A batch that is on its way: the same bytes under the same key until the panel has said that it has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// By which the panel knows it again.
    pub key: String,
    /// What it says.
    pub rows: Rows,
}

/// What has to be reported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// What is on its way.
    pub batch: Option<Batch>,
    /// What has come since.
    pub rows: Rows,
}

impl Owed {
    /// Adds what a user has moved.
    pub fn add(&mut self, user: i64, up: u64, down: u64) {
        if up > 0 || down > 0 {
            let row = self.rows.entry(user).or_default();
            *row = (row.0.saturating_add(up), row.1.saturating_add(down));
        }
    }

    /// What a user has moved of which the panel may not know.
    pub fn of(&self, user: i64) -> u64 {
        let rows = self.batch.iter().map(|batch| &batch.rows).chain([&self.rows]);
        rows.filter_map(|rows| rows.get(&user)).fold(0, |sum, (up, down)| sum.saturating_add(*up).saturating_add(*down))
    }

    /// The batch that is on its way, or the next one; `key` makes a key for it. `None`: there is nothing to report.
    pub fn batch(&mut self, key: impl FnOnce() -> String) -> Option<&Batch> {
        if self.batch.is_none() && !self.rows.is_empty() {
            let rest = match self.rows.keys().nth(MAX_BATCH_ROWS).copied() {
                Some(first) => self.rows.split_off(&first),
                None => Rows::new(),
            };
            let rows = std::mem::replace(&mut self.rows, rest);
            self.batch = Some(Batch { key: key(), rows });
        }
        self.batch.as_ref()
    }

    /// Whether nothing has to be reported.
    pub fn is_empty(&self) -> bool {
        self.batch.is_none() && self.rows.is_empty()
    }
}

/// A file that is replaced as a whole, readable by its owner alone.
pub struct JsonFile {
    file: PathBuf,
    /// What is in it.
    written: Option<Vec<u8>>,
}

impl JsonFile {
    /// That file, whatever is in it.
    pub fn at(file: &Path) -> Self {
        Self { file: file.to_owned(), written: None }
    }

    /// What is in it; `None` if it is not there.
    ///
    /// # Errors
    /// If it cannot be read, or is nothing that was written here.
    pub fn read<T: for<'de> Deserialize<'de>>(&mut self) -> io::Result<Option<T>> {
        let bytes = match fs::read(&self.file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes?,
        };
        let value = serde_json::from_slice(&bytes).map_err(io::Error::from)?;
        self.written = Some(bytes);
        Ok(Some(value))
    }

    /// Puts `value` into it, unless it is there; with `surely`, so that it outlives the machine's power.
    ///
    /// # Errors
    /// Those of the file system; what was in it before is then still there.
    pub fn write<T: Serialize>(&mut self, value: &T, surely: bool) -> io::Result<()> {
        let bytes = serde_json::to_vec(value).map_err(io::Error::from)?;
        if self.written.as_ref() == Some(&bytes) {
            return Ok(());
        }
        let mut beside = self.file.as_os_str().to_owned();
        beside.push(".new");
        let mut new = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
        new.write_all(&bytes)?;
        if surely {
            new.sync_data()?;
        }
        fs::rename(&beside, &self.file)?;
        if surely && let Some(folder) = self.file.parent() {
            // Of file systems that cannot do that none needs it.
            let _ = File::open(folder).and_then(|folder| folder.sync_data());
        }
        self.written = Some(bytes);
        Ok(())
    }

    /// Whether something was read from it or written to it since.
    pub fn has_something(&self) -> bool {
        self.written.is_some()
    }

    /// Removes it.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn remove(&mut self) -> io::Result<()> {
        self.written = None;
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_stays_what_it_is_until_it_is_answered() {
        let mut owed = Owed::default();
        owed.add(1, 5, 6);
        owed.add(2, 0, 0);
        owed.add(1, 1, 1);
        assert_eq!(owed.batch(|| "first".to_owned()).unwrap().rows, Rows::from([(1, (6, 7))]));
        owed.add(1, 100, 0);
        owed.add(3, 1, 0);
        assert_eq!(owed.batch(|| "second".to_owned()).unwrap().key, "first");
        assert_eq!((owed.of(1), owed.of(3), owed.of(9)), (113, 1, 0));
        owed.batch = None;
        assert_eq!(owed.batch(|| "second".to_owned()).unwrap().rows, Rows::from([(1, (100, 0)), (3, (1, 0))]));
    }

    #[test]
    fn large_reports_go_in_pieces() {
        let mut owed = Owed::default();
        (0..50_000).for_each(|user| owed.add(user, 1, 1));
        let mut sizes = Vec::new();
        while let Some(batch) = owed.batch(String::new) {
            sizes.push(batch.rows.len());
            owed.batch = None;
        }
        assert_eq!(sizes, [20_000, 20_000, 10_000]);
    }

    #[test]
    fn a_file_is_replaced_whole_and_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut kept = JsonFile::at(&path);
        assert_eq!(kept.read::<Owed>().unwrap(), None);
        let mut owed = Owed::default();
        owed.add(7, 1, 2);
        owed.batch(|| "key".to_owned());
        kept.write(&owed, true).unwrap();
        assert_eq!(JsonFile::at(&path).read::<Owed>().unwrap(), Some(owed));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, "half a").unwrap();
        assert!(JsonFile::at(&path).read::<Owed>().is_err());
        kept.remove().unwrap();
        assert_eq!(kept.read::<Owed>().unwrap(), None);
    }
}
