//! Paths: their one spelling, what stands in them, and which are for programs.

/// Whether `path` fits `pattern`, in which each `{…}` stands for a whole segment. Every request is held against the
/// whole table, so this looks at no more bytes than it needs and keeps nothing.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.as_bytes(), path.as_bytes());
    loop {
        match (pattern, path) {
            ([], []) => return true,
            ([b'{', ..], _) => {
                pattern = skip_to(pattern, b'/');
                path = skip_to(path, b'/');
            }
            ([wanted, after @ ..], [byte, rest @ ..]) if wanted == byte => (pattern, path) = (after, rest),
            _ => return false,
        }
    }
}

fn skip_to(bytes: &[u8], end: u8) -> &[u8] {
    let length = bytes.iter().position(|byte| *byte == end).unwrap_or(bytes.len());
    &bytes[length..]
}

/// What stands at the `{…}` of `pattern` in a path that fits it.
pub(super) fn captures(pattern: &str, path: &str) -> Vec<String> {
    let segments = pattern.split('/').zip(path.split('/'));
    segments.filter(|(wanted, _)| wanted.starts_with('{')).map(|(_, segment)| segment.to_owned()).collect()
}

/// Runs of slashes count as one, one at the end as none, and the three prefixes of the Mu API as `/mu`.
pub fn tidied(path: &str) -> String {
    let mut tidied = String::with_capacity(path.len() + 1);
    for segment in segments(path) {
        tidied.push('/');
        tidied.push_str(segment);
    }
    if tidied.is_empty() { "/".to_owned() } else { tidied }
}

/// The segments of [`tidied`], for which nothing is copied: every request is told apart by them in the event loop.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty()).peekable();
    let mut ahead = segments.clone();
    if ahead.next() == Some("api") && ahead.next() == Some("mu") {
        segments.next();
    }
    let mu = segments.next_if_eq(&"mu");
    if mu.is_some() {
        segments.next_if_eq(&"v2");
    }
    mu.into_iter().chain(segments)
}

/// Whether a request for that path comes from a program, which wants JSON.
pub fn is_for_programs(path: &str) -> bool {
    let mut segments = segments(path);
    match segments.next() {
        Some("mu") => true,
        Some("metrics") => segments.next().is_none(),
        _ => false,
    }
}
