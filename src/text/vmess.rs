//! How a node carries VMess.

sentences! {
    /// The form that says how a node carries VMess.
    VmessText {
        title = "V2Ray (VMess)", "V2Ray（VMess）";
        hint =
            "Only for a node whose program serves V2Ray: friends then get a vmess:// link too.",
            "仅适用于节点程序提供 V2Ray 的情况：朋友会另外得到 vmess:// 链接。";
        port = "VMess port", "VMess 端口";
        port_hint = "The same for everybody; empty if there is none.", "所有人相同；没有则留空。";
        network = "Transport", "传输方式";
        tcp = "TCP alone", "仅 TCP";
        path = "Path or service", "路径或服务名";
        path_hint =
            "The path of the WebSocket, such as /ray, or the name of the gRPC service.",
            "WebSocket 的路径，例如 /ray，或 gRPC 的服务名。";
        host = "Host to ask for", "请求的主机名";
        host_hint = "In HTTP and TLS; empty: the node's address.", "用于 HTTP 和 TLS；留空则用节点地址。";
        tls = "TLS is around it", "外层有 TLS";
        alone = "The node serves no Shadowsocks", "该节点不提供 Shadowsocks";
    }
}
