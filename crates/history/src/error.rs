//! Errors of reading or writing a history.

/// Why a history cannot be read or written. A variant exists only if the caller can act on it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no history at that place.
    #[error("there is no history at `{0}`; `probity history roll` makes one")]
    NotFound(String),
    /// The name is not a place that this build can write to.
    #[error("`{0}` is no place for a history: {1}")]
    Place(String, String),
    /// Another process writes the history.
    #[error("another process writes the history at `{0}`; try again in a moment")]
    InUse(String),
    /// The place contains files of a history, but no manifest that names them.
    #[error("`{0}` holds files of a history but no manifest; roll into an empty place")]
    NotEmpty(String),
    /// The place does not answer, or is full.
    #[error("the history cannot be reached: {0}")]
    Unavailable(String),
    /// The contents are not what was written.
    #[error("`{0}` is damaged: {1}")]
    Damaged(String, String),
    /// The history was made by another build.
    #[error("the history has form {0}, this build reads {1}; use the build that made it")]
    Form(u32, u32),
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}
