//! What the door and the server say to each other across the private socket between them: the headers that only they
//! write, bodies that are handed over instead of being sent, how long an answer may be given again, and what kind of
//! request one is.

mod admission;
mod body_handoff;

pub use admission::{Admission, Asked, Class, Lane, MAX_IN_FLIGHT, Token};
pub use body_handoff::{BodyHandoff, NamedBody, Ticket, Validity};

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use std::{
    ffi::OsString,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

/// What the names of these headers, all in lower case, begin with: a client's own are not passed on.
pub const PREFIX: &str = "x-door-";
/// The address of the client.
pub const PEER: &str = "x-door-peer";
/// `1` if the client's connection is encrypted, else `0`.
pub const SECURE: &str = "x-door-secure";
/// `1` if the client says that it passes the request on, and is not known to.
pub const UNNAMED_PROXY: &str = "x-door-unnamed-proxy";
/// The file with the body of an upload, percent-encoded. It is removed once the request has been answered, unless the
/// server has renamed it.
pub const FILE: &str = "x-door-file";
/// The [`Ticket`] of a body that is handed over: of a request's by the door, of an answer's by the server.
pub const BODY: &str = "x-door-body";

/// Bodies of at least this many bytes are handed over instead of being copied through the socket.
pub const MIN_HANDED_OVER: usize = 4096;

/// Bodies on their way across.
#[derive(Debug, Default)]
pub struct Bridge {
    /// Put by the door.
    pub requests: BodyHandoff,
    /// Put by the server.
    pub answers: BodyHandoff,
}

/// A path as the value of [`FILE`].
pub fn file_value(path: &Path) -> String {
    percent_encode(path.as_os_str().as_bytes(), NON_ALPHANUMERIC).to_string()
}

/// The path that a value of [`FILE`] names.
pub fn file_path(value: &str) -> PathBuf {
    OsString::from_vec(percent_decode_str(value).collect()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_goes_across() {
        for path in [&b"/a b/\xff%41\n"[..], b"", b"/plain"] {
            let path = PathBuf::from(OsString::from_vec(path.to_vec()));
            let value = file_value(&path);
            assert!(value.is_ascii() && !value.contains(char::is_whitespace));
            assert_eq!(file_path(&value), path);
        }
    }
}
