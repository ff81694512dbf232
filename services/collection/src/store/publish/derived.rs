//! Publication of derived records: the service that tells one also says when it is published, and when what it tells anew is.

use db::{Tx, on};
use service::Error as Common;
use service::machine::Actor;
use service::obligation::{self, NewDuty};

use super::row::{self, Publication};
use super::{CHANGED, id_of, look_again};
use crate::domain::NaturalId;
use crate::domain::publication::Clocks;
use crate::machines::record::{Event, RECORD};
use crate::store::record::{lock_all, move_to};
use crate::store::record_row::Stored;
use crate::store::take::record_event;
use crate::store::{Act, Store};

impl Store {
    /// Publishes a derived record because its origin has: opens what is due until its chains show it, and has it handed over; a record
    /// that says something else than its chains were told is told to them anew. Publishing the same again, and one that has ended,
    /// changes nothing.
    ///
    /// # Errors
    /// Failures of the database or of the rulebook; the caller's transaction is then lost.
    pub async fn publish_derived(&self, tx: &mut Tx, act: &Act, id: &NaturalId) -> Result<(), Common> {
        let Some(stored) = lock_all(tx, &[id.as_str()]).await?.pop() else { return Ok(()) };
        if !stored.state.is_told() && !stored.state.awaits_publication() {
            return Ok(());
        }
        let known = row::of_record(tx, &stored.record).await?;
        if !known.is_empty() && !says_more(tx, &stored, &known).await? {
            return Ok(());
        }
        let due = self.open_publication(tx, act, &stored).await?;
        if stored.state.is_told() {
            // One that is suspended is told when that ends.
            if stored.record.suspended_by.is_empty() {
                self.tell_changed(tx, act, stored).await?;
            }
        } else if due {
            // As after an import: the job hands it over, once its party is known.
            look_again(tx, &stored.record, Some(act.now)).await?;
        }
        Ok(())
    }

    /// Opens what is due on each chain, as the import of such a record does. Answers whether anything is.
    async fn open_publication(&self, tx: &mut Tx, act: &Act, stored: &Stored) -> Result<bool, Common> {
        let duties =
            Clocks::new(&self.book, act.today).duties(&stored.record, stored.decided_on()?, false)?;
        for duty in &duties {
            let new = NewDuty {
                matter: stored.matter(None),
                kind: duty.kind,
                office: &duty.office,
                parameter: duty.kind,
                start_on: duty.start,
            };
            obligation::open_in_force(tx, &new, &self.book).await?;
        }
        Ok(!duties.is_empty())
    }

    /// Tells what a record says now to the chains that were told what it said before.
    async fn tell_changed(&self, tx: &mut Tx, act: &Act, stored: Stored) -> Result<(), Common> {
        let step = RECORD.step(stored.state, Event::Note, &Actor::system())?;
        let mut record = stored.record;
        move_to(tx, id_of(&record), record.revision, step.to).await?;
        record.revision += 1;
        record.state = step.to.as_str().to_owned();
        self.tell_again(tx, act, &mut record).await?;
        let event = record_event(act, CHANGED, act.today, record, String::new());
        self.outbox.append(tx, &event).await?;
        Ok(())
    }
}

/// Whether a version was replaced since its chains were told of it.
async fn says_more(tx: &mut Tx, stored: &Stored, known: &[Publication]) -> Result<bool, sqlx::Error> {
    const SQL: &str = "SELECT COUNT(*) FROM record_past WHERE record_id = $1 AND revision >= $2";
    let told = known.iter().filter(|one| one.state.is_told()).map(|one| one.told_revision);
    let Some(since) = told.min() else { return Ok(false) };
    let replaced: i64 =
        on!(tx, |conn| sqlx::query_scalar(SQL).bind(stored.id()).bind(since).fetch_one(conn).await)?;
    Ok(replaced > 0)
}
