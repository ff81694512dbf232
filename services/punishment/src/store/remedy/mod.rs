//! Remedies against listings, and what they do to entries: an order suspends, an outcome confirms or annuls.

mod list;
mod row;

use chrono::NaiveDate;
use contract::punishment::v1::{EntryRemedy, EntryRemedyEvent};
use db::Tx;
use domain::{DivisionCode, FieldCode, Uscc};
use prost::Message;
use service::idempotency::{self, Claim};
use uuid::Uuid;

use super::standing::first_listed_on;
use super::{Act, Store, abnormal, day_of_act, serious};
use crate::api::convert;
use crate::domain::list::{Advance, EntryName, List};
use crate::domain::remedy::{NewRemedy, Order, Outcome, Remedy, RemedyName};
use crate::error::Error;
use crate::machines::remedy::{Event, State, outcome, table_of};
use crate::machines::{abnormal as directory, serious as cases};

pub use list::Filter;
use row::{find, insert, suspended_since, update};

const KIND: &str = "punishment.remedy.changed";

/// What a remedy must know of the listing that it is against.
struct Contested {
    uscc: Uscc,
    field: Option<FieldCode>,
    division: DivisionCode,
    listed_on: NaiveDate,
}

impl Store {
    /// Registers a remedy.
    ///
    /// # Errors
    /// [`Error::NotListed`] when there is no listing to contest, [`Error::RemedyExists`] when it is registered already.
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
        let step = table_of(new.entry.list()).step(None, Event::Accept, &act.actor)?;
        let contested = contested(&mut tx, &new.entry).await?;
        // A remedy against a listing goes on when that is removed and restored, so its first period bounds the day.
        let first = first_listed_on(&mut tx, &new.entry).await?;
        let since = first.map_or(contested.listed_on, |first| first.min(contested.listed_on));
        let accepted_on = day_of_act(Some(new.accepted_on), act.today(), Some(since))?;
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
                entry: remedy.content.entry,
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
        self.settle_suspension(&mut tx, act, &after, &order.reason).await?;
        self.answer_remedy(tx, act, &before, &after).await
    }

    /// Enters how a remedy ended. An annulled listing counts as never made.
    pub async fn end_remedy(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        name: &RemedyName,
        ended: &Outcome,
    ) -> Result<EntryRemedy, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let code = self.book.code("remedy_outcome", &ended.code, ended.decided_on);
        let event = code
            .and_then(outcome)
            .ok_or_else(|| service::FieldErrors::one("outcome.code", "ends no remedy against a listing"))?;
        let before = locked(&mut tx, name).await?;
        let after = Remedy { outcome: Some(ended.clone()), ..moved(act, &before, event, ended.decided_on)? };
        update(&mut tx, &after, before.revision).await?;
        // First what it changes: what is suspended until now is shown once, as it goes on.
        if let (true, Some(change)) = (event.changes(), &ended.change) {
            let entry = &after.content.entry;
            let said = (ended.summary.as_str(), ended.decided_on);
            if entry.list() == List::Serious {
                self.change_case(&mut tx, act, entry, change, said).await?;
            } else {
                self.change_entry(&mut tx, act, entry, change, said).await?;
            }
        }
        if event.annuls() {
            self.annul(&mut tx, act, &after.content.entry, ended).await?;
        } else {
            self.settle_suspension(&mut tx, act, &after, &ended.summary).await?;
        }
        self.answer_remedy(tx, act, &before, &after).await
    }

    /// One remedy.
    pub async fn remedy(&self, name: &RemedyName) -> Result<Remedy, Error> {
        let mut tx = self.db.begin_read().await?;
        find(&mut tx, name).await
    }

    /// Field and division of the entry or case that a remedy is to be registered against.
    pub async fn contested(&self, entry: &EntryName) -> Result<(Option<FieldCode>, DivisionCode), Error> {
        let mut tx = self.db.begin_read().await?;
        let Contested { field, division, .. } = contested(&mut tx, entry).await?;
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
        remedy: &Remedy,
        reason: &str,
    ) -> Result<(), Error> {
        let entry = &remedy.content.entry;
        let since = suspended_since(tx, entry).await?;
        if entry.list() == List::Serious {
            self.suspend_case(tx, act, entry, since, (reason, remedy.acted_on)).await
        } else {
            self.suspend_entry(tx, act, entry, since, (reason, remedy.acted_on)).await
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

/// A remedy, once the entry that it is against is locked: of two orders about one entry, the second sees the first.
async fn locked(tx: &mut Tx, name: &RemedyName) -> Result<Remedy, Error> {
    let entry = find(tx, name).await?.content.entry;
    if entry.list() == List::Serious {
        serious::lock(tx, &entry).await?;
    } else {
        abnormal::lock(tx, &entry).await?;
    }
    find(tx, name).await
}

/// The remedy after a step; `on` is the day of the order or outcome.
fn moved(act: &Act<'_>, before: &Remedy, event: Event, on: NaiveDate) -> Result<Remedy, Error> {
    let step = table_of(before.content.entry.list()).step(before.state, event, &act.actor)?;
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

/// What is known of the listing.
///
/// # Errors
/// [`Error::NotListed`] when there was never one, or it counts as never made.
async fn contested(tx: &mut Tx, entry: &EntryName) -> Result<Contested, Error> {
    let missing = || Error::NotListed(entry.clone());
    if entry.list() == List::Serious {
        let case = serious::find(tx, entry).await?;
        let listed_on = case.listed_on.filter(|_| !case.state.void()).ok_or_else(missing)?;
        let content = case.content;
        return Ok(Contested {
            uscc: content.uscc,
            field: Some(content.field),
            division: content.division,
            listed_on,
        });
    }
    let found = abnormal::find(tx, entry).await?;
    let listed_on = found.listed_on.filter(|_| !found.state.void()).ok_or_else(missing)?;
    Ok(Contested { uscc: found.content.uscc, field: None, division: found.content.division, listed_on })
}
