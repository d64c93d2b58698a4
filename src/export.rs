//! Users as JSON and as CSV, for other programs and for spreadsheets.

use crate::{
    error::{Error, Result},
    import::is_formula,
    model::{Bytes, Date, NO_LIMIT, Progress, ResetDay, Stage, State, Tell, User},
};
use serde_json::{Value, json};

/// What is told of a user, and under which name.
type Column = (&'static str, fn(&User, Date) -> Value);

/// The names are those that the Mu API gives things; the rest is what only the panel knows.
const COLUMNS: [Column; 21] = [
    ("id", |user, _| user.id.into()),
    ("name", |user, _| user.name.as_str().into()),
    ("port", |user, _| user.port.into()),
    ("passwd", |user, _| user.password.as_str().into()),
    ("method", |user, _| user.method.name().into()),
    ("u", |user, _| user.used.u.get().into()),
    ("d", |user, _| user.used.d.get().into()),
    ("transfer_enable", |user, _| user.quota.map_or(NO_LIMIT, Bytes::get).into()),
    ("switch", |user, _| i32::from(user.switch).into()),
    ("enable", |user, today| i32::from(matches!(user.state(today), State::On | State::OverQuota)).into()),
    ("t", |user, _| user.t.into()),
    ("quota", |user, _| user.quota.map(Bytes::get).into()),
    ("expires", |user, _| user.expires.map(|date| date.to_string()).into()),
    ("reset_day", |user, _| user.reset_day.map(ResetDay::get).into()),
    ("valid_days", |user, _| user.terms.valid_days.into()),
    ("renews", |user, _| i32::from(user.terms.renews).into()),
    ("nodes", |user, _| user.terms.nodes.stored().map(|_| user.terms.nodes.to_string()).into()),
    ("note", |user, _| user.note.as_str().into()),
    ("uuid", |user, _| user.uuid.as_str().into()),
    ("node_speedlimit", |user, _| user.speed.into()),
    ("node_connector", |user, _| user.devices.into()),
];

/// A user as JSON.
pub fn json(user: &User, today: Date) -> Value {
    COLUMNS.iter().map(|(name, value)| (*name, value(user, today))).collect()
}

/// Users as CSV with a head line.
pub fn csv(users: &[User], today: Date, tell: &Tell) -> Result<String> {
    let cell = |value| match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let rows = told(users, tell).map(|user| COLUMNS.map(|(_, value)| cell(value(user, today))));
    sheet(COLUMNS.map(|(name, _)| name), rows)
}

/// What a table begins with, so that Excel reads it as UTF-8.
const BOM: &str = "\u{feff}";

/// A table as CSV, in which no cell is taken for a formula.
pub fn sheet<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> Result<String> {
    let mut writer = csv::Writer::from_writer(BOM.as_bytes().to_vec());
    writer.write_record(head).map_err(Error::internal)?;
    for row in rows {
        writer.write_record(row.map(|cell| harmless(&cell))).map_err(Error::internal)?;
    }
    let bytes = writer.into_inner().map_err(|error| Error::internal(error.to_string()))?;
    String::from_utf8(bytes).map_err(Error::internal)
}

/// A cell that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    if is_formula(text) { format!("'{text}") } else { text.to_owned() }
}

/// All users as the JSON that `import` reads, here and elsewhere.
pub fn list(users: &[User], today: Date, tell: &Tell) -> String {
    let rows: Vec<Value> = told(users, tell).map(|user| json(user, today)).collect();
    format!("{:#}", json!({ "ret": 1, "msg": "ok", "data": rows }))
}

/// One user after the other, telling how far it is.
fn told<'a>(users: &'a [User], tell: &'a Tell) -> impl Iterator<Item = &'a User> {
    let of = users.len() as u64;
    (0..).zip(users).map(move |(done, user)| {
        tell(Progress { stage: Stage::Listing, done, of });
        user
    })
}
