//! Which lists about a party have something in them.

use db::{Db, Lookup};
use domain::Uscc;
use service::Error as Common;

use super::Store;
use super::sql::under;

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

/// Looks them up.
pub(super) fn lookup(db: &Db) -> Lookup<Lists> {
    const SQL: &str = concat!(
        "SELECT a.id AS asked_id,
                EXISTS (SELECT 1 FROM record r WHERE ",
        under!("a.id"),
        ") AS records,
                EXISTS (SELECT 1 FROM ticket t WHERE t.uscc = a.id) AS tickets,
                EXISTS (SELECT 1 FROM record r JOIN objection o ON o.record_id = r.id WHERE ",
        under!("a.id"),
        ") AS objections,
                EXISTS (SELECT 1 FROM record r JOIN remedy o ON o.record_id = r.id WHERE ",
        under!("a.id"),
        ") AS remedies
         FROM asked a"
    );
    Lookup::new(db, SQL)
}

impl Store {
    /// Which lists about `uscc` have something in them.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn lists_of(&self, uscc: &Uscc) -> Result<Lists, Common> {
        let found = self.lists.find(uscc.as_str()).await?;
        Ok(found.ok_or(sqlx::Error::RowNotFound)?)
    }
}
