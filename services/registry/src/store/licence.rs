//! Licences: recorded by hand, read.

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use db::{Tx, on};
use domain::{DivisionCode, Uscc};
use service::Error as Common;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::obligation::fulfil;

use super::enterprise::enter_registration;
use super::enterprise_row::enterprises_of;
use super::licence_row::{LicenceRow, licences_by_number, write_licences};
use super::outcome::Outcome;
use super::permit::{LOOK, look_at, settle_refused, tell_whose};
use super::settle::settle;
use super::{Act, Store};
use crate::convert::licence_to_pb;
use crate::domain::{Decision, Enterprise, HeldByAnother, Licence, LicenceContent};
use crate::error::Error;

/// One licence with its division.
const ONE: &str = "
    SELECT l.*, COALESCE(e.division, l.site_division) AS division
    FROM licence l LEFT JOIN enterprise e ON e.uscc = l.uscc
    WHERE l.licence_no = $1";

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

/// A request to take an entry back.
#[derive(Debug)]
pub struct TakeBack<'a> {
    /// What the request is known by.
    pub key: &'a Key<'a>,
    /// The request as sent.
    pub body: &'a pb::TakeBackLicenceRequest,
    /// Number of the licence.
    pub licence_no: &'a str,
    /// Why it never was.
    pub reason: &'a str,
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
        settle_refused(&mut tx, &licence_no, &content).await?;
        if let Some(licence) = &recorded {
            write_licences(&mut tx, &[licence]).await?;
            tell_whose(&mut tx, &[licence]).await?;
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

    /// Takes back an entry that was made by hand and that no record tells, or whose record was withdrawn, and brings the mark of its holder in
    /// line; taking it back again changes nothing. `authorise` is asked about the licence and its division before anything is changed.
    ///
    /// # Errors
    /// [`Error::LicenceNotFound`], [`Error::LicenceFromRecord`], and what `authorise` says.
    pub async fn take_back_licence(
        &self,
        request: &TakeBack<'_>,
        act: &Act,
        authorise: impl Fn(&LicenceView) -> Result<(), Error>,
    ) -> Result<pb::Licence, Error> {
        let mut tx = self.begin_act().await?;
        let claimed = claim(&mut tx, request.key, request.body, act.now).await?;
        let row: Option<LicenceViewRow> =
            on!(tx, |conn| sqlx::query_as(ONE).bind(request.licence_no).fetch_optional(conn).await)?;
        let row = row.ok_or_else(|| Error::LicenceNotFound(request.licence_no.to_owned()))?;
        let view = LicenceView::try_from(row)?;
        authorise(&view)?;
        if let Claim::Repeat(answer) = claimed {
            return Ok(answer);
        }
        let known = view.licence;
        if let Some(record) = known.standing_record() {
            let (licence_no, record) = (known.licence_no.clone(), record.to_owned());
            return Err(Error::LicenceFromRecord { licence_no, record });
        }
        let licence =
            if known.is_taken_back() { known } else { self.take_back(&mut tx, act, request, &known).await? };
        let answer = licence_to_pb(&licence, licence.state_on(act.today));
        store_answer(&mut tx, request.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    async fn take_back(
        &self,
        tx: &mut Tx,
        act: &Act,
        request: &TakeBack<'_>,
        known: &Licence,
    ) -> Result<Licence, Error> {
        // A permit that is being refused for the number is refused before, and told that it is free, or finds it free.
        enter_registration(tx).await?;
        let gone = known.taken_back(act.today, act.now);
        write_licences(tx, &[&gone]).await?;
        tell_whose(tx, &[&gone]).await?;
        fulfil(tx, &gone.name(), LOOK, &act.context.actor, act.today).await?;
        let mut outcome = Outcome::of(act).because(request.reason);
        outcome.licence(&gone);
        settle(tx, &mut outcome, act, &[gone.mark()].into()).await?;
        outcome.write(tx, self).await?;
        Ok(gone)
    }

    /// One licence.
    ///
    /// # Errors
    /// [`Error::LicenceNotFound`].
    pub async fn licence(&self, licence_no: &str) -> Result<LicenceView, Error> {
        let row: Option<LicenceViewRow> =
            on!(self.db, |pool| sqlx::query_as(ONE).bind(licence_no).fetch_optional(pool).await)?;
        let row = row.ok_or_else(|| Error::LicenceNotFound(licence_no.to_owned()))?;
        Ok(LicenceView::try_from(row)?)
    }
}

async fn holder(tx: &mut Tx, uscc: &Uscc) -> Result<Enterprise, Error> {
    let mut registered = enterprises_of(tx, [uscc]).await?;
    registered.remove(uscc).ok_or_else(|| Error::EnterpriseNotFound(uscc.clone()))
}
