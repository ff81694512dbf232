//! What follows here when the registry erases a party (X5): an officer looks whether records are about the same person, erases those,
//! and says so. Nothing on record tells that they are: a record holds a name and no number, and names are shared.

use contract::collection::v1 as pb;
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

/// Duty to look through the records.
pub(super) const LOOK: Look = Look("party.erased");
/// Kind of the event that tells what was found.
const SETTLED: &str = "collection.erasure.settled";

impl Store {
    /// Has the records looked through after `party` of the register was erased, at the office that answers for erasures.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn party_was_erased(
        &self,
        tx: &mut Tx,
        act: &Act,
        (party, division): (&str, &DivisionCode),
    ) -> Result<(), Common> {
        LOOK.open(tx, (party, Some(division)), act.today, &self.book).await
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
