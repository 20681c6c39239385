//! Why a history cannot be read or written.

/// See the module. A variant exists only if somebody can act on it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no history at that place.
    #[error("there is no history at `{0}`; `probity history roll` makes one")]
    NotFound(String),
    /// The place is none that this build can write to.
    #[error("`{0}` is no place for a history: {1}")]
    Place(String, String),
    /// Another process writes the history.
    #[error("another process writes the history at `{0}`; try again in a moment")]
    InUse(String),
    /// There are files of a history, and no manifest names them.
    #[error("`{0}` holds files of a history but no manifest; roll into an empty place")]
    NotEmpty(String),
    /// The place does not answer, or has no room.
    #[error("the history cannot be reached: {0}")]
    Unavailable(String),
    /// What is there is not what was written.
    #[error("`{0}` is damaged: {1}")]
    Damaged(String, String),
    /// Another build made it.
    #[error("the history has form {0}, this build reads {1}; use the build that made it")]
    Form(u32, u32),
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}
