//! All the SQL there is. Each method is one transaction; nouns go in and come out, no row or connection escapes.

mod backup;
mod batch;
mod change;
mod changes;
mod commit;
mod conflicts;
mod connection;
mod check;
mod copy;
mod event;
mod replace;
mod let_in;
mod listed;
mod listing;
mod migrate;
mod node;
mod node_report;
mod foreign;
mod free_port;
mod friend_link;
mod outbox;
pub mod paths;
mod pending;
mod period;
mod search;
mod session;
mod setting;
mod schema;
mod schema_check;
mod traffic;
mod usage;
mod user;
mod user_row;
mod vmess;
mod writer;

pub use backup::restore_file;
pub use changes::Seen;
pub use check::{Checked, check_file};
pub use conflicts::Claim;
pub use copy::keep_name;
pub use listed::{Extent, MAX_READ_ALONE};
pub use node_report::MAX_UNCONFIRMED;
pub use outbox::{Notice, Subject};
pub use pending::Pending;
pub use replace::accept;
pub use session::Session;
pub use setting::{Setting, Settings};
pub use traffic::Messages;
pub use usage::{NodeUsage, Scope, UserUsage};

use crate::{
    error::{Error, Fault, Result},
    model::{Actor, lock},
};
use connection::{BUSY_TIMEOUT, DATA_VERSION, Place, configure, data_version, flags, open_plain};
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, ErrorCode};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use writer::Writer;

/// How many requests may read at the same time.
const READERS: u32 = 4;
/// The writer's page cache, in KiB as a negative number: large batches touch every user. Readers need little, since
/// each commit empties theirs.
const WRITER_CACHE: i64 = -16_000;

/// An open database.
pub struct Store {
    readers: r2d2::Pool<SqliteConnectionManager>,
    writer: Arc<Writer>,
    /// Never writes, so that its `data_version` changes with each commit of all others, in this process and elsewhere.
    watcher: Mutex<Connection>,
    path: PathBuf,
    /// Who makes the changes that are made through it.
    actor: Actor,
    /// How often the content has been replaced.
    generation: AtomicU64,
}

impl Store {
    /// Opens the database in `file`, creates it if there is none (readable by its owner alone), and brings it to the
    /// newest schema.
    ///
    /// # Errors
    /// [`Fault::NotDatabase`], [`Fault::DatabaseNewer`], [`Fault::DatabaseDamaged`], [`Fault::DatabaseMissing`],
    /// [`Fault::FileUnusable`]; the file is left as it was.
    pub fn open(file: &Path) -> Result<Self> {
        let _looked_at = migrate::prepare(file)?;
        Self::start(&Place::File(file.to_owned()), file.to_owned())
    }

    /// A database that is gone when it is closed.
    pub fn in_memory() -> Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let place = Place::Memory(format!("file:/mu-panel-{number}?vfs=memdb"));
        Self::start(&place, PathBuf::from(":memory:"))
    }

    fn start(place: &Place, path: PathBuf) -> Result<Self> {
        let mut first = place.connect()?;
        migrate::up(&mut first, place.file())?;
        first.pragma_update(None, "cache_size", WRITER_CACHE)?;
        let manager = match place.clone() {
            Place::File(file) => SqliteConnectionManager::file(file),
            Place::Memory(name) => SqliteConnectionManager::file(name),
        };
        let readers = r2d2::Pool::builder()
            .max_size(READERS)
            .min_idle(Some(1))
            .connection_timeout(BUSY_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .build(manager.with_flags(flags()).with_init(|connection| {
                configure(connection)?;
                connection.pragma_update(None, "query_only", true)
            }))
            .map_err(Error::internal)?;
        let watcher = Mutex::new(place.connect()?);
        Ok(Self {
            readers,
            writer: Arc::new(Writer::start(first)?),
            watcher,
            path,
            actor: Actor::Page,
            generation: AtomicU64::new(0),
        })
    }

    /// The file that it is in.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A number that changes with each commit, of this process or another.
    pub fn version(&self) -> Result<i64> {
        data_version(&lock(&self.watcher))
    }

    /// How often the whole content has been replaced; caches of it are void when this number changes.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    /// The bytes of the file and of its log.
    pub fn size(&self) -> u64 {
        let length = |file: &Path| file.metadata().map_or(0, |meta| meta.len());
        length(&self.path) + length(&paths::log(&self.path))
    }

    /// Writes a value that is not used, to see whether the database can be written.
    pub fn probe(&self, now: i64) -> Result<()> {
        self.write(move |connection| {
            // Another value each time: what is there already SQLite does not write again.
            let sql = "INSERT INTO setting (name, value) VALUES ('probed', ?1) \
                 ON CONFLICT DO UPDATE SET value = iif(value = ?1, ?1 || ' again', ?1)";
            connection.prepare_cached(sql)?.execute([now.to_string()])?;
            Ok(())
        })
    }

    /// Moves the log into the file, and empties the log unless another process reads it. It does not wait for that,
    /// since a replicator reads it all the time.
    pub fn checkpoint(&self) -> Result<()> {
        // Not with the watcher, which every request asks: after a large restore this takes long.
        self.read(|connection| {
            connection.busy_timeout(Duration::ZERO)?;
            let done = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()));
            connection.busy_timeout(BUSY_TIMEOUT)?;
            Ok(done?)
        })
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        work(&*self.readers.get().map_err(|_| Error::Busy(Fault::Locked))?)
    }

    /// Runs several queries on one and the same state of the database.
    fn read_at_once<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            work(&snapshot)
        })
    }

    fn write<T: Send + 'static>(&self, work: impl FnOnce(&Connection) -> Result<T> + Send + 'static) -> Result<T> {
        self.writer.run(work)
    }
}

/// SQL that adds to a counter that is only looked at: it stops at the largest number, where `+` would make a float of
/// it.
fn capped(column: &str, added: &str) -> String {
    format!("{column} = CASE WHEN {column} > {max} - {added} THEN {max} ELSE {column} + {added} END", max = i64::MAX)
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(Fault::Locked),
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => Self::Busy(Fault::DiskFull),
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::Busy(Fault::ReadOnly)
            }
            _ => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::mpsc::channel, thread::scope};

    #[test]
    fn nobody_who_asks_for_the_version_waits_for_the_log_to_be_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("mu-panel.db")).unwrap();
        store.probe(1).unwrap();
        let (emptied, wait) = channel();
        scope(|scope| {
            let asking = lock(&store.watcher);
            scope.spawn(|| emptied.send(store.checkpoint()));
            let ended = wait.recv_timeout(Duration::from_secs(20));
            drop(asking);
            ended.unwrap().unwrap();
        });
    }
}
