//! Users from the list of another panel: what `GET /users` answers there, or what we export.

use crate::{
    app::App,
    error::{Error, Fault, Result},
    http,
    model::{Bytes, Date, Draft, Method, Name, NewUser, Note, Password, ResetDay, Usage, is_unseen, port_from},
};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};

/// From here up a `transfer_enable` means "no limit": 2^50 bytes.
const NO_LIMIT: i64 = 1 << 50;
/// The largest id that is taken from elsewhere: users who are added later get larger ones, and a double has to hold
/// them.
const MAX_ID: i64 = 1 << 50;

/// Reads the users in `text`, ready to be added. Their ids, ports, passwords, methods, counters and quotas are kept.
///
/// # Errors
/// [`Fault::ImportBad`], [`Fault::ImportEmpty`]; [`Fault::ImportRow`] with the place of the first user who cannot be
/// taken.
pub fn read(app: &App, text: &[u8]) -> Result<Vec<NewUser>> {
    let bad = |detail: String| Error::Invalid(Fault::ImportBad { detail });
    let whole = whole(text).map_err(bad)?;
    let rows = match whole {
        Value::Array(rows) => rows,
        Value::Object(mut answer) => match answer.remove("data") {
            Some(Value::Array(rows)) => rows,
            _ => return Err(bad("it has no array `data`".to_owned())),
        },
        _ => return Err(bad("it is neither an array nor an object".to_owned())),
    };
    if rows.is_empty() {
        return Err(Fault::ImportEmpty.into());
    }
    let mut names = HashSet::new();
    (1..)
        .zip(rows)
        .map(|(row, value)| {
            let Value::Object(fields) = value else { return Err(bad(format!("entry {row} is no object"))) };
            user(app, &Fields(fields), &mut names)
                .map_err(|fault| Fault::ImportRow { row, fault: Box::new(fault) }.into())
        })
        .collect()
}

/// JSON, or a table as CSV with a head line.
fn whole(text: &[u8]) -> std::result::Result<Value, String> {
    // With which Excel begins a file.
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let first = text.trim_ascii_start().first();
    if !first.is_some_and(|byte| byte.is_ascii_alphabetic() && text.trim_ascii_start().contains(&b',')) {
        return serde_json::from_slice(text).map_err(|error| error.to_string());
    }
    let mut reader = csv::Reader::from_reader(text.trim_ascii_start());
    let rows = reader.deserialize::<BTreeMap<String, String>>().map(|row| {
        let cell = |text: String| if text.is_empty() { Value::Null } else { Value::String(plain_cell(text)) };
        row.map(|row| Value::Object(row.into_iter().map(|(name, text)| (name, cell(text))).collect()))
    });
    rows.collect::<std::result::Result<Vec<_>, _>>().map(Value::Array).map_err(|error| error.to_string())
}

/// Without the mark that keeps spreadsheets from taking a cell for a formula.
fn plain_cell(text: String) -> String {
    match text.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest.to_owned(),
        _ => text,
    }
}

/// Whether some spreadsheet takes a cell for a formula: they skip what is not seen, and some read the wide forms of the
/// signs too. Marks in front of one that a person has made count as part of it, so that it comes back with as
/// many.
pub fn is_formula(text: &str) -> bool {
    let text = text.trim_start_matches('\'');
    let seen = |c: char| !c.is_whitespace() && !c.is_control() && !is_unseen(c);
    let begins = text.chars().find(|c| seen(*c));
    text.starts_with(['\t', '\r', '\n']) || begins.is_some_and(|c| "=+-@＝＋－＠".contains(c))
}

fn user(app: &App, fields: &Fields, names: &mut HashSet<String>) -> std::result::Result<NewUser, Fault> {
    let given = fields.text("id").ok_or(Fault::CountMissing { key: "id" })?;
    let id = http::id("id", &given)?;
    if id > MAX_ID {
        return Err(Fault::IdBad { key: "id", given });
    }
    let method = fields.text("method").map_or(Ok(Method::default()), |method| Method::parse(&method))?;
    let port = fields.text("port").ok_or(Fault::CountMissing { key: "port" })?;
    let password = fields.text("passwd").ok_or(Fault::CountMissing { key: "passwd" })?;
    let draft = Draft {
        name: name(fields, id, names)?,
        port: Some(port_from(&port)?),
        password: Some(Password::parse(&password, method)?),
        method,
        quota: quota(fields)?,
        expires: fields.text("expires").map(|date| Date::parse(&date)).transpose()?,
        reset_day: fields.text("reset_day").map(|day| ResetDay::parse(&day)).transpose()?,
        note: fields.text("note").map_or(Ok(Note::default()), |note| Note::parse(&note))?,
    };
    let mut user = app.complete(draft);
    user.id = Some(id);
    user.used = Usage { u: Bytes::new(fields.count("u")?), d: Bytes::new(fields.count("d")?) };
    user.t = fields.count("t")?;
    user.switch = is_on(fields)?;
    if let Some(given) = fields.text("uuid").or_else(|| fields.inner("v2ray_user", "uuid")) {
        user.uuid = uuid::Uuid::try_parse(&given).map_err(|_| Fault::UuidBad { given })?.to_string();
    }
    Ok(user)
}

/// Panels call it differently, and some let two users have the same.
fn name(fields: &Fields, id: i64, names: &mut HashSet<String>) -> std::result::Result<Name, Fault> {
    let given = ["name", "user_name", "email"]
        .into_iter()
        .find_map(|key| fields.text(key).filter(|text| !text.trim().is_empty()));
    let ours = fields.has("name");
    let text = given.unwrap_or_else(|| format!("user {id}"));
    let name = Name::parse(&text)?;
    if names.insert(name.as_str().to_owned()) {
        return Ok(name);
    }
    if ours {
        return Err(Fault::NameTaken { name: text });
    }
    let name = Name::parse(&format!("{text} {id}"))?;
    names.insert(name.as_str().to_owned());
    Ok(name)
}

fn quota(fields: &Fields) -> std::result::Result<Option<Bytes>, Fault> {
    if fields.has("quota") {
        return fields.text("quota").map(|quota| Bytes::parse(&quota)).transpose();
    }
    let limit = fields.count("transfer_enable")?;
    Ok((limit < NO_LIMIT).then(|| Bytes::new(limit)))
}

/// Elsewhere a user is out by either of the two; here `enable` only follows from `switch`, expiry and quota.
fn is_on(fields: &Fields) -> std::result::Result<bool, Fault> {
    let is_zero = |key: &'static str| Ok(fields.text(key).is_some() && fields.count(key)? == 0);
    Ok(!is_zero("switch")? && (fields.has("quota") || !is_zero("enable")?))
}

/// A row, in which numbers may stand as text.
struct Fields(Map<String, Value>);

impl Fields {
    fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    fn text(&self, key: &str) -> Option<String> {
        plain(self.0.get(key)?)
    }

    fn inner(&self, outer: &str, key: &str) -> Option<String> {
        plain(self.0.get(outer)?.get(key)?)
    }

    /// A whole number of at least 0; 0 if it is not there.
    fn count(&self, key: &'static str) -> std::result::Result<i64, Fault> {
        let Some(text) = self.text(key) else { return Ok(0) };
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Fault::CountBad { key });
        }
        text.parse().map_err(|_| Fault::CountTooLarge { key })
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(i32::from(*flag).to_string()),
        other => Some(other.to_string()),
    }
}
