//! What is preferred: each of these forms is saved by itself.

use super::{
    form::Form,
    language as chosen_language,
    prelude::*,
    settings_form::{APPS, LANGUAGE, NEW_USERS, PUBLIC, SettingsForm, ZONE},
    settings_page::{Forms, page},
};

/// `POST /settings/zone` with `zone`; empty: the machine's.
pub fn zone(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    save(app, signed_in, request, &ZONE, |forms, form| forms.zone = form)
}

/// `POST /settings/address` with `address`; empty: as the reader reached the panel.
pub fn address(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    save(app, signed_in, request, &PUBLIC, |forms, form| forms.public = form)
}

/// `POST /settings/defaults` with `quota`, `reset_day`, `method` and `expires`, a number of days.
pub fn defaults(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    save(app, signed_in, request, &NEW_USERS, |forms, form| forms.defaults = form)
}

/// `POST /settings/sharing` with `title`, `support` and `china_direct`.
pub fn sharing(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    save(app, signed_in, request, &APPS, |forms, form| forms.sharing = form)
}

/// `POST /settings/language` with `language`; empty leaves it to the browser.
pub fn language(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let reply = save(app, signed_in, request, &LANGUAGE, |forms, form| forms.language = form)?;
    // What was chosen with the button before would hide what was chosen here.
    if reply.status != 303 {
        return Ok(reply);
    }
    let reply = if chosen_language::is_chosen(request) {
        flash::redirect(request, Flash::LanguageChanged, 0, &request.at(LANGUAGE.page))
    } else {
        reply
    };
    Ok(reply.with("Set-Cookie", chosen_language::forget(request)))
}

fn save<T>(
    app: &App,
    signed_in: &SignedIn,
    request: &Request,
    settings: &SettingsForm<'_, T>,
    put: fn(&mut Forms, Form<T>),
) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?.keeping(&[]);
    settings.save(&view, |status, form| page(&view, signed_in, status, |forms| put(forms, form)))
}
