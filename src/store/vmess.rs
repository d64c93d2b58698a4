//! How nodes carry VMess.

use super::Store;
use crate::{
    error::{Error, Fault, Result},
    model::{Network, Vmess},
};
use rusqlite::{Connection, OptionalExtension, Row, params};

const COLUMNS: &str = "port, network, path, host, tls, alone, node";

impl Store {
    /// How a node carries VMess, if it does.
    pub fn vmess_of(&self, node: i64) -> Result<Option<Vmess>> {
        self.read(|connection| of_node(connection, node))
    }

    /// The nodes that carry VMess, by id, and how.
    pub fn vmess_nodes(&self) -> Result<Vec<(i64, Vmess)>> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM vmess ORDER BY node"))?;
            let nodes = query.query_map((), |row| Ok((row.get(6)?, vmess_from(row)?)))?;
            Ok(nodes.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Says how a node carries VMess, or that it does not. `seen` is the [`Vmess::mark`] of what the asker saw; `None`
    /// sets it whatever it has become.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Fault::EditedMeanwhile`].
    pub fn set_vmess(&self, node: i64, seen: Option<String>, settings: Option<Vmess>) -> Result<()> {
        self.write(move |connection| {
            if !connection.prepare_cached("SELECT 1 FROM node WHERE id = ?")?.exists([node])? {
                return Err(Error::NotFound);
            }
            let present = of_node(connection, node)?;
            if seen.is_some_and(|seen| seen != Vmess::mark(present.as_ref())) {
                return Err(Error::Conflict(Fault::EditedMeanwhile));
            }
            connection.execute("DELETE FROM vmess WHERE node = ?", [node])?;
            if let Some(Vmess { port, network, host, tls, alone }) = settings {
                connection.execute(
                    "INSERT INTO vmess (node, port, network, path, host, tls, alone) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    params![node, port, network.name(), network.path(), host, tls, alone],
                )?;
            }
            Ok(())
        })
    }
}

fn of_node(connection: &Connection, node: i64) -> Result<Option<Vmess>> {
    let sql = format!("SELECT {COLUMNS} FROM vmess WHERE node = ?");
    Ok(connection.prepare_cached(&sql)?.query_row([node], vmess_from).optional()?)
}

fn vmess_from(row: &Row<'_>) -> rusqlite::Result<Vmess> {
    let (network, path): (String, String) = (row.get(1)?, row.get(2)?);
    let network = Network::parse(&network, &path).map_err(|fault| {
        rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, format!("{fault:?}").into())
    })?;
    Ok(Vmess { port: row.get(0)?, network, host: row.get(3)?, tls: row.get(4)?, alone: row.get(5)? })
}
