//! Paths at which a body larger than all others may come, each once and for a while. Whoever hands out such a path has made sure of
//! whom it goes to; the door only keeps what was agreed.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::refusal::Refusal;
use super::spool::Spool;

/// Most paths that are good at once; the oldest make room.
const GRANTED: usize = 32;

/// The paths that are good, and the one file that a body of theirs goes into.
#[derive(Debug)]
pub struct Permits {
    file: PathBuf,
    most: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    granted: VecDeque<(String, Instant)>,
    /// Whether a body is coming or is with the server.
    busy: bool,
}

impl Permits {
    /// No permits yet; a body of at most `most` bytes will go into `file`, from which what a killed process has left is removed.
    ///
    /// # Errors
    /// When something is there that cannot be removed.
    pub fn new(file: &Path, most: u64) -> io::Result<Arc<Self>> {
        match std::fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Arc::new(Self { file: file.to_owned(), most, state: Mutex::default() }))
    }

    /// Lets one body come to `path`, if it begins to come while this lasts.
    pub fn grant(&self, path: &str, lasts: Duration) {
        let mut state = self.lock();
        let now = Instant::now();
        state.granted.retain(|(_, until)| *until > now);
        if state.granted.len() >= GRANTED {
            state.granted.pop_front();
        }
        state.granted.push_back((path.to_owned(), now + lasts));
    }

    /// Where the body of a request for `target` goes, if it may be a large one. The permit is used up by it.
    ///
    /// # Errors
    /// When another is coming, or the file cannot be made.
    pub(super) fn begin(self: &Arc<Self>, target: &str, now: Instant) -> Result<Option<Spool>, Refusal> {
        let path = target.split('?').next().unwrap_or_default();
        let mut state = self.lock();
        let Some(at) = state.granted.iter().position(|(granted, until)| granted == path && *until > now) else {
            return Ok(None);
        };
        if state.busy {
            return Err(Refusal::new(503, "another file is being sent: wait for its end"));
        }
        state.granted.remove(at);
        state.busy = true;
        drop(state);
        // From here on it is busy until the spool is dropped, also if there is none after all.
        Spool::new(Arc::clone(self), &self.file, self.most, now).map(Some)
    }

    /// Removes the file, unless whoever wanted it has given it another name, and lets the next one come.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        let _ = std::fs::remove_file(&self.file);
        state.busy = false;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
