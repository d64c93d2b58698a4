//! Which program holds a port, as far as this process may know.

use std::{fs, path::Path};

/// The name and the number of the process that listens on a TCP port.
pub(super) fn holder(port: u16) -> Option<String> {
    let sockets: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| listening_inodes(&table, port))
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    let processes = fs::read_dir("/proc").ok()?.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut processes = processes.filter(|path| path.file_name().is_some_and(is_number));
    let process = processes.find(|process| !sockets.is_empty() && has_open(process, &sockets))?;
    let name = fs::read_to_string(process.join("comm")).ok()?;
    Some(format!("{} ({})", name.trim(), process.file_name()?.to_string_lossy()))
}

/// The inodes of the sockets that listen there, in a table such as `/proc/net/tcp`.
fn listening_inodes(table: &str, port: u16) -> Vec<String> {
    const LISTEN: &str = "0A";
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (_, own) = words.get(1)?.rsplit_once(':')?;
        let found = u16::from_str_radix(own, 16) == Ok(port) && *words.get(3)? == LISTEN;
        found.then(|| words.get(9).map(|inode| (*inode).to_owned()))?
    };
    table.lines().skip(1).filter_map(row).collect()
}

fn is_number(name: &std::ffi::OsStr) -> bool {
    name.to_str().is_some_and(|name| name.bytes().all(|b| b.is_ascii_digit()))
}

fn has_open(process: &Path, sockets: &[String]) -> bool {
    let Ok(files) = fs::read_dir(process.join("fd")) else { return false };
    files
        .filter_map(Result::ok)
        .filter_map(|file| fs::read_link(file.path()).ok())
        .any(|target| target.to_str().is_some_and(|target| sockets.iter().any(|socket| socket == target)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_of_a_port_is_named() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let found = holder(listener.local_addr().unwrap().port()).unwrap();
        assert!(found.ends_with(&format!("({})", std::process::id())), "{found}");
    }
}
