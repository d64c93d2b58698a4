//! Answers that are given again without asking the server, as long as the server says that they are valid: to the
//! same bytes, the same answer. While the server is asked for one, other clients that send the same bytes wait and
//! share the next answer, as with nginx's `proxy_cache_lock`. Only the event loop uses it.

use std::collections::HashMap;
use std::mem;
use std::net::IpAddr;
use std::sync::Arc;

use crate::bridge::Validity;

/// Most heads with an entry; there is one for each node that asks.
const MAX_ENTRIES: usize = 64;

/// The longest head with an entry, in bytes.
const MAX_HEAD: usize = 2048;

/// An answer that is kept; the connection goes on after it.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// Its head, up to and with its empty line.
    pub head: Arc<[u8]>,
    pub body: Arc<Vec<u8>>,
    pub validity: Arc<dyn Validity>,
}

/// A client that waits for an answer: its key, and its serial number, since another client may have the key by now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Waiter {
    pub key: usize,
    pub serial: u64,
    /// Its address.
    pub client: IpAddr,
}

/// The head of a request without a body, on its way to the server. If it `leads`, other clients wait for its answer,
/// and it must come back to [`AnswerCache::finish`].
#[derive(Debug)]
pub(super) struct Flight {
    pub head: Box<[u8]>,
    pub leads: bool,
    /// The address of the client.
    pub client: IpAddr,
}

impl Flight {
    pub(super) fn new(head: &[u8], client: IpAddr) -> Self {
        Self { head: head.into(), leads: false, client }
    }
}

/// What is known of the requests with one head, every byte of it: the token, the method, whether the connection goes
/// on.
#[derive(Debug, Default)]
struct Entry {
    answer: Option<Answer>,
    /// Whether the server is being asked.
    in_flight: bool,
    /// Clients that came before the server was asked: the answer is theirs as well.
    current: Vec<Waiter>,
    /// Clients that came since: their answer has to be asked for after they came.
    next: Vec<Waiter>,
}

/// What becomes of the clients that waited for a flight.
#[derive(Debug, Default)]
pub(super) struct Landing {
    /// These get the answer.
    pub share: Vec<Waiter>,
    /// This one asks the server for all that still wait.
    pub lead: Option<Waiter>,
    /// Each of these asks the server for itself.
    pub alone: Vec<Waiter>,
}

/// Answers by the head of the request that they belong to, once the server has said of one of them how long it is
/// valid.
#[derive(Debug, Default)]
pub(super) struct AnswerCache {
    entries: HashMap<Box<[u8]>, Entry>,
}

impl AnswerCache {
    /// The valid answer to the request with that head and no body from that client, if it is kept.
    pub(super) fn find(&self, head: &[u8], client: IpAddr) -> Option<&Answer> {
        let is_given = |answer: &&Answer| answer.validity.is_valid() && answer.validity.is_for(client);
        self.entries.get(head)?.answer.as_ref().filter(is_given)
    }

    /// Whether the server is to be asked now; if not, the client waits for the landing of another's flight.
    pub(super) fn begin(&mut self, flight: &mut Flight, waiter: Waiter) -> bool {
        let Some(entry) = self.entries.get_mut(&flight.head) else { return true };
        if entry.in_flight {
            entry.next.push(waiter);
            return false;
        }
        entry.in_flight = true;
        flight.leads = true;
        true
    }

    /// Keeps the answer to a flight, if it may be given again, and says what becomes of the clients that waited.
    /// `still_waits` tells whether a client does.
    pub(super) fn finish(
        &mut self,
        flight: Flight,
        answer: Option<Answer>,
        still_waits: impl Fn(Waiter) -> bool,
    ) -> Landing {
        let Flight { head, leads, .. } = flight;
        if let Some(answer) = &answer {
            self.put(&head, answer.clone());
        }
        if !leads {
            return Landing::default();
        }
        let Some(answer) = answer else {
            // An answer that may not be given again is for one client alone. The next one may be too, so each that
            // waits asks by itself.
            let Entry { mut current, next, .. } = self.entries.remove(&head).unwrap_or_default();
            current.extend(next);
            current.retain(|waiter| still_waits(*waiter));
            return Landing { alone: current, ..Landing::default() };
        };
        let Some(entry) = self.entries.get_mut(&head) else { return Landing::default() };
        let mut share = mem::take(&mut entry.current);
        if answer.validity.is_valid() {
            share.append(&mut entry.next);
        }
        share.retain(|waiter| still_waits(*waiter));
        let (share, alone) = share.into_iter().partition(|waiter| answer.validity.is_for(waiter.client));
        let mut next = mem::take(&mut entry.next).into_iter();
        let lead = next.find(|waiter| still_waits(*waiter));
        entry.in_flight = lead.is_some();
        entry.current = next.collect();
        Landing { share, lead, alone }
    }

    fn put(&mut self, head: &[u8], answer: Answer) {
        self.expire();
        if let Some(entry) = self.entries.get_mut(head) {
            entry.answer = Some(answer);
            return;
        }
        if self.entries.len() >= MAX_ENTRIES {
            self.entries.retain(|_, entry| entry.in_flight || entry.answer.is_some());
        }
        if self.entries.len() < MAX_ENTRIES && head.len() <= MAX_HEAD {
            self.entries.insert(head.into(), Entry { answer: Some(answer), ..Entry::default() });
        }
    }

    /// Drops the answers that are not valid any more, since their bodies may be large.
    pub(super) fn expire(&mut self) {
        for entry in self.entries.values_mut() {
            entry.answer.take_if(|answer| !answer.validity.is_valid());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

    const ONE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

    /// Valid until that is over, and for one client.
    #[derive(Default)]
    struct Until(AtomicBool);

    impl Validity for Until {
        fn is_valid(&self) -> bool {
            !self.0.load(SeqCst)
        }

        fn is_for(&self, client: IpAddr) -> bool {
            client == ONE
        }

        fn repeated(&self, _: IpAddr) {}
    }

    fn flight(head: &[u8]) -> Flight {
        Flight::new(head, ONE)
    }

    fn leading(head: &[u8]) -> Flight {
        Flight { leads: true, ..flight(head) }
    }

    fn waiter(key: usize) -> Waiter {
        Waiter { key, serial: 7, client: ONE }
    }

    fn answer(validity: &Arc<Until>) -> Answer {
        let validity = Arc::clone(validity) as Arc<dyn Validity>;
        Answer { head: Arc::from(*b"head"), body: Arc::new(b"body".to_vec()), validity }
    }

    fn put(cache: &mut AnswerCache, head: &[u8], until: &Arc<Until>) {
        let landing = cache.finish(flight(head), Some(answer(until)), |_| unreachable!());
        assert!(landing.share.is_empty() && landing.lead.is_none() && landing.alone.is_empty());
    }

    #[test]
    fn an_answer_is_found_by_every_byte_while_it_is_valid() {
        let (mut cache, until) = (AnswerCache::default(), Arc::default());
        put(&mut cache, b"GET / token a", &until);
        assert!(cache.find(b"GET / token a", ONE).is_some());
        assert!(cache.find(b"GET / token b", ONE).is_none());
        assert!(cache.find(b"GET / token", ONE).is_none());
        assert!(cache.find(b"GET / token a", OTHER).is_none(), "the server has to hear of that one");
        until.0.store(true, SeqCst);
        assert!(cache.find(b"GET / token a", ONE).is_none());
        cache.expire();
        until.0.store(false, SeqCst);
        assert!(cache.find(b"GET / token a", ONE).is_none(), "an expired one is dropped for good");
    }

    #[test]
    fn there_is_a_bound_and_what_is_not_valid_makes_room() {
        let (mut cache, until) = (AnswerCache::default(), Arc::default());
        for number in 0..2 * MAX_ENTRIES {
            put(&mut cache, number.to_string().as_bytes(), &until);
        }
        assert_eq!(cache.entries.len(), MAX_ENTRIES);
        put(&mut cache, &[b'x'; MAX_HEAD + 1], &until);
        assert!(cache.begin(&mut flight(b"0"), waiter(0)));
        until.0.store(true, SeqCst);
        put(&mut cache, b"new", &Arc::default());
        assert_eq!(cache.entries.len(), 2, "one is in flight");
        put(&mut cache, &[b'x'; MAX_HEAD + 1], &Arc::default());
        assert!(cache.find(&[b'x'; MAX_HEAD + 1], ONE).is_none());
    }

    #[test]
    fn clients_that_came_before_the_server_was_asked_share_its_answer() {
        let (mut cache, over) = (AnswerCache::default(), Arc::new(Until::default()));
        put(&mut cache, b"list", &over);
        over.0.store(true, SeqCst);
        let begun: Vec<bool> = (0..4).map(|key| cache.begin(&mut flight(b"list"), waiter(key))).collect();
        assert_eq!(begun, [true, false, false, false]);

        // Client 1 is gone by then; 2 asks for 3 as well. The answer of 0 is for it alone: it was asked for before
        // the others came.
        let landing = cache.finish(leading(b"list"), Some(answer(&over)), |waiter| waiter.key != 1);
        assert!(landing.share.is_empty() && landing.alone.is_empty());
        assert_eq!(landing.lead, Some(waiter(2)));
        assert!(!cache.begin(&mut flight(b"list"), waiter(4)), "this one comes too late for that");
        let landing = cache.finish(leading(b"list"), Some(answer(&over)), |_| true);
        assert_eq!((landing.share, landing.lead), (vec![waiter(3)], Some(waiter(4))));

        // A valid one is for all of them.
        assert!(!cache.begin(&mut flight(b"list"), waiter(5)));
        let landing = cache.finish(leading(b"list"), Some(answer(&Arc::default())), |_| true);
        assert_eq!((landing.share, landing.lead), (vec![waiter(5)], None));
        assert!(cache.begin(&mut flight(b"list"), waiter(6)), "and then no flight is left");
    }

    #[test]
    fn a_client_that_the_server_has_to_hear_of_asks_for_itself() {
        let (mut cache, over) = (AnswerCache::default(), Arc::new(Until::default()));
        put(&mut cache, b"list", &over);
        over.0.store(true, SeqCst);
        let heard = Waiter { client: OTHER, ..waiter(1) };
        for waiter in [waiter(0), heard, waiter(2)] {
            cache.begin(&mut flight(b"list"), waiter);
        }
        let landing = cache.finish(leading(b"list"), Some(answer(&Arc::default())), |_| true);
        assert_eq!((landing.share, landing.lead, landing.alone), (vec![waiter(2)], None, vec![heard]));
    }

    #[test]
    fn without_an_answer_that_may_be_given_again_each_client_asks_for_itself() {
        let (mut cache, over) = (AnswerCache::default(), Arc::new(Until::default()));
        put(&mut cache, b"list", &over);
        over.0.store(true, SeqCst);
        for key in 0..3 {
            assert_eq!(cache.begin(&mut flight(b"list"), waiter(key)), key == 0);
        }
        let landing = cache.finish(leading(b"list"), None, |waiter| waiter.key != 1);
        assert_eq!((landing.alone, landing.lead), (vec![waiter(2)], None));
        assert!(cache.begin(&mut flight(b"list"), waiter(1)), "the next may not be kept either");
    }
}
