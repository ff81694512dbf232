//! What the tests of several modules share.

use domain::{DivisionCode, FieldCode, Uscc};

use super::{InspectorNo, TaskName, Visit, VisitName};
use crate::machines::result::State;

/// A valid credit code for each number.
pub(crate) fn uscc(number: usize) -> Uscc {
    Uscc::compose("91370102", &format!("MA{number:06}")).unwrap()
}

/// The number behind a code that [`uscc`] made.
pub(crate) fn number_of(uscc: &Uscc) -> usize {
    uscc.as_str()[10..16].parse().unwrap()
}

/// A visit of one inspector for a task with a number, which nobody has made yet.
pub(crate) fn visit(task: i64, inspector: &str) -> Visit {
    Visit {
        name: VisitName { task: TaskName::new(2026, task), uscc: uscc(1) },
        field: FieldCode::parse("SE").unwrap(),
        division: DivisionCode::parse("370102").unwrap(),
        position: 0,
        inspectors: vec![InspectorNo::parse(inspector).unwrap()],
        state: State::NotEntered,
        settled: false,
        withdrawn: None,
        scanned_in: None,
        apart_for: String::new(),
        finding: None,
        entered_by: String::new(),
        review_reason: String::new(),
        publish_by: None,
        published_at: None,
        revision: 1,
        clue_led: false,
        assigned_on: None,
        party_name: String::new(),
    }
}
