//! The public sockets: TCP or Unix, bound here or handed over from outside.

use std::fs::Permissions;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fmt, fs, net, os};

use mio::event::Source;
use mio::net::{TcpListener, UnixListener};
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, SockRef, Type};

use super::stream::Socket;

/// Most connections that wait to be accepted. With fewer, clients in a crowd wait a second until their kernel tries
/// again.
const BACKLOG: i32 = 1024;

/// Most bytes of answers that the kernel holds before it has to send them.
const UNSENT: u32 = 128 << 10;

/// A socket on which the door listens.
#[derive(Debug)]
pub struct Listener {
    socket: Listening,
    /// The scheme of its clients.
    pub(super) scheme: Scheme,
    /// The file of a Unix socket that we made, and therefore remove.
    made: Option<PathBuf>,
}

/// The scheme of a listener's clients.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Scheme {
    /// HTTP, as a proxy on this machine does.
    #[default]
    Http,
    /// HTTP within TLS, with the certificate of the door.
    Https,
    /// HTTP, only to redirect to where everything else is.
    Redirect,
}

#[derive(Debug)]
enum Listening {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    /// Listens on `address:port`, on `:port` of every address, or on `unix:/path`. A Unix socket that no process serves
    /// any more is replaced.
    pub fn bind(place: &str) -> io::Result<Self> {
        Self::bind_beside(place, &[])
    }

    /// Listens on all of them, or says which one cannot be had.
    ///
    /// # Errors
    /// With the place that is the reason.
    pub fn bind_all(places: &[String]) -> Result<Vec<Self>, (String, io::Error)> {
        let bind = |place: &String| Self::bind_beside(place, places).map_err(|error| (place.clone(), error));
        places.iter().map(bind).collect()
    }

    fn bind_beside(place: &str, others: &[String]) -> io::Result<Self> {
        if let Some(path) = place.strip_prefix("unix:") {
            return Self::bind_unix(Path::new(path));
        }
        let address = address(place)?;
        match Self::bind_tcp(address, others) {
            // A machine without IPv6.
            Err(error) if is_every(place) && lacks_ipv6(&error) => {
                Self::bind_tcp((Ipv4Addr::UNSPECIFIED, address.port()).into(), others)
            }
            bound => bound,
        }
    }

    fn bind_tcp(address: SocketAddr, others: &[String]) -> io::Result<Self> {
        let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_reuse_address(true)?;
        if address.is_ipv6() {
            // `[::]:8080` takes IPv4 too, unless another of our sockets has that port there.
            let has_port = |other: &SocketAddr| other.is_ipv4() && other.port() == address.port() && other.port() != 0;
            let shared = others.iter().filter_map(|other| self::address(other).ok()).any(|other| has_port(&other));
            socket.set_only_v6(shared || !address.ip().is_unspecified())?;
        }
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok(Self { scheme: Scheme::default(), socket: Listening::Tcp(TcpListener::from_std(socket.into())), made: None })
    }

    fn bind_unix(path: &Path) -> io::Result<Self> {
        let bound = match UnixListener::bind(path) {
            Err(error) if error.kind() == ErrorKind::AddrInUse && is_abandoned(path) => {
                fs::remove_file(path)?;
                UnixListener::bind(path)
            }
            bound => bound,
        };
        let socket = bound?;
        // Write access is what lets a client in: a proxy in our group and no other, whatever the umask is.
        fs::set_permissions(path, Permissions::from_mode(0o660))?;
        SockRef::from(&socket).listen(BACKLOG)?;
        Ok(Self { scheme: Scheme::default(), socket: Listening::Unix(socket), made: Some(path.to_owned()) })
    }

    /// Takes a TCP listener that is already bound.
    pub fn from_tcp(listener: net::TcpListener) -> io::Result<Self> {
        listens(&SockRef::from(&listener))?;
        listener.set_nonblocking(true)?;
        Ok(Self { scheme: Scheme::default(), socket: Listening::Tcp(TcpListener::from_std(listener)), made: None })
    }

    /// Takes a Unix listener that is already bound.
    pub fn from_unix(listener: os::unix::net::UnixListener) -> io::Result<Self> {
        listens(&SockRef::from(&listener))?;
        listener.set_nonblocking(true)?;
        Ok(Self { scheme: Scheme::default(), socket: Listening::Unix(UnixListener::from_std(listener)), made: None })
    }

    /// The same listener with that scheme; a Unix socket speaks HTTP whatever is said.
    #[must_use]
    pub fn with_scheme(mut self, scheme: Scheme) -> Self {
        if matches!(self.socket, Listening::Tcp(_)) {
            self.scheme = scheme;
        }
        self
    }

    /// The scheme of its clients.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The address of a TCP listener.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match &self.socket {
            Listening::Tcp(socket) => socket.local_addr().ok(),
            Listening::Unix(_) => None,
        }
    }

    /// The file of a Unix listener.
    fn path(&self) -> Option<PathBuf> {
        match &self.socket {
            Listening::Tcp(_) => None,
            Listening::Unix(socket) => socket.local_addr().ok()?.as_pathname().map(Path::to_owned),
        }
    }

    pub(super) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        match &mut self.socket {
            Listening::Tcp(socket) => socket.register(registry, token, Interest::READABLE),
            Listening::Unix(socket) => socket.register(registry, token, Interest::READABLE),
        }
    }

    /// The next connection and the address it comes from, if it has one.
    pub(super) fn accept(&self, dead_after: Duration) -> io::Result<(Socket, Option<IpAddr>)> {
        match &self.socket {
            Listening::Unix(socket) => socket.accept().map(|(stream, _)| (Socket::Unix(stream), None)),
            Listening::Tcp(socket) => {
                let (stream, peer) = socket.accept()?;
                // An answer leaves when it is written. Neither option is worth losing a client for.
                let _ = stream.set_nodelay(true);
                // What it has not sent yet waits with us, where it is seen how fast a client takes it.
                let _ = SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT);
                // What the kernel has taken over from us must not wait for ever for a client that reads nothing.
                let _ = SockRef::from(&stream).set_tcp_user_timeout(Some(dead_after));
                Ok((Socket::Tcp(stream), Some(peer.ip().to_canonical())))
            }
        }
    }
}

/// Written as [`Listener::bind`] takes it.
impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.local_addr(), self.path()) {
            (Some(address), _) => address.fmt(f),
            (None, Some(path)) => write!(f, "unix:{}", path.display()),
            (None, None) => f.write_str("a socket without a name"),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(path) = &self.made {
            let _ = fs::remove_file(path);
        }
    }
}

/// Refuses a socket that accepts no connections, such as the connection that systemd hands over with `Accept=yes`.
fn listens(socket: &SockRef<'_>) -> io::Result<()> {
    if socket.is_listener()? {
        return Ok(());
    }
    Err(io::Error::new(ErrorKind::InvalidInput, "it is a connection and no listener"))
}

/// Names are not looked up, but for this machine's own: a static program would need the very C library that it was
/// built with.
fn address(place: &str) -> io::Result<SocketAddr> {
    let unusable = || io::Error::new(ErrorKind::InvalidInput, "it is no address such as `127.0.0.1:8080` or `:8080`");
    let numbers = match place.rsplit_once(':') {
        Some(("localhost", port)) => format!("127.0.0.1:{port}"),
        Some(("" | "*", port)) => format!("[::]:{port}"),
        Some(_) => place.to_owned(),
        None => format!("[::]:{place}"),
    };
    numbers.parse().map_err(|_| unusable())
}

/// Whether that is every address of this machine, of whatever kind.
fn is_every(place: &str) -> bool {
    place.rsplit_once(':').is_none_or(|(host, _)| matches!(host, "" | "*"))
}

fn lacks_ipv6(error: &io::Error) -> bool {
    const EAFNOSUPPORT: i32 = 97;
    error.kind() == ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(EAFNOSUPPORT)
}

/// Whether that is a Unix socket on which no process listens.
fn is_abandoned(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket())
        && os::unix::net::UnixStream::connect(path).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}
