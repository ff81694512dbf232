//! Events of a service: written in the transaction of the change they tell, then sealed into one chain.
//!
//! The crate owns four tables in the database of every service: `event` (header, salted payload), `event_pending`
//! (what waits), `seal` (order and hash) and `feed_head` (the last seal). A store calls [`Outbox::append`] as the last
//! statement of its transaction; one [`Sealer`] a process gives each committed event a gapless `seq` and a hash that
//! takes in the one before; [`read`](read()) serves the sealed events; [`verify`](verify()) names the first thing that
//! was changed afterwards.
//!
//! It never changes an event, except that [`erase`] removes salt and payload together, which the chain survives because
//! it is taken over `SM3(salt ‖ payload)`, not over the payload. It knows no message type, it opens no connection to
//! another process, and it does not sign: the checkpoint belongs to `feed`.
//!
//! The bytes that are hashed are written down in [`chain`], so that a stranger can check an exported feed.

mod append;
pub mod chain;
mod event;
mod read;
mod seal;
mod verify;

pub use append::{Entropy, Outbox, erase};
pub use chain::ChainHash;
pub use event::{EventContext, Header, NewEvent, Origin, SealedEvent};
pub use read::{Batch, Head, hash_at, head, read, start_epoch};
pub use seal::{SEAL_BATCH, Sealer};
pub use verify::{Break, ChainBroken, Verified, VerifyError, verify};

/// Tables of the outbox; versions 0001 to 0019 of every service's database.
pub static MIGRATIONS: db::Migrations = db::migrations!["0001_event", "0002_seal"];

/// The header columns of `event e`, in the order of [`Header`].
macro_rules! header_columns {
    () => {
        "e.event_id, e.deployment, e.service, e.kind, e.subject, e.effective_on, e.recorded_at_us,
         e.actor, e.office, e.request_id, e.legal_basis, e.rulebook_hash, e.trace_context"
    };
}
pub(crate) use header_columns;
