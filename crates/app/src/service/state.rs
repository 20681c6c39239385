//! What every request finds: settings, and once it is open, the store with its running loop.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use decide::Pack;
use enact::Outlook;
use engine::replay::Library;
use engine::{Clock, Door, Pipeline, Rules};
use jiff::Timestamp;
use ledger::PublicKey;
use metrics_exporter_prometheus::PrometheusHandle;
use store::Store;
use tokio::sync::{Notify, Semaphore, watch};

use crate::access::caller::KeyCache;
use crate::access::guesses::Guesses;
use crate::access::limits::Limits;
use crate::decisions::streams::Streams;
use crate::rules::backtest::Bench;
use crate::rules::rejudging;
use crate::service::idempotency::UnderWay;
use crate::service::jobs::Jobs;
use crate::service::meter::Meter;
use crate::service::overview::Overview;
use crate::service::problem::Problem;
use crate::service::room::Room;
use crate::service::settings::Settings;

/// Streams that are followed at once.
const STREAMS_MAX: usize = 256;

/// Passwords that wait to be checked: half a second's worth.
const SIGN_INS_WAITING_MAX: usize = 32;

/// Fills with random bytes; given by the binary.
pub type Random = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// What there is from the start.
pub struct Inner {
    /// What can be set.
    pub settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    /// What is measured.
    pub metrics: PrometheusHandle,
    pub(crate) stop: watch::Receiver<bool>,
    /// Memory for requests under way.
    pub room: Room,
    /// How often callers may ask.
    pub limits: Limits,
    pub(crate) guesses: Guesses,
    pub(crate) keys: KeyCache,
    pub(crate) under_way: UnderWay,
    pub(crate) streams: Streams,
    /// Checking a password is slow on purpose.
    pub(crate) passwords: Semaphore,
    /// Those who wait for that.
    pub(crate) sign_ins: Semaphore,
    /// Changed rules are tried one at a time: live events come first.
    pub(crate) trials: Arc<Semaphore>,
    /// Orders and appeals are taken one at a time.
    pub(crate) filing: tokio::sync::Mutex<()>,
    /// Orders whose measure the platform has not confirmed yet.
    watched: Mutex<BTreeSet<String>>,
    /// Changes of policies.
    pub(crate) jobs: Jobs,
    /// Proposals are decided one at a time.
    pub(crate) deciding: tokio::sync::Mutex<()>,
    pub(crate) backtests: Bench,
    pub(crate) rejudging: rejudging::Bench,
    pub(crate) meter: Meter,
    pub(crate) overview: tokio::sync::Mutex<Option<(tokio::time::Instant, Arc<Overview>)>>,
    core: OnceLock<Core>,
}

/// What there is once the store is open.
pub struct Core {
    /// The store.
    pub(crate) store: Store,
    /// The running loop.
    pub(crate) pipeline: Pipeline,
    /// Whom is told of decisions.
    pub(crate) receivers: Vec<Told>,
    /// The key that signs the ledger.
    pub(crate) key: PublicKey,
    /// What nobody knows without that key.
    pub(crate) secret: Vec<u8>,
    /// The policies in force.
    pub(crate) policies: Policies,
    /// Policy sets that were in force once, to explain old decisions.
    pub(crate) library: tokio::sync::Mutex<Library>,
}

/// A receiver, as the console sees it.
pub struct Told {
    /// Its name.
    pub name: String,
    /// Its address, without what may be secret in it.
    pub address: String,
    /// How it looks.
    pub outlook: Arc<Mutex<Outlook>>,
    /// Wakes its courier.
    pub poke: Arc<Notify>,
}

/// The policies in force; jobs change them, one at a time.
pub struct Policies {
    current: Mutex<(Arc<Pack>, Arc<Rules>)>,
}

impl Policies {
    /// The policies in force.
    pub fn current(&self) -> (Arc<Pack>, Arc<Rules>) {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the policies in force.
    pub fn set(&self, pack: Arc<Pack>, rules: Arc<Rules>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = (pack, rules);
    }
}

impl Core {
    /// The store with its running loop, under the policies `pack`, compiled to `rules`; `secret` is
    /// what nobody knows without the key that signs.
    #[must_use]
    pub fn new(
        (store, pipeline): (Store, Pipeline),
        (pack, rules): (Arc<Pack>, Arc<Rules>),
        receivers: Vec<Told>,
        (key, secret): (PublicKey, Vec<u8>),
    ) -> Self {
        let current = Mutex::new((pack, rules));
        let policies = Policies { current };
        let library = tokio::sync::Mutex::default();
        Self { store, pipeline, receivers, key, secret, policies, library }
    }

    /// The way to write rows that the log commits to.
    #[must_use]
    pub fn door(&self) -> Door {
        Door::running(&self.store, &self.pipeline)
    }
}

impl App {
    /// An application that is not ready yet; `stop` turns true when it is to end.
    #[must_use]
    pub fn new(
        settings: Settings,
        (clock, random): (Clock, Random),
        metrics: PrometheusHandle,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let streams_per_caller_max = settings.streams_per_caller_max;
        Self(Arc::new(Inner {
            room: Room::new(settings.memory_bytes_max),
            limits: Limits::new(&settings),
            guesses: Guesses::default(),
            settings,
            clock,
            random,
            metrics,
            stop,
            keys: KeyCache::default(),
            under_way: UnderWay::default(),
            streams: Streams::new(STREAMS_MAX, streams_per_caller_max),
            passwords: Semaphore::new(1),
            sign_ins: Semaphore::new(SIGN_INS_WAITING_MAX),
            trials: Arc::new(Semaphore::new(1)),
            filing: tokio::sync::Mutex::default(),
            watched: Mutex::default(),
            jobs: Jobs::default(),
            deciding: tokio::sync::Mutex::default(),
            backtests: Bench::default(),
            rejudging: rejudging::Bench::default(),
            meter: Meter::default(),
            overview: tokio::sync::Mutex::default(),
            core: OnceLock::new(),
        }))
    }

    /// From now on it is ready.
    pub fn open(&self, core: Core) {
        // A second call changes nothing.
        let _ = self.core.set(core);
        tokio::spawn(crate::service::meter::run(self.clone()));
        tokio::spawn(crate::cases::desk::tick(self.clone()));
        tokio::spawn(crate::cases::desk::answer(self.clone()));
        tokio::spawn(crate::filings::overdue::run(self.clone()));
        tokio::spawn(crate::orders::confirming::run(self.clone()));
    }
}

impl Inner {
    /// The store and its loop.
    ///
    /// # Errors
    ///
    /// While it is not open.
    pub fn core(&self) -> Result<&Core, Problem> {
        if *self.stop.borrow() {
            return Err(Problem::NotReady("stopping"));
        }
        self.core.get().ok_or(Problem::NotReady("remembering what the store holds"))
    }

    /// Waits for the platform to confirm what the order `id` led to.
    pub fn watch(&self, id: &str) {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }

    /// Waits no more for the order `id`.
    pub fn unwatch(&self, id: &str) {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// The orders that wait for the platform.
    pub fn watched(&self) -> BTreeSet<String> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What an event may be at most.
    #[must_use]
    pub fn record_limits(&self) -> ingest::Limits {
        let latest = self.settings.future_max.and_then(|span| self.now().checked_add(span).ok());
        ingest::Limits { record_bytes_max: self.settings.record_bytes_max, latest }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.random)(&mut bytes);
        bytes
    }
}
