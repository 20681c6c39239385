//! Memory with a million known accounts, their flags and their counters.

use std::sync::Arc;

use benches::{machine, measure, memory_peak_mb, policy_set, rate};
use engine::{Judge, Rules};
use types::Event;

const ACCOUNTS: u64 = 1_000_000;

fn main() {
    machine();
    let Ok(rules) = Rules::load(&policy_set(100)) else {
        return println!("the rules do not compile");
    };
    let mut judge = Judge::new(Arc::new(rules));
    println!("{} MB before", memory_peak_mb());
    let ((), took) = measure(|| {
        for number in 0..ACCOUNTS {
            let json = format!(
                r#"{{"specversion":"1.0","id":"{number}","source":"/b","type":"account.registered","time":"2024-11-20T10:00:00Z","data":{{"account":{{"id":"account-{number:08}","class":"creator","country":"RO","registered_at":"2024-11-20T10:00:00Z"}}}}}}"#
            );
            if let Ok(event) = Event::parse(json.as_bytes()) {
                judge.judge(&event);
            }
        }
    });
    rate("registered", ACCOUNTS, "accounts", took);
    println!("{} accounts known, {} MB", judge.state().size().accounts, memory_peak_mb());
}
