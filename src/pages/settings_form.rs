//! The forms of the settings: their fields, and saving one so that of two tabs the second is told.

use super::{
    defaults_form::DEFAULTS,
    flash::{self, Flash},
    form::{Field, Form, Group, Widget, nothing},
    origin,
    sharing::{LEVEL, SHARING, Sharing, level_of},
    view::View,
};
use crate::{
    app::{Defaults, Snapshot},
    error::{Error, Fault, Result},
    http::Reply,
    model::{Zone, optional},
    store::Setting,
    text::{Language, Text},
};

/// How often a save is tried again that another one came before.
pub const RETRIES: usize = 3;

/// Settings with their values; `None` takes one back.
pub type Values = Vec<(Setting, Option<String>)>;

/// A form of settings.
pub struct SettingsForm<'a, T: 'static> {
    /// Its fields.
    pub table: &'static [Field<T>],
    /// What the ids of its fields begin with.
    pub prefix: &'a str,
    /// What is set.
    pub of: &'a dyn Fn(&Snapshot) -> T,
    /// What is to be set.
    pub into: &'a dyn Fn(T) -> Values,
    /// What is said once it is saved.
    pub done: Flash,
    /// The page that it is on.
    pub page: &'static str,
}

impl<T> SettingsForm<'_, T> {
    /// As it is set.
    pub fn form(&self, settings: &Snapshot, text: &'static Text) -> Form<T> {
        Form::of(self.table, &(self.of)(settings), text).prefixed(self.prefix)
    }

    /// Saves what was sent; or `again` makes the page with what stands in the way, and that status.
    pub fn save(&self, view: &View<'_>, again: impl FnOnce(u16, Form<T>) -> Result<Reply>) -> Result<Reply> {
        for _ in 0..RETRIES {
            let settings = view.app.settings()?;
            let now = (self.of)(&settings);
            let mut form = Form::typed(self.table, &now, view.form(), view.text).prefixed(self.prefix);
            let conflict = form.merge(&now, view.text);
            let Some(value) = form.read(now, view.text) else { return again(400, form) };
            if conflict {
                return again(409, form);
            }
            let values = (self.into)(value);
            let done = if is_saved(&settings, &values) { Flash::Unchanged } else { self.done };
            match view.write(|| save(view, &settings, values)) {
                Ok(true) => return Ok(flash::redirect(view.request, done, 0, &view.request.at(self.page))),
                Ok(false) => {}
                Err(error) => {
                    let status = form.refuse(error, view.text)?;
                    return again(status, form);
                }
            }
        }
        Err(Error::Busy(Fault::Locked))
    }
}

/// Whether all of it is set already.
pub fn is_saved(settings: &Snapshot, values: &Values) -> bool {
    values.iter().all(|(setting, value)| settings.get(*setting) == value.as_deref())
}

/// Sets what was decided on by looking at `settings`; `false` if another save came between the two.
pub fn save(view: &View<'_>, settings: &Snapshot, values: Values) -> Result<bool> {
    match view.app.store.change_seen_settings(settings.values.revision(), values, view.now()) {
        Ok(()) => Ok(true),
        Err(Error::Conflict(Fault::EditedMeanwhile)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The zone in which days begin.
pub const ZONE: SettingsForm<'_, Option<String>> = SettingsForm {
    table: &[Field {
        name: "zone",
        widget: Widget::Code,
        label: |text| text.preferences.zone,
        hint: nothing,
        placeholder: |text| text.preferences.zone_machine,
        show: |zone| zone.clone().unwrap_or_default(),
        set: |zone, typed| {
            let unknown = || Fault::ZoneUnknown { given: typed.chars().take(40).collect() };
            let read = |typed: &str| Zone::of_city(typed).map(|zone| zone.name()).ok_or_else(unknown);
            optional(typed, read).map(|read| *zone = read)
        },
    }],
    prefix: "",
    of: &|settings| settings.get(Setting::TimeZone).map(str::to_owned),
    into: &|zone| vec![(Setting::TimeZone, zone)],
    done: Flash::ZoneChanged,
    page: "/settings",
};

/// The address by which others reach the panel, such as `https://panel.example.com`.
pub const PUBLIC: SettingsForm<'_, Option<String>> = SettingsForm {
    table: &[Field {
        name: "address",
        widget: Widget::Code,
        label: |text| text.preferences.public,
        hint: nothing,
        placeholder: |_| "https://panel.example.com",
        show: |address| address.clone().unwrap_or_default(),
        set: |address, typed| origin::parse_public(typed).map(|read| *address = read),
    }],
    prefix: "",
    of: &|settings| settings.get(Setting::PublicAddress).map(str::to_owned),
    into: &|address| vec![(Setting::PublicAddress, address)],
    done: Flash::PublicAddressChanged,
    page: "/settings",
};

/// The language of pages where no reader has chosen one.
pub const LANGUAGE: SettingsForm<'_, Option<Language>> = SettingsForm {
    table: &[Field {
        name: "language",
        widget: Widget::Choice(languages),
        label: |text| text.settings.language,
        hint: nothing,
        placeholder: nothing,
        show: |language| language.map_or_else(String::new, |language| language.text().code.to_owned()),
        set: |language, typed| {
            let unknown = || Fault::LanguageUnknown { given: typed.chars().take(40).collect() };
            optional(typed, |typed| Language::named(typed).ok_or_else(unknown)).map(|read| *language = read)
        },
    }],
    prefix: "",
    of: &|settings| settings.get(Setting::Language).and_then(Language::named),
    into: &|language| vec![(Setting::Language, language.map(|language| language.text().code.to_owned()))],
    done: Flash::LanguageChanged,
    page: "/settings",
};

fn languages(text: &'static Text) -> Vec<Group> {
    Group::plain([("", text.settings.browsers), ("en", "English"), ("zh", "中文")])
}

/// What new users get unless told otherwise.
pub const NEW_USERS: SettingsForm<'_, Defaults> = SettingsForm {
    table: DEFAULTS,
    prefix: "",
    of: &|settings| Defaults::from_settings(&settings.values),
    into: &Defaults::into_settings,
    done: Flash::DefaultsChanged,
    page: "/settings",
};

/// What friends' apps are told.
pub const APPS: SettingsForm<'_, Sharing> = SettingsForm {
    table: SHARING,
    prefix: "sharing-",
    of: &Sharing::of,
    into: &Sharing::into_settings,
    done: Flash::SharingChanged,
    page: "/settings",
};

/// The level of V2Ray users.
pub const V2RAY_LEVEL: SettingsForm<'_, Option<u16>> = SettingsForm {
    table: LEVEL,
    prefix: "",
    of: &level_of,
    into: &|level| vec![(Setting::V2rayLevel, level.map(|level| level.to_string()))],
    done: Flash::LevelChanged,
    page: "/nodes",
};
