//! Parties without a code.

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use domain::{LegalName, Uscc};
use rulebook::Rulebook;
use service::FieldErrors;
use uuid::Uuid;

use super::enterprise::{code, day_not_ahead, division};
use super::patch::{paths, revision};
use super::timestamp;
use crate::domain::{Party, PartyContent, PartyField, PartyId, PartyPatch};

/// Reads `parties/{id}`.
pub(crate) fn parse_party_name(errors: &mut FieldErrors, path: &str, name: &str) -> Option<PartyId> {
    let id = name.strip_prefix("parties/").and_then(|id| Uuid::try_parse(id).ok());
    // One spelling only: the name is a key.
    let id = id.map(PartyId).filter(|id| id.name() == name);
    if id.is_none() {
        errors.push(path, "is not of the form `parties/{id}`, with a UUID in lower case");
    }
    id
}

/// Reads a party, and from which day it is true, where that is said; `None` when `errors` has got something.
pub(crate) fn parse_party(
    errors: &mut FieldErrors,
    sent: &pb::Party,
    book: &Rulebook,
    today: NaiveDate,
) -> Option<(PartyContent, Option<NaiveDate>)> {
    let since = day_not_ahead(errors, "effective_on", &sent.effective_on, today);
    let legal_name = errors.check("legal_name", LegalName::parse(&sent.legal_name));
    let party_kind = code(errors, "party_kind", &sent.party_kind, book, today);
    let division = division(errors, &sent.division);
    let related = related(errors, sent);
    let content = PartyContent {
        legal_name: Some(legal_name?),
        party_kind: party_kind?,
        division: division?,
        related: related?,
    };
    Some((content, since?))
}

/// The code of the enterprise in whose matter it is known; `Some(None)` for none.
fn related(errors: &mut FieldErrors, sent: &pb::Party) -> Option<Option<Uscc>> {
    match sent.related_uscc.as_str() {
        "" => Some(None),
        text => errors.check("related_uscc", Uscc::parse(text)).map(Some),
    }
}

/// Reads a change as it is to be on `today`; `None` when `errors` has got something.
pub(crate) fn parse_party_patch(
    errors: &mut FieldErrors,
    sent: &pb::UpdatePartyRequest,
    book: &Rulebook,
    today: NaiveDate,
) -> Option<PartyPatch> {
    let seen_revision = revision(errors, &sent.etag);
    let paths = paths(errors, sent.update_mask.as_ref());
    let party = errors.require("party", sent.party.as_ref())?;
    let mut part = FieldErrors::default();
    let id = parse_party_name(&mut part, "name", &party.name);
    let since = day_not_ahead(&mut part, "effective_on", &party.effective_on, today);
    let paths = paths?;
    let read = |path: &&str| field(errors, &mut part, path, party, (book, today));
    let fields: Vec<_> = paths.iter().filter_map(read).collect();
    errors.extend("party", part);
    let patch = PartyPatch { id: id?, fields, seen_revision: seen_revision?, since: since? };
    (patch.fields.len() == paths.len()).then_some(patch)
}

/// The field at `path` as sent. What is wrong with it goes to `part`, a path that cannot be changed to `errors`.
fn field(
    errors: &mut FieldErrors,
    part: &mut FieldErrors,
    path: &str,
    sent: &pb::Party,
    (book, today): (&Rulebook, NaiveDate),
) -> Option<PartyField> {
    Some(match path {
        "legal_name" => PartyField::LegalName(part.check(path, LegalName::parse(&sent.legal_name))?),
        "party_kind" => PartyField::PartyKind(code(part, path, &sent.party_kind, book, today)?),
        "division" => PartyField::Division(division(part, &sent.division)?),
        "related_uscc" => PartyField::Related(related(part, sent)?),
        _ => {
            errors.push("update_mask", format!("`{path}` is no field that can be changed"));
            return None;
        }
    })
}

/// The party as who may read it sees it.
pub(crate) fn party_to_pb(party: &Party) -> pb::Party {
    let content = &party.content;
    pb::Party {
        legal_name: content.legal_name.as_ref().map(ToString::to_string).unwrap_or_default(),
        related_uscc: content.related.as_ref().map(ToString::to_string).unwrap_or_default(),
        ..party_without_person(party)
    }
}

/// The party as others may keep it: nothing tells who it is.
pub(crate) fn party_without_person(party: &Party) -> pb::Party {
    pb::Party {
        name: party.id.name(),
        legal_name: String::new(),
        party_kind: party.content.party_kind.clone(),
        division: party.content.division.to_string(),
        related_uscc: String::new(),
        revision: party.revision,
        create_time: Some(timestamp(party.created_at)),
        erase_time: party.erased_at.map(timestamp),
        effective_on: party.effective_on.to_string(),
        etag: format!("\"{}\"", party.revision),
        update_time: Some(timestamp(party.updated_at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_spelling() {
        let mut errors = FieldErrors::default();
        let id = "0192d3a0-0000-7000-8000-00000000000a";
        assert!(parse_party_name(&mut errors, "name", &format!("parties/{id}")).is_some());
        for broken in [id.to_owned(), format!("parties/{}", id.to_uppercase()), "parties/1".to_owned()] {
            assert_eq!(parse_party_name(&mut errors, "name", &broken), None, "{broken}");
        }
    }

    #[test]
    fn a_change_reads_only_what_its_mask_names_and_says_all_that_is_wrong() {
        let today = domain::parse_date("2026-01-05").unwrap();
        let parse = |sent: &pb::UpdatePartyRequest| {
            let mut errors = FieldErrors::default();
            let patch = parse_party_patch(&mut errors, sent, &Rulebook::builtin(), today);
            patch.ok_or_else(|| errors.iter().map(|error| error.path.clone()).collect::<Vec<_>>())
        };
        let party = pb::Party {
            name: "parties/0192d3a0-0000-7000-8000-00000000000a".into(),
            legal_name: "王二小".into(),
            division: "x".into(),
            ..pb::Party::default()
        };
        let mask = |paths: &[&str]| prost_types::FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        };
        let mut sent = pb::UpdatePartyRequest {
            party: Some(party),
            update_mask: Some(mask(&["legal_name"])),
            etag: "\"2\"".into(),
            ..Default::default()
        };
        let name = PartyField::LegalName(LegalName::parse("王二小").unwrap());
        assert_eq!(parse(&sent).map(|patch| (patch.fields, patch.seen_revision)), Ok((vec![name], 2)));
        sent.update_mask = Some(mask(&["division", "erase_time", "party_kind"]));
        assert_eq!(parse(&sent).unwrap_err(), ["update_mask", "party.division", "party.party_kind"]);
        sent.update_mask = None;
        assert_eq!(parse(&sent).unwrap_err(), ["update_mask"]);
    }

    #[test]
    fn every_bad_field_is_named_at_once() {
        let mut errors = FieldErrors::default();
        let sent = pb::Party { division: "x".into(), related_uscc: "y".into(), ..pb::Party::default() };
        let today = domain::parse_date("2026-01-05").unwrap();
        assert_eq!(parse_party(&mut errors, &sent, &Rulebook::builtin(), today), None);
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["legal_name", "party_kind", "division", "related_uscc"]);
    }
}
