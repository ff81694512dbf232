//! What is made of files, and made anew when they change.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::{Problem, TlsError};

/// Shortest time between two looks at the files: a replaced certificate is used for connections that begin this much later.
const LOOK_AFTER: Duration = Duration::from_secs(1);

/// A value made of the contents of files.
pub(crate) struct Watched<T> {
    paths: Vec<PathBuf>,
    make: fn(&[Vec<u8>]) -> Result<T, Problem>,
    state: Mutex<State<T>>,
}

struct State<T> {
    contents: Vec<Vec<u8>>,
    value: Arc<T>,
    looked_at: Instant,
    /// Whether the log has said that what the files hold now cannot be used.
    complained: bool,
}

impl<T> Watched<T> {
    /// Reads the files and makes the value.
    pub(crate) fn open(
        paths: Vec<PathBuf>,
        make: fn(&[Vec<u8>]) -> Result<T, Problem>,
    ) -> Result<Self, TlsError> {
        let contents = read(&paths)?;
        let value = make(&contents).map_err(|problem| TlsError { path: paths[0].clone(), problem })?;
        let state = State { contents, value: Arc::new(value), looked_at: Instant::now(), complained: false };
        Ok(Self { paths, make, state: Mutex::new(state) })
    }

    /// The value by what the files hold, at most a second old. While they hold nothing that can be used, as when only one of two
    /// was written yet, the value stays what it was.
    pub(crate) fn current(&self) -> Arc<T> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.looked_at.elapsed() >= LOOK_AFTER {
            state.looked_at = Instant::now();
            self.look(&mut state);
        }
        state.value.clone()
    }

    fn look(&self, state: &mut State<T>) {
        let made = read(&self.paths).and_then(|contents| {
            if contents == state.contents {
                return Ok(None);
            }
            let made = (self.make)(&contents);
            made.map(|value| Some((contents, value)))
                .map_err(|problem| TlsError { path: self.paths[0].clone(), problem })
        });
        match made {
            Ok(None) => state.complained = false,
            Ok(Some((contents, value))) => {
                tracing::info!("`{}` was replaced and is in use", self.paths[0].display());
                (state.contents, state.value, state.complained) = (contents, Arc::new(value), false);
            }
            Err(problem) if !state.complained => {
                tracing::warn!(error = %problem, "{problem}; what was read before goes on being used");
                state.complained = true;
            }
            Err(_) => {}
        }
    }
}

fn read(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, TlsError> {
    let one = |path: &PathBuf| {
        std::fs::read(path).map_err(|source| TlsError { path: path.clone(), problem: source.into() })
    };
    paths.iter().map(one).collect()
}
