//! The service of a world: its policies, and how it starts after any crash.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use decide::{PolicySet, Source};
use engine::machine::Machine;
use engine::{Clock, Rules};
use jiff::Timestamp;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use store::Store;
use tokio::runtime::Runtime;

use crate::disk::Disk;
use crate::told;

/// The rules of the world; `{}` is replaced by the number of the version.
const RULES: &str = r#"
[[policy]]
id = "p"
title = "Made up"
severity = 5
text = "We do not allow what was made up for version {}."
dsa = { category = "SCAMS_AND_FRAUD" }

[[counter]]
name = "posts"
of = "event.type == 'content.published'"
by = "account.id"
last = "1h"

[[rule]]
id = "all"
policy = "p"
when = '''event.type == "content.published" && posts < 100000'''
then = ["limit", "review", "notify"]
else_if_unknown = "review"

[[rule]]
id = "profiles"
policy = "p"
when = '''event.type == "account.updated"'''
then = ["demonetise", "notify"]
"#;

/// The policies of that version.
pub(crate) fn policies(version: u32) -> Result<(PolicySet, Arc<Rules>), String> {
    let text = RULES.replace("{}", &version.to_string());
    let policy_set = PolicySet::new(vec![Source { name: "a.toml".to_owned(), text }]);
    let rules = Rules::load(&policy_set).map_err(|found| format!("{found:?}"))?;
    Ok((policy_set, Arc::new(rules)))
}

/// Opens the store, as a service does after any crash.
pub(crate) fn open(
    runtime: &Runtime,
    disk: &Disk,
    ((policy_set, rules), now_ms): (&(PolicySet, Arc<Rules>), &Arc<AtomicI64>),
    seed: u64,
) -> Result<(Store, Machine), String> {
    let clock_ms = Arc::clone(now_ms);
    let clock: Clock = Arc::new(move || {
        Timestamp::from_millisecond(clock_ms.load(Ordering::Relaxed)).unwrap_or_default()
    });
    let mut salts = ChaCha8Rng::seed_from_u64(seed);
    let opening = engine::Opening {
        policy_set,
        rules: Arc::clone(rules),
        key: ledger::Key::from_bytes(&[7; 32]),
        random: Box::new(move |bytes| salts.fill_bytes(bytes)),
        threads: 1,
        casework: review::Settings { lease_ms: 60_000, ..review::Settings::default() },
    };
    let opened = async {
        let store = Store::open(&disk.path()).await.map_err(told)?;
        let past = engine::open(&store, opening, clock(), &mut |_| {}).await.map_err(told)?;
        Ok::<_, String>((store, past))
    };
    let (store, past) = runtime.block_on(opened)?;
    if let Some(damage) = past.damage.first() {
        return Err(format!("damaged: {damage}"));
    }
    let machine = Machine::new(&store, past, &clock, runtime.handle());
    Ok((store, machine))
}
