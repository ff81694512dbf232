//! Which lists about an enterprise have something in them.

use db::{Db, Lookup};
use domain::Uscc;

use super::Store;
use crate::error::Error;

/// Whether there is anything about an enterprise, for whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Lists {
    /// A class.
    pub classes: bool,
    /// A signal, which may be a flag.
    pub signals: bool,
}

impl Lists {
    /// Nobody knows: there may be.
    pub const UNKNOWN: Self = Self { classes: true, signals: true };
}

/// Looks them up.
pub(super) fn lookup(db: &Db) -> Lookup<Lists> {
    const SQL: &str = "
        SELECT a.id AS asked_id,
               EXISTS (SELECT 1 FROM class c WHERE c.uscc = a.id) AS classes,
               EXISTS (SELECT 1 FROM signal s WHERE s.uscc = a.id) AS signals
        FROM asked a";
    Lookup::new(db, SQL)
}

impl Store {
    /// Which lists about `uscc` have something in them.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn lists_of(&self, uscc: &Uscc) -> Result<Lists, Error> {
        let found = self.lists.find(uscc.as_str()).await?;
        Ok(found.ok_or(sqlx::Error::RowNotFound)?)
    }
}
