//! What can go wrong while the loop runs.

/// Why the engine stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store said no.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The history said no.
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
    /// What the store holds does not fit together.
    #[error("the store is damaged: {0}; run `probity ledger verify`")]
    Damaged(String),
    /// The policy set kept in the store cannot be compiled by this build.
    #[error("the kept policy set `{0}` does not compile with this build")]
    Policies(String),
    /// Something must not be deleted.
    #[error(
        "`{scope}` is under the hold `{hold}`: nothing about it can be erased before that ends or is released"
    )]
    Held {
        /// What is held.
        scope: String,
        /// The hold.
        hold: String,
    },
    /// A value cannot be written or read as JSON.
    #[error("cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// What was asked of a server through the store was not done.
    #[error(
        "another process has the store open and did not take this up; if it is a server, see whether it runs. Nothing was changed"
    )]
    Unheard,
    /// What is asked for cannot be done: in words.
    #[error("{0}")]
    Refused(String),
    /// The writing thread is gone.
    #[error("the writer stopped")]
    WriterGone,
    /// The loop ended; everybody who waits is told.
    #[error(transparent)]
    Loop(#[from] std::sync::Arc<Error>),
}
