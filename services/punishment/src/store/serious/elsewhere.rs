//! What the province that shows a listing is told when it falls here, is suspended or goes on otherwise: by a letter that CREDIT notes, as
//! the listing itself was. Without it that province would go on showing what counts as never made.

use chrono::NaiveDate;
use db::Tx;
use rulebook::RuleMissing;
use service::machine::Office;
use service::obligation::{self, NewDuty};

use super::matter;
use crate::domain::serious::Case;
use crate::error::Error;
use crate::machines::repair;
use crate::machines::serious::{PUBLISH, TELL};
use crate::store::Store;

/// Period within which a listing is published here.
const PUBLISH_WITHIN: &str = "serious.publish.same_province";

impl Store {
    /// Opens the duty to tell the province that shows a listing what has become of it on a day, in a transaction of the caller; none where
    /// no other province shows it. One that is open already stays: one letter tells all.
    pub(super) async fn have_change_told(
        &self,
        tx: &mut Tx,
        shown: &Case,
        on: NaiveDate,
    ) -> Result<(), Error> {
        if !(shown.content.registered_elsewhere() && shown.state.shown_elsewhere()) {
            return Ok(());
        }
        let subject = shown.name.to_string();
        let duty = NewDuty {
            matter: matter(&subject, shown),
            kind: TELL,
            office: Office::CREDIT.code(),
            parameter: TELL,
            start_on: on,
        };
        obligation::open_in_force(tx, &duty, &self.book).await?;
        Ok(())
    }

    /// Whether the letter about a repair tells the province of registration of an early removal on a day: none is owed before order 107.
    pub(super) fn told_with_repair(&self, on: NaiveDate) -> Result<bool, Error> {
        match self.book.deadline(on, repair::PUSH) {
            Err(RuleMissing::NotInForce { .. }) => Ok(false),
            found => Ok(found.map(|_| true).map_err(service::Error::from)?),
        }
    }

    /// Opens the duty to publish a listing here, whose period began on a day.
    pub(super) async fn have_published_here(
        &self,
        tx: &mut Tx,
        case: &Case,
        since: NaiveDate,
    ) -> Result<(), Error> {
        let subject = case.name.to_string();
        let duty = NewDuty {
            matter: matter(&subject, case),
            kind: PUBLISH,
            office: Office::CREDIT.code(),
            parameter: PUBLISH_WITHIN,
            start_on: since,
        };
        obligation::open(tx, &duty, &self.book).await?;
        Ok(())
    }

    /// Refuses to note a letter where none is owed.
    pub(super) async fn something_is_to_be_told(&self, tx: &mut Tx, case: &Case) -> Result<(), Error> {
        match obligation::last_day(tx, &case.name.to_string(), TELL).await? {
            Some(_) => Ok(()),
            None => Err(Error::NothingToTell(case.name.clone())),
        }
    }
}
