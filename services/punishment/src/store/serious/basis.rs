//! What follows for cases when the penalty that they go with is withdrawn.

use chrono::NaiveDate;
use contract::punishment::v1::BasisFellEvent;
use db::{Tx, on};
use domain::{DocumentNumber, Uscc};
use service::machine::Office;
use service::obligation::{self, NewDuty};

use super::matter;
use super::row::{COLUMNS, Row};
use crate::api::convert;
use crate::domain::serious::Case;
use crate::error::Error;
use crate::machines::serious::REVOKE;
use crate::store::{Act, Store};

const KIND: &str = "punishment.serious.basis_fell";

/// A penalty that was withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// The party.
    pub uscc: Uscc,
    /// Number of the penalty decision.
    pub penalty: DocumentNumber,
    /// Its record.
    pub record: String,
    /// Why.
    pub reason: String,
}

impl Store {
    /// Opens the duty to revoke the listing, or to drop the case, that goes with a penalty, in a transaction of the caller. The period
    /// begins on the day of the withdrawal. Cases that are over, or revoked, are left alone.
    pub async fn basis_fell(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        withdrawn: &Withdrawn,
        on: NaiveDate,
    ) -> Result<(), Error> {
        let penalty = withdrawn.penalty.key();
        let cases = cases_of(tx, &withdrawn.uscc).await?;
        let resting = |case: &&Case| !case.state.ended() && case.content.penalty_document_no.key() == penalty;
        for case in cases.iter().filter(resting) {
            let subject = case.name.to_string();
            let duty = NewDuty {
                matter: matter(&subject, case),
                kind: REVOKE,
                office: Office::ENFORCEMENT.code(),
                parameter: "serious.revoke.stop_publish",
                start_on: on,
            };
            obligation::open_in_force(tx, &duty, &self.book).await?;
            let payload = BasisFellEvent {
                serious_case: Some(convert::serious_case(case)),
                record: withdrawn.record.clone(),
                reason: withdrawn.reason.clone(),
            };
            self.tell(tx, act, KIND, withdrawn.uscc.as_str(), on, &payload).await?;
        }
        Ok(())
    }

    /// Refuses to keep a listing that nobody is to revoke.
    pub(super) async fn basis_is_in_doubt(&self, tx: &mut Tx, case: &Case) -> Result<(), Error> {
        match obligation::last_day(tx, &case.name.to_string(), REVOKE).await? {
            Some(_) => Ok(()),
            None => Err(Error::NothingToRevoke(case.name.clone())),
        }
    }
}

async fn cases_of(tx: &mut Tx, uscc: &Uscc) -> Result<Vec<Case>, Error> {
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = sqlx::QueryBuilder::new(COLUMNS);
        sql.push(" WHERE uscc = ").push_bind(uscc.as_str()).push(" ORDER BY id");
        sql.build_query_as().fetch_all(conn).await
    })?;
    rows.into_iter().map(Row::case).collect()
}
