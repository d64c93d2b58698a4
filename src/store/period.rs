//! Accounting periods: closing them by hand and when their day has come.

use super::{
    Store, capped,
    connection::{rows, run},
    event::{By, difference, record},
    user,
    user_row::usage,
};
use crate::{
    error::Result,
    model::{Actor, Date, Period, ResetDay, TOMBSTONE_TTL, Time, User, What, Zone},
};
use rusqlite::{Connection, params};

/// No counter's next beginning lies further ahead than this, unless the clock was wrong.
const MAX_MONTH_DAYS: i32 = 31;

/// 2011-01-01 UTC. A clock that shows an earlier time has not been set yet, as on a board without a battery.
const SET: Time = 1_293_840_000;

/// Months that ended in so many days are closed each on its own.
const MISSED_DAYS: i32 = 366;

impl Store {
    /// Closes a user's period at `now`: the usage goes into it, and the counters begin at zero.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::error::Error::NotFound).
    pub fn reset_user(&self, id: i64, now: Time) -> Result<User> {
        let by = self.by(now);
        self.write(move |connection| {
            user::active_user(connection, id, now)?;
            close_by_hand(connection, id, by)?;
            user::active_user(connection, id, now)
        })
    }

    /// The closed periods of a user, newest first.
    pub fn periods(&self, user: i64) -> Result<Vec<Period>> {
        self.read(|connection| {
            let sql = "SELECT started, ended, u, d FROM period WHERE user = ? ORDER BY ended DESC";
            rows(connection, sql, [user], |row| {
                Ok(Period { started: row.get(0)?, ended: row.get(1)?, usage: usage(row, 2)? })
            })
        })
    }

    /// Closes every period whose day has come by `now`, each month of the last year that was missed on its own. Those
    /// of users who were removed in the last 30 days are closed too, since they may be brought back.
    pub fn close_due(&self, now: Time, zone: Zone) -> Result<()> {
        if now < SET {
            return Ok(());
        }
        let today = zone.date(now);
        let due = self.read(|connection| due(connection, today, now))?;
        if due.is_empty() {
            return Ok(());
        }
        // Asked again, since another may have closed them in between.
        self.write(move |connection| close_all_due(connection, now, &zone))
    }
}

/// Closes every period whose day has come by `now`.
pub(super) fn close_all_due(connection: &Connection, now: Time, zone: &Zone) -> Result<()> {
    if now < SET {
        return Ok(());
    }
    let today = zone.date(now);
    for (id, day, next) in due(connection, today, now)? {
        close_until(connection, id, day, next, today, zone)?;
    }
    Ok(())
}

/// Closes a user's period now, by hand.
pub(super) fn close_by_hand(connection: &Connection, id: i64, by: By) -> Result<()> {
    close(connection, id, by)?;
    run(connection, "UPDATE user SET revision = revision + 1 WHERE id = ?", [id]).map(drop)
}

type Due = (i64, ResetDay, Date);

/// The users who are here or can be brought back, and whose next beginning has come, or lies so far ahead that the
/// clock must have been wrong when it was set.
fn due(connection: &Connection, today: Date, now: Time) -> Result<Vec<Due>> {
    let sql = "SELECT id, reset_day, next_reset FROM user \
         WHERE next_reset IS NOT NULL AND (next_reset <= ?1 OR next_reset > ?2) AND (deleted IS NULL OR deleted > ?3)";
    let mut query = connection.prepare_cached(sql)?;
    let ahead = today.plus_days(MAX_MONTH_DAYS).to_string();
    let mut rows = query.query(params![today.to_string(), ahead, now - TOMBSTONE_TTL])?;
    let mut due = Vec::new();
    while let Some(row) = rows.next()? {
        due.push((row.get(0)?, ResetDay::new(row.get(1)?)?, Date::parse(&row.get::<_, String>(2)?)?));
    }
    Ok(due)
}

fn close_until(connection: &Connection, id: i64, day: ResetDay, next: Date, today: Date, zone: &Zone) -> Result<()> {
    let mut next = next;
    if next > today.plus_days(MAX_MONTH_DAYS) {
        next = day.after(today);
    }
    while next <= today {
        close(connection, id, By { actor: Actor::Panel, now: zone.start_of(next) })?;
        // After years (a clock that began in 1970) the empty months before the last twelve are one.
        next = day.after(next.max(today.plus_days(-MISSED_DAYS)));
    }
    connection.execute("UPDATE user SET next_reset = ?2 WHERE id = ?1", params![id, next.to_string()])?;
    renew(connection, id, today, zone)
}

/// Moves the last day of a user who renews on to the day before the next reset.
fn renew(connection: &Connection, id: i64, today: Date, zone: &Zone) -> Result<()> {
    let by = By { actor: Actor::Panel, now: zone.start_of(today) };
    let Some(user) = user::get(connection, id, by.now)? else { return Ok(()) };
    let Some(last) = user.terms.renewed(user.next_reset) else { return Ok(()) };
    // A later day that was set by hand is not taken away.
    let last = user.expires.map_or(last, |day| day.max(last));
    let renewed = User { expires: Some(last), ..user.clone() };
    connection.execute("UPDATE user SET expires = ?2 WHERE id = ?1", params![id, last.to_string()])?;
    difference(&user, &renewed).map_or(Ok(()), |what| record(connection, by, id, &what))
}

/// Closes a user's period. A period that has already been closed at that very moment (the clock was set back) takes up
/// what came after it, so that no month stands there twice.
fn close(connection: &Connection, id: i64, by: By) -> Result<()> {
    let ended = by.now;
    let used = connection.prepare_cached("SELECT u, d FROM user WHERE id = ?")?.query_row([id], |row| usage(row, 0))?;
    let sql = format!(
        "INSERT INTO period (user, ended, started, u, d) \
         SELECT id, ?2, min(period_started, ?2), u, d FROM user WHERE id = ?1 \
         ON CONFLICT DO UPDATE SET started = min(started, excluded.started), {}, {}",
        capped("u", "excluded.u"),
        capped("d", "excluded.d"),
    );
    run(connection, &sql, [id, ended])?;
    run(connection, "UPDATE user SET u = 0, d = 0, period_started = ?2 WHERE id = ?1", [id, ended])?;
    record(connection, by, id, &What::Reset(used.total()))
}
