//! The end of the retention of signed copies: whose term is over, and whose letter has ended, its office decides about.
//!
//! Nothing is erased here: archives are appraised before anything is destroyed, and the rules that the house has say only for how
//! long a copy is kept. An officer may have it kept for longer.

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use db::{Tx, on};
use service::FieldErrors;
use service::idempotency::Claim;
use service::obligation::{self, Matter, NewDuty};

use super::row::{CommitmentViewRow, update};
use super::step::{LetterRequest, Told, letter};
use crate::domain::{CommitmentKey, CommitmentView};
use crate::error::{CommitmentError, Error};
use crate::machines::commitment::RETENTION_OVER;
use crate::store::{Act, Store};

/// Letters that one statement looks for.
const BATCH: i64 = 200;
/// Said of copies that came before terms of retention were kept.
const DATED: &str = "按归档时的规定补记保管期限";

/// How long a copy is kept for longer, and why.
#[derive(Debug)]
pub struct Extension<'a> {
    /// Who asks for what, about which letter.
    pub request: LetterRequest<'a, pb::ExtendRetentionRequest>,
    /// The new last day.
    pub retain_until: NaiveDate,
    /// Why, 1 to 500 characters.
    pub reason: &'a str,
}

impl Store {
    /// The daily job: dates the copies that came without a term, and opens the duty to decide about those whose term was over
    /// before the day of `act`. Repeatable. Answers how many duties it opened.
    ///
    /// # Errors
    /// The database refuses; what was written before stays so.
    pub async fn notice_retention(&self, act: &Act) -> Result<usize, Error> {
        for view in self.letters_without_retention().await? {
            self.date_retention(act, &view.commitment.key).await?;
        }
        let mut opened = 0;
        loop {
            let mut tx = self.begin_act().await?;
            let over = letters_past_retention(&mut tx, act.today).await?;
            if over.is_empty() {
                return Ok(opened);
            }
            self.open_decisions(&mut tx, act, &over).await?;
            tx.commit().await?;
            opened += over.len();
        }
    }

    /// Has the signed copy of a letter kept for longer, in the name of the caller: that decides what was due.
    ///
    /// # Errors
    /// [`CommitmentError::NotFound`], [`CommitmentError::NotSigned`], field or division not the caller's, a day that is not after
    /// the present last one.
    pub async fn extend_retention(
        &self,
        extension: &Extension<'_>,
        act: &Act,
    ) -> Result<pb::Commitment, Error> {
        let Extension { request, retain_until, .. } = extension;
        let (mut tx, before, claimed) = self.begin_step(request, act).await?;
        if let Claim::Repeat(answer) = claimed {
            return Ok(answer);
        }
        let known = &before.commitment;
        let Some(copy) = &known.copy else {
            return Err(CommitmentError::NotSigned(known.key.clone()).into());
        };
        if let Some(last) = copy.retain_until.filter(|last| last >= retain_until) {
            return Err(FieldErrors::one("retain_until", format!("is not after {last}")).into());
        }
        let after = known.kept_through(*retain_until, act.now);
        update(&mut tx, &after).await?;
        obligation::fulfil(&mut tx, &known.key.name(), RETENTION_OVER, &act.context.actor, act.today).await?;
        let (previous_state, reason) = (Some(known.state), extension.reason);
        let told = Told { previous_state, reason, context: &act.context };
        let view = CommitmentView { commitment: after, ..before.clone() };
        let answer = self.tell(&mut tx, act, &view, told).await?;
        request.answer(tx, answer).await
    }

    /// Gives a copy that came before terms were kept the term of the rule of its day.
    async fn date_retention(&self, act: &Act, key: &CommitmentKey) -> Result<(), Error> {
        let mut tx = self.db.begin_write().await?;
        let before = letter(&mut tx, key).await?;
        let Some(last) = self.retention_of(&before.commitment)? else { return Ok(()) };
        let after = before.commitment.kept_through(last, act.now);
        update(&mut tx, &after).await?;
        let told =
            Told { previous_state: Some(before.commitment.state), reason: DATED, context: &act.context };
        self.tell(&mut tx, act, &CommitmentView { commitment: after, ..before }, told).await?;
        Ok(tx.commit().await?)
    }

    async fn open_decisions(&self, tx: &mut Tx, act: &Act, over: &[CommitmentView]) -> Result<(), Error> {
        let names: Vec<_> = over.iter().map(|view| view.commitment.key.name()).collect();
        let duties: Vec<_> = over
            .iter()
            .zip(&names)
            .map(|(view, name)| NewDuty {
                matter: Matter {
                    subject: name,
                    field: Some(&view.commitment.field),
                    division: Some(&view.division),
                    owner: None,
                },
                kind: RETENTION_OVER,
                office: view.commitment.office.as_str(),
                parameter: RETENTION_OVER,
                start_on: act.today,
            })
            .collect();
        Ok(obligation::open_all(tx, &duties, &self.book).await?)
    }

    async fn letters_without_retention(&self) -> Result<Vec<CommitmentView>, Error> {
        const SQL: &str = "
            SELECT c.*, e.legal_name, e.division
            FROM commitment c JOIN enterprise e ON e.uscc = c.uscc
            WHERE c.signed_on IS NOT NULL AND c.retain_until IS NULL
            ORDER BY c.uscc, c.id LIMIT CAST($1 AS BIGINT)";
        let rows: Vec<CommitmentViewRow> =
            on!(self.db, |pool| sqlx::query_as(SQL).bind(BATCH).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(CommitmentView::try_from).collect::<Result<_, _>>()?)
    }
}

/// Letters that have ended, whose copy's term is over, and about which nobody was asked yet.
async fn letters_past_retention(tx: &mut Tx, today: NaiveDate) -> Result<Vec<CommitmentView>, Error> {
    const SQL: &str = "
        SELECT c.*, e.legal_name, e.division
        FROM commitment c JOIN enterprise e ON e.uscc = c.uscc
        WHERE c.ended_on IS NOT NULL AND c.retain_until < $1 AND NOT EXISTS (
            SELECT 1 FROM obligation o
            WHERE o.subject = 'enterprises/' || c.uscc || '/commitments/' || c.id AND o.kind = $2
              AND o.done_on IS NULL)
        ORDER BY c.uscc, c.id LIMIT CAST($3 AS BIGINT)";
    let rows: Vec<CommitmentViewRow> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(today)
        .bind(RETENTION_OVER)
        .bind(BATCH)
        .fetch_all(conn)
        .await)?;
    Ok(rows.into_iter().map(CommitmentView::try_from).collect::<Result<_, _>>()?)
}
