//! The thread that looks and sends.

use super::{Kind, channel::Channel, send::Sender, watch};
use crate::{
    app::App,
    error::{Error, Result},
    model::Time,
    outbound::Options,
    store::Notice,
};
use std::{collections::HashSet, path::PathBuf, sync::Arc, time::Duration};

/// How often it is looked whether there is anything to tell.
const POLL_INTERVAL: Duration = Duration::from_mins(1);
/// How long a notice is tried.
const NOTICE_TTL: Time = 24 * 3600;
/// The longest pause between two tries, in seconds.
const MAX_RETRY_DELAY: Time = 2 * 3600;

/// Begins to look and to send, in a thread of its own that ends with the program.
pub fn start(app: &Arc<App>, database: PathBuf, now: fn() -> Time, options: &Options) -> Result<()> {
    let (app, sender) = (Arc::clone(app), Sender::new(options));
    let run = move || {
        let mut looked: Option<std::time::Instant> = None;
        let mut taken = Taken::default();
        loop {
            if looked.is_none_or(|at| at.elapsed() >= POLL_INTERVAL) {
                looked = Some(std::time::Instant::now());
                report(watch::look(&app, &database, now()));
            }
            let next = match deliver(&app, &sender, now, &mut taken) {
                Ok(next) => next,
                Err(error) => {
                    report(Err(error));
                    None
                }
            };
            let wait = next.map_or(POLL_INTERVAL, |at| Duration::from_secs((at - now()).clamp(0, 60).unsigned_abs()));
            let rung = app.notices.wait(wait.clamp(Duration::from_millis(20), POLL_INTERVAL));
            looked = looked.filter(|_| !rung.look);
        }
    };
    std::thread::Builder::new().name("notices".to_owned()).spawn(run).map(drop).map_err(Error::internal)
}

fn report(outcome: Result<()>) {
    if let Err(error) = outcome {
        log::error!("notices: {error}");
    }
}

/// Notices that were taken, and are still in the outbox since the database could not be written. They are not sent
/// again.
type Taken = HashSet<i64>;

/// Sends what is due, and returns when the next is.
fn deliver(app: &App, sender: &Sender, now: fn() -> Time, taken: &mut Taken) -> Result<Option<Time>> {
    loop {
        for id in taken.iter().copied().collect::<Vec<_>>() {
            app.store.notice_sent(id)?;
            taken.remove(&id);
        }
        let due = app.store.due_notices(now())?;
        if due.is_empty() {
            return app.store.next_notice();
        }
        for notice in due {
            deliver_one(app, sender, &notice, now, taken)?;
        }
    }
}

fn deliver_one(app: &App, sender: &Sender, notice: &Notice, now: fn() -> Time, taken: &mut Taken) -> Result<()> {
    let settings = app.settings()?;
    let Some(channel) = Kind::named(&notice.channel).and_then(|kind| Channel::of(kind, &settings)) else {
        return app.store.empty_outbox(notice.channel.clone());
    };
    let outcome = sender.send(&channel, notice);
    let ended = now();
    match outcome {
        Ok(()) => {
            app.notices.fared(&notice.channel, ended, None);
            taken.insert(notice.id);
            app.store.notice_sent(notice.id)?;
            taken.remove(&notice.id);
            Ok(())
        }
        Err(refusal) => {
            let refusal = refusal.without(&channel.secrets());
            log::warn!("a notice could not be sent by {}: {}", notice.channel, refusal.words);
            app.notices.fared(&notice.channel, ended, Some(refusal.words.clone()));
            let retry_delay = retry_delay(notice.tries).max(refusal.wait.unwrap_or(0));
            let next = ended + retry_delay;
            let again = (next < notice.created + NOTICE_TTL && ended >= notice.created).then_some(next);
            app.store.notice_failed(notice.id, ended, again, refusal.words)
        }
    }
}

/// How long to wait after the try of that number, from 0, in seconds.
fn retry_delay(tries: u32) -> Time {
    Time::from(60_u32.saturating_mul(1 << tries.min(10))).min(MAX_RETRY_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_two_hours() {
        assert_eq!([0, 1, 2, 3, 6, 7, 99].map(retry_delay), [60, 120, 240, 480, 3840, 7200, 7200]);
    }
}
