//! How a follower is doing, for operators: `Feed.GetReaders` answers from it. The health of the server does not hang on it:
//! a restart mends no feed, and a service with an old copy still answers for what is its own.

/// How a follower is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Whether it reads.
    pub state: State,
    /// Last position that it knows to be handled, by itself or by another replica.
    pub seq: i64,
    /// Events that are parked, as far as it knows: counted when it connects, and with what it parks and handles again;
    /// [`list_parked`](crate::list_parked) shows them.
    pub parked: u64,
}

/// Whether a follower reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Not connected yet, or connecting again.
    Connecting,
    /// Follows the feed.
    Following,
    /// Has given up until an operator has it start over; the text is for operators.
    Stopped(String),
}

impl Status {
    pub(super) const START: Self = Self { state: State::Connecting, seq: 0, parked: 0 };

    /// False when the follower has given up: its service then answers from a copy that grows old.
    pub fn is_healthy(&self) -> bool {
        !matches!(self.state, State::Stopped(_))
    }
}

/// Why a follower ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The shutdown began.
    Shutdown,
    /// The feed is not the one read so far: it was restored, or it was tampered with. [`rebuild`](crate::rebuild) or
    /// [`replay`](crate::replay) once it is known which.
    Diverged,
    /// More than [`MAX_PARKED`](crate::MAX_PARKED) events could not be handled.
    TooManyParked,
}
