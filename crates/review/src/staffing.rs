//! How many reviewers a queue needs: Erlang's C formula.
//!
//! - Assumes: arrivals at random at a steady rate, handling times that vary around their mean,
//!   nobody gives up waiting (content does not), every reviewer can take every case. Treat
//!   languages and trained classes as separate queues.
//! - Errs: on the low side when arrivals come in bursts; compute it per hour, not per day.
//!
//! Erlang, *Solution of Some Problems in the Theory of Probabilities of Significance in Automatic
//! Telephone Exchanges*, 1917. Computed through Erlang's B, agent by agent, which never overflows
//! (Cooper, *Introduction to Queueing Theory*, 1981).

use serde::{Deserialize, Serialize};

const SECONDS_PER_HOUR: f64 = 3_600.0;

/// Larger than any workforce of the field; a larger load is a mistake in the input.
const ERLANGS_MAX: f64 = 100_000.0;

/// Where the search for enough agents ends; enough for the largest load and any share below 1.
const AGENTS_MAX: u32 = 200_000;

/// The incoming work, and the reviewers available.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// Incoming cases.
    pub arrivals_per_hour: f64,
    /// Mean time that a reviewer spends on a case.
    pub handling_seconds: f64,
    /// Reviewers at work.
    pub agents: u32,
}

/// The target: a share of cases is taken up within a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The share, 0–1.
    pub share: f64,
    /// The longest wait of such a case.
    pub within_seconds: f64,
}

/// The forecast for a load.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Forecast {
    /// Reviewers that would be busy all the time: arrivals times handling time.
    pub load_erlangs: f64,
    /// Load per agent; from 1 on the queue grows without limit. `None` without agents.
    pub occupancy: Option<f64>,
    /// The probability that a case waits at all, 0–1.
    pub wait_probability: f64,
    /// The mean wait of a case; `None` if the queue grows without limit.
    pub wait_mean_seconds: Option<f64>,
    /// The share of cases that is taken up within the target time, 0–1.
    pub service_level: f64,
    /// The fewest agents that meet the target; `None` if no number can, as with a share of 1.
    pub agents_needed: Option<u32>,
    /// Agents missing; `None` if no number is enough.
    pub shortfall: Option<u32>,
}

/// The forecast for `load`; `None` if a number is negative, not finite or absurd (a share above 1,
/// more than 100,000 erlangs).
#[must_use]
pub fn forecast(load: Load, target: Target) -> Option<Forecast> {
    let load_erlangs = erlangs(load)?;
    if !is_sound(target) {
        return None;
    }
    if load_erlangs <= 0.0 {
        return Some(idle(load.agents));
    }
    // The target time, in handling times.
    let patience = target.within_seconds / load.handling_seconds;
    let crew = Crew::staffed(load_erlangs, load.agents);
    let agents_needed = needed(load_erlangs, patience, target.share);
    Some(Forecast {
        load_erlangs,
        occupancy: occupancy(load_erlangs, load.agents),
        wait_probability: crew.wait_probability(),
        wait_mean_seconds: crew.wait_mean(load.handling_seconds),
        service_level: crew.service_level(patience),
        agents_needed,
        shortfall: agents_needed.map(|needed| needed.saturating_sub(load.agents)),
    })
}

fn erlangs(load: Load) -> Option<f64> {
    let is_negative = load.arrivals_per_hour < 0.0 || load.handling_seconds < 0.0;
    let erlangs = load.arrivals_per_hour * load.handling_seconds / SECONDS_PER_HOUR;
    // NaN is in no range.
    let is_possible = (0.0..=ERLANGS_MAX).contains(&erlangs) && !is_negative;
    if is_possible { Some(erlangs) } else { None }
}

fn is_sound(target: Target) -> bool {
    (0.0..=1.0).contains(&target.share) && (0.0..=f64::MAX).contains(&target.within_seconds)
}

/// Nothing comes in: nobody waits, and nobody is needed.
fn idle(agents: u32) -> Forecast {
    Forecast {
        load_erlangs: 0.0,
        occupancy: occupancy(0.0, agents),
        wait_probability: 0.0,
        wait_mean_seconds: Some(0.0),
        service_level: 1.0,
        agents_needed: Some(0),
        shortfall: Some(0),
    }
}

fn occupancy(erlangs: f64, agents: u32) -> Option<f64> {
    Some(erlangs / f64::from(agents)).filter(|share| share.is_finite())
}

fn needed(erlangs: f64, patience: f64, share: f64) -> Option<u32> {
    if share >= 1.0 {
        return None;
    }
    let mut crew = Crew::unstaffed(erlangs);
    while crew.agents < AGENTS_MAX {
        crew = crew.with_one_more();
        if crew.is_stable() && crew.service_level(patience) >= share {
            return Some(crew.agents);
        }
    }
    None
}

/// Agents who face a load above zero.
#[derive(Clone, Copy)]
struct Crew {
    erlangs: f64,
    agents: u32,
    /// Erlang's B: the probability that all agents are busy if nobody could wait.
    blocking: f64,
}

impl Crew {
    const fn unstaffed(erlangs: f64) -> Self {
        Self { erlangs, agents: 0, blocking: 1.0 }
    }

    fn staffed(erlangs: f64, agents: u32) -> Self {
        let mut crew = Self::unstaffed(erlangs);
        // Where almost nothing is blocked, more agents change nothing; four billion need no loop.
        while crew.agents < agents && crew.blocking >= f64::MIN_POSITIVE {
            crew = crew.with_one_more();
        }
        Self { agents, ..crew }
    }

    fn with_one_more(self) -> Self {
        let agents = self.agents.saturating_add(1);
        let busy = self.erlangs * self.blocking;
        Self { agents, blocking: busy / (f64::from(agents) + busy), ..self }
    }

    /// Agents beyond the load.
    fn spare(&self) -> f64 {
        f64::from(self.agents) - self.erlangs
    }

    fn is_stable(&self) -> bool {
        self.spare() > 0.0
    }

    /// Erlang's C.
    fn wait_probability(&self) -> f64 {
        if !self.is_stable() {
            return 1.0;
        }
        let agents = f64::from(self.agents);
        let free = agents - self.erlangs * (1.0 - self.blocking);
        (agents * self.blocking / free).min(1.0)
    }

    fn wait_mean(&self, handling_seconds: f64) -> Option<f64> {
        if !self.is_stable() {
            return None;
        }
        Some(self.wait_probability() * handling_seconds / self.spare())
    }

    fn service_level(&self, patience: f64) -> f64 {
        if !self.is_stable() {
            return 0.0;
        }
        1.0 - self.wait_probability() * (-self.spare() * patience).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A target for calls: four fifths within twenty seconds.
    const TARGET: Target = Target { share: 0.8, within_seconds: 20.0 };

    /// Cases of three minutes.
    fn load(erlangs: f64, agents: u32) -> Load {
        Load { arrivals_per_hour: erlangs * 20.0, handling_seconds: 180.0, agents }
    }

    fn of(erlangs: f64, agents: u32) -> Forecast {
        forecast(load(erlangs, agents), TARGET).unwrap()
    }

    #[track_caller]
    fn assert_near(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() < tolerance, "{found} should be {expected}");
    }

    #[test]
    fn the_chance_to_wait_is_that_of_the_tables() {
        let tables = [
            (10.0, 14, 0.1741),
            (10.0, 11, 0.6821),
            (5.0, 6, 0.5875),
            (2.0, 3, 4.0 / 9.0),
            (1.0, 2, 1.0 / 3.0),
            (0.5, 1, 0.5),
        ];
        for (erlangs, agents, expected) in tables {
            assert_near(of(erlangs, agents).wait_probability, expected, 0.00005);
        }
    }

    #[test]
    fn waiting_and_service_level_follow_from_it() {
        let found = of(10.0, 14);
        assert_near(found.load_erlangs, 10.0, 1e-9);
        assert_near(found.occupancy.unwrap(), 10.0 / 14.0, 1e-9);
        assert_near(found.wait_mean_seconds.unwrap(), 7.836, 0.0005);
        assert_near(found.service_level, 0.8884, 0.00005);
        // One agent who is busy half of the time: the mean wait is one handling time.
        assert_near(of(0.5, 1).wait_mean_seconds.unwrap(), 180.0, 1e-6);
    }

    #[test]
    fn the_fewest_agents_that_keep_the_target_are_found() {
        let found = of(10.0, 9);
        assert_eq!((found.agents_needed, found.shortfall), (Some(14), Some(5)));
        assert_eq!(of(10.0, 20).shortfall, Some(0));
        assert!(of(10.0, 13).service_level < 0.8);
        assert!(of(10.0, 14).service_level >= 0.8);
    }

    #[test]
    fn a_queue_with_too_few_agents_grows_for_ever() {
        for agents in [0, 9, 10] {
            let found = of(10.0, agents);
            assert_eq!(found.wait_probability, 1.0);
            assert_eq!(found.wait_mean_seconds, None);
            assert_eq!(found.service_level, 0.0);
        }
        assert_eq!(of(10.0, 0).occupancy, None);
        let nothing_promised = Target { share: 0.0, within_seconds: 0.0 };
        let found = forecast(load(10.0, 0), nothing_promised).unwrap();
        assert_eq!(found.agents_needed, Some(11), "even so the queue must not grow for ever");
    }

    #[test]
    fn more_agents_wait_less_and_serve_better() {
        for agents in 11..40 {
            let (fewer, more) = (of(10.0, agents), of(10.0, agents + 1));
            assert!(more.wait_probability < fewer.wait_probability);
            assert!(more.wait_mean_seconds < fewer.wait_mean_seconds);
            assert!(more.service_level > fewer.service_level);
        }
        let needed: Vec<Option<u32>> =
            [1.0, 5.0, 20.0, 100.0].map(|erlangs| of(erlangs, 0).agents_needed).to_vec();
        assert!(needed.is_sorted(), "{needed:?}");
    }

    #[test]
    fn without_arrivals_nobody_waits_and_nobody_is_needed() {
        for agents in [0, 5] {
            let found = of(0.0, agents);
            assert_eq!((found.wait_probability, found.service_level), (0.0, 1.0));
            assert_eq!(found.wait_mean_seconds, Some(0.0));
            assert_eq!((found.agents_needed, found.shortfall), (Some(0), Some(0)));
        }
        assert_eq!(of(0.0, 0).occupancy, None);
        assert_eq!(of(0.0, 5).occupancy, Some(0.0));
    }

    #[test]
    fn what_is_not_a_sound_number_has_no_forecast() {
        let bad = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0];
        for number in bad {
            for handling_seconds in [180.0, 0.0, number] {
                let load = Load { arrivals_per_hour: number, handling_seconds, agents: 3 };
                assert_eq!(forecast(load, TARGET), None, "{load:?}");
            }
            let target = Target { share: number, ..TARGET };
            assert_eq!(forecast(load(1.0, 3), target), None);
            let target = Target { within_seconds: number, ..TARGET };
            assert_eq!(forecast(load(1.0, 3), target), None);
        }
        assert_eq!(forecast(load(1.0, 3), Target { share: 1.1, ..TARGET }), None);
        let absurd = Load { arrivals_per_hour: 1e9, handling_seconds: 1e9, agents: 3 };
        assert_eq!(forecast(absurd, TARGET), None);
    }

    #[test]
    fn the_largest_numbers_are_no_endless_loop() {
        let found = of(99_999.0, u32::MAX);
        assert!(found.wait_probability < 1e-300);
        assert_eq!(found.service_level, 1.0);
        let needed = found.agents_needed.unwrap();
        assert!((100_000..100_100).contains(&needed), "{needed}");

        let strict = Target { share: 1.0 - f64::EPSILON, within_seconds: 0.0 };
        assert!(forecast(load(99_999.0, 0), strict).unwrap().agents_needed.is_some());
        let certain = Target { share: 1.0, within_seconds: 20.0 };
        let found = forecast(load(10.0, 14), certain).unwrap();
        assert_eq!((found.agents_needed, found.shortfall), (None, None));
        assert_eq!(of(1e-300, 1).agents_needed, Some(1));
    }
}
