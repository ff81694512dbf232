//! Decision documents of penalties.

use std::collections::BTreeSet;

use contract::collection::v1 as pb;
use domain::RequestId;
use files::FileId;
use service::FieldErrors;

use super::text::{clear, clear_required};
use super::{Judge, request_id};
use crate::domain::NaturalId;
use crate::domain::decision::{MOST_BYTES, NewDecision, PublicText, problems_of};

/// Set of what is left out of a text before it becomes public.
const KINDS: &str = "redaction_kind";
/// Longest text for the public, in characters.
const LONGEST_TEXT: usize = 150_000;
/// Longest name of who examined it, in characters.
const LONGEST_REVIEWER: usize = 100;
/// Places in which something was left out, at most.
const MOST_PLACES: i32 = 10_000;

/// Reads a decision document that `officer` sends.
pub(crate) fn read_decision(
    judge: &Judge<'_>,
    officer: &str,
    sent: &pb::UploadDecisionDocumentRequest,
) -> Result<(RequestId, NewDecision), FieldErrors> {
    let mut errors = FieldErrors::default();
    let request_id = request_id(&mut errors, &sent.request_id);
    let record = errors.check("parent", NaturalId::from_name(&sent.parent, "records"));
    for (path, problem) in files::problems_of(&sent.media_type, &sent.content, MOST_BYTES) {
        errors.push(path, problem);
    }
    let text = read_text(judge, &mut errors, officer, sent);
    match (request_id, record) {
        (Some(request_id), Some(record)) if errors.is_empty() => {
            let new = NewDecision {
                record,
                original: FileId::of(&sent.content),
                media_type: sent.media_type.clone(),
                size_bytes: i64::try_from(sent.content.len()).unwrap_or(i64::MAX),
                text,
            };
            Ok((request_id, new))
        }
        _ => Err(errors),
    }
}

/// The text for the public, with everything that the law wants to be said about it; `None` where there is none.
fn read_text(
    judge: &Judge<'_>,
    errors: &mut FieldErrors,
    officer: &str,
    sent: &pb::UploadDecisionDocumentRequest,
) -> Option<PublicText> {
    let (mut text, mut reviewer) = (sent.text.clone(), sent.secrecy_reviewer.clone());
    clear(errors, "text", &mut text, LONGEST_TEXT);
    if text.is_empty() {
        for (path, is_given) in
            [("redactions", !sent.redactions.is_empty()), ("secrecy_reviewer", !reviewer.is_empty())]
        {
            if is_given {
                errors.push(path, "is about the text, and there is none");
            }
        }
        return None;
    }
    for problem in problems_of(&text) {
        errors.push("text", problem);
    }
    clear_required(errors, "secrecy_reviewer", &mut reviewer, LONGEST_REVIEWER);
    if reviewer == officer {
        errors.push("secrecy_reviewer", "must be another person than who uploads the text");
    }
    read_redactions(judge, errors, &sent.redactions);
    Some(PublicText { text, redactions: sent.redactions.clone(), secrecy_reviewer: reviewer })
}

/// Every kind in force is named once.
fn read_redactions(judge: &Judge<'_>, errors: &mut FieldErrors, sent: &[pb::Redaction]) {
    let mut named = BTreeSet::new();
    for (index, redaction) in sent.iter().enumerate() {
        let path = |field: &str| format!("redactions[{index}].{field}");
        judge.lawful_code(errors, &path("kind"), KINDS, &redaction.kind, judge.today);
        if !(0..=MOST_PLACES).contains(&redaction.places) {
            errors.push(path("places"), format!("is {}, not 0 to {MOST_PLACES}", redaction.places));
        }
        if !named.insert(redaction.kind.as_str()) {
            errors.push(path("kind"), "is named a second time");
        }
    }
    let missing: Vec<_> = judge
        .book
        .codes(KINDS, judge.today)
        .map(|code| code.code.as_str())
        .filter(|code| !named.contains(code))
        .collect();
    if !missing.is_empty() {
        errors.push("redactions", format!("does not say whether there was any: {}", missing.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use rulebook::Rulebook;

    use super::*;

    const TEXT: &str = "行政处罚决定书 济市监罚〔2026〕1号";

    fn whole() -> pb::UploadDecisionDocumentRequest {
        let book = Rulebook::builtin();
        let kinds = book.codes(KINDS, day());
        let redactions = kinds.map(|kind| pb::Redaction { kind: kind.code.clone(), places: 0 }).collect();
        pb::UploadDecisionDocumentRequest {
            parent: format!("records/{}", NaturalId::of("record", &["x"])),
            content: b"%PDF-1.7".to_vec(),
            media_type: "application/pdf".to_owned(),
            text: TEXT.to_owned(),
            redactions,
            secrecy_reviewer: "wang".to_owned(),
            request_id: "6f1c0a52-0f0e-4b7e-9d57-000000000001".to_owned(),
        }
    }

    fn day() -> chrono::NaiveDate {
        domain::parse_date("2026-03-02").unwrap()
    }

    fn faults(sent: &pb::UploadDecisionDocumentRequest) -> Vec<String> {
        let judge = Judge { book: &Rulebook::builtin(), today: day() };
        match read_decision(&judge, "li", sent) {
            Ok(_) => Vec::new(),
            Err(errors) => errors.iter().map(|error| error.path.clone()).collect(),
        }
    }

    #[test]
    fn a_text_comes_with_what_was_left_out_of_it_and_who_examined_it() {
        assert_eq!(faults(&whole()), [""; 0]);
        let bare = pb::UploadDecisionDocumentRequest {
            redactions: whole().redactions.split_off(1),
            secrecy_reviewer: "li".to_owned(),
            ..whole()
        };
        assert_eq!(faults(&bare), ["secrecy_reviewer", "redactions"]);
        let none = pb::UploadDecisionDocumentRequest { text: String::new(), ..whole() };
        assert_eq!(faults(&none), ["redactions", "secrecy_reviewer"]);
        let original = pb::UploadDecisionDocumentRequest {
            redactions: Vec::new(),
            secrecy_reviewer: String::new(),
            ..none
        };
        assert_eq!(faults(&original), [""; 0], "the text may follow");
    }

    #[test]
    fn a_kind_that_is_unknown_or_named_twice_and_a_number_out_of_bounds_are_refused() {
        let mut sent = whole();
        sent.redactions[1] = sent.redactions[0].clone();
        sent.redactions[2].kind = "names".to_owned();
        sent.redactions[3].places = -1;
        let expected = ["redactions[1].kind", "redactions[2].kind", "redactions[3].places", "redactions"];
        assert_eq!(faults(&sent), expected);
    }

    #[test]
    fn a_number_of_a_person_keeps_a_text_from_being_taken() {
        let sent =
            pb::UploadDecisionDocumentRequest { text: format!("{TEXT}\n电话13800138000"), ..whole() };
        assert_eq!(faults(&sent), ["text"]);
    }
}
