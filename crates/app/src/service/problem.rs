//! Why a request was not carried out, as problem details (RFC 9457): the one table of status codes.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::service::jobs::JobView;

/// Why a request was not carried out. A variant exists only if somebody can act on it.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The credentials are missing or unknown.
    #[error("send `Authorization: Bearer prb_…`, or sign in; `probity key add` makes a key")]
    Unauthenticated,
    /// The caller is known, and lacks the permission.
    #[error("this needs the scope `{0}`")]
    Forbidden(&'static str),
    /// A form without the CSRF token of its session.
    #[error("the form is not of this session; load the page again")]
    Forged,
    /// It does not exist, or this caller may not know of it.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The address is known, the method is not.
    #[error("this address does not answer to that method")]
    Method,
    /// A parameter or the body is wrong.
    #[error("{0}")]
    Wrong(String),
    /// The event is refused: the name of the reason, and a message.
    #[error("{1}")]
    Refused(&'static str, String),
    /// The body is larger than is allowed.
    #[error("{0}")]
    TooLarge(String),
    /// The content encoding of the body is not supported.
    #[error("`{0}` is not known; send gzip, zstd or nothing")]
    Encoding(String),
    /// The media type of the body is not supported.
    #[error(
        "`{0}` is no media type of events; send application/x-ndjson, application/cloudevents+json \
         or application/cloudevents-batch+json"
    )]
    Media(String),
    /// In binary mode, the media type of `data` is not supported.
    #[error("`{0}` cannot be read as the data of an event; send JSON, as application/json")]
    DataMedia(String),
    /// The policies do not compile: a message, and the errors and warnings.
    #[error("{0}")]
    Policies(String, Vec<serde_json::Value>),
    /// Tests of the rules fail: a message, and the failures.
    #[error("{0}")]
    Cases(String, Vec<serde_json::Value>),
    /// Allowed, but not for this person.
    #[error("{0}")]
    WrongPerson(&'static str),
    /// What is to be changed is no longer as it was when the change was made.
    #[error("{0}")]
    Stale(String),
    /// It is under a hold and must be kept.
    #[error("{0}")]
    Held(String),
    /// It is already decided.
    #[error("{0}")]
    Decided(String),
    /// The case is not in the required state: a stable name, and a message.
    #[error("{1}")]
    Case(&'static str, String),
    /// Somebody else has to do this.
    #[error("{0}")]
    NotYours(String),
    /// No case waits for this reviewer.
    #[error("{0}")]
    Nothing(String),
    /// The identity provider did not identify the person.
    #[error("the identity provider did not say who you are; try again, or sign in with a password")]
    Provider,
    /// The idempotency key was used for another request.
    #[error("the Idempotency-Key was used for another request; take a new one")]
    OtherRequest,
    /// A request with the same idempotency key is still being answered.
    #[error("a request with this Idempotency-Key is under way; wait for its answer")]
    UnderWay,
    /// Another job of that kind is running, with that number.
    #[error("{} under way as job {_1}; try again when it is done", running(_0))]
    Running(&'static str, u64),
    /// The change is still running, as this job.
    #[error("the change goes on as job {}", _0.id)]
    Later(Box<JobView>),
    /// Somebody else changed it in the meantime.
    #[error("changed in the meantime; read again and retry")]
    Changed,
    /// The caller is over its rate limit: the time to wait.
    #[error("too many requests from this caller")]
    Limited(Duration),
    /// The service is at its capacity: the time to wait.
    #[error("more is under way than can be taken; nothing of this request was kept")]
    Busy(Duration),
    /// The disk is full.
    #[error("the store has no room; nothing is acknowledged until there is")]
    Full,
    /// Another program keeps the store's file locked.
    #[error(
        "another program keeps the store's file locked; nothing is acknowledged until it is closed"
    )]
    Locked,
    /// The disk fails.
    #[error("the disk cannot be written or read; see its quota, mounts and the system's log")]
    Disk,
    /// The service is starting or stopping.
    #[error("not ready: {0}")]
    NotReady(&'static str),
    /// There was no answer in time; what was sent may still be stored.
    #[error("no answer in time; send it again, what was kept is recognised")]
    TimedOut,
    /// The store could not be read. The cause is logged and not disclosed.
    #[error(
        "the store cannot be read; nothing was changed: try again, and have an administrator run `probity ledger verify`"
    )]
    Unreadable(String),
    /// A service of somebody else does not answer, or not as it should.
    #[error("{0}")]
    Elsewhere(String),
    /// An internal error. The cause is logged and not disclosed.
    #[error("internal error")]
    Internal(String),
}

/// A job of that kind, as the subject of a sentence.
fn running(kind: &str) -> &'static str {
    match kind {
        "backtest" => "a back-test is",
        "rejudging" => "judging live content again is",
        _ => "a change of policies is",
    }
}

/// Problem details (RFC 9457).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Details {
    /// A URI that identifies the kind of problem.
    pub r#type: String,
    /// The kind of problem in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong, and what to do about it.
    pub detail: String,
    /// A stable name of the kind of problem.
    pub code: String,
    /// The errors and warnings of policies, each with code, file, line and hint; absent if there
    /// are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub diagnostics: Vec<serde_json::Value>,
    /// Tests that fail, each with name, file, line, expected and actual result; absent if there are
    /// none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub failures: Vec<serde_json::Value>,
}

impl Problem {
    /// Status, stable name, title.
    const fn row(&self) -> (u16, &'static str, &'static str) {
        match self {
            Self::Unauthenticated => (401, "unauthenticated", "Who are you?"),
            Self::Forbidden(_) => (403, "forbidden", "Not allowed"),
            Self::Forged => (403, "forged", "Not from this session"),
            Self::NotFound(_) => (404, "not_found", "Not found"),
            Self::Method => (405, "method", "Method not allowed"),
            Self::Wrong(_) => (400, "wrong_request", "Wrong request"),
            Self::Refused(code, _) => (400, code, "Event refused"),
            Self::TooLarge(_) => (413, "too_large", "Too large"),
            Self::Encoding(_) => (415, "encoding", "Unknown encoding"),
            Self::Media(_) | Self::DataMedia(_) => (415, "media_type", "Unknown media type"),
            Self::Policies(..) => (422, "policies", "Policies do not compile"),
            Self::Cases(..) => (422, "cases", "Tests do not hold"),
            Self::WrongPerson(_) => (403, "wrong_person", "Somebody else has to do this"),
            Self::Stale(_) => (409, "stale", "The rules changed since"),
            Self::Decided(_) => (409, "decided", "Decided already"),
            Self::Held(_) => (409, "held", "Under a hold"),
            Self::Case(code, _) => (409, code, "The case is not so"),
            Self::NotYours(_) => (403, "not_yours", "Somebody else has to do this"),
            Self::Nothing(_) => (404, "nothing_waits", "Nothing waits"),
            Self::Provider => (502, "identity_provider", "No word from the provider"),
            Self::OtherRequest => (422, "idempotency_key_reused", "Idempotency key reused"),
            Self::UnderWay => (409, "under_way", "Request under way"),
            Self::Running(..) => (409, "job_running", "One job of a kind at a time"),
            Self::Later(_) => (202, "goes_on", "The change goes on"),
            Self::Changed => (409, "changed", "Changed in the meantime"),
            Self::Limited(_) => (429, "rate_limited", "Too many requests"),
            Self::Busy(_) => (429, "busy", "Too much under way"),
            Self::Full => (503, "store_full", "No room"),
            Self::Locked => (503, "store_locked", "Locked from outside"),
            Self::Disk => (503, "disk_fails", "The disk fails"),
            Self::NotReady(_) => (503, "not_ready", "Not ready"),
            Self::TimedOut => (503, "timed_out", "No answer in time"),
            Self::Unreadable(_) => (503, "store_unreadable", "The store cannot be read"),
            Self::Elsewhere(_) => (502, "elsewhere", "Another service does not answer"),
            Self::Internal(_) => (500, "internal", "Internal error"),
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.row().0
    }

    /// The kind of problem in words.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.row().2
    }

    /// How long to wait before a retry, if a retry helps.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Limited(wait) | Self::Busy(wait) => Some(*wait),
            Self::Full | Self::Locked | Self::Disk => Some(Duration::from_secs(5)),
            Self::Running(..) => Some(Duration::from_secs(10)),
            Self::NotReady(_) | Self::TimedOut | Self::UnderWay => Some(Duration::from_secs(1)),
            _ => None,
        }
    }

    /// The problem details that the client gets.
    pub fn details(&self) -> Details {
        let (status, code, title) = self.row();
        let (diagnostics, failures) = match self {
            Self::Policies(_, diagnostics) => (diagnostics.clone(), Vec::new()),
            Self::Cases(_, failures) => (Vec::new(), failures.clone()),
            _ => (Vec::new(), Vec::new()),
        };
        Details {
            r#type: format!("urn:probity:problem:{code}"),
            title: title.to_owned(),
            status,
            detail: self.to_string(),
            code: code.to_owned(),
            diagnostics,
            failures,
        }
    }

    /// Logs the cause that is not disclosed to the client.
    pub fn log(&self) {
        match self {
            Self::Internal(cause) => tracing::error!(cause, "internal error"),
            Self::Unreadable(cause) => tracing::error!(cause, "the store cannot be read"),
            _ => {}
        }
    }
}

impl From<engine::Trouble> for Problem {
    fn from(trouble: engine::Trouble) -> Self {
        match trouble {
            engine::Trouble::Full => Self::Full,
            engine::Trouble::Locked => Self::Locked,
            engine::Trouble::Disk => Self::Disk,
        }
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Full => Self::Full,
            store::Error::Locked => Self::Locked,
            store::Error::Disk(_) => Self::Disk,
            store::Error::Lingering => Self::NotReady(
                "what was erased still lies in the write-ahead log while somebody reads it; ask again",
            ),
            store::Error::Damaged(_) | store::Error::Unavailable(_) => {
                Self::Unreadable(error.to_string())
            }
            error => Self::Internal(error.to_string()),
        }
    }
}

impl From<crate::access::account::Unfit> for Problem {
    fn from(unfit: crate::access::account::Unfit) -> Self {
        match unfit {
            crate::access::account::Unfit::Wrong(why) => Self::Wrong(why),
            crate::access::account::Unfit::Store(error) => error.into(),
            crate::access::account::Unfit::Door(error) => error.into(),
        }
    }
}

impl From<crate::access::password::Unfit> for Problem {
    fn from(unfit: crate::access::password::Unfit) -> Self {
        match unfit {
            crate::access::password::Unfit::Length => Self::Wrong(unfit.to_string()),
            crate::access::password::Unfit::Hash(_) => Self::Internal(unfit.to_string()),
        }
    }
}

impl From<engine::Error> for Problem {
    fn from(error: engine::Error) -> Self {
        match error {
            engine::Error::Store(error) => error.into(),
            engine::Error::WriterGone => Self::NotReady("stopping"),
            engine::Error::Loop(error) => error.into(),
            engine::Error::Damaged(_) => Self::Unreadable(error.to_string()),
            engine::Error::Held { .. } => Self::Held(error.to_string()),
            engine::Error::Refused(why) => Self::Wrong(why),
            error => Self::Internal(error.to_string()),
        }
    }
}

impl From<Arc<engine::Error>> for Problem {
    fn from(error: Arc<engine::Error>) -> Self {
        match &*error {
            engine::Error::Store(store::Error::Full) => Self::Full,
            engine::Error::Store(store::Error::Locked) => Self::Locked,
            engine::Error::Store(store::Error::Disk(_)) => Self::Disk,
            engine::Error::Damaged(_)
            | engine::Error::Store(store::Error::Damaged(_) | store::Error::Unavailable(_)) => {
                Self::Unreadable(error.to_string())
            }
            engine::Error::WriterGone => Self::NotReady("stopping"),
            error => Self::Internal(error.to_string()),
        }
    }
}

impl From<engine::Refusal> for Problem {
    fn from(refusal: engine::Refusal) -> Self {
        match refusal {
            engine::Refusal::Busy => Self::Busy(Duration::from_secs(1)),
            engine::Refusal::Full => Self::Full,
            engine::Refusal::Locked => Self::Locked,
            engine::Refusal::Disk => Self::Disk,
            engine::Refusal::Over => Self::NotReady("stopping"),
        }
    }
}
