//! Errors of the engine.

/// Why an operation of the engine failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The history failed.
    #[error(transparent)]
    History(#[from] history::Error),
    /// The history was rolled from another ledger.
    #[error("the history at `{0}` was rolled from another ledger; roll into another place")]
    OtherLedger(String),
    /// The store's ledger is signed with another key.
    #[error(
        "the ledger of this store is signed with another key; give the right one with --key, or key_file in the configuration"
    )]
    OtherKey,
    /// The contents of the store are inconsistent.
    #[error("the store is damaged: {0}; run `probity ledger verify`")]
    Damaged(String),
    /// The policy set in the store cannot be compiled by this build.
    #[error("the kept policy set `{0}` does not compile with this build")]
    Policies(String),
    /// Data under a hold must not be deleted.
    #[error(
        "`{scope}` is under the hold `{hold}`: nothing about it can be erased before that ends or is released"
    )]
    Held {
        /// What is held.
        scope: String,
        /// The id of the hold.
        hold: String,
    },
    /// A value cannot be written or read as JSON.
    #[error("cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A request to a server through the store was not accepted.
    #[error(
        "another process has the store open and did not take this up; if it is a server, see whether it runs. Nothing was changed"
    )]
    Unheard,
    /// The request cannot be carried out, for this reason.
    #[error("{0}")]
    Refused(String),
    /// The writing thread has ended.
    #[error("the writer stopped")]
    WriterGone,
    /// An error of the loop, shared by all callers that wait.
    #[error(transparent)]
    Loop(#[from] std::sync::Arc<Error>),
}
