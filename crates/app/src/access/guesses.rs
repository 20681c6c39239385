//! Wrong passwords by account. An attacker who guesses at one account from many addresses is slowed
//! down, without locking out its owner. Strangers can try one at a time, at growing intervals. A
//! browser in which somebody signed in to that account before is not a stranger.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

/// Wrong passwords of strangers before they have to wait.
const FREE: u32 = 20;

/// The longest wait between two attempts.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// The time without an attempt after which the guesses at an account are forgotten.
const FORGOTTEN: Duration = Duration::from_secs(3600);

/// The most accounts remembered; an attacker can invent any number of names.
const ACCOUNTS_MAX: usize = 10_000;

/// The attempts of strangers at one account.
#[derive(Clone, Copy)]
struct Tried {
    wrong: u32,
    last: Instant,
}

impl Tried {
    /// When the next attempt is allowed.
    fn next(self) -> Instant {
        let over = self.wrong.saturating_sub(FREE);
        let wait = if over == 0 { Duration::ZERO } else { Duration::from_secs(1 << over.min(7)) };
        self.last + wait.min(WAIT_MAX)
    }
}

/// Recent wrong passwords, by account.
#[derive(Default)]
pub struct Guesses(Mutex<HashMap<String, Tried>>);

impl Guesses {
    fn with<T>(&self, change: impl FnOnce(&mut HashMap<String, Tried>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts an attempt of a stranger at the account `name`; false if it is too early. The attempt
    /// counts as wrong until [`Guesses::was_right`], so that simultaneous ones all count.
    pub fn may_try(&self, name: &str, now: Instant) -> bool {
        self.with(|all| {
            if all.len() >= ACCOUNTS_MAX && !all.contains_key(name) {
                // Accounts with the fewest attempts make room.
                all.retain(|_, tried| tried.wrong > FREE);
            }
            let tried = all.entry(name.to_owned()).or_insert(Tried { wrong: 0, last: now });
            if now < tried.next() {
                return false;
            }
            *tried = Tried { wrong: tried.wrong + 1, last: now };
            true
        })
    }

    /// Records that the last attempt at the account `name` was right.
    pub fn was_right(&self, name: &str) {
        self.with(|all| all.remove(name));
    }

    /// Forgets accounts without a recent attempt.
    pub fn tidy(&self, now: Instant) {
        self.with(|all| all.retain(|_, tried| now < tried.last + FORGOTTEN));
    }
}

/// The token of a browser in which somebody signed in to the account `name`. It cannot be made
/// without the secret, and becomes void when the password changes.
pub fn known(secret: &[u8], (name, password): (&str, &str)) -> String {
    let mut digest = Sha256::new();
    for part in [secret, b"a browser that is known", name.as_bytes(), password.as_bytes()] {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    hex::encode(digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_who_guess_at_one_account_are_slowed_ever_more() {
        let (guesses, mut now) = (Guesses::default(), Instant::now());
        let tries = (0..120).filter(|_| guesses.may_try("ana", now)).count();
        assert_eq!(tries, 21);
        let second = Duration::from_secs(1);
        let mut tries = 0;
        for _ in 0..600 {
            now += second;
            tries += usize::from(guesses.may_try("ana", now));
        }
        assert!((5..=20).contains(&tries), "{tries} in ten minutes");
        assert!(guesses.may_try("ben", now), "another account is not slowed");
        guesses.was_right("ana");
        assert!(guesses.may_try("ana", now));
        guesses.tidy(now + FORGOTTEN);
        assert_eq!(guesses.with(|all| all.len()), 0);
    }

    #[test]
    fn a_browser_is_known_for_one_account_and_one_password() {
        let known = |secret: &[u8], about| super::known(secret, about);
        let ana = known(b"s", ("ana", "hash"));
        for other in [
            known(b"t", ("ana", "hash")),
            known(b"s", ("ben", "hash")),
            known(b"s", ("ana", "other")),
            known(b"s", ("anah", "ash")),
        ] {
            assert_ne!(ana, other);
        }
    }
}
