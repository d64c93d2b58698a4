//! Conflicts of users that are to be added.

use super::{
    Store,
    user::{check_id_is_free, check_name_is_free, check_port_is_free, check_uuid_is_free},
};
use crate::{
    error::{Error, Fault, Result},
    model::{Name, Time},
};
use std::collections::HashSet;

/// What a user who is to be added wants to have alone.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The place in the list.
    pub row: usize,
    /// The id, if it is not a new one.
    pub id: Option<i64>,
    /// The name.
    pub name: Option<Name>,
    /// The port, if it is not the next free one.
    pub port: Option<u16>,
    /// The V2Ray identity, if it is not a new one.
    pub uuid: Option<String>,
}

impl Store {
    /// Every conflict of the claims, with existing users or with one another, each with its place in the list. Names
    /// are compared with those of existing users only.
    pub fn conflicts(&self, claims: Vec<Claim>, now: Time) -> Result<Vec<(usize, Fault)>> {
        self.read_at_once(|connection| {
            let mut found = Vec::new();
            let (mut ids, mut ports, mut uuids) = (HashSet::new(), HashSet::new(), HashSet::new());
            for Claim { row, id, name, port, uuid } in claims {
                let mut judge = |judged: Result<()>| match judged {
                    Err(Error::Conflict(fault)) => {
                        found.push((row, fault));
                        Ok(())
                    }
                    other => other,
                };
                if let Some(name) = name {
                    judge(check_name_is_free(connection, name.as_str(), None))?;
                }
                if let Some(port) = port {
                    let twice = Err(Error::Conflict(Fault::PortTaken { port }));
                    judge(if ports.insert(port) { check_port_is_free(connection, port, None, now) } else { twice })?;
                }
                if let Some(id) = id {
                    let twice = Err(Error::Conflict(Fault::ImportIdTaken { id }));
                    judge(if ids.insert(id) { check_id_is_free(connection, id) } else { twice })?;
                }
                if let Some(uuid) = uuid {
                    let twice = Err(Error::Conflict(Fault::ImportUuidTaken { uuid: uuid.clone() }));
                    judge(if uuids.insert(uuid.clone()) { check_uuid_is_free(connection, &uuid) } else { twice })?;
                }
            }
            Ok(found)
        })
    }
}
