//! Declared counters: what is counted, by which field, how, and for how long.

use std::sync::Arc;

use toml::Spanned;
use types::{Counted, EventType, FIELDS, Field, Kind, Value};

use crate::ast::Expr;
use crate::calls::duration_ms;
use crate::check::{self, Names};
use crate::compile::{Graph, NodeId, TypeSet, possible_types, type_bit};
use crate::declared;
use crate::diagnostic::suggestion;
use crate::policy_set::{In, Reader};
use crate::program::{Rule, root};
use crate::span::TomlPlace;
use crate::stage::Stage;

/// Keys that a counter remembers by default.
const KEYS_MAX: u32 = 1_000_000;

/// The most keys that a counter can remember.
const KEYS_MAX_MOST: u32 = 100_000_000;

/// How a counter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The number of events in the window.
    Count,
    /// The number of different values in the window: exact while few, then a HyperLogLog.
    Distinct,
    /// The sum of the values in the window.
    Sum,
    /// The time of the first event ever.
    FirstSeen,
    /// Whether a limit of events in the window is exceeded, by the generic cell rate algorithm
    /// (ITU-T I.371). Events that exceed it are not counted.
    Rate(u32),
    /// Events that decay with the window as half-life; with a value, its decayed average.
    Decayed,
}

impl Measure {
    /// The names in `kind`.
    pub const NAMES: &[&str] = &["count", "distinct", "sum", "first_seen", "rate", "decayed"];

    /// Its name in `kind`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Distinct => "distinct",
            Self::Sum => "sum",
            Self::FirstSeen => "first_seen",
            Self::Rate(_) => "rate",
            Self::Decayed => "decayed",
        }
    }

    /// The type of what it counts.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Count | Self::Distinct | Self::Sum => Kind::Int,
            Self::FirstSeen => Kind::Time,
            Self::Rate(_) => Kind::Bool,
            Self::Decayed => Kind::Double,
        }
    }

    /// Its value for a key that was never counted; `None` if that is unknown.
    #[must_use]
    pub const fn nothing(self) -> Option<Counted> {
        match self {
            Self::Count | Self::Distinct | Self::Sum => Some(Counted::Whole(0)),
            Self::FirstSeen => None,
            Self::Rate(_) => Some(Counted::Limit(false)),
            Self::Decayed => Some(Counted::Fraction(0.0)),
        }
    }
}

/// A compiled counter.
#[derive(Clone, Debug)]
pub struct Counter {
    /// Its name.
    pub name: Arc<str>,
    /// The way it counts.
    pub measure: Measure,
    /// The number of the field that it counts by; each entry of a list counts by itself.
    pub by: usize,
    /// The number of the field whose values it counts, sums or averages.
    pub value: Option<usize>,
    /// The length of its window, or the half-life.
    pub last_ms: i64,
    /// The most keys that it remembers.
    pub keys_max: u32,
    /// Its rank among all counters by name.
    pub rank: u16,
    /// The checked condition for events that it counts.
    pub condition: Expr,
    pub(crate) of: NodeId,
    pub(crate) types: TypeSet,
    /// The types of events on which a rule reads it.
    pub(crate) read_on: TypeSet,
}

impl Counter {
    /// Whether a rule reads it on events of `kind`.
    #[must_use]
    pub const fn is_read_on(&self, kind: EventType) -> bool {
        self.read_on & type_bit(kind) != 0
    }

    /// The value of `counted` in rules, for an event that has the key.
    #[must_use]
    pub fn seen(&self, counted: Option<Counted>) -> Value<'static> {
        match counted.or_else(|| self.measure.nothing()) {
            None => Value::Unknown,
            Some(Counted::Whole(ms)) if self.measure == Measure::FirstSeen => Value::Time(ms),
            Some(counted) => counted.into(),
        }
    }
}

/// A checked counter, before it is part of a program.
pub(crate) struct CounterDraft {
    pub(crate) name: String,
    pub(crate) measure: Measure,
    pub(crate) of: Expr,
    pub(crate) by: usize,
    pub(crate) value: Option<usize>,
    pub(crate) last_ms: i64,
    pub(crate) keys_max: u32,
}

impl CounterDraft {
    pub(crate) fn compile(self, graph: &mut Graph, number: usize, rules: &[Rule]) -> Counter {
        let reads = |rule: &&Rule| {
            let mut reads = false;
            rule.condition.walk(&mut |part| reads |= part.counter() == Some(number));
            reads && rule.stage != Stage::Draft
        };
        Counter {
            read_on: rules.iter().filter(reads).fold(0, |set, rule| set | rule.types),
            types: possible_types(&self.of),
            of: root(graph, &self.of),
            condition: self.of,
            name: self.name.into(),
            measure: self.measure,
            by: self.by,
            value: self.value,
            last_ms: self.last_ms,
            keys_max: self.keys_max,
            rank: 0,
        }
    }
}

impl Reader {
    pub(crate) fn check_counters(&mut self, names: &Names) -> Vec<Option<CounterDraft>> {
        let counters = std::mem::take(&mut self.counters);
        let places = std::mem::take(&mut self.counter_places);
        let each = counters.into_iter().zip(places);
        each.map(|(counter, place)| self.check_counter(names, &counter, &place)).collect()
    }

    /// The names of the counters with their types, before anything else about them is checked.
    pub(crate) fn counter_names(&self) -> Vec<(String, Kind)> {
        let kind = |counter: &declared::Counter| {
            let name = counter.kind.as_ref().map_or("count", |kind| kind.get_ref().as_str());
            measure(name, 1).map_or(Kind::Int, Measure::kind)
        };
        let named = self.counters.iter();
        named.map(|counter| (counter.item.name.get_ref().clone(), kind(&counter.item))).collect()
    }

    fn check_counter(
        &mut self,
        names: &Names,
        In { file, item }: &In<declared::Counter>,
        place: &TomlPlace,
    ) -> Option<CounterDraft> {
        let of = check::condition(names, file, (item.of.get_ref(), place), &mut self.out);
        self.check_counter_name(file, &item.name);
        let measure = self.check_measure(file, item);
        let by = self.check_field(file, &item.by, "count by");
        let value = item.value.as_ref().map(|value| self.check_field(file, value, "count"));
        if let Some(span) = of.as_ref().and_then(strikes) {
            let message = "what is counted cannot rest on strikes".to_owned();
            self.error("E017", file, place.span(span), message).hint =
                Some("strikes come from decisions, and counters are read before them".to_owned());
            return None;
        }
        let measure = measure?;
        if item.value.is_some() && value.flatten().is_none() {
            return None;
        }
        self.check_value(file, item, (measure, value.flatten()))?;
        let last_ms = self.check_last(file, item, measure);
        let keys_max = self.check_keys(file, item);
        Some(CounterDraft {
            name: item.name.get_ref().clone(),
            measure,
            of: of?,
            by: by?,
            value: value.flatten(),
            last_ms: last_ms?,
            keys_max: keys_max?,
        })
    }

    fn check_measure(&mut self, file: &str, item: &declared::Counter) -> Option<Measure> {
        let Some(kind) = &item.kind else {
            if let Some(max) = &item.max {
                let message = "only a `rate` has a `max`".to_owned();
                self.error("E013", file, max.span(), message).hint =
                    Some("write `kind = \"rate\"`".to_owned());
            }
            return Some(Measure::Count);
        };
        let max = item.max.as_ref().map(|max| *max.get_ref());
        let Some(found) = measure(kind.get_ref(), max.unwrap_or(0)) else {
            let names = Measure::NAMES;
            let near = suggestion(kind.get_ref(), names.iter().copied());
            let message = format!("there is no kind of counter `{}`", kind.get_ref());
            self.error("E013", file, kind.span(), message).hint = Some(near.map_or_else(
                || format!("the kinds are {}", names.join(", ")),
                |near| format!("did you mean `{near}`?"),
            ));
            return None;
        };
        if let Some(max) = item.max.as_ref().filter(|_| !matches!(found, Measure::Rate(_))) {
            let message = "only a `rate` has a `max`".to_owned();
            self.error("E013", file, max.span(), message);
            return None;
        }
        if matches!(found, Measure::Rate(0)) {
            let message = "a rate needs `max`, how many events it allows in the window".to_owned();
            self.error("E013", file, kind.span(), message);
            return None;
        }
        Some(found)
    }

    fn check_field(&mut self, file: &str, name: &Spanned<String>, what: &str) -> Option<usize> {
        let found = Field::find(name.get_ref());
        if name.get_ref() == "account.strikes" {
            let message = format!("a counter cannot {what} strikes");
            self.error("E017", file, name.span(), message).hint =
                Some("strikes come from decisions, and counters are read before them".to_owned());
            return None;
        }
        if found.is_none() {
            let near = suggestion(name.get_ref(), FIELDS.iter().map(|field| field.name));
            let message = format!("there is no field `{}` to {what}", name.get_ref());
            self.error("E004", file, name.span(), message).hint =
                near.map(|near| format!("did you mean `{near}`?"));
        }
        found
    }

    fn check_value(
        &mut self,
        file: &str,
        item: &declared::Counter,
        (measure, value): (Measure, Option<usize>),
    ) -> Option<()> {
        let kind = value.map(|value| FIELDS[value].kind);
        let wrong = match (measure, kind) {
            (Measure::Distinct, None) => "`distinct` needs `value`, the field whose values differ",
            (Measure::Sum, None) => "`sum` needs `value`, the field to add up",
            (Measure::Sum, Some(kind)) if kind != Kind::Int => "a sum is made of whole numbers",
            (Measure::Decayed, Some(kind)) if !matches!(kind, Kind::Int | Kind::Double) => {
                "an average is made of numbers"
            }
            (Measure::Count | Measure::FirstSeen | Measure::Rate(_), Some(_)) => {
                "this kind of counter has no `value`"
            }
            _ => return Some(()),
        };
        let span = item.value.as_ref().map_or_else(|| item.name.span(), Spanned::span);
        self.error("E013", file, span, wrong.to_owned());
        None
    }

    fn check_last(
        &mut self,
        file: &str,
        item: &declared::Counter,
        measure: Measure,
    ) -> Option<i64> {
        let Some(last) = &item.last else {
            if measure == Measure::FirstSeen {
                return Some(0);
            }
            let message = "a counter needs `last`, the length of its window".to_owned();
            self.error("E013", file, item.name.span(), message);
            return None;
        };
        let last_ms = duration_ms(last.get_ref()).filter(|ms| *ms >= 1000);
        if last_ms.is_none() {
            let message = format!("`{}` is not a window", last.get_ref());
            self.error("E013", file, last.span(), message).hint =
                Some("write it like 10m, 1h or 7d".to_owned());
        }
        last_ms
    }

    fn check_keys(&mut self, file: &str, item: &declared::Counter) -> Option<u32> {
        let Some(keys) = &item.keys_max else { return Some(KEYS_MAX) };
        let most = u32::try_from(*keys.get_ref()).ok();
        let found = most.filter(|keys| (1..=KEYS_MAX_MOST).contains(keys));
        if found.is_none() {
            let message = format!("`keys_max` lies between 1 and {KEYS_MAX_MOST}");
            self.error("E013", file, keys.span(), message);
        }
        found
    }

    fn check_counter_name(&mut self, file: &str, name: &Spanned<String>) {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let text = name.get_ref();
        if !text.chars().all(is_word) || text.starts_with(|c: char| c.is_ascii_digit()) {
            let message = format!("`{text}` is not a name that a condition can use");
            self.error("E013", file, name.span(), message).hint =
                Some("one word of letters, digits and `_`".to_owned());
        }
    }
}

fn measure(name: &str, max: i64) -> Option<Measure> {
    Some(match name {
        "count" => Measure::Count,
        "distinct" => Measure::Distinct,
        "sum" => Measure::Sum,
        "first_seen" => Measure::FirstSeen,
        "rate" => Measure::Rate(u32::try_from(max).unwrap_or(0)),
        "decayed" => Measure::Decayed,
        _ => return None,
    })
}

/// The span where a condition reads strikes, which are known only after decisions were made.
fn strikes(condition: &Expr) -> Option<std::ops::Range<usize>> {
    let mut found = None;
    condition.walk(&mut |part| {
        if part.field().is_some_and(|field| field.name == "account.strikes") {
            found = Some(part.span.clone());
        }
    });
    found
}
