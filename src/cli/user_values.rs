//! What `mu-panel user add` and `set` say of a user, as options.

use super::complain;
use crate::{
    app::App,
    error::{Fault, Result},
    model::{
        Bytes, Date, Draft, Method, NodeAccess, Note, Password, ResetDay, Terms, Unit, limit_from, port_from,
        unless_never,
    },
};
use clap::{Args, ValueEnum};

#[derive(Args, Default, PartialEq)]
pub(super) struct Values {
    /// The port on every node [default: the next free one of `user ports`, from 20001]
    #[arg(long, value_name = "N")]
    port: Option<String>,
    /// The Shadowsocks password; empty for a new random one [default: 16 random characters, or the key that a 2022
    /// cipher needs]
    #[arg(long, value_name = "S")]
    passwd: Option<String>,
    /// The cipher [default: chacha20-ietf-poly1305]
    #[arg(long, value_name = "M")]
    pub(super) method: Option<String>,
    /// The traffic allowed until the counters are reset, such as `10GB`, `1.5 TiB` or `none`; a number without a unit
    /// is bytes [default: none]
    #[arg(long, value_name = "SIZE|none")]
    quota: Option<String>,
    /// The expiry date, the last day with access, such as 2027-12-31, or `never` [default: never]
    #[arg(long, value_name = "DATE|never")]
    expires: Option<String>,
    /// The monthly reset: the day of the month on which the counters go back to zero, or `never` [default: never]
    #[arg(long, value_name = "1-31|never")]
    reset_day: Option<String>,
    /// The number of days from first use until the user expires, or `never` [default: never]
    #[arg(long, value_name = "DAYS|never")]
    valid_days: Option<String>,
    /// Renew every month: the expiry date becomes the day before the next monthly reset, and moves a month at each
    /// reset [default: off]
    #[arg(long, value_name = "on|off")]
    renew: Option<Toggle>,
    /// The nodes that the user may use: their IDs, such as `1,3`, or `all` [default: all]
    #[arg(long, value_name = "IDS|all")]
    nodes: Option<String>,
    /// A note for yourself
    #[arg(long, value_name = "S")]
    note: Option<String>,
    /// The most Mbit/s each way, over all connections, or `none`; nodes that run mu-panel keep it [default: none]
    #[arg(long, value_name = "N|none")]
    speed: Option<String>,
    /// The most devices at the same time, or `none`; nodes that run mu-panel keep it [default: none]
    #[arg(long, value_name = "N|none")]
    devices: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Toggle {
    On,
    Off,
}

impl Values {
    /// Says which of the nodes that were named are not known yet: they may be, or it is a slip.
    pub(super) fn warn_of_nodes(&self, app: &App) -> Result<()> {
        let Some(NodeAccess::Only(named)) = self.nodes.as_deref().map(NodeAccess::parse).transpose()? else {
            return Ok(());
        };
        let nodes = app.store.nodes()?;
        for id in named.iter().filter(|id| !nodes.iter().any(|node| node.id == **id)) {
            complain(&format!("warning: there is no node {id} yet: `mu-panel node list` shows all"));
        }
        Ok(())
    }

    /// Puts what was named into a draft.
    pub(super) fn put_into(&self, draft: &mut Draft) -> Result<()> {
        let quota = |quota: &str| Ok(Bytes::parse_limit(quota, Unit::Byte)?.filter(|quota| quota.get() > 0));
        put(self.method.as_ref(), &mut draft.method, Method::parse)?;
        put(self.port.as_ref(), &mut draft.port, |port| port_from(port).map(Some))?;
        put(self.quota.as_ref(), &mut draft.quota, quota)?;
        put(self.expires.as_ref(), &mut draft.expires, |day| unless_never(day, Date::parse))?;
        put(self.reset_day.as_ref(), &mut draft.reset_day, ResetDay::parse_optional)?;
        if let Some(days) = &self.valid_days {
            draft.terms.valid_days = unless_never(days, Terms::days)?;
            if self.expires.is_none() && draft.terms.valid_days.is_some() {
                // The last day that the user has gives way to the one that is to come.
                draft.expires = None;
            }
        } else if draft.expires.is_some() {
            draft.terms.valid_days = None;
        }
        if draft.terms.valid_days.is_some() && draft.expires.is_some() {
            return Err(Fault::ValidityWithDate.into());
        }
        if let Some(renew) = self.renew {
            draft.terms.renews = renew == Toggle::On;
        }
        if draft.terms.renews && draft.reset_day.is_none() {
            return Err(Fault::RenewalWithoutDay.into());
        }
        put(self.nodes.as_ref(), &mut draft.terms.nodes, NodeAccess::parse)?;
        put(self.note.as_ref(), &mut draft.note, Note::parse)?;
        put(self.speed.as_ref(), &mut draft.speed, limit_from)?;
        put(self.devices.as_ref(), &mut draft.devices, limit_from)?;
        match self.passwd.as_deref() {
            Some("") => draft.password = None,
            Some(password) => draft.password = Some(Password::parse(password, draft.method)?),
            None => {
                // The stored password must fit the new method.
                draft.password.as_ref().map(|kept| Password::parse(kept.as_str(), draft.method)).transpose()?;
            }
        }
        Ok(())
    }
}

/// Puts what was given into a value, if it was.
pub(super) fn put<T>(
    given: Option<&String>,
    value: &mut T,
    read: impl FnOnce(&str) -> std::result::Result<T, Fault>,
) -> Result<()> {
    if let Some(given) = given {
        *value = read(given)?;
    }
    Ok(())
}
