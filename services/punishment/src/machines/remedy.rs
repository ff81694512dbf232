//! A remedy against a listing, against the refusal of a removal or repair, or against the revocation of a repair: reconsideration or
//! litigation (X4). The body above decides; the table says what the officer who enters it may enter when, and what it does to what is contested.

use rulebook::Code;
use service::machine::{Machine, on, start, words};

use super::{abnormal, repair, serious};
use crate::domain::list::List;
use crate::domain::remedy::Against;

words! {
    /// State of a remedy.
    State {
        /// Accepted; the listing stands meanwhile.
        Pending,
        /// Accepted; the listing is suspended by order.
        Suspended,
        /// The listing is confirmed.
        Upheld,
        /// The listing stands, and was changed.
        Changed,
        /// The listing was annulled, or found illegal or void.
        Annulled,
        /// The applicant took it back.
        Discontinued,
    }
}

words! {
    /// What happens to a remedy.
    Event {
        /// A body accepts it.
        Accept,
        /// The body orders that the listing be suspended.
        Suspend,
        /// The suspension ends while the matter goes on.
        Resume,
        /// The listing is confirmed.
        Uphold,
        /// The listing is changed, never to the party's disadvantage (行政复议法 art 63).
        Change,
        /// The listing is annulled, or found illegal or void.
        Annul,
        /// The applicant takes it back.
        Discontinue,
    }
}

use Event::*;
use State::*;

/// A table in which `$entering` enter what the body above decides: the offices that may enter an annulment by it. Nothing is suspended
/// unless an order says so (行政复议法 art 42, 行政诉讼法 art 56).
macro_rules! entered_by {
    ($entering:expr) => {
        Machine(&[
            start(Accept).to(Pending).by($entering),
            on(Pending, Suspend).to(Suspended).by($entering).basis(),
            on(Suspended, Resume).to(Pending).by($entering).basis(),
            on(Pending, Uphold).to(Upheld).by($entering).basis(),
            on(Pending, Change).to(Changed).by($entering).basis(),
            on(Pending, Annul).to(Annulled).by($entering).basis(),
            on(Pending, Discontinue).to(Discontinued).by($entering).basis(),
            on(Suspended, Uphold).to(Upheld).by($entering).basis(),
            on(Suspended, Change).to(Changed).by($entering).basis(),
            on(Suspended, Annul).to(Annulled).by($entering).basis(),
            on(Suspended, Discontinue).to(Discontinued).by($entering).basis(),
        ])
    };
}

/// The table against an entry in the directory, or a mark: the authorities of registration, and the legal office, which represents the
/// bureau.
pub const AGAINST_ENTRY: Machine<State, Event> = entered_by!(abnormal::ANNULLING);

/// The table against the listing of a serious violator: the body that handled the case, and the legal office.
pub const AGAINST_CASE: Machine<State, Event> = entered_by!(serious::ANNULLING);

/// A table against a refusal: it took nothing away that could be suspended meanwhile, so no order about that is entered.
macro_rules! refusal_entered_by {
    ($entering:expr) => {
        Machine(&[
            start(Accept).to(Pending).by($entering),
            on(Pending, Uphold).to(Upheld).by($entering).basis(),
            on(Pending, Change).to(Changed).by($entering).basis(),
            on(Pending, Annul).to(Annulled).by($entering).basis(),
            on(Pending, Discontinue).to(Discontinued).by($entering).basis(),
        ])
    };
}

/// The table against the refusal to remove an entry in the directory, or a mark.
pub const AGAINST_REMOVAL: Machine<State, Event> = refusal_entered_by!(abnormal::ANNULLING);

/// The table against the answer to an application for repair, or its revocation: the offices that give such answers, and the legal office.
/// Where a revocation restored a listing, it is that which an order suspends.
pub const AGAINST_REPAIR: Machine<State, Event> = refusal_entered_by!(repair::ANNULLING);

/// The table of remedies against what is contested.
pub fn table_of(against: &Against) -> &'static Machine<State, Event> {
    match against {
        Against::Listing(entry) if entry.list() == List::Serious => &AGAINST_CASE,
        Against::Listing(_) => &AGAINST_ENTRY,
        Against::Removal(_) => &AGAINST_REMOVAL,
        Against::Repair(_) => &AGAINST_REPAIR,
    }
}

/// What an outcome does, by the tag of its code; `None` for one that ends no such remedy.
pub fn outcome(code: &Code) -> Option<Event> {
    const BY_TAG: [(&str, Event); 4] =
        [("upheld", Uphold), ("changed", Change), ("annulled", Annul), ("discontinued", Discontinue)];
    BY_TAG.iter().find(|(tag, _)| code.has_tag(tag)).map(|(_, event)| *event)
}

impl Event {
    /// Whether the listing goes on with another content, which the outcome must name; or what was refused takes effect.
    pub const fn changes(self) -> bool {
        matches!(self, Self::Change)
    }

    /// Whether the listing counts as never made from now on; or what was refused is decided again.
    pub const fn annuls(self) -> bool {
        matches!(self, Self::Annul)
    }
}

impl State {
    /// Whether a remedy in this state suspends the listing.
    pub const fn suspends(self) -> bool {
        matches!(self, Self::Suspended)
    }
}

#[cfg(test)]
mod tests {
    use service::machine::{Actor, Refused, Said, check_against, check_all_triples};

    use super::*;

    #[test]
    fn every_state_event_and_office_answers_as_the_table_says() {
        let book = rulebook::Rulebook::builtin();
        let offices: Vec<_> = book.offices().iter().map(|office| office.code.as_str()).collect();
        for table in [&AGAINST_ENTRY, &AGAINST_CASE] {
            let tried = check_all_triples(table, State::ALL, Event::ALL, &offices).unwrap();
            assert_eq!(tried, (State::ALL.len() + 1) * Event::ALL.len() * offices.len());
        }
        let states = [Pending, Upheld, Changed, Annulled, Discontinued];
        let events = [Accept, Uphold, Change, Annul, Discontinue];
        for table in [&AGAINST_REMOVAL, &AGAINST_REPAIR] {
            let tried = check_all_triples(table, &states, &events, &offices).unwrap();
            assert_eq!(tried, (states.len() + 1) * events.len() * offices.len());
        }
    }

    #[test]
    fn every_state_event_and_role_is_allowed_or_refused_with_its_reason() {
        let book = rulebook::Rulebook::builtin();
        let offices: Vec<_> = book.offices().iter().map(|office| office.code.as_str()).collect();
        let against: [(&str, bool, &[&str]); 4] = [
            ("abnormalEntries/1", false, &["DISTRICT", "FOREIGN_REG", "LEGAL"]),
            ("seriousCases/1", false, &["ENFORCEMENT", "LEGAL"]),
            ("abnormalEntries/1", true, &["DISTRICT", "FOREIGN_REG", "LEGAL"]),
            ("repairs/1", false, &["ENFORCEMENT", "DISTRICT", "FOREIGN_REG", "LEGAL"]),
        ];
        for (name, refused_removal, entering) in against {
            let table = table_of(&Against::parse(name, refused_removal).unwrap());
            // Nobody suspends what took nothing away.
            let rests = !refused_removal && name != "repairs/1";
            let suspend: &[(Option<State>, State)] = if rests { &[(Some(Pending), Suspended)] } else { &[] };
            let resume: &[(Option<State>, State)] = if rests { &[(Some(Suspended), Pending)] } else { &[] };
            let states: Vec<_> =
                State::ALL.iter().copied().filter(|state| rests || *state != Suspended).collect();
            // Written down apart from the table.
            let law: &[Said<'_, State, Event>] = &[
                (Accept, &[(None, Pending)], entering),
                (Suspend, suspend, entering),
                (Resume, resume, entering),
                (Uphold, &[(Some(Pending), Upheld), (Some(Suspended), Upheld)], entering),
                (Change, &[(Some(Pending), Changed), (Some(Suspended), Changed)], entering),
                (Annul, &[(Some(Pending), Annulled), (Some(Suspended), Annulled)], entering),
                (Discontinue, &[(Some(Pending), Discontinued), (Some(Suspended), Discontinued)], entering),
            ];
            let tried = check_against(table, law, &states, &offices).unwrap();
            assert_eq!(tried, (states.len() + 1) * Event::ALL.len() * offices.len(), "{name}");
        }
    }

    #[test]
    fn nobody_suspends_a_refusal() {
        for table in [&AGAINST_REMOVAL, &AGAINST_REPAIR] {
            for state in State::ALL {
                for event in [Suspend, Resume] {
                    let officer = Actor::person("LEGAL", "lin").citing("济政复停〔2024〕1号");
                    let refused = table.step(*state, event, &officer);
                    assert!(matches!(refused, Err(Refused::Transition { .. })), "{state:?} {event:?}");
                }
            }
        }
    }

    #[test]
    fn only_who_answers_for_a_list_and_the_legal_office_enter_orders_about_it() {
        let entering: [(&str, bool, &[&str]); 4] = [
            ("abnormalEntries/1", false, &["DISTRICT", "FOREIGN_REG", "LEGAL"]),
            ("abnormalEntries/1", true, &["DISTRICT", "FOREIGN_REG", "LEGAL"]),
            ("seriousCases/1", false, &["ENFORCEMENT", "LEGAL"]),
            ("repairs/1", false, &["ENFORCEMENT", "DISTRICT", "FOREIGN_REG", "LEGAL"]),
        ];
        for (name, refused_removal, entering) in entering {
            let against = Against::parse(name, refused_removal).unwrap();
            for office in ["LEGAL", "ENFORCEMENT", "DISTRICT", "FOREIGN_REG", "CREDIT", "SYSTEM"] {
                let officer = Actor::person(office, "li").citing("济政复决〔2024〕1号");
                let may = table_of(&against).step(Pending, Annul, &officer).is_ok();
                assert_eq!(may, entering.contains(&office), "{against:?} {office}");
            }
        }
    }

    #[test]
    fn nothing_is_suspended_without_an_order_and_nothing_leads_out_of_an_outcome() {
        let officer = Actor::person("LEGAL", "lin");
        for table in [&AGAINST_ENTRY, &AGAINST_CASE] {
            assert!(matches!(table.step(Pending, Suspend, &officer), Err(Refused::BasisMissing { .. })));
            for state in [Upheld, Changed, Annulled, Discontinued] {
                assert_eq!(table.events_from(state).count(), 0, "{state:?}");
            }
        }
    }

    #[test]
    fn every_outcome_of_the_law_says_what_it_does() {
        let book = rulebook::Rulebook::builtin();
        let on = domain::parse_date("2026-03-02").unwrap();
        let found: Vec<_> =
            book.codes("remedy_outcome", on).map(|code| (code.code.as_str(), outcome(code))).collect();
        let expected = [
            ("Upheld", Some(Uphold)),
            ("Changed", Some(Change)),
            ("Annulled", Some(Annul)),
            ("Illegal", Some(Annul)),
            ("Void", Some(Annul)),
            ("Discontinued", Some(Discontinue)),
        ];
        assert_eq!(found, expected);
    }
}
