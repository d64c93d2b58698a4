//! Names to addresses, from `/etc/hosts` and the servers in `/etc/resolv.conf`, without the C library.

use super::Failure;
use crate::model::lock;
use hickory_resolver::{
    Hosts, TokioResolver,
    config::{LookupIpStrategy, ResolveHosts, ResolverConfig, ResolverOpts},
    net::{NetError, runtime::TokioRuntimeProvider},
    system_conf::parse_resolv_conf,
};
use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// The longest that a lookup may take.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(10);

/// How often the files are checked for changes, as long as names are looked up.
const RECHECK: Duration = Duration::from_secs(1);

/// The most answers that are kept.
const CACHE_SIZE: u64 = 512;

/// The longest that an answer is kept, and that a name is remembered to have none.
const MAX_TTL: Duration = Duration::from_hours(1);
const MAX_NEGATIVE_TTL: Duration = Duration::from_mins(1);

/// Looks names up and remembers the answers. It is for tokio runtimes (with I/O and time) that end together, on which
/// its lookups run side by side: a server that does not answer holds up only the lookups that need it. Callers bound
/// how many they start.
#[derive(Debug)]
pub struct Resolver {
    servers: PathBuf,
    hosts: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When the files were last checked, and as what they were read.
    checked: Option<Instant>,
    stamps: [Option<Stamp>; 2],
    ready: Option<Ready>,
}

/// What changes when a file does: modification time in seconds and nanoseconds, size in bytes, inode.
type Stamp = (i64, i64, u64, u64);

#[derive(Clone)]
struct Ready(TokioResolver);

impl std::fmt::Debug for Ready {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ready")
    }
}

impl Default for Resolver {
    fn default() -> Self {
        Self::reading(Path::new("/etc/resolv.conf"), Path::new("/etc/hosts"))
    }
}

impl Resolver {
    /// The same with other files. Either may be missing: without servers, the one on this machine is asked.
    pub fn reading(servers: &Path, hosts: &Path) -> Self {
        Self { servers: servers.to_owned(), hosts: hosts.to_owned(), state: Mutex::default() }
    }

    /// The addresses of a host, IPv4 first, at least one; an address in digits is its own. Takes ten seconds at most.
    pub async fn lookup(&self, host: &str) -> Result<Vec<IpAddr>, Failure> {
        if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse() {
            return Ok(vec![address]);
        }
        let failed = |detail: String| Failure::LookupFailed(host.to_owned(), detail);
        let resolver = self.ready().map_err(|error| failed(error.to_string()))?;
        let asked = tokio::time::timeout(LOOKUP_TIMEOUT, resolver.0.lookup_ip(host)).await;
        let none = || Failure::NoSuchName(host.to_owned());
        let found = match asked {
            Ok(Err(error)) if error.is_no_records_found() => return Err(none()),
            Err(_) | Ok(Err(NetError::Timeout)) => return Err(failed("the name server did not answer".to_owned())),
            Ok(Err(error)) => return Err(failed(error.to_string())),
            Ok(Ok(found)) => found,
        };
        let mut addresses: Vec<IpAddr> = found.iter().collect();
        addresses.sort_by_key(IpAddr::is_ipv6);
        if addresses.is_empty() { Err(none()) } else { Ok(addresses) }
    }

    /// What to ask by the files as they are now.
    fn ready(&self) -> io::Result<Ready> {
        let mut state = lock(&self.state);
        let now = Instant::now();
        if let Some(ready) = &state.ready
            && state.checked.is_some_and(|checked| now - checked < RECHECK)
        {
            return Ok(ready.clone());
        }
        let stamps = [stamp(&self.servers), stamp(&self.hosts)];
        let (ready, changed) = (state.ready.clone(), stamps != state.stamps);
        state.checked = Some(now);
        state.stamps = stamps;
        let ready = match ready {
            Some(ready) if !changed => ready,
            _ => build(&read_or_nothing(&self.servers)?, &read_or_nothing(&self.hosts)?)?,
        };
        state.ready = Some(ready.clone());
        Ok(ready)
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let file = fs::metadata(path).ok()?;
    Some((file.mtime(), file.mtime_nsec(), file.size(), file.ino()))
}

fn read_or_nothing(path: &Path) -> io::Result<Vec<u8>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read,
    }
}

fn build(servers: &[u8], hosts: &[u8]) -> io::Result<Ready> {
    let fallback = |_| {
        // As the C library does where no server is named.
        let mut text = servers.to_vec();
        text.extend_from_slice(format!("\nnameserver {}\n", Ipv4Addr::LOCALHOST).as_bytes());
        parse_resolv_conf(text)
    };
    let (config, mut options) = parse_resolv_conf(servers).or_else(fallback).map_err(io::Error::other)?;
    options.cache_size = CACHE_SIZE;
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.use_hosts_file = ResolveHosts::Never;
    options.positive_max_ttl = Some(MAX_TTL);
    options.negative_max_ttl = Some(MAX_NEGATIVE_TTL);
    resolver(config, options, hosts).map_err(io::Error::other)
}

fn resolver(config: ResolverConfig, options: ResolverOpts, hosts: &[u8]) -> Result<Ready, NetError> {
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    *builder.options_mut() = options;
    let mut resolver = builder.build()?;
    let mut known = Hosts::default();
    known.read_hosts_conf(hosts)?;
    resolver.set_hosts(Arc::new(known));
    Ok(Ready(resolver))
}

/// The same for code that waits; it remembers nothing. It may be called anywhere, but blocks a runtime that runs in the
/// same thread.
pub fn lookup_blocking(host: &str, time: Duration) -> Result<Vec<IpAddr>, Failure> {
    if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse() {
        return Ok(vec![address]);
    }
    if tokio::runtime::Handle::try_current().is_err() {
        return wait_for(host, time);
    }
    // No runtime can be started within another, only beside it.
    std::thread::scope(|scope| scope.spawn(|| wait_for(host, time)).join())
        .unwrap_or_else(|_| Err(Failure::LookupFailed(host.to_owned(), "the resolver panicked".to_owned())))
}

fn wait_for(host: &str, time: Duration) -> Result<Vec<IpAddr>, Failure> {
    let failed = |error: io::Error| Failure::LookupFailed(host.to_owned(), error.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        let resolver = Resolver::default();
        tokio::time::timeout(time, resolver.lookup(host)).await.unwrap_or(Err(Failure::TimedOut))
    })
}
