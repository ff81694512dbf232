//! Objections and answers, as officers write them.

use contract::collection::v1 as pb;
use contract::descriptors;
use domain::RequestId;
use prost::Name;
use service::FieldErrors;

use super::{Judge, read_record_at, remark, request_id};
use crate::domain::NaturalId;
use crate::store::{NewObjection, ProposedAnswer};

/// Most contested fields of one objection.
const MOST_FIELDS: usize = 50;

/// Reads an objection to lodge.
pub(crate) fn read_objection(
    judge: &Judge<'_>,
    sent: &pb::LodgeObjectionRequest,
) -> Result<(RequestId, NewObjection), FieldErrors> {
    let mut errors = FieldErrors::default();
    let request_id = request_id(&mut errors, &sent.request_id);
    let objection = errors.require("objection", sent.objection.as_ref());
    let Some(objection) = objection else { return Err(errors) };
    let record = errors.check("objection.record", NaturalId::from_name(&objection.record, "records"));
    let (path, set) = ("objection.objector", "objector");
    judge.lawful_code(&mut errors, path, set, &objection.objector, judge.today);
    contested(&mut errors, &objection.contested_fields);
    let grounds = remark(&mut errors, "objection.grounds", objection.grounds.clone());
    match (request_id, record) {
        (Some(request_id), Some(record)) if errors.is_empty() => {
            let (objector, contested_fields) =
                (objection.objector.clone(), objection.contested_fields.clone());
            Ok((request_id, NewObjection { record, objector, contested_fields, grounds }))
        }
        _ => Err(errors),
    }
}

/// Contested fields are fields of a record, each named once.
fn contested(errors: &mut FieldErrors, paths: &[String]) {
    const AT: &str = "objection.contested_fields";
    if paths.is_empty() {
        errors.push(AT, "must be given");
    }
    if paths.len() > MOST_FIELDS {
        return errors.push(AT, format!("has more than {MOST_FIELDS} entries"));
    }
    for (index, path) in paths.iter().enumerate() {
        if !is_field(path) {
            errors.push(format!("{AT}[{index}]"), "is not a field of a record");
        } else if paths[..index].contains(path) {
            errors.push(format!("{AT}[{index}]"), "stands twice");
        }
    }
}

/// Whether a record has a field at this path: names of the contract, with dots between.
fn is_field(path: &str) -> bool {
    let mut message = descriptors().get_message_by_name(&pb::Record::full_name());
    for name in path.split('.') {
        let field = message.as_ref().and_then(|message| message.get_field_by_name(name));
        let Some(field) = field else { return false };
        message = field.kind().as_message().cloned();
    }
    true
}

/// Reads an answer to propose.
pub(crate) fn read_answer(
    judge: &Judge<'_>,
    sent: &pb::ProposeObjectionAnswerRequest,
) -> Result<(RequestId, ProposedAnswer), FieldErrors> {
    let mut errors = FieldErrors::default();
    let request_id = request_id(&mut errors, &sent.request_id);
    let id = errors.check("name", NaturalId::from_name(&sent.name, "objections"));
    let Some(mut answer) = errors.require("answer", sent.answer.clone()) else { return Err(errors) };
    answer.reasons = remark(&mut errors, "answer.reasons", answer.reasons);
    answer.legal_basis = remark(&mut errors, "answer.legal_basis", answer.legal_basis);
    let path = "answer.corrected_record";
    let corrected = match &answer.corrected_record {
        Some(_) if !answer.founded => {
            errors.push(path, "must be empty: the objection is not founded");
            None
        }
        Some(record) => read_record_at(judge, &mut errors, path, Some(record)),
        None => None,
    };
    match (request_id, id) {
        (Some(request_id), Some(id)) if errors.is_empty() => {
            Ok((request_id, ProposedAnswer { id, answer, corrected }))
        }
        _ => Err(errors),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contested_fields_are_fields_of_the_contract() {
        for (path, known) in [
            ("decided_on", true),
            ("penalty.fine_fen", true),
            ("provenance.producer", true),
            ("penalty", true),
            ("penalty.fine", false),
            ("decided_on.year", false),
            ("", false),
            ("penalty.", false),
        ] {
            assert_eq!(is_field(path), known, "{path}");
        }
    }

    #[test]
    fn each_contested_field_is_named_once_and_every_fault_is_told() {
        let faults = |paths: &[&str]| {
            let mut errors = FieldErrors::default();
            contested(&mut errors, &paths.iter().map(ToString::to_string).collect::<Vec<_>>());
            errors.iter().map(|error| (error.path.clone(), error.problem.clone())).collect::<Vec<_>>()
        };
        assert_eq!(faults(&["decided_on"]), []);
        assert_eq!(faults(&[])[0].1, "must be given");
        assert_eq!(faults(&vec!["decided_on"; 51])[0].1, "has more than 50 entries");
        let found = faults(&["decided_on", "x", "decided_on"]);
        let at = |index| format!("objection.contested_fields[{index}]");
        let expected = [(at(1), "is not a field of a record".to_owned()), (at(2), "stands twice".to_owned())];
        assert_eq!(found, expected);
    }
}
