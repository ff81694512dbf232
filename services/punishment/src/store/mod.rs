//! The records of this service: SQL in plain sight, a file for each resource.

mod abnormal;
mod attention;
mod figures;
mod lists;
mod measure;
mod party_name;
mod penalty;
mod publicity;
mod receipt;
mod remedy;
mod repair;
mod serious;
mod sql;
mod standing;
mod suspension;
mod trigger;

use std::sync::Arc;

use chrono::NaiveDate;
use db::{Db, Lookup, Tx};
use domain::{DocumentNumber, MicrosUtc, RequestId, shanghai_date};
use outbox::{EventContext, NewEvent, Outbox};
use prost::Message;
use rulebook::{Due, Rulebook};
use service::idempotency::Key;
use service::machine::Actor;

use crate::error::Error;

pub(crate) use abnormal::END_READER;
pub use abnormal::Filter as EntryFilter;
pub use attention::Attention;
pub(crate) use attention::{clear_attention, put_attention};
pub use figures::FIGURES;
pub use lists::Lists;
pub(crate) use measure::UseRow;
pub use measure::{ContestAnswer, MeasureChange, MeasureFilter, MeasureOwner, UseCount};
pub use party_name::Namesake;
pub(crate) use party_name::{PartyName, REGISTER_READER, clear_names, is_no_more, put_names};
pub use penalty::{PenaltyRow, clear_penalties, owners_of, put_penalties};
pub use publicity::Shown;
pub use receipt::ReceiptKey;
pub use remedy::Filter as RemedyFilter;
pub use repair::{
    Application, Decision, Examination, Found, NewRepair, Push, PushKind, RepairFilter, Revocation,
    Verification,
};
pub use serious::{Batch, Filter as CaseFilter, Withdrawn};
pub use standing::{Changes, STANDINGS, StandingChange};
pub use suspension::{forget_suspension, turn_suspension};
pub use trigger::Breach;
pub(crate) use trigger::RECORDS_READER;

/// Largest page of a list.
pub const MAX_PAGE: u32 = 1_000;
/// Page of a list when none is asked for.
pub const DEFAULT_PAGE: u32 = 50;

/// The records. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
    outbox: Outbox,
    book: Arc<Rulebook>,
    lists: Lookup<Lists>,
}

/// Who asks for a change, by which request, and when.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    /// Who, as the actor of a state machine.
    pub actor: Actor<'a>,
    /// The request.
    pub key: Key<'a>,
    /// When.
    pub now: MicrosUtc,
}

impl<'a> Act<'a> {
    /// What the system does by itself: `method` says what, in place of an RPC, and `request_id` which time.
    pub fn of_system(method: &'a str, request_id: &'a RequestId, now: MicrosUtc) -> Self {
        Self { actor: Actor::system(), key: Key { caller: "system", method, request_id }, now }
    }

    /// The day of the act in Shanghai.
    pub fn today(&self) -> NaiveDate {
        shanghai_date(self.now)
    }
}

impl Store {
    /// The records in `db`, whose tables exist.
    pub fn new(db: Db, outbox: Outbox, book: Arc<Rulebook>) -> Self {
        let lists = lists::lookup(&db);
        Self { db, outbox, book, lists }
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The rules.
    pub fn book(&self) -> &Arc<Rulebook> {
        &self.book
    }

    /// Writes the event of a change, last in its transaction.
    async fn tell(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        kind: &'static str,
        uscc: &str,
        effective_on: NaiveDate,
        payload: &impl Message,
    ) -> Result<(), Error> {
        let context = self.context(act);
        let event = NewEvent {
            kind,
            subject: format!("enterprises/{uscc}"),
            effective_on,
            context: &context,
            payload: payload.encode_to_vec(),
        };
        self.outbox.append(tx, &event).await?;
        Ok(())
    }

    /// Who, why and when of the events of an act.
    fn context(&self, act: &Act<'_>) -> EventContext {
        EventContext {
            actor: act.actor.person.to_owned(),
            office: act.actor.office.to_owned(),
            request_id: act.key.request_id.to_string(),
            legal_basis: act.actor.legal_basis.unwrap_or_default().to_owned(),
            rulebook_hash: self.book.hash().to_owned(),
            trace_context: service::telemetry::trace_context(),
            recorded_at_us: act.now.micros(),
        }
    }
}

impl Store {
    /// Last day for what follows a step; `None` when nothing is due or the calendar is not loaded.
    fn due(&self, parameter: Option<&'static str>, on: NaiveDate) -> Result<Option<NaiveDate>, Error> {
        parameter.map_or(Ok(None), |parameter| self.last_day(parameter, on))
    }

    /// Last day of the period of a parameter; `None` while the calendar is not loaded.
    fn last_day(&self, parameter: &str, on: NaiveDate) -> Result<Option<NaiveDate>, Error> {
        let deadline = self.book.deadline(on, parameter).map_err(service::Error::from)?;
        Ok(Due::date(deadline.due))
    }
}

/// The date of an act: given or today, never in the future, never before the act that it follows: else a period that the law gives
/// the party could be written away.
fn day_of_act(
    given: Option<NaiveDate>,
    today: NaiveDate,
    acted_on: Option<NaiveDate>,
) -> Result<NaiveDate, Error> {
    let on = given.unwrap_or(today);
    if on > today {
        return Err(Error::DateOutOfOrder { on, problem: "the day has not come" });
    }
    if acted_on.is_some_and(|last| on < last) {
        return Err(Error::DateOutOfOrder { on, problem: "it lies before the act that it follows" });
    }
    Ok(on)
}

/// A document number as stored.
fn stored_document(text: Option<&str>) -> Result<Option<DocumentNumber>, Error> {
    text.map(|text| DocumentNumber::parse(text).map_err(|problem| corrupt("document number", problem)))
        .transpose()
}

/// A date as stored.
fn stored_date(text: Option<&str>) -> Result<Option<NaiveDate>, Error> {
    text.map(|text| domain::parse_date(text).map_err(|problem| corrupt("date", problem))).transpose()
}

/// A stored value that cannot be read.
fn corrupt(what: &str, problem: impl std::fmt::Display) -> Error {
    Error::Common(service::Error::corrupt(format!("{what}: {problem}")))
}
