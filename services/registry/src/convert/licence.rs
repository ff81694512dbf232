//! Licences, sent by hand or told by a permit record.

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use domain::{DivisionCode, FieldCode, Uscc, parse_date};
use rulebook::{Field, Rulebook};
use service::FieldErrors;

use super::licence_number::{number, sub_kinds_of};
use super::{free_text, timestamp};
use crate::domain::{Licence, LicenceContent};
use crate::store::RefusedPermit;

/// Longest scope of a licence, in characters.
const LONGEST_SCOPE: usize = 2_000;
/// Longest address of a production site, in characters.
const LONGEST_ADDRESS: usize = 300;
/// Longest name of a licensing authority, in characters.
const LONGEST_AUTHORITY: usize = 200;

/// The text fields of a licence as they came, whatever brought them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SentLicence<'a> {
    pub(crate) licence_no: &'a str,
    pub(crate) uscc: &'a str,
    pub(crate) field: &'a str,
    /// May be empty: then as the number says.
    pub(crate) sub_kinds: &'a [String],
    /// May be empty: then as the number says, where it says something.
    pub(crate) site_division: &'a str,
    pub(crate) site_address: &'a str,
    pub(crate) scope: &'a str,
    pub(crate) authority: &'a str,
    pub(crate) valid_from: &'a str,
    pub(crate) valid_to: &'a str,
    pub(crate) state: &'a str,
}

impl<'a> From<&'a pb::Licence> for SentLicence<'a> {
    fn from(sent: &'a pb::Licence) -> Self {
        Self {
            licence_no: &sent.licence_no,
            uscc: &sent.uscc,
            field: &sent.field,
            sub_kinds: &sent.sub_kinds,
            site_division: &sent.site_division,
            site_address: &sent.site_address,
            scope: &sent.scope,
            authority: &sent.authority,
            valid_from: &sent.valid_from,
            valid_to: &sent.valid_to,
            state: &sent.state,
        }
    }
}

/// Reads `licences/{licence_no}`.
pub(crate) fn parse_licence_name(errors: &mut FieldErrors, path: &str, name: &str) -> Option<String> {
    let number = name.strip_prefix("licences/").filter(|number| !number.is_empty());
    if number.is_none() {
        errors.push(path, "is not of the form `licences/{licence_no}`");
    }
    number.map(str::to_owned)
}

/// Reads a licence by the rules of `today`: number and content; `None` when `errors` has got something.
pub(crate) fn parse_licence(
    errors: &mut FieldErrors,
    sent: SentLicence<'_>,
    book: &Rulebook,
    today: NaiveDate,
) -> Option<(String, LicenceContent)> {
    let uscc = errors.check("uscc", Uscc::parse(sent.uscc));
    let field = field(errors, sent.field, book, today);
    let number = field.and_then(|field| number(errors, sent.licence_no, field, book));
    let sub_kinds = match (field, &number) {
        (Some(field), Some(number)) => {
            sub_kinds_of(errors, sent.sub_kinds, number.possible, field, book, today)
        }
        // What is wrong with the number says enough, unless sub-kinds were sent beside it.
        (Some(field), None) if !sent.sub_kinds.is_empty() => {
            sub_kinds_of(errors, sent.sub_kinds, &[], field, book, today)
        }
        _ => None,
    };
    let site_division = optional_division(errors, sent.site_division);
    let site_address = free_text(errors, "site_address", sent.site_address, LONGEST_ADDRESS);
    let scope = free_text(errors, "scope", sent.scope, LONGEST_SCOPE);
    let authority = free_text(errors, "authority", sent.authority, LONGEST_AUTHORITY);
    let term = term(errors, sent.valid_from, sent.valid_to);
    let state = state(errors, sent.state, book, today);
    let (valid_from, valid_to) = term?;
    let number = number?;
    let content = LicenceContent {
        uscc: uscc?,
        field: field?.code.clone(),
        sub_kinds: sub_kinds?,
        site_division: site_division?.or(number.site),
        site_address: site_address?,
        scope: scope?,
        authority: authority?,
        valid_from,
        valid_to,
        state: state?,
    };
    Some((number.text, content))
}

fn field<'a>(
    errors: &mut FieldErrors,
    sent: &str,
    book: &'a Rulebook,
    today: NaiveDate,
) -> Option<&'a Field> {
    let code = errors.check("field", FieldCode::parse(sent))?;
    let known = book.field(&code).filter(|field| field.effective.on(today));
    if known.is_none() {
        errors.push("field", format!("`{code}` is not a key field"));
    }
    known
}

fn optional_division(errors: &mut FieldErrors, sent: &str) -> Option<Option<DivisionCode>> {
    if sent.is_empty() {
        return Some(None);
    }
    errors.check("site_division", DivisionCode::parse(sent)).map(Some)
}

fn term(errors: &mut FieldErrors, from: &str, to: &str) -> Option<(NaiveDate, NaiveDate)> {
    let from = errors.check("valid_from", parse_date(from));
    let to = errors.check("valid_to", parse_date(to));
    let (from, to) = (from?, to?);
    if to < from {
        errors.push("valid_to", format!("lies before the first day of validity, {from}"));
        return None;
    }
    Some((from, to))
}

fn state(errors: &mut FieldErrors, sent: &str, book: &Rulebook, today: NaiveDate) -> Option<String> {
    const SET: &str = "licence_state";
    if book.code(SET, sent, today).is_some() {
        return Some(sent.to_owned());
    }
    let known: Vec<_> = book.codes(SET, today).map(|code| code.code.as_str()).collect();
    errors.push("state", format!("is not one of: {}", known.join(", ")));
    None
}

/// The licence in `state`: as decided, or as it reads on a day (see [`Licence::state_on`]).
pub(crate) fn licence_to_pb(licence: &Licence, state: &str) -> pb::Licence {
    let content = &licence.content;
    pb::Licence {
        name: licence.name(),
        licence_no: licence.licence_no.clone(),
        uscc: content.uscc.to_string(),
        field: content.field.to_string(),
        sub_kinds: content.sub_kinds.to_vec(),
        site_division: content.site_division.as_ref().map(ToString::to_string).unwrap_or_default(),
        valid_from: content.valid_from.to_string(),
        valid_to: content.valid_to.to_string(),
        state: state.to_owned(),
        source_record: licence.source_record.clone(),
        scope: content.scope.clone(),
        site_address: content.site_address.clone(),
        authority: content.authority.clone(),
        decided_on: licence.decided_on.to_string(),
        record_withdrawn_on: licence.vacated_on.map(|day| day.to_string()).unwrap_or_default(),
        revision: licence.revision,
    }
}

/// A refused permit as the API shows it.
pub(crate) fn refused_permit_to_pb(permit: &RefusedPermit) -> pb::RefusedPermit {
    pb::RefusedPermit {
        record: permit.record.clone(),
        uscc: permit.uscc.clone(),
        party_name: permit.party_name.clone(),
        field: permit.field.clone(),
        permit_no: permit.permit_no.clone(),
        division: permit.division.clone(),
        problem: permit.problem.clone(),
        refuse_time: Some(timestamp(permit.refused_at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOOD: SentLicence<'_> = SentLicence {
        licence_no: "SC12737011400238",
        uscc: "91370102MA3C00011F",
        field: "FOOD",
        sub_kinds: &[],
        site_division: "370114",
        site_address: "济南市章丘区一号路1号",
        scope: "保健食品",
        authority: "山东省市场监督管理局",
        valid_from: "2023-01-01",
        valid_to: "2027-12-31",
        state: "Valid",
    };

    fn parse(sent: SentLicence<'_>) -> Result<(String, LicenceContent), Vec<String>> {
        let mut errors = FieldErrors::default();
        let today = parse_date("2026-01-05").unwrap();
        let parsed = parse_licence(&mut errors, sent, &Rulebook::builtin(), today);
        parsed.ok_or_else(|| errors.iter().map(|error| error.path.clone()).collect())
    }

    #[test]
    fn sub_kinds_left_out_are_those_of_the_number() {
        assert_eq!(parse(FOOD).unwrap().1.sub_kinds.to_vec(), ["HealthFood"]);
        let install = SentLicence { licence_no: "TS3310123-2028", field: "SE", ..FOOD };
        assert_eq!(parse(install).unwrap().1.sub_kinds.to_vec(), ["SeAlter", "SeInstall", "SeRepair"]);
        let operators = SentLicence { licence_no: "TS6310123-2028", field: "SE", ..FOOD };
        assert_eq!(parse(operators).unwrap_err(), ["sub_kinds"]);
    }

    #[test]
    fn sub_kinds_of_the_details_go_before_those_of_the_number() {
        let details = ["OrdinaryFood".to_owned(), "HealthFood".to_owned()];
        let sent = SentLicence { sub_kinds: &details, ..FOOD };
        assert_eq!(parse(sent).unwrap().1.sub_kinds.to_vec(), ["HealthFood", "OrdinaryFood"]);
    }

    #[test]
    fn a_number_of_another_field_or_with_a_wrong_check_digit_is_refused() {
        assert_eq!(parse(SentLicence { field: "SE", ..FOOD }).unwrap_err(), ["licence_no"]);
        assert_eq!(
            parse(SentLicence { licence_no: "SC12737011400239", ..FOOD }).unwrap_err(),
            ["licence_no"]
        );
    }

    #[test]
    fn every_bad_field_is_named_at_once() {
        let bad = SentLicence {
            uscc: "x",
            field: "FISH",
            site_division: "1",
            site_address: "一号路\n1号",
            valid_from: "2027-12-32",
            valid_to: "soon",
            state: "Great",
            ..FOOD
        };
        assert_eq!(
            parse(bad).unwrap_err(),
            ["uscc", "field", "site_division", "site_address", "valid_from", "valid_to", "state"]
        );
        let reversed = SentLicence { valid_to: "2022-12-31", ..FOOD };
        assert_eq!(parse(reversed).unwrap_err(), ["valid_to"]);
    }

    #[test]
    fn a_site_left_out_is_that_of_the_number_where_the_number_names_one() {
        let site = |sent| parse(sent).unwrap().1.site_division.map(|code| code.to_string());
        assert_eq!(site(SentLicence { site_division: "370102", ..FOOD }).as_deref(), Some("370102"));
        assert_eq!(site(SentLicence { site_division: "", ..FOOD }).as_deref(), Some("370114"));
        let equipment = SentLicence { licence_no: "TS4210123-2028", field: "SE", site_division: "", ..FOOD };
        assert_eq!(site(equipment), None);
    }

    #[test]
    fn the_number_is_kept_in_its_clear_form() {
        for written in [" sc12737011400238 ", "ＳＣ１２７３７０１１４００２３８"] {
            let typed = SentLicence { licence_no: written, ..FOOD };
            assert_eq!(parse(typed).unwrap().0, "SC12737011400238", "{written}");
        }
    }
}
