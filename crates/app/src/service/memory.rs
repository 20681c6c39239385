//! Memory for requests under way. A request that finds none free is asked to come back.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::service::problem::Problem;

/// The unit in which memory is counted.
const UNIT_BYTES: usize = 1024;

/// The memory for requests under way.
pub struct MemoryBudget(Arc<Semaphore>);

/// The memory that one request holds.
#[derive(Default)]
pub struct Hold {
    room: Option<Arc<Semaphore>>,
    permit: Option<OwnedSemaphorePermit>,
    /// Bytes taken that do not fill a unit yet.
    rest: usize,
}

impl MemoryBudget {
    /// Memory of `bytes` bytes.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new((bytes / UNIT_BYTES).min(Semaphore::MAX_PERMITS))))
    }

    /// The memory of a new request; it grows as the body arrives.
    pub fn enter(&self) -> Hold {
        Hold { room: Some(Arc::clone(&self.0)), ..Hold::default() }
    }

    /// The number of free bytes.
    pub fn free(&self) -> usize {
        self.0.available_permits() * UNIT_BYTES
    }
}

impl Hold {
    /// Takes `bytes` more; [`Problem::Busy`] if they are not free.
    pub fn grow(&mut self, bytes: usize) -> Result<(), Problem> {
        let Some(room) = &self.room else { return Ok(()) };
        self.rest += bytes;
        let units = self.rest / UNIT_BYTES;
        self.rest %= UNIT_BYTES;
        let busy = || Problem::Busy(Duration::from_secs(1));
        let units = u32::try_from(units).map_err(|_| busy())?;
        if units == 0 {
            return Ok(());
        }
        let more = Arc::clone(room).try_acquire_many_owned(units).map_err(|_| busy())?;
        match &mut self.permit {
            Some(permit) => permit.merge(more),
            None => self.permit = Some(more),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_comes_back_when_a_request_is_over() {
        let room = MemoryBudget::new(10 * UNIT_BYTES);
        let mut first = room.enter();
        first.grow(6 * UNIT_BYTES).unwrap();
        let mut second = room.enter();
        assert!(second.grow(5 * UNIT_BYTES).is_err());
        drop(first);
        second.grow(5 * UNIT_BYTES).unwrap();
        for _ in 0..UNIT_BYTES {
            second.grow(1).unwrap();
        }
        assert_eq!(room.free(), 4 * UNIT_BYTES);
    }
}
