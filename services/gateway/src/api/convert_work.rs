//! Requests about work lists: protobuf to domain, all faults at once.

use contract::{
    common::v1::ListWorkRequest,
    gateway::v1::{CountDutiesRequest, ListDutiesRequest},
};
use db::{Fingerprint, page_size};
use rulebook::Rulebook;
use service::{FieldErrors, auth::Caller, filter};

use crate::{
    Error,
    work::{Places, Question},
};

/// Default and bound of a page, as the contract says.
const PAGE: (u32, u32) = (50, 500);

/// Reads which page of which duties is asked for.
pub(crate) fn list_duties(
    sent: ListDutiesRequest,
    caller: &Caller,
    book: &Rulebook,
) -> Result<Question, Error> {
    let fingerprint = Fingerprint::of(&[
        caller.subject(),
        &sent.office,
        if sent.only_overdue { "overdue" } else { "" },
        if sent.only_passed_up { "passed up" } else { "" },
        &sent.field,
        &sent.division,
    ]);
    let mut errors = FieldErrors::default();
    filter::office(&mut errors, ("office", &sent.office), book);
    filter::field(&mut errors, &sent.field, book);
    filter::division(&mut errors, &sent.division, &caller.scope());
    let size = errors.check("page_size", page_size(sent.page_size, PAGE.0, PAGE.1));
    let places = errors.check("page_token", Places::decode(&sent.page_token, fingerprint));
    let (Some(size), Some(places)) = (size, places) else { return Err(errors.into()) };
    errors.into_result()?;
    let size = u16::try_from(size).unwrap_or(u16::MAX);
    let asked = ListWorkRequest {
        office: sent.office,
        only_overdue: sent.only_overdue,
        only_passed_up: sent.only_passed_up,
        field: sent.field,
        division: sent.division,
        page_size: size.into(),
        ..ListWorkRequest::default()
    };
    Ok(Question { asked, size: size.into(), fingerprint, places })
}

/// Reads whose duties are counted; empty for all that the caller may see.
pub(crate) fn count_duties(sent: &CountDutiesRequest, book: &Rulebook) -> Result<String, Error> {
    let mut errors = FieldErrors::default();
    let office = filter::office(&mut errors, ("office", &sent.office), book);
    errors.into_result()?;
    Ok(office.map(|office| office.to_string()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use domain::{DivisionCode, OfficeCode};
    use service::auth::Fields;
    use tonic::Status;
    use tonic_types::StatusExt;

    use super::*;

    fn caller(person: &str) -> Caller {
        let credit = OfficeCode::parse("CREDIT").unwrap();
        Caller::new(person, "", credit, Fields::All, vec![DivisionCode::parse("370100").unwrap()], "token")
    }

    fn asked(sent: ListDutiesRequest, person: &str) -> Result<Question, Error> {
        list_duties(sent, &caller(person), &Rulebook::builtin())
    }

    #[test]
    fn every_fault_of_a_request_is_named_and_a_code_that_nobody_knows_is_one() {
        for (office, field, division) in [("no office", "?", "1"), ("NOBODY", "FOO", "370200")] {
            let sent = ListDutiesRequest {
                office: office.into(),
                field: field.into(),
                division: division.into(),
                page_size: -1,
                page_token: "AAAA".into(),
                ..ListDutiesRequest::default()
            };
            let refused = Status::from(asked(sent, "wang").unwrap_err());
            let fields = refused.get_details_bad_request().unwrap().field_violations;
            let fields: Vec<_> = fields.iter().map(|violation| violation.field.as_str()).collect();
            assert_eq!(fields, ["office", "field", "division", "page_size", "page_token"]);
        }
        let counted =
            |office: &str| count_duties(&CountDutiesRequest { office: office.into() }, &Rulebook::builtin());
        assert!(counted("NOBODY").is_err());
        assert_eq!(counted("CREDIT").unwrap(), "CREDIT");
    }

    #[test]
    fn a_page_goes_on_for_the_same_caller_and_the_same_question() {
        let sent = ListDutiesRequest { field: "FOOD".into(), page_size: 9, ..ListDutiesRequest::default() };
        let first = asked(sent.clone(), "wang").unwrap();
        assert_eq!((first.size, first.asked.page_size, first.asked.field.as_str()), (9, 9, "FOOD"));
        let page_token = first.places.encode(first.fingerprint);
        let next = ListDutiesRequest { page_token, ..sent };
        assert!(asked(next.clone(), "wang").is_ok());
        assert!(asked(next.clone(), "li").is_err());
        assert!(asked(ListDutiesRequest { only_overdue: true, ..next }, "wang").is_err());
    }
}
