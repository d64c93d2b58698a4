//! Answers that are given again without asking the server for them, as long as it says that they hold: the same bytes asked, the
//! same bytes answered.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

/// Most answers that are kept; there is one for each node that asks.
const MOST: usize = 64;

/// The longest head that an answer is kept under, in bytes.
const HEAD: usize = 2048;

/// An answer that is kept; the connection goes on after it.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// Its head, up to and with its empty line.
    pub head: Arc<[u8]>,
    pub body: Arc<Vec<u8>>,
    pub lasting: Arc<dyn Lasting>,
}

/// Answers by the head of the request that they belong to, every byte of it: the token, the method, how the connection goes on.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<HashMap<Box<[u8]>, Answer>>);

impl Kept {
    /// The answer to the request with that head and no body, if it is kept and holds.
    pub(super) fn find(&self, head: &[u8]) -> Option<Answer> {
        let mut answers = self.answers();
        let answer = answers.get(head)?;
        if answer.lasting.holds() {
            return Some(answer.clone());
        }
        answers.remove(head);
        None
    }

    /// Keeps an answer. Those that do not hold any more make room for it, since their bodies may be large.
    pub(super) fn put(&self, head: Box<[u8]>, answer: Answer) {
        self.tidy();
        let mut answers = self.answers();
        if answers.len() < MOST && head.len() <= HEAD {
            answers.insert(head, answer);
        }
    }

    /// Forgets the answers that do not hold any more.
    pub(super) fn tidy(&self) {
        self.answers().retain(|_, answer| answer.lasting.holds());
    }

    fn answers(&self) -> MutexGuard<'_, HashMap<Box<[u8]>, Answer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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

    fn answer(lasting: &Arc<Until>) -> Answer {
        let lasting = Arc::clone(lasting) as Arc<dyn Lasting>;
        Answer { head: Arc::from(*b"head"), body: Arc::new(b"body".to_vec()), lasting }
    }

    #[test]
    fn an_answer_is_found_by_every_byte_while_it_holds() {
        let (kept, until) = (Kept::default(), Arc::new(Until::default()));
        kept.put(Box::from(*b"GET / token a"), answer(&until));
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
        let (kept, until) = (Kept::default(), Arc::new(Until::default()));
        for number in 0..2 * MOST {
            kept.put(number.to_string().into_bytes().into(), answer(&until));
        }
        assert_eq!(kept.answers().len(), MOST);
        kept.put(vec![b'x'; HEAD + 1].into(), answer(&until));
        until.0.store(true, SeqCst);
        kept.put(Box::from(*b"new"), answer(&Arc::default()));
        assert_eq!(kept.answers().len(), 1);
        kept.put(vec![b'x'; HEAD + 1].into(), answer(&Arc::default()));
        assert!(kept.find(&[b'x'; HEAD + 1]).is_none());
    }
}
