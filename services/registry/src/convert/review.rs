//! Advice on reviews, as protobuf says it.

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use rulebook::{ReviewPurpose, ReviewRule, Rulebook};
use service::FieldErrors;

use super::enterprise_to_pb;
use crate::domain::{Advice, Enterprise, Reason, ToldClass, enterprise_name};

/// Code set of what calls for a strict review.
const TRIGGERS: &str = "review_trigger";
/// Code sets of class schemes begin so.
const SCHEMES: &str = "risk_class.";

/// Reads what an application is for.
pub(crate) fn parse_purpose<'a>(
    errors: &mut FieldErrors,
    sent: &str,
    book: &'a Rulebook,
    on: NaiveDate,
) -> Option<&'a ReviewPurpose> {
    let found = book.review_purposes(on).find(|purpose| purpose.code == sent);
    if found.is_none() {
        let known: Vec<_> = book.review_purposes(on).map(|purpose| purpose.code.as_str()).collect();
        errors.push("purpose", format!("is not a purpose of reviews; there are: {}", known.join(", ")));
    }
    found
}

/// The advice.
pub(crate) fn advice_to_pb(
    enterprise: &Enterprise,
    purpose: &ReviewPurpose,
    advice: &Advice<'_>,
    class: Option<&ToldClass>,
    (book, on): (&Rulebook, NaiveDate),
) -> pb::ReviewAdvice {
    let level = if advice.reasons.is_empty() { pb::ReviewLevel::Ordinary } else { pb::ReviewLevel::Strict };
    pb::ReviewAdvice {
        name: enterprise_name(&enterprise.uscc),
        purpose: purpose.code.clone(),
        level: level.into(),
        reasons: advice.reasons.iter().map(|reason| reason_to_pb(reason, book, on)).collect(),
        options: advice.options.iter().map(|rule| rule_to_pb(rule)).collect(),
        limits: advice.limits.iter().map(|rule| rule_to_pb(rule)).collect(),
        risk_class: class.map(|class| class_to_pb(class, book, on)),
    }
}

/// Name of a class at risk, by which its reads are noted.
pub(crate) fn class_name(class: &ToldClass) -> String {
    format!("{}/classes/{}", enterprise_name(&class.uscc), class.field)
}

fn class_to_pb(class: &ToldClass, book: &Rulebook, on: NaiveDate) -> pb::ReviewClass {
    let label = book.code(&format!("{SCHEMES}{}", class.scheme), &class.code, on);
    pb::ReviewClass {
        name: class_name(class),
        scheme: class.scheme.clone(),
        code: class.code.clone(),
        label_zh: label.map(|code| code.label_zh.clone()).unwrap_or_default(),
        as_of: class.as_of.to_string(),
        office: class.office.to_string(),
        effect: class.effect.clone(),
    }
}

/// One enterprise of the queue of the office of foreign registration.
pub(crate) fn foreign_review_to_pb(
    (enterprise, reasons): &(Enterprise, Vec<Reason>),
    book: &Rulebook,
    on: NaiveDate,
) -> pb::ForeignReview {
    pb::ForeignReview {
        enterprise: Some(enterprise_to_pb(enterprise)),
        reasons: reasons.iter().map(|reason| reason_to_pb(reason, book, on)).collect(),
    }
}

fn reason_to_pb(reason: &Reason, book: &Rulebook, on: NaiveDate) -> pb::ReviewReason {
    let label = book.code(TRIGGERS, &reason.trigger, on).map(|code| code.label_zh.clone());
    pb::ReviewReason {
        trigger: reason.trigger.clone(),
        label_zh: label.unwrap_or_default(),
        resource: reason.resource.clone(),
        ground: reason.ground.clone(),
        since: reason.since.to_string(),
    }
}

fn rule_to_pb(rule: &ReviewRule) -> pb::ReviewOption {
    pb::ReviewOption { code: rule.code.clone(), label_zh: rule.label_zh.clone(), basis: rule.basis.clone() }
}
