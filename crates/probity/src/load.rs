//! `probity load`: sends simulated events to a server at a steady rate, and measures the answers.

use std::collections::HashMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::simulate::{Scenario, Simulation};
use anyhow::{Context as _, bail};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use hdrhistogram::Histogram;
use serde_json::json;
use tokio::sync::Mutex as Turn;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::Instant;

use crate::client::{Client, problem};
use crate::output::{self, grouped};
use crate::{Outcome, clock, progress, serve, span};

/// Events simulated before the scenario starts again with another seed.
const ROUND: u64 = 5_000_000;

/// Limit of the messages remembered to measure webhooks: sent, but not yet delivered.
const AWAITED_MAX: usize = 1_000_000;

/// Send simulated events to a server, and measure its answers
///
/// Requests are sent at a steady rate, whether or not earlier ones were answered. Latency is
/// measured from the time at which a request was due, so that a slow server cannot slow the
/// generator down unnoticed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  probity load http://127.0.0.1:8080 --key prb_… --rate 40000 --duration 5m
  probity load http://127.0.0.1:8080 --key prb_… --events 10000 --rate 0
  probity load http://127.0.0.1:8080 --key prb_… --mode screen --rate 1000 --duration 30s")]
pub(crate) struct Args {
    /// Address of the server
    url: String,
    /// API key; default: the value of PROBITY_API_KEY
    #[arg(long)]
    key: Option<String>,
    /// Where to send: `events` sends batches to /v1/events, `screen` single events to /v1/screen
    #[arg(long, value_enum, default_value = "events")]
    mode: Mode,
    /// Events per second; 0 for as fast as they are answered
    #[arg(long, default_value_t = 10_000)]
    rate: u64,
    /// How long to send
    #[arg(long, default_value = "30s", value_parser = duration)]
    duration: Duration,
    /// Send this many events, instead of for a duration
    #[arg(long, conflicts_with = "duration")]
    events: Option<u64>,
    /// Events in each request
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    batch: u64,
    /// Requests in progress at the same time
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=1000))]
    connections: u64,
    /// Seed of the simulation
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Receive webhooks on this address, and measure the time from an event to its message
    #[arg(long, value_name = "ADDRESS:PORT")]
    receive: Option<SocketAddr>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// Show no progress bar
    #[arg(long)]
    quiet: bool,
}

/// The endpoint to which events are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Mode {
    Events,
    Screen,
}

fn duration(text: &str) -> Result<Duration, String> {
    span::span(text).map_err(|error| error.to_string())
}

/// Longer latencies are counted as this value: ten minutes.
const LATENCY_US_MAX: u64 = 600_000_000;

/// A request to be sent.
struct Shot {
    /// When it is due. `None`: as soon as possible.
    at: Option<Instant>,
    body: Vec<u8>,
    events: u64,
    /// The subjects of its events, if deliveries are measured.
    subjects: Vec<String>,
}

/// The measurements.
struct Measurements {
    latency_us: Mutex<Histogram<u64>>,
    delivery_us: Mutex<Histogram<u64>>,
    statuses: Mutex<HashMap<String, u64>>,
    answered: AtomicU64,
    failed: AtomicU64,
    awaited: Mutex<HashMap<String, Instant>>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let key = args.key.clone().or_else(|| std::env::var("PROBITY_API_KEY").ok());
    let key =
        key.context("give an API key: --key or PROBITY_API_KEY; `probity key add` creates one")?;
    serve::runtime()?.block_on(load(args, &key))
}

async fn load(args: &Args, key: &str) -> anyhow::Result<Outcome> {
    let client = Client::new(&args.url, key)?;
    client.open("/health").await?;
    let seen = Arc::new(Measurements::new()?);
    if let Some(address) = args.receive {
        receive(address, Arc::clone(&seen)).await?;
    }
    let batch = if args.mode == Mode::Screen { 1 } else { args.batch };
    let total = args.events.unwrap_or_else(|| args.rate * args.duration.as_secs());
    let is_endless = args.events.is_none() && args.rate == 0;
    let bar = progress::count(total, "sending", args.quiet);
    let (to, shots) = mpsc::channel(usize::try_from(args.connections).unwrap_or(8) * 64);
    let shots = Arc::new(Turn::new(shots));
    let began = Instant::now();
    let plan = Pace {
        began,
        rate: args.rate,
        batch,
        total: if is_endless { u64::MAX } else { total },
        end: is_endless.then(|| began + args.duration),
        seed: args.seed,
        is_awaited: args.receive.is_some(),
        run: run_id()?,
    };
    let producer = tokio::task::spawn_blocking(move || plan.produce(&to));
    let mut workers = Vec::new();
    for _ in 0..args.connections {
        let (client, seen, shots) = (client.clone(), Arc::clone(&seen), Arc::clone(&shots));
        let (mode, bar) = (args.mode, bar.clone());
        workers.push(tokio::spawn(async move {
            while let Some(shot) = next(&shots).await {
                bar.inc(shot.events);
                fire(&client, mode, shot, &seen).await;
            }
        }));
    }
    for worker in workers {
        worker.await.context("a sender failed")?;
    }
    producer.await.context("the simulation failed")?;
    let took = began.elapsed();
    bar.finish_and_clear();
    if args.receive.is_some() {
        seen.wait_for_deliveries().await;
    }
    seen.report(took, args.json)
}

/// A new source for each run, so that two runs have no events in common.
fn run_id() -> anyhow::Result<String> {
    let mut bytes = [0; 6];
    clock::fill(&mut bytes)?;
    Ok(format!("/load/{}", hex::encode(bytes)))
}

async fn next(shots: &Turn<Receiver<Shot>>) -> Option<Shot> {
    let mut shot = shots.lock().await.recv().await?;
    let is_early = shot.at.is_some_and(|at| at > Instant::now());
    if let (true, Some(at)) = (is_early, shot.at) {
        tokio::time::sleep_until(at).await;
        // The timer is inexact by a millisecond. This must not count as latency of the server.
        shot.at = None;
    }
    Some(shot)
}

/// The schedule of the requests.
struct Pace {
    began: Instant,
    rate: u64,
    batch: u64,
    total: u64,
    end: Option<Instant>,
    seed: u64,
    is_awaited: bool,
    run: String,
}

impl Pace {
    /// Generates the requests and passes them to the senders.
    fn produce(&self, to: &mpsc::Sender<Shot>) {
        let mut sent = 0;
        for round in 0.. {
            let scenario = Scenario::ALL[usize::try_from(round % 2).unwrap_or(0)];
            let simulation = Simulation::new(scenario, self.seed + round, ROUND);
            let source = format!("{}/{round}", self.run);
            let mut simulation = simulation.peekable();
            while simulation.peek().is_some() {
                let is_over = self.end.is_some_and(|end| Instant::now() >= end);
                if sent >= self.total || is_over {
                    return;
                }
                let mut shot =
                    Shot { at: self.at(sent), body: Vec::new(), events: 0, subjects: vec![] };
                let count = self.batch.min(self.total - sent);
                for one in simulation.by_ref().take(usize::try_from(count).unwrap_or(1)) {
                    self.add(&mut shot, one.event, &source);
                }
                sent += shot.events;
                if to.blocking_send(shot).is_err() {
                    return;
                }
            }
        }
    }

    fn add(&self, shot: &mut Shot, mut event: types::Event, source: &str) {
        event.source = source.to_owned();
        if self.is_awaited {
            shot.subjects.push(event.about().0);
        }
        // Serialising an event does not fail.
        if serde_json::to_writer(&mut shot.body, &event).is_ok() {
            shot.body.push(b'\n');
            shot.events += 1;
        }
    }

    /// When the event with this number is due.
    #[expect(clippy::cast_precision_loss, reason = "far below the limit")]
    fn at(&self, number: u64) -> Option<Instant> {
        let rate = (self.rate > 0).then_some(self.rate as f64)?;
        Some(self.began + Duration::from_secs_f64(number as f64 / rate))
    }
}

async fn fire(client: &Client, mode: Mode, shot: Shot, seen: &Measurements) {
    seen.await_all(&shot.subjects);
    let (path, content) = match mode {
        Mode::Events => ("/v1/events", "application/x-ndjson"),
        Mode::Screen => ("/v1/screen", "application/cloudevents+json"),
    };
    let started = Instant::now();
    let status = match client.post(path, content, shot.body).await {
        Ok(response) if response.status().is_success() => {
            // The latency includes the body of the answer.
            match response.bytes().await {
                Ok(_) => "200".to_owned(),
                Err(error) => format!("incomplete answer: {error}"),
            }
        }
        Ok(response) => problem(response).await,
        Err(error) => format!("{error:#}"),
    };
    let from = shot.at.unwrap_or(started);
    seen.answered(&status, shot.events, from.elapsed());
}

impl Measurements {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            latency_us: Mutex::new(Histogram::new_with_bounds(1, LATENCY_US_MAX, 3)?),
            delivery_us: Mutex::new(Histogram::new_with_bounds(1, LATENCY_US_MAX, 3)?),
            statuses: Mutex::default(),
            answered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            awaited: Mutex::default(),
        })
    }

    fn await_all(&self, subjects: &[String]) {
        let now = Instant::now();
        let mut awaited = lock(&self.awaited);
        if awaited.len() < AWAITED_MAX {
            awaited.extend(subjects.iter().map(|subject| (subject.clone(), now)));
        }
    }

    fn answered(&self, status: &str, events: u64, took: Duration) {
        let counter = if status == "200" { &self.answered } else { &self.failed };
        counter.fetch_add(events, Ordering::Relaxed);
        *lock(&self.statuses).entry(status.to_owned()).or_default() += 1;
        lock(&self.latency_us).saturating_record(micros(took));
    }

    /// Waits until no message was delivered for two seconds.
    async fn wait_for_deliveries(&self) {
        let mut before = u64::MAX;
        loop {
            let now = lock(&self.delivery_us).len();
            if now == before {
                return;
            }
            before = now;
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate for display"
    )]
    fn report(&self, took: Duration, is_json: bool) -> anyhow::Result<Outcome> {
        let (answered, failed) =
            (self.answered.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed));
        let rate = (answered as f64 / took.as_secs_f64()) as u64;
        let latency = lock(&self.latency_us);
        let delivery = lock(&self.delivery_us);
        let statuses = lock(&self.statuses);
        let mut out = output::stdout();
        if is_json {
            let value = json!({ "events": answered, "failed": failed, "seconds": took.as_secs_f64(),
                "events_per_second": rate, "latency_us": quantiles(&latency),
                "delivery_us": quantiles(&delivery), "answers": *statuses });
            writeln!(out, "{value}")?;
        } else {
            writeln!(
                out,
                "{} events in {:.2} s: {} per second",
                grouped(answered),
                took.as_secs_f64(),
                grouped(rate)
            )?;
            writeln!(out, "requests  {}", line(&latency))?;
            write!(out, "{}", drawn(&latency))?;
            if !delivery.is_empty() {
                writeln!(out, "webhooks  {}", line(&delivery))?;
            }
            for (status, count) in statuses.iter().filter(|(status, _)| *status != "200") {
                writeln!(out, "{} requests failed: {status}", grouped(*count))?;
            }
            if let Some(mb) = output::memory_peak_mb() {
                writeln!(out, "the generator itself used {mb} MB")?;
            }
        }
        out.flush()?;
        if answered == 0 {
            bail!("no event was accepted");
        }
        Ok(if failed > 0 { Outcome::SomeRefused } else { Outcome::Good })
    }
}

fn quantiles(histogram: &Histogram<u64>) -> serde_json::Value {
    json!({ "count": histogram.len(), "p50": histogram.value_at_quantile(0.5),
        "p90": histogram.value_at_quantile(0.9), "p99": histogram.value_at_quantile(0.99),
        "p999": histogram.value_at_quantile(0.999), "max": histogram.max() })
}

/// Length of the longest bar in characters.
const BAR_CHARS: u64 = 50;

/// The distribution as text: a bar for each doubling of the time.
#[expect(clippy::cast_precision_loss, reason = "milliseconds for display")]
fn drawn(histogram: &Histogram<u64>) -> String {
    let bars: Vec<(u64, u64)> = histogram
        .iter_log(FIRST_BAR_US, 2.0)
        .map(|step| (step.value_iterated_to(), step.count_since_last_iteration()))
        .collect();
    let longest = bars.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let shown = bars.iter().skip_while(|(_, count)| *count == 0);
    let line = |(until, count): &(u64, u64)| {
        let bar = "█".repeat(usize::try_from((count * BAR_CHARS).div_ceil(longest)).unwrap_or(0));
        format!("  < {:>9.2} ms {:>10}  {bar}\n", (*until + 1) as f64 / 1000.0, grouped(*count))
    };
    shown.map(line).collect()
}

/// The end of the first bar, in microseconds.
const FIRST_BAR_US: u64 = 125;

#[expect(clippy::cast_precision_loss, reason = "milliseconds for display")]
fn line(histogram: &Histogram<u64>) -> String {
    let ms = |quantile: f64| histogram.value_at_quantile(quantile) as f64 / 1000.0;
    format!(
        "{}: p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms, max {:.2} ms",
        grouped(histogram.len()),
        ms(0.5),
        ms(0.9),
        ms(0.99),
        ms(0.999),
        histogram.max() as f64 / 1000.0
    )
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Receives webhooks on `address`.
async fn receive(address: SocketAddr, seen: Arc<Measurements>) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind(address).await;
    let listener = listener.with_context(|| format!("cannot listen on {address}"))?;
    let service = Router::new().fallback(post(received)).with_state(seen);
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(())
}

async fn received(State(seen): State<Arc<Measurements>>, body: Bytes) {
    let Ok(message) = serde_json::from_slice::<serde_json::Value>(&body) else { return };
    let Some(subject) = message["data"]["subject"].as_str() else { return };
    let sent = lock(&seen.awaited).remove(subject);
    if let Some(sent) = sent {
        lock(&seen.delivery_us).saturating_record(micros(sent.elapsed()));
    }
}
