//! The second factor: codes of six digits that change every thirty seconds (TOTP, RFC 6238).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use totp_rs::{Algorithm, Secret, TOTP};

/// Characters escaped in a part of an address: all except those that RFC 3986 leaves unreserved.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Bytes of a secret: as long as the hash (RFC 4226, section 4).
pub const SECRET_BYTES: usize = 20;

const STEP_SECONDS: u64 = 30;

/// A new secret in base32.
#[must_use]
pub fn secret(random: &[u8; SECRET_BYTES]) -> String {
    Secret::Raw(random.to_vec()).to_encoded().to_string()
}

/// The address that an authenticator app reads.
#[must_use]
pub fn address(name: &str, secret: &str) -> String {
    let name = utf8_percent_encode(name, ESCAPED);
    format!("otpauth://totp/Probity:{name}?secret={secret}&issuer=Probity")
}

/// The time step that `code` belongs to at `now_ms`, if the code is right: the current step, or a
/// neighbour of it, since clocks differ.
#[must_use]
pub fn step(secret: &str, code: &str, now_ms: i64) -> Option<i64> {
    let bytes = Secret::Encoded(secret.to_owned()).to_bytes().ok()?;
    let totp = TOTP::new(Algorithm::SHA1, 6, 0, STEP_SECONDS, bytes).ok()?;
    let now = u64::try_from(now_ms / 1000).ok()?;
    let times = [now, now.saturating_sub(STEP_SECONDS), now + STEP_SECONDS];
    let code: String = code.chars().filter(char::is_ascii_digit).collect();
    let right =
        times.into_iter().find(|time| crate::access::caller::is_same(&totp.generate(*time), &code));
    right.and_then(|time| i64::try_from(time / STEP_SECONDS).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_right_for_its_half_minute_and_its_neighbours() {
        // RFC 6238, appendix B: SHA-1, the last six of eight digits.
        let secret = secret(b"12345678901234567890");
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924")]
        {
            assert_eq!(step(&secret, code, seconds * 1000), Some(seconds / 30), "{code}");
            assert!(step(&secret, code, (seconds + 30) * 1000).is_some());
            assert_eq!(step(&secret, code, (seconds + 90) * 1000), None);
        }
        assert_eq!(step(&secret, "", 59_000), None);
        assert_eq!(step("not base32!", "287082", 59_000), None);
    }
}
