//! A million open cases: how long the next one takes to be found and claimed, and scoring all
//! again.
#![expect(clippy::disallowed_methods, reason = "benchmarks have a clock of their own")]

use std::time::Instant;

use review::{
    Case, CaseId, Command, Kind, Member, Request, ReviewQueue, Reviewer, Settings, Skills, Verdict,
    Work,
};
use types::Subject;

const CASES: u64 = 1_000_000;

const CLAIMS: u64 = 20_000;

const LANGUAGES: [&str; 8] = ["ro", "fr", "de", "en", "es", "it", "pl", "hu"];

fn case(number: u64) -> Case {
    let mut case = Case {
        id: number + 1,
        kind: Kind::Review,
        members: vec![Member {
            subject: Subject(format!("content/v-{number}")),
            account: Some(format!("a-{}", number / 3)),
            decisions: vec![format!("{number:032x}")],
            standing: vec!["limit".to_owned()],
            verdict: None,
        }],
        policy: ["civic.voting", "spam.content", "scams.money"][(number % 3) as usize].to_owned(),
        severity: (number % 10) as u8 + 1,
        rules: vec![format!("rule_{}", number % 97)],
        language: Some(LANGUAGES[(number % 8) as usize].to_owned()),
        opened_ms: number as i64,
        ..Case::default()
    };
    case.rate.at_ms = (number % 3_600_000) as i64;
    // A heavy tail, as views have.
    case.rate.sum = 10_000.0 / ((number * 7919 % CASES) + 1) as f64;
    case
}

fn reviewer(number: u64) -> Reviewer {
    let language = LANGUAGES[(number % 8) as usize].to_owned();
    Reviewer {
        name: format!("r-{number}"),
        skills: Skills { languages: vec![language], ..Skills::default() },
        works: vec![Work::Moderate],
        ..Reviewer::default()
    }
}

fn percentile(sorted: &[u128], share: f64) -> f64 {
    let at = (share * (sorted.len() - 1) as f64) as usize;
    sorted[at] as f64 / 1000.0
}

fn main() -> Result<(), review::Refused> {
    let started = Instant::now();
    let mut review_queue = ReviewQueue::new(Settings { golden_every: 0, ..Settings::default() });
    for number in 0..CASES {
        review_queue.restore(case(number));
    }
    println!("{CASES} cases put on the desk in {:.2} s", started.elapsed().as_secs_f64());
    let started = Instant::now();
    review_queue.rescore(usize::MAX);
    println!("all scored again in {:.2} s", started.elapsed().as_secs_f64());
    let mut claims = Vec::new();
    for turn in 0..CLAIMS {
        let (reviewer, now_ms) = (reviewer(turn % 200), 4_000_000 + turn as i64);
        let request = |case, command| Request { case, reviewer: reviewer.clone(), command, now_ms };
        let started = Instant::now();
        let acted = review_queue.act(&request(None, Command::Claim));
        claims.push(started.elapsed().as_micros());
        // Whoever had enough severe ones for now takes no other.
        let Ok(acted) = acted else { continue };
        let verdict = Verdict { note: "fine".to_owned(), ..Verdict::default() };
        review_queue.act(&request(Some(CaseId(acted.case)), Command::Close { verdict }))?;
    }
    claims.sort_unstable();
    println!(
        "{CLAIMS} claims: median {:.3} ms, p99 {:.3} ms, slowest {:.3} ms",
        percentile(&claims, 0.5),
        percentile(&claims, 0.99),
        percentile(&claims, 1.0)
    );
    Ok(())
}
