//! Where the panel is, as seen by whoever looks: its addresses in full.

use crate::http::Request;
use std::net::IpAddr;

/// The whole address of a path of ours, by the name under which the reader's browser reached the panel.
pub fn url(request: &Request, path: &str) -> String {
    let scheme = if request.secure { "https" } else { "http" };
    format!("{scheme}://{}{}", host(request), request.at(path))
}

/// Whether that name leads to the panel on this machine alone.
pub fn is_loopback(request: &Request) -> bool {
    let host = host(request);
    let bare = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let loopback = bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    loopback || bare == "localhost" || bare.ends_with(".localhost")
}

fn host(request: &Request) -> &str {
    request.header("host").filter(|host| is_host(host)).unwrap_or("localhost")
}

fn is_host(host: &str) -> bool {
    let bytes = host.as_bytes();
    (1..=255).contains(&bytes.len())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Verb;

    #[test]
    fn the_address_is_where_the_browser_is() {
        for (host, secure, shown, private) in [
            ("panel.example:8080", false, "http://panel.example:8080/mu/v2", false),
            ("[2001:db8::1]", true, "https://[2001:db8::1]/mu/v2", false),
            ("evil.example/\"><script>", false, "http://localhost/mu/v2", true),
            ("", false, "http://localhost/mu/v2", true),
            ("127.0.0.1:8080", false, "http://127.0.0.1:8080/mu/v2", true),
            ("[::1]:8080", false, "http://[::1]:8080/mu/v2", true),
        ] {
            let mut request = Request::new(Verb::Get, "/nodes/1");
            request.headers.push(("host".to_owned(), host.to_owned()));
            request.secure = secure;
            assert_eq!((url(&request, "/mu/v2").as_str(), is_loopback(&request)), (shown, private));
        }
    }
}
