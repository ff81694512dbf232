//! Tasks that follow a clue, and who inspects for them.

use chrono::NaiveDate;
use contract::inspection::v1 as pb;
use domain::Uscc;
use rulebook::{RuleMissing, Rulebook};
use service::FieldErrors;

use super::task::parse_task;
use super::{known_code, text};
use crate::domain::clue::{Assignment, Clue, GROUND_SET};
use crate::domain::{InspectorNo, NewTask, Stratification};

/// Longest reference of a clue, in characters.
const LONGEST_REFERENCE: usize = 100;
/// Most enterprises that one task names.
const MOST_ENTERPRISES: usize = 200;
/// Most inspectors of one enterprise.
const MOST_INSPECTORS: usize = 64;

/// Reads a task that follows a clue, to create on `today`, and whom it visits.
///
/// # Errors
/// When the rulebook does not say how few inspectors an enterprise may have.
pub(crate) fn parse_clue_task(
    errors: &mut FieldErrors,
    sent: &pb::CreateClueTaskRequest,
    book: &Rulebook,
    today: NaiveDate,
) -> Result<Option<(NewTask, Vec<Uscc>)>, RuleMissing> {
    known_code(errors, "ground", &sent.ground, (book, GROUND_SET, today));
    let reference = text(errors, "reference", &sent.reference, (1, LONGEST_REFERENCE));
    let usccs = enterprises(errors, &sent.usccs);
    // Whom it visits is named: nothing of a draw is said.
    let everybody = Stratification::ALL;
    let task = sent.task.clone().map(|task| pb::Task {
        divisions: Vec::new(),
        stratify_by: everybody.word().to_owned(),
        uniform_percent: i32::try_from(everybody.percent()).unwrap_or(0),
        joins: String::new(),
        ..task
    });
    let task = parse_task(errors, task, book, today)?;
    let clue = reference.map(|reference| Clue { ground: sent.ground.clone(), reference });
    Ok(task.zip(usccs).map(|(task, usccs)| (NewTask { clue, ..task }, usccs)))
}

/// Reads whom a task visits: each once, at least one.
fn enterprises(errors: &mut FieldErrors, sent: &[String]) -> Option<Vec<Uscc>> {
    if !(1..=MOST_ENTERPRISES).contains(&sent.len()) {
        errors.push("usccs", format!("must name 1 to {MOST_ENTERPRISES} enterprises"));
        return None;
    }
    let mut usccs: Vec<Option<Uscc>> = Vec::with_capacity(sent.len());
    for (at, code) in sent.iter().enumerate() {
        let uscc = errors.check(format!("usccs[{at}]"), Uscc::parse(code));
        if uscc.is_some() && usccs.contains(&uscc) {
            errors.push(format!("usccs[{at}]"), "stands twice");
        }
        usccs.push(uscc);
    }
    usccs.into_iter().collect()
}

/// Reads who inspects whom.
pub(crate) fn parse_assignments(
    errors: &mut FieldErrors,
    sent: &[pb::InspectorAssignment],
) -> Option<Vec<Assignment>> {
    if !(1..=MOST_ENTERPRISES).contains(&sent.len()) {
        errors.push("assignments", format!("must have 1 to {MOST_ENTERPRISES} entries"));
        return None;
    }
    let assignments = sent.iter().enumerate().map(|(at, one)| {
        let uscc = errors.check(format!("assignments[{at}].uscc"), Uscc::parse(&one.uscc));
        if one.inspector_nos.len() > MOST_INSPECTORS {
            let problem = format!("must not name more than {MOST_INSPECTORS}");
            errors.push(format!("assignments[{at}].inspector_nos"), problem);
        }
        let nos = one.inspector_nos.iter().take(MOST_INSPECTORS).enumerate().map(|(slot, no)| {
            errors.check(format!("assignments[{at}].inspector_nos[{slot}]"), InspectorNo::parse(no))
        });
        let inspectors: Option<Vec<_>> = nos.collect::<Vec<_>>().into_iter().collect();
        Some(Assignment { uscc: uscc?, inspectors: inspectors? })
    });
    assignments.collect::<Vec<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent() -> pb::CreateClueTaskRequest {
        let task = pb::Task {
            title: "投诉举报核查".into(),
            field: "FOOD".into(),
            lead_office: "FOOD_PROD".into(),
            ..Default::default()
        };
        pb::CreateClueTaskRequest {
            task: Some(task),
            ground: "Complaint".into(),
            reference: "12345-20261101-7".into(),
            usccs: vec!["91370102MA3C00011F".into()],
            ..Default::default()
        }
    }

    fn problems(sent: &pb::CreateClueTaskRequest) -> Vec<String> {
        let mut errors = FieldErrors::default();
        let today = "2026-11-01".parse().unwrap();
        let parsed = parse_clue_task(&mut errors, sent, &Rulebook::builtin(), today).unwrap();
        assert_eq!(parsed.is_none(), !errors.is_empty());
        errors.iter().map(|error| error.path.clone()).collect()
    }

    #[test]
    fn a_clue_names_its_ground_what_it_is_found_by_and_enterprises_each_once() {
        assert_eq!(problems(&sent()), Vec::<String>::new());
        let nothing = pb::CreateClueTaskRequest {
            ground: "Rumour".into(),
            reference: String::new(),
            usccs: Vec::new(),
            ..sent()
        };
        assert_eq!(problems(&nothing), ["ground", "reference", "usccs"]);
        let code = "91370102MA3C00011F".to_owned();
        let twice = pb::CreateClueTaskRequest { usccs: vec![code.clone(), code], ..sent() };
        assert_eq!(problems(&twice), ["usccs[1]"]);
    }

    #[test]
    fn an_assignment_names_every_code_that_is_none() {
        let sent =
            pb::InspectorAssignment { uscc: "1".into(), inspector_nos: vec!["JN1".into(), "jn2".into()] };
        let mut errors = FieldErrors::default();
        assert_eq!(parse_assignments(&mut errors, &[sent]), None);
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["assignments[0].uscc", "assignments[0].inspector_nos[1]"]);
    }
}
