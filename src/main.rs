//! Starts the command line with the machine's clock and its source of randomness.

use mu_panel::{
    cli,
    model::{Platform, Time},
};
use rustix::{
    io::Errno,
    rand::{GetRandomFlags, getrandom},
};
use std::{
    fs::File,
    io::Read,
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

/// One heap for all threads. The C library's gives each thread one of its own, and each of these keeps the largest list
/// that its thread has ever made: 151 MiB instead of 30 under the benchmark's load.
#[global_allocator]
static HEAP: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    cli::run(Platform { now, random })
}

#[allow(clippy::disallowed_methods)] // here is the edge
fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::try_from(since.as_secs()).unwrap_or(0)
}

#[allow(clippy::disallowed_methods)] // here is the edge
#[allow(clippy::expect_used)] // secrets that can be guessed are worse than no program
fn random(buffer: &mut [u8]) {
    // The kernel itself is asked: a static program finds neither a library to ask nor, where there are no files,
    // `/dev/urandom`.
    let mut filled = 0;
    while filled < buffer.len() {
        match getrandom(&mut buffer[filled..], GetRandomFlags::empty()) {
            Err(Errno::INTR) => {}
            // A kernel from before 3.17 has the file alone.
            Err(Errno::NOSYS) => {
                let read = File::open("/dev/urandom").and_then(|mut file| file.read_exact(buffer));
                return read.expect("the machine has /dev/urandom");
            }
            count => filled += count.expect("the machine has a source of randomness"),
        }
    }
}
