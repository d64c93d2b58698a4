//! The certificate that the panel keeps for itself: how it stands, and getting one.

use super::{form::Input, format::Moment, prelude::*};
use crate::acme::{Kind, Site};

#[derive(Template)]
#[template(path = "https.html")]
struct HttpsPage {
    f: Frame,
    t: &'static Text,
    /// Whether a name can be given here.
    offered: bool,
    /// Why not, if it cannot.
    fixed: &'static str,
    input: Input,
    state: Option<State>,
}

page!(HttpsPage);

/// How often the page of an order that is worked at is loaded again, in seconds.
const REFRESH_INTERVAL: u32 = 3;

/// How it stands, ready to be shown.
struct State {
    origin: String,
    until: Option<Moment>,
    ended: bool,
    working: bool,
    next: Option<Moment>,
    last: Option<Moment>,
    trouble: &'static str,
    /// Whose words the detail is in.
    who: &'static str,
    detail: String,
}

/// `GET /settings/https`.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    page(&View::admin(app, signed_in, request)?, 200, None)
}

/// `POST /settings/https` with `site`.
pub fn begin(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?.keeping(&[]);
    let mut input = Input::with(view.form().text("site"));
    let Some(site) = input.read(view.text, site) else { return page(&view, 400, Some(input)) };
    match view.write(|| app.https.begin(&site)) {
        Ok(()) => Ok(flash::redirect(request, Flash::CertificateOrdered, 0, &request.at("/settings/https"))),
        Err(error) => {
            let Some(fault) = error.fault() else { return Err(error) };
            input.refuse(fault, view.text);
            page(&view, 400, Some(input))
        }
    }
}

/// Reads a name or an address, with a port or without.
pub(super) fn site(typed: &str) -> std::result::Result<Site, Fault> {
    typed.parse().map_err(|_| Fault::SiteBad { given: typed.chars().take(60).collect() })
}

/// `POST /settings/https/try`.
pub fn try_now(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    if !app.https.try_now() {
        return Err(Error::NotFound);
    }
    Ok(flash::redirect(request, Flash::CertificateOrdered, 0, &request.at("/settings/https")))
}

fn page(view: &View<'_>, status: u16, typed: Option<Input>) -> Result<Reply> {
    let state = view.app.https.state();
    let site = state.as_ref().map_or_else(String::new, |(site, _)| site.to_string());
    let input = Input {
        id: "site".to_owned(),
        name: "site",
        label: view.text.https.site,
        placeholder: "panel.example.org",
        widget: "code",
        ..typed.unwrap_or_else(|| Input::with(site))
    };
    let fixed = if state.is_some() { view.text.https.fixed } else { view.text.https.files };
    let working = state.as_ref().is_some_and(|(_, status)| status.working);
    let state = state.map(|(site, status)| State {
        origin: site.origin(),
        until: status.valid.map(|(_, ends)| view.moment(ends)),
        ended: status.valid.is_some_and(|(_, ends)| ends <= view.now()),
        working: status.working,
        next: status.next_try.filter(|_| !status.working).map(|at| view.moment(at)),
        last: status.last_try.map(|at| view.moment(at)),
        trouble: status.trouble.as_ref().map_or("", |trouble| (view.text.https.trouble)(trouble.kind)),
        who: match status.trouble.as_ref().map(|trouble| trouble.kind) {
            // What this machine has found.
            None | Some(Kind::Authority | Kind::Files | Kind::Clock | Kind::NoChallenge) => view.text.https.found,
            _ => view.text.https.authority_says,
        },
        detail: status.trouble.map_or_else(String::new, |trouble| trouble.detail),
    });
    let page = HttpsPage {
        f: view.frame(view.text.https.heading, "settings")?.back_to("/settings/https"),
        t: view.text,
        offered: view.app.https.is_offered(),
        fixed,
        input,
        state,
    };
    let reply = view.page(status, &page)?;
    // The page says how it comes out, by itself; what is being typed is not taken away.
    Ok(if working && status == 200 { reply.with("Refresh", REFRESH_INTERVAL.to_string()) } else { reply })
}
