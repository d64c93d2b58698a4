//! Notices to the admin: raised by what notices something, kept in an outbox in the database, and sent by a thread of
//! its own, so that no request ever waits for them.

mod channel;
mod mail;
mod refusal;
mod send;
mod watch;
mod work;

pub use crate::model::ChannelKind as Kind;
pub use channel::{Channel, Mail, Security, TELEGRAM, setting};
pub use watch::look;
pub use work::start;

use crate::{
    app::{App, Snapshot},
    error::Result,
    http::Request,
    model::{Happening, Time},
    store::Setting,
    text::Language,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The most names that a notice has in full.
const MAX_NAMES: usize = 20;

/// What a notice says, in the admin's language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The key of what has happened.
    pub event: String,
    /// One line.
    pub title: String,
    /// All of it.
    pub text: String,
    /// Who or what it is about; the first of them, if there are many.
    pub names: Vec<String>,
    /// When it came up, in seconds since 1970 UTC.
    pub time: Time,
}

/// The language of notices.
fn language(settings: &Snapshot) -> Language {
    settings.get(Setting::Language).and_then(Language::named).unwrap_or(Language::English)
}

/// Whether the admin wants to be told of it.
pub fn is_wanted(settings: &Snapshot, what: Happening) -> bool {
    !settings.get(Setting::NotifyOff).unwrap_or_default().split(' ').any(|key| key == what.key())
}

/// The channels that are set up.
pub fn channels(settings: &Snapshot) -> Vec<Channel> {
    Kind::ALL.into_iter().filter_map(|kind| Channel::of(kind, settings)).collect()
}

/// Puts one message into the outbox about all of `names`, if the admin wants to be told.
pub fn raise(app: &App, now: Time, what: Happening, names: &[String]) -> Result<()> {
    let settings = app.settings()?;
    let channels = channels(&settings);
    if channels.is_empty() || !is_wanted(&settings, what) {
        return Ok(());
    }
    put(app, &settings, channels.iter().map(Channel::kind), now, what, names)
}

/// Puts a trial into the outbox of one channel.
pub fn try_out(app: &App, now: Time, kind: Kind) -> Result<()> {
    put(app, &*app.settings()?, [kind].into_iter(), now, Happening::Test, &[])
}

fn put(
    app: &App,
    settings: &Snapshot,
    kinds: impl Iterator<Item = Kind>,
    now: Time,
    what: Happening,
    names: &[String],
) -> Result<()> {
    let words = language(settings).text();
    let text = &words.notices;
    let shown = &names[..names.len().min(MAX_NAMES)];
    let mut lines = shown.join(words.common.comma);
    if names.len() > shown.len() {
        lines = format!("{lines}{}", (text.more)(names.len() - shown.len()));
    }
    let title = (text.title)(what, names.len());
    let body = if names.is_empty() { title.clone() } else { format!("{title}\n{lines}") };
    let message = Message {
        event: what.key().to_owned(),
        title: format!("mu-panel: {title}"),
        text: body,
        names: shown.to_vec(),
        time: now,
    };
    let payload = serde_json::to_string(&message).map_err(crate::error::Error::internal)?;
    app.store.put_notice(kinds.map(|kind| kind.key().to_owned()).collect(), payload, now)?;
    app.notices.ring();
    Ok(())
}

/// Notes a sign-in, and tells of it if its address is new. What stands in the way of that does not stand in the way of
/// the sign-in.
pub fn signed_in(app: &App, request: &Request) {
    let address = request.peer.to_string();
    let digest = Sha256::digest(address.as_bytes());
    let subject = digest.iter().take(8).fold(0, |number, byte| number << 8 | i64::from(*byte)) & i64::MAX;
    let told = app
        .store
        .is_news(Happening::SignIn, subject)
        .and_then(|news| if news { raise(app, request.now, Happening::SignIn, &[address]) } else { Ok(()) });
    if let Err(error) = told {
        log::warn!("a sign-in was not told of: {error}");
    }
}
