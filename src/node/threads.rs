//! The threads over which connections are spread. Everything else of a relay happens on the first of them.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::oneshot,
};

/// The threads of a relay, each with a runtime of its own: a connection stays on one, so that its bytes do.
pub(super) struct Threads(Vec<Thread>);

struct Thread {
    runtime: Handle,
    connections: Arc<AtomicUsize>,
}

/// The place of one connection on a thread, until this is dropped.
pub(super) struct Seat(Arc<AtomicUsize>);

/// What ends the threads beside the first one when it is dropped.
pub(super) struct Stop(#[allow(dead_code)] Vec<oneshot::Sender<()>>);

impl Threads {
    /// The first thread's runtime, which the caller drives, and `others` threads that run.
    ///
    /// # Errors
    /// If the system gives no thread or no epoll.
    pub(super) fn start(first: &Runtime, others: usize) -> io::Result<(Self, Stop, Vec<JoinHandle<()>>)> {
        let thread = |runtime: &Runtime| Thread { runtime: runtime.handle().clone(), connections: Arc::default() };
        let mut threads = vec![thread(first)];
        let (mut stops, mut joins) = (Vec::new(), Vec::new());
        for _ in 0..others {
            let runtime = runtime()?;
            threads.push(thread(&runtime));
            let (stop, stopped) = oneshot::channel();
            stops.push(stop);
            joins.push(thread::Builder::new().name("node".to_owned()).spawn(move || {
                // Nothing is ever sent: it ends when the other half is dropped.
                let _ = runtime.block_on(stopped);
            })?);
        }
        Ok((Self(threads), Stop(stops), joins))
    }

    /// A place on the thread with the fewest connections, and what runs it there.
    pub(super) fn seat(&self) -> Option<(Seat, &Handle)> {
        let thread = self.0.iter().min_by_key(|thread| thread.connections.load(Relaxed))?;
        thread.connections.fetch_add(1, Relaxed);
        Some((Seat(Arc::clone(&thread.connections)), &thread.runtime))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// A runtime for one thread.
pub(super) fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_io().enable_time().build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_goes_where_the_fewest_are() {
        let first = runtime().unwrap();
        let (threads, stop, joins) = Threads::start(&first, 2).unwrap();
        let on = || threads.0.iter().map(|thread| thread.connections.load(Relaxed)).collect::<Vec<_>>();
        let mut seats: Vec<_> = (0..6).map(|_| threads.seat().unwrap()).collect();
        assert_eq!(on(), [2, 2, 2]);
        drop(seats.remove(0));
        seats.push(threads.seat().unwrap());
        assert_eq!(on(), [2, 2, 2]);
        assert!(seats.iter().any(|(_, runtime)| runtime.id() != first.handle().id()));
        drop(stop);
        for thread in joins {
            thread.join().unwrap();
        }
    }
}
