//! A row of what is imported: its cells by name.

use crate::error::Fault;
use serde_json::{Map, Value};

/// A row, in which numbers may stand as text. What is empty is as good as missing.
pub(super) struct Fields(pub(super) Map<String, Value>);

impl Fields {
    pub(super) fn named(name: String) -> Self {
        Self(Map::from_iter([("name".to_owned(), Value::String(name))]))
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        plain(self.0.get(key)?)
    }

    pub(super) fn inner(&self, outer: &str, key: &str) -> Option<String> {
        plain(self.0.get(outer)?.get(key)?)
    }

    /// A number, without its fraction, and 0 if it is missing or below 0.
    pub(super) fn number(&self, key: &'static str) -> Result<i64, Fault> {
        let Some(text) = self.text(key) else { return Ok(0) };
        let text = text.trim();
        if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
            return Ok(i64::from(text.eq_ignore_ascii_case("true")));
        }
        if let Ok(number) = text.parse::<i64>() {
            return Ok(number.max(0));
        }
        match text.parse::<f64>() {
            Ok(number) if number >= 9_223_372_036_854_775_808.0 => Err(Fault::CountTooLarge { key }),
            #[allow(clippy::cast_possible_truncation)] // that is what it is for
            Ok(number) if number.is_finite() => Ok(number.max(0.0) as i64),
            _ => Err(Fault::ImportNumber { key, given: text.chars().take(40).collect() }),
        }
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Bool(flag) => Some(i32::from(*flag).to_string()),
        other => Some(other.to_string()),
    }
}
