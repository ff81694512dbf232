//! Who acts, on what ground, when: what the events of one transaction share.

use chrono::NaiveDate;
use domain::{MicrosUtc, OfficeCode, shanghai_date};
use outbox::EventContext;
use rulebook::Rulebook;
use service::auth::Caller;
use service::idempotency::Key;

/// One act of an officer, or of the system.
#[derive(Clone, Debug)]
pub struct Act {
    /// The present.
    pub now: MicrosUtc,
    /// The present day of the law.
    pub today: NaiveDate,
    /// What every event of it says.
    pub context: EventContext,
}

impl Act {
    /// An act of the caller, for the request of `key`, citing `legal_basis` (may be empty).
    pub fn of(caller: &Caller, key: &Key<'_>, legal_basis: &str, now: MicrosUtc, book: &Rulebook) -> Self {
        let request_id = key.request_id.as_str();
        Self::new(caller.subject(), caller.office(), request_id, legal_basis, now, book)
    }

    /// An act of the person who imports a file, by the batch `request_id` of it.
    pub fn of_import(
        creator: &str,
        office: &str,
        request_id: &domain::RequestId,
        now: MicrosUtc,
        book: &Rulebook,
    ) -> Self {
        let office = OfficeCode::parse(office).unwrap_or_else(|_| OfficeCode::system());
        Self::new(creator, &office, request_id.as_str(), "", now, book)
    }

    /// An act of the system, caused by `cause`: an event of another service, a delivery, a job.
    pub fn of_system(cause: &str, now: MicrosUtc, book: &Rulebook) -> Self {
        let system = OfficeCode::system();
        Self::new(system.as_str(), &system, cause, "", now, book)
    }

    /// The same act as if `today` were another day: a job that catches up.
    #[must_use]
    pub fn on(self, today: NaiveDate) -> Self {
        Self { today, ..self }
    }

    /// The same act, resting on another document than the request names.
    #[must_use]
    pub(super) fn citing(mut self, legal_basis: &str) -> Self {
        self.context.legal_basis = legal_basis.to_owned();
        self
    }

    fn new(
        actor: &str,
        office: &OfficeCode,
        request_id: &str,
        legal_basis: &str,
        now: MicrosUtc,
        book: &Rulebook,
    ) -> Self {
        let context = EventContext {
            actor: actor.to_owned(),
            office: office.to_string(),
            request_id: request_id.to_owned(),
            legal_basis: legal_basis.to_owned(),
            rulebook_hash: book.hash().to_owned(),
            trace_context: service::telemetry::trace_context(),
            recorded_at_us: now.micros(),
        };
        Self { now, today: shanghai_date(now), context }
    }
}
