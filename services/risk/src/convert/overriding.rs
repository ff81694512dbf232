//! Overrides.

use chrono::{Months, NaiveDate};
use contract::risk::v1 as pb;
use domain::{DivisionCode, FieldCode, Uscc, parse_date};
use prost::Message;
use rulebook::Rulebook;
use service::FieldErrors;

use super::{class_name, parse_class_name, stated, timestamp};
use crate::domain::overriding::Override;
use crate::domain::parameters::{Parameters, Span};
use crate::store::NewOverride;

/// Kind of the event of an override that took a step.
pub(crate) const OVERRIDE_CHANGED: &str = "risk.override.changed";
/// How long an override may stand.
const LONGEST: &str = "risk.override.longest";
/// Longest identifier, in bytes.
const LONGEST_ID: usize = 40;

/// `enterprises/{uscc}/classes/{field}/overrides/{id}`.
pub(crate) fn override_name(of: &Override) -> String {
    override_name_of(&of.uscc, &of.field, &of.id)
}

/// The same, of its parts.
pub(crate) fn override_name_of(uscc: &str, field: &str, id: &str) -> String {
    format!("{}/overrides/{id}", class_name(uscc, field))
}

/// Reads `enterprises/{uscc}/classes/{field}/overrides/{id}`.
pub(crate) fn parse_override_name(errors: &mut FieldErrors, name: &str) -> Option<(Uscc, FieldCode, String)> {
    let plain = |id: &str| {
        (1..=LONGEST_ID).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let Some((class, id)) = name.split_once("/overrides/").filter(|(_, id)| plain(id)) else {
        errors.push("name", "is not of the form `enterprises/{uscc}/classes/{field}/overrides/{id}`");
        return None;
    };
    let (uscc, field) = parse_class_name(errors, class)?;
    Some((uscc, field, id.to_owned()))
}

/// Reads a proposal. Its last day lies between today and the longest time that the rulebook allows.
pub(crate) fn new_override(
    errors: &mut FieldErrors,
    body: &pb::ProposeOverrideRequest,
    today: NaiveDate,
    book: &Rulebook,
) -> Option<NewOverride> {
    let mut of_parent = FieldErrors::default();
    let named = parse_class_name(&mut of_parent, &body.parent);
    if named.is_none() {
        errors.push("parent", "is not of the form `enterprises/{uscc}/classes/{field}`");
    }
    let code = stated(errors, "code", &body.code, "must be given");
    let reason = stated(errors, "reason", &body.reason, "must be given");
    let legal_basis = stated(errors, "legal_basis", &body.legal_basis, "must be given");
    let ends_on = errors.check("ends_on", parse_date(&body.ends_on));
    let latest = latest(today, book);
    if let Some(day) = ends_on.filter(|day| *day < today || latest.is_some_and(|latest| *day > latest)) {
        let latest = latest.map(|latest| format!(" to {latest}")).unwrap_or_default();
        errors.push("ends_on", format!("{day} is not one of {today}{latest}"));
        return None;
    }
    let (uscc, field) = named?;
    Some(NewOverride {
        id: uuid::Uuid::now_v7().to_string(),
        uscc: uscc.to_string(),
        field: field.to_string(),
        code: code?,
        reason: reason?,
        legal_basis: legal_basis?,
        ends_on: ends_on?,
    })
}

/// The last day on which an override that begins today may stand; `None` where the rulebook sets no bound.
fn latest(today: NaiveDate, book: &Rulebook) -> Option<NaiveDate> {
    let months = match book.span(LONGEST, today)? {
        Span::Days(days) => return today.checked_add_days(chrono::Days::new(days.into())),
        Span::Months(months) => months,
        Span::Years(years) => years.checked_mul(12)?,
    };
    today.checked_add_months(Months::new(months))
}

/// Reads what was stored as field and division.
pub(crate) fn parse_scope(field: &str, division: &str) -> Result<(FieldCode, DivisionCode), service::Error> {
    let wrong = |problem: String| service::Error::corrupt(format!("an override of {field}: {problem}"));
    let field_code = FieldCode::parse(field).map_err(|problem| wrong(problem.to_string()))?;
    let division = DivisionCode::parse(division).map_err(|problem| wrong(problem.to_string()))?;
    Ok((field_code, division))
}

/// The override as the API shows it on a day.
pub(crate) fn override_to_pb(of: &Override, today: NaiveDate) -> pb::ClassOverride {
    pb::ClassOverride {
        name: override_name(of),
        division: of.division.clone(),
        code: of.code.clone(),
        computed_code: of.computed_code.clone(),
        reason: of.reason.clone(),
        legal_basis: of.legal_basis.clone(),
        ends_on: of.ends_on.to_string(),
        state: of.state_on(today).as_str().to_owned(),
        proposed_by: of.proposed_by.clone(),
        proposed_office: of.proposed_office.clone(),
        decided_by: of.decided_by.clone(),
        end_reason: of.end_reason.clone(),
        create_time: Some(timestamp(of.created_at)),
        revision: of.revision,
    }
}

/// Payload of [`OVERRIDE_CHANGED`].
pub(crate) fn override_event(of: &Override, today: NaiveDate) -> Vec<u8> {
    pb::OverrideEvent { class_override: Some(override_to_pb(of, today)) }.encode_to_vec()
}
