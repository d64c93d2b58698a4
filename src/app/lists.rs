//! The lists that nodes request over and over, cached as the bytes that are sent.

use super::{Snapshot, lock};
use crate::{
    error::Result,
    model::{Date, Time},
    store::Seen,
};
use std::{
    collections::HashMap,
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
        // No two lists have the same 128 bits by design of a user; SHA-256 takes several times as long.
        let hash = blake3::hash(&bytes).to_hex();
        let tag = format!("\"{}\"", &hash[..32]);
        // Not shrunk to fit: lists of one capacity reuse each other's place in the heap.
        Self { bytes: Arc::new(bytes), tag: tag.into() }
    }
}

/// A list that has just been made.
pub struct Draft {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Until when it holds on that day if nothing is written.
    pub until: Time,
    /// What the next one may take over of it.
    pub rows: Option<Rows>,
}

/// Of what the rows of a list are made, and where they are.
pub struct Rows {
    /// The users, by id, and where the row of each ends.
    pub ends: Vec<(i64, usize)>,
    /// How far the changes of users had come.
    pub seen: Seen,
    /// The settings, which say what stands in each row.
    pub settings: Arc<Snapshot>,
}

/// The list before the one that is made.
pub struct Former<'l> {
    /// Its bytes.
    pub bytes: &'l [u8],
    /// What may be taken over of it. The list must be one of the same day, and still hold if nothing had been written.
    pub rows: Option<&'l Rows>,
    /// Until when it held.
    pub until: Time,
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
    rows: Option<Rows>,
    listing: Listing,
}

impl Made {
    /// Whether it holds then if nothing was written since.
    fn is_of(&self, today: Date, now: Time) -> bool {
        self.today == today && (self.at..self.until).contains(&now)
    }
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

    /// The list as it is now. `make` gets the one before; it is called only if `version` has changed or that one does
    /// not hold any more.
    pub fn get(
        &self,
        list: List,
        version: i64,
        today: Date,
        now: Time,
        make: impl FnOnce(Option<Former<'_>>) -> Result<Draft>,
    ) -> Result<Listing> {
        // A caller that arrives while the list is being made waits, and takes it if it was begun after the caller
        // arrived: it has everything that was committed by then. So under a constant load of writes many callers share
        // the making of one list.
        let came = self.turn.fetch_add(1, Ordering::SeqCst);
        let place = self.place(list);
        let mut kept = lock(&place);
        if let Some(made) = &*kept
            && (made.version == version || made.begun > came)
            && made.is_of(today, now)
        {
            return Ok(made.listing.clone());
        }
        let begun = self.turn.fetch_add(1, Ordering::SeqCst);
        let draft = make(kept.as_ref().map(|made| Former {
            bytes: &made.listing.bytes,
            rows: made.rows.as_ref().filter(|_| made.is_of(today, now)),
            until: made.until,
        }))?;
        let listing = Listing::new(draft.bytes);
        let (until, rows) = (draft.until, draft.rows);
        *kept = Some(Made { begun, version, today, at: now, until, rows, listing: listing.clone() });
        Ok(listing)
    }
}
