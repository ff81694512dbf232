//! Which lists about a party have something in them.

use db::{Db, Lookup};
use domain::Uscc;

use super::Store;
use crate::error::Error;

/// Whether there is anything about a party, for whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Lists {
    /// An entry of the directory of abnormal operations, or a mark.
    pub entries: bool,
    /// A case for the list of serious violators.
    pub cases: bool,
    /// A joint measure.
    pub measures: bool,
    /// An application for credit repair.
    pub repairs: bool,
    /// A remedy against a listing, or against the answer to an application.
    pub remedies: bool,
}

impl Lists {
    /// Nobody knows: there may be.
    pub const UNKNOWN: Self =
        Self { entries: true, cases: true, measures: true, repairs: true, remedies: true };
}

/// Looks them up.
pub(super) fn lookup(db: &Db) -> Lookup<Lists> {
    const SQL: &str = "
        SELECT a.id AS asked_id,
               EXISTS (SELECT 1 FROM abnormal_entry e WHERE e.uscc = a.id) AS entries,
               EXISTS (SELECT 1 FROM serious_case c WHERE c.uscc = a.id) AS cases,
               EXISTS (SELECT 1 FROM measure m WHERE m.uscc = a.id) AS measures,
               EXISTS (SELECT 1 FROM repair r WHERE r.uscc = a.id) AS repairs,
               EXISTS (SELECT 1 FROM entry_remedy o WHERE o.uscc = a.id) AS remedies
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
