//! The values of a row, as other panels write them and as we do.

use super::fields::Fields;
use crate::{
    error::Fault,
    http,
    model::{Bytes, Date, NO_LIMIT, NodeAccess, ResetDay, Terms, Unit, limit_from, unless_never},
};

/// The largest id that is taken from elsewhere: users added later get larger ones, and a double has to hold them.
const MAX_ID: i64 = 1 << 50;

pub(super) fn id_from(given: &str) -> Result<i64, Fault> {
    let id = http::id("id", &whole_number(given))?;
    if id > MAX_ID { Err(Fault::IdBad { key: "id", given: given.chars().take(40).collect() }) } else { Ok(id) }
}

/// A number that a program wrote as a float, without its `.0`.
pub(super) fn whole_number(text: &str) -> String {
    match text.trim().split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|b| b == b'0') => whole.to_owned(),
        _ => text.trim().to_owned(),
    }
}

pub(super) fn quota(fields: &Fields) -> Result<Option<Bytes>, Fault> {
    if let Some(quota) = fields.text("quota") {
        let (quota, zero) = (whole_number(&quota), Bytes::new(0));
        if Bytes::parse(&quota) != Ok(zero) {
            return Bytes::parse_limit(&quota, Unit::Byte);
        }
        // A zero is no limit, as in every form; that there is nothing to use is said in bytes beside it.
        let is_nothing = fields.text("transfer_enable").is_some() && fields.number("transfer_enable")? == 0;
        return Ok(is_nothing.then_some(zero));
    }
    if fields.has("quota") || fields.text("transfer_enable").is_none() {
        return Ok(None);
    }
    let limit = fields.number("transfer_enable")?;
    Ok((limit < NO_LIMIT).then(|| Bytes::new(limit)))
}

/// A last day, of which other panels also know the hour.
pub(super) fn expires(fields: &Fields) -> Result<Option<Date>, Fault> {
    let day = |text: &str| Date::parse(text.split(['T', ' ']).next().unwrap_or_default());
    unless_never(&fields.text("expires").unwrap_or_default(), day)
}

pub(super) fn reset_day(fields: &Fields) -> Result<Option<ResetDay>, Fault> {
    ResetDay::parse_optional(&whole_number(&fields.text("reset_day").unwrap_or_default()))
}

pub(super) fn terms(fields: &Fields) -> Result<Terms, Fault> {
    Ok(Terms {
        valid_days: unless_never(&whole_number(&fields.text("valid_days").unwrap_or_default()), Terms::days)?,
        renews: fields.number("renews")? == 1,
        nodes: fields.text("nodes").map_or(Ok(NodeAccess::All), |nodes| NodeAccess::parse(&nodes))?,
    })
}

/// A limit that nodes of our own keep. Others have some with places: what is more than a whole one is one more.
pub(super) fn limit(fields: &Fields, key: &str) -> Result<u32, Fault> {
    let text = fields.text(key).unwrap_or_default();
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match text.trim().split_once('.') {
        Some((whole, places)) if is_digits(whole) && is_digits(places) => {
            let more = places.bytes().any(|b| b != b'0');
            limit_from(&if more { format!("{}", limit_from(whole)? + 1) } else { whole.to_owned() })
        }
        _ => limit_from(&text),
    }
}

/// Elsewhere a user is out by either of the two; here `enable` only follows from `switch`, expiry and quota.
pub(super) fn is_on(fields: &Fields) -> Result<bool, Fault> {
    let is_zero = |key: &'static str| Ok(fields.text(key).is_some() && fields.number(key)? == 0);
    Ok(!is_zero("switch")? && (fields.has("quota") || !is_zero("enable")?))
}
