//! Progress bars on stderr, with rate and remaining time. Hidden if stderr is not a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const BYTES: &str =
    "{msg} {wide_bar} {bytes}/{total_bytes} · {bytes_per_sec} · {eta} left · {elapsed}";
const BYTES_ENDLESS: &str = "{msg} {spinner} {bytes} · {bytes_per_sec} · {elapsed}";
const COUNT: &str = "{msg} {wide_bar} {human_pos}/{human_len} · {per_sec} · {eta} left · {elapsed}";

fn bar(total: u64, style: &str, what: &'static str, is_hidden: bool) -> ProgressBar {
    let target = if is_hidden {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr_with_hz(5)
    };
    let style =
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(total), target).with_style(style).with_message(what)
}

/// A bar over bytes, or a spinner if the total is unknown.
pub(crate) fn bytes(total: Option<u64>, what: &'static str, is_hidden: bool) -> ProgressBar {
    match total {
        Some(total) => bar(total, BYTES, what, is_hidden),
        None => bar(0, BYTES_ENDLESS, what, is_hidden),
    }
}

/// A bar over `total` items.
pub(crate) fn count(total: u64, what: &'static str, is_hidden: bool) -> ProgressBar {
    bar(total, COUNT, what, is_hidden)
}
