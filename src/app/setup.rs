//! The one-time link with which the first password is set. It is in the database, so that the command line can make one
//! beside a running panel.

use super::App;
use crate::{
    error::Result,
    model::{Time, hex},
    store::Setting,
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// How long the link is good for: 30 minutes.
const SETUP_LINK_TTL: Time = 30 * 60;
/// The characters of its secret: 190 random bits.
const SETUP_LETTERS: usize = 32;

impl App {
    /// Makes a new link and returns its secret, of which only the hash is kept; the one from before is good no more.
    pub fn issue_setup_link(&self, now: Time) -> Result<String> {
        let secret = self.letters(SETUP_LETTERS);
        self.accept_setup_link(&secret, now)?;
        Ok(secret)
    }

    /// Makes `secret` the one that is good, from `now` on.
    pub fn accept_setup_link(&self, secret: &str, now: Time) -> Result<()> {
        self.store.set(Setting::SetupLink, Some(format!("{now} {}", hash(secret))))
    }

    /// Whether `secret` is the one, and still good.
    pub fn is_setup_link(&self, secret: &str, now: Time) -> Result<bool> {
        let settings = self.settings()?;
        let Some((issued, kept)) = settings.get(Setting::SetupLink).and_then(|link| link.split_once(' ')) else {
            return Ok(false);
        };
        let same = bool::from(hash(secret).as_bytes().ct_eq(kept.as_bytes()));
        Ok(same && issued.parse().is_ok_and(|issued: Time| (issued..issued + SETUP_LINK_TTL).contains(&now)))
    }

    /// Makes it good no more.
    pub fn end_setup_link(&self) -> Result<()> {
        self.store.set(Setting::SetupLink, None)
    }
}

fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret))
}
