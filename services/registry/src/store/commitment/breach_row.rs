//! Rows of breaches: reading and writing.

use chrono::NaiveDate;
use db::{Tx, on};
use domain::OfficeCode;
use service::Error as Common;

use crate::domain::{Breach, BreachKey, CommitmentKey, Order, Outcome};

/// A row as stored.
#[derive(sqlx::FromRow)]
pub(super) struct BreachRow {
    number: i64,
    office: String,
    task: String,
    suspected_on: NaiveDate,
    finding: String,
    heard_on: Option<NaiveDate>,
    statement: String,
    ordered_on: Option<NaiveDate>,
    document_no: String,
    legal_basis: String,
    correct_by: Option<NaiveDate>,
    overdue: bool,
    not_corrected_on: Option<NaiveDate>,
    drafter: String,
    proposed_on: Option<NaiveDate>,
    proposal_no: String,
    authority: String,
    decision_no: String,
    closed_on: Option<NaiveDate>,
    outcome: String,
    revision: i64,
}

impl BreachRow {
    /// The breach of `letter` that the row tells.
    pub(super) fn breach(self, letter: CommitmentKey) -> Result<Breach, Common> {
        let key = BreachKey { letter, number: self.number };
        let unreadable = |problem: String| Common::corrupt(format!("{}: {problem}", key.name()));
        let closed = |day: NaiveDate| -> Result<(NaiveDate, Outcome), Common> {
            Ok((day, self.outcome.parse().map_err(unreadable)?))
        };
        let (document_no, legal_basis) = (self.document_no, self.legal_basis);
        let order = self.ordered_on.zip(self.correct_by);
        let order =
            order.map(|(ordered_on, correct_by)| Order { ordered_on, document_no, legal_basis, correct_by });
        Ok(Breach {
            office: OfficeCode::parse(&self.office).map_err(|problem| unreadable(problem.to_string()))?,
            closed: self.closed_on.map(closed).transpose()?,
            task: self.task,
            suspected_on: self.suspected_on,
            finding: self.finding,
            heard: self.heard_on.map(|day| (day, self.statement)),
            order,
            overdue: self.overdue,
            not_corrected_on: self.not_corrected_on,
            drafter: self.drafter,
            proposal: self.proposed_on.map(|day| (day, self.proposal_no)),
            decision: (self.authority, self.decision_no),
            revision: self.revision,
            key,
        })
    }
}

/// One breach; `None` when there is none.
pub(super) async fn breach_of(tx: &mut Tx, key: &BreachKey) -> Result<Option<Breach>, Common> {
    const SQL: &str = "SELECT * FROM commitment_breach WHERE letter = $1 AND number = $2";
    let row: Option<BreachRow> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(key.letter.id.to_string())
        .bind(key.number)
        .fetch_optional(conn)
        .await)?;
    row.map(|row| row.breach(key.letter.clone())).transpose()
}

/// The last breach of a letter; `None` when it never had one.
pub(super) async fn last_breach(tx: &mut Tx, letter: &CommitmentKey) -> Result<Option<Breach>, Common> {
    const SQL: &str = "SELECT * FROM commitment_breach WHERE letter = $1 ORDER BY number DESC LIMIT 1";
    let row: Option<BreachRow> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(letter.id.to_string()).fetch_optional(conn).await)?;
    row.map(|row| row.breach(letter.clone())).transpose()
}

/// Writes a breach that an inspection has just found.
pub(super) async fn insert(tx: &mut Tx, breach: &Breach) -> Result<(), Common> {
    const SQL: &str = "
        INSERT INTO commitment_breach (letter, number, office, task, suspected_on, finding, statement, document_no,
            legal_basis, overdue, drafter, proposal_no, authority, decision_no, outcome, revision)
        VALUES ($1, $2, $3, $4, $5, $6, '', '', '', $7, '', '', '', '', '', $8)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(breach.key.letter.id.to_string())
        .bind(breach.key.number)
        .bind(breach.office.as_str())
        .bind(&breach.task)
        .bind(breach.suspected_on)
        .bind(&breach.finding)
        .bind(breach.overdue)
        .bind(breach.revision)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// Writes a breach that went on. Losing against another transaction that wrote it since it was read is
/// [`Common::Contended`].
pub(super) async fn update(tx: &mut Tx, breach: &Breach) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE commitment_breach SET heard_on = $4, statement = $5, ordered_on = $6, document_no = $7, legal_basis = $8,
            correct_by = $9, overdue = $10, not_corrected_on = $11, drafter = $12, proposed_on = $13, proposal_no = $14,
            authority = $15, decision_no = $16, closed_on = $17, outcome = $18, revision = $3
        WHERE letter = $1 AND number = $2 AND revision = $3 - 1";
    let (heard, order, proposal) = (breach.heard.as_ref(), breach.order.as_ref(), breach.proposal.as_ref());
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(breach.key.letter.id.to_string())
        .bind(breach.key.number)
        .bind(breach.revision)
        .bind(heard.map(|(day, _)| *day))
        .bind(heard.map(|(_, statement)| statement.as_str()).unwrap_or_default())
        .bind(order.map(|order| order.ordered_on))
        .bind(order.map(|order| order.document_no.as_str()).unwrap_or_default())
        .bind(order.map(|order| order.legal_basis.as_str()).unwrap_or_default())
        .bind(order.map(|order| order.correct_by))
        .bind(breach.overdue)
        .bind(breach.not_corrected_on)
        .bind(&breach.drafter)
        .bind(proposal.map(|(day, _)| *day))
        .bind(proposal.map(|(_, number)| number.as_str()).unwrap_or_default())
        .bind(&breach.decision.0)
        .bind(&breach.decision.1)
        .bind(breach.closed.map(|(day, _)| day))
        .bind(breach.closed.map(|(_, outcome)| outcome.word()).unwrap_or_default())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if written == 1 { Ok(()) } else { Err(Common::Contended) }
}
