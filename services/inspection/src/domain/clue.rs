//! Visits that follow a clue: complaints and reports, what other bodies hand over, warnings, campaigns (国发〔2019〕5号). Whom they visit is
//! named and not drawn; who inspects is assigned, under the rules by which others are drawn.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use domain::{DivisionCode, Uscc};

use super::{Inspector, InspectorNo, NewTask, Recusal};

/// The code set of grounds.
pub const GROUND_SET: &str = "clue_ground";

/// Why a task visits whom it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clue {
    /// Code of the set [`GROUND_SET`].
    pub ground: String,
    /// What it is found by: the name of a ticket, a signal or a credit record, or a number of outside, such as that of a letter; 1 to 100
    /// characters.
    pub reference: String,
}

/// What the names of tickets and signals begin with.
const SOURCES: [&str; 2] = ["tickets/", "signals/"];
/// What the names of credit records begin with.
const RECORDS: &str = "records/";

impl Clue {
    /// Whether it is found by the name of a ticket or a signal. Other references, such as numbers of letters, say nothing to whoever does
    /// not have the letter.
    pub fn names_source(&self) -> bool {
        SOURCES.iter().any(|source| self.reference.starts_with(source))
    }

    /// Whether it is found by the name of a credit record.
    pub fn names_record(&self) -> bool {
        self.reference.starts_with(RECORDS)
    }
}

/// Who inspects an enterprise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The enterprise.
    pub uscc: Uscc,
    /// Its inspectors, the leading one first.
    pub inspectors: Vec<InspectorNo>,
}

/// What an assignment is judged by.
#[derive(Clone, Debug)]
pub struct Staffing<'a> {
    /// The task.
    pub scope: &'a NewTask,
    /// Whom inspectors can be assigned to, with their divisions.
    pub open: &'a BTreeMap<Uscc, DivisionCode>,
    /// The directory, at least of whom is assigned.
    pub inspectors: &'a [Inspector],
    /// Who may not inspect whom, at least of whom is assigned.
    pub recusals: &'a [Recusal],
    /// How many other visits of the task each inspector makes.
    pub others: &'a BTreeMap<InspectorNo, u32>,
    /// The day of the assignment.
    pub day: NaiveDate,
}

/// What is wrong, and with which field of the request.
pub type Problem = (String, String);

impl Staffing<'_> {
    /// Everything that keeps inspectors from these visits: as many as the law asks for, each once, the first of the office that leads,
    /// certificates, divisions, recusals and the most visits of each (order 49 art 23, order 57 art 19).
    pub fn problems(&self, assignments: &[Assignment]) -> Vec<Problem> {
        let mut problems = Vec::new();
        let (mut named, mut assigned) = (BTreeSet::new(), BTreeSet::new());
        let mut visits = self.others.clone();
        for (at, one) in assignments.iter().enumerate() {
            let path = |part: &str| format!("assignments[{at}].{part}");
            if !named.insert(&one.uscc) {
                problems.push((path("uscc"), "stands twice".to_owned()));
            }
            let Some(division) = self.open.get(&one.uscc) else {
                problems.push((path("uscc"), "has no visit of the task that is still to begin".to_owned()));
                continue;
            };
            let fewest = self.scope.per_object as usize;
            if one.inspectors.iter().collect::<BTreeSet<_>>().len() < fewest {
                let problem = format!("must name at least {fewest} different inspectors");
                problems.push((path("inspector_nos"), problem));
            }
            for (slot, no) in one.inspectors.iter().enumerate() {
                let place = || path(&format!("inspector_nos[{slot}]"));
                if one.inspectors.iter().take(slot).any(|before| before == no) {
                    problems.push((place(), "stands twice".to_owned()));
                    continue;
                }
                *visits.entry(no.clone()).or_default() += 1;
                assigned.insert(no);
                if let Some(problem) = self.problem((no, slot), (&one.uscc, division)) {
                    problems.push((place(), problem));
                }
            }
        }
        // Of whoever makes too many visits by now and gets no other, nothing is asked.
        let capped = visits.iter().filter(|(no, _)| assigned.contains(no));
        problems.extend(capped.filter_map(|(no, visits)| self.over_cap(no, *visits)));
        problems
    }

    /// What keeps an inspector from a slot of a visit.
    fn problem(
        &self,
        (no, slot): (&InspectorNo, usize),
        (uscc, division): (&Uscc, &DivisionCode),
    ) -> Option<String> {
        let Some(inspector) = self.inspectors.iter().find(|one| one.no == *no) else {
            return Some(format!("`{no}` is not in the directory"));
        };
        let lead = &self.scope.lead_office;
        if !inspector.can_be_drawn(&self.scope.field, self.day) {
            let field = &self.scope.field;
            Some(format!("`{no}` is not available, or has no certificate of `{field}` that is valid"))
        } else if !inspector.divisions.iter().any(|own| own.covers(division)) {
            Some(format!("`{no}` does not work in division `{division}`"))
        } else if self.recusals.iter().any(|one| one.inspector_no == *no && one.uscc == *uscc) {
            Some(format!("`{no}` is recused from the enterprise"))
        } else if slot == 0 && inspector.office != *lead {
            Some(format!("`{no}` is not of office `{lead}`, which leads"))
        } else {
            None
        }
    }

    fn over_cap(&self, no: &InspectorNo, visits: u32) -> Option<Problem> {
        let inspector = self.inspectors.iter().find(|one| one.no == *no)?;
        let problem =
            || format!("`{no}` would make {visits} visits of the task, and makes {} at most", inspector.cap);
        (visits > inspector.cap).then(|| ("assignments".to_owned(), problem()))
    }
}

#[cfg(test)]
mod tests {
    use domain::{FieldCode, OfficeCode};

    use super::*;
    use crate::domain::Stratification;
    use crate::domain::testing::uscc;

    fn day() -> NaiveDate {
        "2026-11-10".parse().unwrap()
    }

    fn no(number: usize) -> InspectorNo {
        InspectorNo::parse(&format!("JN{number}")).unwrap()
    }

    fn inspector(number: usize, office: &str) -> Inspector {
        Inspector {
            no: no(number),
            office: OfficeCode::parse(office).unwrap(),
            fields: vec![FieldCode::parse("FOOD").unwrap()],
            divisions: vec![DivisionCode::parse("370102").unwrap()],
            cap: 1,
            certificate_valid_to: day(),
            available: true,
        }
    }

    fn scope() -> NewTask {
        NewTask {
            title: "投诉举报核查".into(),
            field: FieldCode::parse("FOOD").unwrap(),
            divisions: Vec::new(),
            stratify: Stratification::ALL,
            per_object: 2,
            lead_office: OfficeCode::parse("FOOD_PROD").unwrap(),
            items: Vec::new(),
            full_check: false,
            plan_item: None,
            joins: None,
            clue: Some(Clue { ground: "Complaint".into(), reference: "12345-1".into() }),
            end_on: None,
        }
    }

    /// The paths of what is wrong, where the first enterprise lies where the inspectors work and the second does not.
    fn problems(assignments: &[(usize, &[usize])]) -> Vec<String> {
        let division = |code: &str| DivisionCode::parse(code).unwrap();
        let open = [(uscc(1), division("370102")), (uscc(2), division("370103"))].into();
        let staff = ["FOOD_PROD", "FOOD_PROD", "DISTRICT", "DISTRICT", "FOOD_PROD"];
        let mut inspectors: Vec<_> =
            staff.iter().enumerate().map(|(number, office)| inspector(number, office)).collect();
        inspectors[3].available = false;
        let recusal =
            Recusal { inspector_no: no(4), uscc: uscc(1), relation: String::new(), reason: String::new() };
        let staffing = Staffing {
            scope: &scope(),
            open: &open,
            inspectors: &inspectors,
            recusals: &[recusal],
            // More than the cap allows by now.
            others: &[(no(1), 2)].into(),
            day: day(),
        };
        let assignment = |(enterprise, inspectors): &(usize, &[usize])| Assignment {
            uscc: uscc(*enterprise),
            inspectors: inspectors.iter().map(|number| no(*number)).collect(),
        };
        let assignments: Vec<_> = assignments.iter().map(assignment).collect();
        staffing.problems(&assignments).into_iter().map(|(path, _)| path).collect()
    }

    #[test]
    fn two_who_may_inspect_and_of_whom_the_first_is_of_the_office_that_leads_are_assigned() {
        assert_eq!(
            problems(&[(1, &[0, 2])]),
            Vec::<String>::new(),
            "whose cap is used up elsewhere is not asked"
        );
    }

    #[test]
    fn nobody_is_assigned_whom_a_draw_would_not_have_drawn() {
        let first = "assignments[0].inspector_nos[0]";
        let second = "assignments[0].inspector_nos[1]";
        assert_eq!(problems(&[(1, &[2, 0])]), [first], "the office that leads comes first");
        assert_eq!(problems(&[(1, &[0, 3])]), [second], "not available");
        assert_eq!(problems(&[(1, &[0, 4])]), [second], "recused");
        assert_eq!(problems(&[(1, &[0, 9])]), [second], "nobody knows them");
        assert_eq!(problems(&[(2, &[0, 2])]), [first, second], "they work elsewhere");
        assert_eq!(problems(&[(1, &[0, 1])]), ["assignments"], "the cap of one of them is used up");
        for few in [&[0][..], &[0, 0]] {
            assert!(problems(&[(1, few)]).contains(&"assignments[0].inspector_nos".to_owned()), "{few:?}");
        }
        assert_eq!(problems(&[(1, &[0, 2, 0])]), ["assignments[0].inspector_nos[2]"], "each comes once");
        assert_eq!(problems(&[(7, &[0, 2])]), ["assignments[0].uscc"]);
        assert!(problems(&[(1, &[0, 2]), (1, &[0, 2])]).contains(&"assignments[1].uscc".to_owned()));
    }
}
