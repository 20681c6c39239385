//! How long a caller waits for a change of policies (`Prefer`, RFC 7240).

use std::time::Duration;

use app::App;
use axum::http::HeaderMap;

/// How long a caller waits for a change: not at all with `Prefer: respond-async`, else the
/// configured time.
#[must_use]
pub fn wait(app: &App, headers: &HeaderMap) -> Duration {
    let mut preferences = headers.get_all("prefer").iter().filter_map(|line| line.to_str().ok());
    let is_async = |line: &str| line.split(',').any(|one| one.trim() == "respond-async");
    if preferences.any(is_async) { Duration::ZERO } else { app.settings.change_within }
}
