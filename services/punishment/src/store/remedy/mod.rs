//! Remedies against listings, and what they do to entries: an order suspends, an outcome confirms or annuls. Those against refusals go
//! the same way; what their outcomes do is in `refusal`.

mod list;
mod refusal;
mod row;

use chrono::NaiveDate;
use contract::punishment::v1::{EntryRemedy, EntryRemedyEvent};
use db::Tx;
use domain::{DivisionCode, FieldCode, Uscc};
use prost::Message;
use service::FieldErrors;
use service::idempotency::{self, Claim};
use uuid::Uuid;

use super::standing::first_listed_on;
use super::{Act, Store, abnormal, day_of_act, repair, serious};
use crate::api::convert;
use crate::domain::list::{Advance, EntryName, List};
use crate::domain::remedy::{Against, NewRemedy, Order, Outcome, Remedy, RemedyName};
use crate::error::{Error, RepairRefused};
use crate::machines::remedy::{Event, State, outcome, table_of};
use crate::machines::{abnormal as directory, serious as cases};

pub use list::Filter;
use row::{find, insert, suspended_since, update};

const KIND: &str = "punishment.remedy.changed";

/// What a remedy must know of what it is against.
struct Contested {
    uscc: Uscc,
    field: Option<FieldCode>,
    division: DivisionCode,
    /// First day on which a body can have accepted it.
    since: NaiveDate,
}

impl Store {
    /// Registers a remedy.
    ///
    /// # Errors
    /// [`Error::NotListed`] and [`Error::NotRefused`] when there is nothing to contest, [`Error::RemedyExists`] when it is registered
    /// already.
    pub async fn register_remedy(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        new: NewRemedy,
    ) -> Result<EntryRemedy, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let step = table_of(&new.against).step(None, Event::Accept, &act.actor)?;
        self.may_enter(&mut tx, act, &new.against).await?;
        let contested = contested(&mut tx, &new.against).await?;
        let accepted_on = day_of_act(Some(new.accepted_on), act.today(), Some(contested.since))?;
        let remedy = Remedy {
            name: RemedyName::new(Uuid::now_v7()),
            content: new,
            uscc: contested.uscc,
            field: contested.field,
            division: contested.division,
            state: step.to,
            order_no: String::new(),
            suspended_on: None,
            acted_on: accepted_on,
            outcome: None,
            revision: 1,
            updated_at: act.now,
        };
        if !insert(&mut tx, &remedy).await? {
            return Err(Error::RemedyExists {
                entry: remedy.content.against,
                document_no: remedy.content.document_no,
            });
        }
        self.tell_remedy(&mut tx, act, &remedy, None).await?;
        let answer = convert::entry_remedy(&remedy);
        idempotency::store_answer(&mut tx, &act.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Enters an order that suspends the listing, or ends its suspension.
    pub async fn order_remedy(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        name: &RemedyName,
        (event, order): (Event, &Order),
    ) -> Result<EntryRemedy, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let before = locked(&mut tx, name).await?;
        let mut after = moved(act, &before, event, order.ordered_on)?;
        if after.state.suspends() {
            after.order_no = order.document_no.to_string();
        }
        update(&mut tx, &after, before.revision).await?;
        // Only the tables against listings know orders.
        if let Against::Listing(entry) = &after.content.against {
            self.settle_suspension(&mut tx, act, entry, (order.reason.as_str(), after.acted_on)).await?;
        }
        self.answer_remedy(tx, act, &before, &after).await
    }

    /// Enters how a remedy ended. An annulled listing counts as never made; what was refused is decided again, or takes effect.
    pub async fn end_remedy(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        name: &RemedyName,
        ended: &Outcome,
    ) -> Result<EntryRemedy, Error> {
        let code = self.book.code("remedy_outcome", &ended.code, ended.decided_on);
        let event =
            code.and_then(outcome).ok_or_else(|| FieldErrors::one("outcome.code", "ends no such remedy"))?;
        // What is known of the subject of a repair is judged before the act, as for every grant.
        let judged = match self.remedy(name).await?.content.against {
            Against::Repair(repair) if event.changes() => Some(self.judged(&repair, act.today()).await),
            _ => None,
        };
        let judged = match judged {
            // What the repair was about is gone: the outcome is on record, and nothing is left that it could take away.
            Some(Err(Error::Repair(RepairRefused::SubjectNotFound(_)))) => None,
            judged => judged,
        };
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let before = locked(&mut tx, name).await?;
        self.may_enter(&mut tx, act, &before.content.against).await?;
        let after = Remedy { outcome: Some(ended.clone()), ..moved(act, &before, event, ended.decided_on)? };
        update(&mut tx, &after, before.revision).await?;
        let how = (event, ended);
        match &after.content.against {
            Against::Listing(entry) => {
                self.end_against_listing(&mut tx, act, entry, how, after.acted_on).await?;
            }
            Against::Removal(entry) => self.end_against_removal(&mut tx, act, entry, how).await?,
            Against::Repair(repair) => {
                let contested = (repair, after.content.accepted_on);
                self.end_against_repair(&mut tx, act, contested, how, judged.transpose()?).await?;
            }
        }
        self.answer_remedy(tx, act, &before, &after).await
    }

    /// The listing stands as it was, stands otherwise, or falls.
    async fn end_against_listing(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        entry: &EntryName,
        (event, ended): (Event, &Outcome),
        on: NaiveDate,
    ) -> Result<(), Error> {
        if ended.decide_again_by.is_some() {
            let problem = "a listing that is annulled falls: nothing is decided again";
            return Err(FieldErrors::one("outcome.decide_again_by", problem).into());
        }
        // First what it changes: what is suspended until now is shown once, as it goes on.
        if event.changes() {
            let missing = || FieldErrors::one("outcome.changed_ground", "what is changed must be given");
            let change = ended.change.as_ref().ok_or_else(missing)?;
            let said = (ended.summary.as_str(), ended.decided_on);
            if entry.list() == List::Serious {
                self.change_case(tx, act, entry, change, said).await?;
            } else {
                self.change_entry(tx, act, entry, change, said).await?;
            }
        }
        if event.annuls() {
            self.annul(tx, act, entry, ended).await
        } else {
            self.settle_suspension(tx, act, entry, (ended.summary.as_str(), on)).await
        }
    }

    /// One remedy.
    pub async fn remedy(&self, name: &RemedyName) -> Result<Remedy, Error> {
        let mut tx = self.db.begin_read().await?;
        find(&mut tx, name).await
    }

    /// Field and division of what a remedy is to be registered against.
    pub async fn contested(&self, against: &Against) -> Result<(Option<FieldCode>, DivisionCode), Error> {
        let mut tx = self.db.begin_read().await?;
        let Contested { field, division, .. } = contested(&mut tx, against).await?;
        Ok((field, division))
    }

    async fn answer_remedy(
        &self,
        mut tx: Tx,
        act: &Act<'_>,
        before: &Remedy,
        after: &Remedy,
    ) -> Result<EntryRemedy, Error> {
        self.tell_remedy(&mut tx, act, after, Some(before.state)).await?;
        let answer = convert::entry_remedy(after);
        idempotency::store_answer(&mut tx, &act.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Brings the entry in line with the orders that stand: it is suspended since the first of them, or not at all.
    async fn settle_suspension(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        entry: &EntryName,
        (reason, on): (&str, NaiveDate),
    ) -> Result<(), Error> {
        let since = suspended_since(tx, entry).await?;
        if entry.list() == List::Serious {
            self.suspend_case(tx, act, entry, since, (reason, on)).await
        } else {
            self.suspend_entry(tx, act, entry, since, (reason, on)).await
        }
    }

    /// Annuls a listing, unless it counts as never made already.
    async fn annul(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        entry: &EntryName,
        ended: &Outcome,
    ) -> Result<(), Error> {
        if entry.list() == List::Serious {
            let case = serious::find(tx, entry).await?;
            if !case.state.void() {
                let on = case.acted_on.max(Some(ended.decided_on));
                self.step_case(tx, act, entry, &annulment(cases::Event::Annul, ended, on)).await?;
            }
            return Ok(());
        }
        let listed = abnormal::find(tx, entry).await?;
        if !listed.state.void() {
            let on = listed.acted_on.max(Some(ended.decided_on));
            self.step_entry(tx, act, entry, &annulment(directory::Event::Annul, ended, on)).await?;
        }
        Ok(())
    }

    async fn tell_remedy(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        remedy: &Remedy,
        before: Option<State>,
    ) -> Result<(), Error> {
        let payload = EntryRemedyEvent {
            entry_remedy: Some(convert::entry_remedy(remedy)),
            previous_state: before.map_or_else(String::new, |state| state.word().to_owned()),
        };
        self.tell(tx, act, KIND, remedy.uscc.as_str(), remedy.acted_on, &payload).await
    }
}

/// A remedy, once the entry that it is against is locked: of two orders about one entry, the second sees the first. An application is
/// guarded by its revision.
async fn locked(tx: &mut Tx, name: &RemedyName) -> Result<Remedy, Error> {
    match find(tx, name).await?.content.against {
        Against::Listing(entry) if entry.list() == List::Serious => serious::lock(tx, &entry).await?,
        Against::Listing(entry) | Against::Removal(entry) => abnormal::lock(tx, &entry).await?,
        Against::Repair(_) => {}
    }
    find(tx, name).await
}

/// The remedy after a step; `on` is the day of the order or outcome.
fn moved(act: &Act<'_>, before: &Remedy, event: Event, on: NaiveDate) -> Result<Remedy, Error> {
    let step = table_of(&before.content.against).step(before.state, event, &act.actor)?;
    let on = day_of_act(Some(on), act.today(), Some(before.acted_on))?;
    Ok(Remedy {
        state: step.to,
        suspended_on: step.to.suspends().then_some(on),
        acted_on: on,
        revision: before.revision + 1,
        updated_at: act.now,
        ..before.clone()
    })
}

fn annulment<E>(event: E, ended: &Outcome, on: Option<NaiveDate>) -> Advance<E> {
    Advance {
        document_no: Some(ended.document_no.clone()),
        effective_on: on,
        reason: ended.summary.clone(),
        ..Advance::bare(event)
    }
}

/// What is known of what is contested.
///
/// # Errors
/// [`Error::NotListed`] when there was never a listing, or it counts as never made; [`Error::NotRefused`] when no refusal is known.
async fn contested(tx: &mut Tx, against: &Against) -> Result<Contested, Error> {
    let nothing = || Error::NotRefused(against.clone());
    match against {
        Against::Listing(entry) => listing(tx, entry).await,
        Against::Removal(entry) => {
            let found = abnormal::find(tx, entry).await?;
            let since = found.removal_refused_on.filter(|_| !found.state.void()).ok_or_else(nothing)?;
            let content = found.content;
            Ok(Contested { uscc: content.uscc, field: None, division: content.division, since })
        }
        Against::Repair(name) => {
            let found = repair::find(tx, name).await?;
            let answered = [&found.said.revoked_on, &found.said.decided_on, &found.said.submitted_on];
            let since = answered.into_iter().find_map(|day| domain::parse_date(day).ok());
            let since = since.filter(|_| found.state.is_contestable()).ok_or_else(nothing)?;
            Ok(Contested { uscc: found.uscc, field: found.field, division: found.division, since })
        }
    }
}

async fn listing(tx: &mut Tx, entry: &EntryName) -> Result<Contested, Error> {
    let missing = || Error::NotListed(entry.clone());
    // A remedy against a listing goes on when that is removed and restored, so its first period bounds the day.
    let first = first_listed_on(tx, entry).await?;
    let since = |listed_on: NaiveDate| first.map_or(listed_on, |first| first.min(listed_on));
    if entry.list() == List::Serious {
        let case = serious::find(tx, entry).await?;
        let listed_on = case.listed_on.filter(|_| !case.state.void()).ok_or_else(missing)?;
        let content = case.content;
        return Ok(Contested {
            uscc: content.uscc,
            field: Some(content.field),
            division: content.division,
            since: since(listed_on),
        });
    }
    let found = abnormal::find(tx, entry).await?;
    let listed_on = found.listed_on.filter(|_| !found.state.void()).ok_or_else(missing)?;
    let content = found.content;
    Ok(Contested { uscc: content.uscc, field: None, division: content.division, since: since(listed_on) })
}
