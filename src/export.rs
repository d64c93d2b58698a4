//! Users as JSON and as CSV, for other programs and for spreadsheets.

use crate::{
    error::{Error, Result},
    import::is_formula,
    model::{Bytes, Date, Progress, ResetDay, Stage, State, Tell, User},
};
use serde_json::{Value, json};

/// A user with the names that the Mu API gives things, and what only the panel knows.
pub fn json(user: &User, today: Date) -> Value {
    json!({
        "id": user.id,
        "name": user.name.as_str(),
        "port": user.port,
        "passwd": user.password.as_str(),
        "method": user.method.name(),
        "u": user.used.u.get(),
        "d": user.used.d.get(),
        "transfer_enable": user.quota.map_or(1 << 50, Bytes::get),
        "switch": i32::from(user.switch),
        "enable": i32::from(matches!(user.state(today), State::On | State::OverQuota)),
        "t": user.t,
        "quota": user.quota.map(Bytes::get),
        "expires": user.expires.map(|date| date.to_string()),
        "reset_day": user.reset_day.map(ResetDay::get),
        "valid_days": user.terms.valid_days,
        "renews": i32::from(user.terms.renews),
        "nodes": user.terms.nodes.stored().map(|_| user.terms.nodes.to_string()),
        "note": user.note.as_str(),
        "uuid": user.uuid,
        "node_speedlimit": user.speed,
        "node_connector": user.devices,
    })
}

/// Users as CSV with a head line.
pub fn csv(users: &[User], today: Date, tell: &Tell) -> Result<String> {
    const COLUMNS: [&str; 21] = [
        "id",
        "name",
        "port",
        "passwd",
        "method",
        "u",
        "d",
        "transfer_enable",
        "switch",
        "enable",
        "t",
        "quota",
        "expires",
        "reset_day",
        "valid_days",
        "renews",
        "nodes",
        "note",
        "uuid",
        "node_speedlimit",
        "node_connector",
    ];
    let rows = told(users, tell).map(|user| {
        let row = json(user, today);
        COLUMNS.map(|column| match &row[column] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        })
    });
    sheet(COLUMNS, rows)
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
