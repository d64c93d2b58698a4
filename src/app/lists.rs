//! The lists that nodes request over and over, cached as the bytes that are sent.

use super::lock;
use crate::{
    error::Result,
    model::{Date, Time},
};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    fmt::Write,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

/// Which list, and as which node sees it; `None` as long as all users may use all nodes, so that every node sees the
/// same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum List {
    /// `GET /users`.
    Users(Option<i64>),
    /// `GET /nodes/{id}/users`.
    NodeUsers(Option<i64>),
    /// `GET /nodes/{id}/v2rayUsers`.
    V2ray(Option<i64>),
}

/// So many lists are kept; a node that makes up numbers makes room for itself alone.
const MAX_LISTS: usize = 300;

/// A list as the bytes that are sent.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The bytes.
    pub bytes: Arc<Vec<u8>>,
    /// Their `ETag`: the same for the same bytes, also after a restart.
    pub tag: Arc<str>,
}

impl Listing {
    /// A list with its tag.
    pub fn new(bytes: Vec<u8>) -> Self {
        let hash: [u8; 32] = Sha256::digest(&bytes).into();
        let mut tag = String::from("\"");
        for byte in &hash[..16] {
            let _ = write!(tag, "{byte:02x}");
        }
        tag.push('"');
        // Not shrunk to fit: lists of one capacity reuse each other's place in the heap.
        Self { bytes: Arc::new(bytes), tag: tag.into() }
    }
}

/// Each list as it was last made.
#[derive(Default)]
pub struct Lists {
    kept: Mutex<HashMap<List, Arc<Mutex<Option<Made>>>>>,
    /// Whether nodes see different lists, and of which version of the database that is known.
    differ: Mutex<Option<(i64, bool)>>,
    turn: AtomicU64,
}

struct Made {
    begun: u64,
    version: i64,
    today: Date,
    at: Time,
    until: Time,
    listing: Listing,
}

impl Lists {
    /// Whether nodes see different lists in that version of the database; `look` is called if it is another one than
    /// last time.
    pub fn differ(&self, version: i64, look: impl FnOnce() -> Result<bool>) -> Result<bool> {
        let mut differ = lock(&self.differ);
        match *differ {
            Some((known, answer)) if known == version => Ok(answer),
            _ => {
                let answer = look()?;
                *differ = Some((version, answer));
                Ok(answer)
            }
        }
    }

    fn place(&self, list: List) -> Arc<Mutex<Option<Made>>> {
        let mut kept = lock(&self.kept);
        if kept.len() >= MAX_LISTS && !kept.contains_key(&list) {
            kept.clear();
        }
        Arc::clone(kept.entry(list).or_default())
    }

    /// The list as it is now. `make` gets the length that the list last had, and returns the list and until when it
    /// holds on that day if nothing is written. It is called only if `version` has changed or that time is over.
    pub fn get(
        &self,
        list: List,
        version: i64,
        today: Date,
        now: Time,
        make: impl FnOnce(usize) -> Result<(Vec<u8>, Time)>,
    ) -> Result<Listing> {
        // A caller that arrives while the list is being made waits, and takes it if it was begun after the caller
        // arrived: it has everything that was committed by then. So under a constant load of writes many callers share
        // the making of one list.
        let came = self.turn.fetch_add(1, Ordering::SeqCst);
        let place = self.place(list);
        let mut kept = lock(&place);
        if let Some(made) = &*kept
            && (made.version == version || made.begun > came)
            && made.today == today
            && (made.at..made.until).contains(&now)
        {
            return Ok(made.listing.clone());
        }
        let begun = self.turn.fetch_add(1, Ordering::SeqCst);
        let length = kept.as_ref().map_or(0, |made| made.listing.bytes.len());
        let (bytes, until) = make(length)?;
        let listing = Listing::new(bytes);
        *kept = Some(Made { begun, version, today, at: now, until, listing: listing.clone() });
        Ok(listing)
    }
}
