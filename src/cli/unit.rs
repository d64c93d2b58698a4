//! `mu-panel unit`: a hardened systemd unit to copy into place.

use super::say;
use crate::acme::Site;

#[derive(clap::Args)]
pub(super) struct Options {
    /// Print the unit of a node on a machine of its own
    #[arg(long, conflicts_with = "https")]
    node: bool,
    /// Include what `serve --https` needs: the name or address, and permission to open ports 80 and 443
    #[arg(long, value_name = "NAME|IP[:PORT]")]
    https: Option<Site>,
}

/// Prints the panel's, or that of a node alone on its machine.
pub(super) fn print(options: &Options) {
    say(unit(options).trim_end());
}

fn unit(options: &Options) -> String {
    let (what, service, ports) =
        if options.node { ("mu-panel node", NODE, NODE_PORTS) } else { ("mu-panel", PANEL, PANEL_PORTS) };
    let mut unit = format!("[Unit]\nDescription={what}\n{BEGIN}{service}{ports}{HARDENING}");
    let Some(site) = &options.https else { return unit };
    for (without, with) in [
        (LISTEN, &*format!("{LISTEN}Environment=MU_PANEL_HTTPS={site}\n")),
        (PANEL_PORTS, "# Ports 80 and 443.\n"),
        ("AmbientCapabilities=\n", "AmbientCapabilities=CAP_NET_BIND_SERVICE\n"),
        ("CapabilityBoundingSet=\n", "CapabilityBoundingSet=CAP_NET_BIND_SERVICE\n"),
        // In a user namespace of its own the capability would count for nothing.
        ("PrivateUsers=yes\n", "PrivateUsers=no\n"),
    ] {
        unit = unit.replacen(without, with, 1);
    }
    unit
}

const LISTEN: &str = "Environment=MU_PANEL_LISTEN=127.0.0.1:8080\n";

const BEGIN: &str = "\
Documentation=man:systemd.exec(5)
After=network-online.target
Wants=network-online.target
# However often it ends, it is started again.
StartLimitIntervalSec=0

[Service]
Type=exec
";

const PANEL: &str = "\
# The database is /var/lib/mu-panel/mu-panel.db; a command line beside it needs `--db` with that path.
ExecStart=/usr/local/bin/mu-panel serve
Environment=MU_PANEL_DB=/var/lib/mu-panel/mu-panel.db
Environment=MU_PANEL_LISTEN=127.0.0.1:8080
Environment=MU_PANEL_BACKUP_DIR=/var/lib/mu-panel/backups
# What stands there goes before the lines above.
EnvironmentFile=-/etc/default/mu-panel
Restart=always
RestartSec=1
TimeoutStopSec=15
LimitNOFILE=65536

# Made once with `useradd --system --shell /usr/sbin/nologin mu-panel`.
User=mu-panel
Group=mu-panel
StateDirectory=mu-panel
StateDirectoryMode=0700
# For `--listen unix:/run/mu-panel/http.sock`: a proxy whose user is in the group mu-panel can open it.
RuntimeDirectory=mu-panel
RuntimeDirectoryMode=0750
UMask=0077

";

const NODE: &str = "\
# The address and the number are on the page of the node. The token belongs into /etc/mu-panel-node.token (root
# alone, mode 600).
ExecStart=/usr/local/bin/mu-panel node --url https://panel.example.org/mu/v2 --node-id 1 --token-file %d/token
LoadCredential=token:/etc/mu-panel-node.token
Restart=always
RestartSec=1
TimeoutStopSec=30
LimitNOFILE=65536

DynamicUser=yes
# What is not reported yet is in /var/lib/mu-panel-node.
StateDirectory=mu-panel-node
StateDirectoryMode=0700
UMask=0077

";

const NODE_PORTS: &str = "\
# Users with ports below 1024 need CAP_NET_BIND_SERVICE in both of these lines, and PrivateUsers=no below.
";

const PANEL_PORTS: &str = "\
# To listen below port 1024 (443, say), put CAP_NET_BIND_SERVICE into both of these lines, and PrivateUsers=no below.
";

const HARDENING: &str = "\
AmbientCapabilities=
CapabilityBoundingSet=
LockPersonality=yes
MemoryDenyWriteExecute=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateMounts=yes
PrivateTmp=yes
PrivateUsers=yes
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_https_it_may_open_the_ports_and_is_otherwise_the_same() {
        let site = "panel.example.org".parse().unwrap();
        let of = |https| unit(&Options { node: false, https });
        let (with, without) = (of(Some(site)), of(None));
        let changed: Vec<&str> = with.lines().filter(|line| !without.lines().any(|other| other == *line)).collect();
        let expected = [
            "Environment=MU_PANEL_HTTPS=panel.example.org",
            "# Ports 80 and 443.",
            "AmbientCapabilities=CAP_NET_BIND_SERVICE",
            "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
            "PrivateUsers=no",
        ];
        assert_eq!(changed, expected);
        assert_eq!(with.lines().count(), without.lines().count() + 1);
    }
}
