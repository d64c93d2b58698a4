//! A large body on its way into a file, so that it needs no memory.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use super::limits::Limits;
use super::permits::Permits;
use super::refusal::Refusal;

/// The header by which a request names the file with its body, percent-encoded. Whoever wants to keep the file gives it another
/// name: it is removed once the request has been answered.
pub const FILE_HEADER: &str = "X-Door-File";

/// Bytes of the disk that a body leaves to others.
const LEFT: u64 = 64 << 20;

const NO_ROOM: Refusal = Refusal::new(507, "there is not enough room on the disk for this file");

/// The file of one body. It is gone when this is dropped.
#[derive(Debug)]
pub(super) struct Spool {
    permits: Arc<Permits>,
    place: PathBuf,
    file: Option<File>,
    /// How many bytes it may have.
    room: u64,
    /// Whether it is the disk that sets that limit.
    scarce: bool,
    length: u64,
    /// When something came last.
    heard: Instant,
    failed: bool,
}

impl Spool {
    /// An empty one for at most `most` bytes.
    ///
    /// # Errors
    /// When no file can be made.
    pub(super) fn new(permits: Arc<Permits>, place: &Path, most: u64, now: Instant) -> Result<Self, Refusal> {
        let mut spool = Self {
            permits,
            place: place.to_owned(),
            file: None,
            room: most,
            scarce: false,
            length: 0,
            heard: now,
            failed: false,
        };
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(place);
        spool.file = Some(made.map_err(|error| spool.failure(&error))?);
        // A file system that does not tell how much is free is written to until it refuses.
        if let Ok(disk) = rustix::fs::statvfs(place) {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize).saturating_sub(LEFT);
            spool.scarce = free < most;
            spool.room = free.min(most);
        }
        Ok(spool)
    }

    /// How many bytes it takes at the most.
    pub(super) fn room(&self) -> u64 {
        self.room
    }

    /// What to say of a body beyond that.
    pub(super) fn too_large(&self, refusal: Refusal) -> Refusal {
        if self.scarce && refusal.status == 413 { NO_ROOM } else { refusal }
    }

    /// Adds what came. This waits for the disk, in the one thread that serves all: at most 64 KiB at a time, after which others have
    /// their turn, and only for somebody whom the server has let send; a thread of its own would be more to get wrong.
    pub(super) fn write(&mut self, part: &[u8], now: Instant) {
        self.heard = now;
        self.length += part.len() as u64;
        let Some(file) = &mut self.file else { return };
        if !self.failed
            && let Err(error) = file.write_all(part)
        {
            self.failure(&error);
            self.failed = true;
        }
    }

    /// Whether all of it could be written so far.
    ///
    /// # Errors
    /// When it could not.
    pub(super) fn is_sound(&self) -> Result<(), Refusal> {
        if self.failed { Err(NO_ROOM) } else { Ok(()) }
    }

    /// Names it in the head of the request.
    pub(super) fn name(&self, head: &mut Vec<u8>) {
        let path = percent_encode(self.place.as_os_str().as_bytes(), NON_ALPHANUMERIC);
        let _ = write!(head, "{FILE_HEADER}: {path}\r\n");
    }

    /// Whether it has taken too long, having been begun at `since`.
    pub(super) fn is_late(&self, limits: &Limits, since: Instant, now: Instant) -> bool {
        let age = now - since;
        let slow = age > limits.body_grace && self.length < limits.upload_rate.saturating_mul(age.as_secs());
        slow || age > limits.upload_time || now - self.heard > limits.upload_quiet
    }

    fn failure(&self, error: &std::io::Error) -> Refusal {
        log::warn!("a file that is sent cannot be kept in `{}`: {error}", self.place.display());
        if error.kind() == ErrorKind::PermissionDenied { Refusal::new(503, "the file cannot be kept") } else { NO_ROOM }
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.permits.end();
    }
}
