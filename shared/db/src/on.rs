//! `on!`: one body, compiled for each engine.

/// Something that exists once per engine: a pool, a connection, an answer.
#[derive(Clone, Copy, Debug)]
pub enum Engine<S, P> {
    /// The SQLite half.
    Sqlite(S),
    /// The PostgreSQL half.
    Postgres(P),
}

/// Runs one body on the engine that is open.
///
/// The first argument is a [`Db`](crate::Db) or a [`Tx`](crate::Tx), by value or by reference; the name between the
/// bars is bound to what sqlx calls the executor: `&Readers` or `&PgPool` for a `Db`, `&mut SqliteConnection` or
/// `&mut PgConnection` for a `Tx`. The body is compiled twice, once for each engine, so both must accept it and both
/// must give the same type.
///
/// ```
/// # use db::{Db, Tx, on};
/// #[derive(sqlx::FromRow)]
/// struct Mark { uscc: String, revision: i64 }
///
/// async fn find(db: &Db, uscc: &str) -> Result<Option<Mark>, sqlx::Error> {
///     const SQL: &str = "SELECT uscc, revision FROM mark WHERE uscc = $1";
///     on!(db, |pool| sqlx::query_as(SQL).bind(uscc).fetch_optional(pool).await)
/// }
///
/// async fn touch(tx: &mut Tx, uscc: &str) -> Result<i64, sqlx::Error> {
///     const SQL: &str = "UPDATE mark SET revision = revision + 1 WHERE uscc = $1 RETURNING revision";
///     on!(tx, |conn| sqlx::query_scalar(SQL).bind(uscc).fetch_one(conn).await)
/// }
/// ```
///
/// `execute` answers another type on each engine: end the body with `.await?.rows_affected()`, or with
/// `.await.map(drop)` where nothing is to be said.
///
/// Where the two engines need different texts, keep both side by side and match on `engine()`; say why.
#[macro_export]
macro_rules! on {
    ($target:expr, |$executor:ident| $body:expr) => {
        match $target.executor() {
            $crate::Engine::Sqlite($executor) => $body,
            $crate::Engine::Postgres($executor) => $body,
        }
    };
}
