//! The log on standard error, through a bounded queue and a thread of its own: a pipe that is not read, a full disk or
//! a closed standard error blocks nothing but that thread. Lines that find the queue full are dropped, counted, and
//! told of when the log flows again.

use crate::model::lock;
use std::{
    cell::Cell,
    io::{self, ErrorKind, Write},
    sync::{
        Arc, Condvar, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

/// Most bytes of lines that wait to be written.
const MAX_QUEUED_BYTES: usize = 1 << 20;
/// How long the end of the program waits for the lines that are still queued.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);
/// How long the thread lets lines gather before it writes again: waking it for each slows a busy server by a tenth.
const GATHER: Duration = Duration::from_millis(10);
/// How long to wait before writing again to a standard error that does not block and takes nothing.
const RETRY_DELAY: Duration = Duration::from_millis(50);

static QUEUE: OnceLock<Arc<Queue>> = OnceLock::new();

thread_local! {
    /// Whether this is the thread that writes, whose own words are never dropped.
    static WRITES: Cell<bool> = const { Cell::new(false) };
}

/// Lines that wait for standard error to take them.
#[derive(Default)]
struct Queue {
    lines: Mutex<Lines>,
    changed: Condvar,
    dropped: AtomicU64,
}

#[derive(Default)]
struct Lines {
    waiting: Vec<u8>,
    /// What the thread does.
    writer: Writer,
}

#[derive(Default, PartialEq)]
enum Writer {
    /// It writes what it has taken, and will look for more.
    Writes,
    /// It has written all, and will look for more soon.
    #[default]
    Gathers,
    /// It has to be woken.
    Sleeps,
}

/// Sends what is logged, and panics, through the queue from now on. `level` is one that the command line knows.
pub(super) fn start(level: &str) {
    let queue = QUEUE.get_or_init(|| {
        let queue = Arc::new(Queue::default());
        let writer = Arc::clone(&queue);
        match thread::Builder::new().name("log".to_owned()).spawn(move || writer.write_forever(&mut io::stderr())) {
            Ok(_) => {}
            Err(error) => {
                let _ = writeln!(io::stderr(), "mu-panel: there is no log: {error}");
            }
        }
        queue
    });
    let pipe = Box::new(QueueWriter(Arc::clone(queue)));
    env_logger::Builder::new().parse_filters(level).target(env_logger::Target::Pipe(pipe)).init();
    std::panic::set_hook(Box::new(|panic| {
        let thread = thread::current();
        line(&format!("mu-panel: thread `{}` panicked: {panic}", thread.name().unwrap_or("?")));
    }));
}

/// Writes one line on standard error: through the queue if there is one.
pub(super) fn line(text: &str) {
    let text = format!("{text}\n");
    match QUEUE.get() {
        Some(queue) => queue.push(text.as_bytes()),
        None => drop(io::stderr().write_all(text.as_bytes())),
    }
}

/// Waits until what is queued has been written, for at most a second.
pub(super) fn flush() {
    if let Some(queue) = QUEUE.get() {
        queue.flush(FLUSH_TIMEOUT);
    }
}

/// What `env_logger` writes to: one call for each line.
struct QueueWriter(Arc<Queue>);

impl Write for QueueWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Queue {
    fn push(&self, line: &[u8]) {
        let mut lines = lock(&self.lines);
        if lines.waiting.len() + line.len() > MAX_QUEUED_BYTES && !WRITES.get() {
            self.dropped.fetch_add(1, Relaxed);
            return;
        }
        lines.waiting.extend_from_slice(line);
        if lines.writer == Writer::Sleeps {
            lines.writer = Writer::Writes;
            self.changed.notify_all();
        }
    }

    /// Writes what is queued to `out` as long as the program runs.
    fn write_forever(&self, out: &mut impl Write) {
        WRITES.set(true);
        loop {
            self.write(out, &self.take());
            lock(&self.lines).writer = Writer::Gathers;
            self.changed.notify_all();
            thread::sleep(GATHER);
        }
    }

    /// Waits for lines and takes all that there are.
    fn take(&self) -> Vec<u8> {
        let mut lines = lock(&self.lines);
        while lines.waiting.is_empty() {
            lines.writer = Writer::Sleeps;
            lines = self.changed.wait(lines).unwrap_or_else(PoisonError::into_inner);
        }
        lines.writer = Writer::Writes;
        std::mem::take(&mut lines.waiting)
    }

    /// Writes whole lines. What cannot be written is dropped.
    fn write(&self, out: &mut impl Write, lines: &[u8]) {
        let unwritten = write_lines(out, lines);
        let dropped = self.dropped.fetch_add(unwritten, Relaxed) + unwritten;
        if unwritten == 0 && dropped > 0 {
            self.dropped.fetch_sub(dropped, Relaxed);
            log::warn!("{dropped} lines of the log were dropped: standard error did not take them");
        }
    }

    fn flush(&self, longest: Duration) {
        let pending = |lines: &mut Lines| lines.writer == Writer::Writes || !lines.waiting.is_empty();
        drop(self.changed.wait_timeout_while(lock(&self.lines), longest, pending));
    }
}

/// Writes lines, also where writing does not block, and answers how many were not written whole.
#[expect(clippy::naive_bytecount, reason = "there are bytes to count only when the log cannot be written")]
fn write_lines(out: &mut impl Write, mut lines: &[u8]) -> u64 {
    while !lines.is_empty() {
        match out.write(lines) {
            Ok(count) if count > 0 => lines = &lines[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(RETRY_DELAY),
            Ok(_) | Err(_) => break,
        }
    }
    lines.iter().filter(|byte| **byte == b'\n').count() as u64
}
