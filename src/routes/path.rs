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
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let below = match segments.as_slice() {
        ["mu", "v2", rest @ ..] | ["api", "mu", "v2", rest @ ..] | ["api", "mu", rest @ ..] => Some(rest),
        _ => None,
    };
    match below {
        Some([]) => "/mu".to_owned(),
        Some(rest) => format!("/mu/{}", rest.join("/")),
        None => format!("/{}", segments.join("/")),
    }
}

/// Whether its clients want JSON.
pub fn is_for_programs(path: &str) -> bool {
    path == "/mu" || path.starts_with("/mu/") || path == "/metrics"
}
