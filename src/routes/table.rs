//! The table of addresses, each with who may call it.

use crate::{
    api::{self, traffic::PendingReport},
    app::App,
    auth::{KnownNode, SignedIn, Watcher},
    error::Result,
    http::{
        Reply, Request,
        Verb::{self, Get, Post},
    },
    monitor, pages,
};

/// A handler for the admin.
pub type Admin = fn(&App, &SignedIn, &Request) -> Result<Reply>;

/// Who may call an address, and the handler. The proof that a handler takes can only be made by [`auth`](crate::auth).
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
    Admin(Admin),
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

const fn admin(verb: Verb, path: &'static str, handler: Admin) -> Route {
    Route { verb, path, access: Access::Admin(handler) }
}

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
    admin(Get, "/users/{id}/code", pages::user_code::show),
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
    admin(Get, "/nodes/here", pages::nodes::ask_off),
    admin(Post, "/nodes/here", pages::nodes::switch_here),
    admin(Get, "/nodes/{id}", pages::node::show),
    admin(Post, "/nodes/{id}", pages::node::change),
    admin(Post, "/nodes/{id}/mute", pages::node::mute),
    admin(Get, "/nodes/{id}/remove", pages::node::ask_remove),
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
