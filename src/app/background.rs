//! Work that takes longer than a request may: it runs in a thread of its own, and pages show its progress.

use super::lock;
use crate::{
    error::{Error, Fault, Result},
    model::{Progress, Tell},
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

/// How long an answer waits for the end of it, so that what is short needs no second look.
const WAIT_TIMEOUT: Duration = Duration::from_secs(1);

/// Background of one kind, which is at most once at a time, and what came of it last.
pub struct Background<T> {
    shared: Arc<Shared<T>>,
    /// How long [`Background::wait`] waits.
    pub patience: Duration,
}

struct Shared<T> {
    state: Mutex<State<T>>,
    ended: Condvar,
}

enum State<T> {
    Idle,
    Running(Progress),
    Ended(Result<T>),
}

/// What there is to be seen of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It was not begun, or what came of it has been taken.
    Idle,
    /// It goes on.
    Running(Progress),
    /// It has ended.
    Ended,
}

impl<T> Default for Background<T> {
    fn default() -> Self {
        let shared = Shared { state: Mutex::new(State::Idle), ended: Condvar::new() };
        Self { shared: Arc::new(shared), patience: WAIT_TIMEOUT }
    }
}

impl<T: Send + 'static> Background<T> {
    /// Begins it. What came of it before is forgotten.
    ///
    /// # Errors
    /// [`Fault::Working`] if it goes on already.
    pub fn begin(&self, at: Progress, work: impl FnOnce(&Tell) -> Result<T> + Send + 'static) -> Result<()> {
        let mut state = lock(&self.shared.state);
        if matches!(*state, State::Running(_)) {
            return Err(Error::Busy(Fault::Working));
        }
        *state = State::Running(at);
        drop(state);
        let shared = Arc::clone(&self.shared);
        let told = Arc::clone(&self.shared);
        let tell: Tell = Arc::new(move |progress| {
            if let State::Running(at) = &mut *lock(&told.state) {
                *at = progress;
            }
        });
        let thread = std::thread::Builder::new().name("work".to_owned()).spawn(move || {
            let done = catch_unwind(AssertUnwindSafe(|| work(&tell)));
            shared.end(done.unwrap_or_else(|_| Err(Error::internal("long work panicked"))));
        });
        thread.map(drop).map_err(|error| {
            *lock(&self.shared.state) = State::Idle;
            Error::internal(error)
        })
    }

    /// Waits a moment for its end; whether it still goes on.
    pub fn wait(&self) -> bool {
        let state = lock(&self.shared.state);
        let waited =
            self.shared.ended.wait_timeout_while(state, self.patience, |state| matches!(state, State::Running(_)));
        matches!(*waited.unwrap_or_else(PoisonError::into_inner).0, State::Running(_))
    }

    /// How far it is.
    pub fn status(&self) -> Status {
        match &*lock(&self.shared.state) {
            State::Idle => Status::Idle,
            State::Running(progress) => Status::Running(*progress),
            State::Ended(_) => Status::Ended,
        }
    }

    /// What came of it if that is good, once; what went wrong stays to be told.
    pub fn take_good(&self) -> Option<T> {
        self.take_if(Result::is_ok)?.ok()
    }

    /// What came of it, once: then it is as if it had not been.
    pub fn take(&self) -> Option<Result<T>> {
        self.take_if(|_| true)
    }

    fn take_if(&self, is_wanted: impl Fn(&Result<T>) -> bool) -> Option<Result<T>> {
        let mut state = lock(&self.shared.state);
        match std::mem::replace(&mut *state, State::Idle) {
            State::Ended(outcome) if is_wanted(&outcome) => Some(outcome),
            other => {
                *state = other;
                None
            }
        }
    }
}

impl<T> Shared<T> {
    fn end(&self, outcome: Result<T>) {
        *lock(&self.state) = State::Ended(outcome);
        self.ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Stage;
    use std::sync::mpsc::channel;

    #[test]
    fn work_goes_on_once_and_can_be_looked_at() {
        let mut work = Background { patience: Duration::ZERO, ..Background::default() };
        assert_eq!(work.status(), Status::Idle);
        let (go, wait) = channel::<()>();
        let (told, telling) = channel();
        let half = Progress { stage: Stage::Copying, done: 1, of: 2 };
        let begun = work.begin(Progress::at(Stage::Reading), move |tell| {
            tell(half);
            told.send(()).unwrap();
            wait.recv().unwrap();
            Ok(7)
        });
        begun.unwrap();
        telling.recv().unwrap();
        assert_eq!(work.status(), Status::Running(half));
        assert_eq!(half.percent(), Some(50));
        assert!(work.wait() && work.take().is_none());
        assert!(work.begin(half, |_| Ok(8)).is_err(), "one at a time");
        go.send(()).unwrap();
        work.patience = Duration::from_secs(20);
        assert!(!work.wait());
        assert!(matches!(work.take(), Some(Ok(7))));
        assert!(work.take().is_none());
        work.begin(half, |_| panic!("on purpose")).unwrap();
        assert!(!work.wait() && matches!(work.take(), Some(Err(_))));
    }
}
