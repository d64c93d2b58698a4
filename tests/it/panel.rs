//! A panel to test: in memory, with a clock and randomness of its own, answering without a socket.

use mu_panel::{
    app::{App, Front},
    http::{Body, Reply, Request, Verb},
    model::{Draft, Name, Time, User, Zone},
    routes::respond,
    store::{Setting, Store},
};
use std::{
    cell::{Cell, RefCell},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// 2026-11-22 12:00 UTC, a Sunday.
pub const NOON: Time = 1_795_348_800;
/// A day, in seconds.
pub const DAY: Time = 86_400;
/// The admin's password in tests that sign in.
pub const PASSWORD: &str = "correct horse";

/// A panel whose clock stands until it is told to move.
pub struct Panel {
    pub app: Arc<App>,
    now: Cell<Time>,
}

impl Panel {
    /// An empty one in memory, in UTC.
    pub fn new() -> Self {
        Self::on(Store::in_memory().unwrap(), Zone::utc())
    }

    /// One in the database `file`, in UTC.
    pub fn at(file: &Path) -> Self {
        Self::on(Store::open(file).unwrap(), Zone::utc())
    }

    /// One in memory, in another time zone.
    pub fn in_zone(zone: Zone) -> Self {
        Self::on(Store::in_memory().unwrap(), zone)
    }

    /// An empty one in memory, in UTC, which clients reach that way.
    pub fn behind(front: Front) -> Self {
        Self::with(Store::in_memory().unwrap(), Zone::utc(), front)
    }

    fn on(store: Store, zone: Zone) -> Self {
        Self::with(store, zone, Front::default())
    }

    fn with(store: Store, zone: Zone, front: Front) -> Self {
        let mut app = App::new(store, Box::new(scatter), zone, front).unwrap();
        // However slow the machine is, what is short ends within the first answer.
        let patience = Duration::from_mins(1);
        app.importing.patience = patience;
        app.downloads.making.patience = patience;
        app.restore.looking.patience = patience;
        app.restore.putting.patience = patience;
        Self { app: Arc::new(app), now: Cell::new(NOON) }
    }

    /// The app, to be changed before anything shares it.
    pub fn app_mut(&mut self) -> &mut App {
        Arc::get_mut(&mut self.app).unwrap()
    }

    /// What its clock shows.
    pub fn now(&self) -> Time {
        self.now.get()
    }

    /// Sets its clock.
    pub fn set_clock(&self, now: Time) {
        self.now.set(now);
    }

    /// Lets its clock run on, or back.
    pub fn wait(&self, seconds: Time) {
        self.now.set(self.now.get() + seconds);
    }

    /// The node token.
    pub fn token(&self) -> String {
        self.app.store.settings().unwrap().get(Setting::NodeToken).unwrap().to_owned()
    }

    /// Adds a user with nothing but a name.
    pub fn add(&self, name: &str) -> User {
        self.add_as(name, |_| {})
    }

    /// Adds a user with whatever `describe` sets.
    pub fn add_as(&self, name: &str, describe: impl FnOnce(&mut Draft)) -> User {
        let mut draft = Draft::named(Name::parse(name).unwrap());
        describe(&mut draft);
        self.app.add_user(draft, self.now()).unwrap()
    }

    /// A user as stored now.
    pub fn user(&self, id: i64) -> User {
        self.app.store.user(id, self.now()).unwrap().expect("there is such a user")
    }

    /// What a user has uploaded and downloaded.
    pub fn used(&self, id: i64) -> (i64, i64) {
        let used = self.user(id).used;
        (used.u.get(), used.d.get())
    }

    /// Sends a request as it is.
    pub fn send(&self, mut request: Request) -> Answer {
        request.now = self.now();
        Answer(respond(&self.app, request))
    }

    /// Calls as a stranger.
    pub fn stranger(&self) -> Caller<'_> {
        Caller { panel: self, headers: RefCell::default(), csrf: RefCell::default() }
    }

    /// Calls as a node that knows the token.
    pub fn node(&self) -> Caller<'_> {
        self.stranger().with("token", &self.token())
    }

    /// Calls as the admin, after setting a password and signing in.
    pub fn admin(&self) -> Caller<'_> {
        let stranger = self.stranger();
        if self.app.store.settings().unwrap().get(Setting::AdminPasswordHash).is_none() {
            let hash = mu_panel::auth::password_hash(&self.app, PASSWORD).unwrap();
            self.app.store.set_admin_password(hash, true).unwrap();
        }
        stranger.sign_in(PASSWORD).is(303);
        stranger
    }
}

/// A client of the panel, whose headers and cookies stay.
pub struct Caller<'p> {
    panel: &'p Panel,
    headers: RefCell<Vec<(String, String)>>,
    csrf: RefCell<String>,
}

impl Caller<'_> {
    /// With one more header in each request.
    pub fn with(self, name: &str, value: &str) -> Self {
        self.headers.borrow_mut().push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// GET.
    pub fn get(&self, target: &str) -> Answer {
        let answer = self.call(Request::new(Verb::Get, target));
        if let Some(csrf) = between(&answer.body(), "name=\"csrf\" value=\"", "\"") {
            *self.csrf.borrow_mut() = csrf;
        }
        answer
    }

    /// POST with a body as it is.
    pub fn post(&self, target: &str, body: impl Into<Vec<u8>>) -> Answer {
        let mut request = Request::new(Verb::Post, target);
        request.body = Arc::new(body.into());
        self.call(request)
    }

    /// POST of a form such as `name=alice`, with the token of the last page that was looked at.
    pub fn submit(&self, target: &str, form: &str) -> Answer {
        let csrf = self.csrf.borrow().clone();
        self.post(target, format!("{form}&csrf={csrf}"))
    }

    /// POST of a form with those fields and the file `content` in it, and with the token of the last page that was
    /// looked at.
    pub fn upload(&self, target: &str, fields: &[(&str, &str)], content: &[u8]) -> Answer {
        let csrf = self.csrf.borrow().clone();
        let mut request = Request::new(Verb::Post, target);
        // Browsers take another one each time.
        let boundary = format!("{BOUNDARY}{}", self.panel.app.letters(4));
        request.body = form_with_file(&boundary, &[&[("csrf", &*csrf)], fields].concat(), content).into();
        self.headers
            .borrow_mut()
            .push(("content-type".to_owned(), format!("multipart/form-data; boundary={boundary}")));
        let answer = self.call(request);
        self.headers.borrow_mut().retain(|(name, _)| name != "content-type");
        answer
    }

    /// Signs in at `/login` and keeps the cookie and the token of the forms.
    pub fn sign_in(&self, password: &str) -> Answer {
        self.get("/login");
        let answer = self.submit("/login", &format!("password={}", password.replace(' ', "+")));
        if answer.0.status == 303 {
            self.get("/");
        }
        answer
    }

    /// A stranger on the same panel.
    pub fn elsewhere(&self) -> Self {
        self.panel.stranger()
    }

    /// A request as this caller would send it now.
    pub fn request(&self, verb: Verb, target: &str, body: &str) -> Request {
        let mut request = Request::new(verb, target);
        request.body = Arc::new(body.into());
        request.headers.clone_from(&self.headers.borrow());
        request.now = self.panel.now();
        request
    }

    fn call(&self, mut request: Request) -> Answer {
        request.headers.clone_from(&self.headers.borrow());
        let answer = self.panel.send(request);
        for (_, cookie) in answer.0.headers.iter().filter(|(name, _)| *name == "Set-Cookie") {
            self.keep(cookie.split(';').next().unwrap_or_default());
        }
        answer
    }

    fn keep(&self, cookie: &str) {
        let name = cookie.split('=').next().unwrap_or_default();
        let mut headers = self.headers.borrow_mut();
        headers.retain(|(header, value)| header != "cookie" || value.split('=').next() != Some(name));
        headers.push(("cookie".to_owned(), cookie.to_owned()));
    }
}

/// With what browsers begin what stands between the parts of a form.
pub const BOUNDARY: &str = "----WebKitFormBoundary7MA4YWxkTrZu0gW";

/// A form with fields and a file in it, as a browser sends it.
pub fn form_with_file(boundary: &str, fields: &[(&str, &str)], content: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head =
        "Content-Disposition: form-data; name=\"file\"; filename=\"../../etc/%22passwd\"\r\nContent-Type: text/csv";
    body.extend_from_slice(format!("--{boundary}\r\n{head}\r\n\r\n").as_bytes());
    body.extend_from_slice(content);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    body
}

/// What the panel answered.
#[derive(Debug)]
pub struct Answer(pub Reply);

impl Answer {
    /// Checks the status.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.0.status, status, "{}", self.body());
        self
    }

    /// Checks that the text is in it.
    #[track_caller]
    pub fn shows(self, text: &str) -> Self {
        assert!(self.body().contains(text), "no `{text}` in: {}", self.body());
        self
    }

    /// Checks that the text is not in it.
    #[track_caller]
    pub fn hides(self, text: &str) -> Self {
        assert!(!self.body().contains(text), "`{text}` in: {}", self.body());
        self
    }

    /// The body as text. The spaces that keep a number on the line of its unit are spaces here.
    pub fn body(&self) -> String {
        self.0.text().replace('\u{a0}', " ")
    }

    /// The bytes of a file that was answered.
    #[track_caller]
    pub fn file(&self) -> Vec<u8> {
        let Body::File(file, length) = &self.0.body else { panic!("no file: {}", self.body()) };
        let mut bytes = vec![0; usize::try_from(*length).unwrap()];
        std::os::unix::fs::FileExt::read_exact_at(&**file, &mut bytes, 0).unwrap();
        bytes
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(self.0.body.as_bytes()).unwrap_or_else(|error| panic!("{error}: {}", self.body()))
    }

    /// The value of a header, empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.0.header(name).unwrap_or_default()
    }
}

/// The text between two others.
pub fn between(text: &str, before: &str, after: &str) -> Option<String> {
    let from = text.find(before)? + before.len();
    let length = text[from..].find(after)?;
    Some(text[from..from + length].to_owned())
}

/// Different bytes at each call, the same in each run of a test program with one test.
fn scatter(buffer: &mut [u8]) {
    static STATE: AtomicU64 = AtomicU64::new(1);
    for byte in buffer {
        let mut state = STATE.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        state ^= state >> 30;
        state = state.wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state ^= state >> 27;
        *byte = state.to_le_bytes()[3];
    }
}
