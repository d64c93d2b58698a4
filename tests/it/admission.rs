//! By its head alone a request is told apart: whose it is, so that strangers take no worker of nodes or of the admin,
//! and how much it may bring.

use crate::panel::{Caller, NOON, Panel};
use mu_panel::{
    bridge::{Admission as _, Asked, Class, Lane, Token},
    http::Verb,
    server::Admission,
};

fn class(admission: &Admission, caller: &Caller<'_>, method: &str, target: &str) -> Class {
    let headers = caller.request(Verb::Get, target, "").headers;
    let cookies: Vec<&str> = headers.iter().filter(|(name, _)| name == "cookie").map(|(_, value)| &**value).collect();
    // A browser sends all of them in one header.
    let cookies = Some(cookies.join("; ")).filter(|cookies| !cookies.is_empty());
    let others = |name: &str| headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str());
    let header = |name: &str| if name == "cookie" { cookies.as_deref() } else { others(name) };
    admission.class(&Asked { method, secure: false, target, header: &header })
}

#[test]
fn each_kind_of_request_has_a_lane_and_a_bound_of_its_own() {
    const KIB: u64 = 1024;
    let panel = Panel::new();
    let admission = Admission::new(&panel.app, || NOON);
    let (admin, node, stranger) = (panel.admin(), panel.node(), panel.stranger());
    let wrong = panel.stranger().with("Token", "AWrongToken0123456");
    let kinds: [(&Caller<'_>, &str, &str, Lane, Token, u64); 10] = [
        (&node, "POST", "/mu/v2/nodes/1/traffic", Lane::Node, Token::Right, 9 * KIB * KIB),
        (&wrong, "POST", "/mu/v2/nodes/1/traffic", Lane::Public, Token::Wrong, 64 * KIB),
        (&stranger, "POST", "/mu/v2/nodes/1/traffic", Lane::Public, Token::None, 64 * KIB),
        (&stranger, "GET", "/healthz", Lane::Check, Token::None, 64 * KIB),
        (&stranger, "GET", "/login", Lane::Public, Token::None, 64 * KIB),
        (&stranger, "POST", "/login", Lane::SignIn, Token::None, 832 * KIB),
        (&stranger, "POST", "/theme", Lane::Public, Token::None, 64 * KIB),
        (&stranger, "POST", "/import", Lane::Public, Token::None, 64 * KIB),
        (&admin, "POST", "/import", Lane::Admin, Token::None, 9 * KIB * KIB),
        (&admin, "POST", "/users", Lane::Admin, Token::None, 64 * KIB),
    ];
    for (caller, method, target, lane, token, most) in kinds {
        let class = class(&admission, caller, method, target);
        assert_eq!((class.lane, class.token), (lane, token), "{method} {target}");
        assert!(class.max_body <= most, "{method} {target}: {} bytes", class.max_body);
    }
}
