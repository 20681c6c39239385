//! The fields that rules may name: one table of name, type, group, and how to load it.
//!
//! Checker, compiler, evaluator, CSV mappings and documentation are all made from this table.

use crate::{Event, Facts, Group, Kind, Language, Value};

/// A field of an event, or of the facts known about it.
pub struct Field {
    /// The dotted name.
    pub name: &'static str,
    /// The type of its values.
    pub kind: Kind,
    /// The group whose absence makes it unknown.
    pub group: Group,
    /// Its value for an event and its facts.
    pub load: for<'a> fn(&'a Event, &'a Facts) -> Value<'a>,
}

impl Field {
    /// The number of the field called `name`, its index in [`FIELDS`].
    #[must_use]
    pub fn find(name: &str) -> Option<usize> {
        FIELDS.iter().position(|field| field.name == name)
    }
}

/// A field in a group, where it is `required` or `optional`.
macro_rules! field {
    ($name:literal $kind:ident $group:ident $part:ident.required $field:ident) => {
        Field {
            name: $name,
            kind: Kind::$kind,
            group: Group::$group,
            load: |event, _| event.data.$part.as_ref().map(|part| &part.$field).map(into).into(),
        }
    };
    ($name:literal $kind:ident $group:ident $part:ident.optional $field:ident) => {
        Field {
            name: $name,
            kind: Kind::$kind,
            group: Group::$group,
            load: |event, _| {
                event.data.$part.as_ref().and_then(|part| part.$field.as_ref()).map(into).into()
            },
        }
    };
    ($name:literal $kind:ident $group:ident $load:expr) => {
        Field { name: $name, kind: Kind::$kind, group: Group::$group, load: $load }
    };
}

/// The value of a member of a group.
trait Member {
    fn value(&self) -> Value<'_>;
}

macro_rules! member_by_copy {
    ($($type:ty)*) => { $(impl Member for $type {
        fn value(&self) -> Value<'_> {
            Value::from(*self)
        }
    })* };
}

member_by_copy!(bool u8 u32 u64 f64);

impl Member for String {
    fn value(&self) -> Value<'_> {
        Value::Str(self)
    }
}

impl Member for Language {
    fn value(&self) -> Value<'_> {
        self.code().into()
    }
}

impl Member for Vec<String> {
    fn value(&self) -> Value<'_> {
        Value::Strs(self)
    }
}

fn into<M: Member>(member: &M) -> Value<'_> {
    member.value()
}

const MS_PER_HOUR: i64 = 3_600_000;

/// Every field, sorted by group.
pub const FIELDS: &[Field] = &[
    field!("event.type" Str Event |event, _| Value::Str(event.kind.name())),
    field!("event.source" Str Event |event, _| Value::Str(&event.source)),
    field!("event.time" Time Event |event, _| Value::Time(event.time.as_millisecond())),
    field!("event.hour" Int Event |event, _| {
        Value::Int(event.time.as_millisecond().div_euclid(MS_PER_HOUR).rem_euclid(24))
    }),
    field!("account.id" Str Account account.required id),
    field!("account.device" Str Account account.optional device),
    field!("account.handle" Str Account account.optional handle),
    field!("account.name" Str Account account.optional name),
    field!("account.bio" Str Account account.optional bio),
    field!("account.class" Str Account |event, facts| facts.class(event).into()),
    field!("account.country" Str Account account.optional country),
    field!("account.age_days" Int Account |event, facts| facts.age_days(event).into()),
    field!("account.age_years" Int Account account.optional age_years),
    field!("account.strikes" Int Account |event, facts| facts.strikes(event).into()),
    field!("account.followers" Int Account account.optional followers),
    field!("account.following" Int Account account.optional following),
    field!("account.posts" Int Account account.optional posts),
    field!("account.verified" Bool Account account.optional verified),
    field!("content.id" Str Content content.required id),
    field!("content.kind" Str Content content.optional kind),
    field!("content.title" Str Content content.optional title),
    field!("content.text" Str Content content.optional text),
    field!("content.transcript" Str Content content.optional transcript),
    field!("content.lang" Str Content content.optional lang),
    field!("content.country" Str Content content.optional country),
    field!("content.hashtags" Strs Content content.optional hashtags),
    field!("content.links" Strs Content content.optional links),
    field!("content.hashes" Strs Content content.optional hashes),
    field!("content.reply_to" Str Content content.optional reply_to),
    field!("content.sound" Str Content content.optional sound),
    field!("content.audience" Str Content content.optional audience),
    field!("content.duration_seconds" Int Content content.optional duration_seconds),
    field!("content.synthetic_declared" Bool Content content.optional synthetic_declared),
    field!("content.synthetic_score" Int Content content.optional synthetic_score),
    field!("content.provenance" Str Content content.optional provenance),
    field!("content.cluster" Str Content |_, facts| {
        facts.cluster.as_ref().map(|cluster| cluster.id.as_str()).into()
    }),
    field!("views.total" Int Views views.required total),
    field!("views.added" Int Views views.optional added),
    field!("flag.reason" Str Flag flag.required reason),
    field!("flag.by" Str Flag flag.optional by),
    field!("search.query" Str Search search.required query),
    field!("engagement.kind" Str Engagement engagement.required kind),
    field!("engagement.target" Str Engagement engagement.optional target),
    field!("ad.political" Bool Ad ad.optional political),
    field!("ad.sponsor" Str Ad ad.optional sponsor),
    field!("ad.countries" Strs Ad ad.optional countries),
    field!("ad.targeting" Strs Ad ad.optional targeting),
    field!("claim.rating" Str Claim claim.optional rating),
    field!("claim.similarity" Double Claim claim.optional similarity),
    field!("claim.partner" Str Claim claim.optional partner),
    field!("case.policy" Str Case case.optional policy),
    field!("case.verdict" Str Case case.optional verdict),
    field!("case.effects" Strs Case case.optional effects),
    field!("case.kind" Str Case case.optional kind),
    field!("case.step" Str Case case.optional step),
    field!("case.seconds" Int Case case.optional seconds),
    field!("order.kind" Str Order order.required kind),
    field!("order.authority" Str Order order.optional authority),
    field!("order.country" Str Order order.optional country),
    field!("order.reference" Str Order order.optional reference),
    field!("notice.channel" Str Notice notice.optional channel),
    field!("notice.category" Str Notice notice.optional category),
    field!("appeal.decision" Str Appeal appeal.required decision),
    field!("network.accounts" Int Network network.optional accounts),
    field!("network.score" Int Network network.optional score),
    field!("network.finding" Str Network network.optional finding),
    field!("rejudge.of" Str Rejudge rejudge.required of),
    field!("rejudge.reason" Str Rejudge rejudge.optional reason),
    field!("rule.id" Str Rule rule.required id),
    field!("rule.reason" Str Rule rule.optional reason),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_begins_with_the_name_of_its_group() {
        for field in FIELDS {
            let (group, _) = field.name.split_once('.').unwrap();
            assert_eq!(group, field.group.name(), "{}", field.name);
        }
    }
}
