//! What a batch says, found in another way: over `serde_json::Value`, as slow and plain as can be.

use mu_panel::{
    error::Fault,
    model::{LeftOut, Row, Skipped},
};
use serde::de::IgnoredAny;
use serde_json::Value;

/// What a batch is.
#[derive(Debug)]
enum Verdict {
    Rows(Vec<Row>, LeftOut),
    NoBatch,
    NoJson,
    /// It cannot be told here: too deep, half a surrogate pair, `1e999`.
    Unknown,
}

fn judge(body: &[u8]) -> Verdict {
    let rows = match serde_json::from_slice::<Value>(body) {
        Ok(Value::Array(rows)) => rows,
        Ok(Value::Null) => Vec::new(),
        Ok(_) => return Verdict::NoBatch,
        Err(_) if serde_json::from_slice::<IgnoredAny>(body).is_err() => return Verdict::NoJson,
        Err(_) => return Verdict::Unknown,
    };
    let mut usable = Vec::new();
    let mut skipped = LeftOut::default();
    for row in &rows {
        match whole_row(row) {
            Ok(row) => usable.push(row),
            Err(why) => skipped.push(|| Skipped { user_id: echo(row), why }),
        }
    }
    Verdict::Rows(usable, skipped)
}

/// Checks what was read against what this one finds.
pub fn agree(body: &[u8], read: Result<(Vec<Row>, LeftOut), Fault>) {
    match (judge(body), read) {
        (Verdict::Unknown, _) | (Verdict::NoBatch | Verdict::NoJson, Err(Fault::BatchNotArray { .. })) => {}
        (Verdict::Rows(usable, skipped), Ok(read)) => {
            assert_eq!(read, (usable, skipped), "{}", String::from_utf8_lossy(body));
        }
        (expected, read) => panic!("{}: {expected:?} but {read:?}", String::from_utf8_lossy(body)),
    }
}

fn whole_row(row: &Value) -> Result<Row, Fault> {
    let Value::Object(fields) = row else { return Err(Fault::RowNotObject) };
    let count = |key| count(key, fields.get(key));
    Ok(Row { user: count("user_id")?, u: count("u")?, d: count("d")? })
}

fn count(key: &'static str, value: Option<&Value>) -> Result<i64, Fault> {
    let text = match value {
        None | Some(Value::Null) => return Err(Fault::CountMissing { key }),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if number.is_u64() || number.is_i64() => number.to_string(),
        Some(_) => return Err(Fault::CountBad { key }),
    };
    if text.is_empty() || text.chars().any(|c| !c.is_ascii_digit()) {
        return Err(Fault::CountBad { key });
    }
    text.parse().map_err(|_| Fault::CountTooLarge { key })
}

fn echo(row: &Value) -> String {
    match row.get("user_id") {
        Some(Value::String(text)) => Value::String(text.chars().take(40).collect()).to_string(),
        Some(Value::Number(number)) if number.is_u64() || number.is_i64() => number.to_string(),
        _ => "null".to_owned(),
    }
}
