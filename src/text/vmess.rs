//! How a node carries VMess, in words.

use super::Words;

sentences! {
    /// The form that says how a node carries VMess.
    VmessText {
        title: Words, hint: Words, port: Words, port_hint: Words, network: Words, tcp: Words, path: Words, path_hint: Words, host: Words, host_hint: Words,
        tls: Words, alone: Words,
    }
}

/// English.
pub const ENGLISH: VmessText = VmessText {
    title: "V2Ray (VMess)",
    hint: "Only for a node whose program serves V2Ray: friends then get a vmess:// link too.",
    port: "VMess port",
    port_hint: "The same for everybody; empty if there is none.",
    network: "Transport",
    tcp: "TCP alone",
    path: "Path or service",
    path_hint: "The path of the WebSocket, such as /ray, or the name of the gRPC service.",
    host: "Host to ask for",
    host_hint: "In HTTP and TLS; empty: the node's address.",
    tls: "TLS is around it",
    alone: "The node serves no Shadowsocks",
};

/// 中文。
pub const CHINESE: VmessText = VmessText {
    title: "V2Ray（VMess）",
    hint: "仅适用于节点程序提供 V2Ray 的情况：朋友会另外得到 vmess:// 链接。",
    port: "VMess 端口",
    port_hint: "所有人相同；没有则留空。",
    network: "传输方式",
    tcp: "仅 TCP",
    path: "路径或服务名",
    path_hint: "WebSocket 的路径，例如 /ray，或 gRPC 的服务名。",
    host: "请求的主机名",
    host_hint: "用于 HTTP 和 TLS；留空则用节点地址。",
    tls: "外层有 TLS",
    alone: "该节点不提供 Shadowsocks",
};
