//! The forms of a node: its name, address, rate and ports outside, and how it carries VMess.

use super::form::{Field, Group, Widget, nothing};
use crate::{
    error::Fault,
    model::{Address, Network, NodeDraft, NodeName, PortOffset, Rate, Vmess, optional, port_from},
    text::Text,
};

/// The fields of a node.
pub const NODE: &[Field<NodeDraft>] = &[
    Field {
        name: "name",
        widget: Widget::Line,
        label: |text| text.form.name,
        hint: nothing,
        placeholder: |text| text.nodes.name_example,
        show: |node| node.name.as_str().to_owned(),
        set: |node, typed| NodeName::parse(typed).map(|name| node.name = name),
    },
    Field {
        name: "address",
        widget: Widget::Code,
        label: |text| text.nodes.address,
        hint: |text| text.nodes.address_hint,
        placeholder: |_| "node.example.com",
        show: |node| node.address.as_str().to_owned(),
        set: |node, typed| Address::parse(typed).map(|address| node.address = address),
    },
    Field {
        name: "rate",
        widget: Widget::Number,
        label: |text| text.nodes.rate,
        hint: |text| text.nodes.rate_hint,
        placeholder: |_| "1",
        show: |node| node.rate.to_string(),
        set: |node, typed| optional(typed, Rate::parse).map(|rate| node.rate = rate.unwrap_or_default()),
    },
    Field {
        name: "port_offset",
        widget: Widget::Code,
        label: |text| text.nodes.offset,
        hint: |text| text.nodes.offset_hint,
        placeholder: |_| "0",
        show: |node| if node.offset.is_none() { String::new() } else { node.offset.to_string() },
        set: |node, typed| PortOffset::parse(typed).map(|offset| node.offset = offset),
    },
];

/// What can be said of how a node carries VMess, as it is typed.
#[derive(Clone, Default)]
pub struct VmessDraft {
    /// Empty: it carries none.
    pub port: Option<u16>,
    network: String,
    path: String,
    host: Address,
    tls: bool,
    alone: bool,
}

impl From<Option<&Vmess>> for VmessDraft {
    fn from(settings: Option<&Vmess>) -> Self {
        settings.map_or_else(Self::default, |settings| Self {
            port: Some(settings.port),
            network: settings.network.name().to_owned(),
            path: settings.network.path().to_owned(),
            host: Address::parse(&settings.host).unwrap_or_default(),
            tls: settings.tls,
            alone: settings.alone,
        })
    }
}

impl VmessDraft {
    /// The settings that it stands for; none without a port.
    ///
    /// # Errors
    /// Those of [`Network::parse`].
    pub fn settings(&self) -> Result<Option<Vmess>, Fault> {
        let Some(port) = self.port else { return Ok(None) };
        Ok(Some(Vmess {
            port,
            network: Network::parse(self.network_name(), &self.path)?,
            host: self.host.as_str().to_owned(),
            tls: self.tls,
            alone: self.alone,
        }))
    }

    fn network_name(&self) -> &str {
        if self.network.is_empty() { "tcp" } else { &self.network }
    }
}

/// The fields of VMess. The transport comes before the path, which has to fit it.
pub const VMESS: &[Field<VmessDraft>] = &[
    Field {
        name: "port",
        widget: Widget::Number,
        label: |text| text.vmess.port,
        hint: |text| text.vmess.port_hint,
        placeholder: nothing,
        show: |vmess| vmess.port.map_or_else(String::new, |port| port.to_string()),
        set: |vmess, typed| optional(typed, port_from).map(|port| vmess.port = port),
    },
    Field {
        name: "network",
        widget: Widget::Choice(networks),
        label: |text| text.vmess.network,
        hint: nothing,
        placeholder: nothing,
        show: |vmess| vmess.network_name().to_owned(),
        set: |vmess, typed| {
            typed.clone_into(&mut vmess.network);
            // Whether the path fits is said beside the path.
            match Network::parse(vmess.network_name(), "") {
                Err(fault @ Fault::NetworkUnknown { .. }) => Err(fault),
                _ => Ok(()),
            }
        },
    },
    Field {
        name: "path",
        widget: Widget::Code,
        label: |text| text.vmess.path,
        hint: |text| text.vmess.path_hint,
        placeholder: |_| "/ray",
        show: |vmess| vmess.path.clone(),
        set: |vmess, typed| {
            typed.clone_into(&mut vmess.path);
            match vmess.port.map(|_| Network::parse(vmess.network_name(), typed)) {
                Some(Err(fault @ (Fault::PathBad { .. } | Fault::ServiceBad { .. }))) => Err(fault),
                _ => Ok(()),
            }
        },
    },
    Field {
        name: "host",
        widget: Widget::Code,
        label: |text| text.vmess.host,
        hint: |text| text.vmess.host_hint,
        placeholder: |_| "node.example.com",
        show: |vmess| vmess.host.as_str().to_owned(),
        set: |vmess, typed| Address::parse(typed).map(|host| vmess.host = host),
    },
    Field {
        name: "tls",
        widget: Widget::Tick,
        label: |text| text.vmess.tls,
        hint: nothing,
        placeholder: nothing,
        show: |vmess| tick(vmess.tls),
        set: |vmess, typed| {
            vmess.tls = typed == "1";
            Ok(())
        },
    },
    Field {
        name: "alone",
        widget: Widget::Tick,
        label: |text| text.vmess.alone,
        hint: nothing,
        placeholder: nothing,
        show: |vmess| tick(vmess.alone),
        set: |vmess, typed| {
            vmess.alone = typed == "1";
            Ok(())
        },
    },
];

fn tick(on: bool) -> String {
    if on { "1".to_owned() } else { String::new() }
}

fn networks(text: &'static Text) -> Vec<Group> {
    Group::plain([("tcp", text.vmess.tcp), ("ws", "WebSocket"), ("grpc", "gRPC")])
}
