//! What kind of request one is, from its head alone: so that the door knows how much of a body it may bring, and nodes,
//! the admin and strangers each have workers of their own.

use crate::{
    app::{App, Snapshot},
    auth,
    bridge::{self, Asked, Class, Lane, Token},
    http::{Request, Verb},
    model::{Time, lock},
    pages::MAX_STALE_FORM_BYTES,
    routes::{is_for_programs, tidied},
};
use std::sync::{Arc, Mutex};

/// Most bytes of a node's call: batches of 8 MiB, and some.
pub const MAX_NODE_BODY: u64 = 8 * 1024 * 1024 + 64 * 1024;
/// Most bytes of a form.
pub const MAX_FORM: u64 = 64 * 1024;
/// Most bytes of a list of users to be added.
const MAX_IMPORT: u64 = MAX_NODE_BODY;
/// Most bytes of a sign-in: it may bring along a form that came too late, in which each byte may take three.
const MAX_SIGN_IN: u64 = 3 * MAX_STALE_FORM_BYTES as u64 + MAX_FORM;

/// Headers that say who calls.
const CREDENTIALS: [&str; 3] = ["token", "key", "cookie"];

/// Tells the kinds of requests to a panel apart.
pub struct Admission {
    app: Arc<App>,
    clock: fn() -> Time,
    /// The settings, and when they were looked at.
    settings: Mutex<Option<(Time, Arc<Snapshot>)>>,
}

impl Admission {
    /// For requests to that app; `clock` tells the time.
    pub fn new(app: &Arc<App>, clock: fn() -> Time) -> Self {
        Self { app: Arc::clone(app), clock, settings: Mutex::default() }
    }

    fn token(&self, request: &Request) -> Token {
        if !auth::brings_token(request) {
            return Token::None;
        }
        let right = |settings: &Arc<Snapshot>| auth::node(settings, request).is_ok();
        let now = (self.clock)();
        let mut seen = lock(&self.settings);
        // Looking the settings up costs as much as a small request, so the right token is looked up once a second.
        if let Some((at, settings)) = &*seen
            && *at == now
            && right(settings)
        {
            return Token::Right;
        }
        let Ok(settings) = self.app.settings() else { return Token::Wrong };
        let token = if right(&settings) { Token::Right } else { Token::Wrong };
        *seen = Some((now, settings));
        token
    }
}

impl bridge::Admission for Admission {
    fn class(&self, asked: &Asked<'_>) -> Class {
        let verb = if asked.method == "POST" { Verb::Post } else { Verb::Get };
        let mut request = Request::new(verb, asked.target);
        let brought = CREDENTIALS.iter().filter_map(|name| Some((*name, (asked.header)(name)?)));
        request.headers = brought.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        request.secure = asked.secure;
        request.root = Arc::clone(&self.app.front.root);
        request.cookie_suffix = Arc::clone(self.app.cookie_suffix());
        let class = |lane, max_body| Class { lane, max_body, ignores_larger: false, token: Token::None };
        if is_for_programs(&request.path) {
            let token = self.token(&request);
            return match token {
                Token::Right => Class { token, ..class(Lane::Node, MAX_NODE_BODY) },
                Token::None if auth::is_known(&self.app, &request) => class(Lane::Admin, MAX_FORM),
                Token::None | Token::Wrong => Class { token, ignores_larger: true, ..class(Lane::Public, MAX_FORM) },
            };
        }
        match (&*tidied(&request.path), &request.verb) {
            ("/healthz", _) => class(Lane::Check, MAX_FORM),
            ("/login", Verb::Post) if !auth::is_known(&self.app, &request) => class(Lane::SignIn, MAX_SIGN_IN),
            ("/login", Verb::Post) => class(Lane::Admin, MAX_SIGN_IN),
            (path, _) => {
                let lane = if auth::is_known(&self.app, &request) { Lane::Admin } else { Lane::Public };
                let imports = path == "/import" && lane == Lane::Admin;
                class(lane, if imports { MAX_IMPORT } else { MAX_FORM })
            }
        }
    }
}
