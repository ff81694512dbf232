//! The secret of a draw, and of the letters of a task that has none. It is kept in a table of its own and leaves it for the computation of
//! the draw, of its proof and of the codes of letters only; nothing that is shown, logged or sealed is made from a row that holds it.

use std::fmt;
use std::sync::Arc;

use crypto::draw::Secret;
use db::{Tx, on};
use service::Error as Common;

use crate::domain::Task;

/// Fills the 32 bytes of a secret.
type Fill = dyn Fn(&mut [u8; 32]) + Send + Sync;

/// Where the 32 bytes of a secret come from.
#[derive(Clone)]
pub struct Randomness(Arc<Fill>);

impl Randomness {
    /// Bytes from `fill`; for tests that must repeat.
    pub fn from_fn(fill: impl Fn(&mut [u8; 32]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// Bytes from the operating system.
    pub fn system() -> Self {
        Self::from_fn(|bytes| {
            getrandom::fill(bytes).expect("an operating system without randomness cannot run this program");
        })
    }

    /// A new secret.
    pub(super) fn secret(&self) -> Secret {
        let mut bytes = [0; 32];
        (self.0)(&mut bytes);
        Secret::from_bytes(bytes)
    }
}

impl fmt::Debug for Randomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Randomness")
    }
}

/// The attempt under which the secret is kept; 1 for a task that is not drawn.
fn attempt(task: &Task) -> i64 {
    i64::from(task.attempt.max(1))
}

/// Keeps the secret of the task's present attempt.
pub(super) async fn keep(tx: &mut Tx, task: &Task, secret: &Secret) -> Result<(), sqlx::Error> {
    const SQL: &str = "INSERT INTO draw_secret (task, attempt, secret) VALUES ($1, $2, $3)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(task.name.to_string())
        .bind(attempt(task))
        .bind(&secret.as_bytes()[..])
        .execute(conn)
        .await
        .map(drop))
}

/// The secret of the task's present attempt.
pub(super) async fn take(tx: &mut Tx, task: &Task) -> Result<Secret, Common> {
    const SQL: &str = "SELECT secret FROM draw_secret WHERE task = $1 AND attempt = $2";
    let bytes: Option<Vec<u8>> = on!(tx, |conn| sqlx::query_scalar(SQL)
        .bind(task.name.to_string())
        .bind(attempt(task))
        .fetch_optional(conn)
        .await)?;
    let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let bytes = bytes
        .ok_or_else(|| Common::corrupt(format!("{}: no secret of attempt {}", task.name, task.attempt)))?;
    Ok(Secret::from_bytes(bytes))
}
