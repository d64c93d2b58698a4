//! The settings as handlers see them: all of one moment.

use super::{App, lock};
use crate::{
    error::{Error, Result},
    model::Zone,
    store::{Setting, Settings},
};
use std::sync::Arc;

/// The level of `V2Ray` users if the setting does not say another.
const V2RAY_LEVEL: u32 = 2;

/// The settings as they were at one moment.
pub struct Snapshot {
    /// Each of them.
    pub values: Settings,
    /// The zone in which days begin.
    pub zone: Zone,
}

impl Snapshot {
    /// The value of one, if it is set.
    pub fn get(&self, setting: Setting) -> Option<&str> {
        self.values.get(setting)
    }

    /// The level that `V2Ray` users have.
    pub fn v2ray_level(&self) -> u32 {
        self.get(Setting::V2rayLevel).and_then(|level| level.parse().ok()).unwrap_or(V2RAY_LEVEL)
    }
}

impl App {
    /// The token that nodes bring.
    pub fn node_token(&self) -> Result<String> {
        Ok(self.settings()?.get(Setting::NodeToken).unwrap_or_default().to_owned())
    }

    /// The settings as they are now, including what another process has just changed.
    pub fn settings(&self) -> Result<Arc<Snapshot>> {
        let mut cached = lock(&self.snapshot);
        let seen = cached.as_ref().map(|(version, _)| *version);
        let Some((version, values)) = self.store.settings_since(seen)? else {
            let snapshot = cached.as_ref().map(|(_, snapshot)| Arc::clone(snapshot));
            return snapshot.ok_or_else(|| Error::internal("no settings"));
        };
        if let Some((of, snapshot)) = &mut *cached
            && snapshot.values == values
        {
            *of = version;
            return Ok(Arc::clone(snapshot));
        }
        let zone = values.get(Setting::TimeZone).and_then(Zone::named).unwrap_or_else(|| self.machine_zone.clone());
        let snapshot = Arc::new(Snapshot { values, zone });
        *cached = Some((version, Arc::clone(&snapshot)));
        Ok(snapshot)
    }
}
