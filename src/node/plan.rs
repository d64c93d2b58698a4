//! The users that are wanted against those that run: what to start, to change, to stop.

use std::collections::HashMap;

/// A user as the relay is to serve them.
#[derive(Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Their number.
    pub id: i64,
    /// The port that is theirs, TCP and UDP.
    pub port: u16,
    /// Their cipher, by name.
    pub method: String,
    /// Their password.
    pub password: String,
    /// The sum of their meter at which they are cut off; [`UNLIMITED`](super::meter::UNLIMITED): never.
    pub cap: u64,
    /// The most bytes a second, each way; 0: any number.
    pub speed: u64,
    /// The most addresses at the same time; 0: any number.
    pub devices: usize,
}

impl Wanted {
    /// Whether their connections can stay if this becomes `other`.
    fn stays(&self, other: &Self) -> bool {
        (self.port, &self.method, &self.password) == (other.port, &other.method, &other.password)
    }
}

/// What to do, in this order: a port that one user gives up may be the next one's.
#[derive(Default)]
pub struct Steps {
    /// Users to cut off.
    pub stop: Vec<i64>,
    /// Users whose limits have changed.
    pub adjust: Vec<Wanted>,
    /// Users to let in.
    pub start: Vec<Wanted>,
}

/// What leads from `running` to `wanted`.
pub fn steps<'r>(wanted: Vec<Wanted>, running: impl Iterator<Item = &'r Wanted>) -> Steps {
    let mut wanted: HashMap<i64, Wanted> = wanted.into_iter().map(|user| (user.id, user)).collect();
    let mut steps = Steps::default();
    for now in running {
        match wanted.remove(&now.id) {
            Some(next) if next == *now => {}
            Some(next) if next.stays(now) => steps.adjust.push(next),
            Some(next) => {
                steps.stop.push(now.id);
                steps.start.push(next);
            }
            None => steps.stop.push(now.id),
        }
    }
    steps.start.extend(wanted.into_values());
    steps.start.sort_by_key(|user| user.id);
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: i64, port: u16, password: &str, cap: u64) -> Wanted {
        let (method, password) = ("aes-256-gcm".to_owned(), password.to_owned());
        Wanted { id, port, method, password, cap, speed: 0, devices: 0 }
    }

    #[test]
    fn only_who_changes_is_touched() {
        let running = [user(1, 1, "a", 9), user(2, 2, "b", 9), user(3, 3, "c", 9), user(4, 4, "d", 9)];
        let wanted = vec![user(1, 1, "a", 9), user(2, 2, "b", 10), user(3, 4, "c", 9), user(5, 3, "e", 9)];
        let steps = steps(wanted, running.iter());
        let ids = |users: &[Wanted]| users.iter().map(|user| user.id).collect::<Vec<_>>();
        assert_eq!((steps.stop, ids(&steps.adjust), ids(&steps.start)), (vec![3, 4], vec![2], vec![3, 5]));
    }
}
