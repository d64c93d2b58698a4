//! Lists of users: some of them in some order, and how many there are of each kind.

use super::{
    Store,
    connection::{rows, unsound},
    let_in::{STATE, number},
    search::{AMONG, FOUND, folded},
    user_row::{COLUMNS, usage, user_from},
};
use crate::{
    error::Result,
    model::{Census, Date, Filter, Order, SOON_DAYS, State, TOMBSTONE_TTL, Time, Usage, User},
};
use rusqlite::named_params;
use std::num::ParseIntError;

impl Store {
    /// All users that nodes are told of: the active ones, and those removed less than 30 days ago. By id.
    pub fn listed_users(&self, now: Time) -> Result<Vec<User>> {
        self.read(|connection| rows(connection, &listed_sql(COLUMNS), [now - TOMBSTONE_TTL], user_from))
    }

    /// Whether there is a user who may not use every node.
    pub fn has_limited_users(&self) -> Result<bool> {
        self.read(|connection| {
            Ok(connection.prepare_cached("SELECT 1 FROM user WHERE nodes IS NOT NULL LIMIT 1")?.exists(())?)
        })
    }

    /// The users that a filter selects.
    pub fn users(&self, filter: &Filter, today: Date) -> Result<Vec<User>> {
        let sql = list_sql(filter);
        let (today, search) = (today.to_string(), folded(filter.search.trim()));
        self.read(|connection| {
            let named = named_params! {
                ":today": today, ":search": search, ":most": filter.most, ":skip": filter.skip,
                ":removed": filter.removed_since, ":active_since": filter.active_since,
                ":expires_by": filter.expires_by.map(|day| day.to_string()),
                ":among": filter.among.as_deref().map(in_one),
            };
            rows(connection, &sql, named, user_from)
        })
    }

    /// How many users there are in each state on the day `today`, of those that a search finds (all, if it is empty),
    /// and when the users of anything after `since` last did; and how many of them were removed after `removed`. One
    /// scan for all of it.
    pub fn census(&self, search: &str, today: Date, since: Time, removed: Time) -> Result<Census> {
        let found = if search.is_empty() { "TRUE" } else { FOUND };
        let in_state = |state| format!("count(*) FILTER (WHERE deleted IS NULL AND {STATE} = {})", number(state));
        let sql = format!(
            "SELECT count(*) FILTER (WHERE deleted IS NULL), {}, {}, {}, \
             coalesce(group_concat(t) FILTER (WHERE t > :since AND deleted IS NULL), ''), count(deleted), \
             count(*) FILTER (WHERE deleted IS NULL AND expires <= :soon AND renews = 0 AND {STATE} = 0) \
             FROM user WHERE (deleted IS NULL OR deleted > :removed) AND {found} \
             AND :today = :today AND :search = :search",
            in_state(State::Off),
            in_state(State::Expired),
            in_state(State::OverQuota),
        );
        let soon = today.plus_days(SOON_DAYS).to_string();
        let (today, search) = (today.to_string(), folded(search.trim()));
        self.read(|connection| {
            let named = named_params! {
                ":soon": soon, ":today": today, ":search": search, ":since": since, ":removed": removed
            };
            Ok(connection.prepare_cached(&sql)?.query_row(named, |row| {
                let (all, off, expired, over): (i64, i64, i64, i64) =
                    (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
                let recent: std::result::Result<Vec<Time>, ParseIntError> =
                    row.get_ref(4)?.as_str()?.split(',').filter(|t| !t.is_empty()).map(str::parse).collect();
                let recent = recent.map_err(|error| unsound(4, error))?;
                Ok(Census {
                    states: [all - off - expired - over, off, expired, over],
                    removed: row.get(5)?,
                    recent,
                    soon: row.get(6)?,
                })
            })?)
        })
    }

    /// How many of the users `among`, by id, a search finds (all, if it is empty) who are not removed.
    pub fn count_users(&self, search: &str, among: &[i64]) -> Result<i64> {
        let found = if search.is_empty() { "TRUE" } else { FOUND };
        let sql =
            format!("SELECT count(*) FROM user WHERE deleted IS NULL AND {AMONG} AND {found} AND :search = :search");
        let (search, among) = (folded(search.trim()), in_one(among));
        self.read(|connection| {
            let named = named_params! { ":search": search, ":among": among };
            Ok(connection.prepare_cached(&sql)?.query_row(named, |row| row.get(0))?)
        })
    }

    /// What all users used from `from` up to `to`, as reported.
    pub fn used_in_all(&self, from: Time, to: Time) -> Result<Usage> {
        self.read(|connection| {
            // A sum too large for an integer need not be exact.
            let sql =
                "SELECT CAST(total(u) AS INTEGER), CAST(total(d) AS INTEGER) FROM traffic WHERE hour >= ? AND hour < ?";
            Ok(connection.prepare_cached(sql)?.query_row([from, to], |row| usage(row, 0))?)
        })
    }
}

pub(super) fn listed_sql(columns: &str) -> String {
    format!("SELECT {columns} FROM user WHERE deleted IS NULL OR deleted > ? ORDER BY id")
}

fn in_one(ids: &[i64]) -> String {
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}

fn list_sql(filter: &Filter) -> String {
    let removed = filter.state == Some(State::Deleted);
    let mut wanted = if removed { "deleted > :removed" } else { "deleted IS NULL AND :removed = :removed" }.to_owned();
    if !filter.search.is_empty() {
        wanted = wanted + " AND " + FOUND;
    }
    if let Some(state) = filter.state
        && !removed
    {
        wanted = format!("{wanted} AND {STATE} = {}", number(state));
    }
    if filter.expires_by.is_some() {
        wanted = format!("{wanted} AND expires <= :expires_by AND renews = 0 AND {STATE} = 0");
    }
    if filter.active_since.is_some() {
        wanted += " AND t > :active_since";
    }
    if filter.among.is_some() {
        wanted = wanted + " AND " + AMONG;
    }
    let direction = if filter.descending { "DESC" } else { "ASC" };
    let order = match filter.order {
        Order::Name => "sort_name",
        Order::Port => "port",
        Order::Uploaded => "u",
        Order::Downloaded => "d",
        Order::Total => "CAST(u AS REAL) + d",
        Order::LastUsed => "t",
        Order::Expires => "expires IS NULL, expires",
        Order::Added => "id",
    };
    format!(
        "SELECT {COLUMNS} FROM user WHERE {wanted} AND :today = :today AND :search = :search \
         AND :expires_by IS :expires_by AND :active_since IS :active_since AND :among IS :among \
         ORDER BY {order} {direction}, id {direction} LIMIT :most OFFSET :skip"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::StatementStatus;

    /// A page of the list by name must not sort all users.
    #[test]
    fn the_order_of_names_comes_from_an_index() {
        let store = Store::in_memory().unwrap();
        for descending in [false, true] {
            let filter = Filter { descending, most: 50, ..Filter::default() };
            let plan = store
                .read(|connection| {
                    let mut query = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", list_sql(&filter)))?;
                    // What the parameters are does not matter to the plan.
                    let mut rows = query.raw_query();
                    let mut lines: Vec<String> = Vec::new();
                    while let Some(row) = rows.next()? {
                        lines.push(row.get("detail")?);
                    }
                    Ok(lines)
                })
                .unwrap();
            assert_eq!(plan, ["SCAN user USING INDEX user_by_sort_name"]);
        }
    }

    #[test]
    fn another_value_needs_no_other_plan() {
        let prepared_again = Store::in_memory().unwrap().read(|connection| {
            let mut query = connection.prepare(&list_sql(&Filter::default()))?;
            for value in [10, 20] {
                for place in 1..=query.parameter_count() {
                    query.raw_bind_parameter(place, value)?;
                }
                let mut rows = query.raw_query();
                while rows.next()?.is_some() {}
            }
            Ok(query.get_status(StatementStatus::RePrepare))
        });
        assert_eq!(prepared_again.unwrap(), 0);
    }
}
