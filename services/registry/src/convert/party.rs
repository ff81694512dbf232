//! Parties without a code.

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use domain::{LegalName, Uscc};
use rulebook::Rulebook;
use service::FieldErrors;
use uuid::Uuid;

use super::enterprise::{code, division};
use super::timestamp;
use crate::domain::{Party, PartyContent, PartyId};

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

/// Reads a party; `None` when `errors` has got something.
pub(crate) fn parse_party(
    errors: &mut FieldErrors,
    sent: &pb::Party,
    book: &Rulebook,
    today: NaiveDate,
) -> Option<PartyContent> {
    let legal_name = errors.check("legal_name", LegalName::parse(&sent.legal_name));
    let party_kind = code(errors, "party_kind", &sent.party_kind, book, today);
    let division = division(errors, &sent.division);
    let related = match sent.related_uscc.as_str() {
        "" => Some(None),
        text => errors.check("related_uscc", Uscc::parse(text)).map(Some),
    };
    Some(PartyContent {
        legal_name: Some(legal_name?),
        party_kind: party_kind?,
        division: division?,
        related: related?,
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
    fn every_bad_field_is_named_at_once() {
        let mut errors = FieldErrors::default();
        let sent = pb::Party { division: "x".into(), related_uscc: "y".into(), ..pb::Party::default() };
        let today = domain::parse_date("2026-01-05").unwrap();
        assert_eq!(parse_party(&mut errors, &sent, &Rulebook::builtin(), today), None);
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["legal_name", "party_kind", "division", "related_uscc"]);
    }
}
