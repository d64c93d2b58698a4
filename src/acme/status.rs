//! How it stands with a certificate, and what is called when that changes.

use super::trouble::Trouble;
use crate::model::Time;

/// How it stands with the certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// From when to when the one that is served is valid, if there is one.
    pub valid: Option<(Time, Time)>,
    /// When something is done next: another try, or the renewal.
    pub next_try: Option<Time>,
    /// When it was last tried.
    pub last_try: Option<Time>,
    /// Whether an order is being worked at.
    pub working: bool,
    /// Failures since the last success.
    pub failures: u32,
    /// What stood in the way last.
    pub trouble: Option<Trouble>,
}

/// What is called when something has happened.
pub struct Hooks {
    /// There is a certificate, or a new one.
    pub obtained: Box<dyn Fn() + Send>,
    /// It could not be had.
    pub failed: Box<dyn Fn(&Trouble) + Send>,
}
