//! What follows here when collection erases who a record is about (X5): an officer looks whether a party is the same person, erases it,
//! and says so. Nothing on record tells that it is: a record holds a name and no number, and names are shared.

use contract::registry::v1 as pb;
use db::Tx;
use domain::DivisionCode;
use outbox::NewEvent;
use prost::Message;
use service::Error as Common;
use service::auth::Caller;
use service::erasure::Look;
use service::idempotency::{Claim, Key, claim, store_answer};

use super::{Act, Store};
use crate::error::Error;

/// Duty to look through the parties.
const LOOK: Look = Look("record.erased");
/// Kind of the event that tells what was found.
const SETTLED: &str = "registry.erasure.settled";

impl Store {
    /// Has the parties looked through after it was erased who `record` is about, at the office that answers for erasures.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn record_was_erased(
        &self,
        tx: &mut Tx,
        act: &Act,
        (record, division): (&str, Option<&DivisionCode>),
    ) -> Result<(), Common> {
        LOOK.open(tx, (record, division), act.today, &self.book).await
    }

    /// Ends that duty with what was found.
    ///
    /// # Errors
    /// [`Error::ErasureNotOpen`]; the duty is another division's.
    pub async fn settle_erasure(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::SettleErasureRequest,
        remark: String,
    ) -> Result<pb::SettleErasureResponse, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let name = request.name.clone();
        if !LOOK.settle(&mut tx, &name, caller, act.today).await? {
            return Err(Error::ErasureNotOpen(name));
        }
        let payload = pb::ErasureSettledEvent { name: name.clone(), remark: remark.clone() }.encode_to_vec();
        let (kind, effective_on, context) = (SETTLED, act.today, &act.context);
        let told = NewEvent { kind, subject: name.clone(), effective_on, context, payload };
        self.outbox.append(&mut tx, &told).await?;
        let answer = pb::SettleErasureResponse { name, remark };
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }
}
