//! What makes work of the panel take long, on any machine: a database that is slow to copy, and a program that holds
//! the right to write for as long as a test wants.

use rusqlite::{Connection, Result};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    thread,
    time::Duration,
};

/// Makes of `small` a database that takes seconds to copy: between two steps a backup pauses, and the smaller its pages
/// are, the more steps there are.
pub fn slow_to_copy(small: &Path, file: &Path) -> Result<()> {
    std::fs::copy(small, file).unwrap();
    Connection::open(file)?.execute_batch(
        "PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM;
         CREATE TABLE ballast (x); INSERT INTO ballast VALUES (zeroblob(64 << 20));",
    )
}

/// Holds the right to write to a database for a client that connects and names it, until it hangs up. Returns the port.
pub fn hold_writing() -> std::io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for caller in listener.incoming() {
            thread::spawn(move || hold(&caller.unwrap()));
        }
    });
    Ok(port)
}

fn hold(mut caller: &TcpStream) {
    let mut lines = BufReader::new(caller);
    let mut file = String::new();
    lines.read_line(&mut file).unwrap();
    let held = Connection::open(file.trim_end()).and_then(|database| {
        database.busy_timeout(Duration::from_secs(30))?;
        database.execute_batch("BEGIN IMMEDIATE")?;
        Ok(database)
    });
    let answer = held.as_ref().map_or_else(ToString::to_string, |_| "held".to_owned());
    caller.write_all(format!("{answer}\n").as_bytes()).unwrap();
    let _ = lines.read_to_string(&mut file);
    // The line goes after it: a test that waits for its end knows that the database is free again.
    drop(held);
}
