//! With a store on this disk: events judged, sealed and durable, batch by batch, on two cores.

use std::path::Path;
use std::sync::Arc;

use benches::{incoming, lines, machine, measure, memory_peak_mb, pack, rate};
use engine::{Judge, Rules, Screen};
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
    let mut screen = open(&path)?;
    let (answer, took) = measure(|| -> Result<u64, engine::Error> {
        let mut judged = 0;
        for chunk in lines.chunks(BATCH) {
            let batch: Vec<Incoming> = chunk.iter().filter_map(|line| incoming(line)).collect();
            screen.take(batch)?;
            while let Some(finished) = screen.finished(false)? {
                judged += finished.judged;
            }
        }
        while let Some(finished) = screen.finished(true)? {
            judged += finished.judged;
        }
        Ok(judged)
    });
    rate(&format!("kept in batches of {BATCH}"), answer?, "events", took);
    drop(screen);
    let bytes = std::fs::metadata(&path)?.len();
    println!("{} bytes an event, {} MB of memory", bytes / EVENTS as u64, memory_peak_mb());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let store = runtime.block_on(Store::open_existing(&path))?;
    let (report, took) =
        measure(|| runtime.block_on(engine::verify::verify(&store, None, &mut |_| {})));
    let report = report?;
    rate(&format!("verified, {} findings", report.damaged), report.entries, "entries", took);
    Ok(())
}

fn open(path: &Path) -> Result<Screen, Box<dyn std::error::Error>> {
    let pack = pack(100);
    let rules = Arc::new(Rules::load(&pack).map_err(|_| "the rules do not compile")?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let opened = runtime.block_on(async {
        let store = Store::open(path).await?;
        let mut byte = 0_u8;
        let random: engine::Random = Box::new(move |bytes| {
            byte = byte.wrapping_add(1);
            bytes.fill(byte);
        });
        let secrets = (Key::from_bytes(&[1; 32]), random);
        let opened: (Judge, engine::Recorder) =
            engine::open(&store, (&pack, rules), secrets, Timestamp::UNIX_EPOCH, &mut |_| {})
                .await?;
        store.close().await;
        Ok::<_, engine::Error>(opened)
    })?;
    let store = runtime.block_on(Store::open(path))?;
    Ok(Screen::keeping(opened.0, store, opened.1, Box::new(|| Timestamp::UNIX_EPOCH))?)
}
