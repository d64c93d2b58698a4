//! Every number that bounds what a stranger can make us hold, and for how long.

use std::time::Duration;

/// Most header lines in one head.
pub const MAX_HEADERS: usize = 64;

/// The bounds that the door keeps. The defaults are meant for the public Internet.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Most bytes of a request head.
    pub head_bytes: usize,
    /// Longest time from a head's first byte to its last.
    pub head_time: Duration,
    /// Longest time from accepting a connection to its first byte (after the TLS handshake, if any).
    pub first_byte_time: Duration,
    /// Most bytes of a request body, after decoding.
    pub body_bytes: usize,
    /// Longest time from a body's first byte to its last.
    pub body_time: Duration,
    /// Least average rate of a body in bytes per second, once `body_grace` is over.
    pub body_rate: u64,
    /// How long a body may be slower than `body_rate`.
    pub body_grace: Duration,
    /// Longest time from the first byte to the last of a body that goes into a file.
    pub upload_time: Duration,
    /// Least average rate of such a body in bytes per second, once `body_grace` is over.
    pub upload_rate: u64,
    /// How long nothing of such a body may come.
    pub upload_quiet: Duration,
    /// How long a connection is kept between two requests.
    pub idle_time: Duration,
    /// How long a client may take nothing of its answer.
    pub stall_time: Duration,
    /// The same while its answer is too big to buffer, so that it holds up a worker, and most workers are busy.
    pub held_time: Duration,
    /// How long a connection that we end is still read, so that the client sees why.
    pub linger_time: Duration,
    /// Most connections at once.
    pub connections: usize,
    /// Most connections at once from one address (an IPv6 /64 counts as one).
    pub per_address: usize,
    /// Most whole requests that wait for a worker.
    pub queue: usize,
    /// Longest wait for a worker.
    pub queue_time: Duration,
    /// Longest time in which a worker that has a request may say nothing.
    pub answer_time: Duration,
    /// Most bytes of one answer that are buffered for a slow client.
    pub answer_bytes: usize,
    /// Most bytes of requests held at once; the slowest senders make room.
    pub request_memory: usize,
    /// Most bytes of answers held at once; the slowest readers make room.
    pub answer_memory: usize,
    /// How long requests in flight may take to end after a shutdown.
    pub shutdown_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes: 16 << 10,
            head_time: Duration::from_secs(10),
            first_byte_time: Duration::from_secs(10),
            // A batch of 8 MiB must pass, with some room around it.
            body_bytes: (8 << 20) + (64 << 10),
            body_time: Duration::from_secs(30),
            body_rate: 1 << 10,
            body_grace: Duration::from_secs(5),
            upload_time: Duration::from_hours(1),
            upload_rate: 4 << 10,
            upload_quiet: Duration::from_secs(30),
            // A Go client keeps an idle connection for 90 s and must not find it closed.
            idle_time: Duration::from_mins(2),
            stall_time: Duration::from_secs(20),
            held_time: Duration::from_secs(5),
            linger_time: Duration::from_secs(5),
            connections: 1024,
            per_address: 64,
            queue: 256,
            queue_time: Duration::from_secs(10),
            answer_time: Duration::from_secs(30),
            answer_bytes: 4 << 20,
            request_memory: 20 << 20,
            answer_memory: 12 << 20,
            shutdown_time: Duration::from_secs(5),
        }
    }
}

impl Limits {
    /// How often deadlines are looked at: often enough that none is missed by much.
    pub(super) fn tick(&self) -> Duration {
        [
            self.head_time,
            self.first_byte_time,
            self.body_time,
            self.body_grace,
            self.upload_quiet,
            self.idle_time,
            self.stall_time,
            self.held_time,
            self.linger_time,
            self.queue_time,
            self.answer_time,
        ]
        .into_iter()
        .min()
        .unwrap_or_default()
        .div_f32(10.0)
        .clamp(Duration::from_millis(10), Duration::from_millis(500))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Go's HTTP client keeps a connection for 90 s of quiet, and loses a report that it sends as the server hangs up.
    #[test]
    fn quiet_connections_are_kept_for_longer_than_go_keeps_them() {
        assert!(Limits::default().idle_time > Duration::from_secs(90));
    }

    /// Batches of 8 MiB pass.
    #[test]
    fn a_large_batch_is_not_too_large() {
        assert!(Limits::default().body_bytes >= 8 << 20);
    }
}
