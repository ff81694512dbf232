//! Enterprises: registering one, reading one.

use contract::registry::v1 as pb;
use db::{Tx, on};
use domain::Uscc;
use service::idempotency::{Claim, Key, claim, store_answer};

use super::enterprise_row::{EnterpriseRow, enterprises_of, write_enterprises};
use super::outcome::Outcome;
use super::settle::settle;
use super::{Act, Store};
use crate::convert::{enterprise_to_pb, enterprise_without_person};
use crate::domain::{Change, Enterprise, Handed, MarkKey};
use crate::error::Error;

impl Store {
    /// Registers one enterprise, and proposes the marks of licences that were waiting for it.
    ///
    /// # Errors
    /// [`Error::UsccTaken`] when the code is registered already.
    pub async fn create_enterprise(
        &self,
        key: &Key<'_>,
        body: &pb::CreateEnterpriseRequest,
        act: &Act,
        handed: &Handed,
    ) -> Result<pb::Enterprise, Error> {
        let mut tx = self.begin_act().await?;
        if let Claim::Repeat(answer) = claim::<pb::Enterprise>(&mut tx, key, body, act.now).await? {
            let legal_representative = handed.profile.legal_representative.clone();
            return Ok(pb::Enterprise { legal_representative, ..answer });
        }
        enter_registration(&mut tx).await?;
        let uscc = &handed.uscc;
        let known = enterprises_of(&mut tx, [uscc]).await?;
        let change = Enterprise::accept(known.get(uscc), handed, act.today, act.now);
        let Change::Registered(enterprise) = change else { return Err(Error::UsccTaken(uscc.clone())) };
        write_enterprises(&mut tx, &[&enterprise]).await?;
        let mut outcome = Outcome::of(act);
        outcome.registered(&enterprise);
        settle_registered(&mut tx, &mut outcome, act, &[uscc.as_str()]).await?;
        outcome.write(&mut tx, self).await?;
        // The name of a person must stay erasable: a repeated request brings it along again.
        store_answer(&mut tx, key, &enterprise_without_person(&enterprise)).await?;
        tx.commit().await?;
        Ok(enterprise_to_pb(&enterprise))
    }

    /// One enterprise.
    ///
    /// # Errors
    /// [`Error::EnterpriseNotFound`].
    pub async fn enterprise(&self, uscc: &Uscc) -> Result<Enterprise, Error> {
        const SQL: &str = "SELECT * FROM enterprise WHERE uscc = $1";
        let row: Option<EnterpriseRow> =
            on!(self.db, |pool| sqlx::query_as(SQL).bind(uscc.as_str()).fetch_optional(pool).await)?;
        let row = row.ok_or_else(|| Error::EnterpriseNotFound(uscc.clone()))?;
        Ok(Enterprise::try_from(row)?)
    }
}

/// Locks the gate between registrations and permits, for this transaction.
pub(super) async fn enter_registration(tx: &mut Tx) -> Result<(), sqlx::Error> {
    const SQL: &str = "UPDATE registration_gate SET one = 1 WHERE one = 1";
    on!(tx, |conn| sqlx::query(SQL).execute(conn).await.map(drop))
}

/// Proposes the marks of licences that were known before their holders, `codes`, were registered.
pub(super) async fn settle_registered(
    tx: &mut Tx,
    outcome: &mut Outcome<'_>,
    act: &Act,
    codes: &[&str],
) -> Result<(), Error> {
    const SQL: &str = "SELECT uscc, field FROM licence WHERE uscc IN";
    let rows: Vec<(String, String)> = db::rows_of(tx, SQL, codes).await?;
    let keys =
        rows.iter().map(|(uscc, field)| MarkKey::from_stored(uscc, field)).collect::<Result<_, _>>()?;
    settle(tx, outcome, act, &keys).await
}
