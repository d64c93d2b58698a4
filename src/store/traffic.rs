//! Traffic: taking in reports, and their history. A row of it is an hour, cut short where a day begins within the hour
//! (in India at half past), so that each row belongs to one day; after three months it is a day.

use super::{
    Pending, Store, capped,
    changes::Changes,
    connection::{row, rows, run},
    event::{By, difference, record},
    node_report, period, user,
};
use crate::{
    error::{Fault, Result},
    model::{Actor, Bytes, Date, Key, LeftOut, Rate, Report, Row, Skipped, Time, Usage, Verdict, Zone},
};
use rusqlite::{CachedStatement, Connection, ffi, params};
use std::sync::{Arc, LazyLock};

/// How long the answer to an Idempotency-Key is kept: 24 hours.
const RECEIPT_TTL: Time = 86_400;
/// How many of the newest are kept however old they are: when the clock is set ahead, what was under way still counts
/// once.
const MIN_RECEIPTS: i64 = 1_000;
/// How many are kept of one node, so that one with ever new keys does not fill the disk.
const MAX_RECEIPTS_OF_NODE: i64 = 2_000;
/// How many rows that were left out are named in an answer that is kept.
const MAX_NAMED_IN_RECEIPT: usize = 10;
/// Hours that are this much older than today are folded into days.
const HOURLY_DAYS: i32 = 92;

// The history and the node's total stop at the largest number: they are looked at, not charged for.
static KEEP: LazyLock<String> = LazyLock::new(|| {
    let (u, d) = (capped("u", "?4"), capped("d", "?5"));
    format!("UPDATE traffic SET {u}, {d} WHERE hour = ?1 AND user = ?2 AND node = ?3")
});
const BEGIN: &str = "INSERT INTO traffic (hour, user, node, u, d) VALUES (?1, ?2, ?3, ?4, ?5)";
static TOTAL: LazyLock<String> = LazyLock::new(|| {
    format!(
        "UPDATE node SET last_push = ?2, removed = NULL, {}, {} WHERE id = ?1",
        capped("u", "?3"),
        capped("d", "?4")
    )
});

/// Messages for a report that was taken in, for its answer and for the node's page.
#[derive(Clone, Copy)]
pub struct Messages {
    /// The answer to the node, given what was left out.
    pub answer: fn(&LeftOut) -> String,
    /// One line on what was left out.
    pub refusal: fn(&LeftOut) -> String,
    /// One line on why nothing was taken in.
    pub fault: fn(&Fault) -> String,
}

impl Store {
    /// Takes in what one node reports, in one transaction, and returns the answer to it. If there are rows and none can
    /// be used, that is [`Fault::BatchUnusable`], and nothing is added but a line on the node's page. If `key` was seen
    /// in the last 24 hours or is one of the newest, nothing is added, and the answer is the first one.
    pub fn take_in(&self, report: Report, key: Option<Key>, messages: Messages, now: Time) -> Pending<Verdict<String>> {
        let changes = Arc::clone(self.writer.changes());
        self.pend(move |connection| {
            if let Some(key) = &key {
                let sql = "SELECT answer FROM receipt WHERE call IN (?1, '') AND key = ?2 \
                    AND (at > ?3 OR turn > (SELECT max(turn) FROM receipt) - ?4)";
                let given = params![key.call, key.name, now - RECEIPT_TTL, MIN_RECEIPTS];
                if let Some(answer) = row(connection, sql, given, |row| row.get(0))? {
                    return Ok(Verdict::Accepted(answer));
                }
            }
            let node = report.node;
            let sql = "SELECT rate FROM node WHERE id = ?";
            let rate: Option<i64> = row(connection, sql, [node], |row| row.get(0))?;
            if rate.is_none() {
                node_report::check_room(connection, node)?;
            }
            if report.closing {
                period::close_all_due(connection, now, &report.zone)?;
            }
            let mut skipped = match add(connection, &changes, &report, rate, messages, now)? {
                Verdict::Accepted(skipped) => skipped,
                Verdict::Refused(fault) => {
                    node_report::refuse(connection, node, &(messages.fault)(&fault), now)?;
                    return Ok(Verdict::Refused(fault));
                }
            };
            if key.is_some() {
                skipped.name_at_most(MAX_NAMED_IN_RECEIPT);
            }
            let answer = (messages.answer)(&skipped);
            if let Some(key) = &key {
                keep_receipt(connection, node, key, &answer, now)?;
            }
            Ok(Verdict::Accepted(answer))
        })
    }

    /// Folds hours that are older than three months into days, and drops what is kept for a day only.
    pub fn fold(&self, now: Time, zone: Zone) -> Result<()> {
        self.write(move |connection| {
            // One that is more than a day ahead is of a clock that was wrong.
            let sql = "DELETE FROM receipt WHERE turn <= (SELECT max(turn) FROM receipt) - ?1 AND abs(at - ?2) >= ?3";
            connection.execute(sql, [MIN_RECEIPTS, now, RECEIPT_TTL])?;
            let today = zone.date(now);
            let end = zone.start_of(today.plus_days(-HOURLY_DAYS));
            let sql = "SELECT value FROM setting WHERE name = 'folded_until'";
            let folded: Option<String> = row(connection, sql, (), |row| row.get(0))?;
            // A day that is yet to come was written by a clock that was ahead: since then hours before it have been
            // added.
            let folded = folded.and_then(|date| Date::parse(&date).ok()).filter(|date| *date <= today);
            let mut from = folded.map_or(0, |date| zone.start_of(date));
            let mut any = false;
            let sql = "SELECT min(hour) FROM traffic WHERE hour >= ?1 AND hour < ?2";
            // From one day that has anything to the next: a clock that is far ahead has many that have nothing.
            while let Some(hour) =
                connection.prepare_cached(sql)?.query_row([from, end], |row| row.get::<_, Option<Time>>(0))?
            {
                let next = zone.date(hour).plus_days(1);
                fold_day(connection, zone.start_of(zone.date(hour)), zone.start_of(next))?;
                from = zone.start_of(next).max(hour + 1);
                any = true;
            }
            if any {
                connection.execute(
                    "INSERT OR REPLACE INTO setting (name, value) VALUES ('folded_until', ?)",
                    [zone.date(end).to_string()],
                )?;
            }
            Ok(())
        })
    }
}

/// Makes one row a user and node of the hours from `start` up to `end`.
fn fold_day(connection: &Connection, start: Time, end: Time) -> Result<()> {
    let sql = format!(
        "INSERT INTO traffic (hour, user, node, u, d) \
         SELECT ?1, user, node, u, d FROM traffic WHERE hour > ?1 AND hour < ?2 ON CONFLICT DO UPDATE SET {}, {}",
        capped("u", "excluded.u"),
        capped("d", "excluded.d"),
    );
    run(connection, &sql, [start, end])?;
    run(connection, "DELETE FROM traffic WHERE hour > ?1 AND hour < ?2", [start, end]).map(drop)
}

/// Keeps the answer to a key, and drops the oldest ones of the node.
fn keep_receipt(connection: &Connection, node: i64, key: &Key, answer: &str, now: Time) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO receipt (call, key, at, answer, node) VALUES (?, ?, ?, ?, ?)";
    run(connection, sql, params![key.call, key.name, now, answer, node])?;
    let sql = "DELETE FROM receipt WHERE node = ?1 AND turn <= \
        (SELECT turn FROM receipt WHERE node = ?1 ORDER BY turn DESC LIMIT 1 OFFSET ?2)";
    run(connection, sql, [node, MAX_RECEIPTS_OF_NODE]).map(drop)
}

/// The statements that every row goes through, looked up once a report.
struct Adder<'c> {
    connection: &'c Connection,
    count: CachedStatement<'c>,
    /// Adds to the row of the history.
    keep: CachedStatement<'c>,
    /// Begins that row, which is there already in most reports.
    begin: CachedStatement<'c>,
    node: i64,
    /// Whether the node is there.
    met: bool,
    rate: Rate,
    now: Time,
    /// The first second of the row of the history.
    hour: Time,
}

/// Adds what can be used at the node's rate, `None` if it is not there yet, and says what was left out; nothing is
/// written if that is all of it.
fn add(
    connection: &Connection,
    changes: &Arc<Changes>,
    report: &Report,
    rate: Option<i64>,
    messages: Messages,
    now: Time,
) -> Result<Verdict<LeftOut>> {
    let Report { node, rows, zone, .. } = report;
    let (node, mut skipped) = (*node, report.skipped.clone());
    let mut adder = Adder {
        connection,
        count: connection.prepare_cached("UPDATE user SET u = u + ?2, d = d + ?3, t = ?4 WHERE id = ?1")?,
        keep: connection.prepare_cached(&KEEP)?,
        begin: connection.prepare_cached(BEGIN)?,
        node,
        met: rate.is_some(),
        rate: rate.map_or(Ok(Rate::default()), Rate::new)?,
        now,
        hour: zone.row_at(now),
    };
    // What is the same in each row is bound once.
    adder.count.raw_bind_parameter(4, now)?;
    adder.keep.raw_bind_parameter(1, adder.hour)?;
    adder.keep.raw_bind_parameter(3, node)?;
    let all = rows.len() + skipped.count();
    let mut sum = Usage::default();
    changes.noted(connection, rows.iter().map(|row| row.user), || {
        for row in rows {
            match adder.add(*row)? {
                Verdict::Accepted(()) => sum = sum.plus(Usage { u: Bytes::new(row.u), d: Bytes::new(row.d) }),
                Verdict::Refused(why) => skipped.push(|| Skipped { user_id: row.user.to_string(), why }),
            }
        }
        Ok(())
    })?;
    if let Some(first) = skipped.named.first()
        && skipped.count() == all
    {
        return Ok(Verdict::Refused(Fault::BatchUnusable { rows: all, first: Box::new(first.why.clone()) }));
    }
    adder.add_node_if_new()?;
    begin_validity(connection, now, zone)?;
    run(connection, &TOTAL, [node, now, sum.u.get(), sum.d.get()])?;
    if skipped.count() > 0 {
        node_report::refuse(connection, node, &(messages.refusal)(&skipped), now)?;
    }
    Ok(Verdict::Accepted(skipped))
}

/// Gives the users whose days count from their first use a last day, if that was now.
fn begin_validity(connection: &Connection, now: Time, zone: &Zone) -> Result<()> {
    // The index of users that have not begun yet is mostly empty.
    let sql = "SELECT id, valid_days FROM user WHERE valid_days IS NOT NULL AND t = ?";
    for (id, days) in rows(connection, sql, [now], |row| Ok((row.get(0)?, row.get(1)?)))? {
        let Some(user) = user::get(connection, id, now)? else { continue };
        let mut valid = user.clone();
        valid.terms.valid_days = None;
        valid.expires = user.expires.or(Some(zone.date(now).plus_days(days)));
        let sql = "UPDATE user SET expires = ?2, valid_days = NULL WHERE id = ?1";
        run(connection, sql, params![id, valid.expires.map(|date| date.to_string())])?;
        if let Some(what) = difference(&user, &valid) {
            record(connection, By { actor: Actor::Panel, now }, id, &what)?;
        }
    }
    Ok(())
}

/// Whether a sum was too large: SQLite makes a float of it, which a column of integers does not take.
fn is_overflow(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_CONSTRAINT_DATATYPE)
}

/// How many rows a statement changes with those parameters, beside the ones that it has.
fn changed(statement: &mut CachedStatement<'_>, parameters: [(usize, i64); 3]) -> rusqlite::Result<usize> {
    for (number, value) in parameters {
        statement.raw_bind_parameter(number, value)?;
    }
    statement.raw_execute()
}

impl Adder<'_> {
    /// Adds one row, or says why it cannot be used.
    fn add(&mut self, row: Row) -> Result<Verdict<()>> {
        let (Ok(u), Ok(d)) = (self.rate.count(row.u), self.rate.count(row.d)) else {
            return Ok(Verdict::Refused(Fault::CounterFull));
        };
        if row.u == 0 && row.d == 0 {
            // A row without traffic does not count as the last use.
            let exists = self.exists(row.user)?;
            return Ok(if exists { Verdict::Accepted(()) } else { Verdict::Refused(Fault::UserUnknown) });
        }
        match changed(&mut self.count, [(1, row.user), (2, u), (3, d)]) {
            Ok(0) => return Ok(Verdict::Refused(Fault::UserUnknown)),
            Err(error) if is_overflow(&error) => return Ok(Verdict::Refused(Fault::CounterFull)),
            counted => counted?,
        };
        self.add_node_if_new()?;
        if changed(&mut self.keep, [(2, row.user), (4, row.u), (5, row.d)])? == 0 {
            self.begin.execute([self.hour, row.user, self.node, row.u, row.d])?;
        }
        Ok(Verdict::Accepted(()))
    }

    /// Adds the node if it is not there.
    fn add_node_if_new(&mut self) -> Result<()> {
        if !self.met {
            node_report::add_if_new(self.connection, self.node, self.now)?;
            self.met = true;
        }
        Ok(())
    }

    fn exists(&self, user: i64) -> Result<bool> {
        Ok(self.connection.prepare_cached("SELECT 1 FROM user WHERE id = ?")?.exists([user])?)
    }
}
