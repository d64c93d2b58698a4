//! Users from elsewhere: what another panel answers to `GET /users`, what we export, any table of them, or names
//! alone, one a line.

mod fields;
mod table;
mod values;

pub use table::{decoded, is_formula};

use crate::{
    app::App,
    error::{Error, Fault, Result},
    model::{Bytes, Draft, MAX_NAME_CHARS, Method, Name, NewUser, Note, Password, Time, Usage, port_from},
    store::Claim,
};
use fields::Fields;
use std::collections::{BTreeMap, HashSet};
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
/// [`Fault::ImportBad`], [`Fault::ImportEmpty`], [`Fault::ImportHead`]; [`Fault::ImportRows`] with all that is wrong
/// with its rows, also that something is taken.
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
    let mut reader = Reader {
        app,
        defaults: app.defaults()?.draft(app.today(now)?),
        now,
        names: HashSet::new(),
        claims: Vec::with_capacity(rows.len()),
        faults: Vec::new(),
    };
    let users: Vec<NewUser> = (1..).zip(&rows).filter_map(|(row, fields)| reader.user(row, fields)).collect();
    let conflicts = app.store.conflicts(reader.claims, now)?;
    if reader.faults.is_empty() && conflicts.is_empty() {
        return Ok(users);
    }
    let are_only_conflicts = reader.faults.is_empty();
    let fault = in_rows(reader.faults.into_iter().chain(conflicts));
    Err(if are_only_conflicts { Error::Conflict(fault) } else { Error::Invalid(fault) })
}

/// All that is wrong, row by row, as far as it is named.
fn in_rows(found: impl Iterator<Item = (usize, Fault)>) -> Fault {
    let mut by_row = BTreeMap::<usize, Vec<Fault>>::new();
    for (row, fault) in found {
        let of_row = by_row.entry(row).or_default();
        if !of_row.contains(&fault) {
            of_row.push(fault);
        }
    }
    let more = by_row.len().saturating_sub(MAX_FAULTS);
    let named = by_row.into_iter().take(MAX_FAULTS);
    let in_row = |(row, faults): (usize, Vec<Fault>)| {
        faults.into_iter().map(move |fault| Fault::ImportRow { row, fault: Box::new(fault) })
    };
    Fault::ImportRows { faults: named.flat_map(in_row).collect(), more }
}

/// What rows become users by.
struct Reader<'a> {
    app: &'a App,
    defaults: Draft,
    now: Time,
    /// The names that are in the list so far.
    names: HashSet<String>,
    /// What each row wants for its user alone, also one with something wrong in it.
    claims: Vec<Claim>,
    /// What is wrong with rows.
    faults: Vec<(usize, Fault)>,
}

impl Reader<'_> {
    /// The user of a row; or `None`, after noting what is wrong with it.
    fn user(&mut self, row: usize, fields: &Fields) -> Option<NewUser> {
        let has_id = fields.has("id");
        let given = fields.text("id").map(|given| id_from(&given)).transpose();
        let id = self.noted(row, given);
        // A user who is known elsewhere by a number has all of this there.
        for key in ["port", "passwd"] {
            if has_id && !fields.has(key) {
                self.faults.push((row, Fault::ImportMissing { key }));
            }
        }
        let method = fields.text("method").map_or(Ok(self.defaults.method), |method| Method::parse(&method));
        let method = self.noted(row, method);
        let password = method.and_then(|method| {
            let given = fields.text("passwd").map(|password| Password::parse(&password, method)).transpose();
            self.noted(row, given)
        });
        let name = self.name(fields, id.flatten());
        let name = self.noted(row, name);
        let port = fields.text("port").map(|port| port_from(&whole_number(&port))).transpose();
        let port = self.noted(row, port);
        let or_default = |key: &str| !has_id && !fields.has(key);
        let quota =
            if or_default("quota") && !fields.has("transfer_enable") { Ok(self.defaults.quota) } else { quota(fields) };
        let quota = self.noted(row, quota);
        let expires = if or_default("expires") { Ok(self.defaults.expires) } else { expires(fields) };
        let expires = self.noted(row, expires);
        let reset_day = if or_default("reset_day") { Ok(self.defaults.reset_day) } else { reset_day(fields) };
        let reset_day = self.noted(row, reset_day);
        let terms = self.noted(row, terms(fields));
        let speed = self.noted(row, limit(fields, "node_speedlimit"));
        let devices = self.noted(row, limit(fields, "node_connector"));
        let whole = name.as_ref().and_then(|(_, whole)| whole.clone()).unwrap_or_default();
        let note = self.noted(row, Note::parse(&fields.text("note").unwrap_or(whole)));
        let (u, d) = (self.noted(row, fields.number("u")), self.noted(row, fields.number("d")));
        let t = self.noted(row, fields.number("t"));
        let switch = self.noted(row, is_on(fields));
        let uuid = fields.text("uuid").or_else(|| fields.inner("v2ray_user", "uuid"));
        let uuid = uuid.map(|given| match uuid::Uuid::try_parse(&given) {
            Ok(uuid) => Ok(uuid.to_string()),
            Err(_) => Err(Fault::UuidBad { given }),
        });
        let uuid = self.noted(row, uuid.transpose());
        self.claims.push(Claim {
            row,
            id: id.flatten(),
            name: name.as_ref().map(|(name, _)| name.clone()),
            port: port.flatten(),
            uuid: uuid.clone().flatten(),
        });
        let draft = Draft {
            name: name?.0,
            port: port?,
            password: password?,
            method: method?,
            quota: quota?,
            expires: expires?,
            reset_day: reset_day?,
            terms: terms?,
            speed: speed?,
            devices: devices?,
            note: note?,
        };
        let mut user = self.app.complete(draft);
        user.id = id?;
        user.used = Usage { u: Bytes::new(u?), d: Bytes::new(d?) };
        user.t = self.time(t?);
        user.switch = switch?;
        user.uuid = uuid?.unwrap_or(user.uuid);
        Some(user)
    }

    /// What was read in a row; or `None`, after noting what is wrong with it.
    fn noted<T>(&mut self, row: usize, read: std::result::Result<T, Fault>) -> Option<T> {
        read.map_err(|fault| self.faults.push((row, fault))).ok()
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
