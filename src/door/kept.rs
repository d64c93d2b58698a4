//! Answers that are given again without asking the server for them, as long as it says that they hold: the same bytes asked, the
//! same bytes answered. And one answer for all who ask for the same at the same time, as nginx has it with `proxy_cache_lock`.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fmt, mem};

/// The server's word on an answer that depends on nothing but the head of its request and on what changes with time.
pub trait Lasting: Send + Sync {
    /// Whether the same request would have the same answer now.
    fn holds(&self) -> bool;
    /// Is told that a client, whose address that is, has been given the answer again.
    fn given(&self, client: IpAddr);
}

impl fmt::Debug for dyn Lasting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lasting")
    }
}

/// Most heads that are known; there is one for each node that asks.
const MOST: usize = 64;

/// The longest head that is known, in bytes.
const HEAD: usize = 2048;

/// An answer that is kept; the connection goes on after it.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// Its head, up to and with its empty line.
    pub head: Arc<[u8]>,
    pub body: Arc<Vec<u8>>,
    pub lasting: Arc<dyn Lasting>,
}

/// Who waits for an answer: the number of a client, and that of its [`Asking`], since another may have its place by now.
pub(super) type Waiter = (usize, u64);

/// What is known of the requests with one head, every byte of it: the token, the method, how the connection goes on.
#[derive(Debug, Default)]
struct Known {
    answer: Option<Answer>,
    /// Whether the server is being asked.
    asked: bool,
    /// Those who came before it was: the answer is theirs as well.
    aboard: Vec<Waiter>,
    /// Those who came since: what they get has to be asked for after they came.
    later: Vec<Waiter>,
}

/// A head that the server has been asked for, and the answer to it.
type Over = (Box<[u8]>, Option<Answer>);

/// Answers by the head of the request that they belong to, once the server has let one of them last. While the server is asked for one,
/// others who send the same wait, and then share the next.
#[derive(Debug, Default)]
pub(super) struct Kept {
    known: Mutex<HashMap<Box<[u8]>, Known>>,
    /// The heads that the server has been asked for, with the answer if it lasts.
    over: Mutex<Vec<Over>>,
    turn: AtomicU64,
}

/// What becomes of those who waited.
#[derive(Debug)]
pub(super) enum Settled {
    /// They get this answer.
    Shared(Answer, Vec<Waiter>),
    /// Each of them has to ask the server.
    Alone(Vec<Waiter>),
}

/// The head of a request without a body, on its way to the server.
#[derive(Debug)]
pub(super) struct Asking {
    kept: Arc<Kept>,
    head: Box<[u8]>,
    turn: u64,
    /// Whether others wait until it is over.
    leads: bool,
    answer: Option<Answer>,
    /// The address of the client.
    pub client: IpAddr,
}

impl Asking {
    pub(super) fn new(kept: &Arc<Kept>, head: &[u8], client: IpAddr) -> Self {
        let turn = kept.turn.fetch_add(1, Relaxed);
        Self { kept: Arc::clone(kept), head: head.into(), turn, leads: false, answer: None, client }
    }

    /// Whether it is the asking of that number.
    pub(super) fn is(&self, turn: u64) -> bool {
        self.turn == turn
    }

    /// Whether the server is to be asked now; if not, [`Kept::settle`] will tell what becomes of the client `key`.
    pub(super) fn begin(&mut self, key: usize) -> bool {
        let mut known = self.kept.known();
        let Some(known) = known.get_mut(&self.head) else { return true };
        if known.asked {
            known.later.push((key, self.turn));
            return false;
        }
        known.asked = true;
        self.leads = true;
        true
    }

    /// Asks the server for those aboard, too.
    pub(super) fn lead(&mut self) {
        self.leads = true;
    }

    /// Keeps the answer.
    pub(super) fn answered(mut self, answer: Answer) {
        self.kept.put(self.head.clone(), answer.clone());
        self.answer = Some(answer);
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if self.leads {
            lock(&self.kept.over).push((mem::take(&mut self.head), self.answer.take()));
        }
    }
}

impl Kept {
    /// The answer to the request with that head and no body, if it is kept and holds.
    pub(super) fn find(&self, head: &[u8]) -> Option<Answer> {
        let mut known = self.known();
        let known = known.get_mut(head)?;
        known.let_go();
        known.answer.clone()
    }

    fn put(&self, head: Box<[u8]>, answer: Answer) {
        self.tidy();
        let mut known = self.known();
        if known.len() >= MOST && !known.contains_key(&head) {
            known.retain(|_, known| known.asked || known.answer.is_some());
        }
        if known.contains_key(&head) || known.len() < MOST && head.len() <= HEAD {
            known.entry(head).or_default().answer = Some(answer);
        }
    }

    /// Lets go of the answers that do not hold any more, since their bodies may be large.
    pub(super) fn tidy(&self) {
        self.known().values_mut().for_each(Known::let_go);
    }

    /// What becomes of those who waited, for each head that the server has been asked for; `lead` lets the first of those that it finds
    /// ask for all.
    pub(super) fn settle(&self, mut lead: impl FnMut(Waiter) -> bool) -> Vec<Settled> {
        let over = mem::take(&mut *lock(&self.over));
        let mut settled = Vec::new();
        for (head, answer) in over {
            let mut all = self.known();
            let Some(known) = all.get_mut(&head) else { continue };
            let Some(answer) = answer else {
                // One that does not last is nobody else's, and the next of its kind may not be either.
                let known = all.remove(&head).unwrap_or_default();
                settled.push(Settled::Alone([known.aboard, known.later].concat()));
                continue;
            };
            let mut aboard = mem::take(&mut known.aboard);
            if answer.lasting.holds() {
                aboard.append(&mut known.later);
            }
            settled.push(Settled::Shared(answer, aboard));
            let mut later = mem::take(&mut known.later).into_iter();
            known.asked = later.any(&mut lead);
            known.aboard = later.collect();
        }
        settled
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Box<[u8]>, Known>> {
        lock(&self.known)
    }
}

impl Known {
    fn let_go(&mut self) {
        self.answer.take_if(|answer| !answer.lasting.holds());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

    #[derive(Default)]
    struct Until(AtomicBool);

    impl Lasting for Until {
        fn holds(&self) -> bool {
            !self.0.load(SeqCst)
        }

        fn given(&self, _: IpAddr) {}
    }

    fn asking(kept: &Arc<Kept>, head: &[u8]) -> Asking {
        Asking::new(kept, head, IpAddr::from([127, 0, 0, 1]))
    }

    fn answer(lasting: &Arc<Until>) -> Answer {
        let lasting = Arc::clone(lasting) as Arc<dyn Lasting>;
        Answer { head: Arc::from(*b"head"), body: Arc::new(b"body".to_vec()), lasting }
    }

    fn put(kept: &Arc<Kept>, head: &[u8], until: &Arc<Until>) {
        asking(kept, head).answered(answer(until));
    }

    #[test]
    fn an_answer_is_found_by_every_byte_while_it_holds() {
        let (kept, until) = (Arc::default(), Arc::default());
        put(&kept, b"GET / token a", &until);
        assert!(kept.find(b"GET / token a").is_some());
        assert!(kept.find(b"GET / token b").is_none());
        assert!(kept.find(b"GET / token").is_none());
        until.0.store(true, SeqCst);
        assert!(kept.find(b"GET / token a").is_none());
        until.0.store(false, SeqCst);
        assert!(kept.find(b"GET / token a").is_none(), "it is forgotten for good");
    }

    #[test]
    fn there_is_a_bound_and_what_does_not_hold_makes_room() {
        let (kept, until) = (Arc::default(), Arc::default());
        for number in 0..2 * MOST {
            put(&kept, number.to_string().as_bytes(), &until);
        }
        assert_eq!(kept.known().len(), MOST);
        put(&kept, &[b'x'; HEAD + 1], &until);
        let mut asked = asking(&kept, b"0");
        assert!(asked.begin(0));
        until.0.store(true, SeqCst);
        put(&kept, b"new", &Arc::default());
        assert_eq!(kept.known().len(), 2, "one is being asked for");
        put(&kept, &[b'x'; HEAD + 1], &Arc::default());
        assert!(kept.find(&[b'x'; HEAD + 1]).is_none());
    }

    #[test]
    fn those_who_came_before_the_server_was_asked_share_its_answer() {
        let (kept, over) = (Arc::default(), Arc::new(Until::default()));
        over.0.store(true, SeqCst);
        put(&kept, b"list", &over);
        let mut asked: Vec<Asking> = (0..5).map(|_| asking(&kept, b"list")).collect();
        let begun: Vec<bool> = asked.iter_mut().take(4).enumerate().map(|(key, asking)| asking.begin(key)).collect();
        assert_eq!(begun, [true, false, false, false]);
        let turns: Vec<u64> = asked.iter().map(|asking| asking.turn).collect();
        assert!(kept.settle(|_| unreachable!()).is_empty(), "nothing has come yet");

        // Client 1 is gone by then; 2 asks for 3 as well. The answer of 0 is nobody else's: it was asked for before they came.
        asked.remove(0).answered(answer(&over));
        let settled = kept.settle(|(key, turn)| {
            assert!(asked[key - 1].is(turn));
            if key == 2 {
                asked[1].lead();
            }
            key == 2
        });
        assert!(matches!(&settled[..], [Settled::Shared(_, waiters)] if waiters.is_empty()));
        assert!(!asked[3].begin(4), "this one comes too late for that");
        asked.remove(1).answered(answer(&over));
        let settled = kept.settle(|(key, _)| {
            asked.last_mut().unwrap().lead();
            key == 4
        });
        assert!(matches!(&settled[..], [Settled::Shared(_, waiters)] if *waiters == [(3, turns[3])]));

        // What holds is for everybody.
        let mut last = asking(&kept, b"list");
        assert!(!last.begin(5));
        asked.pop().unwrap().answered(answer(&Arc::default()));
        let settled = kept.settle(|_| unreachable!());
        assert!(matches!(&settled[..], [Settled::Shared(_, waiters)] if *waiters == [(5, last.turn)]));
        assert!(asking(&kept, b"list").begin(6), "and then there is nobody who asks");
    }

    #[test]
    fn without_an_answer_that_lasts_each_asks_for_himself() {
        let (kept, over) = (Arc::default(), Arc::new(Until::default()));
        over.0.store(true, SeqCst);
        put(&kept, b"list", &over);
        let mut asked: Vec<Asking> = (0..3).map(|_| asking(&kept, b"list")).collect();
        assert!(asked[0].begin(0) && !asked[1].begin(1) && !asked[2].begin(2));
        drop(asked.remove(0));
        let settled = kept.settle(|_| unreachable!());
        assert!(matches!(&settled[..], [Settled::Alone(waiters)] if waiters.len() == 2));
        assert!(asked[0].begin(1) && asked[1].begin(2), "the next may not last either");
    }
}
