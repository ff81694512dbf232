//! Machine 7: an entry in the directory of abnormal operations (order 68, as amended by order 101), or the mark of a sole trader.
//!
//! Here stands the table with the offices that it names; what it is made of, and what is asked of it elsewhere, stands below.

mod duties;
mod event;
mod state;
mod step;
#[cfg(test)]
mod tests;

use service::machine::{Machine, Office, on, start};

pub use duties::{
    CONSIDER_RETURN, CONSIDER_REVOCATION, DECIDE, OBJECTION, OBJECTION_ACCEPT, REMOVE, REMOVE_WITHIN,
    SIDE_BY_SIDE, VERIFY_REMOVAL,
};
pub use event::Event;
pub use state::State;

use Event::*;
use State::*;
use duties::{ANSWERED, BOTH_ANSWERED, REMOVAL_ANSWERED};

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

/// The table. Whatever goes on the list or off it needs a second person and a legal basis; what a body above decided, and what ends
/// with the party, needs nobody's judgement.
pub const ABNORMAL: Machine<State, Event> = Machine(&[
    start(Suspect).to(Suspected).by(FINDERS).system(),
    on(Suspected, Verify).to(Verifying).by(REGISTRATION),
    on(Suspected, Dismiss).to(Dismissed).by(REGISTRATION).fulfils(&[DECIDE]),
    on(Suspected, Deregister).to(Dismissed).system().fulfils(&[DECIDE]),
    on(Verifying, RecordLetter).to(Verifying).by(REGISTRATION),
    // What opens the duty to decide is the end of the order, which is still to come: the store does.
    on(Verifying, RecordOrder).to(Verifying).by(REGISTRATION),
    on(Verifying, Dismiss).to(Dismissed).by(REGISTRATION).fulfils(&[DECIDE]),
    on(Verifying, Propose).to(ListProposed).by(REGISTRATION).due("abnormal.list.after_trigger").obliges(
        DECIDE,
        Office::OWNER,
        "abnormal.list.after_trigger",
    ),
    on(Verifying, Deregister).to(Dismissed).system().fulfils(&[DECIDE]),
    on(ListProposed, Decide).to(Listed).by(REGISTRATION).four_eyes().basis().fulfils(&[DECIDE]),
    on(ListProposed, Dismiss).to(Dismissed).by(REGISTRATION).fulfils(&[DECIDE]),
    on(ListProposed, Deregister).to(Dismissed).system().fulfils(&[DECIDE]),
    on(Listed, Object)
        .to(Objected)
        .by(ASKING)
        .due("abnormal.objection.verify")
        .obliges(OBJECTION_ACCEPT, Office::OWNER, OBJECTION_ACCEPT)
        .obliges(OBJECTION, Office::OWNER, "abnormal.objection.verify"),
    // Which duty it opens depends on the ground of the listing: the store does.
    on(Listed, RequestRemoval).to(RemovalRequested).by(ASKING).system(),
    // Within the period of the law (行政复议法实施条例 art 49), which counts from the decision of the body: no verification comes first.
    on(Listed, DecideAgain).to(RemovalRequested).by(ANNULLING).basis().due(REMOVE_WITHIN).obliges(
        REMOVE,
        Office::OWNER,
        REMOVE_WITHIN,
    ),
    on(Listed, RemoveByOrder).to(Removed).by(ANNULLING).basis(),
    on(Listed, RevokeByError).to(RevokedByError).by(REGISTRATION).four_eyes().basis(),
    on(Listed, Annul).to(RevokedByError).by(ANNULLING).basis(),
    on(Listed, Deregister).to(Removed).system(),
    on(Listed, ConsiderRevocation).to(Listed).by(ENFORCING).fulfils(&[CONSIDER_REVOCATION]),
    on(Objected, AcceptObjection).to(Objected).by(REGISTRATION).fulfils(&[OBJECTION_ACCEPT]),
    on(Objected, RejectObjection).to(Listed).by(REGISTRATION).four_eyes().basis().fulfils(ANSWERED),
    on(Objected, RevokeByError).to(RevokedByError).by(REGISTRATION).four_eyes().basis().fulfils(ANSWERED),
    // Whether the listing was right and whether its ground is gone are two questions: neither answer waits for the other. Which duty the
    // request opens, the store says, as above.
    on(Objected, RequestRemoval).to(ObjectedRemovalRequested).by(ASKING).system(),
    on(Objected, DecideAgain).to(ObjectedRemovalRequested).by(ANNULLING).basis().due(REMOVE_WITHIN).obliges(
        REMOVE,
        Office::OWNER,
        REMOVE_WITHIN,
    ),
    on(Objected, RemoveByOrder).to(Removed).by(ANNULLING).basis().fulfils(ANSWERED),
    on(Objected, Annul).to(RevokedByError).by(ANNULLING).basis().fulfils(ANSWERED),
    on(Objected, Deregister).to(Removed).system().fulfils(ANSWERED),
    on(Objected, ConsiderRevocation).to(Objected).by(ENFORCING).fulfils(&[CONSIDER_REVOCATION]),
    on(RemovalRequested, Object)
        .to(ObjectedRemovalRequested)
        .by(ASKING)
        .due("abnormal.objection.verify")
        .obliges(OBJECTION_ACCEPT, Office::OWNER, OBJECTION_ACCEPT)
        .obliges(OBJECTION, Office::OWNER, "abnormal.objection.verify"),
    // Once: the store refuses a second one, which would begin the period anew.
    on(RemovalRequested, VerifyRemoval)
        .to(RemovalRequested)
        .by(REGISTRATION)
        .due(REMOVE_WITHIN)
        .fulfils(&[VERIFY_REMOVAL])
        .obliges(REMOVE, Office::OWNER, REMOVE_WITHIN),
    // Where the party has asked anew meanwhile, and the body set an earlier day than the one that runs: no verification comes first.
    on(RemovalRequested, DecideAgain)
        .to(RemovalRequested)
        .by(ANNULLING)
        .basis()
        .due(REMOVE_WITHIN)
        .fulfils(&[VERIFY_REMOVAL])
        .obliges(REMOVE, Office::OWNER, REMOVE_WITHIN),
    on(RemovalRequested, Remove).to(Removed).by(REGISTRATION).four_eyes().basis().fulfils(REMOVAL_ANSWERED),
    on(RemovalRequested, RefuseRemoval)
        .to(Listed)
        .by(REGISTRATION)
        .four_eyes()
        .basis()
        .fulfils(REMOVAL_ANSWERED),
    on(RemovalRequested, RemoveByOrder).to(Removed).by(ANNULLING).basis().fulfils(REMOVAL_ANSWERED),
    on(RemovalRequested, RevokeByError)
        .to(RevokedByError)
        .by(REGISTRATION)
        .four_eyes()
        .basis()
        .fulfils(REMOVAL_ANSWERED),
    on(RemovalRequested, Annul).to(RevokedByError).by(ANNULLING).basis().fulfils(REMOVAL_ANSWERED),
    on(RemovalRequested, Deregister).to(Removed).system().fulfils(REMOVAL_ANSWERED),
    on(RemovalRequested, ConsiderRevocation)
        .to(RemovalRequested)
        .by(ENFORCING)
        .fulfils(&[CONSIDER_REVOCATION]),
    on(ObjectedRemovalRequested, AcceptObjection)
        .to(ObjectedRemovalRequested)
        .by(REGISTRATION)
        .fulfils(&[OBJECTION_ACCEPT]),
    on(ObjectedRemovalRequested, RejectObjection)
        .to(RemovalRequested)
        .by(REGISTRATION)
        .four_eyes()
        .basis()
        .fulfils(ANSWERED),
    on(ObjectedRemovalRequested, VerifyRemoval)
        .to(ObjectedRemovalRequested)
        .by(REGISTRATION)
        .due(REMOVE_WITHIN)
        .fulfils(&[VERIFY_REMOVAL])
        .obliges(REMOVE, Office::OWNER, REMOVE_WITHIN),
    on(ObjectedRemovalRequested, DecideAgain)
        .to(ObjectedRemovalRequested)
        .by(ANNULLING)
        .basis()
        .due(REMOVE_WITHIN)
        .fulfils(&[VERIFY_REMOVAL])
        .obliges(REMOVE, Office::OWNER, REMOVE_WITHIN),
    on(ObjectedRemovalRequested, Remove)
        .to(Removed)
        .by(REGISTRATION)
        .four_eyes()
        .basis()
        .fulfils(BOTH_ANSWERED),
    on(ObjectedRemovalRequested, RefuseRemoval)
        .to(Objected)
        .by(REGISTRATION)
        .four_eyes()
        .basis()
        .fulfils(REMOVAL_ANSWERED),
    on(ObjectedRemovalRequested, RemoveByOrder).to(Removed).by(ANNULLING).basis().fulfils(BOTH_ANSWERED),
    on(ObjectedRemovalRequested, RevokeByError)
        .to(RevokedByError)
        .by(REGISTRATION)
        .four_eyes()
        .basis()
        .fulfils(BOTH_ANSWERED),
    on(ObjectedRemovalRequested, Annul).to(RevokedByError).by(ANNULLING).basis().fulfils(BOTH_ANSWERED),
    on(ObjectedRemovalRequested, Deregister).to(Removed).system().fulfils(BOTH_ANSWERED),
    on(ObjectedRemovalRequested, ConsiderRevocation)
        .to(ObjectedRemovalRequested)
        .by(ENFORCING)
        .fulfils(&[CONSIDER_REVOCATION]),
    on(Removed, Restore).to(Listed).by(REGISTRATION).four_eyes().basis(),
    on(Removed, Annul).to(RevokedByError).by(ANNULLING).basis().fulfils(&[CONSIDER_RETURN]),
    on(Removed, ConsiderReturn).to(Removed).by(REGISTRATION).fulfils(&[CONSIDER_RETURN]),
]);

/// The authority of registration that owes what is due about an entry: the one that decided the listing; before that the one that acts,
/// and the district where none does.
pub fn authority<'a>(decided_by: &'a str, acting: &'a str) -> &'a str {
    let registers = |office: &&str| REGISTRATION.iter().any(|own| own.code() == *office);
    [decided_by, acting].into_iter().find(registers).unwrap_or(Office::DISTRICT.code())
}
