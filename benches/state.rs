//! Memory of counters: ten million keys, each with all sixty steps of its window.

use std::sync::Arc;

use benches::{machine, measure, memory_peak_mb, rate};
use decide::{PolicySet, Source};
use engine::counters::{Amount, Counts, Meter, digest};

const KEYS: u64 = 10_000_000;

const STEP_MS: i64 = 60_000;

fn main() {
    machine();
    let text = "[[policy]]\nid = 'p'\ntitle = 't'\nseverity = 1\ntext = 'x'\n\
        dsa = { category = 'SCAMS_AND_FRAUD' }\n[[counter]]\nname = 'c'\n\
        of = '''event.type == 'content.published' '''\nby = 'account.id'\nlast = '1h'\n\
        keys_max = 10000000\n";
    let policy_set =
        PolicySet::new(vec![Source { name: "a.toml".to_owned(), text: text.to_owned() }]);
    let Some(program) = policy_set.check().program else { return println!("it does not compile") };
    let mut counts = Counts::new(Arc::new(Meter::new(&program.counters[0], 1)));
    for steps in [1, 8, 60] {
        let from = match steps {
            1 => 0,
            8 => 1,
            _ => 8,
        };
        let ((), took) = measure(|| {
            for step in from..steps {
                for key in 0..KEYS {
                    counts.add(digest(&key.to_le_bytes()), step * STEP_MS, Amount::One);
                }
            }
        });
        let added = KEYS * (steps - from).cast_unsigned();
        rate(&format!("{KEYS} keys, {steps} steps each"), added, "counts", took);
        println!("{} MB", memory_peak_mb());
    }
    let wrong = (0..1000)
        .filter(|key: &u64| {
            let held = counts.read(digest(&key.to_le_bytes()), 59 * STEP_MS);
            held != Some(types::Counted::Whole(60))
        })
        .count();
    println!("{wrong} of 1,000 keys hold anything but sixty; {} evicted", counts.evicted());
}
