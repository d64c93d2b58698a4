//! What the panel's list says of a user.

use crate::{model::NO_LIMIT, node::meter::UNLIMITED};
use serde::{Deserialize, Serialize};

/// A user as the panel's list has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) passwd: String,
    pub(super) u: i64,
    pub(super) d: i64,
    pub(super) transfer_enable: i64,
    pub(super) port: u16,
    pub(super) switch: i64,
    pub(super) enable: i64,
    pub(super) method: String,
    /// Mbit/s; 0: any.
    #[serde(default)]
    pub(super) node_speedlimit: u64,
    /// Devices; 0: any.
    #[serde(default)]
    pub(super) node_connector: u32,
}

/// What is kept for a start without the panel.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Known {
    /// In thousandths.
    pub(super) rate: u64,
    pub(super) users: Vec<Row>,
}

#[derive(Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<T>,
}

#[derive(Deserialize)]
pub(super) struct NodeRow {
    pub(super) id: i64,
    pub(super) traffic_rate: f64,
}

/// The sum of the meter at which a user has used what they may.
pub(super) fn cap(row: &Row, rate: u64, taken: (u64, u64), owed: u64) -> u64 {
    let whole = |number: i64| u64::try_from(number).unwrap_or(0);
    let limit = whole(row.transfer_enable);
    if limit >= NO_LIMIT.unsigned_abs() || rate == 0 {
        return UNLIMITED;
    }
    let left = limit.saturating_sub(whole(row.u)).saturating_sub(whole(row.d));
    let through_here = u64::try_from(u128::from(left) * 1000 / u128::from(rate)).unwrap_or(u64::MAX - 1);
    taken.0.saturating_add(taken.1).saturating_add(through_here.saturating_sub(owed)).min(UNLIMITED - 1)
}

/// Reads the list of users. A row that is no user makes all of it an error: left out, its user would not be served.
pub(super) fn read_rows(body: &[u8]) -> Result<Vec<Row>, String> {
    let list: List<Row> =
        serde_json::from_slice(body).map_err(|error| format!("the list of users cannot be read: {error}"))?;
    Ok(list.data)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(limit: i64, u: i64, d: i64) -> Row {
        let body = format!(
            r#"{{"ret":1,"data":[{{"id":1,"passwd":"p","t":0,"u":{u},"d":{d},"transfer_enable":{limit},
            "port":20001,"switch":1,"enable":1,"method":"aes-256-gcm","email":"a"}}]}}"#
        );
        read_rows(body.as_bytes()).unwrap().remove(0)
    }

    #[test]
    fn a_cap_is_what_the_panel_leaves_less_what_it_does_not_know() {
        for (limit, u, d, rate, taken, owed, cap_is) in [
            (1000, 100, 200, 1000, (50, 50), 0, 800),
            (1000, 100, 200, 1000, (50, 50), 60, 740),
            (1000, 100, 200, 2000, (50, 50), 60, 390),
            (1000, 100, 200, 500, (0, 0), 0, 1400),
            (1000, 800, 300, 1000, (7, 0), 0, 7),
            (-1, 0, 0, 1000, (7, 0), 0, 7),
            (1000, 0, 0, 1000, (7, 0), 5000, 7),
            (1000, 0, 0, 0, (7, 0), 0, UNLIMITED),
            (1 << 50, 0, 0, 1000, (7, 0), 0, UNLIMITED),
            (1 << 62, 1 << 51, 0, 1000, (7, 0), 0, UNLIMITED),
        ] {
            assert_eq!(cap(&row(limit, u, d), rate, taken, owed), cap_is, "{limit} {u} {d} {rate} {taken:?} {owed}");
        }
    }
}
