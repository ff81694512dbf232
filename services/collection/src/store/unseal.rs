//! Opening what is sealed of a ticket: found, judged, logged and opened alike, whether it is the caller or what was said.

use db::on;
use domain::{MicrosUtc, shanghai_date};
use service::Error as Common;
use service::access_log::{self, Read};
use service::auth::Caller;

use super::{Store, ticket};
use crate::domain::NaturalId;
use crate::error::Error;
use crate::seal::{Broken, Seal};

/// A part of tickets that is sealed.
pub(super) struct Sealed<T> {
    /// What it is called in the log of reads: `tickets/{id}/{part}`.
    pub(super) part: &'static str,
    /// The RPC that opens it, as the log of reads names it.
    pub(super) method: &'static str,
    /// Reads the sealed bytes of the ticket `$1`.
    pub(super) sql: &'static str,
    /// What is said of a ticket that came without it.
    pub(super) absent: fn(NaturalId) -> Error,
    /// Opens it for the ticket of this id.
    pub(super) open: fn(&Seal, &str, &[u8]) -> Result<T, Broken>,
}

impl Store {
    /// Opens a sealed part of a ticket, for `purpose`. The read is logged before it is answered.
    ///
    /// # Errors
    /// [`Error::TicketNotFound`]; the ticket came without the part; the office does not act in the ticket's field or division; the
    /// seal does not open, or this process holds no key.
    pub(super) async fn unseal<T>(
        &self,
        sealed: &Sealed<T>,
        id: &NaturalId,
        purpose: &str,
        caller: &Caller,
        now: MicrosUtc,
    ) -> Result<T, Error> {
        let (sql, part) = (sealed.sql, sealed.part);
        let mut tx = self.db.begin_read().await.map_err(Common::from)?;
        let stored = ticket::find(&mut tx, id).await?.ok_or_else(|| Error::TicketNotFound(id.clone()))?;
        stored.may_be_touched_by(caller, &self.book, shanghai_date(now))?;
        let bytes: Option<Vec<u8>> =
            on!(tx, |conn| sqlx::query_scalar(sql).bind(id.as_str()).fetch_optional(conn).await)
                .map_err(Common::from)?;
        drop(tx);
        let bytes = bytes.ok_or_else(|| (sealed.absent)(id.clone()))?;
        let subject = format!("{}/{part}", stored.ticket.name);
        let read = Read { subject: &subject, method: sealed.method, purpose };
        access_log::record(&self.db, caller, &read, now).await?;
        let broken = |problem: &str| Common::corrupt(format!("the {part} of ticket {id}: {problem}"));
        let seal = self.seal.as_ref().ok_or_else(|| broken("no key"))?;
        Ok((sealed.open)(seal, id.as_str(), &bytes).map_err(|problem| broken(&problem.to_string()))?)
    }
}
