//! A Shadowsocks server: serves the users that it is told of, counts what they move, and keeps them to what they
//! may. It knows nothing of the panel; all that is asynchronous stays inside.

pub mod address;
pub mod agent;
mod association;
mod context;
mod dial;
mod greeting;
pub mod guard;
pub mod journal;
pub mod key;
mod limits;
mod listen;
pub mod meter;
mod opening;
pub mod packet;
mod pieces;
pub mod plan;
mod pool;
pub mod replay;
pub mod resolve;
mod room;
pub mod stream;
mod tcp;
mod threads;
mod transfer;
mod udp;
mod user;

use self::{
    context::{Context, Troubles},
    guard::Guard,
    key::Key,
    meter::Meter,
    plan::{Wanted, steps},
    resolve::Resolve,
    threads::Threads,
    user::User,
};
use crate::model::lock;
use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::Duration,
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::{self, LocalSet},
    time::interval,
};

/// How often unused buffers are given back.
const SWEEP_INTERVAL: Duration = Duration::from_secs(10);

/// What a relay needs from outside.
pub struct Config {
    /// Where users may go.
    pub guard: Guard,
    /// Looks names up.
    pub resolve: Box<dyn Resolve>,
    /// How many files it may open.
    pub files: usize,
    /// Over how many threads connections are spread, at least 1.
    pub threads: usize,
    /// The time, in seconds since 1970.
    pub now: fn() -> i64,
    /// Fills a buffer with random bytes.
    pub random: fn(&mut [u8]),
}

/// The meters of all users that were ever served, which go on counting when a relay begins again.
#[derive(Default)]
pub struct Meters(Mutex<HashMap<i64, Arc<Meter>>>);

impl Meters {
    /// The meter of a user.
    pub fn of(&self, user: i64) -> Arc<Meter> {
        Arc::clone(lock(&self.0).entry(user).or_default())
    }

    /// Every meter there is, by user.
    pub fn all(&self) -> Vec<(i64, Arc<Meter>)> {
        let meters = lock(&self.0);
        meters.iter().map(|(user, meter)| (*user, Arc::clone(meter))).collect()
    }
}

/// A running relay.
pub struct Relay {
    plans: UnboundedSender<Vec<Wanted>>,
    threads: Vec<JoinHandle<()>>,
    troubles: Arc<Troubles>,
}

/// A port that could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Whose it is.
    pub user: i64,
    /// Which it is.
    pub port: u16,
    /// `TCP` or `UDP`.
    pub kind: &'static str,
    /// What the system says.
    pub why: String,
}

impl Relay {
    /// Starts it, without users yet.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(config: Config, meters: Arc<Meters>) -> io::Result<Self> {
        let (plans, planned) = unbounded_channel();
        let troubles = Arc::<Troubles>::default();
        let runtime = threads::runtime()?;
        let (spread, stop, mut threads) = Threads::start(&runtime, config.threads.saturating_sub(1))?;
        let told = Arc::clone(&troubles);
        threads.push(std::thread::Builder::new().name("node".to_owned()).spawn(move || {
            let context = Arc::new(Context::new(config, spread, told));
            LocalSet::new().block_on(&runtime, run(context, meters, planned));
            drop(stop);
        })?);
        Ok(Self { plans, threads, troubles })
    }

    /// Serves these users, and no others, from now on.
    pub fn plan(&self, wanted: Vec<Wanted>) {
        // If it has failed, `failed` says so.
        let _ = self.plans.send(wanted);
    }

    /// Whether one of its threads has ended.
    pub fn failed(&self) -> bool {
        self.threads.iter().any(JoinHandle::is_finished)
    }

    /// The ports that it could not have.
    pub fn troubles(&self) -> Vec<Trouble> {
        let troubles = lock(&self.troubles);
        let trouble = |(&(user, kind), (port, why)): (&(i64, &'static str), &(u16, String))| Trouble {
            user,
            port: *port,
            kind,
            why: why.clone(),
        };
        troubles.iter().map(trouble).collect()
    }

    /// Cuts all users off, and waits until that is done.
    pub fn stop(self) {
        drop(self.plans);
        for thread in self.threads {
            // A panic has been told already.
            let _ = thread.join();
        }
    }
}

/// A user who is let in.
struct Running {
    wanted: Wanted,
    user: Arc<User>,
    task: task::JoinHandle<()>,
}

async fn run(context: Arc<Context>, meters: Arc<Meters>, mut plans: UnboundedReceiver<Vec<Wanted>>) {
    let mut running: HashMap<i64, Running> = HashMap::new();
    let mut sweep = interval(SWEEP_INTERVAL);
    loop {
        let wanted = tokio::select! {
            plan = plans.recv() => match plan {
                Some(plan) => plan,
                None => break,
            },
            _ = sweep.tick() => {
                context.pool.sweep();
                continue;
            }
        };
        follow(&context, &meters, &mut running, wanted).await;
    }
    follow(&context, &meters, &mut running, Vec::new()).await;
}

async fn follow(context: &Arc<Context>, meters: &Meters, running: &mut HashMap<i64, Running>, wanted: Vec<Wanted>) {
    // A user who has used up the quota counts as not wanted until they may use more.
    let mut wanted = wanted;
    wanted.retain(|user| {
        let meter = meters.of(user.id);
        meter.set_cap(user.cap);
        !meter.used_up()
    });
    running.retain(|_, one| !one.task.is_finished());
    let steps = steps(wanted, running.values().map(|one| &one.wanted));
    let mut ending = Vec::new();
    for id in steps.stop {
        if let Some(one) = running.remove(&id) {
            one.task.abort();
            ending.push((id, one));
        }
    }
    for (id, one) in ending {
        // A port is free once its task has been seen to end, and so are those that the task had begun. What is counted
        // has been counted once all connections are closed.
        let _ = one.task.await;
        one.user.closed().await;
        context.told(id, "TCP", None);
        context.told(id, "UDP", None);
        meters.of(id).set_devices(0);
    }
    task::yield_now().await;
    for wanted in steps.adjust {
        if let Some(one) = running.get_mut(&wanted.id) {
            one.user.adjust(&wanted);
            one.wanted = wanted;
        }
    }
    for wanted in steps.start {
        let Some(key) = Key::new(&wanted.method, &wanted.password) else { continue };
        let user = Arc::new(User::new(Arc::clone(context), &wanted, key, meters.of(wanted.id)));
        let task = task::spawn_local(listen::run(Arc::clone(&user)));
        running.insert(wanted.id, Running { wanted, user, task });
    }
}
