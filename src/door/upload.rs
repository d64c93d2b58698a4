//! Uploads: bodies larger than any other, which go into a file and so need no memory. The server grants a path to one
//! upload for a limited time, after it has checked who asks for it; the door accepts one such body there.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::{bridge, model::lock};

use super::limits::Limits;
use super::refusal::Refusal;

/// Most paths that are granted at once; the oldest make room.
const MAX_GRANTED: usize = 32;

/// Bytes of the disk that an upload leaves free.
const RESERVED_SPACE: u64 = 64 << 20;

const NO_ROOM: Refusal = Refusal::new(507, "there is not enough room on the disk for this file");

/// The granted paths, and the one file that their bodies go into.
#[derive(Debug)]
pub struct UploadPermits {
    file: PathBuf,
    max_bytes: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    granted: VecDeque<(String, Instant)>,
    /// Whether an upload is coming or is with the server.
    busy: bool,
}

impl UploadPermits {
    /// No permits yet; a body of at most `max_bytes` will go into `file`, which is removed if a killed process has
    /// left one.
    ///
    /// # Errors
    /// When something is there that cannot be removed.
    pub fn new(file: &Path, max_bytes: u64) -> io::Result<Arc<Self>> {
        match std::fs::remove_file(file) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Arc::new(Self { file: file.to_owned(), max_bytes, state: Mutex::default() }))
    }

    /// Lets one body come to `path`, if it begins to come while this lasts.
    pub fn grant(&self, path: &str, lasts: Duration) {
        let mut state = lock(&self.state);
        let now = Instant::now();
        state.granted.retain(|(_, until)| *until > now);
        if state.granted.len() >= MAX_GRANTED {
            state.granted.pop_front();
        }
        state.granted.push_back((path.to_owned(), now + lasts));
    }

    /// Where the body of a request for `target` goes, if that is a granted path. The permit is used up by it.
    ///
    /// # Errors
    /// When another upload is coming, or the file cannot be made.
    pub(super) fn begin(self: &Arc<Self>, target: &str, now: Instant) -> Result<Option<UploadFile>, Refusal> {
        let path = target.split('?').next().unwrap_or_default();
        let mut state = lock(&self.state);
        let Some(at) = state.granted.iter().position(|(granted, until)| granted == path && *until > now) else {
            return Ok(None);
        };
        if state.busy {
            return Err(Refusal::new(503, "another file is being sent: wait for its end"));
        }
        state.granted.remove(at);
        state.busy = true;
        drop(state);
        // From here on it is busy until the `UploadFile` is dropped, also if making it fails.
        UploadFile::new(Arc::clone(self), now).map(Some)
    }

    /// Removes the file, unless the server has renamed it, and lets the next upload come.
    fn end(&self) {
        let mut state = lock(&self.state);
        let _ = std::fs::remove_file(&self.file);
        state.busy = false;
    }
}

/// The file of one upload. It is removed when this is dropped.
#[derive(Debug)]
pub(super) struct UploadFile {
    permits: Arc<UploadPermits>,
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

impl UploadFile {
    fn new(permits: Arc<UploadPermits>, now: Instant) -> Result<Self, Refusal> {
        let room = permits.max_bytes;
        let mut upload = Self { permits, file: None, room, scarce: false, length: 0, heard: now, failed: false };
        let place = &upload.permits.file;
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(place);
        // A file system that does not tell how much is free is written to until it refuses.
        if let Ok(disk) = rustix::fs::statvfs(place) {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize).saturating_sub(RESERVED_SPACE);
            upload.scarce = free < room;
            upload.room = free.min(room);
        }
        upload.file = Some(made.map_err(|error| upload.failure(&error))?);
        Ok(upload)
    }

    /// How many bytes it takes at the most.
    pub(super) fn room(&self) -> u64 {
        self.room
    }

    /// What to say of a body beyond that.
    pub(super) fn too_large(&self, refusal: Refusal) -> Refusal {
        if self.scarce && refusal.status == 413 { NO_ROOM } else { refusal }
    }

    /// Adds what came. This blocks the event loop while the disk writes: at most 64 KiB at a time, after which other
    /// clients have their turn, and only for a client to which the server has granted the path.
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
        let _ = write!(head, "{}: {}\r\n", bridge::FILE, bridge::file_value(&self.permits.file));
    }

    /// Whether it has taken too long, having been begun at `since`.
    pub(super) fn is_late(&self, limits: &Limits, since: Instant, now: Instant) -> bool {
        let age = now - since;
        let slow = age > limits.body_grace && self.length < limits.upload_rate.saturating_mul(age.as_secs());
        slow || age > limits.upload_time || now - self.heard > limits.upload_quiet
    }

    fn failure(&self, error: &io::Error) -> Refusal {
        log::warn!("a file that is sent cannot be kept in `{}`: {error}", self.permits.file.display());
        if error.kind() == ErrorKind::PermissionDenied { Refusal::new(503, "the file cannot be kept") } else { NO_ROOM }
    }
}

impl Drop for UploadFile {
    fn drop(&mut self) {
        self.permits.end();
    }
}
