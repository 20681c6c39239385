//! The agreement of reviewers with each other and with known answers.

use std::collections::{BTreeMap, HashMap};

use review::agreement::{Agreement, Bootstrap, Scale, alpha, kappa};
use review::sampling::{GoldenResults, Interval};
use review::{Case, Finding, Kind, Verdict};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::cases::review_queue;
use crate::service::problem::Problem;
use crate::service::state::App;

/// The most closed cases evaluated; the newest are used.
const CASES_MAX: u32 = 50_000;

/// The method for intervals: 95 % percentile bootstrap over cases.
const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 1_000, seed: 1 };

const DAY_MS: i64 = 86_400_000;

/// The agreement of reviewers over a span of days.
#[derive(Serialize, ToSchema)]
pub struct Quality {
    /// The length of the span, in days.
    pub days: u32,
    /// Number of closed cases evaluated.
    pub cases: u64,
    /// Agreement on all cases that were judged twice.
    pub all: Agreed,
    /// Agreement by policy.
    pub policies: Vec<Agreed>,
    /// Agreement by language.
    pub languages: Vec<Agreed>,
    /// The results of each reviewer.
    pub reviewers: Vec<ReviewerView>,
    /// How often appeals changed a decision, by policy.
    pub appeals: Vec<Reversals>,
}

/// Agreement on cases that were judged twice.
#[derive(Serialize, ToSchema)]
pub struct Agreed {
    /// The id of a policy, the code of a language (`unknown` if there is none), or `all`.
    pub name: String,
    /// Cohen's kappa of the first and the second review.
    pub kappa: Agreement,
    /// Krippendorff's alpha for nominal data. No conclusions should be drawn from values below
    /// 0.667 (Krippendorff 2004).
    pub alpha: Agreement,
    /// The share of cases with the same result in both reviews; `null` if there are no cases.
    pub same: Option<Interval>,
}

/// The results of a reviewer.
#[derive(Serialize, ToSchema)]
pub struct ReviewerView {
    /// The name of the reviewer.
    pub name: String,
    /// Number of cases closed.
    pub closed: u64,
    /// The median of their handling times, in seconds; `null` if they closed no case.
    pub seconds: Option<u32>,
    /// The share of golden cases that they judged correctly; `null` if they judged none.
    pub golden: Option<Interval>,
    /// The share of their verdicts with which a second reviewer agreed; `null` if there was no
    /// second review.
    pub confirmed: Option<Interval>,
    /// The share of their appealed decisions that the appeal changed; `null` if none was appealed.
    pub reversed: Option<Interval>,
}

/// How often appeals changed a decision.
#[derive(Serialize, ToSchema)]
pub struct Reversals {
    /// The id of the policy.
    pub policy: String,
    /// The share of appeals that changed the decision; `null` if there were none.
    pub reversed: Option<Interval>,
}

/// The span to evaluate.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Span {
    /// The number of days to look back, 1 to 366; 28 by default.
    #[param(minimum = 1, maximum = 366)]
    pub days: Option<u32>,
}

/// The agreement of reviewers over `span`, up to now.
pub async fn quality(app: &App, span: &Span) -> Result<Quality, Problem> {
    let days = span.days.unwrap_or(28);
    if !(1..=366).contains(&days) {
        return Err(Problem::Wrong("days are 1 to 366".to_owned()));
    }
    let now_ms = app.now().as_millisecond();
    let since_ms = now_ms - i64::from(days) * DAY_MS;
    let found = app.core()?.store.closed_cases((since_ms, now_ms + DAY_MS), CASES_MAX).await?;
    // Resampling is slow.
    let work = move || {
        let cases =
            found.iter().map(|body| review_queue::read(body)).collect::<Result<Vec<_>, _>>()?;
        Ok(measure(days, &cases))
    };
    tokio::task::spawn_blocking(work).await.map_err(|e| Problem::Internal(e.to_string()))?
}

/// A case that was judged twice.
struct Twice<'a> {
    case: &'a Case,
    first: &'a Verdict,
    second: &'a Verdict,
}

fn measure(days: u32, cases: &[Case]) -> Quality {
    let twice: Vec<Twice<'_>> = cases.iter().filter_map(twice).collect();
    let mut labels = HashMap::new();
    let mut pairs: Vec<(&Twice<'_>, (u16, u16))> = Vec::with_capacity(twice.len());
    for one in &twice {
        let pair = (label(&mut labels, one.first), label(&mut labels, one.second));
        pairs.push((one, pair));
    }
    let by = |key: &dyn Fn(&Case) -> String| {
        let mut groups: BTreeMap<String, Vec<(u16, u16)>> = BTreeMap::new();
        for (one, pair) in &pairs {
            groups.entry(key(one.case)).or_default().push(*pair);
        }
        groups.into_iter().map(|(name, pairs)| agreed(name, &pairs)).collect::<Vec<_>>()
    };
    let all: Vec<(u16, u16)> = pairs.iter().map(|(_, pair)| *pair).collect();
    Quality {
        days,
        cases: cases.len() as u64,
        all: agreed("all".to_owned(), &all),
        policies: by(&|case| case.policy.clone()),
        languages: by(&|case| known(case.language_code())),
        reviewers: reviewers(cases, &twice),
        appeals: appeals(cases),
    }
}

/// `code`, or `unknown` if it is empty.
fn known(code: String) -> String {
    if code.is_empty() { "unknown".to_owned() } else { code }
}

fn twice(case: &Case) -> Option<Twice<'_>> {
    let is_second = case.kind == Kind::SecondReview;
    let (first, second) = (case.measured.as_ref()?, case.verdict.as_ref()?);
    is_second.then_some(Twice { case, first, second })
}

/// The result of a verdict as a number: the policy that is violated, or none.
fn label<'a>(labels: &mut HashMap<&'a str, u16>, verdict: &'a Verdict) -> u16 {
    let word = match verdict.finding {
        Finding::NoViolation => "",
        Finding::Violation => verdict.policy.as_str(),
    };
    let next = u16::try_from(labels.len()).unwrap_or(u16::MAX);
    *labels.entry(word).or_insert(next)
}

fn agreed(name: String, pairs: &[(u16, u16)]) -> Agreed {
    let units: Vec<Vec<u16>> = pairs.iter().map(|(first, second)| vec![*first, *second]).collect();
    let same = pairs.iter().filter(|(first, second)| first == second).count();
    Agreed {
        name,
        kappa: kappa(pairs, BOOTSTRAP),
        alpha: alpha(&units, Scale::Nominal, BOOTSTRAP),
        same: Interval::wilson(same as u64, pairs.len() as u64),
    }
}

#[derive(Default)]
struct Record {
    seconds: Vec<u32>,
    golden: GoldenResults,
    confirmed: GoldenResults,
    reversed: GoldenResults,
}

fn reviewers(cases: &[Case], twice: &[Twice<'_>]) -> Vec<ReviewerView> {
    let mut records: BTreeMap<&str, Record> = BTreeMap::new();
    let judges: HashMap<u64, &str> =
        cases.iter().filter_map(|case| Some((case.id, case.judge()?))).collect();
    for case in cases {
        let is_person = |by: &&str| !by.is_empty() && *by != review::AUTOMATIC;
        let Some(by) = case.judge().filter(is_person) else { continue };
        let record = records.entry(by).or_default();
        if let review::State::Closed { seconds, .. } = case.state {
            record.seconds.push(seconds);
        }
        if case.kind == Kind::Golden && case.verdict.is_some() {
            record.golden.add(is_same(case));
        }
        if case.kind == Kind::Appeal
            && let Some(first) = case.of.and_then(|of| judges.get(&of))
        {
            records.entry(first).or_default().reversed.add(is_reversed(case));
        }
    }
    for one in twice {
        if let Some(first) = one.case.of.and_then(|of| judges.get(&of)) {
            records.entry(first).or_default().confirmed.add(is_same(one.case));
        }
    }
    let view = |(name, mut record): (&str, Record)| {
        record.seconds.sort_unstable();
        ReviewerView {
            name: name.to_owned(),
            closed: record.seconds.len() as u64,
            seconds: record.seconds.get(record.seconds.len() / 2).copied(),
            golden: record.golden.accuracy(),
            confirmed: record.confirmed.accuracy(),
            reversed: record.reversed.accuracy(),
        }
    };
    records.into_iter().map(view).collect()
}

/// Whether the verdict agrees with the one that it is compared with.
fn is_same(case: &Case) -> bool {
    match (&case.measured, &case.verdict) {
        (Some(known), Some(said)) => {
            known.finding == said.finding
                && (known.finding == Finding::NoViolation || known.policy == said.policy)
        }
        _ => false,
    }
}

/// Whether an appeal changed the decision.
fn is_reversed(case: &Case) -> bool {
    let said = case.verdict.as_ref();
    said.is_some_and(|said| said.finding == Finding::NoViolation || !case.is_upheld())
}

fn appeals(cases: &[Case]) -> Vec<Reversals> {
    let mut daily_counts: BTreeMap<&str, GoldenResults> = BTreeMap::new();
    for case in cases.iter().filter(|case| case.kind == Kind::Appeal) {
        daily_counts.entry(&case.policy).or_default().add(is_reversed(case));
    }
    let view = |(policy, daily_count): (&str, GoldenResults)| Reversals {
        policy: policy.to_owned(),
        reversed: daily_count.accuracy(),
    };
    daily_counts.into_iter().map(view).collect()
}
