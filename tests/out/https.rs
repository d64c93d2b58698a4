//! The HTTPS client: whom it trusts, and what it does about answers that are too large, too slow, or lead elsewhere.

use crate::{
    recorder::{Recorder, Say, silent},
    support::keys::Keys,
};
use mu_panel::outbound::{Call, Failure, Https, Options, authorities};
use std::time::Duration;

fn get(url: &str) -> Call<'_> {
    Call { method: "GET", url, headers: &[], body: None }
}

#[test]
fn a_request_goes_out_as_given_and_any_status_comes_back() {
    let keys = Keys::new();
    let server = Recorder::start(Some(&keys), |received| match received.method.as_str() {
        "POST" => Say::status(201).with("Replay-Nonce", "n1").body(received.body.clone()),
        _ => Say::status(503).with("Retry-After", "120").body("busy"),
    });
    let trusted = Some(authorities(&keys.paths().0).unwrap());
    let client = Https::new(&Options { authorities: trusted, ..Options::default() });
    let url = format!("https://localhost:{}/a?b=c", server.address.port());
    let call = Call { method: "POST", url: &url, headers: &[("X-Token", "t")], body: Some(b"{\"a\":1}") };
    let answer = client.send(call).unwrap();
    assert_eq!((answer.status, &*answer.body, answer.header("replay-nonce")), (201, &b"{\"a\":1}"[..], Some("n1")));
    let answer = client.send(get(&url)).unwrap();
    assert_eq!((answer.status, &*answer.body, answer.header("retry-after")), (503, &b"busy"[..], Some("120")));
    assert_eq!(client.send(Call { method: "HEAD", ..get(&url) }).unwrap().status, 503);
    let seen = server.seen();
    assert_eq!((&*seen[0].path, seen[0].header("x-token"), seen[0].text()), ("/a?b=c", Some("t"), "{\"a\":1}"));
    assert!(seen[0].header("user-agent").unwrap().starts_with("mu-panel/"));
}

#[test]
fn a_certificate_of_an_unknown_authority_is_refused_before_anything_is_sent() {
    let (keys, other) = (Keys::new(), Keys::new());
    let server = Recorder::start(Some(&keys), |_| Say::status(200));
    let url = format!("https://localhost:{}/secret", server.address.port());
    for trusted in [None, Some(authorities(&other.paths().0).unwrap())] {
        let client = Https::new(&Options { authorities: trusted, ..Options::default() });
        let failure = client.send(get(&url)).unwrap_err();
        assert!(matches!(failure, Failure::Untrusted(_)), "{failure:?}");
        assert!(!failure.to_string().contains("secret"));
    }
    // The certificate is for another name.
    let trusted = Some(authorities(&keys.paths().0).unwrap());
    let client = Https::new(&Options { authorities: trusted, ..Options::default() });
    let failure = client.send(get(&format!("https://{}/secret", server.address))).unwrap_err();
    assert!(matches!(failure, Failure::Untrusted(_)), "{failure:?}");
    assert!(server.seen().is_empty());
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = Recorder::start(None, |_| Say::status(200));
    let target = format!("http://{}/", elsewhere.address);
    let server = Recorder::start(None, move |_| Say::status(307).with("Location", &target));
    let url = format!("http://{}/", server.address);
    for body in [None, Some(&b"secret"[..])] {
        let method = if body.is_some() { "POST" } else { "GET" };
        let answer = Https::new(&Options::default()).send(Call { method, body, ..get(&url) }).unwrap();
        assert_eq!(answer.status, 307);
    }
    assert!(elsewhere.seen().is_empty());
}

#[test]
fn what_stands_in_the_way_is_told_apart() {
    let large = Recorder::start(None, |_| Say::status(200).body(vec![0; 5000]));
    let broken = Recorder::start(None, |_| Say::status(0));
    let (listener, slow) = silent();
    let options = Options { time: Duration::from_millis(300), most: 4096, ..Options::default() };
    let fails = |url: String| Https::new(&options).send(get(&url)).unwrap_err();
    assert_eq!(fails(format!("http://{}/", large.address)), Failure::TooLarge(4096));
    assert_eq!(fails(format!("http://{slow}/")), Failure::TimedOut);
    let failure = fails(format!("http://{}/", broken.address));
    assert!(matches!(failure, Failure::Broken(_) | Failure::Unreachable(_)), "{failure:?}");
    drop(listener);
    assert!(matches!(fails(format!("http://{slow}/")), Failure::Unreachable(_)));
    for bad in ["ftp://localhost/", "localhost", "https://", "http://a b/", "/x"] {
        assert_eq!(fails(bad.to_owned()), Failure::BadUrl, "{bad}");
    }
}
