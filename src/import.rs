//! Users from elsewhere: what another panel answers to `GET /users`, what we export, any table of them, or names
//! alone, one a line.

use crate::{
    app::App,
    error::{Error, Fault, Result},
    http,
    model::{
        Bytes, Date, Draft, MAX_NAME_CHARS, Method, Name, NewUser, NodeAccess, Note, Password, ResetDay, Terms, Time,
        Unit, Usage, is_unseen, limit_from, port_from,
    },
};
use serde_json::{Map, Value};
use std::{borrow::Cow, collections::HashSet};

/// From here up a `transfer_enable` means "no limit": 2^50 bytes.
const NO_LIMIT: i64 = 1 << 50;
/// The largest id that is taken from elsewhere: users added later get larger ones, and a double has to hold them.
const MAX_ID: i64 = 1 << 50;
/// From here up a time is in milliseconds: the year 5138 in seconds.
const MIN_MILLISECONDS: i64 = 100_000_000_000;
/// So many rows that cannot be taken are named.
const MAX_FAULTS: usize = 100;

/// The keys under which panels have a user's name; the first is ours.
const NAME_KEYS: [&str; 4] = ["name", "user_name", "username", "email"];
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

/// Reads the users in `text`, ready to be added at `now`. Their ids, ports, passwords, methods, counters and quotas
/// are kept; a user without an id is a new one and gets what is missing.
///
/// # Errors
/// [`Fault::ImportBad`], [`Fault::ImportEmpty`], [`Fault::ImportHead`]; [`Fault::ImportRow`] with the place of the
/// user who cannot be taken, or [`Fault::ImportRows`] with all of them.
pub fn read(app: &App, text: &[u8], now: Time) -> Result<Vec<NewUser>> {
    let text = decoded(text)?;
    // Excel begins a file with a byte order mark, and some programs with what separates cells.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).trim();
    let text = match text.split_once('\n') {
        Some((first, rest)) if first.len() <= 7 && first.to_ascii_lowercase().starts_with("sep=") => rest,
        _ => text,
    };
    let rows = match text.chars().next() {
        None => return Err(Fault::ImportEmpty.into()),
        Some('[' | '{') => json(text)?,
        Some(_) => table(text)?,
    };
    if rows.is_empty() {
        return Err(Fault::ImportEmpty.into());
    }
    let mut reader = Reader { app, defaults: app.defaults()?.draft(app.today(now)?), now, names: HashSet::new() };
    let mut users = Vec::with_capacity(rows.len());
    let mut faults = Vec::new();
    for (row, fields) in (1..).zip(&rows) {
        match reader.user(fields) {
            Ok(user) => users.push(user),
            Err(fault) => faults.push(Fault::ImportRow { row, fault: Box::new(fault) }),
        }
    }
    let more = faults.len().saturating_sub(MAX_FAULTS);
    faults.truncate(MAX_FAULTS);
    match faults.pop() {
        None => Ok(users),
        Some(only) if faults.is_empty() => Err(only.into()),
        Some(last) => {
            faults.push(last);
            Err(Fault::ImportRows { faults, more }.into())
        }
    }
}

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
fn json(text: &str) -> Result<Vec<Fields>> {
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
fn table(text: &str) -> Result<Vec<Fields>> {
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
        if count(mark) > 0 && lines.iter().all(|line| line.bytes().any(|byte| byte == mark)) {
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

/// What rows become users by.
struct Reader<'a> {
    app: &'a App,
    defaults: Draft,
    now: Time,
    /// The names that are in the list so far.
    names: HashSet<String>,
}

impl Reader<'_> {
    fn user(&mut self, fields: &Fields) -> std::result::Result<NewUser, Fault> {
        let id = fields.text("id").map(|given| id_from(&given)).transpose()?;
        // A user who is known elsewhere by a number has all of this there.
        for key in ["port", "passwd"] {
            if id.is_some() && !fields.has(key) {
                return Err(Fault::ImportMissing { key });
            }
        }
        let method = fields.text("method").map_or(Ok(self.defaults.method), |method| Method::parse(&method))?;
        let (name, whole) = self.name(fields, id)?;
        let is_new = id.is_none();
        let or_default = |key: &str| is_new && !fields.has(key);
        let draft = Draft {
            name,
            port: fields.text("port").map(|port| port_from(&whole_number(&port))).transpose()?,
            password: fields.text("passwd").map(|password| Password::parse(&password, method)).transpose()?,
            method,
            quota: if or_default("quota") && !fields.has("transfer_enable") {
                self.defaults.quota
            } else {
                quota(fields)?
            },
            expires: if or_default("expires") { self.defaults.expires } else { expires(fields)? },
            reset_day: if or_default("reset_day") { self.defaults.reset_day } else { reset_day(fields)? },
            terms: terms(fields)?,
            speed: limit(fields, "node_speedlimit")?,
            devices: limit(fields, "node_connector")?,
            note: fields
                .text("note")
                .map_or_else(|| Note::parse(&whole.unwrap_or_default()), |note| Note::parse(&note))?,
        };
        let mut user = self.app.complete(draft);
        user.id = id;
        user.used = Usage { u: Bytes::new(fields.number("u")?), d: Bytes::new(fields.number("d")?) };
        user.t = self.time(fields.number("t")?);
        user.switch = is_on(fields)?;
        if let Some(given) = fields.text("uuid").or_else(|| fields.inner("v2ray_user", "uuid")) {
            user.uuid = uuid::Uuid::try_parse(&given).map_err(|_| Fault::UuidBad { given })?.to_string();
        }
        Ok(user)
    }

    /// A name, and the whole of it if it had to be shortened. Panels call it differently, and some let two users have
    /// the same.
    fn name(&mut self, fields: &Fields, id: Option<i64>) -> std::result::Result<(Name, Option<String>), Fault> {
        let given = NAME_KEYS.into_iter().find_map(|key| fields.text(key).map(|text| (key, text)));
        let (ours, text) = match (given, id) {
            (Some((key, text)), _) => (key == NAME_KEYS[0], text),
            (None, Some(id)) => (false, format!("user {id}")),
            (None, None) => return Err(Fault::NameEmpty),
        };
        let long = !ours && text.chars().count() > MAX_NAME_CHARS;
        let short = if long { shortened(&text, "") } else { text.clone() };
        let mut name = Name::parse(&short)?;
        if self.names.contains(name.as_str()) {
            let Some(id) = id.filter(|_| !ours) else { return Err(Fault::NameTaken { name: text }) };
            name = Name::parse(&shortened(&text, &format!(" {id}")))?;
        }
        if self.names.insert(name.as_str().to_owned()) {
            Ok((name, long.then_some(text)))
        } else {
            Err(Fault::NameTaken { name: name.as_str().to_owned() })
        }
    }

    /// The last use, which some panels keep in milliseconds; one that is yet to come is now.
    fn time(&self, t: i64) -> Time {
        let t = if t >= MIN_MILLISECONDS { t / 1000 } else { t };
        t.clamp(0, self.now)
    }
}

/// So much of a text as fits into a name with `end` behind it.
fn shortened(text: &str, end: &str) -> String {
    let room = MAX_NAME_CHARS - end.chars().count();
    text.chars().take(room).collect::<String>() + end
}

fn id_from(given: &str) -> std::result::Result<i64, Fault> {
    let id = http::id("id", &whole_number(given))?;
    if id > MAX_ID { Err(Fault::IdBad { key: "id", given: given.chars().take(40).collect() }) } else { Ok(id) }
}

/// A number that a program wrote as a float, without its `.0`.
fn whole_number(text: &str) -> String {
    match text.trim().split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|b| b == b'0') => whole.to_owned(),
        _ => text.trim().to_owned(),
    }
}

fn quota(fields: &Fields) -> std::result::Result<Option<Bytes>, Fault> {
    if let Some(quota) = fields.text("quota") {
        // What we export is bytes, also none at all.
        return if quota == "0" {
            Ok(Some(Bytes::new(0)))
        } else {
            Bytes::parse_limit(&whole_number(&quota), Unit::Byte)
        };
    }
    if fields.has("quota") || fields.text("transfer_enable").is_none() {
        return Ok(None);
    }
    let limit = fields.number("transfer_enable")?;
    Ok((limit < NO_LIMIT).then(|| Bytes::new(limit)))
}

/// A last day, of which other panels also know the hour.
fn expires(fields: &Fields) -> std::result::Result<Option<Date>, Fault> {
    let Some(text) = fields.text("expires").filter(|text| !text.eq_ignore_ascii_case("never")) else { return Ok(None) };
    Date::parse(text.split(['T', ' ']).next().unwrap_or_default()).map(Some)
}

fn reset_day(fields: &Fields) -> std::result::Result<Option<ResetDay>, Fault> {
    let given = fields.text("reset_day").filter(|text| !text.eq_ignore_ascii_case("never") && text != "0");
    given.map(|day| ResetDay::parse(&whole_number(&day))).transpose()
}

fn terms(fields: &Fields) -> std::result::Result<Terms, Fault> {
    Ok(Terms {
        valid_days: fields.text("valid_days").map(|days| Terms::days(&whole_number(&days))).transpose()?,
        renews: fields.number("renews")? == 1,
        nodes: fields.text("nodes").map_or(Ok(NodeAccess::All), |nodes| NodeAccess::parse(&nodes))?,
    })
}

/// A limit that nodes of our own keep. Others have some with places: what is more than a whole one is one more.
fn limit(fields: &Fields, key: &str) -> std::result::Result<u32, Fault> {
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
fn is_on(fields: &Fields) -> std::result::Result<bool, Fault> {
    let is_zero = |key: &'static str| Ok(fields.text(key).is_some() && fields.number(key)? == 0);
    Ok(!is_zero("switch")? && (fields.has("quota") || !is_zero("enable")?))
}

/// A row, in which numbers may stand as text. What is empty is as good as missing.
struct Fields(Map<String, Value>);

impl Fields {
    fn named(name: String) -> Self {
        Self(Map::from_iter([("name".to_owned(), Value::String(name))]))
    }

    fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    fn text(&self, key: &str) -> Option<String> {
        plain(self.0.get(key)?)
    }

    fn inner(&self, outer: &str, key: &str) -> Option<String> {
        plain(self.0.get(outer)?.get(key)?)
    }

    /// A number, without its fraction, and 0 if it is missing or below 0.
    fn number(&self, key: &'static str) -> std::result::Result<i64, Fault> {
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
