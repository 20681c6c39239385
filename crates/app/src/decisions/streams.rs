//! Places for streams and exports: a limit for all together, and one for each caller.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::access::caller::Caller;
use crate::service::problem::Problem;

/// The streams and exports in use, by caller.
pub struct Streams {
    room: Arc<Semaphore>,
    of_caller_max: usize,
    callers: Arc<Mutex<HashMap<String, usize>>>,
}

/// A place in use; it is free again when this is dropped.
pub struct StreamPermit {
    _permit: OwnedSemaphorePermit,
    callers: Arc<Mutex<HashMap<String, usize>>>,
    caller: String,
}

impl Streams {
    /// Room for `most` streams in all, and for `of_caller_max` of one caller.
    pub fn new(most: usize, of_caller_max: usize) -> Self {
        Self { room: Arc::new(Semaphore::new(most)), of_caller_max, callers: Arc::default() }
    }

    /// Takes a place for `caller`; [`Problem::Busy`] if there is none.
    pub fn enter(&self, caller: &Caller) -> Result<StreamPermit, Problem> {
        let busy = || Problem::Busy(Duration::from_secs(30));
        let permit = Arc::clone(&self.room).try_acquire_owned().map_err(|_| busy())?;
        let (caller, callers) = (caller.id(), Arc::clone(&self.callers));
        let mut counts = callers.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(caller.clone()).or_default();
        if *count >= self.of_caller_max {
            return Err(busy());
        }
        *count += 1;
        drop(counts);
        Ok(StreamPermit { _permit: permit, callers, caller })
    }
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        let mut counts = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.caller) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.caller);
            }
        }
    }
}
