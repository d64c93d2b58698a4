//! What friends' apps are told of the panel: its title, where help is, and what goes without the proxy; and the level
//! of V2Ray users.

use super::form::{Field, Widget, nothing};
use crate::{
    app::Snapshot,
    error::Fault,
    model::{NodeName, narrow, optional},
    share::MAX_TITLE,
    store::Setting,
};

/// What the panel is called where the admin has not said.
const TITLE: &str = "mu-panel";

/// The longest address of help, in bytes.
const MAX_SUPPORT: usize = 200;

/// The schemes that apps open.
const SCHEMES: [&str; 4] = ["https://", "http://", "mailto:", "tg:"];

/// What friends' apps are told.
#[derive(Clone, Default)]
pub struct Sharing {
    title: String,
    support: String,
    china_direct: bool,
}

impl Sharing {
    /// As it is set.
    pub fn of(settings: &Snapshot) -> Self {
        let text = |setting| settings.get(setting).unwrap_or_default().to_owned();
        Self {
            title: text(Setting::PanelTitle),
            support: text(Setting::SupportUrl),
            china_direct: settings.get(Setting::ChinaDirect) == Some("1"),
        }
    }

    /// What the panel is called.
    pub fn title(&self) -> &str {
        if self.title.is_empty() { TITLE } else { &self.title }
    }

    /// Where help is, if that is set.
    pub fn support(&self) -> Option<&str> {
        Some(self.support.as_str()).filter(|support| !support.is_empty())
    }

    /// Whether what is in China goes there without the proxy.
    pub fn china_direct(&self) -> bool {
        self.china_direct
    }

    /// As it is kept.
    pub fn into_settings(self) -> Vec<(Setting, Option<String>)> {
        let set = |value: String| Some(value).filter(|value| !value.is_empty());
        vec![
            (Setting::PanelTitle, set(self.title)),
            (Setting::SupportUrl, set(self.support)),
            (Setting::ChinaDirect, self.china_direct.then(|| "1".to_owned())),
        ]
    }
}

/// The fields of it.
pub const SHARING: &[Field<Sharing>] = &[
    Field {
        name: "title",
        widget: Widget::Line,
        label: |text| text.sharing.title,
        hint: |text| text.sharing.title_hint,
        placeholder: |_| TITLE,
        show: |sharing| sharing.title.clone(),
        set: |sharing, typed| title_from(typed).map(|title| sharing.title = title),
    },
    Field {
        name: "support",
        widget: Widget::Code,
        label: |text| text.sharing.support,
        hint: |text| text.sharing.support_hint,
        placeholder: |_| "https://t.me/…",
        show: |sharing| sharing.support.clone(),
        set: |sharing, typed| support_from(typed).map(|support| sharing.support = support),
    },
    Field {
        name: "china_direct",
        widget: Widget::Tick,
        label: |text| text.sharing.china_direct,
        hint: nothing,
        placeholder: nothing,
        show: |sharing| if sharing.china_direct { "1".to_owned() } else { String::new() },
        set: |sharing, typed| {
            sharing.china_direct = typed == "1";
            Ok(())
        },
    },
];

/// The level of V2Ray users; `None`: the usual one.
pub const LEVEL: &[Field<Option<u16>>] = &[Field {
    name: "level",
    widget: Widget::Number,
    label: |text| text.sharing.level,
    hint: |text| text.sharing.level_hint,
    placeholder: |_| "2",
    show: |level| level.map_or_else(String::new, |level| level.to_string()),
    set: |level, typed| {
        let read = |typed: &str| {
            narrow(typed).parse().map_err(|_| Fault::LevelBad { given: typed.chars().take(40).collect() })
        };
        optional(typed, read).map(|read| *level = read)
    },
}];

/// The level that is set.
pub fn level_of(settings: &Snapshot) -> Option<u16> {
    settings.get(Setting::V2rayLevel).and_then(|level| level.parse().ok())
}

fn title_from(typed: &str) -> Result<String, Fault> {
    if typed.chars().count() > MAX_TITLE {
        return Err(Fault::TitleTooLong { most: MAX_TITLE });
    }
    Ok(NodeName::parse(typed)?.as_str().to_owned())
}

fn support_from(typed: &str) -> Result<String, Fault> {
    let sound = typed.len() <= MAX_SUPPORT && typed.bytes().all(|byte| byte.is_ascii_graphic());
    let known = SCHEMES.iter().any(|scheme| typed.len() > scheme.len() && typed.starts_with(scheme));
    if typed.is_empty() || sound && known {
        Ok(typed.to_owned())
    } else {
        Err(Fault::SupportBad { given: typed.chars().take(60).collect() })
    }
}
