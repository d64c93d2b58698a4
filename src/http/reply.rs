//! A reply as a plain value.

use crate::model::Time;
use std::{borrow::Cow, fs::File, sync::Arc};

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// All headers but the ones that `server` adds (`Content-Length`, `Connection`, `Date`).
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// What is sent.
    pub body: Body,
    /// How long it is valid, if it depends on nothing but the head of its request, the database, and the time.
    pub cache_stamp: Option<CacheStamp>,
}

/// When an answer is still valid: within its second, so that its `Date` is true and due work is done, unless
/// something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheStamp {
    /// The state of the database that it was made of.
    pub version: i64,
    /// When it was made.
    pub at: Time,
    /// Whether the node that asks for it is told by its address: then it is noted now and then that it did.
    pub by_address: bool,
}

/// The body of an answer.
#[derive(Debug, Clone)]
pub enum Body {
    /// Made for this one answer.
    Owned(Vec<u8>),
    /// Shared with other answers.
    Shared(Arc<Vec<u8>>),
    /// That many bytes from the beginning of a file, which may have lost its name.
    File(Arc<File>, u64),
}

impl Body {
    /// The bytes of it, unless it is a file.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Shared(bytes) => bytes,
            Self::File(..) => &[],
        }
    }
}

impl Reply {
    /// An answer with a body of that type.
    pub fn new(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type", content_type.into())];
        Self { status, headers, body: Body::Owned(body.into()), cache_stamp: None }
    }

    /// JSON.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status, "application/json; charset=utf-8", body)
    }

    /// JSON that is kept elsewhere too, and how long it is valid.
    pub fn shared_json(body: Arc<Vec<u8>>, cache_stamp: Option<CacheStamp>) -> Self {
        let mut reply = Self::json(200, "");
        reply.body = Body::Shared(body);
        reply.cache_stamp = cache_stamp;
        reply
    }

    /// A file of that type to be kept, as it is sent from the disk.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn file(content_type: &'static str, file: File) -> std::io::Result<Self> {
        let length = file.metadata()?.len();
        let mut reply = Self::new(200, content_type, "");
        reply.body = Body::File(Arc::new(file), length);
        Ok(reply)
    }

    /// A page.
    pub fn html(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status, "text/html; charset=utf-8", body)
    }

    /// Sends the browser on to `location` with a GET (303).
    pub fn see_other(location: &str) -> Self {
        Self::new(303, "text/plain; charset=utf-8", "").with("Location", location.to_owned())
    }

    /// With one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.body.as_bytes()).into_owned()
    }
}
