//! Long work beside live events, on its own threads with the lowest priority, so that checking a
//! million terms takes only what requests leave.

use rayon::ThreadPoolBuilder;
use tokio::runtime::Handle;

use crate::service::problem::Problem;

/// Runs `work` in the background; anything that it distributes among threads stays there as well.
///
/// # Errors
///
/// [`Problem::Internal`] if the threads cannot be started, or the work broke off.
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

/// Gives the calling thread the lowest priority. Only on Linux is that the priority of one thread;
/// elsewhere the whole server would get it.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(19) {
        tracing::debug!(%error, "long work keeps its priority");
    }
}
