//! The state that all requests share: settings and, once it is open, the store with its running
//! loop.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use decide::PolicySet;
use deliver::Outlook;
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
use crate::rules::rejudging;
use crate::service::idempotency::UnderWay;
use crate::service::jobs;
use crate::service::memory::MemoryBudget;
use crate::service::meter::Meter;
use crate::service::overview::Overview;
use crate::service::problem::Problem;
use crate::service::routines::{self, Routine, Routines};
use crate::service::running::Jobs;
use crate::service::settings::Settings;
use crate::statements::submitting::Submission;

/// The most streams and exports at once.
const STREAMS_MAX: usize = 256;

/// The most passwords that wait to be checked: half a second's worth.
const SIGN_INS_WAITING_MAX: usize = 32;

/// Fills a buffer with random bytes; provided by the binary.
pub type Random = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// The state that all requests share. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// The state that exists from the start.
pub struct Inner {
    /// The settings of the service.
    pub settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    /// The sampled metrics.
    pub metrics: PrometheusHandle,
    pub(crate) stop: watch::Receiver<bool>,
    /// Memory for requests under way.
    pub memory: MemoryBudget,
    /// The rate limits of callers.
    pub limits: Limits,
    pub(crate) guesses: Guesses,
    pub(crate) keys: KeyCache,
    pub(crate) under_way: UnderWay,
    pub(crate) streams: Streams,
    /// Passwords are checked one at a time: checking is slow on purpose.
    pub(crate) passwords: Semaphore,
    /// Places for sign-ins that wait for that.
    pub(crate) sign_ins: Semaphore,
    /// Changed rules are tried one at a time: live events come first.
    pub(crate) trials: Arc<Semaphore>,
    /// Orders and appeals are processed one at a time.
    pub(crate) filing: tokio::sync::Mutex<()>,
    /// Orders whose measure the platform has not confirmed yet.
    watched: Mutex<BTreeSet<String>>,
    /// What is done at intervals.
    pub routines: Routines,
    /// The running jobs.
    pub(crate) jobs: Jobs,
    /// Proposals are decided one at a time.
    pub(crate) deciding: tokio::sync::Mutex<()>,
    /// The job that judges live content again.
    pub(crate) rejudging: rejudging::LiveJob,
    /// How the submission of statements goes.
    pub(crate) submission: Submission,
    pub(crate) meter: Meter,
    pub(crate) overview: tokio::sync::Mutex<Option<(tokio::time::Instant, Arc<Overview>)>>,
    core: OnceLock<Core>,
}

/// The state that exists once the store is open.
pub struct Core {
    /// The store.
    pub(crate) store: Store,
    /// The running loop.
    pub(crate) pipeline: Pipeline,
    /// The receivers of decisions.
    pub(crate) receivers: Vec<ReceiverStatus>,
    /// The public key that verifies the ledger.
    pub(crate) key: PublicKey,
    /// A secret that nobody knows without the signing key.
    pub(crate) secret: Vec<u8>,
    /// The policies in force.
    pub(crate) policies: Policies,
    /// Policy sets that were in force earlier, to explain old decisions.
    pub(crate) library: tokio::sync::Mutex<Library>,
}

/// A receiver, as the console sees it.
pub struct ReceiverStatus {
    /// Its name.
    pub name: String,
    /// Its address, without parts that may be secret.
    pub address: String,
    /// Its state, as its worker sees it.
    pub outlook: Arc<Mutex<Outlook>>,
    /// Wakes its worker.
    pub poke: Arc<Notify>,
}

/// The policies in force; jobs change them, one at a time.
pub struct Policies {
    current: Mutex<(Arc<PolicySet>, Arc<Rules>)>,
}

impl Policies {
    /// The policies in force.
    pub fn current(&self) -> (Arc<PolicySet>, Arc<Rules>) {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the policies in force.
    pub fn set(&self, policy_set: Arc<PolicySet>, rules: Arc<Rules>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = (policy_set, rules);
    }
}

impl Core {
    /// The store with its running loop, under the policies `policy_set`, compiled to `rules`.
    /// `secret` is one that nobody knows without the signing key.
    #[must_use]
    pub fn new(
        (store, pipeline): (Store, Pipeline),
        (policy_set, rules): (Arc<PolicySet>, Arc<Rules>),
        receivers: Vec<ReceiverStatus>,
        (key, secret): (PublicKey, Vec<u8>),
    ) -> Self {
        let current = Mutex::new((policy_set, rules));
        let policies = Policies { current };
        let library = tokio::sync::Mutex::default();
        Self { store, pipeline, receivers, key, secret, policies, library }
    }

    /// The way to write rows to which the log commits.
    #[must_use]
    pub fn door(&self) -> Door {
        Door::running(&self.store, &self.pipeline)
    }
}

impl App {
    /// An application that is not ready yet. `stop` becomes true when it is to end.
    #[must_use]
    pub fn new(
        settings: Settings,
        (clock, random): (Clock, Random),
        metrics: PrometheusHandle,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let streams_per_caller_max = settings.streams_per_caller_max;
        Self(Arc::new(Inner {
            memory: MemoryBudget::new(settings.memory_bytes_max),
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
            routines: Routines::default(),
            deciding: tokio::sync::Mutex::default(),
            rejudging: rejudging::LiveJob::default(),
            submission: Submission::default(),
            meter: Meter::default(),
            overview: tokio::sync::Mutex::default(),
            core: OnceLock::new(),
        }))
    }

    /// Makes the application ready, and starts its background work.
    pub fn open(&self, core: Core) {
        // A second call changes nothing.
        let _ = self.core.set(core);
        routines::start(self, crate::service::meter::Measuring::default());
        routines::start(self, crate::cases::review_queue::Ticks);
        routines::start(self, crate::cases::review_queue::Inbox);
        routines::start(self, crate::filings::overdue::Overdue::default());
        routines::start(self, crate::orders::confirming::Confirming::default());
        if self.settings.statements.is_some() {
            routines::start(self, crate::statements::submitting::Making::default());
            routines::start(self, crate::statements::submitting::Sending::default());
        }
        let app = self.clone();
        tokio::spawn(async move {
            if let Err(problem) = jobs::resume(&app).await {
                problem.log();
            }
        });
    }

    /// Does `routine` at its intervals until the service stops.
    pub fn start(&self, routine: impl Routine) {
        routines::start(self, routine);
    }
}

impl Inner {
    /// The store and its loop.
    ///
    /// # Errors
    ///
    /// [`Problem::NotReady`] while the store is not open yet, and when the service stops.
    pub fn core(&self) -> Result<&Core, Problem> {
        if *self.stop.borrow() {
            return Err(Problem::NotReady("stopping"));
        }
        self.core.get().ok_or(Problem::NotReady("remembering what the store holds"))
    }

    /// Starts to wait for the platform to confirm the measure of the order `id`.
    pub fn watch(&self, id: &str) {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }

    /// Stops waiting for the order `id`.
    pub fn unwatch(&self, id: &str) {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// The orders that wait for the platform's confirmation.
    pub fn watched(&self) -> BTreeSet<String> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The limits of one event.
    #[must_use]
    pub fn record_limits(&self) -> ingest::Limits {
        let latest = self.settings.future_max.and_then(|span| self.now().checked_add(span).ok());
        ingest::Limits { record_bytes_max: self.settings.record_bytes_max, latest }
    }

    /// The current time.
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
