//! What the panel is told of this node beside traffic: how many devices are connected, and what is wrong. It holds for
//! a while only, so that it is told again and again.

use super::{
    Agent,
    panel::{Call, Panel, words},
};
use std::time::{Duration, Instant};

/// How often the panel is told, also if nothing has changed.
const STATE_INTERVAL: Duration = Duration::from_secs(15);

impl<P: Panel> Agent<P> {
    /// Which users are connected, and what is wrong here.
    pub(super) fn state_now(&self) -> Vec<u8> {
        let online: Vec<(i64, u32)> =
            self.meters.all().iter().map(|(user, meter)| (*user, meter.devices())).filter(|(_, on)| *on > 0).collect();
        let mut listening: Vec<(i64, u16)> =
            self.meters.all().iter().filter_map(|(user, meter)| Some((*user, meter.listens()?))).collect();
        listening.sort_unstable();
        let troubles = self.relay.as_ref().map(|(relay, _)| relay.troubles()).unwrap_or_default();
        let full: Vec<i64> =
            self.meters.all().iter().filter(|(_, meter)| meter.take_full()).map(|(user, _)| *user).collect();
        let ports: Vec<_> =
            troubles.iter().map(|trouble| (trouble.user, trouble.port, trouble.kind, &trouble.why)).collect();
        let state = serde_json::json!({
            "online": online,
            "listening": listening,
            "ports": ports,
            "lacking": self.told.lacking,
            "full": full,
            "restarts": self.restarts,
        });
        state.to_string().into_bytes()
    }

    /// Tells the panel which users are connected and what is wrong here, if that has changed or it was long ago.
    pub(super) fn report_state(&mut self, now: Instant) -> Result<(), String> {
        let body = self.state_now();
        let is_due = self.due.state.is_none_or(|at| now >= at);
        if !is_due && body == self.state {
            return Ok(());
        }
        self.tell_state(body)?;
        self.due.state = Some(now + STATE_INTERVAL);
        Ok(())
    }

    pub(super) fn tell_state(&mut self, body: Vec<u8>) -> Result<(), String> {
        let path = format!("nodes/{}/state", self.node);
        let answer = self.panel.call(Call { path: &path, body: Some(&body), header: None })?;
        match answer.status {
            // A panel of before this call was there does without.
            200 | 404 | 405 => {
                self.state = body;
                Ok(())
            }
            _ => Err(words(&answer)),
        }
    }
}
