//! Penalties that nobody has decided, between messages and this service's types.

use contract::punishment::v1 as pb;
use domain::Money;
use rulebook::Rulebook;
use service::FieldErrors;

use super::repair::clock;
use super::{code, date, known_field};
use crate::domain::heavier::NotListable;
use crate::domain::simulate::{Outlook, Supposed};
use crate::error::Error;

/// A penalty to look ahead from.
pub(crate) fn supposed(request: &pb::SimulatePenaltyRequest, book: &Rulebook) -> Result<Supposed, Error> {
    let mut fields = FieldErrors::default();
    let decided_on = fields.check("decided_on", domain::parse_date(&request.decided_on));
    let published_on = fields.check_optional("published_on", &request.published_on, domain::parse_date);
    let valid_to = fields.check_optional("valid_to", &request.valid_to, domain::parse_date);
    let field = fields.check_optional("field", &request.field, |text| known_field(book, text));
    fields.check("fine_fen", Money::from_fen(request.fine_fen));
    if request.penalty_kinds.is_empty() {
        fields.push("penalty_kinds", "must name at least one kind");
    }
    let Some(decided_on) = decided_on else { return Err(fields.into()) };
    for (index, kind) in request.penalty_kinds.iter().enumerate() {
        fields.check(format!("penalty_kinds[{index}]"), code(book, "penalty_kind", kind, decided_on));
    }
    for (at, set, text) in [
        ("discretion_grade", "discretion_grade", &request.discretion_grade),
        ("ground", "serious_ground", &request.ground),
    ] {
        fields.check_optional(at, text, |text| code(book, set, text, decided_on));
    }
    for (at, day) in [("published_on", published_on), ("valid_to", valid_to)] {
        if day.is_some_and(|day| day < decided_on) {
            fields.push(at, "lies before the decision");
        }
    }
    fields.into_result()?;
    Ok(Supposed {
        decided_on,
        kinds: request.penalty_kinds.clone(),
        fine_fen: request.fine_fen,
        grade: request.discretion_grade.clone(),
        ground: request.ground.clone(),
        field,
        published_on: published_on.unwrap_or(decided_on),
        valid_to,
    })
}

/// What would follow, as told.
pub(crate) fn outlook(supposed: &Supposed, outlook: &Outlook<'_>) -> pb::SimulatedPenalty {
    pb::SimulatedPenalty {
        decided_on: supposed.decided_on.to_string(),
        heavier: outlook.heavier,
        listable: outlook.not_listable.is_none() && !outlook.only_later,
        not_listable: match &outlook.not_listable {
            Some(why) => not_listable(supposed, why),
            None if outlook.only_later => {
                format!("列入情形 {} 以拒不履行决定为前提，届时另行作出列入决定", supposed.ground)
            }
            None => String::new(),
        },
        listing: outlook.listing.as_ref().map(clock),
        publications: outlook.publications.iter().map(clock).collect(),
        publish_by: date(outlook.publish_by),
        publish_double_by: date(outlook.publish_double_by),
        measures: outlook
            .measures
            .iter()
            .map(|measure| pb::SimulatedMeasure {
                measure: measure.code.clone(),
                label: measure.label_zh.clone(),
                legal_basis: measure.basis.clone(),
                implementer: measure.implementer.to_string(),
                trigger: measure.trigger.clone(),
            })
            .collect(),
        strict_reasons: outlook.strict.iter().map(|reason| (*reason).to_owned()).collect(),
    }
}

fn not_listable(supposed: &Supposed, why: &NotListable) -> String {
    match why {
        NotListable::GroundUnknown { .. } if supposed.ground.is_empty() => "未指明列入情形".to_owned(),
        NotListable::GroundUnknown { ground, on } => format!("{on} 没有列入情形 {ground}"),
        NotListable::OtherField { ground, .. } => format!("列入情形 {ground} 不属于该领域"),
        NotListable::NotHeavier { .. } => "不属于较重行政处罚".to_owned(),
    }
}
