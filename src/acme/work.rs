//! The thread that keeps a certificate: serves what is there, renews it in time, and tries again after failures, less
//! and less often.

use super::{
    Edge, Plan, Shelf,
    certificate::Certificate,
    client::Client,
    folder::{Folder, RECORD, Record, certificate_file},
    order::{Clerk, challenges},
    schedule,
    trouble::{Kind, Trouble},
};
use crate::{model::Time, outbound::Https};
use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

/// The longest between two looks at the clock, so that one that is set meanwhile is noticed.
const LOOK: Duration = Duration::from_mins(1);

/// How it stands with the certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// From when to when the one that is served is valid, if there is one.
    pub valid: Option<(Time, Time)>,
    /// When something is done next: another try, or the renewal.
    pub next_try: Option<Time>,
    /// When it was last tried.
    pub last_try: Option<Time>,
    /// Whether an order is being worked at.
    pub working: bool,
    /// Failures since the last success.
    pub failures: u32,
    /// What stood in the way last.
    pub trouble: Option<Trouble>,
}

/// What is called when something has happened.
pub struct Hooks {
    /// There is a certificate, or a new one.
    pub obtained: Box<dyn Fn() + Send>,
    /// It could not be had.
    pub failed: Box<dyn Fn(&Trouble) + Send>,
}

/// Keeps one certificate, in a thread of its own.
pub struct Acme {
    status: Arc<Mutex<Status>>,
    wake: Mutex<Sender<Wake>>,
}

impl Acme {
    /// Puts what is in the folder on the shelf, and begins to keep it.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn start(plan: Plan, shelf: Arc<Shelf>, edge: Edge, hooks: Hooks) -> Result<Self, Trouble> {
        let (wake, woken) = channel();
        let status = Arc::default();
        let mut work = Work::new(plan, shelf, edge, hooks, Arc::clone(&status))?;
        work.tell(false);
        let failed = |error: io::Error| Trouble::new(Kind::Other, error.to_string());
        let run = move || work.run(&woken);
        thread::Builder::new().name("acme".to_owned()).spawn(run).map_err(failed)?;
        Ok(Self { status, wake: Mutex::new(wake) })
    }

    /// How it stands.
    pub fn status(&self) -> Status {
        locked(&self.status).clone()
    }

    /// Tries at once, however long ago the last failure was.
    pub fn try_now(&self) {
        // A thread that has ended is told nothing.
        let _ = locked(&self.wake).send(Wake::Try);
    }

    /// Looks at the clock at once, as after it was set, and returns when what was due then is done.
    pub fn look(&self) {
        let (done, ended) = channel();
        let _ = locked(&self.wake).send(Wake::Look { _done: done });
        // It is dropped when it is done, also by a thread that has ended.
        let _ = ended.recv();
    }
}

/// Why the thread looks before its time.
enum Wake {
    /// The admin wants another try.
    Try,
    /// Something may have become due; the sender is dropped when it has been looked.
    Look { _done: Sender<()> },
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Work {
    plan: Plan,
    shelf: Arc<Shelf>,
    edge: Edge,
    hooks: Hooks,
    status: Arc<Mutex<Status>>,
    folder: Folder,
    client: Client,
    record: Record,
    certificate: Option<Certificate>,
}

impl Work {
    fn new(
        plan: Plan,
        shelf: Arc<Shelf>,
        edge: Edge,
        hooks: Hooks,
        status: Arc<Mutex<Status>>,
    ) -> Result<Self, Trouble> {
        let folder = Folder::open(&plan.folder)?;
        let (host, directory) = (plan.site.host.to_string(), plan.directory.clone());
        let kept = folder.json::<Record>(RECORD)?.filter(|kept| (&kept.host, &kept.directory) == (&host, &directory));
        let record = kept.unwrap_or_else(|| Record { host, directory, ..Record::default() });
        let certificate = match folder.read(&certificate_file(&plan.site.host))? {
            None => None,
            Some(pem) => Certificate::read(&pem, &plan.site.host).map_err(|why| log::warn!("{why}")).ok(),
        };
        if let Some(certificate) = &certificate {
            // Also one that has ended: better than none while another is being got.
            shelf.serve(Arc::clone(&certificate.key));
        }
        let client = Client::new(Https::new(&plan.client), edge.now);
        Ok(Self { plan, shelf, edge, hooks, status, folder, client, record, certificate })
    }

    fn run(&mut self, woken: &Receiver<Wake>) {
        let mut wake = None;
        loop {
            let forced = matches!(wake, Some(Wake::Try));
            self.turn((self.edge.now)(), forced);
            self.tell(false);
            // What else was asked for during a try that was asked for has been done.
            wake = None;
            while forced && let Ok(next) = woken.try_recv() {
                if matches!(next, Wake::Look { .. }) {
                    wake = Some(next);
                    break;
                }
            }
            if wake.is_some() {
                continue;
            }
            let due = self.due().min(self.record.ask_at.unwrap_or(Time::MAX));
            let wait = due.saturating_sub((self.edge.now)()).clamp(1, 3600).unsigned_abs();
            wake = match woken.recv_timeout(Duration::from_secs(wait).min(LOOK)) {
                Ok(next) => Some(next),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if self.is_dismissed() {
                return;
            }
        }
    }

    /// Whether another keeps a certificate by now: what is on the shelf is no business of this one any more.
    fn is_dismissed(&self) -> bool {
        Arc::strong_count(&self.status) == 1
    }

    /// Does what is due.
    fn turn(&mut self, now: Time, forced: bool) {
        let clock = self.record.trouble.as_ref().is_some_and(|trouble| trouble.kind == Kind::Clock);
        if !schedule::is_set(now) {
            if !clock {
                let trouble = Trouble::new(Kind::Clock, "");
                log::warn!("no certificate is ordered: {trouble}");
                self.record.trouble = Some(trouble);
            }
            return;
        }
        if clock {
            self.record.trouble = None;
        }
        self.ask_for_advice(now);
        // What is in order is not ordered again: an authority gives only so many.
        if self.due() <= now || forced && self.record.trouble.is_some() {
            self.attempt(now);
        }
    }

    /// When the next order is due.
    fn due(&self) -> Time {
        let wanted = self.certificate.as_ref().map_or(Time::MIN, |certificate| {
            self.record.renew_at.unwrap_or_else(|| schedule::renewal(certificate.begins, certificate.ends))
        });
        wanted.max(self.record.next_try.unwrap_or(Time::MIN))
    }

    /// Asks the authority when it wants the certificate renewed, if it is time to.
    fn ask_for_advice(&mut self, now: Time) {
        let Some(certificate) = &self.certificate else { return };
        if self.record.ask_at.is_some_and(|at| now < at) {
            return;
        }
        let (Some(path), ends) = (certificate.advice_path(), certificate.ends) else { return };
        // A failure to answer changes nothing: there is our own rule.
        self.record.ask_at = Some(schedule::ask_again(now, None));
        let directory = self.client.directory(&self.plan.directory);
        if let Ok(directory) = directory
            && let Some(base) = directory.renewal_info
        {
            match self.client.advice(&base, &path) {
                Ok((window, again)) => {
                    self.record.ask_at = Some(schedule::ask_again(now, again));
                    if self.record.window != Some(window) {
                        let mut bytes = [0; 4];
                        (self.edge.random)(&mut bytes);
                        self.record.window = Some(window);
                        let (from, to) = window;
                        self.record.renew_at = schedule::moment(from, to, ends, u32::from_ne_bytes(bytes));
                    }
                }
                Err(trouble) => log::info!("the authority gives no advice about the renewal: {trouble}"),
            }
        }
        self.save();
    }

    fn attempt(&mut self, now: Time) {
        let host = self.plan.site.host.to_string();
        log::info!("ordering a certificate for {host} from {}", self.plan.directory);
        let ways = challenges(&self.plan, self.record.failures);
        // Written down before it is tried, so that a program that is killed again and again does not ask again and
        // again.
        self.record.failures = self.record.failures.saturating_add(1);
        self.record.last_try = Some(now);
        self.record.next_try = Some(now + schedule::pause(self.record.failures));
        if !self.save() {
            // Without a memory of it, it could be tried too often.
            return;
        }
        self.tell(true);
        let outcome = self.order(ways);
        if self.is_dismissed() {
            return;
        }
        let ended = (self.edge.now)();
        match outcome {
            Ok(certificate) => {
                self.shelf.serve(Arc::clone(&certificate.key));
                let before = self.certificate.replace(certificate);
                let early = before.is_some_and(|old| ended < schedule::renewal(old.begins, old.ends));
                let early = if early { self.record.early.saturating_add(1) } else { 0 };
                let (host, directory) = (self.record.host.clone(), self.record.directory.clone());
                self.record = Record { host, directory, last_try: Some(now), early, ..Record::default() };
                // Advice is followed at once; advice that is always to renew is not followed without an end.
                self.record.next_try = (early > 0).then(|| ended + schedule::pause(early));
                self.save();
                self.tell(false);
                self.ask_for_advice(ended);
                log::info!("there is a certificate for {}", self.record.host);
                (self.hooks.obtained)();
            }
            Err(mut trouble) => {
                trouble.not_before = self.client.take_not_before();
                let next = ended + schedule::pause(self.record.failures);
                let latest = ended + schedule::pause(u32::MAX);
                self.record.next_try = Some(trouble.not_before.map_or(next, |time| time.clamp(next, latest.max(next))));
                log::warn!("no certificate for {host}: {trouble}");
                self.record.trouble = Some(trouble.clone());
                self.save();
                self.tell(false);
                (self.hooks.failed)(&trouble);
            }
        }
    }

    fn order(&self, challenges: Vec<instant_acme::ChallengeType>) -> Result<Certificate, Trouble> {
        let _old = self.client.take_not_before();
        let directory = self.client.directory(&self.plan.directory)?;
        let clerk = Clerk {
            plan: &self.plan,
            client: &self.client,
            directory: &directory,
            folder: &self.folder,
            shelf: &self.shelf,
            challenges,
            old: self.certificate.as_ref(),
        };
        let failed = |error: io::Error| Trouble::new(Kind::Other, error.to_string());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(failed)?;
        runtime.block_on(clerk.obtain())
    }

    fn save(&mut self) -> bool {
        let Err(trouble) = self.folder.write_json(RECORD, &self.record) else { return true };
        log::error!("{trouble}");
        self.record.trouble = Some(trouble);
        false
    }

    fn tell(&self, working: bool) {
        let due = self.due();
        let unset = self.record.trouble.as_ref().is_some_and(|trouble| trouble.kind == Kind::Clock);
        *locked(&self.status) = Status {
            valid: self.certificate.as_ref().map(|certificate| (certificate.begins, certificate.ends)),
            next_try: (due > Time::MIN && !unset).then_some(due),
            last_try: self.record.last_try,
            working,
            failures: self.record.failures,
            trouble: self.record.trouble.clone(),
        };
    }
}
