//! Long work beside live events: on threads of its own, of the lowest priority, so that checking a
//! million terms takes whatever the requests leave.

use rayon::ThreadPoolBuilder;
use tokio::runtime::Handle;

use crate::service::problem::Problem;

/// Does `work` aside; whatever it shares out among threads stays there as well.
///
/// # Errors
///
/// If the threads cannot be had, or the work broke off.
pub async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let failed = |error: &dyn std::fmt::Display| Problem::Internal(error.to_string());
    let pool = ThreadPoolBuilder::new()
        .thread_name(|_| "aside".to_owned())
        .start_handler(|_| step_back())
        .build()
        .map_err(|error| failed(&error))?;
    let handle = Handle::current();
    let work = move || {
        let _within = handle.enter();
        work()
    };
    let done = tokio::task::spawn_blocking(move || pool.install(work)).await;
    done.map_err(|error| failed(&error))
}

/// Gives the calling thread the lowest priority. On Linux alone is that one of a thread; elsewhere
/// it would be the whole server that steps back.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(19) {
        tracing::debug!(%error, "long work keeps its priority");
    }
}
