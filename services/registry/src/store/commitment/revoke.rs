//! What the licensing authority decided about the licences of an enterprise that broke its commitment: an officer enters its decision,
//! and the register of licences says so from then. The system revokes nothing by itself.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use db::Tx;

use crate::domain::{
    BreachUnfit, CommitmentView, Decision, Licence, LicenceContent, RUNNING_STATES, TAKEN_STATES, VOIDED,
};
use crate::error::{CommitmentError, Error};
use crate::store::licence_row::{licences_of_holders, write_licences};
use crate::store::outcome::Outcome;
use crate::store::permit::{look_at, tell_whose};
use crate::store::settle::settle;
use crate::store::{Act, Store};

impl Store {
    /// Enters that the licences `numbers` of the letter's enterprise were revoked (撤销, 行政许可法 art 69: not the penalty 吊销) by a
    /// decision of `decided_on`; without numbers, the only one that runs. The mark follows, and goes when its owner confirms that.
    ///
    /// # Errors
    /// [`CommitmentError::Unfit`]; [`Error::LaterDecisionKnown`] for a licence that is in force by a decision after that day.
    pub(super) async fn enter_revocation(
        &self,
        tx: &mut Tx,
        act: &Act,
        view: &CommitmentView,
        numbers: &[String],
        decided_on: NaiveDate,
    ) -> Result<(), Error> {
        let (holder, field) = (&view.commitment.key.uscc, &view.commitment.field);
        let held = licences_of_holders(tx, &[holder.as_str()]).await?;
        // What was taken back never was: nobody revokes it.
        let is_its = |licence: &Licence| licence.content.field == *field && !licence.is_taken_back();
        let held: Vec<Licence> = held.into_iter().filter(is_its).collect();
        let decision = Decision { source_record: "", decided_on, now: act.now };
        let mut revoked = Vec::new();
        for known in meant(&held, numbers).map_err(CommitmentError::Unfit)? {
            // Its record may have told so before: that stands.
            if TAKEN_STATES.contains(&known.content.state.as_str()) {
                continue;
            }
            let content = LicenceContent { state: VOIDED.to_owned(), ..known.content.clone() };
            // The holder and the field are its own.
            let accepted = Licence::accept(Some(known), &known.licence_no, content, decision);
            let accepted = accepted.ok().flatten();
            let runs = RUNNING_STATES.contains(&known.content.state.as_str());
            if accepted.is_none() && runs {
                let (licence_no, decided_on) = (known.licence_no.clone(), known.decided_on);
                return Err(Error::LaterDecisionKnown { licence_no, decided_on });
            }
            revoked.extend(accepted);
        }
        let revoked: Vec<&Licence> = revoked.iter().collect();
        write_licences(tx, &revoked).await?;
        // Nothing may have stood behind one any more: an act that ends it does.
        tell_whose(tx, &revoked).await?;
        look_at(tx, self, act, &revoked).await?;
        let mut outcome = Outcome::of(act);
        revoked.iter().for_each(|licence| outcome.licence(licence));
        let marks = revoked.iter().map(|licence| licence.mark()).collect();
        settle(tx, &mut outcome, act, &marks).await?;
        outcome.write(tx, self).await.map(drop)
    }
}

/// The licences that a revocation means.
fn meant<'l>(held: &'l [Licence], numbers: &[String]) -> Result<Vec<&'l Licence>, BreachUnfit> {
    if numbers.is_empty() {
        let running = held.iter().filter(|licence| RUNNING_STATES.contains(&licence.content.state.as_str()));
        let running: Vec<_> = running.collect();
        return match running.len() {
            0 | 1 => Ok(running),
            _ => Err(BreachUnfit::LicenceNotNamed(
                running.iter().map(|licence| licence.licence_no.clone()).collect(),
            )),
        };
    }
    let named = |number: &String| {
        let known = held.iter().find(|licence| licence.licence_no == *number);
        known.ok_or_else(|| BreachUnfit::NotItsLicence(number.clone()))
    };
    let once: BTreeSet<&String> = numbers.iter().collect();
    once.into_iter().map(named).collect()
}
