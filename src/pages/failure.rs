//! Pages that say why there is no other.

use super::{
    origin::{local_path, target},
    prelude::*,
    reply::{redirect, with_security_headers},
    sign_in,
    stale_form::StaleForm,
};
use crate::{auth, http::Verb};

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage {
    f: Frame,
    t: &'static Text,
    status: u16,
    heading: &'static str,
    message: String,
}

page!(FailurePage);

/// What a person with a browser sees of an error. A stranger is sent to sign in.
pub fn failure(app: &App, request: &Request, error: &Error, status: u16) -> Reply {
    let reply = match error {
        Error::Unauthorized => {
            let kept = StaleForm::of(request).and_then(|late| sign_in::keeping(app, request, &late).ok());
            return kept.unwrap_or_else(|| redirect(&sign_in_from(request)));
        }
        error => page(app, request, error, status).unwrap_or_else(|_| {
            with_security_headers(Reply::new(status, "text/plain; charset=utf-8", error.to_string()))
        }),
    };
    match error {
        Error::Invalid(Fault::MethodNotAllowed { allowed }) => reply.with("Allow", allowed.clone()),
        Error::Busy(Fault::Wait { seconds }) => reply.with("Retry-After", seconds.to_string()),
        Error::Busy(_) => reply.with("Retry-After", "10"),
        _ => reply,
    }
}

fn page(app: &App, request: &Request, error: &Error, status: u16) -> Result<Reply> {
    // Only for the navigation, so a form's token does not matter; and a client that cannot be told is a stranger.
    let asked = request.as_get();
    let signed_in = auth::admin(app, &asked).ok();
    let view = match &signed_in {
        Some(signed_in) => View::admin(app, signed_in, request)?,
        None => View::anonymous(app, request),
    };
    if let (Error::Invalid(Fault::FormStale), true, Some(late)) = (error, view.is_admin(), StaleForm::of(request)) {
        return late.page(&view.keeping(&[]), status);
    }
    let heading = match error {
        Error::Busy(Fault::DatabaseNewer { .. }) => view.text.failure.newer,
        _ => heading(status, view.text),
    };
    let page = FailurePage {
        f: view.plain_frame(heading, ""),
        t: view.text,
        status,
        heading,
        message: (view.text.sentence)(&view.error_words(error)),
    };
    view.page(status, &page)
}

/// Where a stranger is sent: to the sign-in page, which brings them back if they only wanted to look.
fn sign_in_from(request: &Request) -> String {
    match local_path(request, &request.at(&target(request))) {
        Some(next) if request.verb == Verb::Get && request.path != "/" => {
            let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
            request.at(&format!("/login?next={next}"))
        }
        _ => request.at("/login"),
    }
}

fn heading(status: u16, text: &Text) -> &'static str {
    let text = &text.failure;
    match status {
        403 => text.forbidden,
        404 => text.not_found,
        405 => text.method,
        409 => text.conflict,
        413 => text.too_large,
        429 => text.wait,
        500 => text.internal,
        503 => text.busy,
        _ => text.bad_request,
    }
}
