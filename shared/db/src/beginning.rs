//! Beginning a transaction on PostgreSQL, so that whoever goes away meanwhile leaves none open.
//!
//! sqlx counts a transaction as open only once the server has said so. When the future that begins it is dropped before, as with a
//! request that its caller gives up, nothing takes the transaction back: the connection would return to the pool inside it, and whoever
//! had it next would read an old state of the database, or be refused to write.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::future::BoxFuture;
use sqlx::postgres::PgPool;
use sqlx::{Postgres, SqlSafeStr, Transaction};
use tokio::runtime::Handle;

type Begun = Result<Transaction<'static, Postgres>, sqlx::Error>;

/// Begins a transaction with `statement` on a connection of `pool`.
pub(crate) async fn begin(pool: &PgPool, statement: &'static str) -> Begun {
    // Whoever goes away while there is no connection leaves the queue at once.
    let connection = pool.acquire().await?;
    Beginning(Some(Transaction::begin(connection, Some(statement.into_sql_str())))).await
}

/// The way of a `BEGIN` to the server and back. Dropped before it is over, it goes on by itself; the transaction is then dropped when it is
/// known, and with that rolled back.
struct Beginning(Option<BoxFuture<'static, Begun>>);

impl Future for Beginning {
    type Output = Begun;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Begun> {
        let way = self.0.as_mut().expect("nobody polls a future that was ready");
        let begun = ready!(way.as_mut().poll(context));
        self.0 = None;
        Poll::Ready(begun)
    }
}

impl Drop for Beginning {
    fn drop(&mut self) {
        let Some(way) = self.0.take() else { return };
        // Without a runtime the process ends, and the connection with it.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { drop(way.await) });
        }
    }
}
