//! The rows of a batch: read one by one, so that one that cannot be used takes no other with it.

use super::{fields, plain_rows, unreadable};
use crate::{
    error::Fault,
    model::{LeftOut, Row, Skipped},
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};

/// The fewest bytes of a row that can be used: `{"user_id":1,"u":0,"d":0}`.
const MIN_ROW: usize = 25;

/// Reads a batch: a JSON array of objects with `user_id`, `u` and `d`. `null` is an empty one.
///
/// # Errors
/// [`Fault::BatchNotArray`] if it is none; a row that cannot be used is no error.
pub fn read(body: &[u8]) -> Result<(Vec<Row>, LeftOut), Fault> {
    // Room for all of them at once: a list that grows is there twice for a moment. What of it is not used takes none.
    let most = body.len() / MIN_ROW;
    if let Some(rows) = plain_rows::read(body, most) {
        return Ok((rows, LeftOut::default()));
    }
    if let Some(detail) = unreadable(body) {
        return Err(Fault::BatchNotArray { detail: detail.to_owned() });
    }
    let sorted = match sort(body, most) {
        Ok(sorted) => sorted,
        Err(error) => one_by_one(body).map_err(|_| Fault::BatchNotArray { detail: error.to_string() })?,
    };
    Ok((sorted.usable, sorted.skipped))
}

fn sort(body: &[u8], most: usize) -> serde_json::Result<Sorted> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let sorted = SortedVisitor(most).deserialize(&mut json)?;
    json.end()?;
    Ok(sorted)
}

/// Reads a batch in which something is JSON and yet no value, such as `1e999` or half a surrogate pair: only its own
/// row suffers.
fn one_by_one(body: &[u8]) -> serde_json::Result<Sorted> {
    let OneByOne(sorted) = serde_json::from_slice(body)?;
    Ok(sorted)
}

/// Rows of which some are JSON and yet no value.
struct OneByOne(Sorted);

impl<'de> Deserialize<'de> for OneByOne {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(OneByOneVisitor)
    }
}

struct OneByOneVisitor;

impl<'de> Visitor<'de> for OneByOneVisitor {
    type Value = OneByOne;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<OneByOne, A::Error> {
        let mut sorted = Sorted::default();
        while let Some(row) = seq.next_element::<&RawValue>()? {
            sorted.take(&serde_json::from_str(row.get()).unwrap_or_default());
        }
        Ok(OneByOne(sorted))
    }
}

/// The rows that can be used, and those that cannot.
#[derive(Default)]
struct Sorted {
    usable: Vec<Row>,
    skipped: LeftOut,
}

impl Sorted {
    fn take(&mut self, raw: &Raw<'_>) {
        match raw.usable() {
            Ok(row) => self.usable.push(row),
            Err(why) => self.skipped.push(|| Skipped { user_id: raw.user_id.echo(), why }),
        }
    }
}

/// Reads row by row, so that a large batch does not lie there twice, and has room for so many rows.
struct SortedVisitor(usize);

impl<'de> DeserializeSeed<'de> for SortedVisitor {
    type Value = Sorted;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Sorted, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for SortedVisitor {
    type Value = Sorted;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_unit<E>(self) -> Result<Sorted, E> {
        Ok(Sorted::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Sorted, A::Error> {
        let mut sorted = Sorted { usable: Vec::with_capacity(self.0), ..Sorted::default() };
        while let Some(raw) = seq.next_element()? {
            sorted.take(&raw);
        }
        Ok(sorted)
    }
}

/// Visits to values of kinds that are of no use, each of which comes to the same.
macro_rules! visits {
    ($value:expr; $($visit:ident: $kind:ty),*) => { $(
        fn $visit<E>(self, _: $kind) -> Result<Self::Value, E> {
            Ok($value)
        }
    )* };
}

/// A row as it stands there, whatever it is.
#[derive(Default)]
struct Raw<'a> {
    object: bool,
    user_id: Number<'a>,
    u: Number<'a>,
    d: Number<'a>,
}

impl Raw<'_> {
    fn usable(&self) -> Result<Row, Fault> {
        if !self.object {
            return Err(Fault::RowNotObject);
        }
        let user = self.user_id.count("user_id")?;
        Ok(Row { user, u: self.u.count("u")?, d: self.d.count("d")? })
    }
}

/// What stands where a number should: an integer, a string of digits, or something else.
#[derive(Default)]
enum Number<'a> {
    #[default]
    Missing,
    Whole(i64),
    TooLarge(u64),
    Text(Cow<'a, str>),
    Other,
}

impl Number<'_> {
    fn count(&self, key: &'static str) -> Result<i64, Fault> {
        match self {
            Self::Missing => Err(Fault::CountMissing { key }),
            Self::Whole(count @ 0..) => Ok(*count),
            Self::TooLarge(_) => Err(Fault::CountTooLarge { key }),
            Self::Text(text) => fields::count(key, text),
            Self::Whole(_) | Self::Other => Err(Fault::CountBad { key }),
        }
    }

    /// As JSON again, for the answer; text is cut to a length that does not flood it.
    fn echo(&self) -> String {
        match self {
            Self::Missing | Self::Other => "null".to_owned(),
            Self::Whole(number) => number.to_string(),
            Self::TooLarge(number) => number.to_string(),
            Self::Text(text) => serde_json::Value::String(text.chars().take(40).collect()).to_string(),
        }
    }
}

impl<'de> Deserialize<'de> for Raw<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw<'de>, A::Error> {
        let mut raw = Raw { object: true, ..Raw::default() };
        while let Some(fields::Key(key)) = map.next_key()? {
            match &*key {
                "user_id" => raw.user_id = map.next_value()?,
                "u" => raw.u = map.next_value()?,
                "d" => raw.d = map.next_value()?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(raw)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Raw::default())
    }

    visits!(Raw::default(); visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_unit<E>(self) -> Result<Raw<'de>, E> {
        Ok(Raw::default())
    }
}

impl<'de> Deserialize<'de> for Number<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl<'de> Visitor<'de> for NumberVisitor {
    type Value = Number<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_u64<E>(self, number: u64) -> Result<Number<'de>, E> {
        Ok(i64::try_from(number).map_or(Number::TooLarge(number), Number::Whole))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Number<'de>, E> {
        Ok(Number::Whole(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Number<'de>, E> {
        Ok(Number::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Number<'de>, E> {
        Ok(Number::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Number<'de>, E> {
        Ok(Number::Missing)
    }

    visits!(Number::Other; visit_bool: bool, visit_f64: f64);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Number<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Number::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Number<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Number::Other)
    }
}
