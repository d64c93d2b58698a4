//! The form that says how a node carries VMess.

use super::{
    flash::{self, Flash},
    form::{Choice, Input, seen},
    frame::View,
    node::{self, Forms},
};
use crate::{
    app::App,
    auth::SignedIn,
    error::{Error, Result},
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
    /// What is wrong with no field in particular.
    pub general: String,
    /// What is ticked by somebody else meanwhile, if that is something else.
    pub ticks_now: String,
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
            general: String::new(),
            ticks_now: String::new(),
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

    /// Shows beside each field what somebody else has made of it meanwhile.
    fn compare(&mut self, present: Option<&Vmess>, text: &Text) {
        let now = Self::of(present, text);
        let label = now.networks.iter().find(|choice| choice.selected).map_or("", |choice| choice.label.as_str());
        if self.network.value != now.network.value {
            self.network.meanwhile(label, text);
        }
        self.port.meanwhile(now.port.value, text);
        self.path.meanwhile(now.path.value, text);
        self.host.meanwhile(now.host.value, text);
        if (self.tls, self.alone) != (now.tls, now.alone) {
            let tick = |ticked: bool, label: &str| format!("{} {label}", if ticked { "☑" } else { "☐" });
            self.ticks_now = format!("{} {}", tick(now.tls, text.vmess.tls), tick(now.alone, text.vmess.alone));
        }
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
    let node = node::from_path(&view)?;
    let typed = request.form();
    let seen = seen(&typed);
    let mut form = VmessForm::typed(&typed, view.text);
    let settings = if form.is_empty() { None } else { form.read(view.text) };
    let status = if settings.is_none() && !form.is_empty() {
        400
    } else {
        match app.store.set_vmess(node.id, seen.clone(), settings) {
            Ok(()) => {
                return Ok(flash::redirect(request, Flash::NodeChanged, node.id, &node::address(request, node.id)));
            }
            Err(Error::Conflict(fault)) => {
                form.general = (view.text.sentence)(&(view.text.fault)(&fault));
                409
            }
            Err(error) => return Err(error),
        }
    };
    let present = app.store.vmess_of(node.id)?;
    if seen.is_some_and(|seen| seen != Vmess::mark(present.as_ref())) {
        form.compare(present.as_ref(), view.text);
    }
    node::page(&view, status, &node, Forms { vmess: form, ..Forms::of(&view, &node)? }, String::new())
}
