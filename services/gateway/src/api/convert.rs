//! Protobuf to domain and back; all faults of a request at once.

use contract::gateway::v1::{CheckPartyRequest, Profile};
use contract::punishment::v1 as punishment;
use domain::{Uscc, parse_date};
use service::FieldErrors;

use crate::{Error, parts::Parts};

/// Reads `enterprises/{uscc}/{view}`.
pub(crate) fn enterprise_of(name: &str, view: &str) -> Result<Uscc, Error> {
    let code = name
        .strip_prefix("enterprises/")
        .and_then(|rest| rest.strip_suffix(view))
        .and_then(|rest| rest.strip_suffix('/'));
    let Some(code) = code else {
        let problem = format!("must have the form `enterprises/{{uscc}}/{view}`");
        return Err(FieldErrors::one("name", problem).into());
    };
    Uscc::parse(code).map_err(|problem| FieldErrors::one("name", problem).into())
}

/// Reads a check of a party. Which purposes there are, punishment knows by the rulebook.
pub(crate) fn check_party(sent: CheckPartyRequest) -> Result<punishment::CheckPartyRequest, Error> {
    let mut errors = FieldErrors::default();
    let uscc = errors.check("uscc", Uscc::parse(&sent.uscc));
    if sent.purpose.is_empty() {
        errors.push("purpose", "must be given");
    }
    errors.check_optional("as_of", &sent.as_of, parse_date);
    errors.into_result()?;
    let uscc = uscc.map(|uscc| uscc.to_string()).unwrap_or_default();
    Ok(punishment::CheckPartyRequest {
        uscc,
        purpose: sent.purpose,
        as_of: sent.as_of,
        receipt: sent.receipt,
    })
}

/// The profile of an enterprise from its parts.
pub(crate) fn profile(uscc: &Uscc, parts: Parts) -> Profile {
    Profile {
        name: format!("enterprises/{uscc}/profile"),
        enterprise: parts.enterprise,
        licences: parts.licences,
        marks: parts.marks,
        commitments: parts.commitments,
        records: parts.records,
        tickets: parts.tickets,
        objections: parts.objections,
        remedies: parts.remedies,
        classes: parts.classes,
        flags: parts.flags,
        visits: parts.visits,
        rectifications: parts.rectifications,
        abnormal_entries: parts.abnormal_entries,
        serious_cases: parts.serious_cases,
        measures: parts.measures,
        repairs: parts.repairs,
        entry_remedies: parts.entry_remedies,
        check: parts.check,
        missing: parts.missing,
    }
}

#[cfg(test)]
mod tests {
    use tonic::Status;
    use tonic_types::StatusExt;

    use super::*;

    const USCC: &str = "91350100M000100Y43";

    fn fields(error: Error) -> Vec<String> {
        let violations = Status::from(error).get_details_bad_request().unwrap().field_violations;
        violations.into_iter().map(|violation| violation.field).collect()
    }

    #[test]
    fn a_name_is_that_of_its_view() {
        let name = format!("enterprises/{USCC}/profile");
        assert_eq!(enterprise_of(&name, "profile").unwrap().as_str(), USCC);
        for bad in ["", "enterprises/1/profile", &format!("enterprises/{USCC}"), &format!("{name}/x")] {
            assert_eq!(fields(enterprise_of(bad, "profile").unwrap_err()), ["name"], "{bad}");
        }
        assert!(enterprise_of(&name, "timeline").is_err());
    }

    #[test]
    fn every_fault_of_a_check_is_named() {
        let sent = CheckPartyRequest {
            uscc: "1".into(),
            purpose: String::new(),
            as_of: "yesterday".into(),
            ..CheckPartyRequest::default()
        };
        assert_eq!(fields(check_party(sent).unwrap_err()), ["uscc", "purpose", "as_of"]);
    }

    #[test]
    fn a_profile_keeps_every_part_that_was_had_and_names_the_others() {
        let missing = contract::gateway::v1::MissingPart { part: "classes".into(), ..Default::default() };
        let parts = Parts {
            tickets: vec![Default::default(); 2],
            commitments: vec![Default::default(); 3],
            rectifications: vec![Default::default(); 4],
            measures: vec![Default::default(); 5],
            repairs: vec![Default::default(); 6],
            entry_remedies: vec![Default::default(); 7],
            check: Some(Default::default()),
            missing: vec![missing],
            ..Parts::default()
        };
        let profile = profile(&Uscc::parse(USCC).unwrap(), parts);
        assert_eq!(profile.name, format!("enterprises/{USCC}/profile"));
        assert_eq!((profile.tickets.len(), profile.check.is_some()), (2, true));
        let lists = (profile.commitments.len(), profile.rectifications.len());
        assert_eq!((lists, profile.measures.len(), profile.repairs.len()), ((3, 4), 5, 6));
        assert_eq!(profile.entry_remedies.len(), 7);
        assert_eq!(profile.missing[0].part, "classes");
    }
}
