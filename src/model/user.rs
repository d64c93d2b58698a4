//! A user: a friend who may connect, their limits, and what they have used.

use super::{Bytes, Date, Listed, Method, Name, Note, Password, ResetDay, State, Terms, Time, Usage};

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

    /// The day on which the last day moves on by itself, if it does.
    pub fn renewal(&self) -> Option<Date> {
        let (last, next) = (self.expires.filter(|_| self.terms.renews)?, self.next_reset?);
        Some(next.max(last.plus_days(1)))
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
