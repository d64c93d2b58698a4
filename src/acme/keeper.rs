//! A certificate that is kept in a thread of its own, as the rest of the program sees and steers it.

use super::{
    Plan,
    cert_resolver::CertResolver,
    status::{Hooks, Status},
    trouble::{Kind, Trouble},
    work::{Wake, Work},
};
use crate::model::{Platform, lock};
use std::{
    io,
    sync::{
        Arc, Mutex,
        mpsc::{Sender, channel},
    },
    thread,
};

/// Keeps one certificate, in a thread of its own.
pub struct Acme {
    status: Arc<Mutex<Status>>,
    wake: Mutex<Sender<Wake>>,
}

impl Acme {
    /// Serves what is in the folder, and begins to keep it.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn start(plan: Plan, resolver: Arc<CertResolver>, platform: Platform, hooks: Hooks) -> Result<Self, Trouble> {
        let (wake, woken) = channel();
        let status = Arc::default();
        let mut work = Work::new(plan, resolver, platform, hooks, Arc::clone(&status))?;
        work.publish_status(false);
        let failed = |error: io::Error| Trouble::new(Kind::Other, error.to_string());
        let run = move || work.run(&woken);
        thread::Builder::new().name("acme".to_owned()).spawn(run).map_err(failed)?;
        Ok(Self { status, wake: Mutex::new(wake) })
    }

    /// How it stands.
    pub fn status(&self) -> Status {
        lock(&self.status).clone()
    }

    /// Tries at once, however long ago the last failure was.
    pub fn try_now(&self) {
        // A thread that has ended is told nothing.
        let _ = lock(&self.wake).send(Wake::Try);
    }

    /// Looks at the clock at once, as after it was set, and returns when what was due then is done.
    pub fn look(&self) {
        let (done, ended) = channel();
        let _ = lock(&self.wake).send(Wake::Look { _done: done });
        // It is dropped when it is done, also by a thread that has ended.
        let _ = ended.recv();
    }
}
