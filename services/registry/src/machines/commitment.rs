//! Machine 3: the letter of commitment of an enterprise in a key field, from its sending to its end (二(一)3, 二(三)1(3)).
//!
//! `Signed`, `Fulfilled`, `BreachConfirmed` and `Corrected` of the workflow are instants: nothing waits there. A signed copy is
//! archived in the transaction that records it; a breach is confirmed by the order to correct it, so that the one never
//! stands without the other.

use service::machine::{Machine, Office, on, start};
use service::words;

/// Stands for the offices that own the key field: which they are is data of the rulebook. Whoever acts in this name has been
/// checked against it.
pub const LINE: Office = Office::other("COMMITMENT_OFFICE");

words! {
    /// Where a letter stands.
    State {
        /// Sent to the enterprise, not signed yet.
        LetterIssued,
        /// Signed; the copy is in the archive.
        Archived,
        /// Public.
        Published,
        /// An inspection looks at whether it is kept.
        UnderCheck,
        /// Found untrue or broken; the party is to be heard.
        BreachSuspected,
        /// The breach is confirmed and ordered to be corrected by a day.
        CorrectionOrdered,
        /// Not corrected, or still broken.
        NotCorrected,
        /// It is proposed to the licensing authority to revoke the permit.
        RevocationProposed,
        /// The licensing authority has revoked the permit.
        PermitRevoked,
        /// The term is over, no licence of the field is left, or it was taken back before it was signed.
        Lapsed,
    }
    /// What happens to a letter.
    Event {
        /// The office sends it.
        Issue,
        /// The office takes back a letter that was sent by mistake and is not signed.
        Recall,
        /// The signed copy comes back.
        Sign,
        /// The office publishes it.
        Publish,
        /// An inspection includes it.
        Include,
        /// The inspection finds it kept.
        Keep,
        /// The inspection finds it untrue or broken.
        Suspect,
        /// The party is heard.
        Hear,
        /// The suspicion was unfounded.
        Dismiss,
        /// The breach is confirmed, with the order to correct it.
        Confirm,
        /// The limit of the order has passed.
        LimitPassed,
        /// The proof of correction is accepted.
        Accept,
        /// It is overdue or still broken.
        FindUncorrected,
        /// The line office drafts the proposal to revoke the permit.
        Draft,
        /// The legal office sends the proposal to the licensing authority.
        Propose,
        /// The licensing authority revoked the permit.
        Revoke,
        /// The licensing authority left the permit as it is.
        Refuse,
        /// The term of the letter is over.
        EndTerm,
        /// No valid licence of the field is left.
        LoseLicence,
    }
}

use Event::*;
use State::*;

/// Kind, and parameter, of the duty to publish a signed letter.
pub const PUBLISH: &str = "commitment.publish";
/// Kind of the duty to see to it that the order to correct is followed.
pub const CORRECT: &str = "commitment.correct";
/// Parameter of the limit of an order that names no day.
pub const CORRECT_LIMIT: &str = "commitment.correct.limit";
/// Parameter of the latest day that an order may set.
pub const CORRECT_LIMIT_MOST: &str = "commitment.correct.limit.most";
/// Kind, and parameter, of the duty to conclude once the limit has passed.
pub const CONCLUDE: &str = "commitment.conclude";

/// Kind, and parameter, of the duty to look into a letter that a visit found not kept.
pub const FINDING: &str = "commitment.finding";

/// Kind, and parameter, of the duty to say what a check found: until then no term ends the letter.
pub const CHECK: &str = "commitment.check";
/// Kind, and parameter, of the duty to hear the party and to confirm or dismiss what is suspected.
pub const SUSPICION: &str = "commitment.suspicion";
/// Kind, and parameter, of the duty to draft the proposal to revoke the permit.
pub const DRAFTING: &str = "commitment.revocation.draft";
/// Kind, and parameter, of the duty to send the drafted proposal to the licensing authority.
pub const PROPOSING: &str = "commitment.revocation.propose";
/// Kind, and parameter, of the duty to see to it that the licensing authority decides, and to enter what it decided.
pub const DECISION: &str = "commitment.revocation.decision";

/// Parameter of the term for which signed copies are kept.
pub const RETENTION: &str = "commitment.retention";
/// Kind, and parameter, of the duty to decide what becomes of a signed copy whose term of retention is over.
pub const RETENTION_OVER: &str = "commitment.retention.decide";

const ALL_DUTIES: &[&str] = &[PUBLISH, CORRECT, CONCLUDE, FINDING];

/// The table. The system never revokes: it proposes nothing and decides nothing, and lapses only what has ended by itself. A
/// term that ends does not end a breach. From its suspicion to its end, a breach always waits for somebody whose duty it is.
pub const COMMITMENT: Machine<State, Event> = Machine(&[
    start(Issue).to(LetterIssued).by(&[LINE]),
    on(LetterIssued, Recall).to(Lapsed).by(&[LINE]),
    on(LetterIssued, Sign).to(Archived).by(&[LINE]).obliges(PUBLISH, Office::OWNER, PUBLISH),
    on(Archived, Publish).to(Published).by(&[LINE]).publishes(PUBLISH).fulfils(&[PUBLISH]),
    on(Published, Include).to(UnderCheck).by(&[LINE, Office::DISTRICT]).obliges(CHECK, Office::OWNER, CHECK),
    on(UnderCheck, Keep).to(Published).by(&[LINE, Office::DISTRICT]).fulfils(&[CHECK, FINDING]),
    on(UnderCheck, Suspect).to(BreachSuspected).by(&[LINE]).fulfils(&[CHECK, FINDING]).obliges(
        SUSPICION,
        Office::OWNER,
        SUSPICION,
    ),
    on(BreachSuspected, Hear).to(BreachSuspected).by(&[LINE]),
    on(BreachSuspected, Dismiss).to(Published).by(&[LINE]).fulfils(&[SUSPICION]),
    on(BreachSuspected, Confirm).to(CorrectionOrdered).by(&[LINE]).basis().fulfils(&[SUSPICION]).obliges(
        CORRECT,
        Office::OWNER,
        CORRECT_LIMIT,
    ),
    on(CorrectionOrdered, LimitPassed).to(CorrectionOrdered).system().obliges(
        CONCLUDE,
        Office::OWNER,
        CONCLUDE,
    ),
    on(CorrectionOrdered, Accept).to(Published).by(&[LINE]).fulfils(&[CORRECT, CONCLUDE]),
    on(CorrectionOrdered, FindUncorrected)
        .to(NotCorrected)
        .by(&[LINE])
        .fulfils(&[CORRECT, CONCLUDE])
        .obliges(DRAFTING, Office::OWNER, DRAFTING),
    on(NotCorrected, Draft).to(NotCorrected).by(&[LINE]).basis().fulfils(&[DRAFTING]).obliges(
        PROPOSING,
        Office::LEGAL,
        PROPOSING,
    ),
    on(NotCorrected, Propose)
        .to(RevocationProposed)
        .by(&[Office::LEGAL])
        .four_eyes()
        .basis()
        .fulfils(&[PROPOSING])
        .obliges(DECISION, Office::OWNER, DECISION),
    on(RevocationProposed, Revoke).to(PermitRevoked).by(&[LINE, Office::LEGAL]).basis().fulfils(&[DECISION]),
    on(RevocationProposed, Refuse).to(Published).by(&[LINE, Office::LEGAL]).basis().fulfils(&[DECISION]),
    on(LetterIssued, EndTerm).to(Lapsed).system(),
    on(Archived, EndTerm).to(Lapsed).system().fulfils(ALL_DUTIES),
    on(Published, EndTerm).to(Lapsed).system().fulfils(&[FINDING]),
    on(LetterIssued, LoseLicence).to(Lapsed).system(),
    on(Archived, LoseLicence).to(Lapsed).system().fulfils(ALL_DUTIES),
    on(Published, LoseLicence).to(Lapsed).system().fulfils(&[FINDING]),
    on(UnderCheck, LoseLicence).to(Lapsed).system().fulfils(&[CHECK, FINDING]),
    on(BreachSuspected, LoseLicence).to(Lapsed).system().fulfils(&[SUSPICION]),
    on(CorrectionOrdered, LoseLicence).to(Lapsed).system().fulfils(ALL_DUTIES),
    on(NotCorrected, LoseLicence).to(Lapsed).system().fulfils(&[DRAFTING, PROPOSING]),
    on(RevocationProposed, LoseLicence).to(Lapsed).system().fulfils(&[DECISION]),
]);

impl State {
    /// Whether a confirmed breach is open: ordered to be corrected, and neither corrected nor decided about.
    pub fn is_breach_open(self) -> bool {
        matches!(self, CorrectionOrdered | NotCorrected | RevocationProposed)
    }

    /// Whether the letter has ended: no event leads on.
    pub fn is_ended(self) -> bool {
        COMMITMENT.events_from(self).next().is_none()
    }

    /// The states from which `event` leads on.
    pub fn before(event: Event) -> impl Iterator<Item = Self> {
        let leads_on = move |state: &Self| COMMITMENT.events_from(*state).any(|possible| possible == event);
        Self::ALL.iter().copied().filter(leads_on)
    }
}

#[cfg(test)]
mod tests {
    use service::machine::{Actor, Refused, check_all_triples, check_table};

    use super::*;

    const OFFICES: [&str; 5] = ["COMMITMENT_OFFICE", "LEGAL", "DISTRICT", "CREDIT", "SYSTEM"];

    #[test]
    fn the_table_is_sound_and_every_triple_behaves_as_it_says() {
        check_table(&COMMITMENT, State::ALL, Event::ALL, &OFFICES).unwrap();
        assert_eq!(check_all_triples(&COMMITMENT, State::ALL, Event::ALL, &OFFICES), Ok(11 * 19 * 5));
    }

    #[test]
    fn the_system_notices_what_ends_and_decides_nothing() {
        for state in State::ALL {
            for event in COMMITMENT.events_from(*state) {
                let may = COMMITMENT.step(*state, event, &Actor::system()).is_ok();
                let ends = matches!(event, LimitPassed | EndTerm | LoseLicence);
                assert_eq!(may, ends, "{state:?} {event:?}");
            }
        }
    }

    #[test]
    fn the_term_of_a_letter_does_not_end_a_breach_and_the_loss_of_the_licence_ends_all() {
        assert_eq!(State::before(EndTerm).collect::<Vec<_>>(), [LetterIssued, Archived, Published]);
        let living: Vec<_> = State::ALL.iter().copied().filter(|state| !state.is_ended()).collect();
        assert_eq!(State::before(LoseLicence).collect::<Vec<_>>(), living);
        assert_eq!(living.len(), State::ALL.len() - 2);
    }

    #[test]
    fn a_breach_needs_a_basis_and_its_proposal_two_offices() {
        let line = Actor::person(LINE.code(), "wang");
        let refused = COMMITMENT.step(BreachSuspected, Confirm, &line);
        assert!(matches!(refused, Err(Refused::BasisMissing { .. })), "{refused:?}");
        let legal = Actor::person("LEGAL", "li").citing("行政许可法第六十九条");
        assert!(matches!(COMMITMENT.step(NotCorrected, Propose, &legal), Err(Refused::FourEyes { .. })));
        assert!(COMMITMENT.step(NotCorrected, Propose, &legal.on_proposal_of("wang")).is_ok());
        let alone = line.citing("行政许可法第六十九条").on_proposal_of("li");
        assert!(matches!(COMMITMENT.step(NotCorrected, Propose, &alone), Err(Refused::Office { .. })));
    }
}
