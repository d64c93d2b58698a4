//! What was counted, on its way from the meters over the journal to the panel, which counts each batch once.

use super::{
    Agent, News,
    panel::{Call, Panel, words},
};
use std::io;

impl<P: Panel> Agent<P> {
    /// Takes over what the meters have counted.
    pub(super) fn collect(&mut self) {
        for (user, meter) in self.meters.all() {
            let (up, down) = meter.read();
            let taken = self.taken.entry(user).or_default();
            self.owed.add(user, up - taken.0, down - taken.1);
            *taken = (up, down);
        }
    }

    pub(super) fn write_down(&mut self, surely: bool, news: &mut Vec<News>) {
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

    pub(super) fn note_disk(&mut self, done: io::Result<()>, news: &mut Vec<News>) {
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
    pub(super) fn push(&mut self, news: &mut Vec<News>) -> Result<(), String> {
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
}

fn key(random: fn(&mut [u8])) -> String {
    let mut bytes = [0; 16];
    random(&mut bytes);
    bytes.iter().fold("node-".to_owned(), |key, byte| format!("{key}{byte:02x}"))
}
