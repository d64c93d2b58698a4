//! The nodes.

use super::{Around, bulk::users, isolated, system};

sentences! {
    /// The nodes.
    Nodes {
        here_title = "This server", "这台服务器";
        here_on = "Friends connect to this server: the panel is their node.", "朋友们连接到这台服务器：面板就是节点。";
        here_off =
            "This panel can be a node itself: friends then connect to this server, and there is nothing else to \
            install.",
            "面板本身可以充当节点：朋友们直接连接这台服务器，无需安装其他程序。";
        here_stopped = "The node in this panel is switched off.", "面板内的节点已关闭。";
        here_fixed =
            "This is set by the option --node (MU_PANEL_NODE).",
            "由 --node 选项（MU_PANEL_NODE）决定。";
        switch_on = "Switch on", "开启";
        switch_off = "Switch off", "关闭";
        switched_off = "Switched off", "已关闭";
        built_in = "In this panel", "面板内";
        port_held(kind: &str, port: u16, name: &str, why: &str) =
            format!(
                "{kind} port {port} of {name} is not available ({}). Retrying; other users are not affected.",
                system::plain(why)
            ),
            format!("“{name}”的 {kind} 端口 {port} 不可用（{}）。正在重试，其他用户不受影响。", system::chinese(why));
        port_taken(port: u16, name: &str) =
            format!("Another program uses port {port} of {name}. Retrying; other users are not affected."),
            format!("“{name}”的端口 {port} 已被其他程序占用。正在重试，其他用户不受影响。");
        port_of(user: i64) = format!("user {user}"), format!("用户 {user}");
        lacking(methods: &str) =
            format!("Users with these ciphers can't connect, since this node doesn't support them: {methods}."),
            format!("使用以下加密方式的用户无法连接，因为此节点不支持：{methods}。");
        full(name: &str) =
            format!("Some connections of {name} are refused: too many at once."),
            format!("“{name}”的部分连接被拒绝：同时连接过多。");
        restarted(times: u64) =
            format!("The relay failed and was restarted, {times} times. The log says why."),
            format!("转发线程曾出错并重新启动，共 {times} 次；原因见日志。");
        devices = "Devices online", "在线设备";
        empty = "No node yet", "还没有节点";
        empty_hint =
            "A node is the server that your friends connect to. Add one to get the three values that its program \
            needs. A node also appears here when it first connects.",
            "节点就是朋友们连接的服务器。添加后会得到节点程序所需的三个值；节点首次连接面板时，也会自动出现在这里。";
        unnamed(id: i64) = format!("Node {id}"), format!("节点 {id}");
        seen(ago: &str) = format!("Seen {ago}"), format!("在线（{ago}有响应）");
        silent(ago: &str) = format!("Offline, last seen {ago}"), format!("已离线，上次在线：{ago}");
        retired(ago: &str) = format!("Retired? Last seen {ago}"), format!("不再使用？上次在线：{ago}");
        removed = "Removed", "已删除";
        removed_nodes = "Removed nodes", "已删除的节点";
        removed_hint =
            "Its history is kept. It comes back when its program connects again.",
            "历史记录会保留；节点程序再次连接时会自动恢复。";
        ask_remove: Around = ("Remove ", "?"), ("删除节点“", "”？");
        ask_remove_links(number: i64) =
            format!("Its links no longer work, nor are they in invitations: {}.", users(number)),
            format!("指向它的链接会失效，也不再出现在邀请中，涉及 {number} 位用户。");
        ask_off = "Turn off the node on this server?", "关闭这台服务器上的节点？";
        ask_off_what =
            "Friends connected through it are disconnected at once.",
            "经由它连接的朋友会立即断开。";
        last_seen = "Last seen", "上次在线";
        remove = "Remove", "删除";
        mute = "Mute alarms", "关闭通知";
        unmute = "Unmute alarms", "开启通知";
        alarms_off = "Alarms muted", "已关闭通知";
        alarms_on = "Alarms unmuted", "已开启通知";
        turned_up = "Connected for the first time", "首次连接面板";
        /// In the log of the settings.
        here_began = "The node on this server was switched on", "已开启这台服务器上的节点";
        here_began_as(node: &str) =
            format!("The node on this server was switched on ({node})"),
            format!("已开启这台服务器上的节点（{node}）");
        here_ended = "The node on this server was switched off", "已关闭这台服务器上的节点";
        mute_hint = "No alarm when this node is offline.", "此节点离线时不再通知。";
        waiting = "Waiting for first connection", "等待首次连接";
        asked = "Last fetched users", "获取用户列表";
        reported = "Last reported traffic", "上报流量";
        online = "Users online", "在线用户";
        load = "Load", "负载";
        uptime = "Uptime", "运行时间";
        uploaded_all = "Uploaded, all time", "累计上传";
        downloaded_all = "Downloaded, all time", "累计下载";
        breaks(number: i64) =
            format!(
                "Saving this changes the address or the port in the links of {}: those you have shared stop working. \
                Afterwards, send new ones.",
                users(number)
            ),
            format!("保存后 {number} 位用户链接中的地址或端口会改变，已分享的链接将失效，请随后发送新的链接。");
        address = "Address", "地址";
        own_address = "Reported IP", "节点上报的 IP";
        rate = "Traffic multiplier", "流量倍率";
        offset = "Outside port offset", "外部端口偏移";
        offset_hint =
            "Behind NAT, when ports are forwarded: the port outside is the user's port plus this number, such as \
            10000 or -5000. Changing it breaks links you have shared.",
            "节点位于 NAT 之后并做了端口转发时填写：外部端口 = 用户端口 + 此数，例如 10000 或 -5000；修改后已分享的链接会失效。";
        outside = "Ports outside", "外部端口";
        outside_is(offset: &str) = format!("port {offset}"), format!("端口 {offset}");
        beyond(port: u16, outside: i32) =
            format!(
                "Port {port} would be {outside} outside, and ports go from 1 to 65535: users with such a port get no \
                link to this node. Change the offset or their port."
            ),
            format!(
                "端口 {port} 对外将变为 {outside}，超出了 1 到 65535 的范围：使用这类端口的用户没有此节点的链接。\
                请修改偏移或这些用户的端口。"
            );
        refused = "Rejected", "最近被拒绝";
        too_many(id: i64, most: i64, ago: &str) =
            format!(
                "{most} nodes that you have not confirmed have connected, so new ones are refused: node {id} was, {ago}. To \
                confirm a node, open it and save it. If you know none of them, the node token has leaked: replace it \
                in the settings."
            ),
            format!(
                "已有 {most} 个未确认的节点连接过，新的节点会被拒绝：节点 {id}（{ago}）。打开节点并保存即可确认。如果这些节点您都不\
                认识，说明令牌已泄露，请在设置中更换。"
            );
        remove_unconfirmed = "Remove unconfirmed nodes without traffic", "删除没有流量的未确认节点";
        unconfirmed = "Not confirmed. If this node is yours, open it and save it.", "未确认。如果这是您的节点，请打开并保存一次。";
        add = "Add a node", "添加节点";
        add_hint =
            "Then you get the three values to paste into its configuration.",
            "添加后会得到三个值，粘贴到节点程序的配置中即可。";
        add_button = "Add node", "添加节点";
        name_example = "Tokyo", "东京";
        address_hint = "The host name or IP address that friends connect to. Changing it breaks links you have shared.", "朋友们连接时使用的域名或 IP 地址；修改后已分享的链接会失效。";
        rate_hint =
            "How traffic through this node counts: 0.5 is half, 2 is double.",
            "经过此节点的流量如何计算：0.5 计一半，2 计双倍。";
        wrong_token(name: &str, times: &str, ago: &str, peer: &str) =
            format!("{} uses a wrong token: {times} times, last {ago}, from {peer}.", isolated(name)),
            format!("“{}”使用了错误的令牌：共 {times} 次，最近一次{ago}，来自 {peer}。", isolated(name));
        wrong_token_once(name: &str, ago: &str, peer: &str) =
            format!("{} used a wrong token {ago}, from {peer}.", isolated(name)),
            format!("“{}”使用了错误的令牌：{ago}，来自 {peer}。", isolated(name));
        wrong_token_hint =
            "Copy the token from the node's page into its configuration.",
            "请把节点页面上的令牌填入节点程序的配置。";
        wrong_token_more(more: &str) =
            format!("And {more} more node IDs."),
            format!("另有 {more} 个节点 ID。");
        unnumbered = "A program without a node ID", "未注明节点 ID 的程序";
        setup = "Set up", "接入配置";
        only_here =
            "You opened the panel at an address that only works on this machine, so a node on another machine can't \
            reach it.",
            "您打开面板所用的地址只在这台机器上有效，其他机器上的节点无法访问。";
        setup_hint =
            "Paste these three values into the configuration of the node's program.",
            "把这三个值粘贴到节点程序的配置中。";
        refusals = "Rejected reports", "被拒绝的上报";
        no_refusals =
            "None. Reports that can't be used are listed here, with the reason.",
            "暂无。无法使用的上报会连同原因列在这里。";
    }
}
