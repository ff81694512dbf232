//! Enterprises and other parties, licences and marks as the law sees them: pure, without transport, database or clock.

mod breach;
mod codes;
mod commitment;
mod enterprise;
mod licence;
mod mark;
mod moved;
mod owner;
mod party;
mod patch;
mod refusal;
mod review;
pub mod search;

pub use breach::{Breach, BreachFact, BreachKey, BreachUnfit, Order, Outcome};
pub use codes::Codes;
pub use commitment::{
    Commitment, CommitmentKey, CommitmentView, SignedCopy, Template, TemplateContent, TemplateKey,
};
pub use enterprise::{Change, Enterprise, Handed, Profile, enterprise_name};
pub use licence::{Decision, EXPIRED, HeldByAnother, Licence, LicenceContent, SUSPENDED, VALID, VOIDED};
pub(crate) use licence::{RUNNING_STATES, TAKEN_STATES, WITHDRAWN};
pub use mark::{Mark, MarkContent, MarkKey, MarkView, derive};
pub use moved::{Moved, Push};
pub use owner::owners_of;
pub use party::{Party, PartyChange, PartyContent, PartyField, PartyId, PartyPatch};
pub use patch::{Field, Patch};
pub use refusal::{Refusal, UnknownRefusal};
pub use review::{Advice, Reason, ToldClass, advise};
