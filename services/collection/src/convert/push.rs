//! What officers say of penalties of parties of other provinces.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use domain::{DivisionCode, DocumentNumber, RequestId};
use service::FieldErrors;

use super::{Judge, remark, request_id};
use crate::domain::NaturalId;
use crate::store::{Letter, PushAct, PushStep};

/// Reads a step, with the legal basis that the officer cites; empty for none.
pub(crate) fn read_push(
    judge: &Judge<'_>,
    sent: &pb::AdvanceProvincePushRequest,
) -> Result<(RequestId, String, PushStep), FieldErrors> {
    let mut errors = FieldErrors::default();
    let request_id = request_id(&mut errors, &sent.request_id);
    let id = errors.check("name", NaturalId::from_name(&sent.name, "records"));
    let division = errors.check_optional("division", &sent.division, DivisionCode::parse);
    let on = match sent.effective_on.as_str() {
        "" => Some(judge.today),
        text => judge.past_day(&mut errors, "effective_on", text),
    };
    let moves_record = matches!(sent.event.as_str(), "Place" | "FindHere");
    let reason = given(&mut errors, "reason", &sent.reason, moves_record);
    let legal_basis = given(&mut errors, "legal_basis", &sent.legal_basis, false);
    let what = match sent.event.as_str() {
        "Place" => Some(PushAct::Place(division)),
        "Push" => letter(&mut errors, sent, on).map(PushAct::Push),
        "Acknowledge" => on.map(PushAct::Acknowledge),
        "Tell" => letter(&mut errors, sent, on).map(PushAct::Tell),
        "FindHere" => Some(PushAct::FindHere),
        _ => {
            errors.push("event", "is not one of Place, Push, Acknowledge, Tell, FindHere");
            None
        }
    };
    match (request_id, id, what) {
        (Some(request_id), Some(id), Some(what)) if errors.is_empty() => {
            Ok((request_id, legal_basis, PushStep { id, what, reason }))
        }
        _ => Err(errors),
    }
}

fn letter(
    errors: &mut FieldErrors,
    sent: &pb::AdvanceProvincePushRequest,
    on: Option<NaiveDate>,
) -> Option<Letter> {
    let document_no = errors.check("document_no", DocumentNumber::parse(&sent.document_no));
    document_no.zip(on).map(|(document_no, sent_on)| Letter { document_no, sent_on })
}

/// A text of at most 500 characters, which may be empty where nothing asks for it.
fn given(errors: &mut FieldErrors, path: &str, text: &str, asked: bool) -> String {
    if text.trim().is_empty() && !asked { String::new() } else { remark(errors, path, text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(sent: pb::AdvanceProvincePushRequest) -> Vec<String> {
        let judge =
            Judge { book: &rulebook::Rulebook::builtin(), today: domain::parse_date("2026-03-02").unwrap() };
        let sent = pb::AdvanceProvincePushRequest {
            name: format!("records/{}", "a".repeat(32)),
            request_id: "6f1c0a52-0f0e-4b7e-9d57-000000000001".to_owned(),
            ..sent
        };
        let read = read_push(&judge, &sent);
        read.err().map_or_else(Vec::new, |errors| errors.iter().map(|error| error.path.clone()).collect())
    }

    fn event(event: &str) -> pb::AdvanceProvincePushRequest {
        pb::AdvanceProvincePushRequest { event: event.to_owned(), ..Default::default() }
    }

    #[test]
    fn each_event_asks_for_what_it_needs() {
        assert_eq!(faults(event("Place")), ["reason"]);
        assert_eq!(faults(event("FindHere")), ["reason"]);
        assert_eq!(faults(event("Push")), ["document_no"]);
        assert_eq!(faults(event("Tell")), ["document_no"]);
        assert_eq!(faults(event("Acknowledge")), [""; 0]);
        assert_eq!(faults(event("End")), ["event"], "what follows is nobody's to say");
    }

    #[test]
    fn no_letter_is_of_tomorrow() {
        let sent = pb::AdvanceProvincePushRequest {
            document_no: "济市监函〔2026〕1号".to_owned(),
            effective_on: "2026-03-03".to_owned(),
            ..event("Push")
        };
        assert_eq!(faults(sent), ["effective_on"]);
    }
}
