//! How nodes carry VMess.

use super::{
    Store, change,
    connection::{row, rows, run, unsound},
};
use crate::{
    error::{Error, Fault, Result},
    model::{Network, Time, Vmess},
};
use rusqlite::{Connection, Row, params};

const COLUMNS: &str = "port, network, path, host, tls, alone, node";

impl Store {
    /// How a node carries VMess, if it does.
    pub fn vmess_of(&self, node: i64) -> Result<Option<Vmess>> {
        self.read(|connection| of_node(connection, node))
    }

    /// The nodes that carry VMess, by id, and how.
    pub fn vmess_nodes(&self) -> Result<Vec<(i64, Vmess)>> {
        self.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM vmess ORDER BY node");
            rows(connection, &sql, (), |row| Ok((row.get(6)?, vmess_from(row)?)))
        })
    }

    /// Sets how a node carries VMess, or that it does not; that confirms the node. `revision` is that of the node when
    /// the caller read it; `None` sets it whatever the node has become.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Fault::EditedMeanwhile`].
    pub fn set_vmess(&self, node: i64, revision: Option<i64>, settings: Option<Vmess>, now: Time) -> Result<()> {
        let by = self.by(now);
        self.write(move |connection| {
            let before = of_node(connection, node)?;
            let present: Option<i64> =
                row(connection, "SELECT revision FROM node WHERE id = ?", [node], |row| row.get(0))?;
            if revision.is_some_and(|seen| Some(seen) != present) {
                return Err(present.map_or(Error::NotFound, |_| Error::Conflict(Fault::EditedMeanwhile)));
            }
            let sql = "UPDATE node SET revision = revision + 1, confirmed = 1 WHERE id = ?";
            if run(connection, sql, [node])? == 0 {
                return Err(Error::NotFound);
            }
            connection.execute("DELETE FROM vmess WHERE node = ?", [node])?;
            if let Some(Vmess { port, network, host, tls, alone }) = settings {
                let sql =
                    "INSERT INTO vmess (node, port, network, path, host, tls, alone) VALUES (?, ?, ?, ?, ?, ?, ?)";
                run(connection, sql, params![node, port, network.name(), network.path(), host, tls, alone])?;
            }
            let after = of_node(connection, node)?;
            change::record(connection, by, node, &change::of_vmess(before.as_ref(), after.as_ref()))
        })
    }
}

fn of_node(connection: &Connection, node: i64) -> Result<Option<Vmess>> {
    row(connection, &format!("SELECT {COLUMNS} FROM vmess WHERE node = ?"), [node], vmess_from)
}

fn vmess_from(row: &Row<'_>) -> rusqlite::Result<Vmess> {
    let (network, path): (String, String) = (row.get(1)?, row.get(2)?);
    let network = Network::parse(&network, &path).map_err(|fault| unsound(1, fault))?;
    Ok(Vmess { port: row.get(0)?, network, host: row.get(3)?, tls: row.get(4)?, alone: row.get(5)? })
}
