//! A request as a plain value, and what a browser keeps for it in cookies.

use super::{Pairs, form, multipart};
use crate::{error::Fault, model::Time};
use std::{
    net::IpAddr,
    path::PathBuf,
    sync::{Arc, LazyLock, OnceLock},
};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// Show.
    Get,
    /// Do.
    Post,
    /// Anything else, which nothing here answers.
    Other(String),
}

impl Verb {
    /// Its name in a request line.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Other(name) => name,
        }
    }
}

/// A whole request.
#[derive(Debug, Clone)]
pub struct Request {
    /// What is asked for; `HEAD` is a [`Verb::Get`] whose body is not sent.
    pub verb: Verb,
    /// The path as it was sent, without the query.
    pub path: String,
    /// What follows the `?`.
    pub query: Pairs,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, decoded from whatever carried it.
    pub body: Arc<Vec<u8>>,
    /// The file that holds the body instead, if it is an upload. It is removed once the request has been answered,
    /// unless it has been renamed by then.
    pub file: Option<PathBuf>,
    /// What stands before every path where the client sees it: empty, or like `/panel` if the panel is not at the top
    /// of its host.
    pub root: Arc<str>,
    /// The address of the client.
    pub peer: IpAddr,
    /// Whether it came over TLS.
    pub secure: bool,
    /// What tells the cookies of this installation from those of others on the same host; empty: nothing.
    pub cookie_suffix: Arc<str>,
    /// When it came.
    pub now: Time,
    /// What stands at the `{…}` of the path, in order; filled in by `routes`.
    pub captured: Vec<String>,
    form: OnceLock<Pairs>,
}

impl Request {
    /// A request for `target` (a path, and perhaps a query) with nothing else in it.
    pub fn new(verb: Verb, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            verb,
            path: path.to_owned(),
            query: Pairs::decode(query.as_bytes()),
            headers: Vec::new(),
            body: no_body(),
            file: None,
            root: Arc::default(),
            peer: IpAddr::from([127, 0, 0, 1]),
            secure: false,
            cookie_suffix: Arc::default(),
            now: 0,
            captured: Vec::new(),
            form: OnceLock::new(),
        }
    }

    /// The same client's request to look at the same address, without a body.
    #[must_use]
    pub fn as_get(&self) -> Self {
        let form = OnceLock::new();
        Self { verb: Verb::Get, body: no_body(), form, ..self.clone() }
    }

    /// The address of a path of ours, as the client has to call it.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.root)
    }

    /// The first header of that name, which is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// The name of a cookie as the browser knows it: of this installation, since browsers do not tell the ports of a
    /// host apart; and another over TLS, since a page without it can neither read nor replace a cookie that is
    /// `Secure`.
    fn cookie_name(&self, name: &str) -> String {
        let prefix = match (self.secure, self.root.is_empty()) {
            (true, true) => "__Host-",
            (true, false) => "__Secure-",
            (false, _) => "",
        };
        let separator = if self.cookie_suffix.is_empty() { "" } else { "_" };
        format!("{prefix}{name}{separator}{}", self.cookie_suffix)
    }

    /// The cookie of that name.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let name = self.cookie_name(name);
        let cookies = self.headers.iter().filter(|(header, _)| header == "cookie");
        cookies
            .flat_map(|(_, value)| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    /// The same request once the browser has got a cookie of that name.
    #[must_use]
    pub fn with_cookie(&self, name: &str, value: &str) -> Self {
        let mut request = self.clone();
        request.headers.insert(0, ("cookie".to_owned(), format!("{}={value}", self.cookie_name(name))));
        request
    }

    /// A `Set-Cookie` that scripts cannot read and the forms of other sites do not bring along, for so many seconds or
    /// until the browser is closed.
    pub fn set_cookie(&self, name: &str, value: &str, seconds: Option<i64>) -> String {
        let path = if self.root.is_empty() { "/" } else { &*self.root };
        let secure = if self.secure { "; Secure" } else { "" };
        let age = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        format!("{}={value}; Path={path}; HttpOnly; SameSite=Lax{secure}{age}", self.cookie_name(name))
    }

    /// The body as a form: the fields of `multipart/form-data` without its files, else
    /// `application/x-www-form-urlencoded` whatever its type says. A malformed multipart form has no fields. It is read
    /// once, so the body is not to be changed afterwards.
    pub fn form(&self) -> &Pairs {
        self.form.get_or_init(|| match self.boundary() {
            None => Pairs::decode(&self.body),
            Some(boundary) => self.parts(&boundary).unwrap_or_default(),
        })
    }

    /// Refuses a form with more fields than are read.
    ///
    /// # Errors
    /// [`Fault::BodyBad`].
    pub fn check_form(&self) -> Result<(), Fault> {
        if self.boundary().is_none() && form::is_overfull(&self.body) {
            return Err(Fault::BodyBad { detail: format!("it has more than {} fields", form::MAX_PAIRS) });
        }
        Ok(())
    }

    fn parts(&self, boundary: &str) -> std::io::Result<Pairs> {
        let mut pairs: Vec<(String, Vec<u8>)> = Vec::new();
        let mut last = None;
        multipart::read(&**self.body, boundary, |part, piece| {
            if part.is_file {
                return Ok(());
            }
            match pairs.last_mut().filter(|_| last == Some(part.number)) {
                Some((_, value)) => value.extend_from_slice(piece),
                None => pairs.push((part.name.clone(), piece.to_vec())),
            }
            last = Some(part.number);
            Ok(())
        })?;
        let text = |bytes| {
            String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
        };
        Ok(Pairs::new(pairs.into_iter().map(|(name, value)| (name, text(value))).collect()))
    }

    /// The content of the file that was chosen in the field of that name, if one was.
    ///
    /// # Errors
    /// [`Fault::BodyBad`] if the form is malformed.
    pub fn chosen(&self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        let Some(boundary) = self.boundary() else { return Ok(None) };
        let mut content: Option<Vec<u8>> = None;
        let read = multipart::read(&**self.body, &boundary, |part, piece| {
            if part.is_file && part.name == name {
                content.get_or_insert_default().extend_from_slice(piece);
            }
            Ok(())
        });
        read.map(|()| content).map_err(|error| Fault::BodyBad { detail: error.to_string() })
    }

    /// What stands between the parts of a form with files in it.
    pub fn boundary(&self) -> Option<String> {
        multipart::boundary(self.header("content-type")?)
    }

    /// The `{id}` of the path, called `key` in what is said about it.
    ///
    /// # Errors
    /// [`Fault::IdBad`] if it is no whole number from 1 to 2^63 - 1.
    pub fn id(&self, key: &'static str) -> Result<i64, Fault> {
        id(key, self.captured.first().map_or("", String::as_str))
    }
}

/// The body of a request that has none, which all of them share.
pub fn no_body() -> Arc<Vec<u8>> {
    static NONE: LazyLock<Arc<Vec<u8>>> = LazyLock::new(Arc::default);
    Arc::clone(&NONE)
}

/// Reads an id: a whole number from 1 to 2^63 - 1.
///
/// # Errors
/// [`Fault::IdBad`] for anything else; `key` is what it is called there.
pub fn id(key: &'static str, text: &str) -> Result<i64, Fault> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(id @ 1..) if digits => Ok(id),
        _ => Err(Fault::IdBad { key, given: text.chars().take(40).collect() }),
    }
}

/// A path as it may be logged: what follows `/u/` is the secret of a friend's page.
pub fn for_log(path: &str) -> String {
    let mut shown = String::with_capacity(path.len());
    for segment in path.split_inclusive('/') {
        shown.push_str(segment);
        if segment.eq_ignore_ascii_case("u/") {
            shown.push('…');
            break;
        }
    }
    shown
}
