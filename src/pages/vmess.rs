//! The form that says how a node carries VMess.

use super::{
    done::{self, Done},
    form::{Choice, Input},
    frame::View,
    node::{self, Forms},
};
use crate::{
    app::App,
    auth::SignedIn,
    error::Result,
    http::{Pairs, Reply, Request},
    model::{Address, Network, Vmess, port_from},
    text::Text,
};

/// The form.
#[allow(missing_docs)] // each is a field of the form
pub struct VmessForm {
    pub port: Input,
    pub network: Input,
    pub networks: Vec<Choice>,
    pub path: Input,
    pub host: Input,
    pub tls: bool,
    pub alone: bool,
    pub open: bool,
}

impl VmessForm {
    /// With what a node does.
    pub fn of(settings: Option<&Vmess>, text: &Text) -> Self {
        let mut form = Self::typed(&Pairs::default(), text);
        form.open = settings.is_some();
        if let Some(settings) = settings {
            form.port = Input::with(settings.port.to_string());
            form.network = Input::with(settings.network.name());
            form.path = Input::with(settings.network.path());
            form.host = Input::with(settings.host.as_str());
            (form.tls, form.alone) = (settings.tls, settings.alone);
        }
        form.with_networks(text)
    }

    /// With what was typed.
    pub fn typed(typed: &Pairs, text: &Text) -> Self {
        let field = |name| Input::with(typed.text(name));
        let form = Self {
            port: field("port"),
            network: field("network"),
            networks: Vec::new(),
            path: field("path"),
            host: field("host"),
            tls: typed.text("tls") == "1",
            alone: typed.text("alone") == "1",
            open: true,
        };
        form.with_networks(text)
    }

    fn with_networks(mut self, text: &Text) -> Self {
        let choice = |(value, label): (&str, &str)| Choice {
            value: value.to_owned(),
            label: label.to_owned(),
            selected: value == self.network.value,
        };
        self.networks = [("tcp", text.vmess.tcp), ("ws", "WebSocket"), ("grpc", "gRPC")].map(choice).into();
        self
    }

    /// Whether it says that there is no VMess.
    fn is_empty(&self) -> bool {
        self.port.value.trim().is_empty()
    }

    /// Reads all of it, or says what is wrong with each field.
    fn read(&mut self, text: &Text) -> Option<Vmess> {
        let port = self.port.read(text, port_from);
        let host = self.host.read(text, Address::parse);
        let name = if self.network.value.is_empty() { "tcp" } else { &self.network.value };
        let network = match Network::parse(name, &self.path.value) {
            Ok(network) => Some(network),
            Err(fault) => {
                let known = matches!(name, "ws" | "grpc");
                let field = if known { &mut self.path } else { &mut self.network };
                field.refuse(&fault, text);
                None
            }
        };
        let host = host?.as_str().to_owned();
        Some(Vmess { port: port?, network: network?, host, tls: self.tls, alone: self.alone })
    }
}

/// `POST /nodes/{id}/vmess`.
pub fn change(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let node = node::asked(&view)?;
    let mut form = VmessForm::typed(&request.form(), view.text);
    let settings = if form.is_empty() { None } else { form.read(view.text) };
    if settings.is_none() && !form.is_empty() {
        return node::page(&view, 400, &node, Forms { vmess: form, ..Forms::of(&view, &node)? }, String::new());
    }
    app.store.set_vmess(node.id, settings)?;
    Ok(done::and_go(request, Done::NodeChanged, node.id, &node::place(request, node.id)))
}
