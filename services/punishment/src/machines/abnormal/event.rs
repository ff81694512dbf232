//! Events of machine 7, and what the edge must know of them before the machine is asked.

use service::machine::words;

use crate::domain::papers::PaperKind;
use crate::machines::ListEvent;

words! {
    /// What can happen to an entry.
    Event {
        /// A suspicion arises.
        Suspect,
        /// Verification begins.
        Verify,
        /// A letter to the registered address came back, or was signed for.
        RecordLetter,
        /// The party was ordered to publish what it owes; the order's number and day are those of the step.
        RecordOrder,
        /// The suspicion did not hold.
        Dismiss,
        /// Listing is proposed.
        Propose,
        /// Listing is decided.
        Decide,
        /// The party objects to the listing.
        Object,
        /// The objection is taken up, and is verified now.
        AcceptObjection,
        /// The objection is not well founded: the entry is confirmed.
        RejectObjection,
        /// Removal is asked for, or the duty was performed.
        RequestRemoval,
        /// What the removal was asked for is found true: where the law says so, the period for the decision begins with it.
        VerifyRemoval,
        /// Removal is decided.
        Remove,
        /// Removal is refused.
        RefuseRemoval,
        /// A body above annulled the refusal of the removal: it is decided again.
        DecideAgain,
        /// A body above decided that the entry is removed.
        RemoveByOrder,
        /// Whether the licence of who cannot be reached and reports nothing is revoked was considered; the reason says what came of it.
        ConsiderRevocation,
        /// Whether the entry is to be made again was considered, once its party, with whose end it was removed, is registered again; the
        /// reason says what came of it.
        ConsiderReturn,
        /// The removal rested on false material: the entry stands again.
        Restore,
        /// The listing is found wrong.
        RevokeByError,
        /// A body above annulled the listing.
        Annul,
        /// The party is no more: its registration ended.
        Deregister,
    }
}

impl ListEvent for Event {
    fn needs_reason(self) -> bool {
        matches!(
            self,
            Self::Dismiss
                | Self::Decide
                | Self::Object
                | Self::RejectObjection
                | Self::VerifyRemoval
                | Self::Remove
                | Self::RefuseRemoval
                | Self::ConsiderRevocation
                | Self::ConsiderReturn
                | Self::Restore
                | Self::RevokeByError
        )
    }

    fn needs_document(self) -> bool {
        matches!(
            self,
            Self::RecordLetter
                | Self::RecordOrder
                | Self::Decide
                | Self::Remove
                | Self::RefuseRemoval
                | Self::Restore
        )
    }

    fn has_own_way(self) -> bool {
        matches!(
            self,
            Self::Suspect
                | Self::Restore
                | Self::Annul
                | Self::DecideAgain
                | Self::RemoveByOrder
                | Self::Deregister
        )
    }

    fn paper(self) -> Option<PaperKind> {
        match self {
            Self::RecordLetter => Some(PaperKind::Letter),
            Self::RequestRemoval => Some(PaperKind::RemovalGround),
            _ => None,
        }
    }
}
