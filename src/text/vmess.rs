//! How a node carries VMess.

use super::bulk::users;

sentences! {
    /// The form that says how a node carries VMess.
    VmessText {
        title = "V2Ray (VMess)", "V2Ray（VMess）";
        hint =
            "Only if the node runs V2Ray: friends then get a vmess:// link too.",
            "仅适用于节点程序提供 V2Ray 的情况：朋友会另外得到 vmess:// 链接。";
        port = "VMess port", "VMess 端口";
        port_hint = "The same for all users. Empty: no VMess.", "所有人相同；没有则留空。";
        network = "Transport", "传输方式";
        tcp = "TCP only", "仅 TCP";
        path = "Path or service", "路径或服务名";
        path_hint =
            "The path of the WebSocket, such as /ray, or the name of the gRPC service.",
            "WebSocket 的路径，例如 /ray，或 gRPC 的服务名。";
        host = "Host / SNI", "Host / SNI（伪装域名）";
        host_hint = "Empty: the node's address.", "用于 HTTP 和 TLS；留空则用节点地址。";
        tls = "Uses TLS", "使用 TLS";
        alone = "This node has no Shadowsocks", "该节点不提供 Shadowsocks";
        breaks(number: i64) =
            format!(
                "Saving this changes the links of {} to this node: those you have shared stop working. Afterwards, \
                send new ones.",
                users(number)
            ),
            format!("保存后 {number} 位用户到此节点的链接会改变，已分享的链接将失效，请随后发送新的链接。");
    }
}
