//! The defaults of a new user.

use super::App;
use crate::{
    error::Result,
    model::{Bytes, Date, Draft, Method, Name, PortRange, ResetDay, Time},
    store::{Setting, Settings},
};

/// The values of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Defaults {
    /// The cipher.
    pub method: Method,
    /// `None`: no limit.
    pub quota: Option<Bytes>,
    /// `None`: counters run on.
    pub reset_day: Option<ResetDay>,
    /// After how many days a user expires; `None`: never.
    pub days: Option<i32>,
    /// From which ports the next free one is taken.
    pub ports: PortRange,
}

impl Defaults {
    /// The settings that keep them.
    pub const SETTINGS: [Setting; 5] = [
        Setting::DefaultMethod,
        Setting::DefaultQuota,
        Setting::DefaultResetDay,
        Setting::DefaultDays,
        Setting::PortRange,
    ];

    /// Those that are set.
    pub fn from_settings(settings: &Settings) -> Self {
        let get = |setting| settings.get(setting);
        Self {
            method: get(Setting::DefaultMethod).and_then(Method::from_stored).unwrap_or_default(),
            quota: get(Setting::DefaultQuota).and_then(|text| Bytes::parse(text).ok()),
            reset_day: get(Setting::DefaultResetDay).and_then(|text| ResetDay::parse(text).ok()),
            days: get(Setting::DefaultDays).and_then(|text| text.parse().ok()),
            ports: get(Setting::PortRange).and_then(|text| PortRange::parse(text).ok()).unwrap_or_default(),
        }
    }

    /// As they are kept.
    pub fn into_settings(self) -> Vec<(Setting, Option<String>)> {
        let method = (self.method != Method::default()).then(|| self.method.name().to_owned());
        let ports = (self.ports != PortRange::default()).then(|| self.ports.to_string());
        vec![
            (Setting::PortRange, ports),
            (Setting::DefaultMethod, method),
            (Setting::DefaultQuota, self.quota.map(|quota| quota.get().to_string())),
            (Setting::DefaultResetDay, self.reset_day.map(|day| day.get().to_string())),
            (Setting::DefaultDays, self.days.map(|days| days.to_string())),
        ]
    }

    /// A draft without a name, for a user added on the day `today`.
    pub fn draft(&self, today: Date) -> Draft {
        Draft {
            method: self.method,
            quota: self.quota,
            reset_day: self.reset_day,
            expires: self.days.map(|days| today.plus_days(days)),
            ..Draft::named(Name::from_stored(String::new()))
        }
    }
}

impl App {
    /// The defaults of a new user.
    pub fn defaults(&self) -> Result<Defaults> {
        Ok(Defaults::from_settings(&self.settings()?.values))
    }

    /// A draft of a new user with every default.
    pub fn draft(&self, name: Name, now: Time) -> Result<Draft> {
        Ok(Draft { name, ..self.defaults()?.draft(self.today(now)?) })
    }
}
