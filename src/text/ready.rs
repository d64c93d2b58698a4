//! Whether a friend can connect yet.

use super::system;

sentences! {
    /// Whether a friend can connect yet, and what is next if not.
    Ready {
        works(name: &str, ago: &str) = format!("It works: {name} used it {ago}."), format!("已连通：“{name}”{ago}使用过。");
        listens(port: u16) =
            format!(
                "Ready: this server is listening on port {port}. If the app can't connect, open that port in the \
                firewall, for TCP and UDP."
            ),
            format!("已就绪：这台服务器正在监听端口 {port}。如果应用连不上，请在防火墙中放行该端口（TCP 和 UDP）。");
        beginning(name: &str) =
            format!("This server is opening a port for {name}. Reload the page to see when it is ready."),
            format!("这台服务器正在为“{name}”打开端口，刷新页面即可查看是否就绪。");
        port_held(kind: &str, port: u16, why: &str) =
            format!("This server can't use {kind} port {port} ({}).", system::plain(why)),
            format!("这台服务器无法使用 {kind} 端口 {port}（{}）。", system::chinese(why));
        port_taken(port: u16) =
            format!("This server can't use port {port}: another program uses it."),
            format!("这台服务器无法使用端口 {port}：已被其他程序占用。");
        other_port = "Choose another port", "换一个端口";
        lacking(cipher: &str) =
            format!("The node on this server doesn't support {cipher}."),
            format!("这台服务器上的节点不支持 {cipher}。");
        other_cipher = "Choose another cipher", "换一种加密方式";
        switched_off(node: &str) = format!("{node} is switched off."), format!("“{node}”已关闭。");
        start(node: &str) =
            format!("Next: start the program on {node}. It hasn't connected to the panel yet."),
            format!("下一步：启动“{node}”上的节点程序。它还没有连接过面板。");
        set_up = "Set it up", "去设置";
        offline(node: &str) = format!("{node} is offline."), format!("“{node}”已离线。");
        to_node = "Go to the node", "查看节点";
        known(node: &str, name: &str) =
            format!("Ready: {node} lets {name} in. Nothing has been used yet."),
            format!("已就绪：“{node}”已允许“{name}”连接，目前还没有流量。");
        soon(node: &str, name: &str) =
            format!("{node} lets {name} in within a minute."),
            format!("“{node}”会在一分钟内允许“{name}”连接。");
    }
}
