//! Users as the handlers make and find them.

use super::{App, SECRET_LETTERS};
use crate::{
    error::{Error, Result},
    model::{Draft, Method, Name, NewUser, Password, Time, Usage, User, untold},
};

impl App {
    /// Adds a user with what the draft leaves open.
    ///
    /// # Errors
    /// As [`crate::store::Store::add_users`].
    pub fn add_user(&self, draft: Draft, now: Time) -> Result<User> {
        let (user, busy) = (self.complete(draft), self.node_states.busy_ports(now));
        let added = self.store.add_users_apart(vec![user], busy, now, self.today(now)?, &untold())?;
        added.into_iter().next().ok_or_else(|| Error::internal("no user was added"))
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

    /// A random password for a cipher.
    pub fn password_for(&self, method: Method) -> Password {
        Password::random(method, &self.random)
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
            terms: user.terms.clone(),
            speed: user.speed,
            devices: user.devices,
        }
    }

    /// The user that `given` names: by name, or else by id.
    pub fn find_user(&self, given: &str, now: Time) -> Result<Option<User>> {
        if let Ok(name) = Name::parse(given)
            && let Some(user) = self.store.user_named(name.as_str())?
        {
            return Ok(Some(user));
        }
        let Ok(id) = crate::http::id("id", given) else { return Ok(None) };
        Ok(self.store.user(id, now)?.filter(|user| user.deleted.is_none()))
    }
}
