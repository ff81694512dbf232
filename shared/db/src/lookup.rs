//! Looking a row up by its key, for all who ask at the same time by one statement.
//!
//! A small statement costs less than the way to it: on SQLite two switches of threads, on PostgreSQL a connection and a round trip. Whoever
//! comes while nobody asks is answered by a statement of its own, at once. Whoever comes meanwhile waits for it to end, and is asked for
//! together with all others who wait: the busier a process, the more share a statement. A statement begins after all whose keys it has
//! have come, so that each sees whatever was committed before it asked. Nobody waits long for others: where a connection does not
//! answer, or whoever asks does not go on, the others ask by themselves.

use std::collections::HashMap;
use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow};
use tokio::runtime::Handle;
use tokio::sync::oneshot::{self, Receiver, Sender};
use tokio::time::{Instant, timeout};

use crate::{Db, Engine, Row};

/// What stands before the text of a statement: the keys that it is asked for, each once, as the table `asked (id)`.
const ASKED_ON_SQLITE: &str = "WITH asked AS (SELECT value AS id FROM json_each($1))";
/// The same on PostgreSQL.
const ASKED_ON_POSTGRES: &str = "WITH asked AS (SELECT id FROM UNNEST($1) AS id)";

/// How long one keeps the turn, and how long others wait for it: many times what such a statement takes on a busy machine, and a
/// fraction of what a caller waits for an answer.
const LATE: Duration = Duration::from_millis(500);
/// Age of a turn whose holder does not go on: whoever does has given it back when it was [`LATE`], or on a busy machine a little later.
const LOST: Duration = Duration::from_millis(1_000);

/// A row that says for which key it was found.
pub trait Keyed: Row + Clone + 'static {
    /// The key, as it was asked for.
    fn key(&self) -> &str;
}

/// Looks rows up by one statement. Cheap to clone; all clones ask together.
pub struct Lookup<R>(Arc<Shared<R>>);

struct Shared<R> {
    db: Db,
    sql: Arc<str>,
    line: Mutex<Line<R>>,
}

/// Who waits, by key.
type Waiting<R> = HashMap<String, Vec<Sender<Option<R>>>>;

struct Line<R> {
    /// When the turn was taken that somebody has.
    taken: Option<Instant>,
    waiting: Waiting<R>,
}

/// The place of somebody who has come.
enum Place<R: Keyed> {
    First(Turn<R>),
    Behind(Receiver<Option<R>>),
    /// Who has the turn does not go on: whoever waited would wait in vain, and be kept in the line until it does.
    Alone,
}

/// The right to ask. Whoever gives it back, however that comes, has those asked for who wait.
struct Turn<R: Keyed>(Arc<Shared<R>>);

impl<R> Clone for Lookup<R> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<R> fmt::Debug for Lookup<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookup").field("sql", &self.0.sql).finish_non_exhaustive()
    }
}

impl<R: Keyed> Lookup<R> {
    /// Looks up by `select`, which reads the keys from the table `asked (id)` (`SELECT … FROM asked a JOIN …`) and answers one row at most
    /// for each of them.
    #[must_use]
    pub fn new(db: &Db, select: &'static str) -> Self {
        let asked = match db.executor() {
            Engine::Sqlite(_) => ASKED_ON_SQLITE,
            Engine::Postgres(_) => ASKED_ON_POSTGRES,
        };
        let sql = format!("{asked} {select}").into();
        let line = Line { taken: None, waiting: HashMap::new() };
        Self(Arc::new(Shared { db: db.clone(), sql, line: Mutex::new(line) }))
    }

    /// The row of `key`, if there is one.
    ///
    /// # Errors
    /// What the database answers. Where a statement for many fails, each of them is asked for alone.
    pub async fn find(&self, key: &str) -> Result<Option<R>, sqlx::Error> {
        match self.come(key) {
            Place::First(turn) => {
                let mut asking = pin!(self.0.one(key));
                let found = timeout(LATE, &mut asking).await;
                drop(turn);
                match found {
                    Ok(found) => found,
                    Err(_) => asking.await,
                }
            }
            Place::Behind(answer) => match timeout(LATE, answer).await {
                Ok(Ok(found)) => Ok(found),
                _ => self.0.one(key).await,
            },
            Place::Alone => self.0.one(key).await,
        }
    }

    fn come(&self, key: &str) -> Place<R> {
        let mut line = self.0.line();
        match line.taken {
            None => {
                line.taken = Some(Instant::now());
                return Place::First(Turn(self.0.clone()));
            }
            Some(taken) if taken.elapsed() >= LOST => return Place::Alone,
            Some(_) => {}
        }
        let (sender, answer) = oneshot::channel();
        match line.waiting.get_mut(key) {
            Some(others) => others.push(sender),
            None => {
                line.waiting.insert(key.to_owned(), vec![sender]);
            }
        }
        Place::Behind(answer)
    }
}

impl<R: Keyed> Shared<R> {
    /// The row of one key.
    async fn one(&self, key: &str) -> Result<Option<R>, sqlx::Error> {
        let (sql, keys) = (AssertSqlSafe(self.sql.clone()), vec![key.to_owned()]);
        match self.db.executor() {
            Engine::Sqlite(readers) => sqlx::query_as(sql).bind(list(&keys)?).fetch_optional(readers).await,
            Engine::Postgres(pool) => sqlx::query_as(sql).bind(keys).fetch_optional(pool).await,
        }
    }

    /// The rows of all these keys, in no order.
    async fn all(&self, keys: Vec<String>) -> Result<Vec<R>, sqlx::Error> {
        let sql = AssertSqlSafe(self.sql.clone());
        // Not by `query_as`, which would make a stream of them first.
        match self.db.executor() {
            Engine::Sqlite(readers) => {
                let rows = sqlx::query(sql).bind(list(&keys)?).fetch_all(readers).await?;
                rows.iter().map(<R as FromRow<'_, SqliteRow>>::from_row).collect()
            }
            Engine::Postgres(pool) => {
                let rows = sqlx::query(sql).bind(keys).fetch_all(pool).await?;
                rows.iter().map(<R as FromRow<'_, PgRow>>::from_row).collect()
            }
        }
    }
}

impl<R> Shared<R> {
    fn line(&self) -> MutexGuard<'_, Line<R>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: Keyed> Turn<R> {
    /// Asks for those who have waited and are still there. When that fails, or takes long, they find that they are told of by nobody, and
    /// ask alone.
    async fn answer(self, mut waiting: Waiting<R>) {
        waiting.retain(|_, those| {
            those.retain(|one| !one.is_closed());
            !those.is_empty()
        });
        if waiting.is_empty() {
            return;
        }
        let keys = waiting.keys().cloned().collect();
        match timeout(LATE, self.0.all(keys)).await {
            Ok(Ok(rows)) => tell(waiting, rows),
            Err(_) => tracing::debug!("rows were not looked up together in time; each is looked up alone"),
            Ok(Err(error)) => {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "rows could not be looked up together; each is looked up alone");
            }
        }
    }
}

impl<R: Keyed> Drop for Turn<R> {
    fn drop(&mut self) {
        let waiting = {
            let mut line = self.0.line();
            line.taken = (!line.waiting.is_empty()).then(Instant::now);
            std::mem::take(&mut line.waiting)
        };
        if waiting.is_empty() {
            return;
        }
        let next = Turn(self.0.clone());
        // A task of its own: whoever had the turn has its answer, or is gone. Without a runtime nobody can ask, and nobody waits for long.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(next.answer(waiting));
        }
    }
}

/// Gives each who waits its row, and nothing to those whose key has none.
fn tell<R: Keyed>(mut waiting: Waiting<R>, rows: Vec<R>) {
    for row in rows {
        let Some(mut those) = waiting.remove(row.key()) else { continue };
        let last = those.pop();
        for one in those {
            // Whoever went away is not told.
            one.send(Some(row.clone())).ok();
        }
        if let Some(last) = last {
            last.send(Some(row)).ok();
        }
    }
    for one in waiting.into_values().flatten() {
        one.send(None).ok();
    }
}

/// Keys as SQLite takes them: one JSON text.
fn list(keys: &[String]) -> Result<String, sqlx::Error> {
    serde_json::to_string(keys).map_err(|error| sqlx::Error::Encode(error.into()))
}
