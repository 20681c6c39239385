//! Rate limits for callers and addresses.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::access::proxies::network;
use crate::service::problem::Problem;
use crate::service::settings::Settings;

type Limiter = RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock>;

/// Sign-in attempts per minute under one name from one address (for IPv6, one /64 network).
const SIGN_INS_PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// Sign-in attempts per minute from one address (for IPv6, one /64 network).
const SIGN_INS_OF_ADDRESS_PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(59);

/// Items reported per minute in notices from one address (for IPv6, one /64 network).
const NOTICES_PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(19);

/// The rate limiters of the service.
pub struct Limits {
    requests: Option<Limiter>,
    events: Option<Limiter>,
    sign_ins: Limiter,
    addresses: Limiter,
    notices: Option<Limiter>,
}

impl Limits {
    /// The limits set in `settings`.
    pub fn new(settings: &Settings) -> Self {
        // Two seconds' worth may come at once.
        let per_second = |count: u32| {
            let count = NonZeroU32::new(count)?;
            let burst = count.saturating_mul(NonZeroU32::MIN.saturating_add(1));
            Some(RateLimiter::keyed(Quota::per_second(count).allow_burst(burst)))
        };
        Self {
            notices: (settings.requests_per_second > 0)
                .then(|| RateLimiter::keyed(Quota::per_minute(NOTICES_PER_MINUTE))),
            requests: per_second(settings.requests_per_second),
            events: per_second(settings.events_per_second),
            sign_ins: RateLimiter::keyed(Quota::per_minute(SIGN_INS_PER_MINUTE)),
            addresses: RateLimiter::keyed(Quota::per_minute(SIGN_INS_OF_ADDRESS_PER_MINUTE)),
        }
    }

    /// Counts one request of `caller`.
    pub fn request(&self, caller: &str) -> Result<(), Problem> {
        self.requests.as_ref().map_or(Ok(()), |limiter| one(limiter, caller))
    }

    /// Counts `count` events of `caller`.
    pub fn events(&self, caller: &str, count: usize) -> Result<(), Problem> {
        let count = NonZeroU32::new(u32::try_from(count).unwrap_or(u32::MAX));
        let (Some(limiter), Some(count)) = (&self.events, count) else { return Ok(()) };
        many(limiter, caller, count, "events")
    }

    /// Counts an attempt to sign in as `name` from `address`. It counts for both together, so that
    /// nobody can lock out others.
    pub fn sign_in(&self, address: IpAddr, name: &str) -> Result<(), Problem> {
        let address = network(address);
        one(&self.addresses, &address.to_string())?;
        one(&self.sign_ins, &format!("{address} {name}"))
    }

    /// Counts a notice about `things` items from an unknown sender at `address`.
    pub fn notice(&self, address: IpAddr, things: usize) -> Result<(), Problem> {
        let count = NonZeroU32::new(u32::try_from(things).unwrap_or(u32::MAX));
        let (Some(limiter), Some(count)) = (&self.notices, count) else { return Ok(()) };
        many(limiter, &network(address).to_string(), count, "addresses of content")
    }

    /// Forgets callers that were not seen recently.
    pub fn tidy(&self) {
        for limiter in self
            .requests
            .iter()
            .chain(&self.events)
            .chain(&self.notices)
            .chain([&self.sign_ins, &self.addresses])
        {
            limiter.retain_recent();
        }
    }
}

fn many(limiter: &Limiter, caller: &str, count: NonZeroU32, what: &str) -> Result<(), Problem> {
    match limiter.check_key_n(&caller.to_owned(), count) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(not_until)) => {
            Err(Problem::Limited(not_until.wait_time_from(DefaultClock::default().now())))
        }
        Err(most) => Err(Problem::TooLarge(format!(
            "{count} {what} are more than {} that this caller may send at once",
            most.0
        ))),
    }
}

fn one(limiter: &Limiter, caller: &str) -> Result<(), Problem> {
    limiter.check_key(&caller.to_owned()).map_err(|not_until| {
        let wait = not_until.wait_time_from(DefaultClock::default().now());
        Problem::Limited(wait.max(Duration::from_millis(1)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_addresses_of_one_ipv6_network_give_no_further_notices_and_guesses() {
        let limits = Limits::new(&Settings::default());
        let of = |part: u16| IpAddr::from([0x2001, 0xdb8, 0, 0, part, 0, 0, 1]);
        let notices = (0..100).filter(|part| limits.notice(of(*part), 1).is_ok()).count();
        assert!(notices < 50, "{notices} notices");
        let name = |part: u16| format!("name-{part}");
        let tries = (0..200).filter(|part| limits.sign_in(of(*part), &name(*part)).is_ok()).count();
        assert!(tries < 150, "{tries} tries");
        let of_one = (0..100).filter(|part| limits.sign_in(of(*part), "ana").is_ok()).count();
        assert!(of_one < 50, "{of_one} tries at one account");
        assert!(limits.notice("2001:db8:0:1::1".parse().unwrap(), 1).is_ok());
    }
}
