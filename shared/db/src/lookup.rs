//! Looking a row up by its key, for all who ask at the same time by one statement.
//!
//! A small statement costs less than the way to it: on SQLite two switches of threads, on PostgreSQL a connection and a round trip. So
//! whoever comes while nobody asks begins a task that asks for all who have come, by one statement after the other, until nobody waits. Before
//! each statement the other tasks of its thread have their turn, once: where they do nothing it begins at once, and the busier a process,
//! the more have come by then and share it. A statement begins after all whose keys it has have come, so that each sees whatever was
//! committed before it asked. Nobody waits long for others: where a connection does not answer, each asks by itself.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow, Row as _};
use tokio::runtime::Handle;
use tokio::sync::oneshot::{self, Receiver, Sender};
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::{Db, Engine, Row};

/// What stands before the text of a statement: the keys that it is asked for, each once, as the table `asked (id)`.
const ASKED_ON_SQLITE: &str = "WITH asked AS (SELECT value AS id FROM json_each($1))";
/// The same on PostgreSQL.
const ASKED_ON_POSTGRES: &str = "WITH asked AS (SELECT id FROM UNNEST($1) AS id)";
/// The column in which a row says for which key it was found.
const KEY: &str = "asked_id";

/// How long a statement for all may take: many times what it takes on a busy machine, and a fraction of what a caller waits for an answer.
const LATE: Duration = Duration::from_millis(500);

/// Looks rows up by one statement. Cheap to clone; all clones ask together.
pub struct Lookup<R>(Arc<Shared<R>>);

struct Shared<R> {
    db: Db,
    sql: Arc<str>,
    /// How long a statement for all may take.
    late: Duration,
    line: Mutex<Line<R>>,
}

/// Who waits, by key.
type Waiting<R> = HashMap<String, Vec<Sender<Option<R>>>>;

struct Line<R> {
    /// Whether somebody has the turn.
    is_taken: bool,
    waiting: Waiting<R>,
}

/// The right to ask for all who wait. When it is given back, however that comes, those who still wait ask by themselves.
struct Turn<R>(Arc<Shared<R>>);

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

impl<R: Row + Clone + 'static> Lookup<R> {
    /// Looks up by `select`, which reads the keys from the table `asked (id)`, answers one row at most for each of them, and says for which
    /// in the column `asked_id` (`SELECT a.id AS asked_id, … FROM asked a JOIN …`).
    #[must_use]
    pub fn new(db: &Db, select: &'static str) -> Self {
        Self::late_after(LATE, db, select)
    }

    fn late_after(late: Duration, db: &Db, select: &'static str) -> Self {
        let asked = match db.executor() {
            Engine::Sqlite(_) => ASKED_ON_SQLITE,
            Engine::Postgres(_) => ASKED_ON_POSTGRES,
        };
        let sql = format!("{asked} {select}").into();
        let line = Line { is_taken: false, waiting: HashMap::new() };
        Self(Arc::new(Shared { db: db.clone(), sql, late, line: Mutex::new(line) }))
    }

    /// The row of `key`, if there is one.
    ///
    /// # Errors
    /// What the database answers. Where a statement for many fails, each of them is asked for alone.
    pub async fn find(&self, key: &str) -> Result<Option<R>, sqlx::Error> {
        match self.come(key).await {
            Ok(found) => Ok(found),
            // Boxed: nearly nobody needs it.
            Err(_) => Box::pin(self.0.one(key)).await,
        }
    }

    /// Waits in the line; whoever finds that nobody has the turn has it taken.
    fn come(&self, key: &str) -> Receiver<Option<R>> {
        let (sender, answer) = oneshot::channel();
        let mut line = self.0.line();
        match line.waiting.get_mut(key) {
            Some(others) => others.push(sender),
            None => {
                line.waiting.insert(key.to_owned(), vec![sender]);
            }
        }
        let is_first = !std::mem::replace(&mut line.is_taken, true);
        drop(line);
        if is_first {
            let turn = Turn(self.0.clone());
            // A task of its own: whoever came first may go away, or not go on. Without a runtime the turn is over at once.
            if let Ok(runtime) = Handle::try_current() {
                runtime.spawn(turn.ask());
            }
        }
        answer
    }
}

impl<R: Row + Clone + 'static> Shared<R> {
    /// The row of one key.
    async fn one(&self, key: &str) -> Result<Option<R>, sqlx::Error> {
        let rows = self.all(vec![key.to_owned()]).await?;
        Ok(rows.into_iter().next().map(|(_, row)| row))
    }

    /// The rows of all these keys with their keys, in no order.
    async fn all(&self, keys: Vec<String>) -> Result<Vec<(String, R)>, sqlx::Error> {
        let sql = AssertSqlSafe(self.sql.clone());
        // Not by `query_as`, which would make a stream of them first.
        match self.db.executor() {
            Engine::Sqlite(readers) => {
                let rows = sqlx::query(sql).bind(list(&keys)?).fetch_all(readers).await?;
                let row_of = <R as FromRow<'_, SqliteRow>>::from_row;
                rows.iter().map(|row| Ok((row.try_get(KEY)?, row_of(row)?))).collect()
            }
            Engine::Postgres(pool) => {
                let rows = sqlx::query(sql).bind(keys).fetch_all(pool).await?;
                let row_of = <R as FromRow<'_, PgRow>>::from_row;
                rows.iter().map(|row| Ok((row.try_get(KEY)?, row_of(row)?))).collect()
            }
        }
    }

    /// Those who wait and are still there.
    fn waiting(&self) -> Waiting<R> {
        let mut waiting = std::mem::take(&mut self.line().waiting);
        waiting.retain(|_, those| {
            those.retain(|one| !one.is_closed());
            !those.is_empty()
        });
        waiting
    }
}

impl<R> Shared<R> {
    fn line(&self) -> MutexGuard<'_, Line<R>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: Row + Clone + 'static> Turn<R> {
    /// Asks for those who wait until there are none. When that fails, or takes long, all find that they are told of by nobody, and ask
    /// alone.
    async fn ask(self) {
        loop {
            yield_now().await;
            let waiting = self.0.waiting();
            if waiting.is_empty() {
                return;
            }
            let keys = waiting.keys().cloned().collect();
            match timeout(self.0.late, self.0.all(keys)).await {
                Ok(Ok(rows)) => tell(waiting, rows),
                Ok(Err(error)) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::debug!(error, "rows could not be looked up together; each is looked up alone");
                    return;
                }
                Err(_) => {
                    tracing::debug!("rows were not looked up together in time; each is looked up alone");
                    return;
                }
            }
        }
    }
}

impl<R> Drop for Turn<R> {
    fn drop(&mut self) {
        let left = {
            let mut line = self.0.line();
            line.is_taken = false;
            std::mem::take(&mut line.waiting)
        };
        // Whoever is woken by this may ask at once.
        drop(left);
    }
}

/// Gives each who waits its row, and nothing to those whose key has none.
fn tell<R: Clone>(mut waiting: Waiting<R>, rows: Vec<(String, R)>) {
    for (key, row) in rows {
        let Some(mut those) = waiting.remove(&key) else { continue };
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

#[cfg(test)]
mod tests {
    use futures::future::join_all;
    use futures::poll;

    use super::*;
    use crate::DatabaseUrl;

    /// A key, and how many keys were asked for together with it, itself included.
    #[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
    struct Asked {
        id: String,
        together: i64,
    }

    fn asked(id: &str, together: i64) -> Option<Asked> {
        Some(Asked { id: id.to_owned(), together })
    }

    /// In a runtime of one thread, where nobody goes on but while the test waits.
    async fn lookup(folder: &tempfile::TempDir) -> Lookup<Asked> {
        const HOW_MANY: &str =
            "SELECT a.id AS asked_id, a.id AS id, (SELECT COUNT(*) FROM asked) AS together FROM asked a";
        let url = DatabaseUrl::sqlite(folder.path().join("test.db"));
        // However busy the machine is: what is late would be asked for by each alone.
        Lookup::late_after(Duration::from_secs(600), &Db::open(&url).await.unwrap(), HOW_MANY)
    }

    #[tokio::test]
    async fn all_who_have_come_before_a_statement_begins_share_it_and_each_key_is_asked_for_once() {
        let folder = tempfile::tempdir().unwrap();
        let keys = lookup(&folder).await;
        let found = join_all(["a", "b", "c", "b"].map(|key| keys.find(key))).await;
        for (key, found) in ["a", "b", "c", "b"].into_iter().zip(found) {
            assert_eq!(found.unwrap(), asked(key, 3));
        }
        assert_eq!(keys.find("a").await.unwrap(), asked("a", 1));
    }

    #[tokio::test]
    async fn who_went_away_is_not_asked_for_and_takes_the_turn_from_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let keys = lookup(&folder).await;
        let mut gone = Box::pin(keys.find("gone"));
        assert!(poll!(gone.as_mut()).is_pending());
        drop(gone);
        let found = join_all(["a", "b"].map(|key| keys.find(key))).await;
        for (key, found) in ["a", "b"].into_iter().zip(found) {
            assert_eq!(found.unwrap(), asked(key, 2));
        }
    }

    #[tokio::test]
    async fn who_waits_when_the_turn_is_given_up_asks_alone() {
        let folder = tempfile::tempdir().unwrap();
        let keys = lookup(&folder).await;
        keys.0.line().is_taken = true;
        let turn = Turn(keys.0.clone());
        let (mut one, mut other) = (Box::pin(keys.find("a")), Box::pin(keys.find("b")));
        assert!(poll!(one.as_mut()).is_pending() && poll!(other.as_mut()).is_pending());
        drop(turn);
        assert_eq!((one.await.unwrap(), other.await.unwrap()), (asked("a", 1), asked("b", 1)));
        assert!(!keys.0.line().is_taken);
    }
}
