//! What watches over the panel asks: whether it is well, and its measurements.

use crate::{
    app::App,
    auth::Watcher,
    error::Result,
    http::{Reply, Request},
    model::State,
};
use std::fmt::Write;

/// `GET /healthz`: 200 `ok`, or 503 when the database cannot be written.
pub fn health(app: &App, request: &Request) -> Result<Reply> {
    let reply = if app.is_writable(request.now) {
        Reply::new(200, "text/plain; charset=utf-8", "ok\n")
    } else {
        Reply::new(503, "text/plain; charset=utf-8", "the database cannot be written\n").with("Retry-After", "10")
    };
    Ok(reply.with("Cache-Control", "no-store"))
}

/// `GET /metrics`, in the text format of Prometheus 0.0.4.
pub fn metrics(app: &App, _: &Watcher, request: &Request) -> Result<Reply> {
    let mut page = Exposition::default();
    let today = app.today(request.now)?;
    let census = app.census(today, request.now)?;
    page.family("mu_panel_users", "gauge", "Users, by whether they are let in.");
    for (state, label) in
        [(State::On, "on"), (State::Off, "off"), (State::Expired, "expired"), (State::OverQuota, "over_quota")]
    {
        page.sample("mu_panel_users", &[("state", label)], census.count(Some(state)));
    }
    let nodes = app.store.nodes()?;
    page.family("mu_panel_node_uploaded_bytes_total", "counter", "Bytes uploaded through a node, as it reported them.");
    for node in &nodes {
        page.sample("mu_panel_node_uploaded_bytes_total", &[("node", &node.id.to_string())], node.u.get());
    }
    page.family(
        "mu_panel_node_downloaded_bytes_total",
        "counter",
        "Bytes downloaded through a node, as it reported them.",
    );
    for node in &nodes {
        page.sample("mu_panel_node_downloaded_bytes_total", &[("node", &node.id.to_string())], node.d.get());
    }
    page.family("mu_panel_node_last_seen_timestamp_seconds", "gauge", "When a node was last heard of; 0: never.");
    for node in &nodes {
        page.sample("mu_panel_node_last_seen_timestamp_seconds", &[("node", &node.id.to_string())], node.last_seen());
    }
    page.family("mu_panel_node_online_users", "gauge", "Users online, as a node last said.");
    for node in nodes.iter().filter(|node| node.online.is_some()) {
        page.sample("mu_panel_node_online_users", &[("node", &node.id.to_string())], node.online.unwrap_or(0));
    }
    page.family("mu_panel_http_responses_total", "counter", "Answers, by the hundred of their status.");
    for hundred in 1..=5 {
        let code = format!("{hundred}xx");
        page.sample("mu_panel_http_responses_total", &[("code", &code)], app.meters.answers(hundred));
    }
    page.family("mu_panel_http_response_seconds_total", "counter", "Time spent on answers.");
    let micros = app.meters.microseconds();
    page.sample(
        "mu_panel_http_response_seconds_total",
        &[],
        format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000),
    );
    if let Some((_, status)) = app.https.state() {
        let expires = status.valid.map_or(0, |(_, ends)| ends);
        page.family("mu_panel_certificate_expires_timestamp_seconds", "gauge", "When the certificate ends; 0: none.");
        page.sample("mu_panel_certificate_expires_timestamp_seconds", &[], expires);
        page.family("mu_panel_certificate_failures", "gauge", "Failures to get a certificate since the last success.");
        page.sample("mu_panel_certificate_failures", &[], status.failures);
    }
    page.family("mu_panel_database_bytes", "gauge", "Size of the database file and its log.");
    page.sample("mu_panel_database_bytes", &[], app.store.size());
    page.0 += &app.meters.others();
    Ok(Reply::new(200, "text/plain; version=0.0.4; charset=utf-8", page.0).with("Cache-Control", "no-store"))
}

/// Text in the format of Prometheus 0.0.4.
#[derive(Default)]
pub struct Exposition(pub String);

impl Exposition {
    /// Begins a family: its name, its kind and what it is.
    pub fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// One sample of the family that was begun; the values of its labels need no escaping.
    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels: Vec<String> = labels.iter().map(|(label, value)| format!("{label}=\"{value}\"")).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }
}
