//! Stopping in order: one token that servers and loops watch, and the signals that trip it.

use std::io;

use tokio_util::sync::{CancellationToken, DropGuard};

/// Tells everything that runs that it should come to an end. Clones share one state; once tripped it stays so.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(CancellationToken);

impl Shutdown {
    /// A token that nothing has tripped yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins the shutdown.
    pub fn begin(&self) {
        self.0.cancel();
    }

    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits until it begins.
    pub async fn begun(&self) {
        self.0.cancelled().await;
    }

    /// A token that ends with this one, and can be ended alone.
    pub fn child(&self) -> Self {
        Self(self.0.child_token())
    }

    /// The token underneath, for loops of crates that do not know this one.
    pub fn token(&self) -> CancellationToken {
        self.0.clone()
    }

    /// A guard that begins the shutdown when it is dropped, so that a failed part takes the rest down.
    pub fn on_drop(&self) -> DropGuard {
        self.0.clone().drop_guard()
    }
}

/// A token that SIGTERM (from the container runtime) or Ctrl-C begins. A second signal has its usual effect no longer:
/// the drain has its own bound.
///
/// # Errors
/// When the process may not listen for signals.
pub fn signal() -> io::Result<Shutdown> {
    let shutdown = Shutdown::new();
    let begun = shutdown.clone();
    let mut terminate = terminate()?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            // An error means that Ctrl-C cannot be heard; SIGTERM still can.
            Ok(()) = tokio::signal::ctrl_c() => {}
        }
        tracing::info!("shutting down");
        begun.begin();
    });
    Ok(shutdown)
}

#[cfg(unix)]
fn terminate() -> io::Result<tokio::signal::unix::Signal> {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
}

#[cfg(windows)]
fn terminate() -> io::Result<tokio::signal::windows::CtrlShutdown> {
    tokio::signal::windows::ctrl_shutdown()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_child_ends_with_its_parent_but_not_the_other_way() {
        let parent = Shutdown::new();
        let (one, other) = (parent.child(), parent.child());
        one.begin();
        assert!(one.has_begun() && !parent.has_begun() && !other.has_begun());
        drop(parent.on_drop());
        other.begun().await;
    }
}
