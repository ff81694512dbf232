//! Case leads of results that were approved before there were any: opened once, each by the rules of the day of its visit.

use db::{Tx, on};
use domain::{MicrosUtc, RequestId};
use rulebook::RuleMissing;
use service::Error as Common;
use service::idempotency::Key;
use uuid::Uuid;

use super::{Act, Store, system, task, visit};
use crate::domain::VisitName;
use crate::error::Error;
use crate::machines::rectification::{CASE, Event};

/// What its requests are known by.
const METHOD: &str = "old-lead";
/// Results that one transaction looks at.
const BATCH: i64 = 200;

impl Store {
    /// Looks at the next results of before, and opens the case leads among them, as their approval would now. Returns whether more may be
    /// left. It may run in several replicas: each result is looked at once.
    ///
    /// # Errors
    /// The database; a gap in the rulebook.
    pub async fn open_old_leads(&self, now: MicrosUtc) -> Result<bool, Error> {
        const NEXT: &str = "SELECT task, uscc FROM lead_to_open ORDER BY task, uscc LIMIT CAST($1 AS BIGINT)";
        const TAKE: &str = "DELETE FROM lead_to_open WHERE task = $1 AND uscc = $2";
        let caller = system()?;
        let request_id = RequestId::from_uuid(Uuid::new_v4());
        let key = Key { caller: caller.subject(), method: METHOD, request_id: &request_id };
        let act = Act::of(&caller, key, now, &self.book);
        let mut tx = self.db.begin_write().await?;
        let next: Vec<(String, String)> =
            on!(tx, |conn| sqlx::query_as(NEXT).bind(BATCH).fetch_all(conn).await)?;
        for (task, uscc) in &next {
            let taken = on!(tx, |conn| sqlx::query(TAKE)
                .bind(task.as_str())
                .bind(uscc.as_str())
                .execute(conn)
                .await
                .map(|done| done.rows_affected()))?;
            if taken == 1 {
                let name = VisitName::parse(&format!("{task}/visits/{uscc}"));
                let name = name.map_err(|problem| Common::corrupt(format!("{task}, {uscc}: {problem}")))?;
                self.open_old_lead(&mut tx, &act, &name).await?;
            }
        }
        tx.commit().await?;
        Ok(!next.is_empty())
    }

    /// Opens the case lead that the result of a visit is, if it is one and orders nothing to be put right.
    async fn open_old_lead(&self, tx: &mut Tx, act: &Act<'_>, name: &VisitName) -> Result<(), Error> {
        let visit = visit::read(tx, name).await?;
        let stands = visit.settled && visit.withdrawn.is_none();
        let Some(finding) = visit.finding.as_ref().filter(|_| stands) else { return Ok(()) };
        let orders = finding.orders_rectification(&self.book);
        let case_lead = finding.is_case_lead(&visit.field, &self.book);
        if !Event::of_result(orders, case_lead).is_some_and(Event::is_lead_only) {
            return Ok(());
        }
        // Before the first day of the duty nobody had to look into a lead.
        if let Err(RuleMissing::NotInForce { .. }) = self.book.deadline(finding.visited_on, CASE) {
            return Ok(());
        }
        let task = task::read(tx, &name.task).await?;
        self.follow_finding(tx, act, (&visit, finding, &task)).await
    }
}
