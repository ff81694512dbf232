//! Licences: recorded by hand, read.

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use db::{Tx, on};
use domain::{DivisionCode, Uscc};
use service::Error as Common;
use service::idempotency::{Claim, Key, claim, store_answer};

use super::enterprise_row::enterprises_of;
use super::licence_row::{LicenceRow, licences_by_number, write_licences};
use super::outcome::Outcome;
use super::permit::look_at;
use super::settle::settle;
use super::{Act, Store};
use crate::convert::licence_to_pb;
use crate::domain::{Decision, Enterprise, HeldByAnother, Licence, LicenceContent};
use crate::error::Error;

/// A licence to record by hand.
#[derive(Clone, Debug)]
pub struct NewLicence {
    /// Its number.
    pub licence_no: String,
    /// What it says.
    pub content: LicenceContent,
    /// Day of the decision by which it says so; not after the day of the act.
    pub decided_on: NaiveDate,
}

/// A licence with the division that says who may see it: of its holder, else of its production site.
#[derive(Clone, Debug)]
pub struct LicenceView {
    /// The licence.
    pub licence: Licence,
    /// `None` while the holder is not registered and the site is not known.
    pub division: Option<DivisionCode>,
}

/// A licence joined with the division of its holder.
#[derive(sqlx::FromRow)]
pub(super) struct LicenceViewRow {
    #[sqlx(flatten)]
    licence: LicenceRow,
    division: String,
}

impl TryFrom<LicenceViewRow> for LicenceView {
    type Error = Common;

    fn try_from(row: LicenceViewRow) -> Result<Self, Common> {
        let licence = Licence::try_from(row.licence)?;
        let unreadable = |problem| Common::corrupt(format!("division of {}: {problem}", licence.licence_no));
        let division = Some(row.division).filter(|code| !code.is_empty());
        let division = division.map(|code| DivisionCode::parse(&code)).transpose().map_err(unreadable)?;
        Ok(Self { licence, division })
    }
}

impl Store {
    /// Records a licence by hand, by the decision of its day, and brings the mark of its holder in line. `authorise` is asked
    /// about the holder before anything is read or changed in its name.
    ///
    /// # Errors
    /// [`Error::EnterpriseNotFound`], [`Error::LicenceHeldByAnother`], [`Error::LaterDecisionKnown`], and what `authorise` says.
    pub async fn record_licence(
        &self,
        key: &Key<'_>,
        body: &pb::RecordLicenceRequest,
        act: &Act,
        new: NewLicence,
        authorise: impl Fn(&Enterprise) -> Result<(), Error>,
    ) -> Result<pb::Licence, Error> {
        let NewLicence { licence_no, content, decided_on } = new;
        let mut tx = self.begin_act().await?;
        let claimed = claim(&mut tx, key, body, act.now).await?;
        let holder = holder(&mut tx, &content.uscc).await?;
        authorise(&holder)?;
        if let Claim::Repeat(answer) = claimed {
            return Ok(answer);
        }
        let known = licences_by_number(&mut tx, &[&licence_no]).await?.pop();
        let decision = Decision { source_record: "", decided_on, now: act.now };
        let held_by_another = |HeldByAnother(mark)| Error::LicenceHeldByAnother {
            licence_no: licence_no.clone(),
            holder: mark.name(),
        };
        let recorded = Licence::accept(known.as_ref(), &licence_no, content.clone(), decision);
        let recorded = recorded.map_err(held_by_another)?;
        if let Some(known) = known.as_ref().filter(|known| recorded.is_none() && known.content != content) {
            return Err(Error::LaterDecisionKnown { licence_no, decided_on: known.decided_on });
        }
        if let Some(licence) = &recorded {
            write_licences(&mut tx, &[licence]).await?;
            look_at(&mut tx, self, act, &[licence]).await?;
            let mut outcome = Outcome::of(act);
            outcome.licence(licence);
            known.iter().for_each(|known| outcome.licence_left(&known.content.uscc, licence));
            settle(&mut tx, &mut outcome, act, &[licence.mark()].into()).await?;
            outcome.write(&mut tx, self).await?;
        }
        let licence = recorded.or(known).ok_or(Error::LicenceNotFound(licence_no))?;
        let answer = licence_to_pb(&licence, licence.state_on(act.today));
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// One licence.
    ///
    /// # Errors
    /// [`Error::LicenceNotFound`].
    pub async fn licence(&self, licence_no: &str) -> Result<LicenceView, Error> {
        const SQL: &str = "
            SELECT l.*, COALESCE(e.division, l.site_division) AS division
            FROM licence l LEFT JOIN enterprise e ON e.uscc = l.uscc
            WHERE l.licence_no = $1";
        let row: Option<LicenceViewRow> =
            on!(self.db, |pool| sqlx::query_as(SQL).bind(licence_no).fetch_optional(pool).await)?;
        let row = row.ok_or_else(|| Error::LicenceNotFound(licence_no.to_owned()))?;
        Ok(LicenceView::try_from(row)?)
    }
}

async fn holder(tx: &mut Tx, uscc: &Uscc) -> Result<Enterprise, Error> {
    let mut registered = enterprises_of(tx, [uscc]).await?;
    registered.remove(uscc).ok_or_else(|| Error::EnterpriseNotFound(uscc.clone()))
}
