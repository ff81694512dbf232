//! Which lists about a party have something in them.

use db::on;
use domain::Uscc;
use service::Error as Common;

use super::Store;

/// Whether there is anything about a party, for whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Lists {
    /// A record.
    pub records: bool,
    /// A ticket.
    pub tickets: bool,
    /// An objection to one of its records.
    pub objections: bool,
    /// A remedy against the decision behind one of its records.
    pub remedies: bool,
}

impl Lists {
    /// Nobody knows: there may be.
    pub const UNKNOWN: Self = Self { records: true, tickets: true, objections: true, remedies: true };
}

impl Store {
    /// Which lists about `uscc` have something in them.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn lists_of(&self, uscc: &Uscc) -> Result<Lists, Common> {
        const SQL: &str = "
            SELECT EXISTS (SELECT 1 FROM record WHERE uscc = $1) AS records,
                   EXISTS (SELECT 1 FROM ticket WHERE uscc = $1) AS tickets,
                   EXISTS (SELECT 1 FROM record r JOIN objection a ON a.record_id = r.id WHERE r.uscc = $1)
                       AS objections,
                   EXISTS (SELECT 1 FROM record r JOIN remedy a ON a.record_id = r.id WHERE r.uscc = $1)
                       AS remedies";
        Ok(on!(&self.db, |pool| sqlx::query_as(SQL).bind(uscc.as_str()).fetch_one(pool).await)?)
    }
}
