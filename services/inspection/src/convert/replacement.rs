//! Replacements after the draw.

use chrono::NaiveDate;
use contract::inspection::v1 as pb;
use rulebook::Rulebook;
use service::FieldErrors;

use super::{text, timestamp};
use crate::domain::replacement::{CitedEvent, GROUND_SET, NewReplacement, Replacement, ReplacementName};
use crate::domain::{InspectorNo, VisitName};

/// Longest reason of a rejection, in characters.
const LONGEST_REASON: usize = 500;

/// Reads the name of a replacement.
pub(crate) fn name(errors: &mut FieldErrors, text: &str) -> Option<ReplacementName> {
    errors.check("name", ReplacementName::parse(text))
}

/// Reads a proposal of `today`.
pub(crate) fn parse_proposal(
    errors: &mut FieldErrors,
    sent: &pb::ProposeReplacementRequest,
    book: &Rulebook,
    today: NaiveDate,
) -> Option<NewReplacement> {
    let visit = errors.check("visit", VisitName::parse(&sent.visit));
    let inspector = errors.check_optional("inspector_no", &sent.inspector_no, InspectorNo::parse);
    let cited = errors.check("cited_event", CitedEvent::parse(&sent.cited_event));
    let new = NewReplacement { visit: visit?, inspector, ground: sent.ground.clone(), cited: cited? };
    let ground = book.code(GROUND_SET, &new.ground, today);
    if ground.is_none_or(|ground| !ground.has_tag(new.tag_of_ground())) {
        let (ground, who) = (&new.ground, new.tag_of_ground());
        errors.push("ground", format!("`{ground}` is not a code of the set `{GROUND_SET}` for an {who}"));
        return None;
    }
    Some(new)
}

/// Reads the reason of a decision: required for a rejection.
pub(crate) fn parse_reason(errors: &mut FieldErrors, sent: &pb::DecideReplacementRequest) -> Option<String> {
    text(errors, "reason", &sent.reason, (usize::from(!sent.approve), LONGEST_REASON))
}

/// The replacement as the API shows it.
pub(crate) fn to_pb(one: &Replacement) -> pb::Replacement {
    let (next_uscc, next_inspector_no) = match one.slot {
        None => (one.next.clone(), String::new()),
        Some(_) => (String::new(), one.next.clone()),
    };
    pb::Replacement {
        name: one.name.to_string(),
        visit: one.proposed.visit.to_string(),
        inspector_no: one.proposed.inspector.as_ref().map(ToString::to_string).unwrap_or_default(),
        ground: one.proposed.ground.clone(),
        cited_event: one.proposed.cited.as_str().to_owned(),
        state: one.state.word().to_owned(),
        reason: one.reason.clone(),
        position: one.position.map_or(0, |position| i32::try_from(position).unwrap_or(i32::MAX)),
        next_uscc,
        next_inspector_no,
        revision: one.revision,
        create_time: Some(timestamp(one.created_at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ground_of_an_enterprise_is_none_of_an_inspector() {
        let problems = |ground: &str, inspector_no: &str| {
            let sent = pb::ProposeReplacementRequest {
                visit: "tasks/2026-1/visits/91370102MA3C00011F".into(),
                inspector_no: inspector_no.into(),
                ground: ground.into(),
                cited_event: "registry/7".into(),
                ..Default::default()
            };
            let mut errors = FieldErrors::default();
            let day = "2026-11-01".parse().unwrap();
            let new = parse_proposal(&mut errors, &sent, &Rulebook::builtin(), day);
            assert_eq!(new.is_none(), !errors.is_empty());
            errors.iter().map(|error| error.path.clone()).collect::<Vec<_>>()
        };
        for ground in ["Deregistered", "MovedOut", "CaseInProgress", "NobodyLeft"] {
            assert_eq!(problems(ground, ""), Vec::<String>::new(), "{ground}");
            assert_eq!(problems(ground, "JN1"), ["ground"], "{ground}");
        }
        for ground in ["Ill", "Recused", "Absent"] {
            assert_eq!(problems(ground, "JN1"), Vec::<String>::new(), "{ground}");
            assert_eq!(problems(ground, ""), ["ground"], "{ground}");
        }
        assert_eq!(problems("Disliked", "jn"), ["inspector_no", "ground"]);
    }
}
