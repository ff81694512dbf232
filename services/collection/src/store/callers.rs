//! The callers of tickets: sealed when the tickets are taken, and opened for one office, each time logged.

use std::collections::HashMap;

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use db::bulk;
use db::{Tx, on, rows_of};
use domain::MicrosUtc;
use service::Error as Common;
use service::auth::Caller;
use service::config::BadConfig;

use super::unseal;
use super::{Act, Store};
use crate::domain::{NaturalId, NewTicket};
use crate::error::Error;
use crate::seal::Seal;

/// Parameter: within which time calls of one caller are about one event.
const WINDOW: &str = "ticket.duplicate.window";
/// The RPC that opens the seal, as the log of reads names it.
const METHOD: &str = "/xinjian.collection.v1.Tickets/GetTicketCaller";

#[derive(sqlx::FromRow)]
struct Earlier {
    mark: String,
    ticket_no: String,
    accepted_on: NaiveDate,
    joined_to: String,
}

/// A sealed caller, to be written.
struct Sealed<'t> {
    new: &'t NewTicket,
    bytes: Vec<u8>,
    /// Empty when the event cannot be told from others.
    mark: String,
}

/// Seals the callers of new tickets, and answers the first ticket on the same event for those that have one, by the id of the
/// ticket. Within the batch the earlier comes first, in whichever order they stand; of an event that is known already, what was taken
/// first stays the first, also where a call before it comes later.
pub(super) async fn seal(
    store: &Store,
    tx: &mut Tx,
    act: &Act,
    fresh: &[&NewTicket],
) -> Result<HashMap<NaturalId, String>, Common> {
    let Some(seal) = &store.seal else {
        // Refused before it comes here; a caller that cannot be sealed must not be lost in silence.
        return match fresh.iter().any(|new| new.caller.is_some()) {
            true => Err(Common::corrupt("a caller came where no key seals it")),
            false => Ok(HashMap::new()),
        };
    };
    let mut sealed = Vec::new();
    for new in fresh.iter().copied() {
        let Some(caller) = &new.caller else { continue };
        let party = match &new.uscc {
            Some(uscc) => uscc.as_str().to_owned(),
            None => domain::comparison_key(&new.message.target_name),
        };
        let mark = seal.mark(caller, &[&party, &new.message.kind]);
        // A mark that stands alone keeps the column filled and meets no other.
        let mark =
            mark.unwrap_or_else(|| hex::encode(crypto::sm3::digest(new.id.as_str().as_bytes()).as_bytes()));
        sealed.push(Sealed { new, bytes: seal.close(new.id.as_str(), caller), mark });
    }
    if sealed.is_empty() {
        return Ok(HashMap::new());
    }
    let joined = join(store, tx, act, &sealed).await?;
    let rows = sealed.iter().map(|sealed| {
        [
            sealed.new.id.as_str().into(),
            sealed.bytes.as_slice().into(),
            sealed.mark.as_str().into(),
            sealed.new.ticket_no.as_str().into(),
            sealed.new.accepted_on.into(),
        ]
    });
    let columns = ["ticket_id", "sealed", "mark", "ticket_no", "accepted_on"];
    match bulk::insert(tx, "ticket_caller", columns, rows).await {
        Ok(_) => Ok(joined),
        Err(error) if db::is_unique_violation(&error) => Err(Common::Contended),
        Err(error) => Err(error.into()),
    }
}

async fn join(
    store: &Store,
    tx: &mut Tx,
    act: &Act,
    sealed: &[Sealed<'_>],
) -> Result<HashMap<NaturalId, String>, Common> {
    const EARLIER: &str = "
        SELECT c.mark, c.ticket_no, c.accepted_on, t.joined_to
        FROM ticket_caller c JOIN ticket t ON t.id = c.ticket_id WHERE c.mark IN";
    let days = store.book.integer(WINDOW, act.today)?;
    let marks: Vec<&str> = sealed.iter().map(|sealed| sealed.mark.as_str()).collect();
    let known: Vec<Earlier> = rows_of(tx, EARLIER, &marks).await?;
    // By mark: whether a ticket follows another, its day, its number. What follows another names no event of its own.
    let mut calls: HashMap<&str, Vec<(bool, NaiveDate, &str)>> = HashMap::new();
    for known in &known {
        let call = (!known.joined_to.is_empty(), known.accepted_on, known.ticket_no.as_str());
        calls.entry(&known.mark).or_default().push(call);
    }
    let mut by_day: Vec<&Sealed<'_>> = sealed.iter().collect();
    by_day.sort_by_key(|sealed| sealed.new.accepted_on);
    let mut joined = HashMap::new();
    for sealed in by_day {
        let others = calls.entry(&sealed.mark).or_default();
        let on = sealed.new.accepted_on;
        let near = others.iter().filter(|(_, other, _)| (on - *other).num_days().abs() <= days);
        let first = near.min().map(|(.., first)| *first);
        if let Some(first) = first {
            joined.insert(sealed.new.id.clone(), first.to_owned());
        }
        others.push((first.is_some(), on, &sealed.new.ticket_no));
    }
    Ok(joined)
}

/// Whether the caller of a ticket is known.
pub(super) async fn is_named(tx: &mut Tx, ticket_id: &str) -> Result<bool, sqlx::Error> {
    const SQL: &str = "SELECT COUNT(*) FROM ticket_caller WHERE ticket_id = $1";
    let count: i64 = on!(tx, |conn| sqlx::query_scalar(SQL).bind(ticket_id).fetch_one(conn).await)?;
    Ok(count > 0)
}

/// The key does not fit what the database was sealed by.
#[derive(Debug, thiserror::Error)]
pub enum KeyProblem {
    /// Callers were sealed here, and no key was given.
    #[error("callers of tickets were sealed in this database: give the file of its key (XINJIAN_CALLER_KEY)")]
    Missing,
    /// Another key than that of the database.
    #[error("the key for callers (XINJIAN_CALLER_KEY) is not the one that this database was sealed by")]
    Wrong,
    /// The database did not answer.
    #[error("the key for callers could not be compared")]
    Store(#[source] Common),
}

impl KeyProblem {
    fn of(error: impl Into<Common>) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// Has this database keep to the first key that it is used with: two keys would leave callers whom nobody can read, and
    /// duplicates that nobody can see.
    ///
    /// # Errors
    /// [`BadConfig`] when the key is another one or is not given any more.
    pub(crate) async fn keep_to_one_key(&self) -> anyhow::Result<()> {
        match self.compare_key().await {
            Ok(()) => Ok(()),
            Err(KeyProblem::Store(problem)) => Err(KeyProblem::Store(problem).into()),
            Err(problem) => Err(BadConfig::new(&problem).into()),
        }
    }

    /// See [`Store::keep_to_one_key`].
    pub async fn compare_key(&self) -> Result<(), KeyProblem> {
        const KEEP: &str =
            "INSERT INTO caller_key (id, key_check) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";
        const READ: &str = "SELECT key_check FROM caller_key WHERE id = 1";
        let own = self.seal.as_ref().map(Seal::key_check);
        let mut tx = self.db.begin_write().await.map_err(KeyProblem::of)?;
        if let Some(own) = &own {
            on!(tx, |conn| sqlx::query(KEEP).bind(own).execute(conn).await.map(drop))
                .map_err(KeyProblem::of)?;
        }
        let kept: Option<String> =
            on!(tx, |conn| sqlx::query_scalar(READ).fetch_optional(conn).await).map_err(KeyProblem::of)?;
        tx.commit().await.map_err(KeyProblem::of)?;
        match (kept, own) {
            (Some(_), None) => Err(KeyProblem::Missing),
            (Some(kept), Some(own)) if kept != own => Err(KeyProblem::Wrong),
            _ => Ok(()),
        }
    }

    /// Opens the seal of a ticket's caller, for `purpose`. The read is logged before it is answered.
    ///
    /// # Errors
    /// [`Error::TicketNotFound`], [`Error::CallerNotKnown`]; the office does not act in the ticket's division; the seal does not
    /// open, or this process holds no key.
    pub async fn ticket_caller(
        &self,
        id: &NaturalId,
        purpose: &str,
        caller: &Caller,
        now: MicrosUtc,
    ) -> Result<pb::TicketCaller, Error> {
        const CALLER: unseal::Sealed<pb::TicketCaller> = unseal::Sealed {
            part: "caller",
            method: METHOD,
            sql: "SELECT sealed FROM ticket_caller WHERE ticket_id = $1",
            absent: Error::CallerNotKnown,
            open: Seal::open,
        };
        self.unseal(&CALLER, id, purpose, caller, now).await
    }
}
