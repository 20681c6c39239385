//! Parts of rules as text: their effects with parameters, and their circuit breakers.

use app::rules::difference::BreakerBrief;
use maud::{Markup, html};
use types::Effect;

use super::layout;

/// Effects, each as a badge in the tone of its severity.
pub(crate) fn effects(effects: &[Effect]) -> Markup {
    html! {
        span.badges {
            @for effect in effects { (layout::badge(layout::tone(effect.name()), &told(effect))) }
        }
    }
}

/// An effect with its parameters. Text from the rule is shown unchanged.
fn told(effect: &Effect) -> String {
    let name = effect.name().replace('_', " ");
    match effect {
        Effect::Disable { countries } => format!("{name} in {}", countries.join(", ")),
        Effect::Label { label: Some(label) } | Effect::Prompt { label: Some(label) } => {
            format!("{name}: {label}")
        }
        Effect::SuspendFeature { feature, days } => format!("{name}: {feature}, {}", time(*days)),
        Effect::SuspendAccount { days } => format!("{name}: {}", time(*days)),
        _ => name,
    }
}

fn time(days: Option<u32>) -> String {
    let counted = |days: u32| layout::counted(days.into(), "day", "days");
    days.map_or_else(|| "until further notice".to_owned(), counted)
}

/// The limits of a circuit breaker, as text.
pub(crate) fn breaker(breaker: BreakerBrief) -> String {
    let a_minute = breaker.actions_per_minute.map(|limit| {
        format!("{} per minute", layout::counted(limit.into(), "decision", "decisions"))
    });
    let share = breaker.share_percent.map(|limit| format!("{limit}\u{202f}% of events"));
    let limits: Vec<String> = a_minute.into_iter().chain(share).collect();
    match limits.is_empty() {
        true => "never".to_owned(),
        false => format!("above {}", limits.join(" or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_are_told_with_their_parameters() {
        let label = Some("election_information".to_owned());
        assert_eq!(told(&Effect::Label { label }), "label: election_information");
        assert_eq!(told(&Effect::Label { label: None }), "label");
        let countries = vec!["DE".to_owned(), "FR".to_owned()];
        assert_eq!(told(&Effect::Disable { countries }), "disable in DE, FR");
        let feature = "live".to_owned();
        let suspended = Effect::SuspendFeature { feature, days: Some(30) };
        assert_eq!(told(&suspended), "suspend feature: live, 30 days");
        let closed = Effect::SuspendAccount { days: None };
        assert_eq!(told(&closed), "suspend account: until further notice");
    }

    #[test]
    fn breakers_are_told_with_their_numbers() {
        assert_eq!(breaker(BreakerBrief::default()), "never");
        let both = BreakerBrief { actions_per_minute: Some(600), share_percent: Some(5) };
        assert_eq!(breaker(both), "above 600 decisions per minute or 5\u{202f}% of events");
    }
}
