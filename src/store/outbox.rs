//! Notices that wait to be delivered, and what has been told already.

use super::{
    Store,
    connection::{row, rows, run},
    let_in::{EXPIRED, OVER_QUOTA},
};
use crate::{
    error::Result,
    model::{Date, Happening, Time},
};
use rusqlite::{Connection, Row, params};

/// The most notices that wait; when there are more, the oldest is dropped.
const MAX_WAITING: i64 = 200;
/// The most failures that are kept to be shown.
const MAX_FAILED: i64 = 20;
/// The most subjects of one kind that are remembered once they were told.
const MAX_KNOWN: i64 = 1000;

/// A notice on its way to one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Never given twice.
    pub id: i64,
    /// The channel that it goes to.
    pub channel: String,
    /// What it says, as JSON.
    pub payload: String,
    /// When it came up.
    pub created: Time,
    /// How often it was tried.
    pub tries: u32,
    /// When it was given up, if it was.
    pub failed: Option<Time>,
    /// What stood in the way last.
    pub error: String,
}

/// Something that a notice is about: the id and name of it, and what makes it another case (a period, a day).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Of a user or node, or 0.
    pub id: i64,
    /// How it is called in the notice.
    pub name: String,
    /// Told anew when this is another.
    pub mark: String,
}

const COLUMNS: &str = "id, channel, payload, created, tries, failed, error";

impl Store {
    /// Puts a notice into the outbox, once for each channel.
    pub fn put_notice(&self, channels: Vec<String>, payload: String, now: Time) -> Result<()> {
        self.write(move |connection| {
            for channel in &channels {
                let sql = "INSERT INTO outbox (channel, payload, created, next_try) VALUES (?, ?, ?, ?)";
                run(connection, sql, params![channel, payload, now, now])?;
            }
            let sql = "DELETE FROM outbox WHERE failed IS NULL AND id <= \
                       (SELECT id FROM outbox WHERE failed IS NULL ORDER BY id DESC LIMIT 1 OFFSET ?)";
            let dropped = connection.execute(sql, [MAX_WAITING])?;
            if dropped > 0 {
                log::warn!("{dropped} notices were dropped: more than {MAX_WAITING} waited");
            }
            Ok(())
        })
    }

    /// The first notice of each channel that is due.
    pub fn due_notices(&self, now: Time) -> Result<Vec<Notice>> {
        self.read(|connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM outbox WHERE id IN (SELECT min(id) FROM outbox WHERE failed IS NULL \
                 AND next_try <= ? GROUP BY channel) ORDER BY id"
            );
            rows(connection, &sql, [now], notice)
        })
    }

    /// When the next notice is due, if any waits.
    pub fn next_notice(&self) -> Result<Option<Time>> {
        self.read(|connection| {
            let sql = "SELECT min(next_try) FROM outbox WHERE failed IS NULL";
            Ok(connection.query_row(sql, (), |row| row.get(0))?)
        })
    }

    /// Takes out a notice that was delivered.
    pub fn notice_sent(&self, id: i64) -> Result<()> {
        self.write(move |connection| run(connection, "DELETE FROM outbox WHERE id = ?", [id]).map(drop))
    }

    /// Keeps a notice that was not delivered: until `next_try`, or as one that was given up.
    pub fn notice_failed(&self, id: i64, now: Time, next_try: Option<Time>, error: String) -> Result<()> {
        let (due, failed) = match next_try {
            Some(at) => (at, None),
            None => (now, Some(now)),
        };
        self.write(move |connection| {
            let sql = "UPDATE outbox SET tries = tries + 1, next_try = ?2, failed = ?3, error = ?4 WHERE id = ?1";
            run(connection, sql, params![id, due, failed, error])?;
            let sql = "DELETE FROM outbox WHERE failed IS NOT NULL AND id NOT IN \
                       (SELECT id FROM outbox WHERE failed IS NOT NULL ORDER BY failed DESC, id DESC LIMIT ?)";
            run(connection, sql, [MAX_FAILED]).map(drop)
        })
    }

    /// How many wait, and those that were given up, the newest first.
    pub fn outbox(&self) -> Result<(i64, Vec<Notice>)> {
        self.read(|connection| {
            let waiting =
                connection.query_row("SELECT count(*) FROM outbox WHERE failed IS NULL", (), |row| row.get(0))?;
            let sql = format!("SELECT {COLUMNS} FROM outbox WHERE failed IS NOT NULL ORDER BY failed DESC, id DESC");
            Ok((waiting, rows(connection, &sql, (), notice)?))
        })
    }

    /// Drops what waits for a channel and what was given up there, as when it is taken away.
    pub fn empty_outbox(&self, channel: String) -> Result<()> {
        self.write(move |connection| run(connection, "DELETE FROM outbox WHERE channel = ?", [channel]).map(drop))
    }

    /// Compares what holds now with what was told: returns what is to be told, and the ids that do not hold any more.
    /// What was found by the very first comparison of a kind is only remembered.
    pub fn compare_told(&self, kind: Happening, now_true: Vec<Subject>) -> Result<(Vec<Subject>, Vec<i64>)> {
        self.write(move |connection| {
            let key = kind.key();
            let first = !is_known(connection, key)?;
            let sql = "SELECT subject, mark FROM told WHERE kind = ?";
            let told: Vec<(i64, String)> = rows(connection, sql, [key], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let begun: Vec<Subject> = now_true
                .iter()
                .filter(|subject| !told.iter().any(|(id, mark)| (*id, mark) == (subject.id, &subject.mark)))
                .cloned()
                .collect();
            let ended: Vec<i64> = told
                .iter()
                .map(|(id, _)| *id)
                .filter(|id| *id >= 0 && !now_true.iter().any(|subject| subject.id == *id))
                .collect();
            for subject in &begun {
                let sql = "INSERT OR REPLACE INTO told (kind, subject, mark) VALUES (?, ?, ?)";
                connection.execute(sql, params![key, subject.id, subject.mark])?;
            }
            for id in &ended {
                connection.execute("DELETE FROM told WHERE kind = ? AND subject = ?", params![key, id])?;
            }
            Ok((if first { Vec::new() } else { begun }, ended))
        })
    }

    /// Lets the next comparison of that kind count.
    pub fn look_at(&self, kind: Happening) -> Result<()> {
        self.write(move |connection| is_known(connection, kind.key()).map(drop))
    }

    /// Whether something comes up for the first time, and is not the first of its kind; it is remembered.
    pub fn is_news(&self, kind: Happening, subject: i64) -> Result<bool> {
        self.write(move |connection| {
            let key = kind.key();
            let first = !is_known(connection, key)?;
            let sql = "INSERT OR IGNORE INTO told (kind, subject, mark) VALUES (?, ?, '')";
            let new = connection.execute(sql, params![key, subject.max(0)])? > 0;
            let sql = "DELETE FROM told WHERE kind = ?1 AND subject >= 0 AND rowid NOT IN \
                       (SELECT rowid FROM told WHERE kind = ?1 ORDER BY rowid DESC LIMIT ?2)";
            connection.execute(sql, params![key, MAX_KNOWN])?;
            Ok(new && !first)
        })
    }

    /// Forgets what was told, once there is no channel for notices any more.
    pub fn forget_told(&self) -> Result<()> {
        self.write(|connection| run(connection, "DELETE FROM told WHERE kind <> 'sign-in'", ()).map(drop))
    }

    /// The users that notices of that kind are about, on the day `today`; those that end until `soon` end soon.
    pub fn users_to_tell(&self, kind: Happening, today: Date, soon: Date) -> Result<Vec<Subject>> {
        let (mark, condition) = match kind {
            Happening::QuotaNear => {
                ("period_started", format!("quota > 0 AND u >= quota - quota / 5 - d AND NOT {OVER_QUOTA}"))
            }
            Happening::QuotaOver => ("period_started", format!("quota > 0 AND {OVER_QUOTA}")),
            Happening::ExpiresSoon => ("expires", "renews = 0 AND expires BETWEEN :today AND :soon".to_owned()),
            Happening::Expired => ("expires", EXPIRED.to_owned()),
            _ => return Ok(Vec::new()),
        };
        let (today, soon) = (today.to_string(), soon.to_string());
        self.read(|connection| {
            let sql = format!(
                "SELECT id, name, CAST({mark} AS TEXT) FROM user WHERE deleted IS NULL AND switch = 1 AND {condition} \
                 AND :today <= :soon ORDER BY sort_name"
            );
            rows(connection, &sql, rusqlite::named_params! { ":today": today, ":soon": soon }, |row| {
                Ok(Subject { id: row.get(0)?, name: row.get(1)?, mark: row.get(2)? })
            })
        })
    }
}

/// Whether anything of that kind was looked at before; it has been from then on.
fn is_known(connection: &Connection, kind: &str) -> Result<bool> {
    let known = row(connection, "SELECT 1 FROM told WHERE kind = ? AND subject = -1", [kind], |_| Ok(()))?.is_some();
    if !known {
        connection.execute("INSERT INTO told (kind, subject, mark) VALUES (?, -1, '')", [kind])?;
    }
    Ok(known)
}

fn notice(row: &Row<'_>) -> rusqlite::Result<Notice> {
    Ok(Notice {
        id: row.get(0)?,
        channel: row.get(1)?,
        payload: row.get(2)?,
        created: row.get(3)?,
        tries: row.get(4)?,
        failed: row.get(5)?,
        error: row.get(6)?,
    })
}
