//! Search by name. The names lie in memory: a copy, brought up to date before each search by what the feed has told since.
//! Any process may have it, and none owns it.

use std::sync::{Arc, PoisonError, RwLock};

use contract::registry::v1 as pb;
use db::on;
use domain::{DivisionCode, Uscc};
use outbox::SealedEvent;
use prost::Message;
use service::Error as Common;
use service::fitting::Page;
use tokio::sync::Mutex;

use super::Store;
use super::list::Cut;
use super::outcome::{CHANGED, REGISTERED};
use crate::domain::Enterprise;
use crate::domain::search::{Names, Query, Rank};
use crate::error::Error;

/// Names that one statement reads, the first time.
const PAGE: i64 = 5_000;
/// Events that one statement reads, later.
const EVENTS: u32 = 2_000;

/// The copy. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct NameCopy {
    names: Arc<RwLock<Names>>,
    /// Place of the last event that was read; `None` before the names were read the first time. One reads at a time.
    read: Arc<Mutex<Option<i64>>>,
}

/// An enterprise that was found, and why.
#[derive(Clone, Debug)]
pub struct Found {
    /// The enterprise as it stands now.
    pub enterprise: Enterprise,
    /// Its place among the others, and how the name fits by which it was found.
    pub rank: Rank,
}

#[derive(sqlx::FromRow)]
struct NameRow {
    uscc: String,
    legal_name: String,
    division: String,
}

impl Store {
    /// Enterprises whose names fit, the best first, as far as they lie in `divisions`.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn search_enterprises(
        &self,
        query: &Query,
        divisions: &[String],
        cut: &Cut,
        after: Option<&Rank>,
    ) -> Result<Page<Found>, Error> {
        self.read_names().await?;
        let is_seen = |division: &DivisionCode| divisions.iter().any(|one| one == division.as_str());
        let size = usize::try_from(cut.size).unwrap_or(usize::MAX);
        let ranks = {
            let names = self.names.names.read().unwrap_or_else(PoisonError::into_inner);
            names.search(query, is_seen, after, size.saturating_add(1))
        };
        let page = cut.page(ranks, Rank::to_token);
        let codes: Vec<Uscc> = page.rows.iter().map(|rank| rank.uscc.clone()).collect();
        let mut entries = self.enterprises_by_code(&codes).await?;
        let found = |rank: Rank| {
            // What was moved to another division a moment ago is not shown to who may not see it there.
            let at = entries.iter().position(|entry| entry.uscc == rank.uscc)?;
            let enterprise = entries.swap_remove(at);
            is_seen(&enterprise.profile.division).then_some(Found { enterprise, rank })
        };
        Ok(page
            .with(|last: &Found| last.rank.to_token(), |ranks| ranks.into_iter().filter_map(found).collect()))
    }

    /// Brings the names up to date. The first time all are read, then only what was told since.
    ///
    /// # Errors
    /// Failures of the database.
    pub(crate) async fn read_names(&self) -> Result<(), Common> {
        let mut read = self.names.read.lock().await;
        let mut after = match *read {
            Some(after) => after,
            None => {
                // The place first: what is told while the names are read is read once more after it.
                let place = outbox::head(&self.db).await?.seq;
                self.read_all_names().await?;
                place
            }
        };
        loop {
            let batch = outbox::read(&self.db, after, EVENTS, &[REGISTERED, CHANGED]).await?;
            let end = batch.read_to == after;
            self.take_names(&batch.events)?;
            after = batch.read_to;
            *read = Some(after);
            if end {
                return Ok(());
            }
        }
    }

    async fn read_all_names(&self) -> Result<(), Common> {
        const SQL: &str = "SELECT uscc, legal_name, division FROM enterprise WHERE uscc > $1 ORDER BY uscc LIMIT CAST($2 AS BIGINT)";
        let mut after = String::new();
        loop {
            let rows: Vec<NameRow> =
                on!(self.db, |pool| sqlx::query_as(SQL).bind(&after).bind(PAGE).fetch_all(pool).await)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after.clone_from(&last.uscc);
            let mut names = self.names.names.write().unwrap_or_else(PoisonError::into_inner);
            for row in &rows {
                tell(&mut names, &row.uscc, &row.legal_name, &row.division)?;
            }
        }
    }

    fn take_names(&self, events: &[SealedEvent]) -> Result<(), Common> {
        if events.is_empty() {
            return Ok(());
        }
        let mut names = self.names.names.write().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            let payload = event.payload.as_deref().unwrap_or_default();
            let told = pb::EnterpriseEvent::decode(payload)
                .map_err(|problem| Common::corrupt(format!("event {}: {problem}", event.seq)))?;
            if let Some(told) = told.enterprise {
                tell(&mut names, &told.uscc, &told.legal_name, &told.division)?;
            }
        }
        Ok(())
    }
}

fn tell(names: &mut Names, uscc: &str, legal_name: &str, division: &str) -> Result<(), Common> {
    let of = |problem: String| Common::corrupt(format!("enterprise {uscc}: {problem}"));
    let code = Uscc::parse(uscc).map_err(|problem| of(problem.to_string()))?;
    let division = DivisionCode::parse(division).map_err(|problem| of(problem.to_string()))?;
    names.tell(&code, legal_name, &division);
    Ok(())
}
