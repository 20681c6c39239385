//! The only source of time and randomness in Probity. All other code gets them as arguments.

use std::time::Instant;

use anyhow::Context as _;
use jiff::Timestamp;
use rand::Rng as _;
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;

/// The current time.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// The clock, as a value to pass on.
pub(crate) fn wall() -> engine::Clock {
    std::sync::Arc::new(now)
}

/// Number of threads that judge: one per processor, at most 16. More would only wait.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(16)
}

/// The start of a measurement.
#[expect(clippy::disallowed_methods, reason = "this is the stopwatch")]
pub(crate) fn start() -> Instant {
    Instant::now()
}

/// 32 random bytes from the operating system.
pub(crate) fn seed() -> anyhow::Result<[u8; 32]> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).context("the operating system returned no random bytes")?;
    Ok(seed)
}

/// A source of random bytes, seeded by the operating system.
pub(crate) fn random() -> anyhow::Result<engine::Random> {
    let mut generator = ChaCha20Rng::from_seed(seed()?);
    Ok(Box::new(move |bytes| generator.fill_bytes(bytes)))
}

/// Fills `bytes` with random bytes from the operating system.
pub(crate) fn fill(bytes: &mut [u8]) -> anyhow::Result<()> {
    getrandom::fill(bytes).context("the operating system returned no random bytes")
}

/// A shared source of random bytes.
pub(crate) fn random_bytes() -> anyhow::Result<app::Random> {
    let generator = std::sync::Mutex::new(ChaCha20Rng::from_seed(seed()?));
    Ok(std::sync::Arc::new(move |bytes: &mut [u8]| {
        generator.lock().unwrap_or_else(std::sync::PoisonError::into_inner).fill_bytes(bytes);
    }))
}

/// A source of random numbers from 0 to 1.
pub(crate) fn jitter() -> anyhow::Result<std::sync::Arc<dyn Fn() -> f64 + Send + Sync>> {
    let random = random_bytes()?;
    Ok(std::sync::Arc::new(move || {
        let mut bytes = [0; 4];
        random(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
    }))
}
