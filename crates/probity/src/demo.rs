//! `probity demo`: a server on an embedded store, and a simulated platform that streams two
//! elections through the public API.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::simulate::score::Score;
use ::simulate::{Scenario, Simulation, Truth};
use anyhow::{Context as _, bail};
use app::Settings;
use app::access::keys::{MadeKey, NewKey};
use deliver::Receiver;
use futures_util::StreamExt as _;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use types::Decision;

use crate::client::{Client, problem, retry_after};
use crate::config::{LogFormat, LogLevel};
use crate::output::{self, grouped};
use crate::service::{Plan, Service};
use crate::{Outcome, clock, demo_people, key, progress, serve};

/// Events in each request.
const BATCH: usize = 100;

/// Requests per second, so that the console shows a smooth rate.
const BEATS_PER_SECOND: u64 = 10;

/// Run a demo: a server, and a simulated platform with two elections
///
/// The simulated platform streams the French legislative election and the Romanian presidential
/// election of 2024 through the public API, like any platform. All accounts and texts are made up.
/// The store is in a temporary folder that is deleted at the end. With --headless, runs to the end
/// at full speed and prints precision and recall against the ground truth.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  probity demo
  probity demo --speed 5000
  probity demo --headless --events 200000 --json")]
pub(crate) struct Args {
    /// Events per second, both elections together
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    speed: u64,
    /// Events of each election
    #[arg(long, default_value_t = 300_000, value_parser = clap::value_parser!(u64).range(1000..))]
    events: u64,
    /// Only this election: france-2024 or romania-2024
    #[arg(long, value_parser = scenario)]
    scenario: Option<Scenario>,
    /// Seed of the simulation
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Listen on this address
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Run to the end at full speed, print a summary, and stop
    #[arg(long)]
    headless: bool,
    /// Print the summary as JSON
    #[arg(long, requires = "headless")]
    json: bool,
    /// Store the data in this file instead of a temporary folder
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// Show no progress bar
    #[arg(long)]
    quiet: bool,
}

fn scenario(name: &str) -> Result<Scenario, String> {
    Scenario::from_name(name)
        .ok_or_else(|| "the scenarios are france-2024 and romania-2024".to_owned())
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let _log = serve::log_to_stderr(LogFormat::Text, LogLevel::Warn);
    let folder = Folder::new()?;
    let store = args.store.clone().unwrap_or_else(|| folder.0.join("demo.db"));
    serve::runtime()?.block_on(demo(args, store))
}

/// A temporary folder that is deleted when the demo ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Self> {
        let mut name = [0; 8];
        clock::fill(&mut name)?;
        let path = std::env::temp_dir().join(format!("probity-demo-{}", hex::encode(name)));
        std::fs::create_dir(&path)
            .with_context(|| format!("cannot create `{}`", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // If this fails, the system cleans its temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn demo(args: &Args, store: PathBuf) -> anyhow::Result<Outcome> {
    let end = serve::signal()?;
    let service = start(args, &store).await?;
    let (name, scopes) = ("simulated platform".to_owned(), vec!["all".to_owned()]);
    let MadeKey { key, .. } =
        key::make(&service.door(), &NewKey { name, scopes, party: None }).await?;
    let address = format!("http://{}/", service.address);
    let client = Client::new(&address, &key)?;
    let people = match args.headless {
        true => None,
        false => {
            let authorities = authorities(&service.door(), &address).await?;
            Some(tokio::spawn(demo_people::live(client.clone(), authorities)))
        }
    };
    if !args.headless {
        say_hello(&address, service.password.as_deref());
    }
    let (finished, is_finished) = tokio::sync::oneshot::channel();
    let stream = tokio::spawn(stream(client.clone(), Stream::of(args)));
    let work = async {
        tokio::pin!(end);
        let scored = tokio::select! {
            () = &mut end => return Ok(None),
            scored = stream => scored.context("the simulated platform failed")??,
        };
        if args.headless {
            return summary(&client, scored, args).await.map(Some);
        }
        eprintln!("\nthe simulation is over; the console runs until you press Ctrl-C");
        end.await;
        anyhow::Ok(None)
    };
    let run = service.run(async {
        // The server is shut down properly, whatever the outcome.
        let _ = is_finished.await;
    });
    let work = async {
        let result = work.await;
        let _ = finished.send(());
        result
    };
    let (ran, worked) = tokio::join!(run, work);
    people.iter().for_each(tokio::task::JoinHandle::abort);
    ran?;
    if let Some(summary) = worked? {
        output::stdout().write_all(summary.as_bytes())?;
    }
    Ok(Outcome::Good)
}

/// Clients for the authorities of the demo, each with its own key.
async fn authorities(
    door: &engine::Door,
    address: &str,
) -> anyhow::Result<Vec<(&'static str, Client)>> {
    let mut authorities = Vec::new();
    for id in demo_people::AUTHORITIES {
        let scopes = ["orders:write", "orders:read"].map(str::to_owned).to_vec();
        let (name, party) = ((*id).to_owned(), Some((*id).to_owned()));
        let MadeKey { key, .. } = key::make(door, &NewKey { name, scopes, party }).await?;
        authorities.push((id, Client::new(address, &key)?));
    }
    Ok(authorities)
}

/// The webhook receiver of the simulated platform. It accepts every message, which confirms each
/// decision.
async fn platform() -> anyhow::Result<Receiver> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    let taken = axum::Router::new().fallback(|| async { axum::http::StatusCode::NO_CONTENT });
    tokio::spawn(async move { axum::serve(listener, taken).await });
    let mut secret = [0; 32];
    clock::fill(&mut secret)?;
    let mut receiver = Receiver::new("simulated-platform", &url, &hex::encode(secret), true)?;
    receiver.retries = vec![std::time::Duration::from_secs(1)];
    Ok(receiver)
}

/// Statements of reasons are made and not sent: a demo has no token of the database.
fn statements() -> app::statements::Settings {
    let terms = documents::statement::Terms {
        commercial: vec!["spam".to_owned()],
        informative: vec!["civic.information".to_owned()],
        ..documents::statement::Terms::default()
    };
    app::statements::Settings { terms, database: None, is_from_start: true }
}

/// Starts the server, on any free port if the address is in use.
async fn start(args: &Args, store: &Path) -> anyhow::Result<Service> {
    let free = std::net::TcpListener::bind(args.listen).is_ok() && !args.headless;
    let listen = if free { args.listen } else { SocketAddr::new(args.listen.ip(), 0) };
    let settings = Settings {
        requests_per_second: 0,
        events_per_second: 0,
        casework: demo_people::casework(),
        statements: Some(statements()),
        ..Settings::default()
    };
    let plan = Plan {
        listen,
        store: store.to_owned(),
        key_file: None,
        policies: None,
        tls: None,
        settings,
        receivers: if args.headless { Vec::new() } else { vec![platform().await?] },
        rolling: None,
        told: std::collections::BTreeMap::new(),
    };
    let service = Service::start(plan).await?;
    if !args.headless {
        demo_people::hire(&service.door()).await?;
    }
    Ok(service)
}

fn say_hello(address: &str, password: Option<&str>) {
    eprintln!("\n  Probity is running\n");
    eprintln!("  console   {address}");
    if let Some(password) = password {
        eprintln!("  sign in   name `admin`, password `{password}`");
    }
    eprintln!(
        "\n  A simulated platform streams two elections through the public API. A simulated staff"
    );
    eprintln!("  of 219 judges what the rules are not sure of.");
    eprintln!("  All accounts and texts are made up. Press Ctrl-C to stop.\n");
}

/// The events to stream.
struct Stream {
    scenarios: Vec<Scenario>,
    events: u64,
    seed: u64,
    /// Events per second. `None`: as fast as they are accepted.
    speed: Option<u64>,
    is_quiet: bool,
}

impl Stream {
    fn of(args: &Args) -> Self {
        Self {
            scenarios: args.scenario.map_or_else(|| Scenario::ALL.to_vec(), |one| vec![one]),
            events: args.events,
            seed: args.seed,
            speed: (!args.headless).then_some(args.speed),
            is_quiet: args.quiet,
        }
    }
}

/// Streams all elections in parallel. Returns the score, with the ground truth filled in.
async fn stream(client: Client, stream: Stream) -> anyhow::Result<Score> {
    let total = stream.events * stream.scenarios.len() as u64;
    let bar = progress::count(total, "streaming", stream.is_quiet);
    let mut score = Score::default();
    let (to, mut batches) = mpsc::channel::<(Vec<u8>, u64, Vec<Truth>)>(8);
    let count = stream.scenarios.len() as u64;
    let batch = stream.speed.map_or(BATCH * 5, |speed| {
        usize::try_from(speed / count / BEATS_PER_SECOND).unwrap_or(BATCH).max(1)
    });
    for scenario in &stream.scenarios {
        let simulation = Simulation::new(*scenario, stream.seed, stream.events);
        let to = to.clone();
        tokio::task::spawn_blocking(move || produce(simulation, batch, &to));
    }
    drop(to);
    let pause = stream.speed.map(|_| Duration::from_millis(1000 / BEATS_PER_SECOND / count));
    let mut beat = tokio::time::interval(pause.unwrap_or(Duration::from_millis(1)));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while let Some((body, events, truth)) = batches.recv().await {
        if pause.is_some() {
            beat.tick().await;
        }
        truth.into_iter().for_each(|truth| score.truth(truth));
        send(&client, body).await?;
        bar.inc(events);
    }
    bar.finish_and_clear();
    Ok(score)
}

/// Generates the request bodies of an election, with the ground truth of their events.
fn produce(simulation: Simulation, batch: usize, to: &mpsc::Sender<(Vec<u8>, u64, Vec<Truth>)>) {
    let mut simulation = simulation.peekable();
    while simulation.peek().is_some() {
        let (mut body, mut count, mut truth) = (Vec::new(), 0, Vec::new());
        for one in simulation.by_ref().take(batch) {
            // Serialising an event does not fail.
            if serde_json::to_writer(&mut body, &one.event).is_ok() {
                body.push(b'\n');
                count += 1;
            }
            if let Some(policy) = one.breaks {
                truth.push(Truth { event: one.event.id, policy: policy.to_owned() });
            }
        }
        if to.blocking_send((body, count, truth)).is_err() {
            return;
        }
    }
}

/// Sends a body until it is accepted.
async fn send(client: &Client, body: Vec<u8>) -> anyhow::Result<()> {
    loop {
        let response = client.post("/v1/events", "application/x-ndjson", body.clone()).await?;
        match response.status() {
            StatusCode::OK => {
                // Read to its end, so that the connection can be used again.
                response.bytes().await?;
                return Ok(());
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                tokio::time::sleep(retry_after(&response)).await;
            }
            _ => bail!("the server refused events: {}", problem(response).await),
        }
    }
}

/// The summary: how well the rules matched the truth, and how much was removed before harm.
async fn summary(client: &Client, mut score: Score, args: &Args) -> anyhow::Result<String> {
    let response = client.open("/v1/decisions?format=ndjson").await?;
    let mut lines = Lines::default();
    let mut stream = response.bytes_stream();
    while let Some(chunk) = stream.next().await {
        lines.take(&chunk?, |line| {
            let item: Value = serde_json::from_slice(line)?;
            score.decision(&serde_json::from_value::<Decision>(item["decision"].clone())?);
            anyhow::Ok(())
        })?;
    }
    let overview = client.get("/v1/overview").await?;
    let removals = &overview["removals"];
    let total = removals["total"].as_u64().unwrap_or(0);
    let share = |key: &str| share(removals[key].as_u64().unwrap_or(0), total);
    if args.json {
        let policies = score.rows().into_iter().map(|(policy, row)| {
            let value = json!({ "planted": row.planted, "found": row.found, "right": row.right,
                "precision": row.precision(), "recall": row.recall() });
            (policy, value)
        });
        let policies: serde_json::Map<String, Value> = policies.collect();
        let value = json!({ "events": overview["events"], "decisions": overview["decisions"],
            "removals": { "total": total, "before_view": share("before_view"),
            "before_flag": share("before_flag"), "within_day": share("within_day") },
            "policies": policies });
        return Ok(format!("{value}\n"));
    }
    let number = |key: &str| grouped(overview[key].as_u64().unwrap_or(0));
    let mut text = format!(
        "{} events, {} decisions\n\n{:<24} {:>8} {:>8} {:>8} {:>10} {:>8}\n",
        number("events"),
        number("decisions"),
        "policy",
        "planted",
        "found",
        "right",
        "precision",
        "recall"
    );
    for (policy, row) in score.rows() {
        text.push_str(&format!(
            "{policy:<24} {:>8} {:>8} {:>8} {:>10} {:>8}\n",
            row.planted,
            row.found,
            row.right,
            percent(row.precision()),
            percent(row.recall())
        ));
    }
    text.push_str(&format!(
        "\n{} contents removed: {} before any view, {} before any flag, {} within 24 hours\n",
        grouped(total),
        percent(share("before_view")),
        percent(share("before_flag")),
        percent(share("within_day"))
    ));
    Ok(text)
}

#[expect(clippy::cast_precision_loss, reason = "a share for display")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

/// Splits chunks into lines.
#[derive(Default)]
struct Lines(Vec<u8>);

impl Lines {
    fn take(
        &mut self,
        chunk: &[u8],
        mut each: impl FnMut(&[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.0.extend_from_slice(chunk);
        let Some(end) = self.0.iter().rposition(|byte| *byte == b'\n') else { return Ok(()) };
        let rest = self.0.split_off(end + 1);
        let whole = std::mem::replace(&mut self.0, rest);
        whole.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).try_for_each(&mut each)
    }
}
