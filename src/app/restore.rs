//! A backup on its way back: a file is sent, looked at, and after a question put in the place of the database.

use super::{App, Background, TOKEN_LETTERS, lock};
use crate::{
    error::{Error, Fault, Result},
    http::multipart,
    model::{Progress, Stage, Tell, Time, Zone, letters},
    store::{self, Checked, Session, Setting, Store, paths},
};
use std::{
    collections::VecDeque,
    fs::{File, OpenOptions},
    io::ErrorKind,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

/// How long an upload address is good, and how long an uploaded file waits for the confirmation, in seconds.
pub const UPLOAD_TTL: Time = 3600;
/// The path below which the addresses for files are.
pub const UPLOADS: &str = "/restore/file/";
/// The field of the form that the file is in.
pub const FIELD: &str = "file";
/// Addresses that are good at once; the oldest make room.
const MAX_TICKETS: usize = 16;

/// What is known of the file that was sent, and what became of the last one.
#[derive(Default)]
pub struct Restore {
    /// The addresses that files may be sent to.
    pub tickets: Tickets,
    /// Looking at a file that was sent.
    pub looking: Background<Held>,
    /// Putting it back.
    pub putting: Background<Restored>,
    held: Mutex<Option<Held>>,
    restored: Mutex<Option<Restored>>,
    /// Held while it is decided what happens to the file, so that two requests do not move it at once.
    deciding: Mutex<()>,
}

/// A sound backup that waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What is in it.
    pub checked: Checked,
    /// How large it is, in bytes.
    pub bytes: u64,
    /// Since when it waits.
    pub since: Time,
}

/// A backup that was put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// What is in it.
    pub checked: Checked,
    /// Where the database is that was there before.
    pub kept: PathBuf,
    /// When that was.
    pub at: Time,
}

/// The addresses that files may be sent to, each once, by the sign-in that it was given to.
#[derive(Default)]
pub struct Tickets(Mutex<VecDeque<(String, [u8; 32], Time)>>);

impl Tickets {
    fn add(&self, ticket: String, session: [u8; 32], now: Time) {
        let mut tickets = lock(&self.0);
        if tickets.len() >= MAX_TICKETS {
            tickets.pop_front();
        }
        tickets.push_back((ticket, session, now));
    }

    /// Whether a ticket is that sign-in's and good; after that it is not.
    pub fn is_good(&self, ticket: &str, session: &[u8; 32], now: Time) -> bool {
        let mut tickets = lock(&self.0);
        let good = |(word, of, at): &(String, [u8; 32], Time)| {
            word == ticket && of == session && (*at..*at + UPLOAD_TTL).contains(&now)
        };
        tickets.iter().position(good).is_some_and(|at| tickets.remove(at).is_some())
    }
}

impl App {
    /// The path that a file may be sent to, once, within an hour, by that sign-in.
    pub fn expect_file(&self, session: &Session, now: Time) -> String {
        let ticket = self.letters(super::SECRET_LETTERS);
        let path = format!("{UPLOADS}{ticket}");
        if let Some(permit) = &self.front.permit {
            permit(&path);
        }
        self.restore.tickets.add(ticket, session.token_hash, now);
        path
    }

    /// Takes the file out of a form that was sent, as a file of its own or as bytes, and begins to look at it.
    ///
    /// # Errors
    /// [`Fault::Working`] if another one is being looked at or put back; those of the file system.
    pub fn look_at_file(&self, file: Option<&Path>, body: &[u8], boundary: String, now: Time) -> Result<()> {
        let _deciding = lock(&self.restore.deciding);
        if matches!(self.restore.putting.status(), super::Status::Running(_)) {
            return Err(Error::Busy(Fault::Working));
        }
        let place = self.uploaded();
        let coming = paths::uploaded_form(self.store.path());
        match file {
            Some(file) => std::fs::rename(file, &coming),
            None => write_private(&coming, body),
        }
        .map_err(Error::file(&coming))?;
        *lock(&self.restore.held) = None;
        let begun = self.restore.looking.begin(Progress::at(Stage::Reading), {
            let coming = coming.clone();
            move |tell| {
                paths::remove_database(&place);
                std::fs::rename(&coming, &place).map_err(Error::file(&place))?;
                look(&place, &boundary, now, tell).inspect_err(|_| paths::remove_database(&place))
            }
        });
        if begun.is_err() {
            let _ = std::fs::remove_file(&coming);
        }
        begun
    }

    /// The file that waits for an answer; what came of looking at it, if that was not good.
    pub fn held_file(&self) -> Result<Option<Held>> {
        if let Some(looked) = self.restore.looking.take() {
            *lock(&self.restore.held) = Some(looked?);
        }
        Ok(lock(&self.restore.held).clone())
    }

    /// The backup that was put back last, if that was within the last hour; or why it could not be.
    pub fn restored(&self, now: Time) -> Result<Option<Restored>> {
        if let Some(put) = self.restore.putting.take() {
            *lock(&self.restore.restored) = Some(put?);
            *lock(&self.restore.held) = None;
        }
        let restored = lock(&self.restore.restored).clone();
        Ok(restored.filter(|restored| (restored.at..restored.at + UPLOAD_TTL).contains(&now)))
    }

    /// Puts the file that waits in the place of the database, which is kept beside it. Of the sign-ins only `session`
    /// goes on. If that is under way already, or has just been done, nothing more is done.
    ///
    /// # Errors
    /// [`Error::NotFound`] if none waits. What goes wrong later is told by [`App::restored`].
    pub fn put_back(&self, session: &Session, now: Time) -> Result<()> {
        let _deciding = lock(&self.restore.deciding);
        if matches!(self.restore.putting.status(), super::Status::Running(_))
            || self.restored(now)?.is_some() && !self.waits()
        {
            return Ok(());
        }
        let held = self.held_file()?.ok_or(Error::NotFound)?;
        let from = self.uploaded();
        let store = Arc::clone(&self.store);
        let settings = self.settings()?;
        let own = |setting| settings.get(setting).map(str::to_owned);
        let carried = Carried {
            session: session.clone(),
            password_hash: own(Setting::AdminPasswordHash),
            server_secret: own(Setting::ServerSecret),
            token: letters(TOKEN_LETTERS, &self.random),
            zone: self.machine_zone.clone(),
        };
        self.restore.putting.begin(Progress::at(Stage::Keeping), move |tell| {
            if !from.is_file() {
                // Another request was quicker.
                return Err(Error::NotFound);
            }
            make_ready(&from, carried, now)?;
            let kept = paths::before_restore(store.path(), now);
            store.replace(&from, &kept, tell)?;
            paths::remove_database(&from);
            log::info!(
                "a backup of {} users was put back; what was there before is in `{}`",
                held.checked.users,
                kept.display()
            );
            Ok(Restored { checked: held.checked, kept, at: now })
        })?;
        *lock(&self.restore.restored) = None;
        Ok(())
    }

    /// Forgets the file that waits, once it was put back or is not wanted.
    pub fn drop_file(&self) {
        let _deciding = lock(&self.restore.deciding);
        if lock(&self.restore.held).take().is_some()
            && !matches!(self.restore.putting.status(), super::Status::Running(_))
        {
            paths::remove_database(&self.uploaded());
        }
    }

    /// Forgets a file that waits for an answer that does not come.
    pub(super) fn drop_expired_upload(&self, now: Time) {
        // The page that collects the result may not have been opened since.
        if let Some(looked) = self.restore.looking.take_good() {
            *lock(&self.restore.held) = Some(looked);
        }
        let since = lock(&self.restore.held).as_ref().map(|held| held.since);
        if since.is_some_and(|since| !(since..since + UPLOAD_TTL).contains(&now)) {
            self.drop_file();
        }
    }

    /// Whether a file waits for an answer.
    fn waits(&self) -> bool {
        lock(&self.restore.held).is_some() || self.restore.looking.status() != super::Status::Idle
    }

    fn uploaded(&self) -> PathBuf {
        paths::uploaded(self.store.path())
    }
}

/// Makes a database of the form in `file`, and looks at it.
fn look(file: &Path, boundary: &str, now: Time, tell: &Tell) -> Result<Held> {
    let bytes = extract(file, boundary, tell)?;
    if bytes == 0 {
        return Err(Fault::NoFile.into());
    }
    let checked = store::accept(file, tell).map_err(|error| match error {
        // The name of the temporary file would mean nothing to the person who sent it.
        Error::Invalid(Fault::NotDatabase { .. }) => Fault::UploadForeign.into(),
        Error::Invalid(Fault::DatabaseDamaged { detail, .. }) => Fault::UploadDamaged { detail }.into(),
        Error::Invalid(Fault::DatabaseNewer { found, known, .. }) => Fault::UploadNewer { found, known }.into(),
        other => other,
    })?;
    Ok(Held { checked, bytes, since: now })
}

/// Reduces `file`, a multipart form, to the file within the form, and returns its length in bytes. The content is moved
/// to the front in place, so that the disk need not have room for it twice.
fn extract(file: &Path, boundary: &str, tell: &Tell) -> Result<u64> {
    let opened = OpenOptions::new().read(true).write(true).open(file).map_err(Error::file(file))?;
    let of = opened.metadata().map_err(Error::file(file))?.len();
    let mut length = 0;
    let mut chosen = None;
    let read = multipart::read(&opened, boundary, |part, piece| {
        if !part.is_file || part.name != FIELD || chosen.is_some_and(|chosen| chosen != part.number) {
            return Ok(());
        }
        chosen = Some(part.number);
        // The piece is written over what has been read already, since at least its head stood before it.
        opened.write_all_at(piece, length)?;
        length += piece.len() as u64;
        tell(Progress { stage: Stage::Reading, done: length, of });
        Ok(())
    });
    read.and_then(|()| opened.set_len(length)).map_err(|error| match error.kind() {
        ErrorKind::InvalidData => Fault::BodyBad { detail: error.to_string() }.into(),
        _ => Error::file(file)(error),
    })?;
    Ok(length)
}

/// What a panel keeps when another database is put in the place of its own.
struct Carried {
    session: Session,
    password_hash: Option<String>,
    server_secret: Option<String>,
    /// A new node token, for a database that has none.
    token: String,
    /// The zone of the machine.
    zone: Zone,
}

/// Brings a backup to today. Closes the periods that are due in it, so that no usage of today is counted into an old
/// period. Ends its sign-ins, which may have been revoked since it was made, and adds what a panel cannot be without.
fn make_ready(file: &Path, carried: Carried, now: Time) -> Result<()> {
    let Carried { session, password_hash, server_secret, token, zone } = carried;
    let incoming = Store::open(file)?;
    let settings = incoming.settings()?;
    let zone = settings.get(Setting::TimeZone).and_then(Zone::named).unwrap_or(zone);
    incoming.close_due(now, zone)?;
    incoming.keep_only_session(session)?;
    incoming.set(Setting::ServerSecret, server_secret)?;
    incoming.set_if_missing(Setting::NodeToken, token)?;
    if let Some(hash) = password_hash {
        incoming.set_if_missing(Setting::AdminPasswordHash, hash)?;
    }
    incoming.checkpoint()
}

fn write_private(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let _ = std::fs::remove_file(file);
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    opened.and_then(|mut opened: File| std::io::Write::write_all(&mut opened, bytes))
}
