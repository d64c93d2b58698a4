//! The table of addresses, each with who may call it; and what an error looks like to the client.

mod deferred;
mod path;

pub use deferred::{Answer, Deferred};
pub use path::{is_for_programs, tidied};

use crate::{
    api::{self, traffic::PendingReport},
    app::{App, Snapshot},
    auth::{self, KnownNode, SignedIn, Watcher},
    error::{Error, Fault, Result},
    http::{self, Reply, Request, Verb},
    monitor, pages,
};
use path::captures;
use std::sync::Arc;

/// Who may call an address, and the handler. The proof that a handler takes can only be made by [`auth`].
#[derive(Clone, Copy)]
pub enum Access {
    /// Any client.
    Public(fn(&App, &Request) -> Result<Reply>),
    /// A client with the node token.
    Node(fn(&App, &KnownNode, &Request) -> Result<Reply>),
    /// The same; answered once the report is on the disk.
    Report(fn(&App, &KnownNode, &Request) -> Result<PendingReport>),
    /// A client with the node token, and the admin.
    Watcher(fn(&App, &Watcher, &Request) -> Result<Reply>),
    /// The admin, once signed in.
    Admin(fn(&App, &SignedIn, &Request) -> Result<Reply>),
    /// The admin, at an address that was made for one upload.
    Upload(fn(&App, &SignedIn, &Request) -> Result<Reply>),
}

/// One line of the table.
pub struct Route {
    /// GET or POST.
    pub verb: Verb,
    /// The path, in which `{…}` stands for anything but a slash. Paths below `/mu` are also good below `/mu/v2` and
    /// `/api/mu`.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
}

const fn public(verb: Verb, path: &'static str, handler: fn(&App, &Request) -> Result<Reply>) -> Route {
    Route { verb, path, access: Access::Public(handler) }
}

const fn node(verb: Verb, path: &'static str, handler: fn(&App, &KnownNode, &Request) -> Result<Reply>) -> Route {
    Route { verb, path, access: Access::Node(handler) }
}

const fn report(path: &'static str, handler: fn(&App, &KnownNode, &Request) -> Result<PendingReport>) -> Route {
    Route { verb: Post, path, access: Access::Report(handler) }
}

const fn admin(verb: Verb, path: &'static str, handler: fn(&App, &SignedIn, &Request) -> Result<Reply>) -> Route {
    Route { verb, path, access: Access::Admin(handler) }
}

use Verb::{Get, Post};

/// Every address there is.
pub const TABLE: &[Route] = &[
    node(Get, "/mu", api::ping),
    node(Get, "/mu/users", api::users::all),
    report("/mu/users/{id}/traffic", api::traffic::of_user),
    node(Get, "/mu/nodes", api::nodes::all),
    node(Get, "/mu/nodes/{id}/users", api::users::of_node),
    node(Get, "/mu/nodes/{id}/v2rayUsers", api::v2ray::users),
    report("/mu/nodes/{id}/traffic", api::traffic::of_node),
    node(Post, "/mu/nodes/{id}/online_count", api::nodes::online_count),
    node(Post, "/mu/nodes/{id}/info", api::nodes::info),
    node(Post, "/mu/nodes/{id}/ip", api::nodes::ip),
    node(Post, "/mu/nodes/{id}/state", api::state::state),
    public(Get, "/healthz", monitor::health),
    Route { verb: Get, path: "/metrics", access: Access::Watcher(monitor::metrics) },
    public(Get, "/login", pages::sign_in::show),
    public(Post, "/login", pages::sign_in::send),
    public(Post, "/language", pages::language),
    public(Post, "/theme", pages::theme),
    public(Get, "/style.css", pages::style),
    public(Get, "/panel.js", pages::script),
    public(Get, "/favicon.svg", pages::icon),
    public(Get, "/robots.txt", pages::robots),
    admin(Post, "/logout", pages::sign_in::out),
    admin(Get, "/", pages::users::show),
    admin(Get, "/users", pages::users::show),
    admin(Post, "/users", pages::users::add),
    admin(Post, "/settings/zone", pages::preferences::zone),
    admin(Post, "/settings/address", pages::preferences::address),
    admin(Post, "/settings/defaults", pages::preferences::defaults),
    admin(Post, "/settings/sharing", pages::preferences::sharing),
    admin(Get, "/settings/https", pages::https::show),
    admin(Post, "/settings/https", pages::https::begin),
    admin(Post, "/settings/https/try", pages::https::try_now),
    admin(Get, "/settings/notices", pages::notices::show),
    admin(Post, "/settings/notices", pages::notices::events),
    admin(Post, "/settings/notices/{channel}", pages::notices::set),
    admin(Post, "/settings/notices/{channel}/test", pages::notices::test),
    admin(Post, "/settings/notices/{channel}/off", pages::notices::off),
    admin(Post, "/settings/sessions/end", pages::sessions::end),
    admin(Post, "/settings/sessions/others", pages::sessions::end_others),
    admin(Post, "/settings/backup", pages::backup::make),
    admin(Get, "/backup", pages::backup::show),
    admin(Get, "/backup/file", pages::backup::file),
    admin(Get, "/restore", pages::restore::show),
    admin(Post, "/restore", pages::restore::put_back),
    admin(Post, "/restore/cancel", pages::restore::cancel),
    Route { verb: Post, path: "/restore/file/{ticket}", access: Access::Upload(pages::restore::receive) },
    admin(Get, "/export.json", pages::files::json),
    admin(Get, "/export.csv", pages::files::csv),
    admin(Get, "/import", pages::files::ask_import),
    admin(Post, "/import", pages::files::import),
    admin(Get, "/import/progress", pages::files::importing),
    admin(Get, "/usage", pages::usage::show),
    admin(Get, "/usage.csv", pages::usage::csv),
    admin(Get, "/usage/reset", pages::reset_all::ask),
    admin(Post, "/usage/reset", pages::reset_all::reset),
    admin(Get, "/users/batch", pages::bulk::ask),
    admin(Post, "/users/batch", pages::bulk::act),
    admin(Post, "/undo", pages::undo::undo),
    admin(Get, "/users/{id}", pages::user::show),
    admin(Post, "/users/{id}", pages::user::change),
    admin(Get, "/users/{id}/code", pages::user::code),
    admin(Post, "/users/{id}/quota", pages::user_actions::add_quota),
    admin(Post, "/users/{id}/extend", pages::user_actions::extend),
    admin(Post, "/users/{id}/switch", pages::user_actions::switch),
    admin(Post, "/users/{id}/reset", pages::user_actions::reset),
    admin(Get, "/users/{id}/password", pages::user_actions::ask_password),
    admin(Post, "/users/{id}/password", pages::user_actions::password),
    admin(Get, "/users/{id}/delete", pages::user_actions::ask_delete),
    admin(Post, "/users/{id}/delete", pages::user_actions::delete),
    admin(Post, "/users/{id}/restore", pages::user::restore),
    admin(Get, "/users/{id}/address", pages::friend_page::ask_replace),
    admin(Post, "/users/{id}/address", pages::friend_page::replace),
    public(Get, "/u/{secret}", pages::friend_page::show),
    admin(Get, "/nodes", pages::nodes::show),
    admin(Post, "/nodes", pages::nodes::add),
    admin(Post, "/nodes/unconfirmed/remove", pages::nodes::remove_unconfirmed),
    admin(Post, "/nodes/level", pages::nodes::level),
    admin(Post, "/nodes/here", pages::nodes::switch_here),
    admin(Get, "/nodes/{id}", pages::node::show),
    admin(Post, "/nodes/{id}", pages::node::change),
    admin(Post, "/nodes/{id}/mute", pages::node::mute),
    admin(Post, "/nodes/{id}/remove", pages::node::remove),
    admin(Post, "/nodes/{id}/restore", pages::node::restore),
    admin(Get, "/nodes/{id}/watch", pages::watch::show),
    admin(Post, "/nodes/{id}/vmess", pages::vmess::change),
    admin(Post, "/nodes/{id}/token", pages::node::token),
    admin(Get, "/settings", pages::settings::show),
    admin(Post, "/settings/token", pages::settings::token),
    admin(Get, "/settings/rotate", pages::settings::ask_rotate),
    admin(Post, "/settings/rotate", pages::settings::rotate),
    admin(Post, "/settings/password", pages::settings::password),
    admin(Post, "/settings/language", pages::preferences::language),
];

/// What a page needs to be looked at.
const LOOKS: &[&str] = &["/style.css", "/panel.js", "/favicon.svg", "/robots.txt"];

/// Answers a request. This is the whole program between the socket and the database.
pub fn respond(app: &App, request: Request) -> Reply {
    match begin(app, request) {
        Answer::Now(reply) => reply,
        Answer::Deferred(deferred) => deferred.wait(app),
    }
}

/// The same without waiting until something is on the disk.
pub fn begin(app: &App, mut request: Request) -> Answer {
    request.path = tidied(&request.path);
    request.cookie_suffix = Arc::clone(app.cookie_suffix());
    let is_secret = request.secure && (app.front.tls || app.https.is_served());
    if let Some(fault) = app.front.standstill.as_ref().filter(|_| !LOOKS.contains(&&*request.path)) {
        return Answer::Now(https_only(is_secret, refuse(app, &request, &Error::Busy(fault.clone()))));
    }
    // What the settings say is looked at once: that alone costs as much as the rest of a small request.
    let settings = app.settings();
    let due = settings.as_ref().map_or(Ok(()), |settings| app.run_maintenance(settings, request.now));
    let answer = due.or_else(unless_disk).and_then(|()| dispatch(app, settings, &mut request));
    match answer {
        Ok(Outcome::Ready(reply)) => {
            let reply = if is_for_programs(&request.path) { for_program(reply) } else { reply };
            Answer::Now(https_only(is_secret, reply))
        }
        Ok(Outcome::Pending(report)) => {
            request.body = Arc::default();
            Answer::Deferred(Deferred::new(report, request))
        }
        Err(error) => Answer::Now(https_only(is_secret, refuse(app, &request, &error))),
    }
}

/// What is answered to programs is for them alone, and for nothing but what it says it is.
pub fn for_program(reply: Reply) -> Reply {
    reply.with("Cache-Control", "no-store").with("X-Content-Type-Options", "nosniff")
}

/// With the advice to come over HTTPS alone for a year, if the panel serves that itself; a proxy in front decides on
/// its own.
fn https_only(is_secret: bool, reply: Reply) -> Reply {
    if is_secret { reply.with("Strict-Transport-Security", "max-age=31536000") } else { reply }
}

/// What an error looks like to the client that sent `request`.
pub fn refuse(app: &App, request: &Request, error: &Error) -> Reply {
    match error {
        Error::Internal(cause) => log::error!("{} {:?}: {cause}", request.verb.as_str(), http::for_log(&request.path)),
        Error::Busy(Fault::DiskFull | Fault::ReadOnly) => app.doubt_writing(),
        Error::Invalid(Fault::NodesFull { node, .. }) => app.note_refused_node(*node, request.now),
        _ => {}
    }
    if is_for_programs(&tidied(&request.path)) {
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
    let at_path: Vec<(&Route, Vec<String>)> = TABLE
        .iter()
        .filter_map(|route| captures(route.path, &request.path).map(|captured| (route, captured)))
        .collect();
    if at_path.is_empty() {
        return Err(Error::NotFound);
    }
    let Some((route, captured)) = at_path.iter().find(|(route, _)| route.verb == request.verb) else {
        let allowed: Vec<&str> = at_path.iter().map(|(route, _)| route.verb.as_str()).collect();
        return Err(Fault::MethodNotAllowed { allowed: allowed.join(", ") }.into());
    };
    request.captured.clone_from(captured);
    if request.verb == Post && !is_for_programs(&request.path) {
        request.check_form()?;
    }
    let reply = match route.access {
        Access::Public(handler) => handler(app, request),
        Access::Node(handler) => handler(app, &known_node(app, &*settings?, request)?, request),
        Access::Report(handler) => {
            return handler(app, &known_node(app, &*settings?, request)?, request).map(Outcome::Pending);
        }
        Access::Watcher(handler) => handler(app, &auth::watcher(app, &*settings?, request)?, request),
        Access::Admin(handler) => {
            let signed_in = auth::admin(app, request)?;
            let answer = || handler(app, &signed_in, request);
            if request.verb == Post { app.form_dedup.run_once(request, answer) } else { answer() }
        }
        Access::Upload(handler) => handler(app, &auth::upload(app, request)?, request),
    };
    reply.map(Outcome::Ready)
}

/// Admits a node; one with a wrong token is remembered for the admin to see.
fn known_node(app: &App, settings: &Snapshot, request: &Request) -> Result<KnownNode> {
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
