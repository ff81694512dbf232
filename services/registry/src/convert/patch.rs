//! Changes of single fields of an enterprise.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use domain::{LegalName, Money};
use rulebook::Rulebook;
use service::FieldErrors;

use super::enterprise::{
    LONGEST_ADDRESS, LONGEST_AUTHORITY, LONGEST_PERSON, day_not_ahead, division, enterprise_kind, industry,
    parse_enterprise_name, registered_division, registration_state,
};
use super::free_text;
use crate::domain::{Enterprise, Field, Patch};

/// What stands for a content: its revision.
pub(super) fn etag(enterprise: &Enterprise) -> String {
    format!("\"{}\"", enterprise.revision)
}

/// Reads a change as it is to be on `today`; `None` when `errors` has got something.
pub(crate) fn parse_patch(
    errors: &mut FieldErrors,
    sent: &pb::UpdateEnterpriseRequest,
    book: &Rulebook,
    today: NaiveDate,
) -> Option<Patch> {
    let seen_revision = revision(errors, &sent.etag);
    let paths = paths(errors, sent.update_mask.as_ref());
    let enterprise = errors.require("enterprise", sent.enterprise.as_ref())?;
    let mut part = FieldErrors::default();
    let uscc = parse_enterprise_name(&mut part, "name", &enterprise.name);
    let since = day_not_ahead(&mut part, "effective_on", &enterprise.effective_on, today);
    let paths = paths?;
    let fields: Vec<_> =
        paths.iter().filter_map(|path| field(errors, &mut part, path, enterprise, (book, today))).collect();
    errors.extend("enterprise", part);
    let patch = Patch { uscc: uscc?, fields, seen_revision: seen_revision?, since: since? };
    (patch.fields.len() == paths.len()).then_some(patch)
}

pub(super) fn revision(errors: &mut FieldErrors, etag: &str) -> Option<i64> {
    if etag.is_empty() {
        return errors.require("etag", None);
    }
    let number = etag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let revision = number.and_then(|number| number.parse().ok());
    if revision.is_none() {
        errors.push("etag", "is not the `etag` of an entry");
    }
    revision
}

pub(super) fn paths<'s>(
    errors: &mut FieldErrors,
    mask: Option<&'s prost_types::FieldMask>,
) -> Option<BTreeSet<&'s str>> {
    let paths: BTreeSet<_> = mask.into_iter().flat_map(|mask| &mask.paths).map(String::as_str).collect();
    if paths.is_empty() {
        errors.push("update_mask", "must name at least one field");
        return None;
    }
    Some(paths)
}

/// The field at `path` as sent. What is wrong with it goes to `part`, a path that cannot be changed to `errors`.
fn field(
    errors: &mut FieldErrors,
    part: &mut FieldErrors,
    path: &str,
    sent: &pb::Enterprise,
    (book, today): (&Rulebook, NaiveDate),
) -> Option<Field> {
    Some(match path {
        "legal_name" => Field::LegalName(part.check(path, LegalName::parse(&sent.legal_name))?),
        "party_kind" => Field::PartyKind(enterprise_kind(part, &sent.party_kind, book, today)?),
        "division" => Field::Division(division(part, &sent.division)?),
        "registered_division" => {
            Field::RegisteredDivision(registered_division(part, &sent.registered_division)?)
        }
        "registering_authority" => Field::RegisteringAuthority(free_text(
            part,
            path,
            &sent.registering_authority,
            LONGEST_AUTHORITY,
        )?),
        "industry" => Field::Industry(industry(part, &sent.industry)?),
        "address" => Field::Address(free_text(part, path, &sent.address, LONGEST_ADDRESS)?),
        "established_on" => Field::EstablishedOn(day_not_ahead(part, path, &sent.established_on, today)?),
        "capital_fen" => Field::Capital(part.check(path, Money::from_fen(sent.capital_fen))?),
        "registration_state" => {
            Field::RegistrationState(registration_state(part, &sent.registration_state, book, today)?)
        }
        "foreign_invested" => Field::ForeignInvested(sent.foreign_invested),
        "legal_representative" => {
            Field::LegalRepresentative(free_text(part, path, &sent.legal_representative, LONGEST_PERSON)?)
        }
        _ => {
            errors.push("update_mask", format!("`{path}` is no field that can be changed"));
            return None;
        }
    })
}

#[cfg(test)]
mod tests {
    use domain::parse_date;

    use super::*;

    fn request(paths: &[&str]) -> pb::UpdateEnterpriseRequest {
        let enterprise = pb::Enterprise {
            name: "enterprises/91370102MA3C00011F".into(),
            legal_name: "济南乙食品有限公司".into(),
            division: "370181".into(),
            ..pb::Enterprise::default()
        };
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let update_mask = Some(prost_types::FieldMask { paths });
        pb::UpdateEnterpriseRequest {
            enterprise: Some(enterprise),
            update_mask,
            etag: "\"3\"".into(),
            ..Default::default()
        }
    }

    fn parse(request: &pb::UpdateEnterpriseRequest) -> Result<Patch, Vec<String>> {
        let mut errors = FieldErrors::default();
        let today = parse_date("2026-01-05").unwrap();
        let patch = parse_patch(&mut errors, request, &Rulebook::builtin(), today);
        patch.ok_or_else(|| errors.iter().map(|error| error.path.clone()).collect())
    }

    #[test]
    fn only_what_the_mask_names_is_read() {
        let patch = parse(&request(&["division", "division"])).unwrap();
        assert_eq!(patch.seen_revision, 3);
        let [Field::Division(division)] = patch.fields.as_slice() else { panic!("{patch:?}") };
        assert_eq!(division.as_str(), "370114", "a code that was given up is read as its successor");
    }

    #[test]
    fn every_field_that_an_officer_may_send_can_be_changed_and_no_other() {
        let sent = request(&["legal_name"]);
        for path in [
            "legal_name",
            "division",
            "registered_division",
            "registering_authority",
            "industry",
            "address",
            "established_on",
            "capital_fen",
            "registration_state",
            "foreign_invested",
            "legal_representative",
        ] {
            assert!(parse(&request(&[path])).is_ok(), "{path}");
        }
        for path in ["uscc", "name", "revision", "create_time", "etag", "*", "colour"] {
            assert_eq!(parse(&request(&[path])).unwrap_err(), ["update_mask"], "{path}");
        }
        let none = pb::UpdateEnterpriseRequest { update_mask: None, ..sent };
        assert_eq!(parse(&none).unwrap_err(), ["update_mask"]);
    }

    #[test]
    fn every_bad_field_is_named_at_once() {
        let mut bad = request(&["legal_name", "party_kind", "established_on"]);
        bad.etag = "3".into();
        let enterprise = bad.enterprise.as_mut().unwrap();
        enterprise.name = "91370102MA3C00011F".into();
        enterprise.legal_name = String::new();
        enterprise.established_on = "2026-01-06".into();
        enterprise.effective_on = "soon".into();
        let expected = [
            "etag",
            "enterprise.name",
            "enterprise.effective_on",
            "enterprise.established_on",
            "enterprise.legal_name",
            "enterprise.party_kind",
        ];
        assert_eq!(parse(&bad).unwrap_err(), expected);
    }
}
