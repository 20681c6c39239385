//! `/decisions/{id}`: one decision.

use app::access::caller::Caller;
use app::access::permission::DecisionsRead;
use app::cases::restricted;
use app::decisions::detail::{
    self, ConditionPart as Explained, DecisionPayload, Detail, Explanation,
};
use app::decisions::search::Filter;
use app::decisions::{listing, row};
use app::{App, Problem};
use axum::extract::State;
use jiff::Timestamp;
use maud::Markup;
use serde_json::Value;
use types::{Automation, Decision, Evidence, Reason};
use web::extract::Named;

use crate::pages::signed::{Away, Signed};
use crate::view::decision::{Delivery, Field, Payload, Piece, View, page};
use crate::view::decisions::{ListedDecision, short_id};
use crate::view::reasons;

/// Limit of the other decisions shown on the same subject.
const OTHERS_MAX: u32 = 10;

/// The texts that detectors read.
const TEXTS: &[&str] = &[
    "content.title",
    "content.text",
    "content.transcript",
    "content.hashtags",
    "content.links",
    "search.query",
    "account.name",
    "account.handle",
    "account.bio",
];

/// Shows one decision.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<DecisionsRead>,
    Named(id): Named<String>,
) -> Result<Markup, Away> {
    let view = view(&app, &signed.caller, &id).await.map_err(|problem| signed.oops(problem))?;
    let title = format!("Decision {}", short_id(&view.row.id));
    Ok(page(&signed.frame("/decisions", title), &view))
}

async fn view(app: &App, caller: &Caller, id: &str) -> Result<View, Problem> {
    let detail = restricted::look(app, caller, detail::find(app.core()?, id).await?).await?;
    let Detail { row: listed, kept, is_withheld, deliveries, proof } = detail;
    let later = others(app, listed.subject.as_deref(), listed.seq).await?;
    let decision_bytes = listed.decision.clone();
    let shown = row(app, listed)?;
    let proof_json = proof.and_then(|proof| serde_json::to_string(&proof).ok());
    let deliveries = deliveries.into_iter().map(delivery).collect();
    let mut view = View {
        row: shown,
        is_withheld,
        statement: String::new(),
        dsa: String::new(),
        automation: String::new(),
        territory: Vec::new(),
        language: None,
        fields: Vec::new(),
        reasons: Vec::new(),
        facts: Vec::new(),
        deliveries,
        event_json: String::new(),
        decision_json: String::new(),
        proof_json,
        payload: None,
        key: app::service::ledger::key(app)?,
        later,
    };
    let bytes = decision_bytes.unwrap_or_default();
    if let Ok(decision) = serde_json::from_slice(&bytes) {
        tell(&mut view, decision);
    }
    if let Some(kept) = kept {
        fill(&mut view, kept, bytes);
    }
    Ok(view)
}

/// Fills in what the person affected may know too.
fn tell(view: &mut View, decision: Decision) {
    view.automation = match decision.automation {
        Automation::Fully => "Decided by machine",
        Automation::Partially => "Decided by machine, with human review or participation",
        Automation::NotAutomated => "Decided by a human",
    }
    .to_owned();
    view.dsa = decision.dsa.category;
    view.statement = decision.statement;
    view.territory = decision.territory;
    view.language = decision.language;
}

/// Fills in what needs clearance, and what an erasure would have removed.
fn fill(view: &mut View, kept: DecisionPayload, decision_bytes: Vec<u8>) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let event: Value = serde_json::from_slice(&kept.bytes.0).unwrap_or_default();
    let facts: Value = serde_json::to_value(&kept.facts).unwrap_or_default();
    let evidence: Vec<&Evidence> =
        kept.decision.reasons.iter().flat_map(|reason| &reason.evidence).collect();
    view.fields = fields(&serde_json::to_value(&kept.event.data).unwrap_or_default(), &evidence);
    view.reasons = kept.decision.reasons.iter().map(|reason| self::reason(reason, &kept)).collect();
    view.facts = flat("", &facts);
    view.event_json = serde_json::to_string_pretty(&event).unwrap_or_default();
    view.decision_json = serde_json::to_string_pretty(&kept.decision).unwrap_or_default();
    view.payload = Some(Payload {
        salt_hex: hex::encode(kept.salt.0),
        event: text(&kept.bytes.0),
        facts: text(&kept.bytes.1),
        decision: text(&decision_bytes),
    });
}

/// Other decisions on the same subject.
async fn others(
    app: &App,
    subject: Option<&str>,
    seq: u64,
) -> Result<Vec<ListedDecision>, Problem> {
    let Some(subject) = subject else { return Ok(Vec::new()) };
    let filter = Filter {
        subject: Some(subject.to_owned()),
        is_newest_first: true,
        limit: OTHERS_MAX + 1,
        ..Filter::default()
    };
    let mut found = listing(app, &filter).await?.rows;
    found.retain(|row| row.seq != seq);
    Ok(found)
}

pub(crate) fn delivery(delivery: detail::Delivery) -> Delivery {
    let time = |ms| Timestamp::from_millisecond(ms).unwrap_or_default().to_string();
    Delivery {
        receiver: delivery.receiver,
        state: delivery.state.replace('_', " "),
        attempts: u64::from(delivery.attempts),
        error: delivery.error,
        next: delivery.due_ms.map(time),
    }
}

pub(crate) fn reason(reason: &Reason, kept: &DecisionPayload) -> reasons::Reason {
    let explained = kept.explanations.iter().find(|one| one.rule == reason.rule);
    let evidence = reason.evidence.iter().map(|evidence| reasons::Evidence {
        signal: evidence.signal.clone(),
        field: evidence.field.clone(),
        entry: evidence.entry.clone(),
        view: evidence.view.clone(),
    });
    let empty =
        || reasons::ConditionPart { text: String::new(), value: String::new(), parts: Vec::new() };
    reasons::Reason {
        rule: reason.rule.clone(),
        policy: reason.policy.clone(),
        effects: reason.effects.iter().map(|effect| effect.name().to_owned()).collect(),
        is_shadow: reason.shadow,
        is_unknown: reason.unknown,
        condition: kept.conditions.get(&reason.rule).cloned().unwrap_or_default(),
        evidence: evidence.collect(),
        tree: explained.map_or_else(empty, |one| part(&one.tree)),
        differ: explained
            .map_or_else(Vec::new, |one: &Explanation| one.would_have_to_differ.clone()),
    }
}

fn part(explained: &Explained) -> reasons::ConditionPart {
    reasons::ConditionPart {
        text: explained.text.clone(),
        value: explained.value.clone(),
        parts: explained.parts.iter().map(part).collect(),
    }
}

/// The texts of an event, split where detectors found something.
pub(crate) fn fields(data: &Value, evidence: &[&Evidence]) -> Vec<Field> {
    let field = |name: &&str| {
        let (group, key) = name.split_once('.')?;
        let text = match data.get(group)?.get(key)? {
            Value::String(text) => text.clone(),
            Value::Array(items) => {
                items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("  ")
            }
            _ => return None,
        };
        let found: Vec<&&Evidence> =
            evidence.iter().filter(|found| found.field == **name).collect();
        let is_list = matches!(key, "hashtags" | "links");
        let pieces = if is_list { by_entry(&text, &found) } else { by_span(&text, &found) };
        Some(Field { name: (*name).to_owned(), pieces })
    };
    TEXTS.iter().filter_map(field).collect()
}

/// Splits a text at the spans of the evidence.
fn by_span(text: &str, found: &[&&Evidence]) -> Vec<Piece> {
    let is_sound = |(start, end): &(usize, usize)| text.get(*start..*end).is_some();
    let spans: Vec<((usize, usize), &str)> = found
        .iter()
        .filter_map(|evidence| Some((evidence.span.filter(is_sound)?, evidence.signal.as_str())))
        .collect();
    cut(text, &spans)
}

/// Splits a list at the entries in which something was found.
fn by_entry(text: &str, found: &[&&Evidence]) -> Vec<Piece> {
    let spans: Vec<((usize, usize), &str)> = found
        .iter()
        .filter_map(|evidence| {
            let entry = evidence.entry.trim_start_matches('#');
            let start = text.find(entry).filter(|_| !entry.is_empty())?;
            Some(((start, start + entry.len()), evidence.signal.as_str()))
        })
        .collect();
    cut(text, &spans)
}

/// The pieces between all edges, each with the signals whose spans cover it.
fn cut(text: &str, spans: &[((usize, usize), &str)]) -> Vec<Piece> {
    let mut edges = vec![0, text.len()];
    edges.extend(spans.iter().flat_map(|((start, end), _)| [*start, *end]));
    edges.sort_unstable();
    edges.dedup();
    let piece = |pair: &[usize]| {
        let text = text.get(pair[0]..pair[1])?.to_owned();
        let covers =
            |((start, end), _): &&((usize, usize), &str)| *start <= pair[0] && pair[1] <= *end;
        let mut marks: Vec<String> =
            spans.iter().filter(covers).map(|(_, signal)| (*signal).to_owned()).collect();
        marks.dedup();
        Some(Piece { text, marks })
    };
    edges.windows(2).filter_map(piece).collect()
}

/// The names and values of all fields in `value`.
pub(crate) fn flat(prefix: &str, value: &Value) -> Vec<(String, String)> {
    match value {
        Value::Object(map) => {
            let inner = map.iter().flat_map(|(key, value)| {
                let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flat(&name, value)
            });
            inner.collect()
        }
        Value::String(text) => vec![(prefix.to_owned(), text.clone())],
        other => vec![(prefix.to_owned(), other.to_string())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_finds_are_marked_where_they_lie() {
        let pieces = cut("abcdef", &[((1, 4), "x"), ((3, 5), "y")]);
        let shown: Vec<String> =
            pieces.iter().map(|piece| format!("{}{}", piece.text, piece.marks.concat())).collect();
        assert_eq!(shown, ["a", "bcx", "dxy", "ey", "f"]);
        assert_eq!(cut("é", &[]).len(), 1);
    }
}
