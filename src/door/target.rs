//! Judges what a request asks for: its target and its host.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::refusal::Refusal;

/// Whether this can be the value of a Host header; it may be empty.
pub(super) fn is_host(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]%~".contains(&byte))
}

/// Brings `http://host/path` to `/path` and the host, which must be the one of the Host header.
pub(super) fn origin_form<'a>(target: &'a str, host: Option<&'a str>) -> Result<(&'a str, Option<&'a str>), Refusal> {
    if target.starts_with('/') {
        return Ok((target, host));
    }
    let Some((scheme, rest)) = target.split_once("://") else {
        return Err(Refusal::bad("the address does not begin with a slash"));
    };
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(Refusal::bad("the address has a scheme that is not known here"));
    }
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if authority.is_empty() || !is_host(authority) {
        return Err(Refusal::bad("the host in the address is malformed"));
    }
    if host.is_some_and(|host| !host.eq_ignore_ascii_case(authority)) {
        return Err(Refusal::bad("the host in the address is not the one of the Host header"));
    }
    match path {
        "" => Ok(("/", Some(authority))),
        path if path.starts_with('/') => Ok((path, Some(authority))),
        _ => Err(Refusal::bad("the address has no path")),
    }
}

/// Refuses a path that means something else once it is decoded.
pub(super) fn judge(target: &str) -> Result<(), Refusal> {
    if !target.is_ascii() {
        return Err(Refusal::bad("the address has a character that is not ASCII"));
    }
    if target.contains('#') {
        return Err(Refusal::bad("the address has a fragment"));
    }
    let path = target.split('?').next().unwrap_or_default();
    let path = if path.contains('%') {
        percent_decode_str(path).decode_utf8().map_err(|_| Refusal::bad("the address is not UTF-8"))?
    } else {
        Cow::Borrowed(path)
    };
    if path.contains(char::is_control) {
        return Err(Refusal::bad("the address has a control character"));
    }
    if path.split(['/', '\\']).any(|segment| segment == "..") {
        return Err(Refusal::bad("the address has a segment of two dots"));
    }
    Ok(())
}

/// The target below the base path (`""` or like `/panel`), or nothing if it lies outside.
pub(super) fn below<'a>(target: &'a str, base_path: &str) -> Option<Cow<'a, str>> {
    let rest = target.strip_prefix(base_path)?;
    match rest.as_bytes().first() {
        None => Some("/".into()),
        Some(b'/') => Some(rest.into()),
        Some(b'?') => Some(format!("/{rest}").into()),
        Some(_) => None,
    }
}

/// The method of a head that may be broken, if it could be one.
pub(super) fn method(bytes: &[u8]) -> &str {
    let word = bytes.split(|byte| !byte.is_ascii_uppercase()).next().unwrap_or_default();
    str::from_utf8(word).ok().filter(|word| (1..20).contains(&word.len())).unwrap_or("-")
}

/// The path of a head that may be broken, so that its refusal suits the client; else empty.
pub(super) fn guess<'a>(bytes: &'a [u8], base_path: &str) -> Cow<'a, str> {
    let line = bytes.split(|byte| *byte == b'\r' || *byte == b'\n').next().unwrap_or_default();
    let target = line.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    // If the rest is no text, the part before it still shows what is asked for.
    let text = target.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    Some(text).filter(|text| !text.is_empty()).and_then(|text| below(text, base_path)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_path_is_taken_off() {
        for (target, base, below_it) in [
            ("/users", "", Some("/users")),
            ("//mu//v2", "", Some("//mu//v2")),
            ("/panel/users", "/panel", Some("/users")),
            ("/panel//mu", "/panel", Some("//mu")),
            ("/panel", "/panel", Some("/")),
            ("/panel?x=1", "/panel", Some("/?x=1")),
            ("/panels", "/panel", None),
            ("/", "/panel", None),
        ] {
            assert_eq!(below(target, base).as_deref(), below_it, "{target} {base}");
        }
    }

    #[test]
    fn a_broken_head_may_still_show_its_path() {
        for (head, path) in [
            ("GET /mu/x HTTP/1.1\nbroken", "/mu/x"),
            ("GET /mu/x", "/mu/x"),
            ("GET", ""),
            ("", ""),
            ("GET http://x/mu HTTP/1.1\r\n", ""),
        ] {
            assert_eq!(guess(head.as_bytes(), ""), path, "{head}");
        }
        assert_eq!(guess(b"GET /mu/\xff HTTP/1.1", ""), "/mu/");
        assert_eq!(guess(b"GET \xff/mu HTTP/1.1", ""), "");
    }
}
