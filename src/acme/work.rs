//! The thread that keeps a certificate: serves what is there, renews it in time, and tries again after failures, less
//! and less often.

use super::{
    Plan,
    cert_resolver::CertResolver,
    certificate::Certificate,
    client::Client,
    folder::{Folder, RECORD, Record, certificate_file},
    order::{Attempt, challenges},
    schedule,
    status::{Hooks, Status},
    trouble::{Kind, Trouble},
};
use crate::{
    model::{Platform, Time, lock},
    outbound::Https,
};
use std::{
    io,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, RecvTimeoutError, Sender},
    },
    time::Duration,
};

/// The longest between two looks at the clock, so that one that is set meanwhile is noticed.
const POLL_INTERVAL: Duration = Duration::from_mins(1);

/// Why the thread looks before its time.
pub(super) enum Wake {
    /// The admin wants another try.
    Try,
    /// Something may have become due; the sender is dropped when it has been looked.
    Look { _done: Sender<()> },
}

pub(super) struct Work {
    plan: Plan,
    resolver: Arc<CertResolver>,
    platform: Platform,
    hooks: Hooks,
    status: Arc<Mutex<Status>>,
    folder: Folder,
    client: Client,
    record: Record,
    certificate: Option<Certificate>,
}

impl Work {
    pub(super) fn new(
        plan: Plan,
        resolver: Arc<CertResolver>,
        platform: Platform,
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
            resolver.serve(Arc::clone(&certificate.key));
        }
        let client = Client::new(Https::new(&plan.client), platform.now);
        Ok(Self { plan, resolver, platform, hooks, status, folder, client, record, certificate })
    }

    pub(super) fn run(&mut self, woken: &Receiver<Wake>) {
        let mut wake = None;
        loop {
            let forced = matches!(wake, Some(Wake::Try));
            self.turn((self.platform.now)(), forced);
            self.publish_status(false);
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
            let wait = due.saturating_sub((self.platform.now)()).clamp(1, 3600).unsigned_abs();
            wake = match woken.recv_timeout(Duration::from_secs(wait).min(POLL_INTERVAL)) {
                Ok(next) => Some(next),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if self.is_replaced() {
                return;
            }
        }
    }

    /// Whether another keeps a certificate by now: what is served is no business of this one any more.
    fn is_replaced(&self) -> bool {
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
                        (self.platform.random)(&mut bytes);
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
        self.publish_status(true);
        let outcome = self.order(ways);
        if self.is_replaced() {
            return;
        }
        let ended = (self.platform.now)();
        match outcome {
            Ok(certificate) => {
                self.resolver.serve(Arc::clone(&certificate.key));
                let before = self.certificate.replace(certificate);
                let early = before.is_some_and(|old| ended < schedule::renewal(old.begins, old.ends));
                let early = if early { self.record.early.saturating_add(1) } else { 0 };
                let (host, directory) = (self.record.host.clone(), self.record.directory.clone());
                self.record = Record { host, directory, last_try: Some(now), early, ..Record::default() };
                // Advice is followed at once; advice that is always to renew is not followed without an end.
                self.record.next_try = (early > 0).then(|| ended + schedule::pause(early));
                self.save();
                self.publish_status(false);
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
                self.publish_status(false);
                (self.hooks.failed)(&trouble);
            }
        }
    }

    fn order(&self, challenges: Vec<instant_acme::ChallengeType>) -> Result<Certificate, Trouble> {
        let _old = self.client.take_not_before();
        let directory = self.client.directory(&self.plan.directory)?;
        let attempt = Attempt {
            plan: &self.plan,
            client: &self.client,
            directory: &directory,
            folder: &self.folder,
            resolver: &self.resolver,
            challenges,
            old: self.certificate.as_ref(),
        };
        let failed = |error: io::Error| Trouble::new(Kind::Other, error.to_string());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(failed)?;
        runtime.block_on(attempt.obtain())
    }

    fn save(&mut self) -> bool {
        let Err(trouble) = self.folder.write_json(RECORD, &self.record) else { return true };
        log::error!("{trouble}");
        self.record.trouble = Some(trouble);
        false
    }

    pub(super) fn publish_status(&self, working: bool) {
        let due = self.due();
        let unset = self.record.trouble.as_ref().is_some_and(|trouble| trouble.kind == Kind::Clock);
        *lock(&self.status) = Status {
            valid: self.certificate.as_ref().map(|certificate| (certificate.begins, certificate.ends)),
            next_try: (due > Time::MIN && !unset).then_some(due),
            last_try: self.record.last_try,
            working,
            failures: self.record.failures,
            trouble: self.record.trouble.clone(),
        };
    }
}
