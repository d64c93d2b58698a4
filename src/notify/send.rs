//! One notice to one channel.

use super::{Message, channel::Channel, mail, refusal::Refusal};
use crate::{
    model::hex,
    outbound::{Call, Https, Options},
    store::Notice,
};
use aws_lc_rs::hmac;
use serde_json::json;
use std::time::Duration;

/// How long a channel may take for one notice, and how much it may answer.
const TIMEOUT: Duration = Duration::from_secs(20);
const MAX_ANSWER_BYTES: u64 = 64 << 10;

/// Sends notices.
pub(super) struct Sender {
    https: Https,
    options: Options,
}

impl Sender {
    pub(super) fn new(options: &Options) -> Self {
        let options = Options { time: options.time.min(TIMEOUT), most: MAX_ANSWER_BYTES, ..options.clone() };
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
        Err(Refusal::of(&answer))
    }
}
