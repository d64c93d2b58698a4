//! The node in the panel's process, as long as it is switched on.

use super::{
    Context,
    node_options::{self, Here, RelayOptions},
};
use crate::{
    app::App,
    error::{Error, Result},
    model::{Address, Happening, NodeName},
    node::{
        Trouble,
        agent::{Agent, Files, News, Pace},
        journal::JsonFile,
    },
    store::paths,
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// How often it is looked what is due.
const STEP_INTERVAL: Duration = Duration::from_millis(250);
/// How many ports a notice names.
const MAX_PORTS: usize = 10;

/// What runs it.
pub(super) struct BuiltIn {
    ending: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

struct Keeper {
    app: Arc<App>,
    journal: PathBuf,
    options: RelayOptions,
    files: usize,
    context: Context,
    agent: Option<(i64, Agent<Here>)>,
}

/// Starts what switches it on and off.
pub(super) fn start(app: &Arc<App>, context: &Context, options: RelayOptions, files: usize) -> Result<BuiltIn> {
    if app.front.built_in == Some(true) && app.built_in()?.node.is_none() {
        app.switch_built_in(true, NodeName::default(), Address::default(), context.now())?;
    }
    let ending = Arc::new(AtomicBool::new(false));
    let ended = Arc::clone(&ending);
    let journal = paths::node_journal(&context.db);
    let context = Context { db: context.db.clone(), platform: context.platform };
    let mut keeper = Keeper { app: Arc::clone(app), journal, options, files, context, agent: None };
    let thread = thread::Builder::new().name("agent".to_owned()).spawn(move || {
        while !ended.load(Ordering::SeqCst) {
            if catch_unwind(AssertUnwindSafe(|| keeper.tick())).is_err() {
                log::error!("the agent of the node failed and begins again");
                keeper.agent = None;
            }
            thread::park_timeout(STEP_INTERVAL);
        }
        keeper.end();
    });
    Ok(BuiltIn { ending, thread: thread.map_err(Error::internal)? })
}

impl BuiltIn {
    /// Cuts all users off and writes down what they have moved.
    pub(super) fn stop(self) {
        self.ending.store(true, Ordering::SeqCst);
        self.thread.thread().unpark();
        // A panic has been told already.
        let _ = self.thread.join();
    }
}

impl Keeper {
    fn tick(&mut self) {
        let wanted = match self.app.built_in() {
            Ok(built_in) => built_in.node.filter(|_| built_in.on),
            // It goes on as it is.
            Err(_) => self.agent.as_ref().map(|(node, _)| *node),
        };
        if self.agent.as_ref().map(|(node, _)| *node) != wanted {
            self.end();
            self.agent = wanted.and_then(|node| match self.begin(node) {
                Ok(agent) => Some((node, agent)),
                Err(error) => {
                    log::error!("node {node} cannot begin: {error}");
                    None
                }
            });
        }
        if let Some((node, agent)) = &mut self.agent {
            let news = agent.step(Instant::now());
            tell(*node, &news);
            self.app.notices.stands(Happening::Port, ports(agent.troubles()));
        }
    }

    fn begin(&self, node: i64) -> std::io::Result<Agent<Here>> {
        let panel = Here { app: Arc::clone(&self.app), now: self.context.platform.now };
        let files = Files { journal: JsonFile::at(&self.journal), users: None };
        let platform = self.context.platform;
        let make = self.options.config(self.files, platform.now, platform.random);
        log::info!("node {node} begins in this process");
        Agent::new(panel, node, Pace::local(), files, make, platform.random)
    }

    fn end(&mut self) {
        if let Some((node, agent)) = self.agent.take() {
            let news = agent.stop();
            tell(node, &news);
            self.app.node_states.forget(node);
            self.app.notices.stands(Happening::Port, None);
            log::info!("node {node} has ended");
        }
    }
}

/// The ports that could not be had, for a notice; `None` if there are none.
fn ports(troubles: &[Trouble]) -> Option<String> {
    let mut named: Vec<String> =
        troubles.iter().take(MAX_PORTS).map(|held| format!("{} {}", held.kind, held.port)).collect();
    if troubles.len() > MAX_PORTS {
        named.push("…".to_owned());
    }
    (!named.is_empty()).then(|| named.join(", "))
}

fn tell(node: i64, news: &[News]) {
    for one in news {
        match one {
            News::Back | News::Serving(..) => log::info!("{}", node_options::line(node, one)),
            _ => log::warn!("{}", node_options::line(node, one)),
        }
    }
}
