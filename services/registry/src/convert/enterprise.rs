//! Enterprises.

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use domain::{DivisionCode, DivisionKind, LegalName, Money, Uscc, parse_date};
use rulebook::Rulebook;
use service::FieldErrors;

use super::{free_text, patch, timestamp};
use crate::domain::{Enterprise, Handed, Profile};
use crate::store::ImportRow;

/// Longest registered address, in characters.
pub(super) const LONGEST_ADDRESS: usize = 300;
/// Longest name of a registering authority, in characters.
pub(super) const LONGEST_AUTHORITY: usize = 200;
/// Longest name of a person, in characters.
pub(super) const LONGEST_PERSON: usize = 100;

/// Reads `enterprises/{uscc}`.
pub(crate) fn parse_enterprise_name(errors: &mut FieldErrors, path: &str, name: &str) -> Option<Uscc> {
    service::dossier::enterprise(errors, path, name)
}

/// Reads an enterprise as it is to be on `today`; `None` when `errors` has got something.
pub(crate) fn parse_enterprise(
    errors: &mut FieldErrors,
    sent: &pb::Enterprise,
    book: &Rulebook,
    today: NaiveDate,
) -> Option<Handed> {
    let uscc = errors.check("uscc", Uscc::parse(&sent.uscc));
    let legal_name = errors.check("legal_name", LegalName::parse(&sent.legal_name));
    let party_kind = enterprise_kind(errors, &sent.party_kind, book, today);
    let division = division(errors, &sent.division);
    let registered_division = registered_division(errors, &sent.registered_division);
    let authority =
        free_text(errors, "registering_authority", &sent.registering_authority, LONGEST_AUTHORITY);
    let industry = industry(errors, &sent.industry);
    let address = free_text(errors, "address", &sent.address, LONGEST_ADDRESS);
    let established_on = day_not_ahead(errors, "established_on", &sent.established_on, today);
    let capital = errors.check("capital_fen", Money::from_fen(sent.capital_fen));
    let registration_state = registration_state(errors, &sent.registration_state, book, today);
    let person = free_text(errors, "legal_representative", &sent.legal_representative, LONGEST_PERSON);
    let since = day_not_ahead(errors, "effective_on", &sent.effective_on, today);
    let profile = Profile {
        legal_name: legal_name?,
        party_kind: party_kind?,
        division: division?,
        registered_division: registered_division?,
        registering_authority: authority?,
        industry: industry?,
        address: address?,
        established_on: established_on?,
        capital: capital?,
        registration_state: registration_state?,
        foreign_invested: sent.foreign_invested,
        legal_representative: person?,
    };
    Some(Handed { uscc: uscc?, profile, since: since? })
}

/// Reads one row of an import; a row that is refused says why, field by field.
pub(crate) fn import_row(
    index: usize,
    sent: &pb::Enterprise,
    book: &Rulebook,
    today: NaiveDate,
) -> Result<ImportRow, Vec<pb::RejectedRow>> {
    let index = i32::try_from(index).unwrap_or(i32::MAX);
    let mut errors = FieldErrors::default();
    let row = parse_enterprise(&mut errors, sent, book, today);
    row.map(|handed| ImportRow { index, handed }).ok_or_else(|| {
        let rejected = |error: &service::error::FieldError| pb::RejectedRow {
            index,
            field: error.path.clone(),
            problem: error.problem.clone(),
        };
        errors.iter().map(rejected).collect()
    })
}

/// The bureaus that supervise are the city's own. A code that was given up stands for the division that took its place.
pub(super) fn division(errors: &mut FieldErrors, sent: &str) -> Option<DivisionCode> {
    let sent = errors.check("division", DivisionCode::parse(sent))?;
    let division = in_use(sent);
    if matches!(division.kind(), DivisionKind::Foreign | DivisionKind::Province) {
        errors.push("division", format!("`{division}` has no supervising bureau of this city"));
        return None;
    }
    Some(division)
}

/// The division that stands for `code` today.
pub(super) fn in_use(code: DivisionCode) -> DivisionCode {
    // The table has no cycles (a test of it holds that), so this ends.
    let mut code = code;
    while let Some(successor) = code.successor() {
        code = successor;
    }
    code
}

/// Who registered it may lie anywhere, and may be gone.
pub(super) fn registered_division(errors: &mut FieldErrors, sent: &str) -> Option<Option<DivisionCode>> {
    if sent.is_empty() {
        return Some(None);
    }
    errors.check("registered_division", DivisionCode::parse(sent)).map(Some)
}

/// A kind of party that holds a credit code: persons do not, and are registered as such.
pub(super) fn enterprise_kind(
    errors: &mut FieldErrors,
    sent: &str,
    book: &Rulebook,
    today: NaiveDate,
) -> Option<String> {
    const SET: &str = "party_kind";
    if book.code(SET, sent, today).is_some_and(|kind| kind.has_tag("person")) {
        errors.push(SET, format!("`{sent}` holds no credit code: register it as a party without one"));
        return None;
    }
    code(errors, SET, sent, book, today)
}

pub(super) fn code(
    errors: &mut FieldErrors,
    set: &str,
    sent: &str,
    book: &Rulebook,
    today: NaiveDate,
) -> Option<String> {
    if book.code(set, sent, today).is_some() {
        return Some(sent.to_owned());
    }
    errors
        .push(set, if sent.is_empty() { "must be given".to_owned() } else { unknown_code(set, book, today) });
    None
}

fn unknown_code(set: &str, book: &Rulebook, today: NaiveDate) -> String {
    let known: Vec<_> = book.codes(set, today).map(|code| code.code.as_str()).collect();
    format!("is not one of: {}", known.join(", "))
}

/// The state sent, or, where it is left out, the one that the rulebook lists first as active: in operation.
pub(super) fn registration_state(
    errors: &mut FieldErrors,
    sent: &str,
    book: &Rulebook,
    today: NaiveDate,
) -> Option<String> {
    const SET: &str = "registration_state";
    if !sent.is_empty() {
        return code(errors, SET, sent, book, today);
    }
    let active = book.codes(SET, today).find(|code| code.has_tag("active"));
    errors.require(SET, active).map(|code| code.code.clone())
}

/// GB/T 4754-2017: a section letter and up to four digits.
pub(super) fn industry(errors: &mut FieldErrors, sent: &str) -> Option<String> {
    let digits = sent.strip_prefix(|section| ('A'..='T').contains(&section));
    let well_formed =
        digits.is_some_and(|digits| digits.len() <= 4 && digits.bytes().all(|byte| byte.is_ascii_digit()));
    if sent.is_empty() || well_formed {
        return Some(sent.to_owned());
    }
    errors.push("industry", "is not a code of GB/T 4754 such as `C1491`");
    None
}

/// A day that may be left out and does not lie in the future.
pub(crate) fn day_not_ahead(
    errors: &mut FieldErrors,
    path: &str,
    sent: &str,
    today: NaiveDate,
) -> Option<Option<NaiveDate>> {
    if sent.is_empty() {
        return Some(None);
    }
    let day = errors.check(path, parse_date(sent))?;
    if day > today {
        errors.push(path, "lies in the future");
        return None;
    }
    Some(Some(day))
}

/// The enterprise as the API shows it.
pub(crate) fn enterprise_to_pb(enterprise: &Enterprise) -> pb::Enterprise {
    let profile = &enterprise.profile;
    pb::Enterprise {
        name: enterprise.name(),
        uscc: enterprise.uscc.to_string(),
        legal_name: profile.legal_name.to_string(),
        party_kind: profile.party_kind.clone(),
        division: profile.division.to_string(),
        industry: profile.industry.clone(),
        address: profile.address.clone(),
        established_on: profile.established_on.map(|day| day.to_string()).unwrap_or_default(),
        capital_fen: profile.capital.fen(),
        registration_state: profile.registration_state.clone(),
        foreign_invested: profile.foreign_invested,
        legal_representative: profile.legal_representative.clone(),
        revision: enterprise.revision,
        create_time: Some(timestamp(enterprise.created_at)),
        update_time: Some(timestamp(enterprise.updated_at)),
        registered_division: profile
            .registered_division
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        registering_authority: profile.registering_authority.clone(),
        effective_on: enterprise.effective_on.to_string(),
        etag: patch::etag(enterprise),
    }
}

/// The enterprise as others may keep it: without the name of its legal representative, which must stay erasable here.
pub(crate) fn enterprise_without_person(enterprise: &Enterprise) -> pb::Enterprise {
    pb::Enterprise { legal_representative: String::new(), ..enterprise_to_pb(enterprise) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent() -> pb::Enterprise {
        pb::Enterprise {
            uscc: "91370102MA3C00011F".into(),
            legal_name: "济南甲食品有限公司".into(),
            party_kind: "legal_or_unincorporated".into(),
            division: "370102".into(),
            industry: "C1491".into(),
            established_on: "2015-03-01".into(),
            capital_fen: 100,
            ..pb::Enterprise::default()
        }
    }

    fn parse(sent: &pb::Enterprise) -> Result<Profile, Vec<String>> {
        let mut errors = FieldErrors::default();
        let today = parse_date("2026-01-05").unwrap();
        let parsed = parse_enterprise(&mut errors, sent, &Rulebook::builtin(), today);
        parsed
            .map(|handed| handed.profile)
            .ok_or_else(|| errors.iter().map(|error| error.path.clone()).collect())
    }

    #[test]
    fn a_state_left_out_means_in_operation() {
        assert_eq!(parse(&sent()).unwrap().registration_state, "InOperation");
    }

    #[test]
    fn every_bad_field_is_named_at_once() {
        let bad = pb::Enterprise {
            uscc: "91370102MA3C00011G".into(),
            party_kind: "robot".into(),
            division: "999999".into(),
            industry: "1491C".into(),
            address: "街".repeat(301),
            established_on: "2026-01-06".into(),
            capital_fen: -1,
            registration_state: "Happy".into(),
            registered_division: "37".into(),
            effective_on: "2026-01-06".into(),
            legal_representative: "王\n二".into(),
            ..pb::Enterprise::default()
        };
        let expected = [
            "uscc",
            "legal_name",
            "party_kind",
            "division",
            "registered_division",
            "industry",
            "address",
            "established_on",
            "capital_fen",
            "registration_state",
            "legal_representative",
            "effective_on",
        ];
        assert_eq!(parse(&bad).unwrap_err(), expected);
    }

    #[test]
    fn a_division_outside_the_city_has_no_bureau_here() {
        for (code, fine) in
            [("370102", true), ("JN-GX", true), ("370100", true), ("370000", false), ("110105", false)]
        {
            assert_eq!(parse(&pb::Enterprise { division: code.into(), ..sent() }).is_ok(), fine, "{code}");
        }
    }

    #[test]
    fn a_division_that_was_given_up_is_read_as_the_one_in_its_place_and_who_registered_stays_as_written() {
        for (old, read) in
            [("370181", "370114"), ("371202", "370116"), ("371200", "370100"), ("370171", "JN-GX")]
        {
            let sent = pb::Enterprise { division: old.into(), registered_division: old.into(), ..sent() };
            let profile = parse(&sent).unwrap();
            assert_eq!(profile.division.as_str(), read);
            assert_eq!(profile.registered_division.unwrap().as_str(), old);
        }
        let moved_in = pb::Enterprise { registered_division: "110105".into(), ..sent() };
        assert_eq!(parse(&moved_in).unwrap().registered_division.unwrap().as_str(), "110105");
    }

    #[test]
    fn a_person_is_no_enterprise() {
        let person = pb::Enterprise { party_kind: "natural_person".into(), ..sent() };
        assert_eq!(parse(&person).unwrap_err(), ["party_kind"]);
    }

    #[test]
    fn industries_are_a_letter_and_up_to_four_digits() {
        for (text, fine) in [
            ("", true),
            ("C", true),
            ("C14", true),
            ("C1491", true),
            ("C14911", false),
            ("U1", false),
            ("粮", false),
        ] {
            assert_eq!(parse(&pb::Enterprise { industry: text.into(), ..sent() }).is_ok(), fine, "{text}");
        }
    }
}
