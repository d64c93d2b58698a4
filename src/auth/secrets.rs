//! Secrets: values that the panel signs, and hashes of what it has to know again.

use crate::{
    app::{App, Snapshot},
    error::{Error, Fault, Result},
    model::{hex, lock},
    store::Setting,
};
use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use sha2::{Digest, Sha256};
use std::sync::Mutex;
use subtle::ConstantTimeEq;

/// The random letters in what is signed.
const SIGNED_LETTERS: usize = 24;
/// The hexadecimal digits of a fingerprint: enough that no other secret has it by chance.
const FINGERPRINT_DIGITS: usize = 16;
/// The fewest characters of the admin's password.
pub const MIN_PASSWORD_LENGTH: usize = 8;
const MAX_PASSWORD_LENGTH: usize = 1024;

/// What a signed value is for. One for the one is not good for the other.
#[derive(Clone, Copy)]
pub enum Purpose {
    /// Says that the admin has signed in from a browser before.
    KnownBrowser,
    /// Is in the cookie and in the form of the sign-in page.
    SignInForm,
    /// Stands in a form for a secret that is not shown.
    Fingerprint,
}

/// Random letters, with a proof that this panel gave them out for that purpose.
pub fn signed(app: &App, purpose: Purpose) -> Result<String> {
    let value = app.letters(SIGNED_LETTERS);
    let proof = proof(&*app.settings()?, purpose, &value)?;
    Ok(format!("{value}.{proof}"))
}

/// Whether this panel gave that out for that purpose.
pub fn is_signed(app: &App, purpose: Purpose, given: &str) -> Result<bool> {
    let Some((value, given)) = given.split_once('.').filter(|(value, _)| value.len() == SIGNED_LETTERS) else {
        return Ok(false);
    };
    Ok(bool::from(proof(&*app.settings()?, purpose, value)?.as_bytes().ct_eq(given.as_bytes())))
}

/// What tells a secret from another and says nothing of it: a page that shows it knows later whether the secret was
/// changed. Empty for none.
pub fn fingerprint(settings: &Snapshot, secret: &str) -> String {
    if secret.is_empty() {
        return String::new();
    }
    let proof = proof(settings, Purpose::Fingerprint, secret);
    proof.map_or_else(|_| String::new(), |proof| proof[..FINGERPRINT_DIGITS].to_owned())
}

/// The HMAC-SHA-256 of a value, in hexadecimal digits; its key is the secret of the panel.
fn proof(settings: &Snapshot, purpose: Purpose, value: &str) -> Result<String> {
    const BLOCK: usize = 64;
    let secret = settings.get(Setting::ServerSecret).filter(|secret| !secret.is_empty());
    let secret = secret.ok_or_else(|| Error::internal("the panel has no secret"))?;
    let key: [u8; 32] = Sha256::digest(secret).into();
    let pad = |byte: u8| -> Vec<u8> {
        let padding = std::iter::repeat_n(0, BLOCK - key.len());
        key.iter().copied().chain(padding).map(|key| key ^ byte).collect()
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update([purpose as u8]).chain_update(value).finalize();
    let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
    Ok(hex(&outer))
}

/// A salted hash of a random secret, to be stored; of a password [`password_hash`] is.
pub fn salted_hash(app: &App, secret: &str) -> String {
    let salt = app.letters(16);
    format!("{salt}${}", hex(&Sha256::new().chain_update(&salt).chain_update(secret).finalize()))
}

/// Whether a random secret is the one of which `stored` was made.
pub fn is_secret(secret: &str, stored: &str) -> bool {
    let Some((salt, stored)) = stored.split_once('$') else { return false };
    let given = hex(&Sha256::new().chain_update(salt).chain_update(secret).finalize());
    bool::from(given.as_bytes().ct_eq(stored.as_bytes()))
}

pub(super) fn hash(value: &str) -> [u8; 32] {
    Sha256::digest(value).into()
}

/// The argon2id hash of a password, to be stored.
///
/// # Errors
/// [`Fault::AdminPasswordShort`], [`Fault::AdminPasswordLong`].
pub fn password_hash(app: &App, password: &str) -> Result<String> {
    let least = MIN_PASSWORD_LENGTH;
    if password.chars().count() < least {
        return Err(Fault::AdminPasswordShort { least }.into());
    }
    if password.len() > MAX_PASSWORD_LENGTH {
        return Err(Fault::AdminPasswordLong { most: MAX_PASSWORD_LENGTH }.into());
    }
    let _alone = one_at_a_time();
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &app.random::<16>());
    Ok(hash.map_err(|error| Error::internal(error.to_string()))?.to_string())
}

/// Whether a password is the one of which `hash` was stored.
///
/// # Errors
/// Only if `hash` is none.
pub fn is_password(password: &str, hash: &str) -> Result<bool> {
    let hash = PasswordHash::new(hash).map_err(|error| Error::internal(error.to_string()))?;
    let _alone = one_at_a_time();
    Ok(password.len() <= MAX_PASSWORD_LENGTH && Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Each hash takes 19 MiB: many at once would take all that a small server has.
fn one_at_a_time() -> std::sync::MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    lock(&ONE)
}
