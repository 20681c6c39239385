//! `probity serve`: runs the server.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use tracing_subscriber::filter::LevelFilter;

use crate::Outcome;
use crate::config::{self, LogFormat, LogLevel};
use crate::service::{Plan, Service};

/// Run the server: API, console and deliveries
///
/// Needs no configuration. By default it listens on 127.0.0.1:8080, stores its data in probity.db
/// and judges by the built-in policies. The first start creates the staff account `admin` and
/// prints its password. `probity config` prints every setting.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  probity serve
  probity serve --config /etc/probity/probity.toml
  probity key add probity.db --name platform --scope events:write")]
pub(crate) struct Args {
    /// Configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Listen on this address; overrides the configuration
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Store the data in this file; overrides the configuration
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let config = config::load(args.config.as_deref())?;
    let _log = log_to_stderr(config.log, config.log_level);
    let plan = Plan {
        listen: args.listen.unwrap_or(config.listen),
        store: args.store.clone().unwrap_or_else(|| config.store.clone()),
        key_file: config.key_file.clone(),
        policies: config.policies.clone(),
        settings: config.settings()?,
        receivers: config.receivers()?,
        rolling: config.rolling()?,
        tls: config.tls.clone(),
        told: config::told(args.config.as_deref())?,
    };
    let scheme = if plan.tls.is_some() { "https" } else { "http" };
    let runtime = runtime()?;
    let ended = runtime.block_on(async {
        let mut end = std::pin::pin!(signal()?);
        let service = tokio::select! {
            service = Service::start(plan) => service?,
            // State that is restored only in part is restored again at the next start.
            () = &mut end => {
                tracing::info!("stopped while it started");
                return anyhow::Ok(());
            }
        };
        eprintln!("console  {scheme}://{}/", service.address);
        if let Some(password) = &service.password {
            eprintln!("sign in  name `admin`, password `{password}` (shown only once)");
        }
        service.run(end).await
    });
    // A check of rules may still run. It must not keep the process alive.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    ended?;
    Ok(Outcome::Good)
}

/// A runtime with one thread per core.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("cannot start the runtime")
}

/// SIGXFSZ: a file would exceed the size limit of the process.
const FILE_SIZE_EXCEEDED: i32 = 25;

/// Resolves when the process is asked to end.
pub(crate) fn signal() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    // The size limit of a file must be reported as an error and not end the process.
    let _ = signal(SignalKind::from_raw(FILE_SIZE_EXCEEDED));
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for signals")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// A guard that writes the last log lines when dropped.
pub(crate) type LogGuard = tracing_appender::non_blocking::WorkerGuard;

/// Sends log lines to stderr, because stdout is for results. Writing never blocks: if the reader is
/// too slow, lines are dropped.
pub(crate) fn log_to_stderr(format: LogFormat, level: LogLevel) -> LogGuard {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let is_json = match format {
        LogFormat::Auto => !std::io::stderr().is_terminal(),
        LogFormat::Json => true,
        LogFormat::Text => false,
    };
    // Other crates may log addresses and bodies at `debug`, so only our own crates log at `level`.
    let own = ["app", "deliver", "probity"];
    let targets = tracing_subscriber::filter::Targets::new()
        .with_default(LevelFilter::WARN.min(level))
        .with_targets(own.map(|name| (name, level)));
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::util::SubscriberInitExt as _;
    let registry = tracing_subscriber::registry().with(targets);
    let (writer, guard) = tracing_appender::non_blocking(std::io::stderr());
    // An error while writing the log must not end the server.
    let layer = tracing_subscriber::fmt::layer().with_writer(writer).log_internal_errors(false);
    // In tests, a subscriber may be set already.
    let _ = if is_json {
        registry.with(layer.json().flatten_event(true)).try_init()
    } else {
        registry.with(layer.with_target(false).compact()).try_init()
    };
    guard
}
