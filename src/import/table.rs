//! The rows of a file: JSON, a table of cells, or names alone.

use super::fields::Fields;
use crate::{
    error::{Error, Fault, Result},
    model::is_unseen,
};
use serde_json::Value;
use std::borrow::Cow;

/// What people call columns of a table, and our names for them.
const ALIASES: [(&str, &str); 20] = [
    ("名称", "name"),
    ("姓名", "name"),
    ("用户名", "name"),
    ("password", "passwd"),
    ("密码", "passwd"),
    ("连接密码", "passwd"),
    ("端口", "port"),
    ("cipher", "method"),
    ("encryption", "method"),
    ("加密方式", "method"),
    ("limit", "quota"),
    ("流量限额", "quota"),
    ("限额", "quota"),
    ("expiry", "expires"),
    ("expiry_date", "expires"),
    ("到期日", "expires"),
    ("notes", "note"),
    ("comment", "note"),
    ("备注", "note"),
    ("节点", "nodes"),
];
/// The heads by which a table is known.
const HEADS: [&str; 8] = ["id", "name", "user_name", "username", "email", "port", "passwd", "uuid"];

/// The text of a file in UTF-8, or in UTF-16 as Excel writes "Unicode text".
///
/// # Errors
/// [`Fault::ImportCoding`].
pub fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>> {
    let pairs = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).collect::<std::result::Result<String, _>>().map_err(|_| Fault::ImportCoding)
    };
    Ok(match bytes {
        [0xff, 0xfe, rest @ ..] => Cow::Owned(pairs(rest, u16::from_le_bytes)?),
        [0xfe, 0xff, rest @ ..] => Cow::Owned(pairs(rest, u16::from_be_bytes)?),
        bytes => Cow::Borrowed(std::str::from_utf8(bytes).map_err(|_| Fault::ImportCoding)?),
    })
}

fn bad(detail: impl Into<String>) -> Error {
    Error::Invalid(Fault::ImportBad { detail: detail.into() })
}

/// An array of users, in an answer or by itself; a user may be a name alone.
pub(super) fn json(text: &str) -> Result<Vec<Fields>> {
    let rows = match serde_json::from_str(text).map_err(|error| bad(error.to_string()))? {
        Value::Array(rows) => rows,
        Value::Object(mut answer) => match answer.remove("data") {
            Some(Value::Array(rows)) => rows,
            _ => return Err(bad("it has no array `data`")),
        },
        _ => return Err(bad("it is neither an array nor an object")),
    };
    let row = |(row, value)| match value {
        Value::Object(fields) => Ok(Fields(fields)),
        Value::String(name) => Ok(Fields::named(name)),
        _ => Err(bad(format!("entry {row} is no object"))),
    };
    (1..).zip(rows).map(row).collect()
}

/// A table with a head line, its cells separated by commas, semicolons or tabs; or names, one a line.
pub(super) fn read(text: &str) -> Result<Vec<Fields>> {
    let head = text.lines().next().unwrap_or_default();
    let count = |mark: u8| head.bytes().filter(|byte| *byte == mark).count();
    let mark = [b',', b';', b'\t'].into_iter().max_by_key(|mark| count(*mark)).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(mark).flexible(true).trim(csv::Trim::Headers).from_reader(text.as_bytes());
    let heads: Vec<String> = reader
        .headers()
        .map_err(|error| bad(error.to_string()))?
        .iter()
        .map(|head| {
            let head = head.trim().to_lowercase().replace(['-', ' '], "_");
            ALIASES.iter().find(|(other, _)| *other == head).map_or(head, |(_, ours)| (*ours).to_owned())
        })
        .collect();
    if !heads.iter().any(|head| HEADS.contains(&head.as_str())) {
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        // A table without a head that is known, unless it is of one column.
        let is_divided = |line: &&str| line.bytes().any(|byte| byte == mark);
        if count(mark) > 0 && lines.iter().all(is_divided) && !lines.iter().all(|line| is_name(line)) {
            return Err(Fault::ImportHead { given: head.chars().take(60).collect() }.into());
        }
        return Ok(lines.into_iter().map(|name| Fields::named(plain_cell(unquoted(name).to_owned()))).collect());
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| bad(error.to_string()))?;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if record.iter().skip(heads.len()).any(|cell| !cell.trim().is_empty()) {
            let line = record.position().map_or(0, csv::Position::line);
            return Err(bad(format!("line {line} has more cells than the head")));
        }
        let cells = record.iter().map(|cell| Value::String(plain_cell(cell.to_owned())));
        rows.push(Fields(heads.iter().cloned().zip(cells).collect()));
    }
    Ok(rows)
}

/// Whether a line is one name although it has a comma: it is in quotes, or is like `Smith, John`.
fn is_name(line: &str) -> bool {
    let inside = unquoted(line);
    let has_quotes = inside.len() < line.len() && !inside.contains('"');
    let begins_like_a_word = |rest: &str| rest.starts_with(char::is_alphabetic);
    has_quotes
        || line.split_once(", ").is_some_and(|(last, first)| {
            begins_like_a_word(last) && begins_like_a_word(first) && line.matches([',', ';', '\t']).count() == 1
        })
}

fn unquoted(line: &str) -> &str {
    line.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(line)
}

/// Without the mark that keeps spreadsheets from taking a cell for a formula.
fn plain_cell(text: String) -> String {
    match text.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest.to_owned(),
        _ => text,
    }
}

/// Whether some spreadsheet takes a cell for a formula: they skip what is not seen, and some read the wide forms of
/// the signs too. An apostrophe that was already in front of one counts as part of it, so that it comes back with as
/// many.
pub fn is_formula(text: &str) -> bool {
    let text = text.trim_start_matches('\'');
    let seen = |c: char| !c.is_whitespace() && !c.is_control() && !is_unseen(c);
    let begins = text.chars().find(|c| seen(*c));
    text.starts_with(['\t', '\r', '\n']) || begins.is_some_and(|c| "=+-@＝＋－＠".contains(c))
}
