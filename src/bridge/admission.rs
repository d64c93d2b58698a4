//! What kind of request one is, decided from its head: the door asks, the server's side knows.

/// The head of a request, as far as it matters for what kind it is.
pub struct Asked<'a> {
    /// The method.
    pub method: &'a str,
    /// Whether the client's connection is encrypted.
    pub secure: bool,
    /// Path and query, below the base path.
    pub target: &'a str,
    /// The first value of the header of that name, if it is text.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
}

/// Tells the kinds of requests apart. It is asked on the event loop, so it must not wait for anything.
pub trait Admission: Send + Sync {
    /// The kind of a request with that head.
    fn class(&self, asked: &Asked<'_>) -> Class;
}

/// What is decided about a request before its body is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Class {
    /// Where it waits, and for which workers.
    pub lane: Lane,
    /// Most bytes of its body.
    pub max_body: u64,
    /// Whether a larger body is ignored instead of refused, since the answer will not depend on it.
    pub ignores_larger: bool,
    /// What it says of itself.
    pub token: Token,
}

/// Whether a request brings the node token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Token {
    /// It needs none, or brings none.
    None,
    /// It is the right one.
    Right,
    /// It is another, so perhaps a guess.
    Wrong,
}

/// Requests of one kind, which have workers and room in the queue of their own: no other kind can take them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Lane {
    /// Calls with the node token.
    Node,
    /// Questions whether the panel is well.
    Check,
    /// Pages of a signed-in admin.
    Admin,
    /// Attempts to sign in, each of which hashes a password.
    SignIn,
    /// Everything else, from anywhere.
    Public,
}

/// Most requests that the server works on at once.
pub const MAX_IN_FLIGHT: usize = {
    let mut sum = 0;
    let mut at = 0;
    while at < Lane::ALL.len() {
        sum += Lane::ALL[at].max_in_flight();
        at += 1;
    }
    sum
};

impl Lane {
    /// Every lane, the one that is served first in front.
    pub const ALL: [Self; 5] = [Self::Node, Self::Check, Self::Admin, Self::SignIn, Self::Public];

    /// Most requests of it that the server works on at once.
    pub const fn max_in_flight(self) -> usize {
        match self {
            // Reports that come together share one commit: the more, the better.
            Self::Node => 64,
            Self::Admin | Self::Public => 8,
            // One password is hashed at a time.
            Self::Check | Self::SignIn => 2,
        }
    }

    /// Most requests of it that wait.
    pub const fn max_waiting(self) -> usize {
        match self {
            Self::Node => 256,
            Self::Check => 32,
            Self::Admin => 64,
            Self::SignIn => 4,
            Self::Public => 128,
        }
    }

    /// What is answered beyond that.
    pub const fn refusal(self) -> (u16, &'static str) {
        match self {
            Self::SignIn => (429, "too many sign in at the moment: try again in a few seconds"),
            _ => (503, "the server is busy"),
        }
    }
}
