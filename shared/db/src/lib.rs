//! One door to the two storage engines: SQLite (the embedded default) and PostgreSQL (production).
//!
//! The crate owns pools, transactions, bells between processes, migrations, the mapping of engine errors, bulk load, shared look-ups and page tokens, and the
//! harness that runs one list of test cases on both engines. It knows no table of any service, and it never hides SQL:
//! a statement stands as one constant text in the function that runs it, and [`on!`] runs that text on whichever engine
//! is open.
//!
//! Start with [`Db`], then [`on!`], then [`Tx`]. What the text may hold, so that both engines read it alike:
//! - placeholders `$1, $2 …`; `RETURNING`; `INSERT … ON CONFLICT …`; `INSERT … SELECT … WHERE true ON CONFLICT …`;
//! - keys `TEXT COLLATE "C"` on PostgreSQL and `TEXT` in `STRICT` tables on SQLite; every integer `BIGINT`;
//! - sums as `CAST(COALESCE(SUM(x), 0) AS BIGINT)`; the order of `NULL`s written out;
//! - no database clock, no `::casts`, arrays or JSON operators (they stay inside [`bulk`], [`rows_of`] and [`Lookup`]); at most [`MAX_BINDS`] placeholders.
//!
//! Rows derive `sqlx::FromRow` without naming an engine: the derived implementation is generic over both.

mod beginning;
mod bell;
pub mod bulk;
mod error;
mod keys;
mod log;
mod lookup;
mod migrations;
mod on;
pub mod page;
mod pool;
mod readers;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tx;
mod url;

pub use error::{DbError, is_contention, is_unique_violation};
pub use keys::{Row, rows_of, rows_of_bytes};
pub use lookup::Lookup;
pub use migrations::{Migration, Migrations};
pub use on::Engine;
pub use page::{Fingerprint, InvalidPageSize, InvalidPageToken, PageToken, page_size, place_of};
pub use pool::{Db, SqlitePools};
pub use readers::Readers;
pub use tx::Tx;
pub use url::{DatabaseUrl, InvalidDatabaseUrl};

/// Most placeholders one statement may hold: below the 32,766 of SQLite and the 65,535 of PostgreSQL.
pub const MAX_BINDS: usize = 30_000;
