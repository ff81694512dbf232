//! The history of enterprises: what was true on a day, as it was known at an instant.

use chrono::NaiveDate;
use db::{Tx, on, place_of};
use domain::{MicrosUtc, Uscc};
use service::fitting::Page;
use sqlx::QueryBuilder;

use super::Store;
use super::enterprise_row::{EnterpriseRow, enterprises_of};
use super::list::Cut;
use super::sql::{KEYS_PER_STATEMENT, push_list};
use crate::domain::Enterprise;
use crate::error::Error;

/// A point in both times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// True on this day …
    pub day: NaiveDate,
    /// … as far as it was known at this instant.
    pub known_at: MicrosUtc,
}

impl AsOf {
    fn sees(&self, version: &Enterprise) -> bool {
        version.effective_on <= self.day && version.updated_at <= self.known_at
    }
}

impl Store {
    /// `present` as it stood at `at`. A past content is without its legal representative.
    ///
    /// # Errors
    /// [`Error::EnterpriseNotFound`] when nothing was true of it, or known, by then.
    pub async fn as_of(&self, present: Enterprise, at: AsOf) -> Result<Enterprise, Error> {
        // Days and instants both rise with the revision, so the highest one that is seen is what stood.
        const SQL: &str = "
            SELECT p.*, '' AS legal_representative
            FROM enterprise_past p
            WHERE p.uscc = $1 AND p.effective_on <= $2 AND p.updated_at_us <= $3
            ORDER BY p.revision DESC
            LIMIT 1";
        if at.sees(&present) {
            return Ok(present);
        }
        let row: Option<EnterpriseRow> = on!(self.db, |pool| sqlx::query_as(SQL)
            .bind(present.uscc.as_str())
            .bind(at.day)
            .bind(at.known_at.micros())
            .fetch_optional(pool)
            .await)?;
        let row = row.ok_or_else(|| Error::EnterpriseNotFound(present.uscc.clone()))?;
        Ok(Enterprise::try_from(row)?)
    }

    /// What `present` says now and has said before, the highest revision first.
    pub async fn versions(&self, present: Enterprise, cut: &Cut) -> Result<Page<Enterprise>, Error> {
        const SQL: &str = "
            SELECT p.*, '' AS legal_representative
            FROM enterprise_past p
            WHERE p.uscc = $1 AND p.revision < $2
            ORDER BY p.revision DESC
            LIMIT CAST($3 AS BIGINT)";
        let after = place_of(&cut.after, |revision| revision.parse::<i64>().ok())?;
        let (first, below) = (after.is_none(), after.unwrap_or(present.revision));
        let past: Vec<EnterpriseRow> = on!(self.db, |pool| sqlx::query_as(SQL)
            .bind(present.uscc.as_str())
            .bind(below)
            .bind(cut.size + 1)
            .fetch_all(pool)
            .await)?;
        let mut rows: Vec<Enterprise> = if first { vec![present] } else { Vec::new() };
        for row in past {
            rows.push(row.try_into()?);
        }
        // One more than a page is enough to know that there is another.
        rows.truncate(usize::try_from(cut.size + 1).unwrap_or(usize::MAX));
        Ok(cut.page(rows, |last| last.revision.to_string()))
    }

    /// The entries of `codes`, as far as they are registered, in no order.
    pub async fn enterprises_by_code(&self, codes: &[Uscc]) -> Result<Vec<Enterprise>, Error> {
        let mut tx = self.db.begin_read().await?;
        Ok(enterprises_of(&mut tx, codes).await?.into_values().collect())
    }
}

/// Keeps the present contents of `codes` as past ones, before others replace them.
pub(super) async fn keep_past(tx: &mut Tx, codes: &[&str]) -> Result<(), sqlx::Error> {
    // A content that another transaction kept in the same moment is the same: this one then finds the entry changed.
    const KEEP: &str = "
        INSERT INTO enterprise_past (uscc, revision, legal_name, party_kind, division, industry, address, established_on,
            capital_fen, registration_state, foreign_invested, created_at_us, updated_at_us, registered_division,
            registering_authority, effective_on)
        SELECT uscc, revision, legal_name, party_kind, division, industry, address, established_on,
            capital_fen, registration_state, foreign_invested, created_at_us, updated_at_us, registered_division,
            registering_authority, effective_on
        FROM enterprise WHERE uscc IN";
    for codes in codes.chunks(KEYS_PER_STATEMENT) {
        on!(tx, |conn| {
            let mut sql = QueryBuilder::new(KEEP);
            push_list(&mut sql, codes);
            sql.push(" ON CONFLICT (uscc, revision) DO NOTHING");
            sql.build().persistent(codes.len() == 1).execute(conn).await.map(drop)
        })?;
    }
    Ok(())
}
