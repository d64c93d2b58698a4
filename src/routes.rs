//! Finds the handler of a request in the table of addresses and admits the client; and what an error looks like to it.

mod deferred;
mod path;
mod table;

pub use deferred::{Answer, Deferred};
pub use path::{is_for_programs, tidied};
pub use table::{Access, Route, TABLE};

use crate::{
    api::{self, traffic::PendingReport},
    app::{App, Keeper, Snapshot},
    auth::{self, KnownNode, SignedIn},
    error::{Error, Fault, Result},
    http::{self, Reply, Request, Verb::Post},
    pages,
};
use path::{captures, fits};
use std::sync::Arc;

/// What a page needs to be looked at.
const LOOKS: &[&str] = &["/style.css", "/panel.js", "/favicon.svg", "/robots.txt"];

/// Answers a request. This is the whole program between the socket and the database.
pub fn respond(app: &App, request: Request) -> Reply {
    match begin(app, request) {
        Answer::Now(reply) => reply,
        Answer::Deferred(deferred) => deferred.wait(app),
    }
}

/// The same without waiting for the disk: that of a report is left to do.
pub fn begin(app: &App, mut request: Request) -> Answer {
    request.path = tidied(&request.path);
    request.cookie_suffix = Arc::clone(app.cookie_suffix());
    if let Some(fault) = app.front.standstill.as_ref().filter(|_| !LOOKS.contains(&&*request.path)) {
        return Answer::Now(answered(app, &request, Err(Error::Busy(fault.clone()))));
    }
    // What the settings say is looked at once: that alone costs as much as the rest of a small request.
    let settings = app.settings();
    let due = settings.as_ref().map_or(Ok(()), |settings| app.run_maintenance(settings, request.now));
    match due.or_else(unless_disk).and_then(|()| dispatch(app, settings, &mut request)) {
        Ok(Outcome::Ready(reply)) => Answer::Now(answered(app, &request, Ok(reply))),
        Ok(Outcome::Pending(report)) => {
            request.body = Arc::default();
            Answer::Deferred(Deferred::new(report, request))
        }
        Err(error) => Answer::Now(answered(app, &request, Err(error))),
    }
}

/// The answer to `request`, with the headers of its kind.
pub fn answered(app: &App, request: &Request, outcome: Result<Reply>) -> Reply {
    let reply = match outcome {
        Ok(reply) if is_for_programs(&request.path) => for_program(reply),
        Ok(reply) => reply,
        Err(error) => refuse(app, request, &error),
    };
    // For a year, if the panel serves HTTPS itself; a proxy in front decides on its own.
    let is_secret = request.secure && (app.front.tls || app.https.is_served());
    if is_secret { reply.with("Strict-Transport-Security", "max-age=31536000") } else { reply }
}

/// The reply with the headers of an answer to a program: no cache keeps it, and it is taken for nothing but what it
/// says it is.
pub fn for_program(reply: Reply) -> Reply {
    reply.with("Cache-Control", "no-store").with("X-Content-Type-Options", "nosniff")
}

/// What an error looks like to the client that sent `request`.
fn refuse(app: &App, request: &Request, error: &Error) -> Reply {
    match error {
        Error::Internal(cause) => log::error!("{} {:?}: {cause}", request.verb.as_str(), http::for_log(&request.path)),
        Error::Busy(Fault::DiskFull | Fault::ReadOnly) => app.doubt_writing(),
        Error::Invalid(Fault::NodesFull { node, .. }) => app.note_refused_node(*node, request.now),
        _ => {}
    }
    if is_for_programs(&request.path) {
        for_program(api::failure(error, status(error)))
    } else {
        pages::failure(app, request, error, status(error))
    }
}

/// What has fallen due can wait until the disk has room again; the answer cannot.
fn unless_disk(error: Error) -> Result<()> {
    match error {
        Error::Busy(fault) => {
            log::warn!("what has fallen due is put off: {fault:?}");
            Ok(())
        }
        other => Err(other),
    }
}

/// What a handler has come to.
enum Outcome {
    Ready(Reply),
    Pending(PendingReport),
}

fn dispatch(app: &App, settings: Result<Arc<Snapshot>>, request: &mut Request) -> Result<Outcome> {
    let at_path = TABLE.iter().filter(|route| fits(route.path, &request.path));
    let Some(route) = at_path.clone().find(|route| route.verb == request.verb) else {
        let allowed: Vec<&str> = at_path.map(|route| route.verb.as_str()).collect();
        return Err(if allowed.is_empty() {
            Error::NotFound
        } else {
            Fault::MethodNotAllowed { allowed: allowed.join(", ") }.into()
        });
    };
    request.captured = captures(route.path, &request.path);
    if request.verb == Post && !is_for_programs(&request.path) {
        request.check_form()?;
    }
    let reply = match route.access {
        Access::Public(handler) => handler(app, request),
        Access::Node(handler) => handler(app, &known_node(app, &settings?, request)?, request),
        Access::Report(handler) => {
            return handler(app, &known_node(app, &settings?, request)?, request).map(Outcome::Pending);
        }
        Access::Watcher(handler) => handler(app, &auth::watcher(app, &settings?, request)?, request),
        Access::Admin(handler) => {
            let signed_in = auth::admin(app, request)?;
            let handler = shown_again(app, &signed_in, request).unwrap_or(handler);
            let answer = || handler(app, &signed_in, request);
            if request.verb == Post { app.form_dedup.run_once(request, answer) } else { answer() }
        }
        Access::Upload(handler) => handler(app, &auth::upload(app, request)?, request),
    };
    reply.map(Outcome::Ready)
}

/// The handler that shows a form again that was kept: the one that has refused it. A [`View`](crate::pages) of a form
/// that is only shown writes nothing.
fn shown_again(app: &App, signed_in: &SignedIn, request: &mut Request) -> Option<table::Admin> {
    let kept = app.kept_form(&Keeper::Admin(signed_in.csrf().to_owned()), request)?;
    let path = kept.action.split('?').next()?;
    let route = TABLE.iter().find(|route| route.verb == Post && fits(route.path, path))?;
    let Access::Admin(handler) = route.access else { return None };
    request.captured = captures(route.path, path);
    Some(handler)
}

/// Admits a node; one with a wrong token is remembered for the admin to see.
fn known_node(app: &App, settings: &Arc<Snapshot>, request: &Request) -> Result<KnownNode> {
    let admitted = auth::node(settings, request);
    match (&admitted, api::node_of(request)) {
        (Ok(_), Some(node)) => app.node_calls.admit(node),
        (Err(Error::Unauthorized), node) if api::is_of_node(request) => {
            app.node_calls.refuse(node, request.peer, request.now);
        }
        _ => {}
    }
    admitted
}

/// The status of an error: the one place where it is decided.
pub fn status(error: &Error) -> u16 {
    match error {
        Error::Invalid(Fault::MethodNotAllowed { .. }) => 405,
        Error::Invalid(Fault::BodyTooLarge { .. }) => 413,
        Error::Invalid(Fault::FormStale | Fault::UploadStale) => 403,
        Error::Invalid(_) => 400,
        Error::Unauthorized => 401,
        Error::NotFound => 404,
        Error::Conflict(_) => 409,
        Error::Busy(Fault::Wait { .. }) => 429,
        Error::Busy(_) => 503,
        Error::Internal(_) => 500,
    }
}
