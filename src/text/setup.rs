//! Setting a node up, and its traffic.

sentences! {
    /// Setting a node up, and its traffic.
    Setup {
        programs = "Example configuration", "配置示例";
        programs_hint =
            "For these programs. Any other that supports the Mu API takes the three values above.",
            "适用于这里已知的程序；其他支持 Mu API 的程序使用上面的三个值即可。";
        token_hint =
            "TOKEN stands for the node token: show it above to have it filled in here.",
            "TOKEN 代表节点令牌：在上面显示令牌后，这里也会填入。";
        own_note =
            "The same file as this panel, on the node's machine. It keeps quotas, speed and device limits, and counts \
            to the byte. Run 1, paste the token of 2, press Enter and Ctrl-D, then run 3: so the token is in a file \
            that only you can read, and neither on a command line nor in the shell's history. “mu-panel unit --node” \
            prints a service for systemd.",
            "与本面板相同的程序文件，放到节点机器上运行即可。流量限额、限速和设备数限制都由它执行，统计精确到字节。先运行 1，\
            粘贴 2 中的令牌，按回车再按 Ctrl-D，然后运行 3：令牌只保存在仅您可读的文件里，不会出现在命令行和 shell 历史中。\
            “mu-panel unit --node”可输出 systemd 服务文件。";
        go_note =
            "Stream ciphers only, and it counts downloads only. It empties the Redis database that it is given.",
            "仅支持流式加密，且只统计下载流量。它会清空所指定的 Redis 数据库。";
        py_note =
            "Python 2.7 only. The default branch of its repository is empty: “git branch -r” lists the one with the \
            code. Copy shadowsocks/config_example.py along; the file below reads it.",
            "仅支持 Python 2.7。其仓库的默认分支是空的：用“git branch -r”查看含有代码的分支。请保留 \
            shadowsocks/config_example.py，下面的文件会读取它。";
        v2ray_note =
            "For V2Ray 5, not the 4.34 of Debian 12. A user who was cut off gets back in only after V2Ray restarts.",
            "适用于 V2Ray 5，而非 Debian 12 自带的 4.34。被断开的用户要等 V2Ray 重启后才能重新连接。";
        waiting = "Waiting for the first connection…", "正在等待首次连接…";
        waiting_hint =
            "Start the node's program now. It connects within a minute; this page refreshes every 3 seconds.",
            "现在请启动节点程序，一分钟内它就会连接面板；本页每 3 秒自动刷新。";
        watch = "Watch for it", "查看连接情况";
        again = "Refresh", "刷新";
        tired =
            "No connection in ten minutes. Check the log of the node's program: is the url right, and can it reach this \
            panel?",
            "十分钟内没有收到任何请求。请查看节点程序的日志：url 是否正确，能否连到这个面板？";
        works(ago: &str) = format!("It works: seen {ago}."), format!("已连通：{ago}收到请求。");
        works_hint = "From now on it gets your users and reports what they use.", "从现在起它会获取用户，并上报用量。";
        to_node = "To the node", "前往节点";
        top = "Usage by user", "用户用量排行";
        top_hint(month: &str) =
            format!("Traffic through this node in {month}, as it reported it."),
            format!("{month}经过此节点的流量，以节点上报的数据为准。");
        user = "User", "用户";
        others(number: i64) = format!("{number} others"), format!("其他 {number} 位");
        other = "1 other", "其他 1 位";
        node_title = "Your first node", "第一个节点";
        optional = "(optional)", "（可选）";
        where_here = "On this server", "就在这台服务器";
        where_here_hint =
            "The panel is the Shadowsocks server too; there is nothing else to install. In the firewall, open one port \
            per friend, TCP and UDP, from 20001 up.",
            "面板同时充当 Shadowsocks 服务器，无需安装其他程序。请在防火墙中为朋友们的端口（20001 起）放行 TCP 和 \
            UDP。";
        where_there = "On another server", "在另一台服务器";
        where_there_hint =
            "The page of the node then has the command to run there.",
            "之后节点页面会给出在那台服务器上运行的命令。";
        address_hint = "The host name or IP address that friends connect to.", "朋友们连接时使用的域名或 IP 地址。";
        node_hint =
            "The server that your friends connect to. With its address, links and codes are ready right away.",
            "朋友要连接的服务器。填了地址，链接和二维码立即可用。";
        friend_title = "Your first friend", "第一位朋友";
        friend_hint = "You'll get a link and an invitation to send.", "设置完成后，会直接看到链接和可发送的邀请。";
    }
}
