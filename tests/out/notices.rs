//! Notices: what is told when, once for many, and how it gets through to each kind of channel.

use crate::{
    recorder::{Received, Recorder, Say},
    support::wire::until,
};
use aws_lc_rs::hmac;
use mu_panel::{
    app::{App, Front},
    http::{Request, Verb},
    model::{Bytes, Date, Draft, Happening, Name, Time, Zone},
    notify::{self, Channel, Kind},
    outbound::Options,
    routes::respond,
    store::{Setting, Store},
};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering::SeqCst},
    },
};
use tempfile::TempDir;

/// 2026-11-22 12:00 UTC.
pub(crate) const NOON: Time = 1_795_348_800;
const DAY: Time = 86_400;

pub(crate) struct Panel {
    pub(crate) app: Arc<App>,
    pub(crate) file: PathBuf,
    _dir: TempDir,
}

pub(crate) fn open(file: &Path) -> Arc<App> {
    let random = |bytes: &mut [u8]| aws_lc_rs::rand::fill(bytes).unwrap();
    Arc::new(App::new(Store::open(file).unwrap(), Box::new(random), Zone::utc(), Front::default()).unwrap())
}

impl Panel {
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let file = dir.path().join("mu-panel.db");
        Self { app: open(&file), file, _dir: dir }
    }

    pub(crate) fn channel(&self, channel: &Channel) {
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

    pub(crate) fn report(&self, rows: &str, now: Time) {
        let token = self.app.store.settings().unwrap().get(Setting::NodeToken).unwrap().to_owned();
        let mut request = Request::new(Verb::Post, "/mu/v2/nodes/1/traffic");
        request.headers.push(("token".to_owned(), token));
        request.body = Arc::new(rows.as_bytes().to_vec());
        request.now = now;
        assert_eq!(respond(&self.app, request).status, 200);
    }
}

pub(crate) fn webhook(url: String) -> Channel {
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

/// What a recorder was told: the event, the first line and the names.
fn heard(server: &Recorder) -> Vec<(String, String, Vec<String>)> {
    let message = |received: &Received| serde_json::from_slice::<notify::Message>(&received.body).unwrap();
    server.seen().iter().map(message).map(|message| (message.event, message.title, message.names)).collect()
}

#[test]
fn each_event_is_delivered_in_the_admins_language_as_it_happens() {
    static CLOCK: AtomicI64 = AtomicI64::new(NOON);
    let now = || CLOCK.load(SeqCst);
    let panel = Panel::new();
    let server = Recorder::start(None, |_| Say::status(204));
    panel.channel(&webhook(format!("http://{}/", server.address)));
    let anna = panel.add("anna", |draft| {
        draft.quota = Some(Bytes::new(1000));
        draft.expires = Some(Date::parse("2026-12-01").unwrap());
    });
    let use_up = |bytes: i64| panel.report(&format!(r#"[{{"user_id":{anna},"u":0,"d":{bytes}}}]"#), now());
    panel.report("[]", NOON);
    notify::start(&panel.app, panel.file.clone(), now, &Options::default()).unwrap();
    let mut count = 0;
    let mut tells = |event: &str, title: &str, name: &str| {
        count += 1;
        // Two that come of one report may be told in either order.
        let told = (event.to_owned(), format!("mu-panel: {title}"), vec![name.to_owned()]);
        until(event, || {
            panel.app.notices.look();
            heard(&server).contains(&told)
        });
        until("it is no longer kept", || panel.app.store.next_notice().unwrap().is_none());
    };
    // The first comparison only remembers.
    until("it has looked", || panel.app.store.is_news(Happening::QuotaNear, 99).unwrap_or(true));
    CLOCK.store(NOON + 301, SeqCst);
    tells("node-offline", "A node is offline", "#1");
    use_up(800);
    tells("quota-near", "A user has used 80% of their quota", "anna");
    tells("node-back", "A node is back", "#1");
    panel.app.store.set(Setting::Language, Some("zh".to_owned())).unwrap();
    use_up(200);
    tells("quota-over", "1 位用户的流量已用尽，连接已断开", "anna");
    panel.app.notices.stands(Happening::Backup, Some("disk full".to_owned()));
    tells("backup", "每日备份失败", "disk full");
    panel.app.notices.stands(Happening::Backup, None);
    panel.app.notices.stands(Happening::Port, Some("20001".to_owned()));
    tells("port", "内置节点无法监听端口", "20001");
    panel.app.notices.stands(Happening::Port, None);
    panel.app.store.set(Setting::Language, Some("en".to_owned())).unwrap();
    // The node calls before the clock goes on, or it would be offline in between.
    panel.report("[]", NOON + 6 * DAY);
    CLOCK.store(NOON + 6 * DAY, SeqCst);
    tells("expires-soon", "A user expires within 3 days", "anna");
    panel.report("[]", NOON + 10 * DAY);
    CLOCK.store(NOON + 10 * DAY, SeqCst);
    tells("expired", "A user has expired", "anna");
    let from = |address: [u8; 4]| {
        let mut request = Request::new(Verb::Post, "/login");
        (request.peer, request.now) = (address.into(), now());
        notify::signed_in(&panel.app, &request);
    };
    from([192, 0, 2, 1]);
    from([192, 0, 2, 2]);
    tells("sign-in", "A sign-in from a new address", "192.0.2.2");
    assert_eq!(heard(&server).len(), count, "each once: {:?}", heard(&server));
}

#[test]
fn what_was_taken_is_not_sent_again_when_the_database_cannot_be_written() {
    static CLOCK: AtomicI64 = AtomicI64::new(NOON);
    let now = || CLOCK.load(SeqCst);
    let panel = Panel::new();
    let server = Recorder::start(None, |_| Say::status(204));
    panel.channel(&webhook(format!("http://{}/", server.address)));
    let database = rusqlite::Connection::open(&panel.file).unwrap();
    let refuse = "CREATE TRIGGER full BEFORE DELETE ON outbox BEGIN SELECT RAISE(FAIL, 'disk full'); END";
    database.execute_batch(refuse).unwrap();
    notify::raise(&panel.app, now(), Happening::Disk, &["1 MiB".to_owned()]).unwrap();
    notify::start(&panel.app, panel.file.clone(), now, &Options::default()).unwrap();
    until("it is sent", || server.seen().len() == 1);
    for round in 1..=5 {
        CLOCK.fetch_add(3600, SeqCst);
        // That it goes round is seen by what else is noticed.
        panel.app.notices.stands(Happening::Port, Some(round.to_string()));
        until("it has looked", || panel.app.store.next_notice().unwrap().is_some());
    }
    assert_eq!(heard(&server).iter().filter(|(event, ..)| event == "disk").count(), 1);
    database.execute_batch("DROP TRIGGER full").unwrap();
    panel.app.notices.ring();
    until("all is delivered", || {
        panel.app.notices.ring();
        panel.app.store.next_notice().unwrap().is_none()
    });
    assert_eq!(heard(&server).iter().filter(|(event, ..)| event == "disk").count(), 1);
}
