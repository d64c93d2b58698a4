//! Paths: their one spelling, what stands in them, and which are for programs.

/// What stands at the `{…}` of `pattern` in `path`, if the one fits the other.
pub(super) fn captures(pattern: &str, path: &str) -> Option<Vec<String>> {
    let mut captured = Vec::new();
    let mut segments = path.split('/');
    for wanted in pattern.split('/') {
        let segment = segments.next()?;
        if wanted.starts_with('{') {
            captured.push(segment.to_owned());
        } else if wanted != segment {
            return None;
        }
    }
    segments.next().is_none().then_some(captured)
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
