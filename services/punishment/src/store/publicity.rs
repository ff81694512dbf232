//! What the publicity system is told about entries: that they stand, that they do no longer. What leaves the directory goes on being
//! shown there with its removal as long as the law of the day says so.

use chrono::NaiveDate;
use db::Tx;
use exchange::notice::{Action, ListingNotice, Notice, Withdrawal};
use exchange::publicity::RECEIVER;
use exchange::{Adapter, Delivery, ExchangeError, NewDelivery, Owner, OwnerError, Unmappable};
use uuid::Uuid;

use super::serious::decided_by;
use super::{Act, Store};
use crate::domain::abnormal::{Entry, Kind};
use crate::domain::list::List;
use crate::domain::serious::Case;
use crate::error::Error;

/// Set of the rulebook that names the lists in Chinese.
const LISTS: &str = "list";

/// What the publicity system has taken is its own: nothing here waits for it.
#[derive(Clone, Copy, Debug)]
pub struct Shown;

impl Owner for Shown {
    async fn on_acknowledged(&self, _: &mut Tx, _: &Delivery) -> Result<(), OwnerError> {
        Ok(())
    }
}

impl Store {
    /// Tells what became of an entry in the directory, or of a mark, by a step or an order; nothing when the public sees it as before.
    pub(super) async fn show_entry(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        before: &Entry,
        after: &Entry,
    ) -> Result<(), Error> {
        let Some(listed_on) = after.listed_on else { return Ok(()) };
        let counts = |entry: &Entry| entry.state.stands() && entry.suspended_on.is_none();
        let removed_on = after.removed_on.filter(|_| !after.state.void() && !after.state.stands());
        let (was, is) = (counts(before), counts(after));
        let changed = was && is && before.content.ground != after.content.ground;
        if was == is && !changed && before.state.void() == after.state.void() {
            return Ok(());
        }
        let goes_on = match removed_on {
            Some(on) => after.content.kind() == Kind::Directory && self.removed_is_shown(on)?,
            None => false,
        };
        let number = after.decision_no.as_ref().map(ToString::to_string).unwrap_or_default();
        if !is && !goes_on {
            let withdrawal = withdrawal(after.content.uscc.as_str(), &number, listed_on, after.revision);
            return self.withdraw(tx, act, &after.name.to_string(), &withdrawal).await;
        }
        let today = act.today();
        let label = |set: &str, code: &str, on: NaiveDate| {
            self.book.code(set, code, on).map(|code| code.label_zh.clone()).unwrap_or_default()
        };
        let notice = ListingNotice {
            action: Action::Publish,
            list: &label(LISTS, after.name.list().word(), today),
            uscc: &after.content.uscc,
            legal_name: after.content.party_name.as_str(),
            ground: &label(after.content.kind().grounds(), &after.content.ground, listed_on),
            authority: &self.office_label(&after.decided_by),
            decision_no: &number,
            decided_on: listed_on,
            term_ends_on: None,
            removed_on,
            // What a removal was only asked for on is nobody's to see.
            removal_ground: &removed_on
                .map(|_| label("abnormal_removal_ground", &after.removal_ground, today))
                .unwrap_or_default(),
            division: after.content.division.as_str(),
            revision: after.revision,
        };
        self.show(tx, act, &after.name.to_string(), &notice).await
    }

    /// Tells what became of a case by a step or an order; nothing when the public sees it as before, and nothing of a party that its own
    /// province publishes.
    pub(super) async fn show_case(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        before: &Case,
        after: &Case,
    ) -> Result<(), Error> {
        let Some(listed_on) = after.listed_on else { return Ok(()) };
        let counts = |case: &Case| case.state.shown() && case.suspended_on.is_none();
        let (was, is) = (counts(before), counts(after));
        let content = |case: &Case| (case.content.ground.clone(), case.term_ends_on);
        let changed = was && is && content(before) != content(after);
        if (was == is && !changed) || after.content.registered_elsewhere() {
            return Ok(());
        }
        let subject = after.name.to_string();
        let number = after.decision_no.as_ref().map(ToString::to_string).unwrap_or_default();
        if !is {
            let withdrawal = withdrawal(after.content.uscc.as_str(), &number, listed_on, after.revision);
            return self.withdraw(tx, act, &subject, &withdrawal).await;
        }
        let label = |set: &str, code: &str, on: NaiveDate| {
            self.book.code(set, code, on).map(|code| code.label_zh.clone()).unwrap_or_default()
        };
        let notice = ListingNotice {
            action: Action::Publish,
            list: &label(LISTS, List::Serious.word(), act.today()),
            uscc: &after.content.uscc,
            legal_name: after.content.party_name.as_str(),
            ground: &label("serious_ground", &after.content.ground, listed_on),
            authority: &self.office_label(&decided_by(tx, &after.name).await?),
            decision_no: &number,
            decided_on: listed_on,
            term_ends_on: after.term_ends_on,
            removed_on: None,
            removal_ground: "",
            division: after.content.division.as_str(),
            revision: after.revision,
        };
        self.show(tx, act, &subject, &notice).await
    }

    /// Whether an entry that is removed on a day goes on being shown (order 101 ended it).
    fn removed_is_shown(&self, on: NaiveDate) -> Result<bool, Error> {
        let shown = self.book.flag("abnormal.removed_entry_still_published", on);
        Ok(shown.map_err(service::Error::from)?)
    }

    fn office_label(&self, office: &str) -> String {
        let found = self.book.offices().iter().find(|known| known.code.as_str() == office);
        found.map(|known| known.label_zh.clone()).unwrap_or_default()
    }

    async fn show(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        subject: &str,
        notice: &ListingNotice<'_>,
    ) -> Result<(), Error> {
        let content = match Adapter::new(&self.book, RECEIVER, act.today()).content(notice) {
            Ok(content) => content,
            // Before the day from which it takes entries, nothing is told.
            Err(Unmappable::NotTaken { .. }) => return Ok(()),
            Err(problem) => return Err(Error::Exchange(Box::new(problem.into()))),
        };
        enqueue(tx, act, delivery(subject, notice.kind(), notice.revision, content)).await
    }

    async fn withdraw(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        subject: &str,
        withdrawal: &Withdrawal<'_>,
    ) -> Result<(), Error> {
        let content = Adapter::new(&self.book, RECEIVER, act.today()).withdrawal(withdrawal);
        enqueue(tx, act, delivery(subject, withdrawal.kind(), withdrawal.revision, content)).await
    }
}

fn withdrawal<'a>(uscc: &'a str, number: &'a str, listed_on: NaiveDate, revision: i64) -> Withdrawal<'a> {
    Withdrawal {
        notice: ListingNotice::NAME,
        uscc,
        document_no: number,
        decided_on: Some(listed_on),
        revision,
    }
}

fn delivery(subject: &str, kind: String, revision: i64, content: Vec<u8>) -> NewDelivery {
    NewDelivery {
        delivery_id: Uuid::now_v7(),
        receiver: RECEIVER.to_owned(),
        subject: subject.to_owned(),
        revision,
        kind,
        content,
    }
}

async fn enqueue(tx: &mut Tx, act: &Act<'_>, delivery: NewDelivery) -> Result<(), Error> {
    let enqueued: Result<Uuid, ExchangeError> = exchange::enqueue(tx, &delivery, act.now).await;
    enqueued.map(drop).map_err(|problem| Error::Exchange(Box::new(problem)))
}
