//! An enterprise, and which lists about it have something in them.

use db::{Db, Lookup};
use domain::Uscc;

use super::Store;
use super::enterprise_row::EnterpriseRow;
use crate::domain::Enterprise;
use crate::error::Error;

/// Whether there is anything about an enterprise, for whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Lists {
    /// A licence.
    pub licences: bool,
    /// A mark.
    pub marks: bool,
    /// A letter of commitment.
    pub commitments: bool,
}

impl Lists {
    /// Nobody knows: there may be.
    pub const UNKNOWN: Self = Self { licences: true, marks: true, commitments: true };
}

/// An enterprise with them.
#[derive(Clone, sqlx::FromRow)]
pub(super) struct WithLists {
    #[sqlx(flatten)]
    enterprise: EnterpriseRow,
    #[sqlx(flatten)]
    lists: Lists,
}

/// Looks them up.
pub(super) fn lookup(db: &Db) -> Lookup<WithLists> {
    const SQL: &str = "
        SELECT a.id AS asked_id, e.*,
               EXISTS (SELECT 1 FROM licence l WHERE l.uscc = e.uscc) AS licences,
               EXISTS (SELECT 1 FROM mark m WHERE m.uscc = e.uscc) AS marks,
               EXISTS (SELECT 1 FROM commitment c WHERE c.uscc = e.uscc) AS commitments
        FROM asked a
        JOIN enterprise e ON e.uscc = a.id";
    Lookup::new(db, SQL)
}

impl Store {
    /// One enterprise, and which lists about it have something in them.
    ///
    /// # Errors
    /// [`Error::EnterpriseNotFound`].
    pub async fn enterprise_with_lists(&self, uscc: &Uscc) -> Result<(Enterprise, Lists), Error> {
        let row = self.with_lists.find(uscc.as_str()).await?;
        let WithLists { enterprise, lists } = row.ok_or_else(|| Error::EnterpriseNotFound(uscc.clone()))?;
        Ok((Enterprise::try_from(enterprise)?, lists))
    }
}
