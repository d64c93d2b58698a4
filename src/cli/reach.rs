//! Where the panel is reached: at which addresses it listens, and what to type at home to open a page of it.

use super::{own_addresses, ssh};
use crate::{
    acme::Site,
    door::{Listener, Scheme},
};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
};

/// What stands before the link to set the password.
const FIRST: &str = "set your password here (works once, valid for 30 minutes):";

/// Where the panel listens. It is noted in the file that a running panel holds locked, for other commands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Reach {
    pub(super) places: Vec<Place>,
    /// What it serves HTTPS for by itself.
    pub(super) site: Option<Site>,
    /// The path below which the panel lives; empty, or like `/panel`.
    pub(super) root: String,
}

/// A socket on which the panel listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Tcp { secure: bool, address: SocketAddr },
    Unix(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { secure, address } => write!(f, "{}://{address}", scheme(*secure)),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl Place {
    fn of(listener: &Listener) -> Option<Self> {
        match (listener.scheme(), listener.local_addr()) {
            (Scheme::Redirect, _) => None,
            (scheme, Some(address)) => Some(Self::Tcp { secure: scheme == Scheme::Https, address }),
            (_, None) => listener.to_string().strip_prefix("unix:").map(|path| Self::Unix(path.into())),
        }
    }

    fn read(text: &str) -> Option<Self> {
        if let Some(path) = text.strip_prefix("unix:") {
            return Some(Self::Unix(path.into()));
        }
        let (scheme, address) = text.split_once("://")?;
        Some(Self::Tcp { secure: scheme == "https", address: address.parse().ok()? })
    }

    /// As a program on this machine reaches it.
    pub(super) fn on_this_machine(&self) -> Self {
        let Self::Tcp { secure, mut address } = self.clone() else { return self.clone() };
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        Self::Tcp { secure, address }
    }

    /// The addresses at which others reach it; none if it is open to this machine alone.
    fn for_others(&self, machine: &[IpAddr]) -> Vec<String> {
        let Self::Tcp { secure, address } = self else { return Vec::new() };
        let url = |ip: IpAddr| format!("{}://{}", scheme(*secure), SocketAddr::new(ip, address.port()));
        match address.ip() {
            ip if ip.is_loopback() => Vec::new(),
            IpAddr::V4(ip) if ip.is_unspecified() => {
                machine.iter().filter(|ip| ip.is_ipv4()).copied().map(url).collect()
            }
            ip if ip.is_unspecified() => machine.iter().copied().map(url).collect(),
            ip => vec![url(ip)],
        }
    }

    /// The command to run at home, and the address that then leads here.
    fn through_tunnel(&self) -> (String, String) {
        match self.on_this_machine() {
            Self::Tcp { secure, address } => {
                let port = match address.port() {
                    443 => 8443,
                    0..1024 => 8080,
                    port => port,
                };
                // SSH listens on these two of a machine unless told otherwise.
                let usual = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()].contains(&address.ip());
                let bound = if usual { String::new() } else { format!("{}:", address.ip()) };
                let at_home = SocketAddr::new(address.ip(), port);
                (
                    ssh::tunnel(&format!("{bound}{port}"), &address.to_string()),
                    format!("{}://{at_home}", scheme(secure)),
                )
            }
            Self::Unix(path) => {
                let path = path.canonicalize().unwrap_or(path);
                (ssh::tunnel("8080", &path.display().to_string()), "http://127.0.0.1:8080".to_owned())
            }
        }
    }
}

fn scheme(secure: bool) -> &'static str {
    if secure { "https" } else { "http" }
}

impl Reach {
    pub(super) fn new(listeners: &[Listener], site: Option<Site>, root: &str) -> Self {
        Self { places: listeners.iter().filter_map(Place::of).collect(), site, root: root.to_owned() }
    }

    /// Each place with the path below which the panel lives, as it is said at the start.
    pub(super) fn listening(&self) -> Vec<String> {
        let said = |place: &Place| match place {
            Place::Tcp { .. } => format!("{place}{}", self.root),
            Place::Unix(_) => place.to_string(),
        };
        self.places.iter().map(said).collect()
    }

    /// Written down, a line each.
    pub(super) fn noted(&self) -> String {
        let site = self.site.iter().map(|site| format!("site {site}\n"));
        let places = self.places.iter().map(|place| format!("{place}\n"));
        places.chain(site).chain([format!("root {}\n", self.root)]).collect()
    }

    /// Read back; `None` of a file in which nothing stands yet.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut reach = Self::default();
        for line in text.lines() {
            if let Some(site) = line.strip_prefix("site ") {
                reach.site = site.parse().ok();
            } else if let Some(root) = line.strip_prefix("root ") {
                root.clone_into(&mut reach.root);
            } else {
                reach.places.extend(Place::read(line));
            }
        }
        (!reach.places.is_empty()).then_some(reach)
    }

    /// The public address of the panel, if it serves HTTPS by itself.
    pub(super) fn public(&self) -> Option<String> {
        self.site.as_ref().map(|site| format!("{}{}", site.origin(), self.root))
    }

    /// The ways to a page below `/`, in lines for a person. `certified`: whether the site has its certificate.
    pub(super) fn ways(&self, page: &str, certified: bool) -> Vec<String> {
        self.ways_on(page, certified, &own_addresses::all())
    }

    fn ways_on(&self, page: &str, certified: bool, machine: &[IpAddr]) -> Vec<String> {
        let link = |origin: &str| format!("{origin}{}{page}", self.root);
        let mut lines = Vec::new();
        if let Some(site) = &self.site {
            if certified {
                return vec![format!("{FIRST} {}", link(&site.origin()))];
            }
            lines.push(format!(
                "once there is a certificate, in about a minute, the page is at {}",
                link(&site.origin())
            ));
        }
        // The listeners of a site have no certificate for an address.
        let is_open = |place: &&Place| self.site.is_none() || !matches!(place, Place::Tcp { secure: true, .. });
        let mut open: Vec<String> = Vec::new();
        for origin in self.places.iter().filter(is_open).flat_map(|place| place.for_others(machine)) {
            if !open.contains(&origin) {
                open.push(origin);
            }
        }
        let mut words = FIRST;
        for origin in &open {
            lines.push(format!("{words} {}", link(origin)));
            words = "or here:";
        }
        let closed = self.places.iter().find(is_open).filter(|_| open.is_empty());
        if let Some(closed) = closed {
            let (tunnel, origin) = closed.through_tunnel();
            lines.push(format!("only this server can open the page; from home, keep this running: {tunnel}"));
            lines.push(format!("{FIRST} {}", link(&origin)));
        } else if !open.is_empty() && !machine.iter().any(|ip| own_addresses::is_public(*ip)) {
            lines.push("from the Internet, put the public address of this server in its place".to_owned());
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(places: &[&str], site: Option<&str>, root: &str) -> Reach {
        let places = places.iter().map(|place| Place::read(place).unwrap()).collect();
        Reach { places, site: site.map(|site| site.parse().unwrap()), root: root.to_owned() }
    }

    fn ways(reach: &Reach, certified: bool, machine: &[&str]) -> String {
        let machine: Vec<IpAddr> = machine.iter().map(|ip| ip.parse().unwrap()).collect();
        reach.ways_on("/login?setup=x", certified, &machine).join("\n").replace(FIRST, "first:")
    }

    #[test]
    fn what_is_open_to_others_is_named_by_every_address() {
        let both = ["198.51.100.7", "2001:db8::7"];
        for (places, machine, expected) in [
            (
                &["http://[::]:8080"][..],
                &both[..],
                "first: http://198.51.100.7:8080/login?setup=x\nor here: http://[2001:db8::7]:8080/login?setup=x",
            ),
            (&["http://0.0.0.0:8080"], &both, "first: http://198.51.100.7:8080/login?setup=x"),
            (&["https://[2001:db8::7]:443"], &both, "first: https://[2001:db8::7]:443/login?setup=x"),
            (&["http://127.0.0.1:8080", "http://0.0.0.0:81"], &both, "first: http://198.51.100.7:81/login?setup=x"),
            (
                &["http://0.0.0.0:8080"],
                &["10.0.0.5"],
                "first: http://10.0.0.5:8080/login?setup=x\n\
                from the Internet, put the public address of this server in its place",
            ),
        ] {
            assert_eq!(ways(&reach(places, None, ""), false, machine), expected, "{places:?}");
        }
    }

    #[test]
    fn what_is_open_to_this_machine_alone_has_a_tunnel() {
        for (place, tunnel, link) in [
            ("http://127.0.0.1:8080", "ssh -L 8080:127.0.0.1:8080 root@", "http://127.0.0.1:8080/p/login?setup=x"),
            ("http://[::1]:9000", "ssh -L 9000:[::1]:9000 root@", "http://[::1]:9000/p/login?setup=x"),
            ("https://127.0.0.1:443", "ssh -L 8443:127.0.0.1:443 root@", "https://127.0.0.1:8443/p/login?setup=x"),
            (
                "http://127.0.0.5:80",
                "ssh -L 127.0.0.5:8080:127.0.0.5:80 root@",
                "http://127.0.0.5:8080/p/login?setup=x",
            ),
            ("unix:/run/none.sock", "ssh -L 8080:/run/none.sock root@", "http://127.0.0.1:8080/p/login?setup=x"),
            // A machine without a network.
            ("http://0.0.0.0:8080", "ssh -L 8080:127.0.0.1:8080 root@", "http://127.0.0.1:8080/p/login?setup=x"),
        ] {
            let said = ways(&reach(&[place], None, "/p"), false, &[]);
            let [first, second] = said.lines().collect::<Vec<_>>()[..] else { panic!("{said}") };
            assert!(first.contains(&format!("keep this running: {tunnel}")), "{said}");
            assert_eq!(second, format!("first: {link}"));
        }
    }

    #[test]
    fn a_name_goes_first() {
        let reach = reach(&["http://127.0.0.1:8080", "https://[::]:443"], Some("p.example.org"), "/p");
        assert_eq!(ways(&reach, true, &["198.51.100.7"]), "first: https://p.example.org/p/login?setup=x");
        let said = ways(&reach, false, &["198.51.100.7"]);
        let lines: Vec<&str> = said.lines().collect();
        assert!(lines[0].ends_with("the page is at https://p.example.org/p/login?setup=x"), "{said}");
        assert!(lines[1].contains("ssh -L 8080:127.0.0.1:8080 root@"), "{said}");
        assert_eq!(lines[2..], ["first: http://127.0.0.1:8080/p/login?setup=x"]);
    }

    #[test]
    fn what_is_noted_is_read_back() {
        let reach = reach(&["http://[::]:8080", "https://127.0.0.1:1", "unix:/a b"], Some("x.example:444"), "/p");
        assert_eq!(Reach::read(&reach.noted()), Some(reach));
        assert_eq!(Reach::read(""), None);
    }
}
