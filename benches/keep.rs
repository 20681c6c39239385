//! With a store on this disk: events judged, sealed and durable, batch by batch, on two cores.

use std::path::Path;
use std::sync::Arc;

use benches::{incoming, lines, machine, measure, memory_peak_mb, policy_set, rate};
use engine::{Keep, Rules};
use jiff::Timestamp;
use ledger::Key;
use store::Store;
use types::Incoming;

const EVENTS: usize = 500_000;
const BATCH: usize = 5000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    machine();
    let folder = tempfile::tempdir_in(".")?;
    let path = folder.path().join("bench.db");
    let lines = lines(EVENTS, false);
    let mut keep = open(&path)?;
    let (answer, took) = measure(|| -> Result<u64, engine::Error> {
        let mut judged = 0;
        for chunk in lines.chunks(BATCH) {
            let batch: Vec<Incoming> = chunk.iter().filter_map(|line| incoming(line)).collect();
            keep.take(batch)?;
            while let Some(taken) = keep.finished(false)? {
                judged += taken.len() as u64;
            }
        }
        while let Some(taken) = keep.finished(true)? {
            judged += taken.len() as u64;
        }
        Ok(judged)
    });
    rate(&format!("kept in batches of {BATCH}"), answer?, "events", took);
    drop(keep);
    let bytes = std::fs::metadata(&path)?.len();
    println!("{} bytes an event, {} MB of memory", bytes / EVENTS as u64, memory_peak_mb());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let store = runtime.block_on(Store::look(&path))?;
    let (report, took) =
        measure(|| runtime.block_on(engine::verify::verify(&store, None, &mut |_| {})));
    let report = report?;
    rate(&format!("verified, {} findings", report.damaged), report.entries, "entries", took);
    Ok(())
}

fn open(path: &Path) -> Result<Keep, Box<dyn std::error::Error>> {
    let policy_set = policy_set(100);
    let rules = Arc::new(Rules::load(&policy_set).map_err(|_| "the rules do not compile")?);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (store, past) = runtime.block_on(async {
        let store = Store::open(path).await?;
        let mut byte = 0_u8;
        let random: engine::Random = Box::new(move |bytes| {
            byte = byte.wrapping_add(1);
            bytes.fill(byte);
        });
        let key = Key::from_bytes(&[1; 32]);
        let opening = engine::Opening {
            policy_set: &policy_set,
            rules,
            key,
            random,
            threads: 2,
            casework: review::Settings::default(),
        };
        let past = engine::open(&store, opening, Timestamp::UNIX_EPOCH, &mut |_| {}).await?;
        Ok::<_, engine::Error>((store, past))
    })?;
    Ok(Keep::start(runtime, store, past, Arc::new(|| Timestamp::UNIX_EPOCH))?)
}
