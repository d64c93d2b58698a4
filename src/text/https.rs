//! HTTPS by itself: its page, and what stands in the way.

use crate::acme::Kind;

sentences! {
    /// The page of the certificate.
    Https {
        heading = "HTTPS", "HTTPS";
        what =
            "The panel can get a certificate from Let's Encrypt and renew it automatically. It needs ports 80 and 443, and a \
            domain name or public IP address that points to this server.",
            "面板可以自动向 Let's Encrypt 申请证书并续期。需要 80 和 443 端口，以及指向本服务器的域名或公网 IP 地址。";
        site = "Domain name or IP address", "域名或 IP 地址";
        get = "Get a certificate", "获取证书";
        try_now = "Try again now", "立即重试";
        fixed =
            "The name is set on the command line (--https) or in the environment (MU_PANEL_HTTPS).",
            "域名由命令行（--https）或环境变量（MU_PANEL_HTTPS）指定。";
        files =
            "The certificate is in the files that the command line names (--tls-cert).",
            "证书由命令行指定的文件提供（--tls-cert）。";
        setup_hint =
            "A domain name that points to this server, or its public IP address. The panel gets a free certificate for it \
            and renews it. TCP ports 80 and 443 have to be open in the firewall.",
            "指向本服务器的域名或公网 IP。面板会自动申请免费证书并续期；请在防火墙放行 TCP 80 和 443 端口。";
        state = "Certificate", "证书";
        serves = "Address", "网址";
        valid_until = "Valid until", "有效期至";
        none_yet = "None yet", "尚无";
        next_renewal = "Next renewal", "下次续期";
        next_try = "Next attempt", "下次尝试";
        last_try = "Last attempt", "上次尝试";
        working = "A certificate is being ordered.", "正在申请证书。";
        ended = "The certificate has expired. It stays in use until a new one arrives.", "证书已过期；获取新证书期间仍继续使用。";
        found = "Details:", "详细信息：";
        authority_says = "The authority says:", "证书机构的说明：";
        begun = "A certificate is being ordered; this takes about a minute.", "正在申请证书，大约需要一分钟。";
        trouble: fn(Kind) -> &'static str = trouble_english, trouble_chinese;
    }
}

fn trouble_english(kind: Kind) -> &'static str {
    match kind {
        Kind::Clock => "This server's clock is wrong. Set it, and the rest follows automatically.",
        Kind::Authority => {
            "The certificate authority cannot be reached. Check this server's connection to the Internet."
        }
        Kind::Name => {
            "The name has no address yet. Add an A or AAAA record with this server's address at your DNS provider."
        }
        Kind::Unreachable => {
            "The authority cannot connect to this server. Open TCP ports 80 and 443 in the firewall, and check that the \
             name points here."
        }
        Kind::Elsewhere => "Another server answers under this name. Point its A and AAAA records to this server.",
        Kind::Caa => "The name's CAA records allow other authorities only. Change them at your DNS provider.",
        Kind::RateLimit => "Too many attempts. The authority asks for a pause.",
        Kind::Account => "This authority needs an account created beforehand: set --acme-eab-id and --acme-eab-key.",
        Kind::Rejected => "The authority does not issue certificates for this name or address.",
        Kind::NoChallenge => "Neither port 80 nor port 443 can be used to prove that the name is yours.",
        Kind::Files => "The folder of the certificates, beside the database, cannot be read or written.",
        Kind::Other => "The authority refused.",
    }
}

fn trouble_chinese(kind: Kind) -> &'static str {
    match kind {
        Kind::Clock => "这台服务器的时钟不准。校准后会自动继续。",
        Kind::Authority => "无法连接证书机构。请检查服务器的网络。",
        Kind::Name => "域名还没有解析。请在 DNS 服务商处添加指向本服务器的 A 或 AAAA 记录。",
        Kind::Unreachable => "证书机构无法连接本服务器。请在防火墙放行 TCP 80 和 443 端口，并确认域名指向这里。",
        Kind::Elsewhere => "这个域名由另一台服务器应答。请让 A 和 AAAA 记录指向本服务器。",
        Kind::Caa => "域名的 CAA 记录只允许其他证书机构。请在 DNS 服务商处修改。",
        Kind::RateLimit => "尝试次数过多，证书机构要求暂停一段时间。",
        Kind::Account => "该证书机构要求事先注册账户：请设置 --acme-eab-id 和 --acme-eab-key。",
        Kind::Rejected => "证书机构不为这个域名或地址签发证书。",
        Kind::NoChallenge => "80 和 443 端口都无法用来证明域名属于您。",
        Kind::Files => "无法读写数据库旁的证书目录。",
        Kind::Other => "证书机构拒绝了申请。",
    }
}
