//! Events of a service: written in the transaction of the change they tell, then sealed into one chain.
//!
//! The crate owns five tables in the database of every service: `event_context` (who, on what ground, when), `event` (the
//! rest of the header, salted payload), `event_pending` (what waits), `seal` (order and hash) and `feed_head` (the last seal). A store calls [`Outbox::append`] as the last
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
mod erase;
mod event;
mod read;
mod seal;
mod verify;

pub use append::{Entropy, Outbox, PreparedEvents};
pub use chain::ChainHash;
pub use erase::{erase, erase_all};
pub use event::{EventContext, Header, NewEvent, Origin, SealedEvent};
pub use read::{Batch, Head, hash_at, head, read, start_epoch, waiting};
pub use seal::{SEAL_BATCH, Sealer};
pub use verify::{Break, ChainBroken, Verified, VerifyError, verify};

/// Tables of the outbox; versions 0001 to 0019 of every service's database, and the later steps that are listed here.
pub static MIGRATIONS: db::Migrations = db::migrations!["0001_event", "0002_seal", "0390_event_own_key"];

/// The header columns of `event e` and `event_context c`, in the order of [`Header`].
macro_rules! header_columns {
    () => {
        "e.event_id, c.deployment, c.service, e.kind, e.subject, e.effective_on, c.recorded_at_us,
         c.actor, c.office, c.request_id, c.legal_basis, c.rulebook_hash, c.trace_context"
    };
}
pub(crate) use header_columns;
