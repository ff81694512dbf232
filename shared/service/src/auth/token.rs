//! Where a service takes its own token from.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::config::{BadConfig, read_secret};

/// How long a token from a file is used before the file is read again: a renewed token is picked up within a minute.
const REREAD_AFTER: Duration = Duration::from_secs(60);

/// The token by which a service calls others. `Debug` does not show it.
#[derive(Clone)]
pub struct TokenSource(Arc<Source>);

enum Source {
    Fixed(String),
    File { path: PathBuf, last: Mutex<Option<(Instant, String)>> },
}

impl std::fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenSource")
    }
}

impl TokenSource {
    /// Always the same token.
    pub fn fixed(token: impl Into<String>) -> Self {
        Self(Arc::new(Source::Fixed(token.into())))
    }

    /// The first line of a file, read again every minute, so that whoever renews the token only writes the file.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Arc::new(Source::File { path: path.into(), last: Mutex::new(None) }))
    }

    /// The token to send now.
    ///
    /// # Errors
    /// [`BadConfig`] when the file cannot be read and no token was read from it before.
    pub fn current(&self) -> Result<String, BadConfig> {
        let (path, last) = match &*self.0 {
            Source::Fixed(token) => return Ok(token.clone()),
            Source::File { path, last } => (path, last),
        };
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((read_at, token)) = &*last
            && read_at.elapsed() < REREAD_AFTER
        {
            return Ok(token.clone());
        }
        match (read_secret(path), &*last) {
            (Ok(token), _) => {
                *last = Some((Instant::now(), token.clone()));
                Ok(token)
            }
            // While the file is being replaced, the token of a minute ago still serves.
            (Err(_), Some((_, token))) => Ok(token.clone()),
            (Err(problem), None) => Err(problem),
        }
    }
}
