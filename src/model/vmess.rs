//! How a node carries VMess, for those that do.

/// The VMess side of a node, as its users' programs have to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vmess {
    /// The port that it listens on, the same for every user.
    pub port: u16,
    /// What it is carried in.
    pub network: Network,
    /// The host name to ask for, in HTTP and TLS, if it is not the node's address; else empty.
    pub host: String,
    /// Whether TLS is around it.
    pub tls: bool,
    /// Whether the node serves nothing else, so that there is no Shadowsocks on it.
    pub alone: bool,
}

/// What VMess is carried in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Network {
    /// Nothing but TCP.
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
