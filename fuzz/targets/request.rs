//! Whole requests to a panel in memory, as a stranger, a node and the admin: always an answer, never a 500, and the
//! database stays sound.
//!
//! The first byte of an input chooses the address, the second who asks, with what headers and when; the rest is cut at
//! its first two line ends into what stands at the `{…}` of the address, the query, and the body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mu_panel::{
    app::{App, Front},
    auth,
    http::{Reply, Request, Verb},
    model::{Draft, Name, ResetDay, Zone},
    routes::{TABLE, respond},
    store::{Session, Setting, Store},
};
use sha2::{Digest, Sha256};
use std::{
    cell::RefCell,
    sync::atomic::{AtomicU64, Ordering},
};

/// 2026-11-22 12:00 UTC.
const NOON: i64 = 1_795_348_800;
const TOKEN: &str = "Qm5vdGFzZWNyZXQ0dGVzdHM1";
const PASSWORD: &str = "correct horse";
const COOKIE: &str = "Y29va2llIG9mIHRoZSBhZG1pbg";
const CSRF: &str = "dG9rZW4gb2YgdGhlIGZvcm1z";
/// After so many a new panel is made, so that none grows without end.
const MAX_REQUESTS: u32 = 1000;

struct Panel {
    app: App,
    asked: u32,
}

thread_local! {
    static PANEL: RefCell<Panel> = RefCell::new(Panel::new());
}

fuzz_target!(|input: &[u8]| {
    PANEL.with_borrow_mut(|panel| {
        if panel.asked >= MAX_REQUESTS {
            *panel = Panel::new();
        }
        panel.asked += 1;
        panel.ask(input);
    });
});

impl Panel {
    fn new() -> Self {
        // The same in each run, and never the same twice in one.
        let seed = AtomicU64::new(1);
        let random = move |buffer: &mut [u8]| {
            buffer.fill_with(|| {
                let state = seed.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
                let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                (state ^ (state >> 27)).to_le_bytes()[3]
            });
        };
        let app = App::new(Store::in_memory().expect("a database"), Box::new(random), Zone::utc(), Front::default()).expect("an app");
        app.store.set(Setting::NodeToken, Some(TOKEN.to_owned())).expect("a token");
        for name in ["alice", "bob"] {
            let mut draft = Draft::named(Name::parse(name).expect("a name"));
            draft.reset_day = ResetDay::new(1).ok();
            app.add_user(draft, NOON).expect("a user");
        }
        // Hashing takes most of the time that a new panel takes, and is not what is looked at here.
        thread_local!(static HASH: RefCell<Option<String>> = const { RefCell::new(None) });
        let hash = HASH.with_borrow_mut(|hash| {
            hash.get_or_insert_with(|| auth::password_hash(&app, PASSWORD).expect("a hash")).clone()
        });
        app.store.set_admin_password(hash, true).expect("a password");
        let session = Session {
            token_hash: Sha256::digest(COOKIE).into(),
            csrf: CSRF.to_owned(),
            created: NOON,
            last_seen: NOON,
            address: "192.0.2.1".to_owned(),
            agent: String::new(),
        };
        app.store.add_session(session).expect("a sign-in");
        let panel = Self { app, asked: 0 };
        assert_eq!(panel.send(Request::new(Verb::Get, "/settings"), 1).status, 200);
        panel
    }

    fn ask(&mut self, input: &[u8]) {
        let [first, how, rest @ ..] = input else { return };
        let mut parts = rest.splitn(3, |byte| *byte == b'\n');
        let mut part = || parts.next().unwrap_or_default();
        let (captured, query, body) = (String::from_utf8_lossy(part()), String::from_utf8_lossy(part()), part());
        let (verb, path) = match TABLE.get(usize::from(*first)) {
            Some(route) => (route.verb.clone(), route.path.replace("{id}", &captured)),
            None => (if first % 2 == 0 { Verb::Get } else { Verb::Post }, format!("/{captured}")),
        };
        let mut request = Request::new(verb, &format!("{path}?{query}"));
        request.body = body.to_vec().into();
        let reply = self.send(request, *how);
        let signed_out = how % 4 == 1 && reply.status == 303 && reply.header("Location").is_some_and(is_sign_in);
        if self.asked % 256 == 255 || signed_out {
            let checked = self.app.store.check().expect("it can be looked at");
            assert!(checked.faults.is_empty(), "{checked:?}");
        }
        if signed_out {
            self.asked = MAX_REQUESTS;
        }
    }

    fn send(&self, mut request: Request, how: u8) -> Reply {
        match how % 4 {
            0 => request.headers.push(("token".to_owned(), self.token())),
            1 | 2 => {
                request.cookie_suffix = self.app.cookie_suffix().clone();
                request = request.with_cookie(auth::COOKIE, COOKIE);
                if how % 4 == 1 && request.verb == Verb::Post {
                    std::sync::Arc::make_mut(&mut request.body).extend(format!("&csrf={CSRF}").into_bytes());
                }
            }
            _ => {}
        }
        if how & 4 != 0 {
            request.headers.push(("idempotency-key".to_owned(), String::from_utf8_lossy(&request.body).into_owned()));
        }
        if how & 8 != 0 {
            request.headers.push(("accept-language".to_owned(), "zh-CN,zh;q=0.9".to_owned()));
        }
        let day = 86_400;
        request.now = NOON + [0, 0, 0, 1, 40 * day, -40 * day, 400 * day, -400 * day][usize::from(how >> 5)];
        let for_programs = request.path.starts_with("/mu/");
        let described = format!("{} {}", request.verb.as_str(), request.path);
        let reply = respond(&self.app, request);
        assert!(
            matches!(reply.status, 200 | 303 | 400 | 401 | 403 | 404 | 405 | 409 | 413 | 429),
            "{described}: {} {}",
            reply.status,
            reply.text()
        );
        if for_programs {
            let answer: serde_json::Value = serde_json::from_slice(reply.body.as_bytes()).expect("JSON below /mu");
            assert_eq!(answer["ret"], i32::from(reply.status == 200), "{described}");
            assert_ne!(reply.status, 303, "{described}");
        }
        reply
    }

    /// The token as it is now: the admin may have changed it.
    fn token(&self) -> String {
        self.app.store.settings().expect("settings").get(Setting::NodeToken).unwrap_or_default().to_owned()
    }
}

fn is_sign_in(location: &str) -> bool {
    location.starts_with("/login")
}
