//! What follows here when the registry erases a party (X5): an officer looks whether records are about the same person, erases those,
//! and says so. Nothing on record tells that they are: a record holds a name and no number, and names are shared.

use contract::collection::v1 as pb;
use db::Tx;
use domain::DivisionCode;
use outbox::NewEvent;
use prost::Message;
use service::Error as Common;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::machine::Office;
use service::obligation::{self, Matter, NewDuty};

use super::{Act, Store};
use crate::error::Error;

/// Kind of the duty to look, and the parameter of its period.
pub(super) const LOOK: &str = "party.erased";
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
        let matter = Matter { subject: party, field: None, division: Some(division), owner: None };
        let (office, parameter, start_on) = (Office::LEGAL.code(), LOOK, act.today);
        let duty = NewDuty { matter, kind: LOOK, office, parameter, start_on };
        obligation::open_in_force(tx, &duty, &self.book).await.map(drop)
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
        let Some(division) = obligation::division_of(&mut tx, &name, LOOK).await? else {
            return Err(Error::ErasureNotOpen(name));
        };
        if let Some(division) = &division {
            caller.may_act_in_division(division)?;
        }
        if obligation::fulfil(&mut tx, &name, LOOK, caller.subject(), act.today).await? == 0 {
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
