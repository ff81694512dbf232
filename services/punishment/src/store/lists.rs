//! Which lists about a party have something in them.

use db::on;
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

impl Store {
    /// Which lists about `uscc` have something in them.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn lists_of(&self, uscc: &Uscc) -> Result<Lists, Error> {
        const SQL: &str = "
            SELECT EXISTS (SELECT 1 FROM abnormal_entry WHERE uscc = $1) AS entries,
                   EXISTS (SELECT 1 FROM serious_case WHERE uscc = $1) AS cases,
                   EXISTS (SELECT 1 FROM measure WHERE uscc = $1) AS measures,
                   EXISTS (SELECT 1 FROM repair WHERE uscc = $1) AS repairs,
                   EXISTS (SELECT 1 FROM entry_remedy WHERE uscc = $1) AS remedies";
        Ok(on!(&self.db, |pool| sqlx::query_as(SQL).bind(uscc.as_str()).fetch_one(pool).await)?)
    }
}
