//! Durations in the configuration and on the command line.

use std::time::Duration;

use anyhow::Context as _;

/// Parses a duration: `250ms`, `5s`, `10m`, `2h`.
pub(crate) fn span(text: &str) -> anyhow::Result<Duration> {
    let span: jiff::SignedDuration = text
        .parse()
        .with_context(|| format!("`{text}` is not a duration; write 250ms, 5s, 10m or 2h"))?;
    Duration::try_from(span).with_context(|| format!("`{text}` must not be negative"))
}
