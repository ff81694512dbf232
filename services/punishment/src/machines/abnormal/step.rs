//! What the store asks of a step of machine 7: what it decides, about what, and who may take it beyond what the table says.

use super::Event;

impl Event {
    /// Whether the step leaves the clock running that the step before it started.
    pub const fn keeps_clock(self) -> bool {
        matches!(
            self,
            Self::Verify
                | Self::RecordLetter
                | Self::Propose
                | Self::AcceptObjection
                | Self::ConsiderRevocation
        )
    }

    /// Whether the step orders the party to publish, within a period from which the decision is due.
    pub const fn orders(self) -> bool {
        matches!(self, Self::RecordOrder)
    }

    /// Whether the step proposes the listing, which the verification of its ground must allow.
    pub const fn proposes_listing(self) -> bool {
        matches!(self, Self::Propose)
    }

    /// Whether the step decides the listing.
    pub const fn lists(self) -> bool {
        matches!(self, Self::Decide)
    }

    /// Whether the step is bound to the period for objections.
    pub const fn objects(self) -> bool {
        matches!(self, Self::Object)
    }

    /// Whether the step is about an objection: its proposer is who took the step before about that, whatever was done about a removal
    /// meanwhile.
    pub const fn is_about_objection(self) -> bool {
        matches!(self, Self::Object | Self::AcceptObjection | Self::RejectObjection | Self::RevokeByError)
    }

    /// Whether the step ends an objection. What the party performed meanwhile is looked for: before a removal could be asked for beside an
    /// objection, nobody asked.
    pub const fn confirms_listing(self) -> bool {
        matches!(self, Self::RejectObjection)
    }

    /// Whether the step asks for the removal.
    pub const fn asks_removal(self) -> bool {
        matches!(self, Self::RequestRemoval)
    }

    /// Whether the step finds true what the removal was asked for.
    pub const fn verifies_removal(self) -> bool {
        matches!(self, Self::VerifyRemoval)
    }

    /// Whether the step answers whether the licence is revoked, which must have been asked: it is no step towards the end of the entry, and
    /// nobody's proposal.
    pub const fn considers_revocation(self) -> bool {
        matches!(self, Self::ConsiderRevocation)
    }

    /// Whether the step refuses the removal, against which remedies are open.
    pub const fn refuses_removal(self) -> bool {
        matches!(self, Self::RefuseRemoval)
    }

    /// Whether the step decides that the party has removed what it was listed for.
    pub const fn grants_removal(self) -> bool {
        matches!(self, Self::Remove)
    }

    /// Whether the step is for the authority that decided the listing alone (谁列入、谁移出).
    pub const fn is_of_who_listed(self) -> bool {
        matches!(
            self,
            Self::AcceptObjection
                | Self::RejectObjection
                | Self::VerifyRemoval
                | Self::Remove
                | Self::RefuseRemoval
                | Self::ConsiderReturn
                | Self::Restore
                | Self::RevokeByError
        )
    }

    /// Whether the step answers whether the entry of a party that has returned is made again, which must have been asked: it is nobody's
    /// proposal.
    pub const fn considers_return(self) -> bool {
        matches!(self, Self::ConsiderReturn)
    }

    /// Whether the step follows the end of the party.
    pub const fn ends_with_party(self) -> bool {
        matches!(self, Self::Deregister)
    }
}
