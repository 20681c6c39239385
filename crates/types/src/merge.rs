//! Joins the effects that several rules ask for: the severest wins on each axis.
//!
//! An effect gives way only to a severer one that covers its territory. Effects that merely inform
//! (a label, a prompt) stay while anybody can still see the content.

use crate::Effect;

/// The effects that remain of `asked`, ordered by axis and strength, without duplicates.
#[must_use]
pub fn merge(asked: impl IntoIterator<Item = Effect>) -> Vec<Effect> {
    let mut kept: Vec<Effect> = Vec::new();
    for effect in asked {
        match kept.iter_mut().find(|other| is_same_measure(other, &effect)) {
            Some(other) => widen(other, effect),
            None => kept.push(effect),
        }
    }
    let all = kept.clone();
    kept.retain(|effect| !all.iter().any(|other| gives_way(effect, other)));
    kept.sort_by_key(|effect| (effect.axis(), u8::MAX - effect.strength(), effect.clone()));
    kept
}

/// Whether two effects differ at most in extent.
fn is_same_measure(one: &Effect, other: &Effect) -> bool {
    match (one, other) {
        (Effect::SuspendFeature { feature: a, .. }, Effect::SuspendFeature { feature: b, .. }) => {
            a == b
        }
        (Effect::Label { label: a }, Effect::Label { label: b })
        | (Effect::Prompt { label: a }, Effect::Prompt { label: b }) => a == b,
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

/// Gives `kept` the larger extent of the two.
fn widen(kept: &mut Effect, other: Effect) {
    match (kept, other) {
        (Effect::Disable { countries }, Effect::Disable { countries: more }) => {
            countries.extend(more);
            countries.sort();
            countries.dedup();
        }
        (Effect::SuspendAccount { days }, Effect::SuspendAccount { days: other })
        | (Effect::SuspendFeature { days, .. }, Effect::SuspendFeature { days: other, .. }) => {
            *days = days.zip(other).map(|(one, other)| one.max(other));
        }
        _ => {}
    }
}

/// Whether `effect` is covered by the severer `other`.
fn gives_way(effect: &Effect, other: &Effect) -> bool {
    let severer = effect.axis() == other.axis() && other.strength() > effect.strength();
    match effect {
        _ if !severer => false,
        Effect::Label { .. } | Effect::Prompt { .. } => *other == Effect::Remove,
        _ => !matches!(other, Effect::Disable { .. }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disable(country: &str) -> Effect {
        Effect::Disable { countries: vec![country.to_owned()] }
    }

    fn names(asked: &[Effect]) -> String {
        merge(asked.to_vec()).iter().map(Effect::name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_severest_wins_on_each_axis_and_work_is_kept() {
        let asked =
            [Effect::Review, Effect::Limit, Effect::Demonetise, Effect::Remove, Effect::Notify];
        assert_eq!(names(&asked), "remove demonetise review notify");
    }

    #[test]
    fn disabling_in_one_country_does_not_lift_a_limit_everywhere() {
        assert_eq!(names(&[Effect::Limit, disable("RO")]), "disable limit");
        assert_eq!(names(&[Effect::Limit, disable("RO"), Effect::Remove]), "remove");
    }

    #[test]
    fn a_label_stays_beside_a_limit() {
        assert_eq!(names(&[Effect::Label { label: None }, Effect::Limit]), "limit label");
    }

    #[test]
    fn countries_are_joined_and_the_longer_suspension_wins() {
        assert_eq!(
            merge([disable("RO"), disable("FR")]),
            [Effect::Disable { countries: vec!["FR".into(), "RO".into()] }]
        );
        let days = |days| Effect::SuspendAccount { days };
        assert_eq!(merge([days(Some(3)), days(Some(7))]), [days(Some(7))]);
        assert_eq!(merge([days(Some(3)), days(None)]), [days(None)]);
    }
}
