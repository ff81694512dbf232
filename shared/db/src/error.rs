//! What can go wrong with a database, and what kind of wrong it is.

use std::path::PathBuf;

/// Why a database could not be opened or brought up to date. Operator text; it never holds a password.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The folder of a SQLite file could not be created.
    #[error("cannot create the folder `{}` for the database", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system answered.
        source: std::io::Error,
    },
    /// The file of the authority that vouches for the server cannot be read.
    #[error("cannot read `{}`, the authority that vouches for the database", path.display())]
    Root {
        /// The file.
        path: PathBuf,
        /// What the operating system answered.
        source: std::io::Error,
    },
    /// The engine refused the connection or its settings.
    #[error("cannot open the database {url}")]
    Open {
        /// The address, without its password.
        url: String,
        /// What the driver answered.
        source: sqlx::Error,
    },
    /// Two crates number a migration alike; versions must be disjoint across the sets of one database.
    #[error("migrations `{first}` and `{second}` have the same version {version}")]
    OverlappingMigrations {
        /// The number both use.
        version: i64,
        /// Name of the one that was merged first.
        first: &'static str,
        /// Name of the other.
        second: &'static str,
    },
    /// A migration failed, or a released one was edited.
    #[error("cannot migrate the database")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// A statement of this crate failed.
    #[error("the database refused a statement")]
    Statement(#[from] sqlx::Error),
}

/// Result codes of SQLite whose low byte says that another connection holds a lock: `SQLITE_BUSY`, `SQLITE_LOCKED`.
const SQLITE_LOCK_CODES: [u32; 2] = [5, 6];
/// SQLSTATEs by which PostgreSQL asks for a retry: serialization failure, deadlock, lock not available.
const POSTGRES_RETRY_STATES: [&str; 3] = ["40001", "40P01", "55P03"];

/// Whether the statement lost against another transaction and the same transaction may succeed if it is run again.
///
/// True for a busy or locked SQLite file, for PostgreSQL's serialization failure, deadlock and lock time-out, and for
/// waiting too long for a connection. A service answers these as `Aborted`; anything else is a failure of its store.
pub fn is_contention(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(database) => database.code().is_some_and(|code| is_lock_code(&code)),
        _ => false,
    }
}

/// SQLite codes are decimal result codes, extended ones carrying the primary code in their low byte; a SQLSTATE has
/// five characters. No SQLite code reads as one of the SQLSTATEs above.
fn is_lock_code(code: &str) -> bool {
    let sqlite_lock = |number: u32| SQLITE_LOCK_CODES.contains(&(number & 0xff));
    POSTGRES_RETRY_STATES.contains(&code) || (code.len() < 5 && code.parse().is_ok_and(sqlite_lock))
}

/// Whether a unique index or a primary key refused the row.
///
/// On PostgreSQL the transaction is then lost: use `ON CONFLICT DO NOTHING` and read, and keep this for the last
/// statement of a transaction, to name what the caller collided with.
pub fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|database| database.is_unique_violation())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_and_locked_are_contention_in_their_extended_forms_too() {
        for code in ["5", "6", "261", "262", "517", "773", "40001", "40P01", "55P03"] {
            assert!(is_lock_code(code), "{code}");
        }
    }

    #[test]
    fn constraint_syntax_and_disk_errors_are_not_contention() {
        // 2067 unique, 1 generic, 13 disk full, 778 I/O; PostgreSQL unique, undefined table, internal.
        for code in ["2067", "1", "13", "778", "23505", "42P01", "XX000", "05000", ""] {
            assert!(!is_lock_code(code), "{code}");
        }
    }
}
