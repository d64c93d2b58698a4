//! What stands between us and a certificate, in kinds that a person can do something about.

use crate::model::Time;
use instant_acme::Problem;
use serde::{Deserialize, Serialize};

/// Why there is no certificate, or no new one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// What kind of thing it is.
    pub kind: Kind,
    /// What the authority or the system says, in its words.
    pub detail: String,
    /// Before when there is no use in trying again, if the authority has said so.
    #[serde(default)]
    pub not_before: Option<Time>,
}

/// What kind of thing stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The clock of this machine has not been set.
    Clock,
    /// The authority cannot be reached, or answers nonsense.
    Authority,
    /// The name has no address.
    Name,
    /// The authority cannot connect to this machine.
    Unreachable,
    /// Another server answers in our place.
    Elsewhere,
    /// The name's CAA records forbid it.
    Caa,
    /// Too many tries.
    RateLimit,
    /// The authority wants an account made beforehand.
    Account,
    /// The authority does not give certificates for this.
    Rejected,
    /// It can be proved in no way that the authority offers.
    NoChallenge,
    /// The folder cannot be read or written.
    Files,
    /// Something else.
    Other,
}

impl Trouble {
    pub(super) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        // What an authority says is shown and kept: within bounds, and without anything but text in it.
        let detail: String = detail.into().chars().filter(|c| !c.is_control()).take(600).collect();
        Self { kind, detail, not_before: None }
    }

    /// What an authority's problem (RFC 8555, 6.7) means.
    pub(super) fn of(problem: &Problem) -> Self {
        let name = problem.r#type.as_deref().unwrap_or_default().rsplit(':').next().unwrap_or_default();
        let kind = match name {
            "dns" => Kind::Name,
            "connection" | "tls" => Kind::Unreachable,
            "unauthorized" | "incorrectResponse" => Kind::Elsewhere,
            "caa" => Kind::Caa,
            "rateLimited" => Kind::RateLimit,
            "externalAccountRequired" | "userActionRequired" => Kind::Account,
            "rejectedIdentifier"
            | "unsupportedIdentifier"
            | "invalidProfile"
            | "invalidContact"
            | "unsupportedContact" => Kind::Rejected,
            "serverInternal" => Kind::Authority,
            _ => Kind::Other,
        };
        let mut detail = problem.detail.clone().unwrap_or_default();
        for inner in &problem.subproblems {
            if let Some(more) = &inner.detail {
                detail = format!("{detail}; {more}");
            }
        }
        if detail.is_empty() {
            name.clone_into(&mut detail);
        }
        // "No valid A or AAAA records" comes as a problem of the name, but one of its look-up as well.
        Self::new(kind, detail)
    }
}

/// For the log.
impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = match self.kind {
            Kind::Clock => "the clock of this machine is not set",
            Kind::Authority => "the authority cannot be reached",
            Kind::Name => "the name does not point to this machine: it has no address that the authority can find",
            Kind::Unreachable => {
                "the authority cannot connect to this machine: a firewall, or the name points elsewhere"
            }
            Kind::Elsewhere => "another server answers in our place: the name points elsewhere",
            Kind::Caa => "the name's CAA records allow other authorities only",
            Kind::RateLimit => "the authority wants no more tries for a while",
            Kind::Account => {
                "the authority wants an account that was made beforehand (`--acme-eab-id`, `--acme-eab-key`)"
            }
            Kind::Rejected => "the authority gives no certificate for this",
            Kind::NoChallenge => "the authority offers no proof that can be given here",
            Kind::Files => "the folder of the certificates cannot be used",
            Kind::Other => "the authority refused",
        };
        if self.detail.is_empty() { f.write_str(what) } else { write!(f, "{what} ({})", self.detail) }
    }
}
