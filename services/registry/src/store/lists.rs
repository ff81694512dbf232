//! Which lists about an enterprise have something in them.

use db::on;
use domain::Uscc;

use super::Store;
use crate::error::Error;

/// Whether there is anything about an enterprise, for whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Lists {
    /// A licence.
    pub licences: bool,
    /// A mark.
    pub marks: bool,
}

impl Lists {
    /// Nobody knows: there may be.
    pub const UNKNOWN: Self = Self { licences: true, marks: true };
}

impl Store {
    /// Which lists about `uscc` have something in them.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn lists_of(&self, uscc: &Uscc) -> Result<Lists, Error> {
        const SQL: &str = "
            SELECT EXISTS (SELECT 1 FROM licence WHERE uscc = $1) AS licences,
                   EXISTS (SELECT 1 FROM mark WHERE uscc = $1) AS marks";
        Ok(on!(self.db, |pool| sqlx::query_as(SQL).bind(uscc.as_str()).fetch_one(pool).await)?)
    }
}
