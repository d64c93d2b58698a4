//! The addresses of the panel: in full, as the reader reached it, and as a request may name them.

use crate::{error::Fault, http::Request};
use std::net::IpAddr;

/// The whole address of a path of ours, by the name under which the reader's browser reached the panel.
pub fn url(request: &Request, path: &str) -> String {
    let scheme = if request.secure { "https" } else { "http" };
    format!("{scheme}://{}{}", host(request), request.at(path))
}

/// Reads a public address: scheme, host, port and path, without a slash at the end; nothing stands for none.
///
/// # Errors
/// [`Fault::AddressWhole`].
pub fn parse_public(typed: &str) -> Result<Option<String>, Fault> {
    let typed = typed.trim().trim_end_matches('/');
    if typed.is_empty() {
        return Ok(None);
    }
    let bad = || Fault::AddressWhole { given: typed.chars().take(80).collect() };
    let (scheme, rest) = typed.split_once("://").unwrap_or(("https", typed));
    // A word alone is taken for a slip; with `http://` before it, it may be a name of the network at home.
    if rest.len() == typed.len() && is_word(rest.split('/').next().unwrap_or_default()) {
        return Err(bad());
    }
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.' | b'~');
    let sound = matches!(scheme, "http" | "https") && is_host(host) && path.bytes().all(plain) && !path.contains("//");
    if sound { Ok(Some(format!("{scheme}://{host}{path}"))) } else { Err(bad()) }
}

/// The address that was asked for, below the root.
pub fn target(request: &Request) -> String {
    let query = request.query.encode();
    if query.is_empty() { request.path.clone() } else { format!("{}?{query}", request.path) }
}

/// The name under which the reader's browser reached the panel, without a port, unless it leads to this machine alone.
pub fn public_name(request: &Request) -> Option<&str> {
    let bare = without_port(host(request));
    Some(bare).filter(|bare| !bare.is_empty() && !is_loopback(request))
}

/// Whether that name leads to the panel on this machine alone.
pub fn is_loopback(request: &Request) -> bool {
    is_here(without_port(host(request)))
}

/// Whether a public address as [`parse_public`] returns it leads to this machine alone.
pub fn is_loopback_url(address: &str) -> bool {
    let host = address.split_once("://").map_or(address, |(_, rest)| rest);
    is_here(without_port(host.split('/').next().unwrap_or_default()))
}

/// Whether the host of a public address as [`parse_public`] returns it is a word alone, which few networks know.
pub fn is_word_url(address: &str) -> bool {
    let host = address.split_once("://").map_or(address, |(_, rest)| rest);
    is_word(host.split('/').next().unwrap_or_default())
}

fn is_word(host: &str) -> bool {
    let bare = without_port(host);
    !bare.contains(['.', ':']) && !is_here(bare)
}

fn is_here(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let loopback = host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback());
    loopback || host == "localhost" || host.ends_with(".localhost")
}

fn without_port(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

fn host(request: &Request) -> &str {
    request.header("host").filter(|host| is_host(host)).unwrap_or("localhost")
}

fn is_host(host: &str) -> bool {
    let bytes = host.as_bytes();
    (1..=255).contains(&bytes.len())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']'))
}

/// An address that a request named, if it surely lies on this panel.
pub fn local_path(request: &Request, address: &str) -> Option<String> {
    let rest = address.strip_prefix(&*request.root)?;
    let safe = rest.starts_with('/')
        && !rest.starts_with("//")
        && rest.len() <= 1000
        && rest.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    safe.then(|| address.to_owned())
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

    #[test]
    fn only_our_own_addresses_are_local() {
        let mut request = Request::new(Verb::Get, "/");
        for good in ["/", "/users?q=a%20b&page=2", "/users/3"] {
            assert!(local_path(&request, good).is_some(), "{good}");
        }
        for bad in
            ["", "users", "//evil.example", "/\\evil.example", "https://evil.example/", "/a\r\nX: y", "/ü", "/a b"]
        {
            assert!(local_path(&request, bad).is_none(), "{bad}");
        }
        request.root = "/panel".into();
        assert!(local_path(&request, "/panel/users").is_some());
        for bad in ["/users", "/panel", "/panels/users", "/panel//evil.example"] {
            assert!(local_path(&request, bad).is_none(), "{bad}");
        }
    }
}
