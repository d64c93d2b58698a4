//! Named values, wherever a node program puts them: a form, a JSON object, or the query.

use crate::{
    error::Fault,
    http::{Pairs, Request},
};
use serde_json::{Map, Value};

/// The values of one request. The body comes first, then the query.
pub struct Fields<'r> {
    form: Pairs,
    json: Map<String, Value>,
    query: &'r Pairs,
}

impl<'r> Fields<'r> {
    /// Reads the body as JSON if it begins with `{`, else as a form, whatever its Content-Type says.
    ///
    /// # Errors
    /// [`Fault::BodyBad`] if it begins like JSON and is none.
    pub fn of(request: &'r Request) -> Result<Self, Fault> {
        let is_json = request.body.trim_ascii_start().starts_with(b"{");
        let json = if is_json {
            serde_json::from_slice(&request.body).map_err(|error| Fault::BodyBad { detail: error.to_string() })?
        } else {
            Map::new()
        };
        let form = if is_json { Pairs::default() } else { request.form() };
        Ok(Self { form, json, query: &request.query })
    }

    /// The value of that name as text: a JSON number is written out, a JSON string taken as it is.
    pub fn text(&self, key: &str) -> Option<String> {
        match self.json.get(key) {
            Some(Value::String(text)) => return Some(text.clone()),
            Some(Value::Null) | None => {}
            Some(other) => return Some(other.to_string()),
        }
        self.form.get(key).or_else(|| self.query.get(key)).map(str::to_owned)
    }

    /// The value of that name as a count, from 0 to 2^63 - 1.
    ///
    /// # Errors
    /// [`Fault::CountMissing`], [`Fault::CountBad`], [`Fault::CountTooLarge`].
    pub fn count(&self, key: &'static str) -> Result<i64, Fault> {
        count(key, &self.text(key).ok_or(Fault::CountMissing { key })?)
    }
}

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
