//! Bells: what one process has committed, all others on its database hear of at once.
//!
//! A transaction [rings](crate::Tx::ring) with its commit, and whoever [hears](Db::hear) is woken: by `NOTIFY` on PostgreSQL, within the
//! process on SQLite, whose file one process has. A ring may be lost (a connection breaks, a pooler stands between), so it shortens a
//! wait and is never needed: whoever hears looks by itself every now and then.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use sqlx::PgConnection;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use tokio::sync::Notify;
use tokio::sync::broadcast::{Receiver, Sender, error::RecvError};

use crate::{Db, Engine};

/// Rings of this process that wait to be heard; whoever is further behind is woken all the same.
const WAITING: usize = 64;
/// How long a connection for hearing may take to open.
const PATIENCE: Duration = Duration::from_secs(5);
/// Pause before it is opened again; doubled after each further failure.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Bells within a process, by their names.
pub(crate) fn in_process() -> Sender<&'static str> {
    Sender::new(WAITING)
}

/// Has PostgreSQL ring with the commit. All schemas of a database share its bells, so each ring names its own.
pub(crate) async fn notify(connection: &mut PgConnection, bell: &str) -> Result<(), sqlx::Error> {
    const SQL: &str = "SELECT pg_notify($1, COALESCE(CAST(current_schema() AS TEXT), ''))";
    sqlx::query(SQL).bind(bell).execute(connection).await.map(drop)
}

impl Db {
    /// Wakes `heard` after each commit of a transaction that [rang](crate::Tx::ring) `bell`, through any process on this database; also
    /// when hearing begins, and begins again after its connection was lost, as rings may have been missed. Runs until it is dropped. On
    /// PostgreSQL it keeps a connection of its own beside the pool.
    pub async fn hear(&self, bell: &str, heard: &Notify) -> Infallible {
        let pool = match &self.pools {
            Engine::Sqlite(_) => return hear_process(self.rung.subscribe(), bell, heard).await,
            Engine::Postgres(pool) => pool,
        };
        let mut pause = FIRST_PAUSE;
        loop {
            let began = Instant::now();
            let Err(error) = hear_server(pool, bell, heard).await;
            if began.elapsed() > LONGEST_PAUSE {
                pause = FIRST_PAUSE;
            }
            note(bell, &error);
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

fn note(bell: &str, error: &sqlx::Error) {
    let error = error as &dyn std::error::Error;
    tracing::warn!(bell, error, "`{bell}` is not heard: whoever hears it looks by itself meanwhile");
}

async fn hear_process(mut rung: Receiver<&'static str>, bell: &str, heard: &Notify) -> Infallible {
    heard.notify_one();
    loop {
        match rung.recv().await {
            Ok(other) if other != bell => {}
            Ok(_) | Err(RecvError::Lagged(_)) => heard.notify_one(),
            // Nobody is left who could ring.
            Err(RecvError::Closed) => std::future::pending::<()>().await,
        }
    }
}

/// Returns when the connection is lost for good.
async fn hear_server(pool: &PgPool, bell: &str, heard: &Notify) -> Result<Infallible, sqlx::Error> {
    const SCHEMA: &str = "SELECT COALESCE(CAST(current_schema() AS TEXT), '')";
    let options = PgConnectOptions::clone(&pool.connect_options());
    let own = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(PATIENCE)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_with(options)
        .await?;
    let schema: String = sqlx::query_scalar(SCHEMA).fetch_one(&own).await?;
    let mut listener = PgListener::connect_with(&own).await?;
    listener.listen(bell).await?;
    heard.notify_one();
    loop {
        match listener.try_recv().await? {
            Some(rung) if rung.payload() != schema => {}
            // None: the connection was lost, and is there again.
            Some(_) | None => heard.notify_one(),
        }
    }
}
