//! How notices get through to each kind of channel, and what a channel's server can do to us: nothing.

use crate::{
    notices::{NOON, Panel, open, webhook},
    panel::Running,
    recorder::{Recorder, Say, silent},
    support::{
        keys::Keys,
        programs::{free_port, missing, skip},
        wire::until,
    },
};
use mu_panel::{
    http::{Request, Verb},
    model::Happening,
    notify::{self, Channel, Kind, Mail, Security},
    outbound::{Options, authorities},
    routes::respond,
    store::Setting,
};
use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tempfile::TempDir;

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

/// A server that answers each connection with that head, then with bytes of `fill` without an end.
fn endless(head: &'static str, fill: &'static [u8]) -> (std::net::SocketAddr, Arc<AtomicUsize>) {
    let (listener, count) = (std::net::TcpListener::bind("127.0.0.1:0").unwrap(), Arc::new(AtomicUsize::new(0)));
    let (address, counted) = (listener.local_addr().unwrap(), Arc::clone(&count));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            counted.fetch_add(1, SeqCst);
            std::thread::spawn(move || {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request);
                let mut sent = stream.write_all(head.as_bytes());
                while sent.is_ok() && !fill.is_empty() {
                    sent = stream.write_all(fill);
                }
                // It says no more, and does not hang up either.
                let _ = stream.read_to_end(&mut Vec::new());
            });
        }
    });
    (address, count)
}

#[test]
fn hostile_answers_are_bounded_and_a_status_counts_whatever_follows() {
    static CLOCK: AtomicI64 = AtomicI64::new(NOON);
    let now = || CLOCK.load(SeqCst);
    let long = "HTTP/1.1 204 x\r\nX: ";
    let options = Options { time: Duration::from_secs(1), ..Options::default() };
    for (head, fill, taken) in [
        // A body without an end, one that never comes, one that comes too slowly.
        ("HTTP/1.1 200 x\r\n\r\n", &[b'x'; 4096][..], true),
        ("HTTP/1.1 200 x\r\nContent-Length: 1000000000000\r\n\r\n", &[b'x'; 4096][..], true),
        ("HTTP/1.1 202 x\r\nContent-Length: 5\r\n\r\n", &[][..], true),
        ("HTTP/1.1 500 x\r\n\r\n", &[b'x'; 4096][..], false),
        ("HTTP/1.1 302 x\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 99\r\n\r\n", &[][..], false),
        // Headers without an end, and one header without an end.
        ("HTTP/1.1 204 x\r\n", b"X-Header: something\r\n", false),
        (long, &[b'x'; 4096][..], false),
        ("", &[b'x'; 4096][..], false),
        ("", &[][..], false),
        ("HTTP/1.1 100 x\r\n\r\n", b"HTTP/1.1 100 x\r\n\r\n", false),
    ] {
        let panel = Panel::new();
        let (address, count) = endless(head, fill);
        panel.channel(&webhook(format!("http://{address}/")));
        notify::try_out(&panel.app, now(), Kind::Webhook).unwrap();
        notify::start(&panel.app, panel.file.clone(), now, &options).unwrap();
        let about = format!("{head:?} {}", fill.len());
        until(&about, || panel.app.notices.last("webhook").is_some());
        let (_, error) = panel.app.notices.last("webhook").unwrap();
        assert_eq!(error.is_none(), taken, "{about}: {error:?}");
        assert!(error.is_none_or(|error| error.chars().count() <= 350), "{about}");
        until("it is kept or not", || panel.app.store.next_notice().unwrap().is_some() != taken);
        assert_eq!(count.load(SeqCst), 1, "{about}");
    }
}

#[test]
fn no_request_waits_for_a_channel_that_is_silent_and_others_are_told_meanwhile() {
    static CLOCK: AtomicI64 = AtomicI64::new(NOON);
    let now = || CLOCK.load(SeqCst);
    let panel = Panel::new();
    let (listener, silent) = silent();
    let server = Recorder::start(None, |_| Say::status(200));
    panel.channel(&webhook(format!("http://{silent}/")));
    notify::start(&panel.app, panel.file.clone(), now, &Options { time: Duration::from_secs(2), ..Options::default() })
        .unwrap();
    notify::try_out(&panel.app, now(), Kind::Webhook).unwrap();
    // The channel has been called, and is not answered: what is asked of the panel is, in the same moment.
    let (called, _) = listener.accept().unwrap();
    let mut request = Request::new(Verb::Get, "/healthz");
    request.now = now();
    assert_eq!(respond(&panel.app, request).status, 200);
    panel.report("[]", now());
    panel.channel(&Channel::Ntfy { url: format!("http://{}/topic", server.address), token: String::new() });
    notify::raise(&panel.app, now(), Happening::Disk, &["1 MiB".to_owned()]).unwrap();
    until("the other channel is told", || server.seen().len() == 1);
    drop(called);
}

#[test]
fn a_receiver_written_from_the_document_takes_what_is_sent() {
    static CLOCK: AtomicI64 = AtomicI64::new(NOON);
    let now = || CLOCK.load(SeqCst);
    let document = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/webhook.md")).unwrap();
    for what in Happening::ALL {
        assert!(document.contains(&format!("`{}`", what.key())), "{} is not in the document", what.key());
    }
    if missing(&["python3"]) {
        return;
    }
    let port = free_port().to_string();
    let program = document.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let (key, place) = ("the signing key", "9000");
    assert!(program.contains(key) && program.contains(place), "{program}");
    let dir = TempDir::new().unwrap();
    let (script, log) = (dir.path().join("receiver.py"), dir.path().join("log"));
    std::fs::write(&script, program.replace(place, &port).replace(key, "s3cret")).unwrap();
    let _receiver = Running::start(Command::new("python3").arg(&script), &log);
    until("the receiver listens", || std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_ok());
    let panel = Panel::new();
    panel.channel(&webhook(format!("http://127.0.0.1:{port}/any/path?x=1")));
    notify::raise(&panel.app, now(), Happening::QuotaOver, &["小李".to_owned(), "a\"b".to_owned()]).unwrap();
    notify::start(&panel.app, panel.file.clone(), now, &Options::default()).unwrap();
    until("it is taken", || panel.app.store.next_notice().unwrap().is_none());
    until("it is printed", || std::fs::read_to_string(&log).unwrap().contains("小李"));
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(said.contains("quota-over") && said.contains("a\"b"), "{said}");
    // With another key it is refused, and so tried again.
    panel.channel(&Channel::Webhook { url: format!("http://127.0.0.1:{port}/"), secret: "other".to_owned() });
    notify::try_out(&panel.app, now(), Kind::Webhook).unwrap();
    until("it is refused", || panel.app.notices.last("webhook").is_some_and(|(_, error)| error.is_some()));
    assert_eq!(panel.app.notices.last("webhook").unwrap().1.unwrap(), "the server answered 403");
}

const SMTP_SERVER: &str = r#"
import asyncio, ssl, sys
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
port, cert, key, out, mode = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5]
class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 no such user here: " + address
        envelope.rcpt_tos.append(address)
        return "250 OK"
    async def handle_DATA(self, server, session, envelope):
        with open(out, "ab") as f:
            head = "%s %s %s\n" % (envelope.mail_from, ",".join(envelope.rcpt_tos), session.ssl is not None)
            f.write(head.encode() + envelope.content + b"\n--\n")
        return "250 OK"
def auth(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == b"panel" and data.password == b"geheim", handled=False)
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(cert, key)
class Own(Controller):
    def factory(self):
        if mode == "tls":
            return SMTP(self.handler, authenticator=auth, auth_required=True, auth_require_tls=False)
        return SMTP(self.handler, tls_context=context, require_starttls=True, authenticator=auth, auth_required=True)
controller = Own(Handler(), hostname="127.0.0.1", port=port, ssl_context=context if mode == "tls" else None)
controller.start()
print("ready", flush=True)
import time
while True: time.sleep(3600)
"#;

/// A mail server, if there is one: itself, where its mails are put, and how to reach it.
fn mail_server(dir: &TempDir, keys: &Keys, security: Security) -> Option<(Running, PathBuf, Mail)> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/bin/python");
    if !Command::new(&python).args(["-c", "import aiosmtpd"]).status().is_ok_and(|status| status.success()) {
        assert!(std::env::var_os("CI").is_none(), "aiosmtpd is not installed in target/peers");
        skip("aiosmtpd is not installed in target/peers");
        return None;
    }
    let port = free_port();
    let (certificate, key) = keys.paths();
    let (script, out, log) = (dir.path().join("smtp.py"), dir.path().join("mails"), dir.path().join("log"));
    std::fs::write(&script, SMTP_SERVER).unwrap();
    let mut command = Command::new(python);
    command.arg(&script).arg(port.to_string()).args([&certificate, &key, &out]).arg(security.key());
    let server = Running::start(&mut command, &log);
    until("the mail server is ready", || std::fs::read_to_string(&log).is_ok_and(|log| log.contains("ready")));
    let mail = Mail {
        host: "localhost".to_owned(),
        port,
        security,
        user: "panel".to_owned(),
        password: "geheim".to_owned(),
        from: "Panel <panel@example.org>".to_owned(),
        to: "one@example.org, two@example.org".to_owned(),
    };
    Some((server, out, mail))
}

#[test]
fn mail_goes_over_tls_and_refusals_are_told() {
    static CLOCK: AtomicI64 = AtomicI64::new(NOON);
    let now = || CLOCK.load(SeqCst);
    for security in [Security::Tls, Security::StartTls] {
        let (keys, dir) = (Keys::new(), TempDir::new().unwrap());
        let Some((_server, out, mail)) = mail_server(&dir, &keys, security) else { return };
        let trusting = Options { authorities: Some(authorities(&keys.paths().0).unwrap()), ..Options::default() };
        for (mail, refused) in [
            (mail.clone(), None),
            (Mail { password: "falsch".to_owned(), ..mail.clone() }, Some("535")),
            (Mail { to: "one@example.org, nobody@example.org".to_owned(), ..mail.clone() }, Some("nobody@example.org")),
            (Mail { user: String::new(), ..mail.clone() }, Some("530")),
            (Mail { port: 1, ..mail.clone() }, Some("onnect")),
        ] {
            let _ = std::fs::remove_file(&out);
            let panel = Panel::new();
            panel.channel(&Channel::Mail(mail.clone()));
            notify::try_out(&panel.app, now(), Kind::Mail).unwrap();
            notify::start(&panel.app, panel.file.clone(), now, &trusting).unwrap();
            until("it is tried", || panel.app.notices.last("mail").is_some());
            let (_, error) = panel.app.notices.last("mail").unwrap();
            let Some(words) = refused else {
                assert_eq!(error, None);
                let mails = std::fs::read_to_string(&out).unwrap();
                // The server itself knows of TLS only if it began with `STARTTLS`.
                let secret = if security == Security::StartTls { "True" } else { "False" };
                let begins = format!("panel@example.org one@example.org,two@example.org {secret}\n");
                assert!(mails.starts_with(&begins), "{mails}");
                continue;
            };
            let error = error.unwrap_or_default();
            assert!(error.contains(words), "{words}: {error}");
            assert!(!error.contains(&mail.password), "{error}");
            assert!(!out.exists(), "{words}: nobody gets half of it");
            until("it is tried again", || panel.app.store.next_notice().unwrap() == Some(now() + 60));
        }
    }
}

#[test]
fn mail_goes_by_starttls_to_a_server_that_is_trusted() {
    static CLOCK: AtomicI64 = AtomicI64::new(NOON);
    let now = || CLOCK.load(SeqCst);
    let (keys, dir) = (Keys::new(), TempDir::new().unwrap());
    let certificate = keys.paths().0;
    let Some((_server, out, mail)) = mail_server(&dir, &keys, Security::StartTls) else { return };
    let panel = Panel::new();
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
