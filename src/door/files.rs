//! How many files this process may open, of which every connection is one.

use std::io;

use rustix::process::{Resource, getrlimit, setrlimit};

/// Files that the rest of the program may need at any time.
const SPARE_FILES: usize = 64;

/// Raises the limit on open files as far as it goes and says how many there can be.
pub fn raise_file_limit() -> io::Result<u64> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit)?;
    Ok(limit.current.unwrap_or(u64::MAX))
}

/// How many connections there can be beside `others` files without files running out.
/// `tiny_http` never accepts again once it was refused a file, so that must not happen.
pub(super) fn room_for_connections(others: usize) -> usize {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(files).unwrap_or(usize::MAX).saturating_sub(others + SPARE_FILES).max(1)
}
