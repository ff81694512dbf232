//! Which lists about an enterprise have something in them.

use db::{Db, Lookup};
use domain::Uscc;

use super::Store;
use crate::error::Error;

/// Whether there is anything about an enterprise, for whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Lists {
    /// A visit.
    pub visits: bool,
    /// A rectification of what a visit found, or a case lead.
    pub rectifications: bool,
}

impl Lists {
    /// Nobody knows: there may be.
    pub const UNKNOWN: Self = Self { visits: true, rectifications: true };
}

/// Looks them up.
pub(super) fn lookup(db: &Db) -> Lookup<Lists> {
    // By the visits: the key of a rectification is that of its visit, and begins with the task.
    const SQL: &str = "
        SELECT a.id AS asked_id,
               EXISTS (SELECT 1 FROM visit v WHERE v.uscc = a.id) AS visits,
               EXISTS (SELECT 1 FROM visit v JOIN rectification r ON r.task = v.task AND r.uscc = v.uscc
                       WHERE v.uscc = a.id) AS rectifications
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
