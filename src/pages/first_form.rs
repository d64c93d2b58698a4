//! What can be said beside the first password: the language of the panel, the first node and the first friend.

use super::{form::Input, https, origin};
use crate::{
    acme::{HTTPS_PORT, Host, Site},
    app::App,
    error::{Error, Fault, Result},
    http::{Pairs, Request},
    model::{Address, Name, NodeDraft, NodeName, User},
    store::Setting,
    text::{Language, Text},
};

/// What can be said beside the first password: the language of the panel, and the first node.
pub(super) struct FirstForm {
    pub(super) language: String,
    pub(super) name: Input,
    pub(super) address: Input,
    pub(super) friend: Input,
    /// What the panel is to get a certificate for.
    pub(super) https: Input,
    /// Whether it can, and is not reached by `https://` already.
    pub(super) may_have_https: bool,
    /// Whether friends connect to this server.
    pub(super) here: bool,
    /// Whether they can.
    pub(super) may_be_here: bool,
    /// The password that was typed, if it is another field that was refused.
    pub(super) password: String,
}

/// What was said of the first node and the first friend.
#[derive(Default)]
pub(super) struct First {
    name: NodeName,
    address: Address,
    friend: Option<Name>,
    here: bool,
    site: Option<Site>,
}

impl FirstForm {
    /// With what was typed; in a form that was not sent yet, friends connect to this server.
    pub(super) fn typed(app: &App, request: &Request, typed: &Pairs) -> Self {
        let may_be_here = app.front.built_in != Some(false);
        let suggested = || origin::public_name(request).or(app.front.own_address.as_deref());
        let address = typed.get("address").or_else(suggested).unwrap_or_default();
        Self {
            language: typed.text("language").to_owned(),
            name: Input::with(typed.text("name")),
            address: Input::with(address),
            friend: Input::with(typed.text("friend")),
            https: Input::with(typed.text("https")),
            may_have_https: !request.secure && app.https.is_offered() && app.https.check(&any_site()).is_ok(),
            here: may_be_here && typed.get("where") != Some("there"),
            may_be_here,
            password: String::new(),
        }
    }

    /// Whether something is wrong beside a field other than the password.
    pub(super) fn is_refused(&self) -> bool {
        [&self.name, &self.address, &self.friend, &self.https].iter().any(|input| !input.error.is_empty())
    }

    /// Reads the node and the friend, all of which may be empty; or says what is wrong.
    pub(super) fn read(&mut self, app: &App, text: &Text) -> Option<First> {
        let name = self.name.read(text, NodeName::parse);
        let here = self.here;
        let address = |typed: &str| match Address::parse(typed)? {
            // Friends cannot connect to a server without an address.
            address if here && address.as_str().is_empty() => Err(Fault::AddressMissing),
            address => Ok(address),
        };
        let address = self.address.read(text, address);
        let friend = |typed: &str| if typed.is_empty() { Ok(None) } else { Name::parse(typed).map(Some) };
        let friend = self.friend.read(text, friend);
        let site =
            self.https.read(text, |typed| if typed.is_empty() { Ok(None) } else { https::site(typed).map(Some) });
        let (name, address, friend, site) = (name?, address?, friend?, site?);
        let obstacle = site.as_ref().and_then(|site| app.https.check(site).err());
        if let Some(fault) = obstacle.as_ref().and_then(Error::fault) {
            self.https.refuse(fault, text);
            return None;
        }
        Some(First { name, address, friend, here, site })
    }

    /// Keeps what was said, and returns the first friend; without a word on a node or a friend there is none.
    pub(super) fn keep(&self, app: &App, first: First, request: &Request) -> Result<Option<User>> {
        let First { name, address, friend, here, site } = first;
        if let Some(language) = Language::named(&self.language) {
            app.store.set(Setting::Language, Some(language.text().code.to_owned()))?;
        }
        if here {
            app.switch_built_in(true, name, address, request.now)?;
        } else if !name.as_str().is_empty() || !address.as_str().is_empty() {
            app.store.add_node(NodeDraft { name, address, ..NodeDraft::default() }, request.now)?;
        }
        if let Some(Err(error)) = site.map(|site| app.https.begin(&site)) {
            // It could be had a moment ago; *Settings* says what is the matter.
            log::warn!("https:// is not served: {error}");
        }
        friend.map(|friend| app.add_user(app.draft(friend, request.now)?, request.now)).transpose()
    }
}

/// Any that is served on the usual ports.
fn any_site() -> Site {
    Site { host: Host::Name(String::new()), port: HTTPS_PORT }
}
