//! What a connection has proven about its caller. Until a request on it carries a valid key or
//! session, it is unproven: it may be closed to make room for another, and cannot use the reserve.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The count of proven connections, with its limits.
#[derive(Clone, Debug)]
pub struct Proven {
    count: Arc<AtomicUsize>,
    most: usize,
    reserved: usize,
}

impl Proven {
    /// Counts at most `most` connections, the last `reserved` of them for people at the console.
    #[must_use]
    pub fn new(most: usize, reserved: usize) -> Self {
        Self { count: Arc::default(), most, reserved }
    }

    /// A new, unproven connection.
    #[must_use]
    pub fn connection(&self) -> Connection {
        Connection(Arc::new(Shown { is_proven: AtomicBool::new(false), among: self.clone() }))
    }
}

/// A connection, shared by its requests.
#[derive(Clone, Debug)]
pub struct Connection(Arc<Shown>);

#[derive(Debug)]
struct Shown {
    is_proven: AtomicBool,
    among: Proven,
}

impl Connection {
    /// Whether an identified caller has sent a request on it.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.0.is_proven.load(Ordering::Acquire)
    }

    /// Whether only the reserve is left for connections that become proven.
    #[must_use]
    pub fn is_at_reserve(&self) -> bool {
        let among = &self.0.among;
        among.count.load(Ordering::Acquire) >= among.most.saturating_sub(among.reserved)
    }

    /// Marks it as proven, since an identified caller has sent a request on it; false if there is
    /// no place left for that caller. Only staff may use the reserve.
    pub fn prove(&self, is_staff: bool) -> bool {
        let among = &self.0.among;
        let most = if is_staff { among.most } else { among.most.saturating_sub(among.reserved) };
        let next = |count: usize| (count < most).then_some(count + 1);
        if among.count.fetch_update(Ordering::AcqRel, Ordering::Acquire, next).is_err() {
            return false;
        }
        if self.0.is_proven.swap(true, Ordering::AcqRel) {
            among.count.fetch_sub(1, Ordering::AcqRel);
        }
        true
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if *self.is_proven.get_mut() {
            self.among.count.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_is_not_given_for_showing_a_key_only() {
        let proven = Proven::new(3, 1);
        let connections: Vec<Connection> = (0..5).map(|_| proven.connection()).collect();
        assert!(connections[0].prove(false) && connections[0].prove(false));
        assert!(!connections[1].is_at_reserve(), "proven twice is one place");
        assert!(connections[1].prove(false) && connections[1].is_at_reserve());
        assert!(!connections[2].prove(false) && !connections[2].is_proven());
        assert!(connections[3].prove(true), "the reserve is for the staff");
        assert!(!connections[4].prove(true));
        drop(connections);
        assert!(!proven.connection().is_at_reserve(), "places are given back");
    }
}
