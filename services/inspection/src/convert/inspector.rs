//! Inspectors and recusals.

use chrono::NaiveDate;
use contract::inspection::v1 as pb;
use domain::{OfficeCode, Uscc, parse_date};
use rulebook::Rulebook;
use service::FieldErrors;

use super::{divisions, field, known_code, sorted, text};
use crate::domain::inspector::RELATION_SET;
use crate::domain::{Inspector, InspectorNo, Recusal};

/// Most visits of one inspector in one task that make sense.
const LARGEST_CAP: i32 = 10_000;
/// Longest reason of a recusal, in characters.
const LONGEST_REASON: usize = 200;

/// Reads an inspector.
pub(crate) fn parse_inspector(
    errors: &mut FieldErrors,
    sent: Option<pb::Inspector>,
    book: &Rulebook,
) -> Option<Inspector> {
    let sent = errors.require("inspector", sent)?;
    let no = errors.check("inspector.inspector_no", InspectorNo::parse(&sent.inspector_no));
    let office = office(errors, "inspector.office", &sent.office, book);
    let fields = sent.fields.iter().enumerate();
    let fields =
        fields.map(|(at, code)| field(errors, &format!("inspector.fields[{at}]"), code, book)).collect();
    let fields = sorted(fields, errors, "inspector.fields");
    let divisions = divisions(errors, "inspector.divisions", &sent.divisions);
    for (path, empty) in
        [("inspector.fields", sent.fields.is_empty()), ("inspector.divisions", sent.divisions.is_empty())]
    {
        if empty {
            errors.push(path, "must name at least one");
        }
    }
    if !(1..=LARGEST_CAP).contains(&sent.cap) {
        errors.push("inspector.cap", format!("must be 1 to {LARGEST_CAP}"));
    }
    let valid_to = errors.check("inspector.certificate_valid_to", parse_date(&sent.certificate_valid_to));
    Some(Inspector {
        no: no?,
        office: office?,
        fields: fields?,
        divisions: divisions?,
        cap: u32::try_from(sent.cap).ok()?,
        certificate_valid_to: valid_to?,
        available: sent.available,
    })
}

/// Reads an office that the rulebook has.
pub(super) fn office(
    errors: &mut FieldErrors,
    path: &str,
    text: &str,
    book: &Rulebook,
) -> Option<OfficeCode> {
    let office = errors.check(path, OfficeCode::parse(text))?;
    if book.office(&office).is_none() {
        errors.push(path, format!("`{office}` is not an office of the rulebook"));
        return None;
    }
    Some(office)
}

/// The inspector as the API shows it.
pub(crate) fn inspector_to_pb(inspector: &Inspector) -> pb::Inspector {
    pb::Inspector {
        name: format!("inspectors/{}", inspector.no),
        inspector_no: inspector.no.to_string(),
        office: inspector.office.to_string(),
        fields: inspector.fields.iter().map(ToString::to_string).collect(),
        divisions: inspector.divisions.iter().map(ToString::to_string).collect(),
        cap: i32::try_from(inspector.cap).unwrap_or(LARGEST_CAP),
        certificate_valid_to: inspector.certificate_valid_to.to_string(),
        available: inspector.available,
    }
}

/// Reads a recusal that is declared on `today`.
pub(crate) fn parse_recusal(
    errors: &mut FieldErrors,
    sent: Option<pb::Recusal>,
    book: &Rulebook,
    today: NaiveDate,
) -> Option<Recusal> {
    let sent = errors.require("recusal", sent)?;
    let inspector_no = errors.check("recusal.inspector_no", InspectorNo::parse(&sent.inspector_no));
    let uscc = errors.check("recusal.uscc", Uscc::parse(&sent.uscc));
    let reason = text(errors, "recusal.reason", &sent.reason, (1, LONGEST_REASON));
    let relation = sent.relation;
    known_code(errors, "recusal.relation", &relation, (book, RELATION_SET, today));
    Some(Recusal { inspector_no: inspector_no?, uscc: uscc?, relation, reason: reason? })
}

/// The recusal as the API shows it.
pub(crate) fn recusal_to_pb(recusal: &Recusal) -> pb::Recusal {
    pb::Recusal {
        inspector_no: recusal.inspector_no.to_string(),
        uscc: recusal.uscc.to_string(),
        reason: recusal.reason.clone(),
        relation: recusal.relation.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bad_field_of_an_inspector_is_named_at_once() {
        let sent = pb::Inspector {
            inspector_no: "jn 1".into(),
            office: "NOBODY".into(),
            fields: vec!["FOOD".into(), "TOYS".into()],
            cap: 0,
            certificate_valid_to: "2026-02-30".into(),
            ..pb::Inspector::default()
        };
        let mut errors = FieldErrors::default();
        assert_eq!(parse_inspector(&mut errors, Some(sent), &Rulebook::builtin()), None);
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "inspector.inspector_no",
                "inspector.office",
                "inspector.fields[1]",
                "inspector.divisions",
                "inspector.cap",
                "inspector.certificate_valid_to"
            ]
        );
    }
    #[test]
    fn a_recusal_says_how_the_two_are_related_and_why() {
        let problems = |relation: &str, reason: &str| {
            let sent = pb::Recusal {
                inspector_no: "JN1".into(),
                uscc: "91370102MA3C00011F".into(),
                relation: relation.into(),
                reason: reason.into(),
            };
            let mut errors = FieldErrors::default();
            parse_recusal(&mut errors, Some(sent), &Rulebook::builtin(), "2026-11-01".parse().unwrap());
            errors.iter().map(|error| error.path.clone()).collect::<Vec<_>>()
        };
        assert_eq!(problems("Kinship", "配偶任法定代表人"), Vec::<String>::new());
        assert_eq!(problems("亲属", ""), ["recusal.reason", "recusal.relation"]);
    }
}
