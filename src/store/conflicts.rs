//! Conflicts of users that are to be added.

use super::{
    Store,
    user::{check_name_is_free, check_port_is_free},
};
use crate::{
    error::{Error, Fault, Result},
    model::{NewUser, Time},
};
use std::collections::HashSet;

impl Store {
    /// Every conflict of `users`, with existing users or with one another, each with its place in the list.
    pub fn conflicts(&self, users: &[NewUser], now: Time) -> Result<Vec<Fault>> {
        self.read_at_once(|connection| {
            let mut found = Vec::new();
            let (mut ids, mut ports, mut uuids) = (HashSet::new(), HashSet::new(), HashSet::new());
            for (row, user) in (1..).zip(users) {
                let mut note = |fault| found.push(Fault::ImportRow { row, fault: Box::new(fault) });
                let mut judge = |judged: Result<()>| match judged {
                    Err(Error::Conflict(fault)) => {
                        note(fault);
                        Ok(())
                    }
                    other => other,
                };
                judge(check_name_is_free(connection, user.draft.name.as_str(), None))?;
                if let Some(port) = user.draft.port {
                    let twice = Err(Error::Conflict(Fault::PortTaken { port }));
                    judge(if ports.insert(port) { check_port_is_free(connection, port, None, now) } else { twice })?;
                }
                if let Some(id) = user.id {
                    let here = connection.prepare_cached("SELECT 1 FROM user WHERE id = ?")?.exists([id])?;
                    if here || !ids.insert(id) {
                        judge(Err(Error::Conflict(Fault::ImportIdTaken { id })))?;
                    }
                }
                let here = connection.prepare_cached("SELECT 1 FROM user WHERE uuid = ?")?.exists([&user.uuid])?;
                if here || !uuids.insert(&user.uuid) {
                    judge(Err(Error::Conflict(Fault::ImportUuidTaken { uuid: user.uuid.clone() })))?;
                }
            }
            Ok(found)
        })
    }
}
