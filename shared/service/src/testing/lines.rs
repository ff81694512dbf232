//! A log that a test reads.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use tracing::Dispatch;

/// What was logged. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// What writes here, without colours: for `tracing::dispatcher::with_default` and `set_default`.
    pub fn dispatch(&self) -> Dispatch {
        let writer = self.clone();
        Dispatch::new(tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish())
    }

    /// The lines so far.
    pub fn so_far(&self) -> Vec<String> {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
