//! State machines of this service, as tables. Nothing else asks what state something is in.

pub mod abnormal;
pub mod extension;
pub mod measure;
pub mod remedy;
pub mod repair;
pub mod serious;

use crate::domain::papers::PaperKind;

/// What the edge must know of an event before the machine is asked.
pub trait ListEvent: Copy + std::str::FromStr<Err = String> {
    /// Whether the step goes against the party or ends something, so that its reason must be given.
    fn needs_reason(self) -> bool;

    /// Whether the step has a document of its own.
    fn needs_document(self) -> bool;

    /// Whether the step is not taken by the RPC that advances an entry: creating it, a remedy, a repair, a job.
    fn has_own_way(self) -> bool;

    /// What the step must say beyond its document and its reason.
    fn paper(self) -> Option<PaperKind>;
}
