//! Why a channel has not taken a notice.

use crate::{
    model::Time,
    outbound::{Answer, Failure},
};

/// Why a notice was not taken.
pub(super) struct Refusal {
    /// In words, without any secret in them.
    pub words: String,
    /// How many seconds it is not to be tried again, if that was said.
    pub wait: Option<Time>,
}

impl Refusal {
    pub(super) fn new(words: impl Into<String>) -> Self {
        let words: String = words.into().chars().filter(|c| !c.is_control()).take(300).collect();
        Self { words, wait: None }
    }

    /// What a server has answered instead of taking it.
    pub(super) fn of(answer: &Answer) -> Self {
        // What Telegram and ntfy say about it.
        let said: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let words = ["description", "error"].into_iter().find_map(|name| said.get(name)?.as_str());
        let mut refusal = Self::new(match words {
            Some(words) => format!("the server answered {}: {words}", answer.status),
            None => format!("the server answered {}", answer.status),
        });
        refusal.wait = answer.header("retry-after").and_then(|value| value.trim().parse::<u32>().ok()).map(Time::from);
        refusal
    }

    /// The same without secrets that the other side has repeated.
    pub(super) fn without(mut self, secrets: &[&str]) -> Self {
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            self.words = self.words.replace(secret, "…");
        }
        self
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::new(failure.to_string())
    }
}
