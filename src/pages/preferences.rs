//! What is preferred: the time zone, and what a new user gets unless told otherwise.

use super::{
    flash::{self, Flash},
    form::{Form, Input},
    origin,
    settings::{self, Extra},
    user_form::DEFAULTS,
    view::View,
};
use crate::{
    app::App,
    auth::SignedIn,
    error::{Fault, Result},
    http::{Reply, Request},
    model::Zone,
    store::Setting,
};

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
    let (seen, now) = (request.form(), app.settings()?);
    let now = now.values.get(Setting::TimeZone).unwrap_or_default();
    if seen.get("seen").is_some_and(|seen| seen != now && zone.value.trim() != now) {
        zone.refuse(&Fault::EditedMeanwhile, view.text);
        zone.saved = format!("{} {now}", view.text.form.saved);
        return settings::page(&view, signed_in, 409, Extra { zone: Some(zone), ..Extra::default() });
    }
    app.store.change_settings(vec![(Setting::TimeZone, name)], request.now)?;
    Ok(flash::redirect(request, Flash::ZoneChanged, 0, &request.at("/settings")))
}

/// `POST /settings/address` with `address`, such as `https://panel.example.com`; empty: as the reader reached the
/// panel.
pub fn address(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let mut public = Input::with(request.form().text("address"));
    let Some(address) = public.read(view.text, origin::parse_public) else {
        public.focus = true;
        return settings::page(&view, signed_in, 400, Extra { public: Some(public), ..Extra::default() });
    };
    app.store.change_settings(vec![(Setting::PublicAddress, address)], request.now)?;
    Ok(flash::redirect(request, Flash::PublicAddressChanged, 0, &request.at("/settings")))
}

/// `POST /settings/defaults` with `quota`, `reset_day`, `method` and `expires`, a number of days.
pub fn defaults(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let now = app.defaults()?;
    let mut form = Form::typed(DEFAULTS, &now, request.form(), view.text);
    let conflict = form.merge(&now, view.text);
    let status = match form.read(now, view.text) {
        None => 400,
        Some(_) if conflict => 409,
        Some(defaults) => match app.store.change_settings(defaults.into_settings(), request.now) {
            Ok(()) => return Ok(flash::redirect(request, Flash::DefaultsChanged, 0, &request.at("/settings"))),
            Err(error) => form.refuse(error, view.text)?,
        },
    };
    settings::page(&view, signed_in, status, Extra { defaults: Some(form), ..Extra::default() })
}
