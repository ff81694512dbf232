//! The registered parties in memory, for the search by name. A copy, brought up to date before each search by what was told
//! since: any process may have it, and none owns it.

use std::sync::{Arc, PoisonError, RwLock};

use db::on;
use domain::DivisionCode;
use service::Error as Common;

use super::Store;
use crate::domain::matching::{Candidate, Directory, Judgement, Known, Sought, judge};

/// Parties that one statement reads.
const PAGE: i64 = 5_000;

/// The copy, and how far it has read. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Parties(Arc<RwLock<Copy>>);

#[derive(Debug, Default)]
struct Copy {
    directory: Directory,
    /// Revision and code of the last party read.
    read: Option<(i64, String)>,
}

#[derive(sqlx::FromRow)]
struct Row {
    uscc: String,
    legal_name: String,
    address: String,
    division: String,
    revision: i64,
}

impl Store {
    /// The registered parties that are most likely meant, at most `most`, the likeliest first.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn candidates(&self, sought: Sought, most: usize) -> Result<Vec<Candidate>, Common> {
        self.catch_up().await?;
        let parties = self.parties.clone();
        // A search takes milliseconds of computing: not on the threads that serve requests.
        let search = move || {
            parties.0.read().unwrap_or_else(PoisonError::into_inner).directory.candidates(&sought, most)
        };
        tokio::task::spawn_blocking(search)
            .await
            .map_err(|_| Common::corrupt("a search for a party was given up"))
    }

    /// A registered party and how well it fits; `None` when the code is not registered.
    ///
    /// # Errors
    /// Failures of the database.
    pub(super) async fn fit(
        &self,
        sought: &Sought,
        uscc: &str,
    ) -> Result<Option<(Known, Judgement)>, Common> {
        self.catch_up().await?;
        let copy = self.parties.0.read().unwrap_or_else(PoisonError::into_inner);
        let known = copy.directory.find(uscc).cloned();
        Ok(known.map(|known| {
            let judgement = judge(sought, &known.legal_name, &known.address, &known.division);
            (known, judgement)
        }))
    }

    /// Reads what was told since the last search. Two that read at once enter the same parties twice, which changes nothing.
    async fn catch_up(&self) -> Result<(), Common> {
        loop {
            let after = self.parties.0.read().unwrap_or_else(PoisonError::into_inner).read.clone();
            let rows = self.told_after(after.unwrap_or_default()).await?;
            let full = i64::try_from(rows.len()).is_ok_and(|read| read == PAGE);
            if !rows.is_empty() {
                self.enter(rows)?;
            }
            if !full {
                return Ok(());
            }
        }
    }

    async fn told_after(&self, (revision, uscc): (i64, String)) -> Result<Vec<Row>, sqlx::Error> {
        const SQL: &str = "
            SELECT uscc, legal_name, address, division, revision FROM party
            WHERE registered AND (revision, uscc) > ($1, $2)
            ORDER BY revision, uscc
            LIMIT CAST($3 AS BIGINT)";
        on!(&self.db, |pool| sqlx::query_as(SQL).bind(revision).bind(uscc).bind(PAGE).fetch_all(pool).await)
    }

    fn enter(&self, rows: Vec<Row>) -> Result<(), Common> {
        let mut copy = self.parties.0.write().unwrap_or_else(PoisonError::into_inner);
        for row in rows {
            let division = DivisionCode::parse(&row.division)
                .map_err(|problem| Common::corrupt(format!("party {}: {problem}", row.uscc)))?;
            let place = (row.revision, row.uscc.clone());
            if copy.read.as_ref().is_none_or(|read| *read < place) {
                copy.read = Some(place);
            }
            let Row { uscc, legal_name, address, .. } = row;
            copy.directory.tell(Known { uscc, legal_name, address, division });
        }
        Ok(())
    }
}
