//! Requests that wait for a worker: each kind in a lane of its own, and within a lane the clients take turns, so that
//! one that sends much holds up no other.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::bridge::Lane;

/// How long it counts against a client that it was served.
const MEMORY: Duration = Duration::from_mins(10);

/// Most clients of one lane that are remembered.
const MAX_REMEMBERED: usize = 4096;

/// Bounds of one lane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub max_in_flight: usize,
    pub max_waiting: usize,
}

#[derive(Debug)]
pub(super) struct Lanes {
    lanes: [Queue; Lane::ALL.len()],
}

/// What becomes of a request that came to a lane.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Entered {
    /// It waits.
    Waits,
    /// It waits, and another client's, which had more there, has lost its place.
    InPlaceOf(usize),
    /// There is no place for it.
    Full,
}

#[derive(Debug)]
struct Queue {
    bounds: Bounds,
    in_flight: usize,
    waiting: usize,
    /// The clients whose requests wait, in the order of their turns.
    turns: VecDeque<IpAddr>,
    by_client: HashMap<IpAddr, VecDeque<usize>>,
    /// How often each client was served lately, and when last.
    served: HashMap<IpAddr, (usize, Instant)>,
}

impl Lanes {
    pub(super) fn new(bounds: impl Fn(Lane) -> Bounds) -> Self {
        let queue = |lane| Queue {
            bounds: bounds(lane),
            in_flight: 0,
            waiting: 0,
            turns: VecDeque::new(),
            by_client: HashMap::new(),
            served: HashMap::new(),
        };
        Self { lanes: Lane::ALL.map(queue) }
    }

    /// Most requests in flight in all lanes together.
    pub(super) fn max_in_flight(&self) -> usize {
        self.lanes.iter().map(|lane| lane.bounds.max_in_flight).sum()
    }

    /// How many requests wait.
    pub(super) fn waiting(&self) -> usize {
        self.lanes.iter().map(|lane| lane.waiting).sum()
    }

    /// Whether more than half of a lane's workers are busy.
    pub(super) fn is_scarce(&self, lane: Lane) -> bool {
        let lane = &self.lanes[lane as usize];
        lane.in_flight * 2 > lane.bounds.max_in_flight
    }

    /// Lets the request of the client with that key and address wait. Where there is no place left, it gets the one of
    /// a client that has more requests there, or was served more often lately.
    pub(super) fn enter(&mut self, lane: Lane, address: IpAddr, key: usize, now: Instant) -> Entered {
        let lane = &mut self.lanes[lane as usize];
        if lane.waiting < lane.bounds.max_waiting {
            lane.push(address, key);
            return Entered::Waits;
        }
        let most = lane.by_client.keys().map(|other| (lane.share(*other, now), *other)).max();
        let Some((_, other)) = most.filter(|(share, _)| *share > lane.share(address, now) + 1) else {
            return Entered::Full;
        };
        let Some(lost) = lane.by_client.get(&other).and_then(VecDeque::back).copied() else { return Entered::Full };
        lane.leave(other, lost);
        lane.push(address, key);
        Entered::InPlaceOf(lost)
    }

    /// The request that is to be worked on next, if one may be; it is in flight until [`Self::done`].
    pub(super) fn next(&mut self, now: Instant) -> Option<(Lane, usize)> {
        Lane::ALL.into_iter().find_map(|lane| {
            let key = self.lanes[lane as usize].next(now)?;
            Some((lane, key))
        })
    }

    /// Whether [`Self::next`] has one.
    pub(super) fn has_next(&self) -> bool {
        self.lanes.iter().any(Queue::has_next)
    }

    /// One of that lane is not in flight any more.
    pub(super) fn done(&mut self, lane: Lane) {
        self.lanes[lane as usize].in_flight -= 1;
    }

    /// The client with that key and address does not wait any more.
    pub(super) fn leave(&mut self, lane: Lane, address: IpAddr, key: usize) {
        self.lanes[lane as usize].leave(address, key);
    }

    /// The keys of all that wait.
    pub(super) fn keys(&self) -> impl Iterator<Item = usize> + '_ {
        self.lanes.iter().flat_map(|lane| lane.by_client.values().flatten().copied())
    }
}

impl Queue {
    fn push(&mut self, address: IpAddr, key: usize) {
        self.waiting += 1;
        let keys = self.by_client.entry(address).or_default();
        if keys.is_empty() {
            self.turns.push_back(address);
        }
        keys.push_back(key);
    }

    /// What a client has had of the lane lately, and what it waits for.
    fn share(&self, address: IpAddr, now: Instant) -> usize {
        self.times_served(address, now) + self.by_client.get(&address).map_or(0, VecDeque::len)
    }

    fn times_served(&self, address: IpAddr, now: Instant) -> usize {
        self.served.get(&address).filter(|(_, at)| now - *at < MEMORY).map_or(0, |(count, _)| *count)
    }

    fn has_next(&self) -> bool {
        self.waiting > 0 && self.in_flight < self.bounds.max_in_flight
    }

    fn next(&mut self, now: Instant) -> Option<usize> {
        if !self.has_next() {
            return None;
        }
        let address = self.turns.pop_front()?;
        let keys = self.by_client.get_mut(&address)?;
        let key = keys.pop_front()?;
        if keys.is_empty() {
            self.by_client.remove(&address);
        } else {
            self.turns.push_back(address);
        }
        self.waiting -= 1;
        self.in_flight += 1;
        if self.served.len() >= MAX_REMEMBERED {
            self.served.retain(|_, (_, at)| now - *at < MEMORY / 10);
        }
        if self.served.len() >= MAX_REMEMBERED {
            self.served.clear();
        }
        let served = self.times_served(address, now);
        self.served.insert(address, (served + 1, now));
        Some(key)
    }

    fn leave(&mut self, address: IpAddr, key: usize) {
        let Some(keys) = self.by_client.get_mut(&address) else { return };
        let Some(at) = keys.iter().position(|waiting| *waiting == key) else { return };
        keys.remove(at);
        self.waiting -= 1;
        if keys.is_empty() {
            self.by_client.remove(&address);
            self.turns.retain(|turn| *turn != address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn lanes(max_in_flight: usize, max_waiting: usize) -> Lanes {
        Lanes::new(|_| Bounds { max_in_flight, max_waiting })
    }

    #[test]
    fn clients_take_turns() {
        let now = Instant::now();
        let mut lanes = lanes(10, 10);
        for (last, key) in [(1, 10), (1, 11), (1, 12), (2, 20), (3, 30), (2, 21)] {
            assert_eq!(lanes.enter(Lane::Public, address(last), key, now), Entered::Waits);
        }
        let order: Vec<usize> = std::iter::from_fn(|| lanes.next(now)).map(|(_, key)| key).collect();
        assert_eq!(order, [10, 20, 30, 11, 21, 12]);
        assert_eq!((lanes.waiting(), lanes.has_next()), (0, false));
    }

    #[test]
    fn no_lane_takes_anothers_workers_or_places() {
        let now = Instant::now();
        let mut lanes = lanes(2, 2);
        for key in 0..10 {
            let entered = lanes.enter(Lane::Public, address(1), key, now);
            assert_eq!(entered, if key < 2 { Entered::Waits } else { Entered::Full });
        }
        assert_eq!(lanes.next(now), Some((Lane::Public, 0)));
        assert_eq!(lanes.enter(Lane::Node, address(1), 100, now), Entered::Waits);
        assert_eq!(lanes.next(now), Some((Lane::Node, 100)), "nodes come first");
        assert_eq!(lanes.next(now), Some((Lane::Public, 1)));
        assert_eq!(lanes.enter(Lane::Public, address(1), 2, now), Entered::Waits);
        assert_eq!((lanes.next(now), lanes.is_scarce(Lane::Public), lanes.is_scarce(Lane::Node)), (None, true, false));
        lanes.done(Lane::Public);
        assert_eq!(lanes.next(now), Some((Lane::Public, 2)));
    }

    #[test]
    fn a_client_with_little_takes_the_place_of_one_with_much() {
        let now = Instant::now();
        let mut lanes = lanes(1, 4);
        for key in 0..4 {
            lanes.enter(Lane::SignIn, address(1), key, now);
        }
        assert_eq!(lanes.enter(Lane::SignIn, address(1), 4, now), Entered::Full);
        assert_eq!(lanes.enter(Lane::SignIn, address(2), 5, now), Entered::InPlaceOf(3));
        assert_eq!(lanes.enter(Lane::SignIn, address(2), 6, now), Entered::InPlaceOf(2));
        assert_eq!(lanes.enter(Lane::SignIn, address(2), 7, now), Entered::Full, "each of them has two");
        assert_eq!(lanes.enter(Lane::SignIn, address(3), 8, now), Entered::InPlaceOf(6));
        assert_eq!(lanes.waiting(), 4);
        let mut order = Vec::new();
        while let Some((lane, key)) = lanes.next(now) {
            order.push(key);
            lanes.done(lane);
        }
        assert_eq!(order, [0, 5, 8, 1]);
        // What was served lately counts as well.
        for (last, key) in [(1, 10), (2, 11), (3, 12), (4, 13)] {
            assert_eq!(lanes.enter(Lane::SignIn, address(last), key, now), Entered::Waits);
        }
        assert_eq!(lanes.enter(Lane::SignIn, address(5), 14, now), Entered::InPlaceOf(10));
        let later = now + MEMORY;
        assert_eq!(lanes.enter(Lane::SignIn, address(6), 15, later), Entered::Full, "and is forgotten");
    }

    #[test]
    fn a_client_that_leaves_is_not_served() {
        let now = Instant::now();
        let mut lanes = lanes(1, 4);
        lanes.enter(Lane::Admin, address(1), 1, now);
        lanes.enter(Lane::Admin, address(2), 2, now);
        lanes.leave(Lane::Admin, address(1), 1);
        lanes.leave(Lane::Admin, address(1), 9);
        assert_eq!(lanes.keys().collect::<Vec<_>>(), [2]);
        assert_eq!(lanes.next(now), Some((Lane::Admin, 2)));
        assert_eq!((lanes.waiting(), lanes.next(now)), (0, None));
    }
}
