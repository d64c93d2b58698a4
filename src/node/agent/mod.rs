//! Between the panel and the relay: asks for the users, reports what they moved, and keeps both on the disk as long
//! as need be.

mod pace;
mod panel;
mod rows;
mod state;

pub use pace::{Files, News, Pace};
pub use panel::{Answer, Call, Panel};

use super::{Config, Meters, Relay, Trouble, journal::Owed, key::Key, plan::Wanted};
use pace::{Due, Told, is_due};
use panel::words;
use rows::{Known, List, NodeRow, cap, read_rows};
use std::{
    collections::{BTreeSet, HashMap},
    io,
    sync::Arc,
    time::{Duration, Instant},
};

/// Bytes a second in a megabit a second.
const MEGABIT: u64 = 125_000;
/// How long after a relay has failed the next one is started.
const AGAIN: Duration = Duration::from_secs(1);

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
            // Nobody is connected any more, which otherwise would be known in a minute.
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
                // Known from the disk, and nobody else says better.
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
            // What it knew of who is connected is not true any more.
            for (_, meter) in self.meters.all() {
                meter.set_devices(0);
            }
            self.restarts += 1;
            news.push(News::Restarted);
            self.told.serving = None;
            if now.saturating_duration_since(begun) < AGAIN {
                std::thread::sleep(AGAIN);
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

    /// Takes over what the meters have counted.
    fn collect(&mut self) {
        for (user, meter) in self.meters.all() {
            let (up, down) = meter.read();
            let taken = self.taken.entry(user).or_default();
            self.owed.add(user, up - taken.0, down - taken.1);
            *taken = (up, down);
        }
    }

    fn write_down(&mut self, surely: bool, news: &mut Vec<News>) {
        // A panel in this process is told within a second; only what it did not take has to outlive a crash.
        let is_needed = self.pace.journal_first || surely || self.owed.batch.is_some();
        let done = if !is_needed || self.owed.is_empty() && !self.pace.journal_first {
            if self.told.disk || self.owed_on_disk() { self.files.journal.remove() } else { Ok(()) }
        } else {
            self.files.journal.write(&self.owed, surely || self.owed.batch.is_some())
        };
        self.note_disk(done, news);
    }

    fn owed_on_disk(&self) -> bool {
        self.files.journal.has_something()
    }

    fn note_disk(&mut self, done: io::Result<()>, news: &mut Vec<News>) {
        match done {
            Ok(()) => self.told.disk = false,
            Err(_) if self.told.disk => {}
            Err(error) => {
                self.told.disk = true;
                news.push(News::Disk(format!("cannot write down what was counted: {error}")));
            }
        }
    }

    /// Reports one batch.
    fn push(&mut self, news: &mut Vec<News>) -> Result<(), String> {
        let random = self.random;
        let Some(batch) = self.owed.batch(|| key(random)) else { return Ok(()) };
        let rows: Vec<_> = batch
            .rows
            .iter()
            .map(|(user, (up, down))| {
                let whole = |bytes: &u64| i64::try_from(*bytes).unwrap_or(i64::MAX);
                serde_json::json!({ "user_id": user, "u": whole(up), "d": whole(down) })
            })
            .collect();
        let (key, body) = (batch.key.clone(), serde_json::to_vec(&rows).map_err(|error| error.to_string())?);
        // What lies on the disk must lie there under the key with which it is sent, or a crash would send it with
        // another.
        if self.pace.journal_first || self.owed_on_disk() {
            self.write_down(true, news);
        }
        let path = format!("nodes/{}/traffic", self.node);
        let call = Call { path: &path, body: Some(&body), header: Some(("Idempotency-Key", &key)) };
        let answer = self.panel.call(call)?;
        match answer.status {
            200 => {}
            // A panel that has never heard of any of these users will not hear of them later.
            400 => log::warn!("the panel does not take a report of traffic: {}", words(&answer)),
            _ => return Err(words(&answer)),
        }
        self.owed.batch = None;
        if self.pace.journal_first {
            self.write_down(false, news);
        }
        // The list has to be read again before it says how much is left.
        self.due.pull = None;
        Ok(())
    }

    /// Asks for the users.
    fn pull(&mut self, news: &mut Vec<News>) -> Result<(), String> {
        let path = format!("nodes/{}/users", self.node);
        let header = self.mark.as_deref().map(|mark| ("If-None-Match", mark));
        let answer = self.panel.call(Call { path: &path, body: None, header })?;
        let same = match answer.status {
            304 => true,
            200 => Arc::ptr_eq(&answer.body, &self.list) || answer.body == self.list,
            _ => return Err(words(&answer)),
        };
        if same && self.has_users {
            return Ok(());
        }
        let users = read_rows(&answer.body)?;
        let rate = self.rate()?;
        self.mark = answer.mark;
        self.list = answer.body;
        self.known = Known { rate, users };
        self.has_users = true;
        if let Some(file) = &mut self.files.users {
            let done = file.write(&self.known, false);
            self.note_disk(done, news);
        }
        self.plan();
        Ok(())
    }

    /// What a byte through this node counts, in thousandths.
    fn rate(&mut self) -> Result<u64, String> {
        let answer = self.panel.call(Call { path: "nodes", body: None, header: None })?;
        if answer.status != 200 {
            return Err(words(&answer));
        }
        let list: List<NodeRow> = serde_json::from_slice(&answer.body).map_err(|_| words(&answer))?;
        let rate = list.data.iter().find(|node| node.id == self.node).map_or(1.0, |node| node.traffic_rate);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to 1000
        Ok((rate * 1000.0).round() as u64)
    }

    /// Tells the relay whom to serve.
    fn plan(&mut self) {
        let mut wanted = Vec::new();
        let mut lacking = BTreeSet::new();
        for row in &self.known.users {
            if row.enable != 1 || row.switch != 1 {
                continue;
            }
            if Key::new(&row.method, &row.passwd).is_none() {
                lacking.insert(row.method.clone());
                continue;
            }
            let taken = self.taken.get(&row.id).copied().unwrap_or_default();
            wanted.push(Wanted {
                id: row.id,
                port: row.port,
                method: row.method.clone(),
                password: row.passwd.clone(),
                cap: cap(row, self.known.rate, taken, self.owed.of(row.id)),
                speed: row.node_speedlimit.saturating_mul(MEGABIT),
                devices: usize::try_from(row.node_connector).unwrap_or(usize::MAX),
            });
        }
        self.told.lacking = lacking.into_iter().collect();
        let ports = wanted.iter().map(|user| user.port);
        let serving = (wanted.len(), ports.clone().min().unwrap_or(0), ports.max().unwrap_or(0));
        self.told.serving = Some(serving);
        if let Some((relay, _)) = &self.relay {
            relay.plan(wanted);
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

fn key(random: fn(&mut [u8])) -> String {
    let mut bytes = [0; 16];
    random(&mut bytes);
    bytes.iter().fold("node-".to_owned(), |key, byte| format!("{key}{byte:02x}"))
}
