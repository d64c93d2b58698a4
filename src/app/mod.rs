//! What the handlers share: the store, the settings, randomness, and what is only kept while the program runs.

mod copies;
mod counts;
mod defaults;
mod due;
mod health;
mod lists;
mod meters;
mod once;
mod restore;
mod setup;
mod tries;
mod work;

pub use copies::{Copies, Ready};
pub use counts::{Counts, ONLINE_SECONDS};
pub use defaults::Defaults;
pub use lists::{List, Lists};
pub use meters::{Meters, Source};
pub use once::Once;
pub use restore::{FIELD, Held, Restore, Restored, UPLOAD_SECONDS, UPLOADS, remove_leftovers};
pub use setup::SetupLink;
pub use tries::Tries;
pub use work::{Look, Work};

use self::{due::Due, health::Health};
use crate::{
    error::{Error, Result},
    http::Lasting,
    model::{Date, Draft, Name, NewUser, Password, Time, Usage, User, Zone, letters},
    store::{Setting, Settings, Store},
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// The characters of a node token: 190 random bits.
const TOKEN_LETTERS: usize = 32;
/// The characters of the secret in the address of a user's own page: 143 random bits.
const SECRET_LETTERS: usize = 24;
/// How long a node that asks again is not written down again, in seconds.
const PULL_SECONDS: Time = 10;
/// How long a sign-in holds without being used: 12 hours.
pub const IDLE_SECONDS: Time = 12 * 3600;

/// Fills a buffer with random bytes.
pub type RandomSource = Box<dyn Fn(&mut [u8]) + Send + Sync>;

/// All that a handler needs beside the request.
pub struct App {
    /// The database.
    pub store: Arc<Store>,
    /// The lists that nodes ask for, as the bytes that are sent.
    pub lists: Lists,
    /// The one-time link with which the first password is set.
    pub setup: SetupLink,
    /// Wrong passwords, by address.
    pub tries: Tries,
    /// What is counted while the program runs.
    pub meters: Meters,
    /// How clients reach it.
    pub front: Front,
    /// Forms that were sent, so that nothing is done twice.
    pub once: Once,
    /// A backup that is put back.
    pub restore: Restore,
    /// A backup that is downloaded.
    pub copies: Copies,
    /// Adding many users: how many there were.
    pub importing: Work<i64>,
    counts: Counts,
    health: Health,
    random: RandomSource,
    machine_zone: Zone,
    present: Mutex<Option<(i64, Arc<Present>)>>,
    pulls: Mutex<HashMap<i64, Time>>,
    due: Due,
    generation: AtomicU64,
}

/// How clients reach the panel.
#[derive(Default)]
pub struct Front {
    /// What stands before every path: empty, or like `/panel`.
    pub root: Arc<str>,
    /// Whether it listens beyond this machine without encryption.
    pub bare: bool,
    /// Lets one large body come to a path.
    pub permit: Option<Permit>,
}

/// Lets one large body come to the path that it is given.
pub type Permit = Box<dyn Fn(&str) + Send + Sync>;

/// What the settings say now.
pub struct Present {
    /// Each of them.
    pub settings: Settings,
    /// The zone in which days begin.
    pub zone: Zone,
}

impl App {
    /// An app on a database, which gets a node token if it has none. `zone` is that of the machine.
    pub fn new(store: Store, random: RandomSource, zone: Zone) -> Result<Self> {
        if store.settings()?.get(Setting::NodeToken).is_none() {
            store.set_if_missing(Setting::NodeToken, letters(TOKEN_LETTERS, &random))?;
        }
        Ok(Self {
            generation: AtomicU64::new(store.generation()),
            store: Arc::new(store),
            lists: Lists::default(),
            setup: SetupLink::default(),
            tries: Tries::default(),
            meters: Meters::default(),
            front: Front::default(),
            once: Once::default(),
            restore: Restore::default(),
            copies: Copies::default(),
            importing: Work::default(),
            counts: Counts::default(),
            health: Health::default(),
            random,
            machine_zone: zone,
            present: Mutex::default(),
            pulls: Mutex::default(),
            due: Due::default(),
        })
    }

    /// What the settings say now, also if another process has just changed them.
    pub fn present(&self) -> Result<Arc<Present>> {
        let mut present = lock(&self.present);
        let seen = present.as_ref().map(|(version, _)| *version);
        let Some((version, settings)) = self.store.settings_since(seen)? else {
            let kept = present.as_ref().map(|(_, present)| Arc::clone(present));
            return kept.ok_or_else(|| Error::internal("no settings"));
        };
        if let Some((of, kept)) = &mut *present
            && kept.settings == settings
        {
            *of = version;
            return Ok(Arc::clone(kept));
        }
        let zone = settings.get(Setting::TimeZone).and_then(Zone::named).unwrap_or_else(|| self.machine_zone.clone());
        let fresh = Arc::new(Present { settings, zone });
        *present = Some((version, Arc::clone(&fresh)));
        Ok(fresh)
    }

    /// The day at `now`.
    pub fn today(&self, now: Time) -> Result<Date> {
        Ok(self.present()?.zone.date(now))
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

    /// A new node token in the place of the present one, which is refused from then on.
    pub fn rotate_token(&self) -> Result<String> {
        let token = self.letters(TOKEN_LETTERS);
        self.store.set(Setting::NodeToken, Some(token.clone()))?;
        Ok(token)
    }

    /// Adds a user with what the draft leaves open.
    ///
    /// # Errors
    /// As [`Store::add_users`].
    pub fn add_user(&self, draft: Draft, now: Time) -> Result<User> {
        let added = self.store.add_users(vec![self.complete(draft)], now, self.today(now)?)?;
        added.into_iter().next().ok_or_else(|| Error::internal("nobody was added"))
    }

    /// Gives a user's own page another address, with a new secret in it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn replace_secret(&self, id: i64, now: Time) -> Result<User> {
        self.store.replace_secret(id, self.letters(SECRET_LETTERS), now)
    }

    /// A draft with a password, an identity and a secret, ready to be added.
    pub fn complete(&self, draft: Draft) -> NewUser {
        let password = draft.password.clone().unwrap_or_else(|| Password::random(draft.method, &self.random));
        NewUser {
            id: None,
            draft,
            password,
            used: Usage::default(),
            t: 0,
            switch: true,
            uuid: uuid::Builder::from_random_bytes(self.random()).into_uuid().to_string(),
            secret: self.letters(SECRET_LETTERS),
        }
    }

    /// A new random password for a user, that fits what he is about to be.
    pub fn fresh_password(&self, draft: &Draft) -> Password {
        Password::random(draft.method, &self.random)
    }

    /// A draft that says what a user is already.
    pub fn draft_of(user: &User) -> Draft {
        Draft {
            name: user.name.clone(),
            port: Some(user.port),
            password: Some(user.password.clone()),
            method: user.method,
            quota: user.quota,
            expires: user.expires,
            reset_day: user.reset_day,
            note: user.note.clone(),
        }
    }

    /// The user whom a person means by `given`: a name, or else an id.
    pub fn find_user(&self, given: &str, now: Time) -> Result<Option<User>> {
        if let Ok(name) = Name::parse(given)
            && let Some(user) = self.store.user_named(name.as_str())?
        {
            return Ok(Some(user));
        }
        let Ok(id) = crate::http::id("id", given) else { return Ok(None) };
        Ok(self.store.user(id, now)?.filter(|user| user.deleted.is_none()))
    }

    /// Notes that a node asked for the users. At most every 10 s is written down, so that asking stays cheap.
    pub fn note_pull(&self, node: i64, now: Time) -> Result<()> {
        let mut pulls = lock(&self.pulls);
        if let Some(at) = pulls.get(&node)
            && (*at..at + PULL_SECONDS).contains(&now)
        {
            return Ok(());
        }
        if pulls.len() > 10_000 {
            pulls.clear();
        }
        pulls.insert(node, now);
        drop(pulls);
        self.store.note_pull(node, now)
    }

    /// Whether an answer holds at `now`.
    pub fn holds(&self, lasting: &Lasting, now: Time) -> bool {
        lasting.at == now && self.store.version().is_ok_and(|now| now == lasting.version)
    }

    /// Forgets what was known of a database that another has taken the place of.
    fn follow(&self) {
        let generation = self.store.generation();
        if self.generation.swap(generation, Ordering::SeqCst) != generation {
            self.counts.forget();
            self.once.forget();
            lock(&self.pulls).clear();
            self.due.forget();
        }
    }
}

/// A lock that outlives a panic of whoever held it: what it guards is never left half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
