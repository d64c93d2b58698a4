//! Notices: what is told when, once for many, and how it gets through to each kind of channel.

use crate::{
    panel::Running,
    recorder::{Received, Recorder, Say},
    support::{keys::Keys, programs::free_port, programs::skip, wire::until},
};
use aws_lc_rs::hmac;
use mu_panel::{
    app::App,
    http::{Request, Verb},
    model::{Bytes, Date, Draft, Happening, Name, Time, Zone},
    notify::{self, Channel, Kind, Mail, Security},
    outbound::{Options, authorities},
    routes::respond,
    store::{Setting, Store},
};
use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering::SeqCst},
    },
};
use tempfile::TempDir;

/// 2026-11-22 12:00 UTC.
const NOON: Time = 1_795_348_800;
const DAY: Time = 86_400;

struct Panel {
    app: Arc<App>,
    file: PathBuf,
    _dir: TempDir,
}

fn open(file: &Path) -> Arc<App> {
    let random = |bytes: &mut [u8]| aws_lc_rs::rand::fill(bytes).unwrap();
    Arc::new(App::new(Store::open(file).unwrap(), Box::new(random), Zone::utc()).unwrap())
}

impl Panel {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let file = dir.path().join("mu-panel.db");
        Self { app: open(&file), file, _dir: dir }
    }

    fn channel(&self, channel: &Channel) {
        self.app.store.set(notify::setting(channel.kind()), Some(channel.to_text())).unwrap();
    }

    fn look(&self, now: Time) {
        notify::look(&self.app, &self.file, now).unwrap();
    }

    /// The titles and names of what waits, which is taken out.
    fn told(&self) -> Vec<(String, Vec<String>)> {
        let mut told = Vec::new();
        loop {
            let due = self.app.store.due_notices(Time::MAX).unwrap();
            if due.is_empty() {
                return told;
            }
            for notice in due {
                let message: notify::Message = serde_json::from_str(&notice.payload).unwrap();
                told.push((message.event, message.names));
                self.app.store.notice_sent(notice.id).unwrap();
            }
        }
    }

    fn add(&self, name: &str, describe: impl FnOnce(&mut Draft)) -> i64 {
        let mut draft = Draft::named(Name::parse(name).unwrap());
        describe(&mut draft);
        self.app.add_user(draft, NOON).unwrap().id
    }

    fn report(&self, rows: &str, now: Time) {
        let token = self.app.store.settings().unwrap().get(Setting::NodeToken).unwrap().to_owned();
        let mut request = Request::new(Verb::Post, "/mu/v2/nodes/1/traffic");
        request.headers.push(("token".to_owned(), token));
        request.body = Arc::new(rows.as_bytes().to_vec());
        request.now = now;
        assert_eq!(respond(&self.app, request).status, 200);
    }
}

fn webhook(url: String) -> Channel {
    Channel::Webhook { url, secret: "s3cret".to_owned() }
}

fn told(event: &str, names: &[&str]) -> (String, Vec<String>) {
    (event.to_owned(), names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn users_are_told_of_once_and_many_in_one_message() {
    let panel = Panel::new();
    panel.channel(&webhook("http://127.0.0.1:1/".to_owned()));
    let old = panel.add("old", |draft| draft.quota = Some(Bytes::new(1000)));
    panel.report(&format!(r#"[{{"user_id":{old},"u":0,"d":1000}}]"#), NOON);
    panel.look(NOON);
    assert_eq!(panel.told(), [], "what was so before is not told");
    let ids: Vec<i64> = (0..30)
        .map(|number| panel.add(&format!("u{number:02}"), |draft| draft.quota = Some(Bytes::new(1000))))
        .collect();
    let rows = |ids: &[i64], d: i64| {
        let rows: Vec<String> = ids.iter().map(|id| format!(r#"{{"user_id":{id},"u":0,"d":{d}}}"#)).collect();
        format!("[{}]", rows.join(","))
    };
    panel.report(&rows(&ids, 799), NOON);
    panel.look(NOON + 60);
    assert_eq!(panel.told(), []);
    panel.report(&rows(&ids, 1), NOON);
    panel.look(NOON + 120);
    let near = panel.told();
    assert_eq!((near.len(), &*near[0].0, near[0].1.len()), (1, "quota-near", 20), "{near:?}");
    panel.report(&rows(&ids[..2], 300), NOON);
    panel.look(NOON + 180);
    assert_eq!(panel.told(), [told("quota-over", &["u00", "u01"])]);
    panel.look(NOON + 240);
    assert_eq!(panel.told(), []);
    // A new period is a new case.
    panel.app.store.reset_user(ids[0], NOON + 300).unwrap();
    panel.report(&rows(&ids[..1], 1000), NOON + 360);
    panel.look(NOON + 360);
    assert_eq!(panel.told(), [told("quota-over", &["u00"])]);
}

#[test]
fn the_last_day_is_told_three_days_before_and_when_it_is_over() {
    let panel = Panel::new();
    panel.channel(&webhook("http://127.0.0.1:1/".to_owned()));
    panel.look(NOON);
    let day = |text: &str| Some(Date::parse(text).unwrap());
    panel.add("anna", |draft| draft.expires = day("2026-11-26"));
    panel.add("never", |_| {});
    panel.look(NOON);
    assert_eq!(panel.told(), []);
    panel.look(NOON + DAY);
    assert_eq!(panel.told(), [told("expires-soon", &["anna"])]);
    panel.look(NOON + 4 * DAY);
    assert_eq!(panel.told(), []);
    panel.look(NOON + 5 * DAY);
    assert_eq!(panel.told(), [told("expired", &["anna"])]);
    // What is switched off is not told, nor told later.
    panel.app.store.set(Setting::NotifyOff, Some("expires-soon expired".to_owned())).unwrap();
    panel.add("bert", |draft| draft.expires = day("2026-11-28"));
    panel.look(NOON + 5 * DAY);
    assert_eq!(panel.told(), []);
    panel.app.store.set(Setting::NotifyOff, None).unwrap();
    panel.look(NOON + 5 * DAY + 60);
    assert_eq!(panel.told(), []);
}

#[test]
fn nodes_that_are_silent_and_back_failures_and_sign_ins_are_told() {
    let panel = Panel::new();
    panel.channel(&webhook("http://127.0.0.1:1/".to_owned()));
    panel.report("[]", NOON);
    panel.look(NOON + 300);
    assert_eq!(panel.told(), []);
    panel.look(NOON + 301);
    assert_eq!(panel.told(), [told("node-offline", &["#1"])]);
    panel.report("[]", NOON + 400);
    panel.look(NOON + 401);
    assert_eq!(panel.told(), [told("node-back", &["#1"])]);
    // Of what lasts, once a day.
    panel.app.notices.stands(Happening::Backup, Some("the disk is full".to_owned()));
    for (after, count) in [(500, 1), (560, 0), (DAY, 1)] {
        panel.report("[]", NOON + after);
        panel.look(NOON + after);
        assert_eq!(panel.told(), vec![told("backup", &["the disk is full"]); count], "{after}");
    }
    panel.app.notices.stands(Happening::Backup, None);
    panel.look(NOON + DAY + 60);
    panel.app.notices.stands(Happening::Port, Some("20001".to_owned()));
    panel.look(NOON + DAY + 120);
    assert_eq!(panel.told(), [told("port", &["20001"])]);
    // The first address of all is known.
    let from = |address: [u8; 4]| {
        let mut request = Request::new(Verb::Post, "/login");
        (request.peer, request.now) = (address.into(), NOON);
        notify::signed_in(&panel.app, &request);
    };
    from([192, 0, 2, 1]);
    from([192, 0, 2, 1]);
    assert_eq!(panel.told(), []);
    from([192, 0, 2, 2]);
    from([192, 0, 2, 2]);
    assert_eq!(panel.told(), [told("sign-in", &["192.0.2.2"])]);
}

#[test]
fn a_notice_is_tried_until_it_is_taken_and_then_never_again() {
    static CLOCK: AtomicI64 = AtomicI64::new(NOON);
    let now = || CLOCK.load(SeqCst);
    let panel = Panel::new();
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tries);
    let server = Recorder::start(None, move |_: &Received| match counted.fetch_add(1, SeqCst) {
        0 => Say::status(500).body(r#"{"description":"out of order"}"#),
        1 => Say::status(0),
        2 => Say::status(302).with("Location", "http://127.0.0.1:1/"),
        _ => Say::status(204),
    });
    let base = format!("http://{}", server.address);
    panel.channel(&webhook(format!("{base}/hook?x=1")));
    notify::try_out(&panel.app, now(), Kind::Webhook).unwrap();
    notify::start(&panel.app, panel.file.clone(), now, &Options::default()).unwrap();
    for (count, wait) in [(1, 60), (2, 120), (3, 240)] {
        until("the next try", || tries.load(SeqCst) == count);
        until("its failure is kept", || {
            panel.app.notices.last("webhook").is_some_and(|(at, error)| at == now() && error.is_some())
        });
        until("it waits", || panel.app.store.next_notice().unwrap() == Some(now() + wait));
        if count == 1 {
            let (_, error) = panel.app.notices.last("webhook").unwrap();
            assert_eq!(error.unwrap(), "the server answered 500: out of order");
        }
        CLOCK.fetch_add(wait, SeqCst);
        panel.app.notices.ring();
    }
    until("it is taken", || panel.app.store.next_notice().unwrap().is_none());
    panel.app.notices.ring();
    assert_eq!(tries.load(SeqCst), 4);
    let seen = server.seen();
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"s3cret");
    let signature = hmac::sign(&key, &seen[0].body);
    let hex: String = signature
        .as_ref()
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|n| char::from_digit(n.into(), 16).unwrap())
        .collect();
    assert_eq!(seen[0].header("x-mu-panel-signature"), Some(&*format!("sha256={hex}")));
    assert!(
        seen.iter()
            .all(|received| received.body == seen[0].body && received.header("x-mu-panel-delivery") == Some("1"))
    );
    assert_eq!((&*seen[0].method, &*seen[0].path), ("POST", "/hook?x=1"));
    let message: notify::Message = serde_json::from_slice(&seen[0].body).unwrap();
    assert_eq!((&*message.event, message.time), ("test", NOON));
}

#[test]
fn a_day_of_failures_is_enough_and_is_shown() {
    static CLOCK: AtomicI64 = AtomicI64::new(NOON);
    let now = || CLOCK.load(SeqCst);
    let panel = Panel::new();
    panel.channel(&webhook("http://127.0.0.1:1/".to_owned()));
    // Through a restart, and no more than there is room for.
    for _ in 0..250 {
        notify::raise(&panel.app, now(), Happening::Disk, &["10 MiB".to_owned()]).unwrap();
    }
    assert_eq!(panel.app.store.outbox().unwrap().0, 200);
    let again = open(&panel.file);
    for notice in again.store.due_notices(now()).unwrap() {
        assert!(notice.id > 50, "the oldest are dropped");
    }
    CLOCK.fetch_add(DAY, SeqCst);
    notify::start(&again, panel.file.clone(), now, &Options::default()).unwrap();
    until("all are given up", || again.store.outbox().unwrap().0 == 0);
    let (_, failed) = again.store.outbox().unwrap();
    assert_eq!(failed.len(), 20);
    assert!(failed[0].error.starts_with("cannot connect"), "{}", failed[0].error);
}

#[test]
fn telegram_and_ntfy_are_spoken_to_in_their_form() {
    static CLOCK: AtomicI64 = AtomicI64::new(NOON);
    let now = || CLOCK.load(SeqCst);
    let keys = Keys::new();
    let server = Recorder::start(Some(&keys), |_| Say::status(200).body("{\"ok\":true}"));
    let base = format!("https://localhost:{}", server.address.port());
    let panel = Panel::new();
    panel.app.store.set(Setting::Language, Some("zh".to_owned())).unwrap();
    panel.channel(&Channel::Telegram { server: base.clone(), token: "12:AB".to_owned(), chat: "-100".to_owned() });
    panel.channel(&Channel::Ntfy { url: format!("{base}/topic9"), token: "tk_1".to_owned() });
    notify::raise(&panel.app, now(), Happening::QuotaOver, &["小李".to_owned(), "anna".to_owned()]).unwrap();
    let trusted = Some(authorities(&keys.paths().0).unwrap());
    let options = Options { authorities: trusted, ..Options::default() };
    notify::start(&panel.app, panel.file.clone(), now, &options).unwrap();
    until("both are delivered", || panel.app.store.next_notice().unwrap().is_none());
    let mut seen = server.seen();
    seen.sort_by(|one, other| one.path.cmp(&other.path));
    let json = |at: usize| serde_json::from_slice::<serde_json::Value>(&seen[at].body).unwrap();
    assert_eq!((seen.len(), &*seen[0].path, &*seen[1].path), (2, "/", "/bot12:AB/sendMessage"));
    assert_eq!((json(0)["topic"].as_str(), seen[0].header("authorization")), (Some("topic9"), Some("Bearer tk_1")));
    assert_eq!(json(0)["message"], "2 位用户的流量已用尽，连接已断开\n小李、anna");
    assert_eq!((json(1)["chat_id"].as_str(), &json(1)["text"]), (Some("-100"), &json(0)["message"]));
    // A token stands in an address, and no address is ever in what is said.
    drop(server);
    panel.channel(&Channel::Telegram {
        server: "https://127.0.0.1:1".to_owned(),
        token: "12:AB".to_owned(),
        chat: "1".to_owned(),
    });
    notify::try_out(&panel.app, now(), Kind::Telegram).unwrap();
    until("it fails", || panel.app.notices.last("telegram").is_some_and(|(_, error)| error.is_some()));
    assert!(!panel.app.notices.last("telegram").unwrap().1.unwrap().contains("AB"));
}

const SMTP_SERVER: &str = r#"
import asyncio, ssl, sys
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
port, cert, key, out = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
class Handler:
    async def handle_DATA(self, server, session, envelope):
        with open(out, "ab") as f:
            head = "%s %s %s\n" % (envelope.mail_from, ",".join(envelope.rcpt_tos), session.ssl is not None)
            f.write(head.encode() + envelope.content + b"\n--\n")
        return "250 OK"
def auth(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == b"panel" and data.password == b"geheim")
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(cert, key)
class Own(Controller):
    def factory(self):
        return SMTP(self.handler, tls_context=context, require_starttls=True, authenticator=auth, auth_required=True)
controller = Own(Handler(), hostname="127.0.0.1", port=port)
controller.start()
print("ready", flush=True)
import time
while True: time.sleep(3600)
"#;

#[test]
fn mail_goes_by_starttls_to_a_server_that_is_trusted() {
    static CLOCK: AtomicI64 = AtomicI64::new(NOON);
    let now = || CLOCK.load(SeqCst);
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/bin/python");
    if !Command::new(&python).args(["-c", "import aiosmtpd"]).status().is_ok_and(|status| status.success()) {
        assert!(std::env::var_os("CI").is_none(), "aiosmtpd is not installed in target/peers");
        return skip("aiosmtpd is not installed in target/peers");
    }
    let (keys, dir, port) = (Keys::new(), TempDir::new().unwrap(), free_port());
    let (certificate, key) = keys.paths();
    let (script, out, log) = (dir.path().join("smtp.py"), dir.path().join("mails"), dir.path().join("log"));
    std::fs::write(&script, SMTP_SERVER).unwrap();
    let mut command = Command::new(python);
    command.arg(&script).arg(port.to_string()).args([&certificate, &key, &out]);
    let _server = Running::start(&mut command, &log);
    until("the mail server is ready", || std::fs::read_to_string(&log).is_ok_and(|log| log.contains("ready")));
    let panel = Panel::new();
    let mail = Mail {
        host: "localhost".to_owned(),
        port,
        security: Security::StartTls,
        user: "panel".to_owned(),
        password: "geheim".to_owned(),
        from: "Panel <panel@example.org>".to_owned(),
        to: "one@example.org, two@example.org".to_owned(),
    };
    panel.channel(&Channel::Mail(mail.clone()));
    notify::try_out(&panel.app, now(), Kind::Mail).unwrap();
    // Without trust in its certificate nothing is said to it.
    let strict = open(&panel.file);
    notify::start(&strict, panel.file.clone(), now, &Options::default()).unwrap();
    until("it is refused", || strict.notices.last("mail").is_some_and(|(_, error)| error.is_some()));
    assert!(!out.exists());
    let error = strict.notices.last("mail").unwrap().1.unwrap();
    assert!(!error.contains("geheim"), "{error}");
    panel.channel(&Channel::Mail(Mail { host: "localhost".to_owned(), ..mail }));
    CLOCK.fetch_add(60, SeqCst);
    let trusting = Options { authorities: Some(authorities(&certificate).unwrap()), ..Options::default() };
    notify::start(&panel.app, panel.file.clone(), now, &trusting).unwrap();
    panel.app.notices.ring();
    until("it is delivered", || panel.app.store.next_notice().unwrap().is_none());
    let mails = std::fs::read_to_string(&out).unwrap();
    assert!(mails.starts_with("panel@example.org one@example.org,two@example.org True\n"), "{mails}");
    assert!(
        mails.contains("Subject: mu-panel: This is a test. Notices arrive here.")
            && mails.contains("To: one@example.org, two@example.org"),
        "{mails}"
    );
}
