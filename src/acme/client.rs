//! The authority as a partner of HTTP: our client under `instant-acme`, and the addresses and advice that it has no
//! word for.

use super::trouble::{Kind, Trouble};
use crate::{
    model::{Time, lock},
    outbound::{
        Answer, Call, Https,
        wire::{Request, Response},
    },
};
use bytes::Bytes;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use jiff::{Timestamp, fmt::rfc2822};
use serde::Deserialize;
use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex},
};

/// Requests to one authority.
#[derive(Clone)]
pub(super) struct Client {
    https: Https,
    now: fn() -> Time,
    /// When it wants to be asked again, if its last refusal said so.
    not_before: Arc<Mutex<Option<Time>>>,
}

/// What an authority offers (RFC 8555, 7.1.1).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Directory {
    pub renewal_info: Option<String>,
    pub meta: Meta,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Meta {
    pub external_account_required: bool,
    pub profiles: HashMap<String, serde_json::Value>,
}

/// When an authority wants a certificate renewed (RFC 9773, 4.2).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RenewalInfo {
    suggested_window: Window,
}

#[derive(Debug, Deserialize)]
struct Window {
    start: String,
    end: String,
}

impl Client {
    pub(super) fn new(https: Https, now: fn() -> Time) -> Self {
        Self { https, now, not_before: Arc::default() }
    }

    /// When the authority wants to be asked again, if it said so since this was last asked.
    pub(super) fn take_not_before(&self) -> Option<Time> {
        lock(&self.not_before).take()
    }

    pub(super) fn directory(&self, url: &str) -> Result<Directory, Trouble> {
        let answer = self.get(url)?;
        let broken = |error: serde_json::Error| Trouble::new(Kind::Authority, format!("not a directory: {error}"));
        serde_json::from_slice(&answer.body).map_err(broken)
    }

    /// The window in which a certificate is to be renewed, and when to ask again.
    pub(super) fn advice(&self, base: &str, path: &str) -> Result<((Time, Time), Option<Time>), Trouble> {
        let answer = self.get(&format!("{}/{path}", base.trim_end_matches('/')))?;
        let broken = |error: serde_json::Error| Trouble::new(Kind::Authority, format!("no advice: {error}"));
        let info: RenewalInfo = serde_json::from_slice(&answer.body).map_err(broken)?;
        let second = |text: &str| text.parse().map(Timestamp::as_second);
        let (Ok(start), Ok(end)) = (second(&info.suggested_window.start), second(&info.suggested_window.end)) else {
            return Err(Trouble::new(Kind::Authority, "no advice: its times cannot be read"));
        };
        let window = (start, end);
        Ok((window, retry_after(answer.header("retry-after"), (self.now)())))
    }

    fn get(&self, url: &str) -> Result<Answer, Trouble> {
        let answer = self.https.send(Call { method: "GET", url, headers: &[], body: None });
        let answer = answer.map_err(|failure| Trouble::new(Kind::Authority, failure.to_string()))?;
        self.note_pause(&answer);
        if answer.status != 200 {
            return Err(Trouble::new(Kind::Authority, format!("it answered {}", answer.status)));
        }
        Ok(answer)
    }

    fn note_pause(&self, answer: &Answer) {
        if answer.status == 429 || answer.status == 503 {
            let until = retry_after(answer.header("retry-after"), (self.now)());
            *lock(&self.not_before) = until;
        }
    }

    fn exchange(&self, method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer, Error> {
        let body = (method == "POST").then_some(body);
        let answer = self.https.send(Call { method, url, headers, body });
        let answer = answer.map_err(|failure| Error::Other(Box::new(failure)))?;
        self.note_pause(&answer);
        let json = answer.header("content-type").is_some_and(|kind| kind.contains("json"));
        if answer.status >= 400 && !json {
            // `instant-acme` would only see that it is no JSON.
            return Err(Error::Other(format!("it answered {}", answer.status).into()));
        }
        Ok(answer)
    }
}

impl HttpClient for Client {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let client = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = BytesResponse::from(Response::new(body)).body.into_bytes().await.map_err(Error::Other)?;
            let url = head.uri.to_string();
            let text = |value: &crate::outbound::wire::HeaderValue| value.to_str().unwrap_or_default().to_owned();
            let headers: Vec<_> = head.headers.iter().map(|(name, value)| (name.as_str(), text(value))).collect();
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            // It blocks the runtime, in which there is nothing else.
            let answer = client.exchange(head.method.as_str(), &url, &headers, &body)?;
            let mut response = Response::new(BodyWrapper::from(answer.body));
            *response.status_mut() = answer.status.try_into().map_err(|_| Error::Str("a status"))?;
            *response.headers_mut() = answer.headers;
            Ok(BytesResponse::from(response))
        })
    }
}

/// What `Retry-After` says: a number of seconds, or a date (RFC 9110, 10.2.3).
fn retry_after(value: Option<&str>, now: Time) -> Option<Time> {
    let value = value?.trim();
    if let Ok(seconds) = value.parse::<u32>() {
        return Some(now + Time::from(seconds));
    }
    rfc2822::DateTimeParser::new().parse_timestamp(value).ok().map(Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_its_forms() {
        assert_eq!(retry_after(Some("120"), 1000), Some(1120));
        assert_eq!(retry_after(Some("Fri, 31 Dec 1999 23:59:59 GMT"), 0), Some(946_684_799));
        for bad in ["", "-1", "soon", "99999999999999999999"] {
            assert_eq!(retry_after(Some(bad), 0), None, "{bad}");
        }
        assert_eq!(retry_after(None, 0), None);
    }
}
