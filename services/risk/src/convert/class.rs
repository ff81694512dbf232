//! Classes.

use chrono::NaiveDate;
use contract::risk::v1 as pb;
use domain::{FieldCode, Uscc};
use prost::Message;
use rulebook::Rulebook;
use service::FieldErrors;

use super::overriding::override_name_of;
use super::timestamp;
use crate::domain::combine::effect::Why;
use crate::rules::SCHEME_SET;
use crate::store::{StoredClass, Waiting};

/// Kind of the event of a class that changed, or ended.
pub(crate) const CLASS_CHANGED: &str = "risk.class.changed";

/// `enterprises/{uscc}/classes/{field}`.
pub(crate) fn class_name(uscc: &str, field: &str) -> String {
    format!("enterprises/{uscc}/classes/{field}")
}

/// Reads `enterprises/{uscc}/classes/{field}`.
pub(crate) fn parse_class_name(errors: &mut FieldErrors, name: &str) -> Option<(Uscc, FieldCode)> {
    let parts = name.strip_prefix("enterprises/").and_then(|rest| rest.split_once("/classes/"));
    let Some((uscc, field)) = parts else {
        errors.push("name", "is not of the form `enterprises/{uscc}/classes/{field}`");
        return None;
    };
    let uscc = errors.check("name", Uscc::parse(uscc));
    let field = errors.check("name", FieldCode::parse(field));
    uscc.zip(field)
}

/// Whether the class that a list is cut down to is one of any scheme of the rulebook; the empty text means all.
pub(crate) fn check_class_code(errors: &mut FieldErrors, sent: &str, book: &Rulebook) {
    let known = || book.all_codes().any(|code| code.set.starts_with(SCHEME_SET) && code.code == sent);
    if !sent.is_empty() && !known() {
        errors.push("code", "is no class of any scheme of the rulebook");
    }
}

/// The class as it stands on a day: an override counts up to its last one, noted or not.
pub(crate) fn class_to_pb(stored: &StoredClass, today: NaiveDate) -> pb::RiskClass {
    let (class, over) = (&stored.class, stored.over_on(today));
    pb::RiskClass {
        name: class_name(&class.uscc, &class.field),
        uscc: class.uscc.clone(),
        field: class.field.clone(),
        scheme: class.scheme.clone(),
        code: stored.code_on(today).to_owned(),
        general_code: class.general_code.clone(),
        professional_code: class.professional_code.clone(),
        general_points_e2: class.general_points_e2,
        professional_points_e2: class.professional_points_e2,
        as_of: class.as_of.to_string(),
        run: if stored.run.is_empty() { String::new() } else { format!("runs/{}", stored.run) },
        known_seq: stored.known_seq,
        rulebook_hash: stored.rulebook_hash.clone(),
        division: class.division.clone(),
        effective_time: Some(timestamp(stored.effective_at)),
        revision: stored.revision,
        state: stored.state_on(today).to_owned(),
        computed_code: class.code.clone(),
        floor_code: class.floor_code.clone(),
        class_override: over
            .map(|over| override_name_of(&class.uscc, &class.field, &over.id))
            .unwrap_or_default(),
        override_ends_on: over.map(|over| over.until.to_string()).unwrap_or_default(),
        effect: stored.effect_on(today).to_owned(),
        effect_rule: stored.effect.as_ref().map(|why| rule_to_pb(why, true)),
        // Who answers adds the national class, which follows from the combination of the day, and what waits.
        ..pb::RiskClass::default()
    }
}

/// A result that waits, as it is told.
pub(crate) fn waiting_to_pb(waiting: &Waiting) -> pb::WaitingClass {
    pb::WaitingClass {
        code: waiting.code.clone(),
        general_code: waiting.general_code.clone(),
        professional_code: waiting.professional_code.clone(),
        as_of: waiting.as_of.to_string(),
        since_time: Some(timestamp(waiting.since)),
        rule: Some(rule_to_pb(&waiting.why, false)),
    }
}

fn rule_to_pb(why: &Why, at_once: bool) -> pb::EffectRule {
    pb::EffectRule {
        trigger: why.trigger.clone(),
        worse: why.worse,
        at_once,
        source: why.cites.clone(),
        sentence: why.sentence(at_once),
    }
}

/// Payload of [`CLASS_CHANGED`].
pub(crate) fn class_event(stored: &StoredClass, previous_code: &str, today: NaiveDate) -> Vec<u8> {
    let risk_class = Some(class_to_pb(stored, today));
    pb::ClassEvent { risk_class, previous_code: previous_code.to_owned() }.encode_to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_survives_and_a_broken_one_is_refused() {
        let mut errors = FieldErrors::default();
        let (uscc, field) =
            parse_class_name(&mut errors, "enterprises/91370102MA3C00011F/classes/FOOD").unwrap();
        assert_eq!(class_name(uscc.as_str(), field.as_str()), "enterprises/91370102MA3C00011F/classes/FOOD");
        for broken in ["enterprises/91370102MA3C00011F", "enterprises/x/classes/FOOD", "classes/FOOD", ""] {
            assert!(parse_class_name(&mut errors, broken).is_none(), "{broken}");
        }
        assert_eq!(errors.iter().count(), 4);
    }
}
