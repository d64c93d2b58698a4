//! The users: asked of the panel, kept for a start without it, and given to the relay.

use super::{
    Agent, News,
    panel::{Call, Panel, words},
    rows::{Known, List, NodeRow, cap, read_rows},
};
use crate::node::{key::Key, plan::Wanted};
use std::{collections::BTreeSet, sync::Arc};

/// Bytes a second in a megabit a second.
const MEGABIT: u64 = 125_000;

impl<P: Panel> Agent<P> {
    /// Asks for the users.
    pub(super) fn pull(&mut self, news: &mut Vec<News>) -> Result<(), String> {
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

    /// Tells the relay which users to serve.
    pub(super) fn plan(&mut self) {
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
}
