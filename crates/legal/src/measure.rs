//! The measure of Annex II (Regulation (EU) 2021/784) that a verdict amounts to.

use types::Effect;

use crate::annex::Measure;

/// The member states of the European Union, ISO 3166-1 alpha-2: where access must be disabled if
/// the content is not removed (Art. 3(3) TCO).
pub const MEMBER_STATES: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

impl Measure {
    /// The measure of Annex II that `effects`, one word each, amount to; `None` if they are less
    /// than a removal order demands.
    #[must_use]
    pub fn of(effects: &[String]) -> Option<Self> {
        let effects = effects.iter().filter_map(|effect| effect.parse::<Effect>().ok());
        let mut is_disabled = false;
        for effect in effects {
            match effect {
                Effect::Remove => return Some(Self::ContentRemoved),
                Effect::Disable { countries } => {
                    let has = |state: &str| countries.iter().any(|country| country == state);
                    is_disabled |= MEMBER_STATES.iter().all(|state| has(state));
                }
                _ => {}
            }
        }
        is_disabled.then_some(Self::AccessDisabledInAllMemberStates)
    }
}
