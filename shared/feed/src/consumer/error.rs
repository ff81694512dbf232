//! What can go wrong while events are handled.

use db::is_contention;
use sqlx::error::ErrorKind;
use tonic::Status;

/// Why an event was not handled. Either way its transaction is undone.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// This event can never be handled as it is, whoever tries and when: it is parked with its subject, and the feed
    /// goes on. The text is for operators.
    #[error("{0}")]
    Poison(String),
    /// Something else failed, such as the database: the event is tried again.
    #[error("events cannot be handled now")]
    Later(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ApplyError {
    /// An event that can never be handled, and why.
    pub fn poison(why: impl std::fmt::Display) -> Self {
        Self::Poison(why.to_string())
    }
}

/// A broken constraint or a value that does not fit breaks again each time; everything else may pass.
impl From<sqlx::Error> for ApplyError {
    fn from(error: sqlx::Error) -> Self {
        let broken = match &error {
            _ if is_contention(&error) => false,
            sqlx::Error::Database(database) => !matches!(database.kind(), ErrorKind::Other),
            sqlx::Error::RowNotFound => true,
            _ => false,
        };
        if broken { Self::Poison(error.to_string()) } else { Self::Later(error.into()) }
    }
}

/// Refusals of a service's own rules break again each time; failures of its store may pass.
impl From<service::Error> for ApplyError {
    fn from(error: service::Error) -> Self {
        match error {
            service::Error::Store(error) => error.into(),
            service::Error::Contended => Self::Later(error.into()),
            refused => Self::Poison(service::error::causes(&refused)),
        }
    }
}

/// Why the parked events of a subject were not all handled.
#[derive(Debug, thiserror::Error)]
pub enum RetryError {
    /// The first of them still cannot be handled; it stays parked.
    #[error("event {seq} still cannot be handled: {why}")]
    Poison {
        /// Its position.
        seq: i64,
        /// Why.
        why: String,
    },
    /// The feed does not give the event again.
    #[error("event {seq} cannot be read from its feed again: {why}")]
    Unreadable {
        /// Its position.
        seq: i64,
        /// Why.
        why: String,
    },
    /// The feed could not be asked.
    #[error("the feed does not answer")]
    Feed(#[from] Status),
    /// Something else failed; nothing was changed.
    #[error("the parked events cannot be handled now")]
    Later(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<sqlx::Error> for RetryError {
    fn from(error: sqlx::Error) -> Self {
        Self::Later(error.into())
    }
}

/// Why a stream was left.
#[derive(Debug, thiserror::Error)]
pub(super) enum Left {
    /// The feed is not the one that was read so far; reading on would mix two histories.
    #[error("the feed is not the one read so far: {0}")]
    Diverged(String),
    /// More events are parked than one bad event explains.
    #[error("{0} events are parked: that is no single bad event; repair the cause and retry them")]
    TooManyParked(i64),
    /// The cursor was set back, as by a rebuild: start again from it.
    #[error("the cursor was set back")]
    SetBack,
    /// The feed or the connection to it failed.
    #[error("the feed does not answer: {} ({:?})", .0.message(), .0.code())]
    Feed(#[from] Status),
    /// The server ended the stream, as it does when it goes down.
    #[error("the feed ended the stream")]
    Ended,
    /// Not a sign of life came for too long.
    #[error("the feed has gone silent")]
    Silent,
    /// The events could not be handled.
    #[error("events cannot be handled now: {}", service::error::causes(.0.as_ref()))]
    Later(Box<dyn std::error::Error + Send + Sync>),
}

impl From<sqlx::Error> for Left {
    fn from(error: sqlx::Error) -> Self {
        Self::Later(error.into())
    }
}
