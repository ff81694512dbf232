//! The way of a breach: one method for all its steps, since the table says where each leads and the domain what it adds.

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use db::page::pair;
use db::{Tx, on, place_of};
use outbox::NewEvent;
use prost::Message;
use service::auth::{Caller, Scope};
use service::error::causes;
use service::fitting::Page;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::machine::{Actor, Step};
use service::obligation::set_last_day;
use sqlx::QueryBuilder;

use super::breach_row::{BreachRow, breach_of, last_breach, update};
use super::row::CommitmentViewRow;
use super::step::{MovedLetter, Told, letter};
use crate::convert::breach_to_pb;
use crate::domain::{Breach, BreachFact, BreachKey, CommitmentKey, CommitmentView, enterprise_name};
use crate::error::{CommitmentError, Error};
use crate::machines::commitment::{COMMITMENT, CORRECT, State};
use crate::store::list::{Cut, push_equal, push_scope};
use crate::store::{Act, Store};

/// Kind of the event of a breach that an inspection found.
pub(super) const SUSPECTED: &str = "registry.breach.suspected";
/// Kind of the event that tells the order to correct, and with it that the breach is confirmed.
const CONFIRMED: &str = "registry.breach.confirmed";
/// Kind of the event of a breach that went on.
const CHANGED: &str = "registry.breach.changed";
/// Kind of the event of a breach that was closed.
const CLOSED: &str = "registry.breach.closed";

/// One request about a breach: who tells what.
#[derive(Debug)]
pub struct BreachRequest<'a, B> {
    /// What the request is known by.
    pub key: &'a Key<'a>,
    /// The request as sent.
    pub body: &'a B,
    /// Who asks.
    pub caller: &'a Caller,
    /// The breach.
    pub breach: &'a BreachKey,
    /// What is told.
    pub fact: BreachFact,
    /// Legal basis that is cited; may be empty where none is needed.
    pub legal_basis: &'a str,
    /// Reason that is given; may be empty.
    pub reason: &'a str,
}

/// Which breaches to list.
#[derive(Clone, Debug)]
pub struct BreachFilter {
    /// What the caller may see.
    pub scope: Scope,
    /// Only of this field; empty: all.
    pub field: String,
    /// Only those that are not closed.
    pub only_open: bool,
}

/// A step that the table allows, with what it adds.
struct Taken<'a> {
    step: Step<State>,
    fact: &'a BreachFact,
    reason: &'a str,
}

/// A breach joined with its letter and enterprise.
#[derive(sqlx::FromRow)]
struct BreachViewRow {
    #[sqlx(flatten)]
    breach: BreachRow,
    id: String,
    uscc: String,
}

impl Store {
    /// Takes a step with a breach: letter, breach, duties and event in one transaction.
    ///
    /// # Errors
    /// [`CommitmentError::BreachNotFound`], [`CommitmentError::BreachClosed`], [`CommitmentError::Unfit`] (also where a revocation does
    /// not say which of several licences it means), [`Error::LaterDecisionKnown`] where the register cannot enter a revocation, field or
    /// division not the caller's, a step that the table refuses.
    pub async fn step_breach<B: Message>(
        &self,
        request: &BreachRequest<'_, B>,
        act: &Act,
    ) -> Result<pb::Breach, Error> {
        let mut tx = self.begin_act().await?;
        let claimed = claim(&mut tx, request.key, request.body, act.now).await?;
        let (view, breach) = found(&mut tx, request.breach).await?;
        request.caller.may_act_on(&view.commitment.field, &view.division)?;
        if let Claim::Repeat(answer) = claimed {
            return Ok(answer);
        }
        if breach.closed.is_some() {
            return Err(CommitmentError::BreachClosed(request.breach.clone()).into());
        }
        let drafter = Some(breach.drafter.as_str()).filter(|drafter| !drafter.is_empty());
        let cited = (request.legal_basis, drafter);
        let step = self.step_of(request.caller, &view.commitment, request.fact.event(), cited)?;
        let taken = Taken { step, fact: &request.fact, reason: request.reason };
        let answer = self.take_step(&mut tx, act, (&view, &breach), taken).await?;
        store_answer(&mut tx, request.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Notices the orders whose limit has passed: the office is to conclude. Repeatable. Answers how many.
    ///
    /// # Errors
    /// The first failure, after all orders were tried: one that fails keeps no other from it.
    pub async fn notice_limits(&self, act: &Act) -> Result<usize, Error> {
        let (mut noticed, mut failed) = (0, None);
        for key in self.past_their_limit(act.today).await? {
            match self.notice_limit(&key, act).await {
                Ok(moved) => noticed += usize::from(moved),
                Err(problem) => {
                    tracing::error!(breach = %key.name(), error = %causes(&problem), "a passed limit cannot be noticed");
                    failed.get_or_insert(problem);
                }
            }
        }
        failed.map_or(Ok(noticed), Err)
    }

    async fn notice_limit(&self, key: &BreachKey, act: &Act) -> Result<bool, Error> {
        let mut tx = self.begin_act().await?;
        let (view, breach) = found(&mut tx, key).await?;
        let fact = BreachFact::LimitPassed;
        let step = COMMITMENT.step(view.commitment.state, fact.event(), &Actor::system());
        let (Ok(step), false) = (step, breach.overdue) else { return Ok(false) };
        let taken = Taken { step, fact: &fact, reason: "责令改正期限届满" };
        self.take_step(&mut tx, act, (&view, &breach), taken).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Closes the open breach of a letter that has just ended with the last licence; the letter is written already.
    pub(super) async fn close_with_letter(
        &self,
        tx: &mut Tx,
        act: &Act,
        view: &CommitmentView,
        reason: &str,
    ) -> Result<(), Error> {
        let last = last_breach(tx, &view.commitment.key).await?;
        let Some(breach) = last.filter(|breach| breach.closed.is_none()) else { return Ok(()) };
        let closed = breach.with(&BreachFact::LicenceLost, act.today).map_err(CommitmentError::Unfit)?;
        update(tx, &closed).await?;
        self.tell_breach(tx, act, (view, &closed), (CLOSED, reason)).await.map(drop)
    }

    /// Writes a step: letter, duties, breach, and the event of each.
    async fn take_step(
        &self,
        tx: &mut Tx,
        act: &Act,
        (before, breach): (&CommitmentView, &Breach),
        taken: Taken<'_>,
    ) -> Result<pb::Breach, Error> {
        let Taken { step, fact, reason } = taken;
        let next = breach.with(fact, act.today).map_err(CommitmentError::Unfit)?;
        let mut after = self.retained(before.commitment.moved(step.to, act.today, act.now))?;
        if after.ended_on.is_some() && after.published_on.is_some() {
            after.pushed_revision = after.revision;
            self.withdraw(tx, act, before, &after).await?;
        }
        let moved = MovedLetter { before, after, step, reason, owner: &next.office };
        self.save_letter(tx, act, &moved).await?;
        if let BreachFact::Decided { revoked: true, decided_on, licences, .. } = fact {
            self.enter_revocation(tx, act, before, licences, *decided_on).await?;
        }
        if let BreachFact::Ordered(order) = fact {
            set_last_day(tx, &moved.after.key.name(), CORRECT, order.correct_by).await?;
        }
        update(tx, &next).await?;
        let kind = match (fact, next.closed) {
            (BreachFact::Ordered(_), _) => CONFIRMED,
            (_, Some(_)) => CLOSED,
            _ => CHANGED,
        };
        let view = CommitmentView { commitment: moved.after, ..before.clone() };
        let told = Told { previous_state: Some(before.commitment.state), reason, context: &act.context };
        self.tell(tx, act, &view, told).await?;
        self.tell_breach(tx, act, (&view, &next), (kind, reason)).await
    }

    /// Writes the event of a breach. Answers it as the event shows it.
    pub(super) async fn tell_breach(
        &self,
        tx: &mut Tx,
        act: &Act,
        (view, breach): (&CommitmentView, &Breach),
        (kind, reason): (&'static str, &str),
    ) -> Result<pb::Breach, Error> {
        let shown = breach_to_pb(view, breach);
        let payload = pb::BreachEvent { breach: Some(shown.clone()), reason: reason.to_owned() };
        let event = NewEvent {
            kind,
            subject: enterprise_name(&view.commitment.key.uscc),
            effective_on: act.today,
            context: &act.context,
            payload: payload.encode_to_vec(),
        };
        self.outbox.append(tx, &event).await?;
        Ok(shown)
    }

    /// One breach with its letter.
    ///
    /// # Errors
    /// [`CommitmentError::BreachNotFound`].
    pub async fn breach(&self, key: &BreachKey) -> Result<(CommitmentView, Breach), Error> {
        found(&mut self.db.begin_read().await?, key).await
    }

    /// Breaches with their letters, in the order of letter and number.
    pub async fn breaches(
        &self,
        filter: &BreachFilter,
        cut: &Cut,
    ) -> Result<Page<(CommitmentView, Breach)>, Error> {
        const LETTERS: &str = "
            SELECT c.*, e.legal_name, e.division
            FROM commitment c JOIN enterprise e ON e.uscc = c.uscc
            WHERE c.id IN";
        fn key(last: &Breach) -> String {
            format!("{}/{}", last.key.letter.id, last.key.number)
        }
        let page = cut.page(self.breach_rows(filter, cut).await?, key);
        let ids: Vec<_> = page.rows.iter().map(|breach| breach.key.letter.id.to_string()).collect();
        let ids: Vec<_> = ids.iter().map(String::as_str).collect();
        let mut tx = self.db.begin_read().await?;
        let letters: Vec<CommitmentViewRow> = db::rows_of(&mut tx, LETTERS, &ids).await?;
        let letters = letters.into_iter().map(CommitmentView::try_from).collect::<Result<Vec<_>, _>>()?;
        let with_letter = |breach: Breach| {
            let view = letters.iter().find(|view| view.commitment.key == breach.key.letter);
            Some((view?.clone(), breach))
        };
        Ok(page.with(
            |(_, last): &(CommitmentView, Breach)| key(last),
            |rows| rows.into_iter().filter_map(with_letter).collect(),
        ))
    }

    async fn breach_rows(&self, filter: &BreachFilter, cut: &Cut) -> Result<Vec<Breach>, Error> {
        const SELECT: &str = "
            SELECT b.*, c.id, c.uscc
            FROM commitment_breach b JOIN commitment c ON c.id = b.letter JOIN enterprise e ON e.uscc = c.uscc
            WHERE (b.letter, b.number) > (";
        let place = |key| pair(key).and_then(|(id, number)| Some((id, number.parse::<i64>().ok()?)));
        let (id, number) = place_of(&cut.after, place)?.unwrap_or_default();
        let rows: Vec<BreachViewRow> = on!(self.db, |pool| {
            let mut sql = QueryBuilder::new(SELECT);
            sql.push_bind(id).push(", ").push_bind(number).push(")");
            push_scope(&mut sql, &filter.scope, "c.field", "e.division");
            push_equal(&mut sql, "c.field", &filter.field);
            if filter.only_open {
                sql.push(" AND b.closed_on IS NULL");
            }
            sql.push(" ORDER BY b.letter, b.number LIMIT CAST(").push_bind(cut.size + 1).push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let breach = |row: BreachViewRow| {
            let letter = CommitmentKey::from_stored(&row.uscc, &row.id)?;
            row.breach.breach(letter)
        };
        Ok(rows.into_iter().map(breach).collect::<Result<_, _>>()?)
    }

    async fn past_their_limit(&self, today: NaiveDate) -> Result<Vec<BreachKey>, Error> {
        const SQL: &str = "
            SELECT c.uscc, c.id, b.number
            FROM commitment_breach b JOIN commitment c ON c.id = b.letter
            WHERE b.closed_on IS NULL AND b.correct_by < $1 AND b.overdue = $2 AND b.not_corrected_on IS NULL
            ORDER BY c.uscc, c.id";
        let rows: Vec<(String, String, i64)> =
            on!(self.db, |pool| sqlx::query_as(SQL).bind(today).bind(false).fetch_all(pool).await)?;
        let key = |(uscc, id, number): (String, String, i64)| {
            Ok(BreachKey { letter: CommitmentKey::from_stored(&uscc, &id)?, number })
        };
        rows.into_iter().map(key).collect()
    }
}

/// A breach with its letter, in a transaction.
async fn found(tx: &mut Tx, key: &BreachKey) -> Result<(CommitmentView, Breach), Error> {
    let unknown = || CommitmentError::BreachNotFound(key.clone());
    let view = letter(tx, &key.letter).await.map_err(|error| match error {
        Error::Commitment(CommitmentError::NotFound(_)) => unknown().into(),
        other => other,
    })?;
    let breach = breach_of(tx, key).await?.ok_or_else(unknown)?;
    Ok((view, breach))
}
