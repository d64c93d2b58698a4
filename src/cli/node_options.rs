//! What a node is told on the command line, in this process or alone.

use crate::{
    app::App,
    http::{Body, Request, Verb},
    model::Time,
    node::{
        self,
        agent::{Answer, Call, News, Panel},
        guard::{Allow, Guard},
    },
    outbound::Resolver,
    routes,
    store::Setting,
};
use std::sync::Arc;

/// Files that are open beside those of connections: the database, logs, name servers.
const OTHER_FILES: u64 = 256;
/// The most threads of a node: more than this would only take the panel's share of a small server.
const MAX_THREADS: usize = 4;

#[derive(clap::Args, Clone)]
#[group(skip)]
pub(super) struct RelayOptions {
    /// What friends may reach through the node besides the public Internet: a network, or port 25; may be given
    /// several times
    #[arg(long, env = "MU_PANEL_NODE_ALLOW", value_name = "CIDR|PORT", value_delimiter = ',')]
    node_allow: Vec<Allow>,
}

impl RelayOptions {
    /// What makes the configuration of a relay that may open so many files.
    pub(super) fn config(
        &self,
        files: usize,
        now: fn() -> Time,
        random: fn(&mut [u8]),
    ) -> Box<dyn Fn() -> node::Config + Send> {
        let allow = self.node_allow.clone();
        Box::new(move || node::Config {
            guard: Guard::new(allow.clone()),
            resolve: Box::new(Arc::<Resolver>::default()),
            files,
            threads: std::thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS),
            now,
            random,
        })
    }
}

/// How many files a node may open if this process may open `limit` and others need `others` of them.
pub(super) fn files(limit: u64, others: usize) -> usize {
    let left = limit.saturating_sub(OTHER_FILES).saturating_sub(others as u64);
    usize::try_from(left).unwrap_or(usize::MAX).clamp(16, 1 << 17)
}

/// The panel in this process.
pub(super) struct Here {
    pub(super) app: Arc<App>,
    pub(super) now: fn() -> Time,
}

impl Panel for Here {
    fn call(&mut self, call: Call<'_>) -> Result<Answer, String> {
        let settings = self.app.settings().map_err(|error| error.to_string())?;
        let verb = if call.body.is_some() { Verb::Post } else { Verb::Get };
        let mut request = Request::new(verb, &format!("/mu/v2/{}", call.path));
        request.now = (self.now)();
        request.headers.push(("token".to_owned(), settings.get(Setting::NodeToken).unwrap_or_default().to_owned()));
        let header = call.header.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
        request.headers.extend(header);
        request.body = call.body.unwrap_or_default().to_vec().into();
        let reply = routes::respond(&self.app, request);
        let mark = reply.header("ETag").map(str::to_owned);
        let body = match reply.body {
            Body::Owned(bytes) => Arc::new(bytes),
            Body::Shared(bytes) => bytes,
            Body::File(..) => Arc::default(),
        };
        Ok(Answer { status: reply.status, body, mark })
    }
}

/// News in one line.
pub(super) fn line(node: i64, news: &News) -> String {
    match news {
        News::Away(why, users) => format!("node {node}: {why}; the {users} known users can still connect"),
        News::Back => format!("node {node}: the panel answers again"),
        News::Port(trouble) => format!(
            "node {node}: cannot have {} port {} of user {}: {}; retrying, other users are not affected",
            trouble.kind, trouble.port, trouble.user, trouble.why
        ),
        News::Lacking(methods) => {
            format!(
                "node {node}: users with these ciphers can't connect, since it doesn't support them: {}",
                methods.join(", ")
            )
        }
        News::Restarted => format!("node {node}: the relay failed and is started again"),
        News::Disk(why) => format!("node {node}: {why}"),
        News::Serving(0, ..) => format!("node {node}: no users yet"),
        News::Serving(1, from, _) => format!("node {node}: 1 user, {from}"),
        News::Serving(users, from, to) => format!("node {node}: {users} users, {from}-{to}"),
    }
}
