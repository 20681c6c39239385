//! Passwords of staff: Argon2id with the parameters of OWASP's cheat sheet (19 MiB, 2 passes).

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};

/// Shorter passwords are refused. NIST SP 800-63B-4 requires 15 if the password is the only factor.
pub const CHARS_MIN: usize = 15;

/// Longer passwords are refused; hashing them would take time without a benefit.
pub const CHARS_MAX: usize = 256;

/// Why a password cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// It is too short or too long.
    #[error("a password has {CHARS_MIN} to {CHARS_MAX} characters")]
    Length,
    /// It cannot be hashed.
    #[error("the password cannot be hashed: {0}")]
    Hash(String),
}

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

/// The hash of `password` with `salt`, in the form in which it is stored.
///
/// # Errors
///
/// [`Unfit::Length`] if it is too short or too long; [`Unfit::Hash`] if it cannot be hashed.
pub fn hash(password: &str, salt: [u8; 16]) -> Result<String, Unfit> {
    let chars = password.chars().count();
    if !(CHARS_MIN..=CHARS_MAX).contains(&chars) {
        return Err(Unfit::Length);
    }
    let hash = argon2().hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|error| Unfit::Hash(error.to_string()))
}

/// Whether `password` matches the hash `kept`. Without `kept` it takes the same time and is false.
pub fn is_right(password: &str, kept: Option<&str>) -> bool {
    /// A hash whose password nobody knows.
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA\
                          $AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    if password.len() > CHARS_MAX * 4 {
        return false;
    }
    let hash = PasswordHash::new(kept.unwrap_or(NOBODY));
    let is_right =
        hash.is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok());
    is_right && kept.is_some()
}

/// A first password of 96 random bits, in groups that can be read aloud.
#[must_use]
pub fn generated(random: [u8; 12]) -> String {
    let hex = hex::encode(random);
    let groups: Vec<&str> =
        (0..hex.len()).step_by(6).filter_map(|at| hex.get(at..at + 6)).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_is_right() {
        let kept = hash("fifteen chars and more", [5; 16]).unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(is_right("fifteen chars and more", Some(&kept)));
        assert!(!is_right("fifteen chars and morE", Some(&kept)));
        assert!(!is_right("", None));
        assert!(hash("short", [5; 16]).is_err());
        assert_eq!(generated([0xAB; 12]).len(), 27);
    }
}
