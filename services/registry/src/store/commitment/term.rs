//! The daily job: letters lapse whose term is over, or whose enterprise holds no licence of the field any more.

use chrono::NaiveDate;
use db::{Tx, on};
use service::error::causes;
use service::machine::Actor;
use sqlx::QueryBuilder;

use super::push::enqueue;
use super::row::CommitmentViewRow;
use super::step::{MovedLetter, letter};
use super::template::template_of;
use crate::domain::{Commitment, CommitmentKey, CommitmentView, RUNNING_STATES, TAKEN_STATES};
use crate::error::Error;
use crate::machines::commitment::{COMMITMENT, Event, State};
use crate::store::sql::push_list;
use crate::store::{Act, Store};

impl Store {
    /// Lets letters lapse that have ended by the day of `act`, each in a transaction of its own. Repeatable. Answers how many.
    ///
    /// # Errors
    /// The first failure, after all letters were tried: one that cannot lapse keeps no other from it.
    pub async fn lapse_commitments(&self, act: &Act) -> Result<usize, Error> {
        let unlicensed = self.letters_without_licence(act.today).await?;
        let over = self.letters_past_their_term(act.today).await?;
        let ended = unlicensed.iter().map(|letter| (Event::LoseLicence, letter, "许可已失效"));
        let ended = ended.chain(over.iter().map(|letter| (Event::EndTerm, letter, "承诺期限届满")));
        let (mut lapsed, mut failed) = (0, None);
        for (event, letter, reason) in ended {
            let key = &letter.commitment.key;
            match self.lapse(key, event, reason, act).await {
                Ok(moved) => lapsed += usize::from(moved),
                Err(problem) => {
                    tracing::error!(letter = %key.name(), error = %causes(&problem), "a letter cannot lapse");
                    failed.get_or_insert(problem);
                }
            }
        }
        failed.map_or(Ok(lapsed), Err)
    }

    /// Lets one letter lapse; not one that has ended in the meantime.
    async fn lapse(&self, key: &CommitmentKey, event: Event, reason: &str, act: &Act) -> Result<bool, Error> {
        let mut tx = self.begin_act().await?;
        let before = letter(&mut tx, key).await?;
        let known = &before.commitment;
        let Ok(step) = COMMITMENT.step(known.state, event, &Actor::system()) else { return Ok(false) };
        let mut after = self.retained(known.moved(step.to, act.today, act.now))?;
        if after.published_on.is_some() {
            after.pushed_revision = after.revision;
            self.withdraw(&mut tx, act, &before, &after).await?;
        }
        let moved = MovedLetter { before: &before, after, step, reason, owner: &known.office };
        self.write_letter(&mut tx, act, moved).await?;
        self.close_with_letter(&mut tx, act, &before, reason).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Has the publicity system take a published letter away that has ended.
    pub(super) async fn withdraw(
        &self,
        tx: &mut Tx,
        act: &Act,
        before: &CommitmentView,
        after: &Commitment,
    ) -> Result<(), Error> {
        let title = template_of(tx, &after.template).await?.content.title;
        enqueue(tx, self, act, before, after, &title).await
    }

    async fn letters_past_their_term(&self, today: NaiveDate) -> Result<Vec<CommitmentView>, Error> {
        const SELECT: &str = "
            SELECT c.*, e.legal_name, e.division
            FROM commitment c JOIN enterprise e ON e.uscc = c.uscc
            WHERE c.valid_to < ";
        let states: Vec<_> = State::before(Event::EndTerm).map(State::word).collect();
        // As many as have ended: a transaction hands them on one by one.
        let mut tx = self.db.begin_read().await?;
        let rows: Vec<CommitmentViewRow> = on!(tx, |conn| {
            let mut sql = QueryBuilder::new(SELECT);
            sql.push_bind(today).push(" AND c.state IN");
            push_list(&mut sql, &states);
            sql.push(" ORDER BY c.uscc, c.id");
            sql.build_query_as().fetch_all(conn).await
        })?;
        Ok(rows.into_iter().map(CommitmentView::try_from).collect::<Result<_, _>>()?)
    }

    async fn letters_without_licence(&self, today: NaiveDate) -> Result<Vec<CommitmentView>, Error> {
        // A suspended licence has not ended, nor has one whose record was withdrawn: that ends a paper, and no letter or breach. An entry
        // that was taken back rests on no record, and never was.
        const SELECT: &str = "
            SELECT c.*, e.legal_name, e.division
            FROM commitment c JOIN enterprise e ON e.uscc = c.uscc
            WHERE c.ended_on IS NULL AND NOT EXISTS (
                SELECT 1 FROM licence l WHERE l.uscc = c.uscc AND l.field = c.field AND l.valid_to >= ";
        let proposed: Vec<_> = State::before(Event::Revoke).map(State::word).collect();
        // As above.
        let mut tx = self.db.begin_read().await?;
        let rows: Vec<CommitmentViewRow> = on!(tx, |conn| {
            let mut sql = QueryBuilder::new(SELECT);
            sql.push_bind(today).push(" AND l.state IN");
            push_list(&mut sql, &RUNNING_STATES);
            sql.push(" UNION ALL SELECT 1 FROM licence l WHERE l.uscc = c.uscc AND l.field = c.field AND l.vacated_on IS NOT NULL AND l.source_record <> ''");
            // What its authority took away since is the answer to what was proposed: an officer enters it as the end of the breach.
            sql.push(") AND NOT (c.state IN");
            push_list(&mut sql, &proposed);
            sql.push(" AND EXISTS (SELECT 1 FROM licence l JOIN commitment_breach b ON b.letter = c.id AND b.closed_on IS NULL");
            sql.push(" WHERE l.uscc = c.uscc AND l.field = c.field AND l.decided_on >= b.suspected_on AND l.state IN");
            push_list(&mut sql, &TAKEN_STATES);
            sql.push(")) ORDER BY c.uscc, c.id");
            sql.build_query_as().fetch_all(conn).await
        })?;
        Ok(rows.into_iter().map(CommitmentView::try_from).collect::<Result<_, _>>()?)
    }
}
