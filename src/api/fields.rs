//! Named values, wherever a node program puts them: a form, a JSON object, or the query. They are looked up where they
//! stand: a body of 8 MiB takes no more memory than that.

use super::unreadable;
use crate::{
    error::Fault,
    http::{Pairs, Request, form},
};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};

/// Every name that there is.
const NAMES: [&str; 7] = ["u", "d", "node_id", "count", "load", "uptime", "ip"];

/// Most bytes of one value that are looked at; none needs as many.
const MAX_VALUE: usize = 16 * 1024;

/// The values of one request. The body comes first, then the query.
pub struct Fields<'r> {
    body: Body<'r>,
    query: &'r Pairs,
}

enum Body<'r> {
    /// `a=1&b=2`.
    Form(&'r [u8]),
    /// A form with files in it.
    Multipart(&'r Pairs),
    Json(Object<'r>),
}

/// What a JSON object says under each of [`NAMES`].
#[derive(Default)]
struct Object<'r>([Option<&'r RawValue>; NAMES.len()]);

impl<'r> Fields<'r> {
    /// Reads the body as JSON if it begins with `{`, else as a form, whatever its Content-Type says.
    ///
    /// # Errors
    /// [`Fault::BodyBad`] if it begins like JSON and is none.
    pub fn of(request: &'r Request) -> Result<Self, Fault> {
        let bytes = &**request.body;
        let body = if bytes.trim_ascii_start().starts_with(b"{") {
            if let Some(detail) = unreadable(bytes) {
                return Err(Fault::BodyBad { detail: detail.to_owned() });
            }
            let object: Object<'_> =
                serde_json::from_slice(bytes).map_err(|error| Fault::BodyBad { detail: error.to_string() })?;
            object.check()?;
            Body::Json(object)
        } else if request.boundary().is_some() {
            Body::Multipart(request.form())
        } else {
            Body::Form(bytes)
        };
        Ok(Self { body, query: &request.query })
    }

    /// The value of that name as text: a JSON number is written out, a JSON string taken as it is.
    pub fn text(&self, key: &str) -> Option<String> {
        let found = match &self.body {
            Body::Form(bytes) => form::find(bytes, key, MAX_VALUE),
            Body::Multipart(pairs) => pairs.get(key).map(str::to_owned),
            Body::Json(object) => object.text(key),
        };
        found.or_else(|| self.query.get(key).map(str::to_owned))
    }

    /// The value of that name as a count, from 0 to 2^63 - 1.
    ///
    /// # Errors
    /// [`Fault::CountMissing`], [`Fault::CountBad`], [`Fault::CountTooLarge`].
    pub fn count(&self, key: &'static str) -> Result<i64, Fault> {
        count(key, &self.text(key).ok_or(Fault::CountMissing { key })?)
    }
}

impl Object<'_> {
    /// Whether each value can be read.
    fn check(&self) -> Result<(), Fault> {
        for (name, raw) in NAMES.iter().zip(self.0) {
            let Some(raw) = raw.map(RawValue::get) else { continue };
            if raw.len() > MAX_VALUE {
                return Err(Fault::BodyBad { detail: format!("what it says of `{name}` is too long") });
            }
            if raw.starts_with('"') {
                let read: Result<String, _> = serde_json::from_str(raw);
                read.map_err(|error| Fault::BodyBad { detail: error.to_string() })?;
            }
        }
        Ok(())
    }

    fn text(&self, key: &str) -> Option<String> {
        let raw = self.0[NAMES.iter().position(|name| *name == key)?]?.get();
        match raw.as_bytes().first() {
            Some(b'"') => serde_json::from_str(raw).ok(),
            Some(b'n') | None => None,
            Some(_) => Some(raw.to_owned()),
        }
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut object = Object::default();
        while let Some(Key(key)) = map.next_key()? {
            match NAMES.iter().position(|name| *name == key) {
                Some(at) => object.0[at] = Some(map.next_value()?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(object)
    }
}

/// A name, which is borrowed where it has no escapes.
#[derive(Deserialize)]
pub(super) struct Key<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// Reads a count in decimal digits, from 0 to 2^63 - 1.
///
/// # Errors
/// [`Fault::CountBad`], [`Fault::CountTooLarge`].
pub fn count(key: &'static str, text: &str) -> Result<i64, Fault> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Fault::CountBad { key });
    }
    text.parse().map_err(|_| Fault::CountTooLarge { key })
}
