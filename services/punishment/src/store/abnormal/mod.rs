//! Entries in the directory of abnormal operations: opened here, moved in `step`, as they lie in the database in `row`.

mod change;
mod list;
mod party;
mod report;
mod row;
mod stay;
mod step;

use chrono::NaiveDate;
use contract::punishment::v1::{AbnormalEntry, AbnormalEvent};
use db::Tx;
use domain::OfficeCode;
use prost::Message;
use service::idempotency::{self, Claim};
use service::obligation::{self, Matter, NewDuty};
use uuid::Uuid;

use super::{Act, Store};
use crate::api::convert;
use crate::domain::abnormal::{Entry, NewEntry};
use crate::domain::list::{EntryName, Standing};
use crate::domain::measure::Trigger;
use crate::error::Error;
use crate::machines::abnormal::{ABNORMAL, DECIDE, Event, State, authority};

pub use list::Filter;
pub(crate) use party::END_READER;
pub(super) use row::{find, live_on_ground, lock};

const KIND: &str = "punishment.abnormal.changed";
/// Tag of grounds whose period for the decision counts from the end of a period or order, and not from verification.
const FROM_LAPSE: &str = "from_lapse";

impl Store {
    /// Opens an entry as suspected.
    ///
    /// # Errors
    /// [`Error::EntryExists`] when a live entry on the same ground stands; a field error where the party is no more.
    pub async fn open_entry(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        new: NewEntry,
    ) -> Result<AbnormalEntry, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        self.party_is_there(&mut tx, &new.uscc, ("entry.uscc", act.today())).await?;
        let entry = self.suspect(&mut tx, act, new, ("", act.today())).await?;
        let answer = convert::abnormal_entry(&entry);
        idempotency::store_answer(&mut tx, &act.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Opens an entry in a transaction of the caller; `source_event` names the foreign event behind it, if any, and the suspicion
    /// takes effect on `found_on`. Where the period for the decision counts from the end of a period or order, it begins with it.
    pub(crate) async fn suspect(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        new: NewEntry,
        (source_event, found_on): (&str, NaiveDate),
    ) -> Result<Entry, Error> {
        let step = ABNORMAL.step(None, Event::Suspect, &act.actor)?;
        let tagged = new.ground_code(&self.book, found_on).is_some_and(|code| code.has_tag(FROM_LAPSE));
        let lapsed_on = new.lapsed_on.filter(|_| tagged);
        let entry = Entry {
            name: EntryName::new(new.kind().list(), Uuid::now_v7()),
            content: new,
            state: step.to,
            last_actor: act.actor.person.to_owned(),
            objection_actor: String::new(),
            listed_on: None,
            decision_no: None,
            decided_by: String::new(),
            removed_on: None,
            removal_ground: String::new(),
            due_on: lapsed_on.map(|day| self.last_day(DECIDE_WITHIN, day)).transpose()?.flatten(),
            acted_on: None,
            suspended_on: None,
            letters: Vec::new(),
            order: None,
            removal_verified_on: None,
            removal_refused_on: None,
            revision: 1,
            updated_at: act.now,
        };
        if !row::insert(tx, &entry, source_event).await? {
            let NewEntry { uscc, ground, .. } = entry.content;
            return Err(Error::EntryExists { uscc, ground });
        }
        if let Some(lapsed_on) = lapsed_on {
            self.have_decided(tx, act, &entry, lapsed_on).await?;
        }
        self.tell_entry(tx, act, &entry, None, "", found_on).await?;
        Ok(entry)
    }

    /// Opens the duty to decide about an entry, whose period counts from the end of a period or order.
    async fn have_decided(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        entry: &Entry,
        start_on: NaiveDate,
    ) -> Result<(), Error> {
        let subject = entry.name.to_string();
        let office = authority("", act.actor.office);
        let matter = matter(&subject, entry, None);
        let duty = NewDuty { matter, kind: DECIDE, office, parameter: DECIDE_WITHIN, start_on };
        obligation::open(tx, &duty, &self.book).await?;
        Ok(())
    }

    /// One entry.
    pub async fn entry(&self, name: &EntryName) -> Result<Entry, Error> {
        let mut tx = self.db.begin_read().await?;
        find(&mut tx, name).await
    }

    pub(super) async fn tell_entry(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        entry: &Entry,
        before: Option<State>,
        reason: &str,
        on: NaiveDate,
    ) -> Result<(), Error> {
        let payload = AbnormalEvent {
            entry: Some(convert::abnormal_entry(entry)),
            previous_state: before.map_or_else(String::new, |state| state.word().to_owned()),
            reason: reason.to_owned(),
        };
        self.tell(tx, act, KIND, entry.content.uscc.as_str(), on, &payload).await
    }
}

/// Parameter of the period in which a listing is decided.
const DECIDE_WITHIN: &str = "abnormal.list.after_trigger";

fn matter<'a>(subject: &'a str, entry: &'a Entry, owner: Option<&'a OfficeCode>) -> Matter<'a> {
    Matter { subject, field: None, division: Some(&entry.content.division), owner }
}

/// An entry as the party check needs it; `None` for one that was never listed.
pub(super) fn standing(entry: &Entry) -> Option<Standing> {
    Some(Standing {
        name: entry.name.clone(),
        uscc: entry.content.uscc.clone(),
        ground: entry.content.ground.clone(),
        listed_on: entry.listed_on?,
        term_ends_on: None,
        removed_on: entry.removed_on,
        suspended_on: entry.suspended_on,
        decision_no: entry.decision_no.as_ref().map(ToString::to_string).unwrap_or_default(),
        suspensions: Vec::new(),
        lifted: Vec::new(),
    })
}

/// Whether joint measures go with it: it stands, and nothing suspends it.
fn carries(entry: &Entry) -> bool {
    entry.state.stands() && entry.suspended_on.is_none()
}

/// What joint measures follow from.
fn trigger(entry: &Entry) -> Trigger {
    Trigger {
        entry: entry.name.clone(),
        uscc: entry.content.uscc.clone(),
        party_name: entry.content.party_name.clone(),
        division: entry.content.division.clone(),
        decision_no: entry.decision_no.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}
