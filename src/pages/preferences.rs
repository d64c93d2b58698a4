//! What is preferred: the time zone, and what a new user gets unless something else is said.

use super::{
    flash::{self, Flash},
    form::{Input, UserForm, seen},
    frame::View,
    settings::{self, Extra},
};
use crate::{
    app::{App, Defaults},
    auth::SignedIn,
    error::{Error, Fault, Result},
    http::{Pairs, Reply, Request},
    model::Zone,
    store::Setting,
};

/// The most days after which a new user ends: ten years.
const MAX_DAYS: i32 = 3653;

/// `POST /settings/zone` with `zone`; empty: the machine's.
pub fn zone(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let mut zone = Input::with(request.form().text("zone"));
    let read = zone.read(view.text, |typed| match typed {
        "" => Ok(None),
        name => match Zone::named(name) {
            Some(zone) => Ok(Some(zone.name())),
            None => Err(Fault::ZoneUnknown { given: name.chars().take(40).collect() }),
        },
    });
    let Some(name) = read else {
        return settings::page(&view, signed_in, 400, Extra { zone: Some(zone), ..Extra::default() });
    };
    if let Err(error) = app.store.set_all(seen(&request.form()), vec![(Setting::TimeZone, name)]) {
        let Error::Conflict(fault) = &error else { return Err(error) };
        zone.refuse(fault, view.text);
        zone.meanwhile(app.settings()?.get(Setting::TimeZone).unwrap_or_default(), view.text);
        return settings::page(&view, signed_in, 409, Extra { zone: Some(zone), ..Extra::default() });
    }
    Ok(flash::redirect(request, Flash::ZoneChanged, 0, &request.at("/settings")))
}

/// `POST /settings/defaults` with `quota`, `reset_day`, `method` and `expires`, a number of days.
pub fn defaults(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let mut form = UserForm::typed(&request.form(), view.text);
    let days = form.expires.read(view.text, |typed| match typed {
        "" => Ok(None),
        typed => match typed.parse() {
            Ok(days @ 1..=MAX_DAYS) => Ok(Some(days)),
            _ => Err(Fault::DaysBad { given: typed.chars().take(40).collect(), most: MAX_DAYS }),
        },
    });
    let seen = seen(&request.form());
    let (Some(days), Some((method, quota, reset_day))) = (days, form.read_defaults(view.text)) else {
        if seen.is_some_and(|seen| app.settings().is_ok_and(|now| now.values.mark(&Defaults::SETTINGS) != seen)) {
            form.compare_defaults(&form_of(&app.defaults()?, &view), view.text);
        }
        return settings::page(&view, signed_in, 400, Extra { defaults: Some(form), ..Extra::default() });
    };
    if let Err(error) = app.store.set_all(seen, Defaults { method, quota, reset_day, days }.into_settings()) {
        let status = form.refuse(error, view.text)?;
        form.compare_defaults(&form_of(&app.defaults()?, &view), view.text);
        return settings::page(&view, signed_in, status, Extra { defaults: Some(form), ..Extra::default() });
    }
    Ok(flash::redirect(request, Flash::DefaultsChanged, 0, &request.at("/settings")))
}

/// The form of the defaults as they are.
pub fn form_of(defaults: &Defaults, view: &View<'_>) -> UserForm {
    let mut form = UserForm::fresh(&Pairs::default(), &defaults.draft(view.today()), view.text);
    form.expires = Input::with(defaults.days.map_or_else(String::new, |days| days.to_string()));
    form
}
