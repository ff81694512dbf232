//! Which lists about an enterprise have something in them.

use db::on;
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

impl Store {
    /// Which lists about `uscc` have something in them.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn lists_of(&self, uscc: &Uscc) -> Result<Lists, Error> {
        const SQL: &str = "
            SELECT EXISTS (SELECT 1 FROM class WHERE uscc = $1) AS classes,
                   EXISTS (SELECT 1 FROM signal WHERE uscc = $1) AS signals";
        Ok(on!(self.db, |pool| sqlx::query_as(SQL).bind(uscc.as_str()).fetch_one(pool).await)?)
    }
}
