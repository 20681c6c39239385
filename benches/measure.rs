//! What all measurements share: the machine, the stopwatch, the policy set, the events.
//!
//! Figures are printed by the wall and by CPU time; on a busy machine trust the second, and ratios.

use std::path::Path;
use std::time::{Duration, Instant};

use decide::{PolicySet, Source};
use simulate::{Scenario, Simulation};
use types::{EventType, Incoming};

/// The allocator of the binary, so that benches measure what runs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Prints processor, cores and memory.
pub fn machine() {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let find = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.starts_with(key)).unwrap_or_default().to_owned();
        line.split_once(':').map_or(String::new(), |(_, value)| value.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let model = find(&read("/proc/cpuinfo"), "model name");
    let memory = find(&read("/proc/meminfo"), "MemTotal");
    println!("machine: {model}, {cores} cores, {memory}");
}

/// Time taken, by the wall and by the processor (all threads).
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// By the wall.
    pub wall: Duration,
    /// By the processor.
    pub cpu: Duration,
}

/// Runs `work` and measures it.
#[expect(clippy::disallowed_methods, reason = "a stopwatch is what a measurement needs")]
pub fn measure<T>(work: impl FnOnce() -> T) -> (T, Took) {
    let (start, cpu) = (Instant::now(), cpu_time());
    let answer = work();
    (answer, Took { wall: start.elapsed(), cpu: cpu_time().saturating_sub(cpu) })
}

/// Processor time of this process, from the scheduler: nanoseconds over all its threads.
fn cpu_time() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let of = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(path.join("schedstat")).unwrap_or_default();
        text.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or(0)
    };
    Duration::from_nanos(tasks.map(|task| of(task.path())).sum())
}

/// Prints a rate of `count` things, by the wall and by CPU-second.
#[expect(clippy::cast_precision_loss, reason = "a rate to read")]
pub fn rate(what: &str, count: u64, unit: &str, took: Took) {
    let per = |time: Duration| count as f64 / time.as_secs_f64().max(1e-9);
    println!(
        "{what:<46} {:>12.0} {unit}/s by the wall, {:>12.0} {unit}/CPU-s ({:.2} s)",
        per(took.wall),
        per(took.cpu),
        took.wall.as_secs_f64()
    );
}

/// The largest memory so far, in MB.
#[must_use]
pub fn memory_peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// The shipped policy set, filled up with rules of four usual kinds to `rules` rules that run.
///
/// # Panics
///
/// If the repository's policies cannot be read.
#[must_use]
pub fn policy_set(rules: usize) -> PolicySet {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
    let mut sources = Vec::new();
    for (folder, prefix) in [(root.clone(), ""), (root.join("lists"), "lists/")] {
        for file in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, name) = (file.path(), file.file_name());
            if path.is_file() {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                sources.push(Source { name: format!("{prefix}{}", name.to_string_lossy()), text });
            }
        }
    }
    let shipped =
        PolicySet::new(sources.clone()).check().program.map_or(0, |program| program.rules.len());
    sources.extend(filler(rules.saturating_sub(shipped)));
    PolicySet::new(sources)
}

/// `count` rules over `count / 4` lists of twenty made-up terms: a word pattern, a numeric
/// comparison, a country with a number, a list membership.
fn filler(count: usize) -> Vec<Source> {
    let mut text = "[[policy]]\nid = 'filler'\ntitle = 'Filler'\nseverity = 1\ntext = 'x'\ndsa = { category = 'SCAMS_AND_FRAUD' }\n".to_owned();
    let countries = ["RO", "FR", "DE", "IT", "ES", "PL", "NL", "IE"];
    let mut sources = Vec::new();
    for number in 0..count {
        let (list, country) = (number / 4, countries[number % countries.len()]);
        let condition = match number % 4 {
            0 => format!(
                "mentions('filler_{list}') && content.kind in ['video', 'photo', 'comment']"
            ),
            1 => format!(
                "account.followers > {} && account.age_days < {}",
                number * 1000,
                number % 30 + 1
            ),
            2 => format!(
                "content.country == '{country}' && content.duration_seconds > {}",
                170 + number
            ),
            _ => format!("listed(account.id, 'ids_{list}') && content.audience == 'public'"),
        };
        text.push_str(&format!("[[rule]]\nid = 'filler_{number}'\npolicy = 'filler'\nwhen = '''event.type == 'content.published' && {condition}'''\nthen = ['review']\nelse_if_unknown = 'ignore'\n"));
        if number % 4 == 0 {
            let terms =
                (0..20).map(|term| format!("filler{list}word{term} second{term}\n")).collect();
            sources.push(Source { name: format!("lists/filler_{list}.txt"), text: terms });
            let ids: String = (0..20).map(|id| format!("none-{list}-{id}\n")).collect();
            sources.push(Source {
                name: format!("lists/ids_{list}.txt"),
                text: format!("# kind: values\n{ids}"),
            });
        }
    }
    sources.push(Source { name: "filler.toml".to_owned(), text });
    sources
}

/// Simulated events as JSON lines; only posts and comments if `posts`.
#[must_use]
pub fn lines(count: usize, posts: bool) -> Vec<Vec<u8>> {
    let all = u64::try_from(count).unwrap_or(u64::MAX).saturating_mul(if posts { 5 } else { 1 });
    let run = Simulation::new(Scenario::Romania2024, 1, all);
    let wanted = run.filter(|one| !posts || one.event.kind == EventType::ContentPublished);
    wanted.take(count).map(|one| serde_json::to_vec(&one.event).unwrap_or_default()).collect()
}

/// An event as an adapter hands it on; nothing if it is none.
#[must_use]
pub fn incoming(json: &[u8]) -> Option<Incoming> {
    let event = types::Event::parse(json).ok()?;
    Some(Incoming { event, json: json.to_vec(), place: 0 })
}
