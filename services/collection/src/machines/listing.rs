//! What the states of punishment's machines 7 and 8 mean for a record of the party.

/// What a record says of an entry in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Not listed yet, or never: nothing is recorded.
    Nothing,
    /// The party stands in the list.
    Listed,
    /// The party stood in the list.
    Removed,
    /// The listing was wrong from the beginning: its record is withdrawn.
    Void,
}

/// A list of punishment: its code in records, and the meaning of each state of its machine.
#[derive(Clone, Copy, Debug)]
pub struct List {
    /// Code of the list in a record.
    pub code: &'static str,
    states: &'static [(&'static str, Meaning)],
}

/// The directory of abnormal operations (machine 7). An objection and a request leave the entry in force.
pub const ABNORMAL: List = List {
    code: "ABNORMAL",
    states: &[
        ("Suspected", Meaning::Nothing),
        ("Verifying", Meaning::Nothing),
        ("ListProposed", Meaning::Nothing),
        ("Listed", Meaning::Listed),
        ("RemovalRequested", Meaning::Listed),
        ("Objected", Meaning::Listed),
        ("ObjectedRemovalRequested", Meaning::Listed),
        ("Removed", Meaning::Removed),
        ("RevokedByError", Meaning::Void),
        ("Dismissed", Meaning::Nothing),
    ],
};

/// The list of serious violators (machine 8). It counts from its publication, not from the decision.
pub const SERIOUS: List = List {
    code: "SERIOUS",
    states: &[
        ("Triggered", Meaning::Nothing),
        ("OpinionGiven", Meaning::Nothing),
        ("Assessed", Meaning::Nothing),
        ("Reviewed", Meaning::Nothing),
        ("NotListed", Meaning::Nothing),
        ("NoticeServed", Meaning::Nothing),
        ("DefencePending", Meaning::Nothing),
        ("HearingRequested", Meaning::Nothing),
        ("HearingOrdered", Meaning::Nothing),
        ("HearingHeld", Meaning::Nothing),
        ("SuperiorConsentPending", Meaning::Nothing),
        ("Consented", Meaning::Nothing),
        ("Decided", Meaning::Nothing),
        ("DecidedElsewhere", Meaning::Nothing),
        ("PushedElsewhere", Meaning::Nothing),
        ("Published", Meaning::Listed),
        ("EarlyRemovalRequested", Meaning::Listed),
        ("Restored", Meaning::Listed),
        ("RestoredElsewhere", Meaning::Listed),
        ("RestoredPushedElsewhere", Meaning::Listed),
        ("RemovedEarly", Meaning::Removed),
        ("Removed", Meaning::Removed),
        ("Revoked", Meaning::Void),
    ],
};

impl List {
    /// The meaning of a state; `None` for one that the machine does not have.
    pub fn meaning(&self, state: &str) -> Option<Meaning> {
        self.states.iter().find(|(name, _)| *name == state).map(|(_, meaning)| *meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_counts_from_its_decision_or_publication_to_its_end() {
        assert_eq!(ABNORMAL.meaning("ListProposed"), Some(Meaning::Nothing));
        for state in ["Objected", "RemovalRequested", "ObjectedRemovalRequested"] {
            assert_eq!(ABNORMAL.meaning(state), Some(Meaning::Listed), "{state}");
        }
        assert_eq!(SERIOUS.meaning("Decided"), Some(Meaning::Nothing));
        assert_eq!(SERIOUS.meaning("Published"), Some(Meaning::Listed));
        assert_eq!(SERIOUS.meaning("Removed"), Some(Meaning::Removed));
    }

    #[test]
    fn a_listing_that_was_wrong_is_void_and_an_unknown_state_means_nothing_known() {
        assert_eq!(ABNORMAL.meaning("RevokedByError"), Some(Meaning::Void));
        assert_eq!(SERIOUS.meaning("Revoked"), Some(Meaning::Void));
        assert_eq!(SERIOUS.meaning("Suspected"), None);
    }
}
