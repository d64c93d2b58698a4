//! A user: a friend who may connect, their limits, and what they have used.

use super::{Bytes, Date, Kind, Listed, Method, Random, ResetDay, State, Terms, Time, Usage, balanced, letters};
use crate::error::Fault;
use base64::{Engine, engine::general_purpose::STANDARD};

/// How long a removed user stays listed as switched off, and the port unused, in seconds: 30 days.
pub const TOMBSTONE_TTL: Time = 30 * 86_400;

/// A user as the panel knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Never given to another user.
    pub id: i64,
    /// Unique among the users who are not removed.
    pub name: Name,
    /// The Shadowsocks password.
    pub password: Password,
    /// The port on every node.
    pub port: u16,
    /// The Shadowsocks cipher.
    pub method: Method,
    /// Used since `period_started`.
    pub used: Usage,
    /// The limit in a period; `None`: no limit.
    pub quota: Option<Bytes>,
    /// Time of last use; 0: never.
    pub t: Time,
    /// Whether the admin lets the user in.
    pub switch: bool,
    /// The last day on which the user is let in.
    pub expires: Option<Date>,
    /// The day of the month on which the counters are reset.
    pub reset_day: Option<ResetDay>,
    /// The day at whose start they are reset next.
    pub next_reset: Option<Date>,
    /// When the counters began.
    pub period_started: Time,
    /// The admin's note.
    pub note: Note,
    /// The V2Ray identity.
    pub uuid: String,
    /// The secret in the address of the personal page.
    pub secret: String,
    /// When the user was added.
    pub created: Time,
    /// When the user was removed.
    pub deleted: Option<Time>,
    /// Counts changes by the admin, for optimistic locking.
    pub revision: i64,
    /// What else is agreed.
    pub terms: Terms,
    /// The most megabits a second each way, over all connections, on nodes of our own; 0: no limit.
    pub speed: u32,
    /// The most addresses that are connected at the same time, on nodes of our own; 0: no limit.
    pub devices: u32,
}

impl User {
    /// Whether the user is let in on the day `today`.
    pub fn state(&self, today: Date) -> State {
        self.listed().state(today)
    }

    /// What nodes are told, but for which of them the user may use.
    pub fn listed(&self) -> Listed<'_> {
        Listed {
            id: self.id,
            name: self.name.as_str(),
            password: self.password.as_str(),
            port: self.port,
            method: self.method,
            used: self.used,
            quota: self.quota,
            t: self.t,
            switch: self.switch,
            expires: self.expires,
            uuid: &self.uuid,
            deleted: self.deleted,
            nodes: None,
            speed: self.speed,
            devices: self.devices,
        }
    }
}

/// A user to be added, as a person describes them: what is left out gets a default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The name.
    pub name: Name,
    /// `None`: the next free one of those for new users.
    pub port: Option<u16>,
    /// `None`: a random one that fits the method.
    pub password: Option<Password>,
    /// The cipher.
    pub method: Method,
    /// `None`: no limit.
    pub quota: Option<Bytes>,
    /// `None`: never ends.
    pub expires: Option<Date>,
    /// `None`: counters run on.
    pub reset_day: Option<ResetDay>,
    /// May be empty.
    pub note: Note,
    /// What else is agreed.
    pub terms: Terms,
    /// As [`User::speed`].
    pub speed: u32,
    /// As [`User::devices`].
    pub devices: u32,
}

impl Draft {
    /// One with every default.
    pub fn named(name: Name) -> Self {
        Self {
            name,
            port: None,
            password: None,
            method: Method::default(),
            quota: None,
            expires: None,
            reset_day: None,
            note: Note::default(),
            terms: Terms::default(),
            speed: 0,
            devices: 0,
        }
    }
}

/// A user to be added, complete but for what only the database knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// The id, if the user comes from another panel.
    pub id: Option<i64>,
    /// As described.
    pub draft: Draft,
    /// The password, which the draft may have left open.
    pub password: Password,
    /// Used already, on another panel.
    pub used: Usage,
    /// Time of last use; 0: never.
    pub t: Time,
    /// Whether the user is switched on.
    pub switch: bool,
    /// The V2Ray identity.
    pub uuid: String,
    /// The secret in the address of the personal page.
    pub secret: String,
}

/// Which users to show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Part of a name, a note or a port; empty: all.
    pub search: String,
    /// Only this state; with [`State::Deleted`] the users removed after `removed_since`, else only users who are not
    /// removed.
    pub state: Option<State>,
    /// From when on removed users are shown.
    pub removed_since: Time,
    /// Only users who can connect and whose last day is this one or earlier.
    pub expires_by: Option<Date>,
    /// Only users who used something after this moment.
    pub active_since: Option<Time>,
    /// Only these users, by id.
    pub among: Option<Vec<i64>>,
    /// In which order.
    pub order: Order,
    /// The other way round.
    pub descending: bool,
    /// How many to leave out at the front.
    pub skip: i64,
    /// How many to show at the most.
    pub most: i64,
}

/// What users are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Their name.
    #[default]
    Name,
    /// Their port.
    Port,
    /// What they uploaded.
    Uploaded,
    /// What they downloaded.
    Downloaded,
    /// Both together.
    Total,
    /// When they last used anything.
    LastUsed,
    /// Their last day; without one they come after all others.
    Expires,
    /// When they were added.
    Added,
}

/// How many days ahead a user is said to expire soon.
pub const SOON_DAYS: i32 = 7;

/// How many users there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Census {
    /// How many of them are on, off, expired and over their quota.
    pub states: [i64; 4],
    /// How many were removed and can be restored.
    pub removed: i64,
    /// How many can connect and expire within [`SOON_DAYS`].
    pub soon: i64,
    /// Time of last use, of the users who were active recently.
    pub recent: Vec<Time>,
}

impl Census {
    /// How many there are in that state; `None`: all who are not removed.
    pub fn count(&self, state: Option<State>) -> i64 {
        let [on, off, expired, over] = self.states;
        match state {
            None => on + off + expired + over,
            Some(State::On) => on,
            Some(State::Off) => off,
            Some(State::Expired) => expired,
            Some(State::OverQuota) => over,
            Some(State::Deleted) => self.removed,
        }
    }

    /// How many used something after `since`.
    pub fn used_since(&self, since: Time) -> usize {
        self.recent.iter().filter(|t| **t > since).count()
    }
}

/// A user's name: 1 to 64 characters without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Takes a name, without the spaces around it.
    ///
    /// # Errors
    /// [`Fault::NameEmpty`], [`Fault::NameTooLong`], [`Fault::NameControl`].
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let name = super::label::label(text)?;
        if name.is_empty() { Err(Fault::NameEmpty) } else { Ok(Self(name)) }
    }

    /// A value from the database, which was checked when it was stored.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The admin's note about a user: up to 1000 characters, in several lines if need be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Note(String);

impl Note {
    /// Takes a note, without the spaces around it, its lines ended by `\n`.
    ///
    /// # Errors
    /// [`Fault::NoteTooLong`], [`Fault::NoteControl`].
    pub fn parse(text: &str) -> Result<Self, Fault> {
        const MAX_CHARS: usize = 1000;
        let note = text.trim().replace("\r\n", "\n");
        if note.chars().count() > MAX_CHARS {
            return Err(Fault::NoteTooLong { most: MAX_CHARS });
        }
        if note.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            return Err(Fault::NoteControl);
        }
        let note = note.split('\n').map(balanced).collect::<Vec<_>>().join("\n");
        Ok(Self(note.trim().to_owned()))
    }

    /// A value from the database, which was checked when it was stored.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A Shadowsocks password: 1 to 64 printable ASCII characters without quotes, backslash or space, which break some node
/// programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Takes a password that fits `method`.
    ///
    /// # Errors
    /// [`Fault::PasswordBad`], [`Fault::PasswordTooLong`]; [`Fault::PasswordNotKey`] for a 2022 method and anything but
    /// a base64 key of its length.
    pub fn parse(text: &str, method: Method) -> Result<Self, Fault> {
        const MAX_CHARS: usize = 64;
        if text.len() > MAX_CHARS {
            return Err(Fault::PasswordTooLong { most: MAX_CHARS });
        }
        let sound = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'`' | b'\\');
        if text.is_empty() || !text.bytes().all(sound) {
            return Err(Fault::PasswordBad);
        }
        if let Kind::Aead2022 { key } = method.kind() {
            if STANDARD.decode(text).is_ok_and(|bytes| bytes.len() == key) {
                return Ok(Self(text.to_owned()));
            }
            return Err(Fault::PasswordNotKey { method: method.name(), bytes: key });
        }
        Ok(Self(text.to_owned()))
    }

    /// A new one that fits `method`: 16 characters of `[A-Za-z0-9]`, or a base64 key of the length that a 2022 method
    /// needs.
    pub fn random(method: Method, random: Random<'_>) -> Self {
        match method.kind() {
            Kind::Aead2022 { key } => {
                let mut bytes = vec![0; key];
                random(&mut bytes);
                Self(STANDARD.encode(bytes))
            }
            Kind::Aead | Kind::Stream => Self(letters(16, random)),
        }
    }

    /// A value from the database, which was checked when it was stored.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_fit_their_method() {
        let old = Method::parse("rc4-md5").unwrap();
        let new = Method::parse("2022-blake3-aes-128-gcm").unwrap();
        assert!(Password::parse("123gxopp", old).is_ok());
        for bad in ["", "a b", "a\"b", "a'b", "a\\b", "pässword", "a\tb", &"x".repeat(65)] {
            assert!(Password::parse(bad, old).is_err(), "{bad}");
        }
        assert!(Password::parse("AAAAAAAAAAAAAAAAAAAAAA==", new).is_ok());
        assert!(Password::parse("AAAAAAAAAAAAAAAAAAAA", new).is_err());
        assert!(Password::parse("123gxopp", new).is_err());
    }

    #[test]
    fn random_passwords_are_sound() {
        let random = |buffer: &mut [u8]| {
            buffer.iter_mut().enumerate().for_each(|(i, b)| *b = u8::try_from(i * 37 % 256).unwrap());
        };
        for method in super::super::METHODS {
            let password = Password::random(*method, &random);
            assert_eq!(Password::parse(password.as_str(), *method), Ok(password), "{}", method.name());
        }
        assert_eq!(Password::random(Method::default(), &random).as_str().len(), 16);
    }

    #[test]
    fn names_are_any_text_but_controls() {
        for good in ["a", "<script>", "  spaced  ", "宽字符", "🙂", "\u{202e}rtl", &"宽".repeat(64)] {
            assert!(Name::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "   ", "a\nb", "a\u{0}b", "a\u{7f}", "a\u{2028}b", &"x".repeat(65)] {
            assert!(Name::parse(bad).is_err(), "{bad:?}");
        }
    }
}
