//! `mu-panel node --url …`: a node alone on its machine.

use super::{
    Context, complain, logging,
    node_options::{self, RelayOptions, line},
    say,
};
use crate::{
    door,
    error::{Error, Fault, Result},
    http,
    model::Platform,
    node::{
        agent::{Agent, Answer, Call, Files, News, Pace, Panel},
        journal::JsonFile,
    },
    outbound::{self, Https},
};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};
use std::{
    fs::{DirBuilder, File},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How often it is looked what is due.
const STEP_INTERVAL: Duration = Duration::from_millis(500);
/// The largest list of users that is read, in bytes.
const MAX_LIST_BYTES: u64 = 256 << 20;
/// How long the panel may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// How far this machine's clock may be from the panel's, in seconds; clients of the newest methods allow 30.
const CLOCKS_APART: i64 = 20;

#[derive(clap::Args, Clone)]
pub(super) struct Alone {
    /// The address of the panel's API, as its page of nodes shows it, such as <https://panel.example.org/mu/v2>
    #[arg(long, env = "MU_PANEL_NODE_URL", value_name = "URL")]
    url: Option<String>,
    /// The ID of this node
    #[arg(long, env = "MU_PANEL_NODE_ID", value_name = "ID")]
    node_id: Option<String>,
    /// The file with the node token; or put the token itself into the variable `MU_PANEL_NODE_TOKEN`
    #[arg(long, env = "MU_PANEL_NODE_TOKEN_FILE", value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The folder for traffic that is not reported yet, and the users [default: node-ID in the state directory]
    #[arg(long, env = "MU_PANEL_NODE_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Trust these certificates (PEM) for the panel, instead of the public ones
    #[arg(long, env = "MU_PANEL_NODE_CA", value_name = "FILE")]
    ca: Option<PathBuf>,
    #[command(flatten)]
    options: RelayOptions,
    /// How much to log on standard error
    #[arg(long, env = "MU_PANEL_LOG", default_value = "info", value_name = "LEVEL")]
    #[arg(value_parser = ["off", "error", "warn", "info", "debug"])]
    log: String,
}

/// A panel on another machine.
struct There {
    https: Https,
    url: String,
    token: String,
    now: fn() -> i64,
    apart: bool,
}

pub(super) fn run(context: &Context, alone: &Alone) -> Result<()> {
    logging::start(&alone.log);
    let missing = |what: &'static str| Error::from(Fault::NodeOptionMissing { what });
    let url = alone.url.as_deref().ok_or_else(|| missing("--url"))?.trim_end_matches('/').to_owned();
    let node = http::id("node-id", alone.node_id.as_deref().ok_or_else(|| missing("--node-id"))?)?;
    let token = token(alone.token_file.as_deref())?.ok_or_else(|| missing("--token-file"))?;
    let authorities = alone.ca.as_deref().map(outbound::authorities).transpose();
    let authorities = authorities.map_err(|detail| Fault::NodeUrlBad { detail })?;
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(Fault::NodeUrlBad { detail: format!("`{url}` is no address of `https://`") }.into());
    }
    let limit = door::raise_file_limit().unwrap_or(1024);
    let data = data(alone.data.as_deref(), node)?;
    let _lock = lock(&data)?;
    let Platform { now, random } = context.platform;
    let https = Https::new(&outbound::Options { authorities, time: ANSWER_TIMEOUT, most: MAX_LIST_BYTES });
    let panel = There { https, url, token, now, apart: false };
    let files = Files {
        journal: JsonFile::at(&data.join("journal.json")),
        users: Some(JsonFile::at(&data.join("users.json"))),
    };
    let make = alone.options.config(node_options::files(limit, 0), now, random);
    let unusable = Error::file(&data);
    let mut agent = Agent::new(panel, node, Pace::remote(), files, make, random).map_err(unusable)?;
    let asked = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        flag::register_conditional_shutdown(signal, 1, Arc::clone(&asked)).map_err(Error::internal)?;
        flag::register(signal, Arc::clone(&asked)).map_err(Error::internal)?;
    }
    let mut serving = None;
    while !asked.load(Ordering::SeqCst) {
        for one in agent.step(Instant::now()) {
            complain(&line(node, &one));
        }
        let now_serving = agent.serving();
        if let Some((users, from, to)) = now_serving
            && now_serving != serving
        {
            serving = now_serving;
            say(&line(node, &News::Serving(users, from, to)));
        }
        thread::sleep(STEP_INTERVAL);
    }
    for one in agent.stop() {
        complain(&line(node, &one));
    }
    Ok(())
}

/// The token, from its file or from the environment.
fn token(file: Option<&Path>) -> Result<Option<String>> {
    let Some(file) = file else {
        return Ok(std::env::var("MU_PANEL_NODE_TOKEN")
            .ok()
            .map(|token| token.trim().to_owned())
            .filter(|t| !t.is_empty()));
    };
    let unusable = Error::file(file);
    Ok(Some(std::fs::read_to_string(file).map_err(unusable)?.trim().to_owned()).filter(|token| !token.is_empty()))
}

/// Where it keeps its files; made if it is not there, for its owner alone.
fn data(named: Option<&Path>, node: i64) -> Result<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let dir = named.map_or_else(
        || {
            let state = variable("STATE_DIRECTORY")
                .or_else(|| variable("XDG_STATE_HOME").map(|home| home.join("mu-panel")))
                .or_else(|| variable("HOME").map(|home| home.join(".local/state/mu-panel")))
                .unwrap_or_else(|| PathBuf::from("/var/lib/mu-panel"));
            state.join(format!("node-{node}"))
        },
        Path::to_owned,
    );
    let unusable = Error::file(&dir);
    DirBuilder::new().recursive(true).mode(0o700).create(&dir).map_err(unusable)?;
    Ok(dir)
}

/// Two that report the same journal would report it twice.
fn lock(data: &Path) -> Result<File> {
    let path = data.join("lock");
    let unusable = Error::file(&path);
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(unusable)?;
    file.try_lock().map_err(|_| Fault::NodeRunning { data: data.display().to_string() })?;
    Ok(file)
}

impl Panel for There {
    fn call(&mut self, call: Call<'_>) -> std::result::Result<Answer, String> {
        let url = format!("{}/{}", self.url, call.path);
        let mut headers = vec![("Token", self.token.as_str()), ("Content-Type", "application/json")];
        headers.extend(call.header);
        let method = if call.body.is_some() { "POST" } else { "GET" };
        let answer = self.https.send(outbound::Call { method, url: &url, headers: &headers, body: call.body });
        let answer = answer.map_err(|failure| format!("the panel cannot be reached: {failure}"))?;
        self.compare(answer.header("date"));
        let mark = answer.header("etag").map(str::to_owned);
        Ok(Answer { status: answer.status, mark, body: Arc::new(answer.body) })
    }
}

impl There {
    /// Says once that the two clocks differ, and once that they do not any more.
    fn compare(&mut self, date: Option<&str>) {
        let Some(panel) = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok()) else { return };
        let ahead = (self.now)() - panel.timestamp().as_second();
        let apart = ahead.abs() > CLOCKS_APART;
        if apart && !self.apart {
            let way = if ahead > 0 { "ahead of" } else { "behind" };
            complain(&format!(
                "this machine's clock is {} s {way} the panel's: clients of the 2022 methods are refused \
                 by a wrong clock",
                ahead.abs()
            ));
        }
        self.apart = apart;
    }
}
