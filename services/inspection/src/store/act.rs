//! One request that changes something: who asks, for what, when.

use chrono::NaiveDate;
use db::Tx;
use domain::{MicrosUtc, OfficeCode, shanghai_date};
use outbox::EventContext;
use prost::Message;
use rulebook::Rulebook;
use service::Error;
use service::auth::{Caller, Fields};
use service::idempotency::{self, Claim, Key};
use service::machine::Office;

/// One act of a caller.
#[derive(Clone, Debug)]
pub struct Act<'a> {
    /// Who acts.
    pub caller: &'a Caller,
    /// What the request is known by.
    pub key: Key<'a>,
    /// The present.
    pub now: MicrosUtc,
    /// The present day of the law.
    pub today: NaiveDate,
    /// What every event of it says.
    pub context: EventContext,
}

/// Who acts where nothing is left to decide, in the events.
const SYSTEM: &str = "system";

/// The caller of what the system does by itself.
///
/// # Errors
/// When the office of the system is no office: a fault of the program.
pub fn system() -> Result<Caller, Error> {
    let office = OfficeCode::parse(Office::SYSTEM.code())
        .map_err(|problem| Error::corrupt(format!("the office of the system: {problem}")))?;
    Ok(Caller::new(SYSTEM, SYSTEM, office, Fields::All, Vec::new(), ""))
}

impl<'a> Act<'a> {
    /// An act of the caller for the request of `key`.
    pub fn of(caller: &'a Caller, key: Key<'a>, now: MicrosUtc, book: &Rulebook) -> Self {
        let context = EventContext {
            actor: caller.subject().to_owned(),
            office: caller.office().to_string(),
            request_id: key.request_id.to_string(),
            legal_basis: String::new(),
            rulebook_hash: book.hash().to_owned(),
            trace_context: service::telemetry::trace_context(),
            recorded_at_us: now.micros(),
        };
        Self { caller, key, now, today: shanghai_date(now), context }
    }

    /// Claims the request, as the first statement of its transaction.
    pub(super) async fn claim<A: Message + Default>(
        &self,
        tx: &mut Tx,
        body: &impl Message,
    ) -> Result<Claim<A>, Error> {
        idempotency::claim(tx, &self.key, body, self.now).await
    }

    /// Stores the answer, as the last statement, and commits.
    pub(super) async fn answer<A: Message>(&self, mut tx: Tx, answer: A) -> Result<A, Error> {
        idempotency::store_answer(&mut tx, &self.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }
}
