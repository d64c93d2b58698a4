//! One notice to one channel.

use super::{Message, channel::Channel, mail};
use crate::{
    model::Time,
    outbound::{Answer, Call, Failure, Https, Options},
    store::Notice,
};
use aws_lc_rs::hmac;
use serde_json::json;
use std::time::Duration;

/// How long a channel may take for one notice, and how much it may answer.
const TIME: Duration = Duration::from_secs(20);
const MOST: u64 = 64 << 10;

/// Sends notices.
pub(super) struct Sender {
    https: Https,
    options: Options,
}

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

impl Sender {
    pub(super) fn new(options: &Options) -> Self {
        let options = Options { time: options.time.min(TIME), most: MOST, ..options.clone() };
        Self { https: Https::new(&options), options }
    }

    pub(super) fn send(&self, channel: &Channel, notice: &Notice) -> Result<(), Refusal> {
        let message: Message =
            serde_json::from_str(&notice.payload).map_err(|error| Refusal::new(error.to_string()))?;
        match channel {
            Channel::Webhook { url, secret } => self.webhook(url, secret, notice),
            Channel::Telegram { server, token, chat } => {
                let url = format!("{}/bot{token}/sendMessage", server.trim_end_matches('/'));
                let body = json!({"chat_id": chat, "text": message.text, "disable_web_page_preview": true});
                self.post(&url, &[], &body.to_string())
            }
            Channel::Ntfy { url, token } => {
                let Some((server, topic)) = url.trim_end_matches('/').rsplit_once('/') else {
                    return Err(Refusal::new("the address has no topic"));
                };
                let body = json!({"topic": topic, "title": message.title, "message": message.text});
                let bearer = format!("Bearer {token}");
                let headers = [("Authorization", bearer.as_str())];
                self.post(&format!("{server}/"), if token.is_empty() { &[] } else { &headers }, &body.to_string())
            }
            Channel::Mail(settings) => mail::send(settings, &message, &self.options),
        }
    }

    /// Signed over the body, so that the receiver knows who sent it; with an id by which it can tell a repetition.
    fn webhook(&self, url: &str, secret: &str, notice: &Notice) -> Result<(), Refusal> {
        let id = notice.id.to_string();
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let signature = format!("sha256={}", hex(hmac::sign(&key, notice.payload.as_bytes()).as_ref()));
        let all = [("X-Mu-Panel-Delivery", id.as_str()), ("X-Mu-Panel-Signature", signature.as_str())];
        self.post(url, if secret.is_empty() { &all[..1] } else { &all }, &notice.payload)
    }

    fn post(&self, url: &str, more: &[(&str, &str)], body: &str) -> Result<(), Refusal> {
        let headers = [&[("Content-Type", "application/json")], more].concat();
        let call = Call { method: "POST", url, headers: &headers, body: Some(body.as_bytes()) };
        // Its status says whether it was taken, whatever comes of the rest.
        let answer = self.https.send_for_status(call)?;
        if (200..300).contains(&answer.status) {
            return Ok(());
        }
        Err(refusal(&answer))
    }
}

fn refusal(answer: &Answer) -> Refusal {
    // What Telegram and ntfy say about it.
    let said: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let words = ["description", "error"].into_iter().find_map(|name| said.get(name)?.as_str());
    let mut refusal = Refusal::new(match words {
        Some(words) => format!("the server answered {}: {words}", answer.status),
        None => format!("the server answered {}", answer.status),
    });
    refusal.wait = answer.header("retry-after").and_then(|value| value.trim().parse::<u32>().ok()).map(Time::from);
    refusal
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
