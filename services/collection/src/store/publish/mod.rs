//! The publication of records on the chains of the law: who is told what, what they answer, when it ends.
//!
//! A record that is worth a duty to publish is handed over by a job of its own ([`submit`]), never by the import that takes it,
//! so that an archive of millions is taken as fast as before and is not told to anybody. Each chain has a row of its own and
//! moves by [`machines::chain`](crate::machines::chain); the record moves with them by machine 2. A receiver knows what it is told
//! by the name of the record and its revision, so that a record told many times is one.
//!
//! Other files of the store that show, hide or change a record first move it and then call [`Store::tell_again`] or
//! [`Store::stop_showing`], in the same transaction.

mod choose;
mod confirmed;
mod derived;
mod erase;
mod expire;
mod notice;
mod plan;
mod repaired;
mod row;
mod settle;
mod submit;
mod tellable;
mod terms;

pub use choose::ChosenLaw;
pub use settle::PublicationOwner;

pub(super) use erase::{erase, shown_by};
pub(super) use row::{PublicationRow, of_records};

use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use db::{Tx, on};
use domain::MicrosUtc;
use exchange::ExchangeError;
use service::Error as Common;

use super::{Act, Store, decision};
use crate::domain::publication::is_published;
use plan::Plan;

/// After how long a record is looked at again that a chain could not be told: a correction tells it at once, so that only another
/// rulebook is waited for.
const AGAIN_US: i64 = 24 * 3_600 * 1_000_000;
/// Kind of the event of a record that is shown otherwise than before.
pub(super) const CHANGED: &str = "collection.record.publication_changed";

impl Store {
    /// Tells every chain that the law asks for the record as it stands now, also those that were told to stop. `record` has been
    /// moved: its revision is the one that is told. Fills in its publications. Answers whether anybody was told: a chain whose
    /// term is over, or that cannot be told, is not, and where all terms are over the record has expired. A penalty that is not
    /// published as it stands now is taken away instead.
    ///
    /// # Errors
    /// Failures of the database or of the rulebook; the caller's transaction is then lost.
    pub async fn tell_again(&self, tx: &mut Tx, act: &Act, record: &mut pb::Record) -> Result<bool, Common> {
        if !self.is_published(record)? {
            return self.stop_showing(tx, act, record).await;
        }
        let known = row::of_record(tx, record).await?;
        decision::name_texts(tx, vec![&mut *record]).await?;
        let plan = Plan::to_tell(self, act, record, known, |_, _| true)?;
        let told = self.finish(tx, act, record, plan).await?;
        self.book_end(tx, act, record).await?;
        Ok(told)
    }

    /// Tells every chain that may be showing the record to stop, and hands it over to nobody any more. `record` has been moved: its
    /// revision is the one that is told. Fills in its publications. Answers whether anybody has to stop: also one that was told so before,
    /// and has not answered yet.
    ///
    /// # Errors
    /// As [`tell_again`](Self::tell_again).
    pub async fn stop_showing(
        &self,
        tx: &mut Tx,
        act: &Act,
        record: &mut pb::Record,
    ) -> Result<bool, Common> {
        let known = row::of_record(tx, record).await?;
        let plan = Plan::to_end(self, act, record, known, |_| true)?;
        let awaited = plan.publications().any(|one| one.state.is_over() && one.state.is_awaited());
        look_again(tx, record, None).await?;
        self.finish(tx, act, record, plan).await?;
        Ok(awaited)
    }

    async fn finish(
        &self,
        tx: &mut Tx,
        act: &Act,
        record: &mut pb::Record,
        plan: Plan,
    ) -> Result<bool, Common> {
        let told = plan.tells();
        let publications = plan.write(tx, act).await?;
        self.follow_outdated(tx, act, record, &publications).await?;
        record.publications = self.written(record, &publications, act.today)?;
        Ok(told)
    }

    /// Whether the law wants a record published as it stands now (order 45 art 2); a correction may have changed that.
    fn is_published(&self, record: &pb::Record) -> Result<bool, Common> {
        let (Some(Content::Penalty(penalty)), Ok(decided_on)) =
            (&record.content, domain::parse_date(&record.decided_on))
        else {
            return Ok(true);
        };
        Ok(is_published(&self.book, penalty, decided_on)?)
    }
}

/// Ends the terms of a record that turned out to be another party's, and has it looked at again once its party is known: what is
/// due then, its duties say. What was told under the wrong name has been ended before, and a repair that the wrong party was granted ends
/// nothing of the right one.
pub(super) async fn begin_anew(tx: &mut Tx, act: &Act, record: &pb::Record) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE publication SET published_on = NULL, ends_on = NULL, law_choice = $2, stops_on = NULL
        WHERE record_id = $1";
    let none: &[u8] = &[];
    on!(tx, |conn| sqlx::query(SQL).bind(id_of(record)).bind(none).execute(conn).await.map(drop))?;
    Ok(look_again(tx, record, Some(act.now)).await?)
}

/// Sets when the job looks at a record next; never again for `None`.
pub(super) async fn look_again(
    tx: &mut Tx,
    record: &pb::Record,
    at: Option<MicrosUtc>,
) -> Result<(), sqlx::Error> {
    const SQL: &str = "UPDATE record SET publish_at_us = $2 WHERE key = unhex($1)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(id_of(record))
        .bind(at.map(MicrosUtc::micros))
        .execute(conn)
        .await
        .map(drop))
}

/// Has the job look at a record that it cannot read no earlier than `at`.
async fn put_off(db: &db::Db, id: &str, at: MicrosUtc) -> Result<(), sqlx::Error> {
    const SQL: &str = "UPDATE record SET publish_at_us = $2 WHERE key = unhex($1)";
    let mut tx = db.begin_write().await?;
    on!(tx, |conn| sqlx::query(SQL).bind(id).bind(at.micros()).execute(conn).await.map(drop))?;
    tx.commit().await
}

/// The id in a record's name.
fn id_of(record: &pb::Record) -> &str {
    record.name.trim_start_matches("records/")
}

/// What the exchange refuses, as the service knows it: what it is handed has been made here.
fn exchange_failed(problem: ExchangeError) -> Common {
    match problem {
        ExchangeError::Store(error) => error.into(),
        other => Common::corrupt(other.to_string()),
    }
}
