//! How a node serves VMess.

use crate::error::Fault;

/// A node's VMess settings, as its users' programs need them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vmess {
    /// The port that it listens on, the same for every user.
    pub port: u16,
    /// The transport.
    pub network: Network,
    /// The host name in HTTP and TLS (SNI), if it is not the node's address; else empty.
    pub host: String,
    /// Whether it uses TLS.
    pub tls: bool,
    /// Whether the node serves VMess alone, without Shadowsocks.
    pub alone: bool,
}

/// A transport of VMess.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Network {
    /// Plain TCP.
    Tcp,
    /// WebSocket.
    Ws {
        /// The path of the request, from its `/`.
        path: String,
    },
    /// gRPC.
    Grpc {
        /// The name of the service.
        service: String,
    },
}

impl Network {
    /// Takes a network by its name; `path` is that of a WebSocket (`/` if it is empty) or the name of a gRPC service.
    ///
    /// # Errors
    /// [`Fault::NetworkUnknown`], [`Fault::PathBad`], [`Fault::ServiceBad`].
    pub fn parse(name: &str, path: &str) -> Result<Self, Fault> {
        const MAX_PATH: usize = 200;
        let path = path.trim();
        let given = || path.chars().take(MAX_PATH).collect::<String>();
        match name {
            "tcp" => Ok(Self::Tcp),
            "ws" => {
                let path = if path.is_empty() { "/" } else { path };
                let sound = path.starts_with('/') && path.len() <= MAX_PATH && path.bytes().all(is_plain);
                if sound { Ok(Self::Ws { path: path.to_owned() }) } else { Err(Fault::PathBad { given: given() }) }
            }
            "grpc" => {
                let sound = (1..=MAX_PATH).contains(&path.len()) && path.bytes().all(|b| is_plain(b) && b != b'/');
                if sound {
                    Ok(Self::Grpc { service: path.to_owned() })
                } else {
                    Err(Fault::ServiceBad { given: given() })
                }
            }
            other => Err(Fault::NetworkUnknown { given: other.chars().take(40).collect() }),
        }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Ws { .. } => "ws",
            Self::Grpc { .. } => "grpc",
        }
    }

    /// The path or the service; empty for TCP.
    pub fn path(&self) -> &str {
        match self {
            Self::Tcp => "",
            Self::Ws { path } => path,
            Self::Grpc { service } => service,
        }
    }
}

/// Printable ASCII without a special meaning in a configuration or a link.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b'<' | b'>' | b'#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_reads_back_as_the_same() {
        for (name, path, kept) in [
            ("tcp", "", ""),
            ("tcp", "ignored", ""),
            ("ws", "", "/"),
            ("ws", " /ray?ed=2048 ", "/ray?ed=2048"),
            ("grpc", "GunService", "GunService"),
        ] {
            let network = Network::parse(name, path).unwrap();
            assert_eq!((network.name(), network.path()), (name, kept));
            assert_eq!(Network::parse(network.name(), network.path()), Ok(network));
        }
        for (name, path) in
            [("ws", "ray"), ("ws", "/a b"), ("ws", "/ü"), ("ws", "/\""), ("grpc", ""), ("grpc", "a/b"), ("kcp", "")]
        {
            assert!(Network::parse(name, path).is_err(), "{name} {path}");
        }
    }
}
