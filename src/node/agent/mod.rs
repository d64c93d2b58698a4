//! Between the panel and the relay: asks for the users, reports what they moved, and keeps both on the disk as long
//! as need be.

mod pace;
mod panel;
mod report;
mod rows;
mod state;
mod users;

pub use pace::{Files, News, Pace};
pub use panel::{Answer, Call, Panel};

use super::{Config, Meters, Relay, Trouble, journal::Owed};
use pace::{Due, Told, is_due};
use rows::Known;
use std::{
    collections::HashMap,
    io,
    sync::Arc,
    time::{Duration, Instant},
};

/// How long after a relay has failed the next one is started.
const RESTART_DELAY: Duration = Duration::from_secs(1);

/// The agent of one node.
pub struct Agent<P> {
    panel: P,
    node: i64,
    pace: Pace,
    files: Files,
    make: Box<dyn Fn() -> Config + Send>,
    random: fn(&mut [u8]),
    relay: Option<(Relay, Instant)>,
    meters: Arc<Meters>,
    /// What of each meter is in `owed`, or was reported.
    taken: HashMap<i64, (u64, u64)>,
    owed: Owed,
    known: Known,
    /// Whether the users were read from the disk or asked of the panel.
    has_users: bool,
    list: Arc<Vec<u8>>,
    mark: Option<String>,
    due: Due,
    away: Option<String>,
    told: Told,
    state: Vec<u8>,
    restarts: u64,
}

impl<P: Panel> Agent<P> {
    /// An agent that goes on where one before it ended.
    ///
    /// # Errors
    /// If what that one wrote cannot be read.
    pub fn new(
        panel: P,
        node: i64,
        pace: Pace,
        mut files: Files,
        make: Box<dyn Fn() -> Config + Send>,
        random: fn(&mut [u8]),
    ) -> io::Result<Self> {
        let owed = files.journal.read()?.unwrap_or_default();
        let known: Option<Known> = match &mut files.users {
            Some(users) => users.read()?,
            None => None,
        };
        Ok(Self {
            panel,
            node,
            pace,
            files,
            make,
            random,
            relay: None,
            meters: Arc::default(),
            taken: HashMap::new(),
            owed,
            has_users: known.is_some(),
            known: known.unwrap_or(Known { rate: 1000, users: Vec::new() }),
            list: Arc::default(),
            mark: None,
            due: Due::default(),
            away: None,
            told: Told::default(),
            state: Vec::new(),
            restarts: 0,
        })
    }

    /// Does what is due, and says what happened. To be called a few times a second.
    pub fn step(&mut self, now: Instant) -> Vec<News> {
        let mut news = Vec::new();
        self.keep_running(now, &mut news);
        self.collect();
        if self.pace.journal_first {
            self.write_down(false, &mut news);
        }
        if self.due.again.is_none_or(|again| now >= again) {
            let answered = self.talk(now, &mut news);
            self.note_answer(answered, now, &mut news);
        }
        if !self.pace.journal_first {
            self.write_down(false, &mut news);
        }
        self.tell(&mut news);
        news
    }

    /// Ends serving, reports what is left, and keeps what could not be reported.
    pub fn stop(mut self) -> Vec<News> {
        let mut news = Vec::new();
        if let Some((relay, _)) = self.relay.take() {
            relay.stop();
        }
        self.collect();
        self.write_down(true, &mut news);
        while self.away.is_none() && !self.owed.is_empty() {
            if self.push(&mut news).is_err() {
                break;
            }
        }
        self.write_down(true, &mut news);
        if self.away.is_none() {
            // No device is connected any more, which the panel would otherwise learn only a minute later.
            let state = self.state_now();
            if let Err(why) = self.tell_state(state) {
                news.push(News::Away(why, 0));
            }
        }
        news
    }

    /// Asks and reports what is due.
    fn talk(&mut self, now: Instant, news: &mut Vec<News>) -> Result<(), String> {
        if is_due(&mut self.due.push, self.pace.push, now) {
            // What came while one batch was on its way is the next.
            while !self.owed.is_empty() {
                self.push(news)?;
            }
        }
        if is_due(&mut self.due.pull, self.pace.pull, now) {
            self.pull(news)?;
        }
        self.report_state(now)
    }

    fn note_answer(&mut self, answered: Result<(), String>, now: Instant, news: &mut Vec<News>) {
        match answered {
            Ok(()) => {
                self.due.again = None;
                if self.away.take().is_some() {
                    news.push(News::Back);
                }
            }
            Err(why) => {
                self.due = Due { again: Some(now + self.pace.away), ..Due::default() };
                if self.away.as_ref() != Some(&why) {
                    news.push(News::Away(why.clone(), self.known.users.len()));
                    self.away = Some(why);
                }
                // The users are known from the disk, and the panel cannot be asked for newer ones.
                if self.has_users {
                    self.plan();
                }
            }
        }
    }

    /// Starts the relay, also again if it has failed.
    fn keep_running(&mut self, now: Instant, news: &mut Vec<News>) {
        let failed = self.relay.take_if(|(relay, _)| relay.failed());
        if let Some((relay, begun)) = failed {
            relay.stop();
            // The devices that it counted are not connected any more.
            for (_, meter) in self.meters.all() {
                meter.set_devices(0);
            }
            self.restarts += 1;
            news.push(News::Restarted);
            self.told.serving = None;
            if now.saturating_duration_since(begun) < RESTART_DELAY {
                std::thread::sleep(RESTART_DELAY);
            }
        }
        if self.relay.is_none() {
            match Relay::start((self.make)(), Arc::clone(&self.meters)) {
                Ok(relay) => {
                    self.relay = Some((relay, now));
                    if self.has_users && self.restarts > 0 {
                        self.plan();
                    }
                }
                Err(error) => news.push(News::Disk(format!("cannot start the relay: {error}"))),
            }
        }
    }

    /// What has changed of what a person wants to know.
    fn tell(&mut self, news: &mut Vec<News>) {
        let troubles = self.relay.as_ref().map(|(relay, _)| relay.troubles()).unwrap_or_default();
        let fresh = troubles.iter().filter(|trouble| !self.told.troubles.contains(trouble)).cloned();
        news.extend(fresh.map(News::Port));
        self.told.troubles = troubles;
        if self.told.lacking != self.told.lacking_said {
            self.told.lacking_said.clone_from(&self.told.lacking);
            if !self.told.lacking.is_empty() {
                news.push(News::Lacking(self.told.lacking.clone()));
            }
        }
    }

    /// How many users are served, from which port to which; `None` before that is known.
    pub fn serving(&self) -> Option<(usize, u16, u16)> {
        self.told.serving
    }

    /// The ports that could not be had, as of the last step.
    pub fn troubles(&self) -> &[Trouble] {
        &self.told.troubles
    }
}
