//! What a listener says that only redirects: the answer to an authority's challenge, or where everything else is.

use std::fmt;
use std::sync::Arc;

use super::head::Head;

/// Where an authority looks for the answers to its challenges (RFC 8555, 8.3).
const CHALLENGES: &str = "/.well-known/acme-challenge/";

/// What the answers depend on, which may change while the door is open.
pub trait RedirectTarget: Send + Sync {
    /// Where everything is, such as `https://panel.example.org`, if it is there already.
    fn origin(&self) -> Option<String>;

    /// The answer to a challenge, by its token.
    fn challenge(&self, token: &str) -> Option<String>;
}

/// Where to redirect to, if that is known.
#[derive(Clone, Default)]
pub struct Redirect(pub Option<Arc<dyn RedirectTarget>>);

impl fmt::Debug for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Redirect" } else { "Nowhere" })
    }
}

impl Redirect {
    /// The whole answer; the connection ends after it.
    pub(super) fn answer(&self, head: &Head<'_>) -> Vec<u8> {
        let directions = self.0.as_deref();
        let (status, location, body) = match (head.target.strip_prefix(CHALLENGES), directions) {
            (Some(token), Some(directions)) => match directions.challenge(token) {
                Some(answer) => ("200 OK", None, answer),
                None => ("404 Not Found", None, "there is no such challenge\n".to_owned()),
            },
            (_, directions) => match directions.and_then(RedirectTarget::origin) {
                Some(origin) => {
                    let place = format!("{origin}{}", head.target);
                    ("308 Permanent Redirect", Some(place), "everything is at https://\n".to_owned())
                }
                None => ("503 Service Unavailable", None, NOTHING_YET.to_owned()),
            },
        };
        let mut answer = format!("HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\n");
        if let Some(place) = location {
            answer.extend(["Location: ", &place, "\r\n"]);
        }
        answer.push_str(
            "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\nContent-Length: ",
        );
        answer.extend([body.len().to_string().as_str(), "\r\n\r\n"]);
        if head.method != "HEAD" {
            answer.push_str(&body);
        }
        answer.into_bytes()
    }
}

const NOTHING_YET: &str = "\
There is no certificate for https:// yet. It is being ordered; the panel's log and its settings say how it stands.
还没有 https:// 所需的证书，正在申请；进展见面板日志和设置页。
";
