//! What the handlers share: the store, the settings, randomness, and what is only kept while the program runs.

mod downloads;
mod built_in;
mod census;
mod defaults;
mod maintenance;
mod health;
mod lists;
mod meters;
mod notices;
mod online;
mod node_states;
mod node_calls;
mod noticed;
mod form_dedup;
mod front;
mod https;
mod kept_forms;
mod restore;
mod seen_sessions;
mod setup;
mod snapshot;
mod users;
mod login_throttle;
mod background;
mod undo;

pub use background::{Background, Status};
pub use built_in::BuiltIn;
pub use census::{CensusCache, ONLINE_WINDOW};
pub use defaults::Defaults;
pub use downloads::{Download, Downloads};
pub use form_dedup::FormDedup;
pub use front::{Front, Permit};
pub use https::{Https, Offer};
pub use kept_forms::{KEPT, Keeper, Kept, KeptForms};
pub use lists::{Draft, Former, List, Listing, Lists, Rows};
pub use login_throttle::{Guess, Guesser, LoginThrottle};
pub use meters::{Meters, Source};
pub use node_calls::{NodeCalls, RefusedCalls};
pub use node_states::NodeStates;
pub use noticed::RefusedNode;
pub use notices::{Notices, Rung, Standing};
pub use online::Online;
pub use restore::{FIELD, Held, Restore, Restored, UPLOAD_TTL, UPLOADS};
pub use seen_sessions::SeenSessions;
pub use snapshot::Snapshot;
pub use undo::UndoLog;

use self::{health::Health, maintenance::Maintenance};
use crate::{
    error::Result,
    http::CacheStamp,
    model::{Date, Time, Zone, hex, letters, lock},
    store::{Session, Setting, Store},
};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

/// The characters of a node token: 190 random bits.
const TOKEN_LETTERS: usize = 32;
/// The characters of the secret by which the panel knows again what it gave out: 190 random bits.
const SERVER_SECRET_LETTERS: usize = 32;
/// The characters of the secret in the address of a user's own page: 143 random bits.
const SECRET_LETTERS: usize = 24;
/// The least time between two writes of a node's last request, in seconds.
const PULL_NOTE_INTERVAL: Time = 10;
/// The fewest characters of a node token that is set by hand.
pub const MIN_TOKEN_LENGTH: usize = 16;
/// How long a sign-in holds at most, in seconds: 30 days.
pub const SESSION_TTL: Time = 30 * 86_400;
/// How long a sign-in holds without being used: 12 hours.
pub const SESSION_IDLE_TTL: Time = 12 * 3600;

/// Fills a buffer with random bytes.
pub type RandomSource = Box<dyn Fn(&mut [u8]) + Send + Sync>;

/// All that a handler needs beside the request.
pub struct App {
    /// The database.
    pub store: Arc<Store>,
    /// The lists that nodes ask for, as the bytes that are sent.
    pub lists: Lists,
    /// Guesses of the admin's password, by browser or address.
    pub login_throttle: LoginThrottle,
    /// Sign-ins that were used lately.
    pub seen_sessions: SeenSessions,
    /// What is counted while the program runs.
    pub meters: Meters,
    /// What nodes of our own say of themselves.
    pub node_states: NodeStates,
    /// Node calls that were refused, and where nodes call from.
    pub node_calls: NodeCalls,
    /// How clients reach it.
    pub front: Front,
    /// Notices to the admin.
    pub notices: Notices,
    /// The certificate that it keeps for itself.
    pub https: Https,
    /// Forms that were sent, so that nothing is done twice.
    pub form_dedup: FormDedup,
    /// Forms that were refused, so that they can be looked at again.
    pub kept_forms: KeptForms,
    /// A backup that is put back.
    pub restore: Restore,
    /// A backup that is downloaded.
    pub downloads: Downloads,
    /// What the admin did last.
    pub undo: UndoLog,
    /// Adding many users: how many there were.
    pub importing: Background<i64>,
    census: CensusCache,
    health: Health,
    random: RandomSource,
    machine_zone: Zone,
    snapshot: Mutex<Option<(i64, Arc<Snapshot>)>>,
    pulls: Mutex<HashMap<i64, Time>>,
    maintenance: Maintenance,
    generation: AtomicU64,
    cookie_suffix: Arc<str>,
    unnamed_proxy: Mutex<Option<IpAddr>>,
    refused_node: Mutex<Option<RefusedNode>>,
}

impl App {
    /// An app on a database, which gets a node token if it has none. `zone` is that of the machine.
    pub fn new(store: Store, random: RandomSource, zone: Zone, mut front: Front) -> Result<Self> {
        for (setting, length) in [(Setting::NodeToken, TOKEN_LETTERS), (Setting::ServerSecret, SERVER_SECRET_LETTERS)] {
            if store.settings()?.get(setting).is_none() {
                store.set_if_missing(setting, letters(length, &random))?;
            }
        }
        let cookie_suffix = cookie_suffix(&store)?;
        Ok(Self {
            generation: AtomicU64::new(store.generation()),
            store: Arc::new(store),
            lists: Lists::default(),
            login_throttle: LoginThrottle::default(),
            seen_sessions: SeenSessions::default(),
            meters: Meters::default(),
            node_states: NodeStates::default(),
            node_calls: NodeCalls::default(),
            https: Https::new(front.https.take()),
            front,
            notices: Notices::default(),
            form_dedup: FormDedup::default(),
            kept_forms: KeptForms::default(),
            restore: Restore::default(),
            downloads: Downloads::default(),
            undo: UndoLog::default(),
            importing: Background::default(),
            census: CensusCache::default(),
            health: Health::default(),
            random,
            machine_zone: zone,
            cookie_suffix,
            unnamed_proxy: Mutex::default(),
            refused_node: Mutex::default(),
            snapshot: Mutex::default(),
            pulls: Mutex::default(),
            maintenance: Maintenance::default(),
        })
    }

    /// What tells the cookies of this installation from those of others on the same host.
    pub fn cookie_suffix(&self) -> &Arc<str> {
        &self.cookie_suffix
    }

    /// The sign-ins that hold at `now`, the latest first.
    pub fn sessions(&self, now: Time) -> Result<Vec<Session>> {
        self.store.sessions(now - SESSION_TTL, now - SESSION_IDLE_TTL)
    }

    /// The day at `now`.
    pub fn today(&self, now: Time) -> Result<Date> {
        Ok(self.settings()?.zone.date(now))
    }

    /// That many random characters of `[A-Za-z0-9]`.
    pub fn letters(&self, count: usize) -> String {
        letters(count, &self.random)
    }

    /// Random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.random)(&mut bytes);
        bytes
    }

    /// Replaces the node token by a new one; the old one is refused from then on.
    pub fn rotate_token(&self) -> Result<String> {
        let token = self.letters(TOKEN_LETTERS);
        self.store.set(Setting::NodeToken, Some(token.clone()))?;
        Ok(token)
    }

    /// Notes that a node requested the users; written at most every 10 s, so that requests stay cheap.
    pub fn note_pull(&self, node: i64, now: Time) -> Result<()> {
        if self.is_pull_noted(node, now) {
            return Ok(());
        }
        self.store.note_pull(node, now)?;
        let mut pulls = lock(&self.pulls);
        if pulls.len() > 10_000 {
            pulls.clear();
        }
        pulls.insert(node, now);
        Ok(())
    }

    fn is_pull_noted(&self, node: i64, now: Time) -> bool {
        lock(&self.pulls).get(&node).is_some_and(|at| (*at..at + PULL_NOTE_INTERVAL).contains(&now))
    }

    /// Whether a node calls from that address that was not noted lately.
    pub fn is_pull_due(&self, peer: IpAddr, now: Time) -> bool {
        self.node_calls.node_at(peer).is_some_and(|node| !self.is_pull_noted(node, now))
    }

    /// Whether an answer holds at `now`.
    pub fn holds(&self, cache_stamp: &CacheStamp, now: Time) -> bool {
        cache_stamp.at == now && self.store.version().is_ok_and(|now| now == cache_stamp.version)
    }

    /// Clears the caches after another database has been put in the place of this one.
    fn forget_if_replaced(&self) {
        let generation = self.store.generation();
        if self.generation.swap(generation, Ordering::SeqCst) != generation {
            self.census.forget();
            self.form_dedup.forget();
            self.kept_forms.forget();
            self.undo.forget();
            lock(&self.pulls).clear();
            self.node_calls.forget();
            self.maintenance.forget();
        }
    }
}

/// A digest of the secret of the database and of its place, since a database may be copied for a second panel.
fn cookie_suffix(store: &Store) -> Result<Arc<str>> {
    let settings = store.settings()?;
    let place = store.path().canonicalize().unwrap_or_else(|_| store.path().to_owned());
    let mut digest = Sha256::new();
    digest.update(settings.get(Setting::ServerSecret).unwrap_or_default());
    digest.update(place.as_os_str().as_encoded_bytes());
    Ok(hex(&digest.finalize()[..4]).into())
}
