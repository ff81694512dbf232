//! Until when an answer is waited for.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    sync::oneshot,
    time::{Instant, Sleep, sleep_until},
};

/// The deadline of an answer. One that is ready at once, as most are, sets no timer.
#[derive(Debug)]
pub(super) struct Until {
    end: Instant,
    /// Tells when all of the request has come, where that may take long.
    said: Option<oneshot::Receiver<()>>,
    /// Longest time for the answer from then on.
    timeout: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Until {
    /// Until `end`; where `said` tells when all of the request has come, for `timeout` after that at most.
    pub(super) fn new(end: Instant, said: Option<oneshot::Receiver<()>>, timeout: Duration) -> Self {
        Self { end, said, timeout, timer: None }
    }

    /// The end, as far as it is known.
    pub(super) fn end(&self) -> Instant {
        self.end
    }

    /// Ready when the time is over.
    pub(super) fn poll_passed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // Said or given up: nothing more is waited for.
        if self.said.as_mut().is_some_and(|said| Pin::new(said).poll(cx).is_ready()) {
            self.said = None;
            self.end = self.end.min(Instant::now() + self.timeout);
            self.timer = None;
        }
        let end = self.end;
        self.timer.get_or_insert_with(|| Box::pin(sleep_until(end))).as_mut().poll(cx)
    }
}
