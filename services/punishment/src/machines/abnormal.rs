//! Machine 7: an entry in the directory of abnormal operations (order 68, as amended by order 101), or the mark of a sole trader.

use service::machine::{Machine, Office, on, start, words};

use super::ListEvent;
use crate::domain::papers::PaperKind;

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

/// The authority of registration decides: the district bureau, or for foreign-invested enterprises their office.
const REGISTRATION: &[Office] = &[Office::DISTRICT, Office::FOREIGN_REG];
/// Inspectors suspect by what they find, and the authority of registration by the orders that it gave. CREDIT does neither.
const FINDERS: &[Office] = &[
    Office::DISTRICT,
    Office::FOREIGN_REG,
    Office::FOOD_PROD,
    Office::SAMPLING_SPECIAL_FOOD,
    Office::SE_SUPERV,
    Office::ENFORCEMENT,
];
/// The party asks; the authority puts on file what it asked on paper.
const ASKING: &[Office] = &[Office::DISTRICT, Office::FOREIGN_REG, Office::PARTY];
/// Who opens the case by which a licence is revoked.
const ENFORCING: &[Office] = &[Office::ENFORCEMENT];
/// Who enters what a body above decided.
pub(super) const ANNULLING: &[Office] = &[Office::DISTRICT, Office::FOREIGN_REG, Office::LEGAL];

/// Duty to decide on a listing, within the period of the directory.
pub const DECIDE: &str = "abnormal.decide";
/// Duty to decide on a removal.
pub const REMOVE: &str = "abnormal.remove";
/// Parameter of the period of that duty.
pub const REMOVE_WITHIN: &str = "abnormal.remove.decide";
/// Duty to verify what a removal was asked for, where the period for the decision counts from that; and the parameter of its period.
pub const VERIFY_REMOVAL: &str = "abnormal.remove.verify";
/// Duty to take an objection up, or to refuse it.
pub const OBJECTION_ACCEPT: &str = "abnormal.objection.accept";
/// Duty to verify an objection. Its period counts from the objection, not from its being taken up: it ends no later than the law says.
pub const OBJECTION: &str = "abnormal.objection";
/// Duty to consider the revocation of a business licence (企业信息公示暂行条例 as amended by order 777). Whom it concerns follows from the
/// annual reports, so no line of the table opens it: the store does, and ends it with the entry.
pub const CONSIDER_REVOCATION: &str = "abnormal.licence_revocation";
/// Duty to consider whether an entry is to be made again that ended with a party which is registered again, such as after an end that was
/// entered by mistake; and the parameter of its period. The register tells of that, so no line of the table opens it: the store does.
/// Nothing is listed again by itself: whoever listed says what came of it, and makes a new entry where its ground still holds.
pub const CONSIDER_RETURN: &str = "abnormal.party_returned";

/// What ends with an objection.
const ANSWERED: &[&str] = &[OBJECTION, OBJECTION_ACCEPT];
/// What ends with the answer to a request for removal.
const REMOVAL_ANSWERED: &[&str] = &[REMOVE, VERIFY_REMOVAL];
/// What ends with an entry about which both are open: what is off the directory needs neither.
const BOTH_ANSWERED: &[&str] = &[OBJECTION, OBJECTION_ACCEPT, REMOVE, VERIFY_REMOVAL];
/// The duties of an objection and of a removal that are open side by side: the entry shows the earliest of their last days.
pub const SIDE_BY_SIDE: [&str; 3] = [OBJECTION, REMOVE, VERIFY_REMOVAL];

/// The table. Whatever goes on the list or off it needs a second person and a legal basis; what a body above decided, and what ends
/// with the party, needs nobody's judgement.
pub const ABNORMAL: Machine<State, Event> = Machine(&[
    start(Event::Suspect).to(State::Suspected).by(FINDERS).system(),
    on(State::Suspected, Event::Verify).to(State::Verifying).by(REGISTRATION),
    on(State::Suspected, Event::Dismiss).to(State::Dismissed).by(REGISTRATION).fulfils(&[DECIDE]),
    on(State::Suspected, Event::Deregister).to(State::Dismissed).system().fulfils(&[DECIDE]),
    on(State::Verifying, Event::RecordLetter).to(State::Verifying).by(REGISTRATION),
    // What opens the duty to decide is the end of the order, which is still to come: the store does.
    on(State::Verifying, Event::RecordOrder).to(State::Verifying).by(REGISTRATION),
    on(State::Verifying, Event::Dismiss).to(State::Dismissed).by(REGISTRATION).fulfils(&[DECIDE]),
    on(State::Verifying, Event::Propose)
        .to(State::ListProposed)
        .by(REGISTRATION)
        .due("abnormal.list.after_trigger")
        .obliges(DECIDE, Office::OWNER, "abnormal.list.after_trigger"),
    on(State::Verifying, Event::Deregister).to(State::Dismissed).system().fulfils(&[DECIDE]),
    on(State::ListProposed, Event::Decide)
        .to(State::Listed)
        .by(REGISTRATION)
        .four_eyes()
        .basis()
        .fulfils(&[DECIDE]),
    on(State::ListProposed, Event::Dismiss).to(State::Dismissed).by(REGISTRATION).fulfils(&[DECIDE]),
    on(State::ListProposed, Event::Deregister).to(State::Dismissed).system().fulfils(&[DECIDE]),
    on(State::Listed, Event::Object)
        .to(State::Objected)
        .by(ASKING)
        .due("abnormal.objection.verify")
        .obliges(OBJECTION_ACCEPT, Office::OWNER, OBJECTION_ACCEPT)
        .obliges(OBJECTION, Office::OWNER, "abnormal.objection.verify"),
    // Which duty it opens depends on the ground of the listing: the store does.
    on(State::Listed, Event::RequestRemoval).to(State::RemovalRequested).by(ASKING).system(),
    // Within the period of the law (行政复议法实施条例 art 49), which counts from the decision of the body: no verification comes first.
    on(State::Listed, Event::DecideAgain)
        .to(State::RemovalRequested)
        .by(ANNULLING)
        .basis()
        .due(REMOVE_WITHIN)
        .obliges(REMOVE, Office::OWNER, REMOVE_WITHIN),
    on(State::Listed, Event::RemoveByOrder).to(State::Removed).by(ANNULLING).basis(),
    on(State::Listed, Event::RevokeByError).to(State::RevokedByError).by(REGISTRATION).four_eyes().basis(),
    on(State::Listed, Event::Annul).to(State::RevokedByError).by(ANNULLING).basis(),
    on(State::Listed, Event::Deregister).to(State::Removed).system(),
    on(State::Listed, Event::ConsiderRevocation)
        .to(State::Listed)
        .by(ENFORCING)
        .fulfils(&[CONSIDER_REVOCATION]),
    on(State::Objected, Event::AcceptObjection)
        .to(State::Objected)
        .by(REGISTRATION)
        .fulfils(&[OBJECTION_ACCEPT]),
    on(State::Objected, Event::RejectObjection)
        .to(State::Listed)
        .by(REGISTRATION)
        .four_eyes()
        .basis()
        .fulfils(ANSWERED),
    on(State::Objected, Event::RevokeByError)
        .to(State::RevokedByError)
        .by(REGISTRATION)
        .four_eyes()
        .basis()
        .fulfils(ANSWERED),
    // Whether the listing was right and whether its ground is gone are two questions: neither answer waits for the other. Which duty the
    // request opens, the store says, as above.
    on(State::Objected, Event::RequestRemoval).to(State::ObjectedRemovalRequested).by(ASKING).system(),
    on(State::Objected, Event::DecideAgain)
        .to(State::ObjectedRemovalRequested)
        .by(ANNULLING)
        .basis()
        .due(REMOVE_WITHIN)
        .obliges(REMOVE, Office::OWNER, REMOVE_WITHIN),
    on(State::Objected, Event::RemoveByOrder).to(State::Removed).by(ANNULLING).basis().fulfils(ANSWERED),
    on(State::Objected, Event::Annul).to(State::RevokedByError).by(ANNULLING).basis().fulfils(ANSWERED),
    on(State::Objected, Event::Deregister).to(State::Removed).system().fulfils(ANSWERED),
    on(State::Objected, Event::ConsiderRevocation)
        .to(State::Objected)
        .by(ENFORCING)
        .fulfils(&[CONSIDER_REVOCATION]),
    on(State::RemovalRequested, Event::Object)
        .to(State::ObjectedRemovalRequested)
        .by(ASKING)
        .due("abnormal.objection.verify")
        .obliges(OBJECTION_ACCEPT, Office::OWNER, OBJECTION_ACCEPT)
        .obliges(OBJECTION, Office::OWNER, "abnormal.objection.verify"),
    // Once: the store refuses a second one, which would begin the period anew.
    on(State::RemovalRequested, Event::VerifyRemoval)
        .to(State::RemovalRequested)
        .by(REGISTRATION)
        .due(REMOVE_WITHIN)
        .fulfils(&[VERIFY_REMOVAL])
        .obliges(REMOVE, Office::OWNER, REMOVE_WITHIN),
    // Where the party has asked anew meanwhile, and the body set an earlier day than the one that runs: no verification comes first.
    on(State::RemovalRequested, Event::DecideAgain)
        .to(State::RemovalRequested)
        .by(ANNULLING)
        .basis()
        .due(REMOVE_WITHIN)
        .fulfils(&[VERIFY_REMOVAL])
        .obliges(REMOVE, Office::OWNER, REMOVE_WITHIN),
    on(State::RemovalRequested, Event::Remove)
        .to(State::Removed)
        .by(REGISTRATION)
        .four_eyes()
        .basis()
        .fulfils(REMOVAL_ANSWERED),
    on(State::RemovalRequested, Event::RefuseRemoval)
        .to(State::Listed)
        .by(REGISTRATION)
        .four_eyes()
        .basis()
        .fulfils(REMOVAL_ANSWERED),
    on(State::RemovalRequested, Event::RemoveByOrder)
        .to(State::Removed)
        .by(ANNULLING)
        .basis()
        .fulfils(REMOVAL_ANSWERED),
    on(State::RemovalRequested, Event::RevokeByError)
        .to(State::RevokedByError)
        .by(REGISTRATION)
        .four_eyes()
        .basis()
        .fulfils(REMOVAL_ANSWERED),
    on(State::RemovalRequested, Event::Annul)
        .to(State::RevokedByError)
        .by(ANNULLING)
        .basis()
        .fulfils(REMOVAL_ANSWERED),
    on(State::RemovalRequested, Event::Deregister).to(State::Removed).system().fulfils(REMOVAL_ANSWERED),
    on(State::RemovalRequested, Event::ConsiderRevocation)
        .to(State::RemovalRequested)
        .by(ENFORCING)
        .fulfils(&[CONSIDER_REVOCATION]),
    on(State::ObjectedRemovalRequested, Event::AcceptObjection)
        .to(State::ObjectedRemovalRequested)
        .by(REGISTRATION)
        .fulfils(&[OBJECTION_ACCEPT]),
    on(State::ObjectedRemovalRequested, Event::RejectObjection)
        .to(State::RemovalRequested)
        .by(REGISTRATION)
        .four_eyes()
        .basis()
        .fulfils(ANSWERED),
    on(State::ObjectedRemovalRequested, Event::VerifyRemoval)
        .to(State::ObjectedRemovalRequested)
        .by(REGISTRATION)
        .due(REMOVE_WITHIN)
        .fulfils(&[VERIFY_REMOVAL])
        .obliges(REMOVE, Office::OWNER, REMOVE_WITHIN),
    on(State::ObjectedRemovalRequested, Event::DecideAgain)
        .to(State::ObjectedRemovalRequested)
        .by(ANNULLING)
        .basis()
        .due(REMOVE_WITHIN)
        .fulfils(&[VERIFY_REMOVAL])
        .obliges(REMOVE, Office::OWNER, REMOVE_WITHIN),
    on(State::ObjectedRemovalRequested, Event::Remove)
        .to(State::Removed)
        .by(REGISTRATION)
        .four_eyes()
        .basis()
        .fulfils(BOTH_ANSWERED),
    on(State::ObjectedRemovalRequested, Event::RefuseRemoval)
        .to(State::Objected)
        .by(REGISTRATION)
        .four_eyes()
        .basis()
        .fulfils(REMOVAL_ANSWERED),
    on(State::ObjectedRemovalRequested, Event::RemoveByOrder)
        .to(State::Removed)
        .by(ANNULLING)
        .basis()
        .fulfils(BOTH_ANSWERED),
    on(State::ObjectedRemovalRequested, Event::RevokeByError)
        .to(State::RevokedByError)
        .by(REGISTRATION)
        .four_eyes()
        .basis()
        .fulfils(BOTH_ANSWERED),
    on(State::ObjectedRemovalRequested, Event::Annul)
        .to(State::RevokedByError)
        .by(ANNULLING)
        .basis()
        .fulfils(BOTH_ANSWERED),
    on(State::ObjectedRemovalRequested, Event::Deregister).to(State::Removed).system().fulfils(BOTH_ANSWERED),
    on(State::ObjectedRemovalRequested, Event::ConsiderRevocation)
        .to(State::ObjectedRemovalRequested)
        .by(ENFORCING)
        .fulfils(&[CONSIDER_REVOCATION]),
    on(State::Removed, Event::Restore).to(State::Listed).by(REGISTRATION).four_eyes().basis(),
    on(State::Removed, Event::Annul)
        .to(State::RevokedByError)
        .by(ANNULLING)
        .basis()
        .fulfils(&[CONSIDER_RETURN]),
    on(State::Removed, Event::ConsiderReturn).to(State::Removed).by(REGISTRATION).fulfils(&[CONSIDER_RETURN]),
]);

/// The authority of registration that owes what is due about an entry: the one that decided the listing; before that the one that acts,
/// and the district where none does.
pub fn authority<'a>(decided_by: &'a str, acting: &'a str) -> &'a str {
    let registers = |office: &&str| REGISTRATION.iter().any(|own| own.code() == *office);
    [decided_by, acting].into_iter().find(registers).unwrap_or(Office::DISTRICT.code())
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

#[cfg(test)]
mod tests;
