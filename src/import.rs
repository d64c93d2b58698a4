//! Users from elsewhere: what another panel answers to `GET /users`, what we export, any table of them, or names
//! alone, one a line.

mod fields;
mod table;
mod values;

pub use table::{decoded, is_formula};

use crate::{
    app::App,
    error::{Fault, Result},
    model::{Bytes, Draft, MAX_NAME_CHARS, Method, Name, NewUser, Note, Password, Time, Usage, port_from},
};
use fields::Fields;
use std::collections::HashSet;
use values::{expires, id_from, is_on, limit, quota, reset_day, terms, whole_number};

/// From here up a time is in milliseconds: the year 5138 in seconds.
const MIN_MILLISECONDS: i64 = 100_000_000_000;
/// So many rows that cannot be taken are named.
const MAX_FAULTS: usize = 100;

/// The keys under which panels have a user's name; the first is ours.
const NAME_KEYS: [&str; 4] = ["name", "user_name", "username", "email"];
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
        Some('[' | '{') => table::json(text)?,
        Some(_) => table::read(text)?,
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
