//! The last actions of the admin, so that they can be undone.

use super::{App, lock};
use crate::{
    error::{Error, Fault, Result},
    model::{Act, Before, Date, Outcome, Time},
};
use std::{collections::VecDeque, sync::Mutex};

/// How long an action can be undone, in seconds: an hour.
const UNDO_TTL: Time = 3600;
/// How many users the remembered actions may be about, all together; the last action is remembered in any case.
const MAX_USERS: usize = 50_000;
/// The characters of the word that names an action.
const TOKEN_LETTERS: usize = 16;

/// The actions, the oldest first: the word that names each, when it was, and the users as they were before.
#[derive(Default)]
pub struct UndoLog(Mutex<VecDeque<(String, Time, Vec<Before>)>>);

impl UndoLog {
    /// Forgets all of them.
    pub(super) fn forget(&self) {
        lock(&self.0).clear();
    }
}

impl App {
    /// Does the same to several users, all of them or none; what comes of it, and the word that undoes it.
    ///
    /// # Errors
    /// As [`Store::change_users`](crate::store::Store::change_users).
    pub fn change_users(&self, ids: Vec<i64>, act: Act, now: Time, today: Date) -> Result<(Outcome, String)> {
        let passwords = match act {
            Act::SetMethod(method) => ids.iter().map(|_| self.password_for(method)).collect(),
            _ => Vec::new(),
        };
        let outcome = self.store.change_users(ids, act, passwords, now, today)?;
        let token = self.remember(outcome.changed.clone(), now);
        Ok((outcome, token))
    }

    /// Closes the period of every active user; what comes of it, and the word that undoes it.
    pub fn reset_all_users(&self, now: Time, today: Date) -> Result<(Outcome, String)> {
        let outcome = self.store.reset_all_users(now, today)?;
        let token = self.remember(outcome.changed.clone(), now);
        Ok((outcome, token))
    }

    /// Remembers users as they were before an action; the word that undoes it, empty if nothing was changed.
    pub fn remember(&self, before: Vec<Before>, now: Time) -> String {
        if before.is_empty() {
            return String::new();
        }
        let token = self.letters(TOKEN_LETTERS);
        let mut log = lock(&self.undo.0);
        log.push_back((token.clone(), now, before));
        while log.len() > 1 && log.iter().map(|(_, _, before)| before.len()).sum::<usize>() > MAX_USERS {
            log.pop_front();
        }
        token
    }

    /// Makes the users what they were before the action that `token` names.
    ///
    /// # Errors
    /// [`Fault::UndoGone`] if it is not remembered; otherwise as [`Store::undo`](crate::store::Store::undo).
    pub fn undo(&self, token: &str, now: Time) -> Result<()> {
        let before = {
            let mut log = lock(&self.undo.0);
            log.retain(|(_, at, _)| (*at..*at + UNDO_TTL).contains(&now));
            let found = log.iter().find(|(known, _, _)| known == token).map(|(_, _, before)| before.clone());
            found.ok_or(Error::Conflict(Fault::UndoGone))?
        };
        self.store.undo(before, now)?;
        lock(&self.undo.0).retain(|(known, _, _)| known != token);
        Ok(())
    }
}
