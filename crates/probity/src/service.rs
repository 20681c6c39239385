//! A running server: store, loop, workers and listener, from start to orderly shutdown.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use app::access::account;
use app::{App, Core, ReceiverStatus, Settings};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use decide::PolicySet;
use deliver::{DeliveryWorker, Receiver, Tools};
use engine::{Door, Pipeline, Rows, Rules, Threads};
use metrics_exporter_prometheus::PrometheusBuilder;
use store::{RowChange, Store};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::bounded::{Bounded, Places};
use crate::config::Tls;
use crate::rolling::{Rolling, Rolls};
use crate::{clock, files, opening, staff};

/// Time that requests in progress get to finish: less than service managers wait before they kill.
const GRACE: Duration = Duration::from_secs(8);

/// The parameters of a server.
pub(crate) struct Plan {
    pub(crate) listen: SocketAddr,
    pub(crate) store: PathBuf,
    pub(crate) key_file: Option<PathBuf>,
    /// The folder of policies for a new store. `None`: the built-in policies.
    pub(crate) policies: Option<PathBuf>,
    pub(crate) tls: Option<Tls>,
    pub(crate) settings: Settings,
    pub(crate) receivers: Vec<Receiver>,
    /// How the log is rolled into a history, if it is.
    pub(crate) rolling: Option<Rolling>,
    /// The settings of the configuration, to be recorded in the log.
    pub(crate) told: BTreeMap<String, String>,
}

/// A running server.
pub(crate) struct Service {
    /// The address that it listens on.
    pub(crate) address: SocketAddr,
    /// The password of the account `admin`, if this start created it.
    pub(crate) password: Option<String>,
    pub(crate) store: Store,
    pub(crate) pipeline: Pipeline,
    threads: Threads,
    workers: JoinSet<Result<(), store::Error>>,
    handle: Handle<SocketAddr>,
    listening: tokio::task::JoinHandle<std::io::Result<()>>,
    stop: watch::Sender<bool>,
    app: App,
}

impl Service {
    /// Starts the server. It listens at once, and answers when the store is open.
    pub(crate) async fn start(plan: Plan) -> anyhow::Result<Self> {
        let metrics = PrometheusBuilder::new().build_recorder();
        let metered = metrics.handle();
        // In tests, a second server in the same process has no recorder.
        let _ = metrics::set_global_recorder(metrics);
        let (stop, stopped) = watch::channel(false);
        let random = clock::random_bytes()?;
        let app =
            App::new(plan.settings.clone(), (clock::wall(), random), metered, stopped.clone());
        let handle = Handle::new();
        let (address, listening) = listen(&plan, &app, &handle).await?;
        let opened = open(&plan).await?;
        let Opened { store, pipeline, threads, policy_set, rules, key, secret } = opened;
        let (mut workers, mut told) = (JoinSet::new(), Vec::new());
        for receiver in plan.receivers {
            let worker = worker(receiver, &store)?;
            told.push(ReceiverStatus {
                name: worker.receiver().name.clone(),
                address: worker.receiver().url.origin().ascii_serialization(),
                outlook: worker.outlook(),
                poke: worker.poke(),
            });
            workers.spawn(worker.run(pipeline.size(), stopped.clone()));
        }
        let door = Door::running(&store, &pipeline);
        configured(&door, plan.told).await?;
        let password = staff::first(&door).await?;
        let policies = (Arc::new(policy_set), rules);
        app.open(Core::new((store.clone(), pipeline.clone()), policies, told, (key, secret)));
        if let Some(rolling) = plan.rolling {
            app.start(Rolls(rolling, store.clone()));
        }
        tracing::info!(%address, entries = *pipeline.size().borrow(), "ready");
        Ok(Self {
            address,
            password,
            store,
            pipeline,
            threads,
            workers,
            handle,
            listening,
            stop,
            app,
        })
    }

    /// The door through which rows are written that the log commits to.
    pub(crate) fn door(&self) -> Door {
        Door::running(&self.store, &self.pipeline)
    }

    /// Runs until `end` resolves, or something fails. Then shuts down in order: new requests are
    /// refused, requests in progress finish, the loop writes what it received, and workers store
    /// their position.
    pub(crate) async fn run(mut self, end: impl Future<Output = ()>) -> anyhow::Result<()> {
        let failed = tokio::select! {
            () = end => None,
            Some(ended) = self.workers.join_next() => Some(match ended {
                Ok(Ok(())) => "a worker ended unexpectedly".to_owned(),
                Ok(Err(error)) => format!("a worker: {error}"),
                Err(error) => format!("a worker: {error}"),
            }),
            () = over(&self.pipeline) => {
                let broken = || "the loop ended unexpectedly".to_owned();
                Some(self.pipeline.failure().map_or_else(broken, |error| error.to_string()))
            }
            ended = &mut self.listening => Some(format!("listening: {ended:?}")),
        };
        say_why(failed.as_deref());
        self.end(failed.is_none()).await;
        tracing::info!("stopped");
        match failed {
            Some(cause) => bail!("the server stopped: {cause}"),
            None => Ok(()),
        }
    }

    /// Shuts down in order. After a failure, it does not wait for requests in progress.
    async fn end(mut self, is_patient: bool) {
        self.stop.send_replace(true);
        self.handle.graceful_shutdown(Some(GRACE));
        if is_patient {
            // Ends when the last connection is closed, or the grace period is over.
            let _ = tokio::time::timeout(GRACE + Duration::from_secs(1), &mut self.listening).await;
        }
        while self.workers.join_next().await.is_some() {}
        let (pipeline, app, threads) = (self.pipeline, self.app, self.threads);
        drop((pipeline, app));
        // The loop ends when the handles of the listener are dropped too.
        self.listening.abort();
        let joined = tokio::task::spawn_blocking(move || threads.join());
        // A loop that waits for room on the disk does not end by itself. What it holds was not
        // acknowledged.
        let _ = tokio::time::timeout(GRACE, joined).await;
        self.store.close().await;
    }
}

/// Waits until the loop has ended.
async fn over(pipeline: &Pipeline) {
    let mut size = pipeline.size();
    while size.changed().await.is_ok() {}
}

/// Starts to listen.
async fn listen(
    plan: &Plan,
    app: &App,
    handle: &Handle<SocketAddr>,
) -> anyhow::Result<(SocketAddr, tokio::task::JoinHandle<std::io::Result<()>>)> {
    let context = || format!("cannot listen on {}; choose another with --listen", plan.listen);
    let socket = std::net::TcpListener::bind(plan.listen).with_context(context)?;
    socket.set_nonblocking(true).with_context(context)?;
    let service =
        crate::router::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let address = socket.local_addr().with_context(context)?;
    let settings = &plan.settings;
    let places = Places {
        most: settings.connections_max,
        most_of_address: settings.connections_per_address_max,
        // A server with few places reserves at most a quarter of them.
        reserved: settings.connections_reserved.min(settings.connections_max / 4),
        proxies: settings.proxies.trusted.clone(),
        read_within: settings.read_within,
    };
    let listening = match &plan.tls {
        None => {
            let server = axum_server::from_tcp(socket)?.handle(handle.clone());
            // The protocol is set last, because setting another acceptor resets it.
            let mut server = server.map(|inner| Bounded::new(inner, places)).http1_only();
            crate::router::patience(server.http_builder());
            tokio::spawn(server.serve(service))
        }
        Some(tls) => {
            let config = encrypted(tls).await?;
            let server = axum_server::from_tcp_rustls(socket, config)?.handle(handle.clone());
            let mut server = server.map(|inner| Bounded::new(inner, places)).http1_only();
            crate::router::patience(server.http_builder());
            tokio::spawn(server.serve(service))
        }
    };
    Ok((address, listening))
}

/// Certificate and key, for HTTP/1.1 only, because `crate::router::patience` limits only that.
async fn encrypted(tls: &Tls) -> anyhow::Result<RustlsConfig> {
    let context = || format!("certificate `{}`, key `{}`", tls.cert.display(), tls.key.display());
    let config = RustlsConfig::from_pem_file(&tls.cert, &tls.key).await.with_context(context)?;
    let mut config = (*config.get_inner()).clone();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}

/// An opened store with its loop, policies and keys.
struct Opened {
    store: Store,
    pipeline: Pipeline,
    threads: Threads,
    policy_set: PolicySet,
    rules: Arc<Rules>,
    key: ledger::PublicKey,
    secret: Vec<u8>,
}

fn say_why(failed: Option<&str>) {
    match failed {
        None => tracing::info!("stopping"),
        Some(cause) => tracing::error!(cause, "stopping"),
    }
}

/// Records the settings that changed since the last start.
async fn configured(door: &Door, mut told: BTreeMap<String, String>) -> anyhow::Result<()> {
    told.insert("version".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
    let mut gone = Vec::new();
    let known = |row: RowChange| {
        let text = |column: &str| row.row[column].as_str().unwrap_or_default();
        match told.get(text("name")) {
            Some(value) if value == text("value") => drop(told.remove(text("name"))),
            Some(_) => {}
            None => gone.push(row.removal()),
        }
        Ok(())
    };
    if let Some(shape) = store::SHAPES.iter().find(|shape| shape.name == "setting") {
        door.store().each_row(shape, known).await?;
    }
    if told.is_empty() && gone.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::of(gone);
    rows.changes.extend(told.iter().map(|(name, value)| RowChange::setting(name, value)));
    let who = (account::CONFIGURATION, clock::now().as_millisecond());
    let names: Vec<&str> = told.keys().map(String::as_str).collect();
    rows.changes.push(account::line(who, "settings changed", names.join(", ")));
    Ok(door.write(rows).await?)
}

/// How long a start waits for a command that has the store open.
const CLAIM_WITHIN: Duration = Duration::from_secs(5);

const CLAIM_EACH: Duration = Duration::from_millis(50);

/// Opens the store as soon as no other command of ours has it open.
async fn claimed(path: &Path) -> Result<Store, store::Error> {
    let until = tokio::time::Instant::now() + CLAIM_WITHIN;
    loop {
        match Store::open(path).await {
            Err(store::Error::InUse) if tokio::time::Instant::now() < until => {
                tokio::time::sleep(CLAIM_EACH).await;
            }
            opened => return opened,
        }
    }
}

/// Opens the store, restores its state and starts the loop.
async fn open(plan: &Plan) -> anyhow::Result<Opened> {
    let path: &Path = &plan.store;
    let context = || format!("the store `{}`", path.display());
    let store = claimed(path).await.with_context(context)?;
    let size = store.size().await.with_context(context)?;
    let key = opening::signing_key(path, plan.key_file.as_ref(), size == 0)?;
    let public = key.public();
    let (policy_set, rules) = policies(&store, plan).await.with_context(context)?;
    let (random, threads) = (clock::random()?, clock::threads());
    let mut progress = |at: u64| {
        if at.is_multiple_of(1_000_000) {
            tracing::info!(entries = at, of = size, "remembering");
        }
    };
    // Only the holder of the key knows these values, so nobody else can tell which cases are
    // reviewed again.
    let derived =
        |size| key.sign(size, [0; 32], jiff::Timestamp::UNIX_EPOCH).signature.into_bytes();
    let (salt, secret) = (derived(0), derived(u64::MAX));
    let opening = engine::Opening {
        policy_set: &policy_set,
        rules: Arc::clone(&rules),
        key,
        random,
        threads,
        casework: review::Settings { salt, ..plan.settings.casework.review_queue.clone() },
    };
    let opened = engine::open(&store, opening, clock::now(), &mut progress);
    let past = opened.await.with_context(context)?;
    for what in &past.damage {
        tracing::error!(what, "damaged and left aside; `probity ledger verify` says more");
    }
    let handle = tokio::runtime::Handle::current();
    let (pipeline, threads) = Pipeline::start(&store, past, clock::wall(), &handle)?;
    Ok(Opened { store, pipeline, threads, policy_set, rules, key: public, secret })
}

/// The policies in force. For a new store: the configured or built-in policies.
async fn policies(store: &Store, plan: &Plan) -> anyhow::Result<(PolicySet, Arc<Rules>)> {
    let Some(policy_set) = engine::replay::in_force(store).await? else {
        return match &plan.policies {
            Some(folder) => files::rules(folder),
            None => files::compiled(files::built_in(), "the built-in policies"),
        };
    };
    if let Some(folder) = &plan.policies
        && files::policy_set(folder)?.version() != policy_set.version()
    {
        tracing::warn!(
            "the policies in the folder differ from those in force; PUT them to change that"
        );
    }
    files::compiled(policy_set, "the policies in force")
}

fn worker(receiver: Receiver, store: &Store) -> anyhow::Result<DeliveryWorker> {
    let tools = Tools { clock: clock::wall(), jitter: clock::jitter()? };
    let name = receiver.name.clone();
    DeliveryWorker::new(receiver, store.clone(), tools)
        .with_context(|| format!("the receiver `{name}`"))
}
