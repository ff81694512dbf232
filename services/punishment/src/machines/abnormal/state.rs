//! States of machine 7, and what is asked of them elsewhere.

use service::machine::words;

words! {
    /// Where an entry stands.
    State {
        /// An order lapsed, a check found nobody, a report is missing.
        Suspected,
        /// The facts are being verified.
        Verifying,
        /// Listing is proposed to the deciding officer.
        ListProposed,
        /// In the directory.
        Listed,
        /// In the directory; the party objects that the listing is wrong.
        Objected,
        /// In the directory; removal was asked for, or the duty was performed.
        RemovalRequested,
        /// In the directory; an objection is open beside a removal, and neither waits for the other.
        ObjectedRemovalRequested,
        /// No longer in the directory.
        Removed,
        /// The listing was wrong from the beginning.
        RevokedByError,
        /// The suspicion did not hold: never in the directory.
        Dismissed,
    }
}

impl State {
    /// States in which an entry is in the directory.
    pub const STANDING: &'static [Self] =
        &[Self::Listed, Self::Objected, Self::RemovalRequested, Self::ObjectedRemovalRequested];

    /// Whether an entry in this state is in the directory.
    pub fn stands(self) -> bool {
        Self::STANDING.contains(&self)
    }

    /// Whether a removal is being decided.
    pub const fn awaits_removal(self) -> bool {
        matches!(self, Self::RemovalRequested | Self::ObjectedRemovalRequested)
    }

    /// Whether an objection is open.
    pub const fn is_objected(self) -> bool {
        matches!(self, Self::Objected | Self::ObjectedRemovalRequested)
    }

    /// Whether an objection and a removal are open side by side, each within a period of its own.
    pub const fn has_both_open(self) -> bool {
        self.is_objected() && self.awaits_removal()
    }

    /// Whether the listing counts as never made.
    pub const fn void(self) -> bool {
        matches!(self, Self::RevokedByError)
    }

    /// Whether nothing can follow but an annulment, that a removal is undone, or that a party is considered which has returned.
    pub const fn ended(self) -> bool {
        matches!(self, Self::Removed | Self::RevokedByError | Self::Dismissed)
    }
}
