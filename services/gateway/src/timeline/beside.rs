//! What a timeline tells beside the parts of a profile: letters of commitment before the event, joint measures and credit repairs after it.

use contract::{
    gateway::v1::{MissingPart, Stage, TimelineEvent},
    punishment::v1::{
        ListMeasuresRequest, ListRepairsRequest, Measure, Repair, joint_measures_client::JointMeasuresClient,
        repairs_client::RepairsClient,
    },
    registry::v1::{Commitment, ListCommitmentsRequest, commitments_client::CommitmentsClient},
};
use domain::Uscc;

use super::{LONGEST, Source, after_colon, in_brackets};
use crate::{
    labels::Labels,
    parts::{Failure, Part, answer},
    peers::Services,
};

const COMMITMENTS: Part = Part::new("commitments", "registry");
const MEASURES: Part = Part::new("measures", "punishment");
const REPAIRS: Part = Part::new("repairs", "punishment");

/// States of a measure of which some system was told at punishment: before, nobody has taken it.
const TAKEN: [&str; 6] = ["Sent", "Acknowledged", "InForce", "FeedbackDue", "EndSent", "EndAcknowledged"];
/// What the decision about a repair is called, by its state at punishment.
const DECISIONS: [(&str, &str); 5] = [
    ("Granted", "准予信用修复"),
    ("Executed", "准予信用修复"),
    ("Shared", "准予信用修复"),
    ("RevokedForFraud", "准予信用修复"),
    ("Denied", "不予信用修复"),
];

/// What was had of it; what was not is named in `missing`.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    pub(super) letters: Vec<Commitment>,
    pub(super) measures: Vec<Measure>,
    pub(super) repairs: Vec<Repair>,
    pub(crate) missing: Vec<MissingPart>,
}

/// Asks the services for it, all at once, in the name of the caller whom they were opened for.
pub(crate) async fn beside(services: &Services, uscc: &Uscc) -> Beside {
    let (uscc, page_size, bound) = (uscc.to_string(), LONGEST, services.bound);
    let letters = ListCommitmentsRequest { uscc: uscc.clone(), page_size, ..Default::default() };
    let measures = ListMeasuresRequest { uscc: uscc.clone(), page_size, ..Default::default() };
    let repairs = ListRepairsRequest { uscc, page_size, ..Default::default() };
    let mut of_letters = CommitmentsClient::new(services.registry.clone());
    let mut of_measures = JointMeasuresClient::new(services.punishment.clone());
    let mut of_repairs = RepairsClient::new(services.punishment.clone());
    let (letters, measures, repairs) = tokio::join!(
        answer(bound, of_letters.list_commitments(letters)),
        answer(bound, of_measures.list_measures(measures)),
        answer(bound, of_repairs.list_repairs(repairs)),
    );
    let letters = letters.map(|page| (page.commitments, page.next_page_token));
    let measures = measures.map(|page| (page.measures, page.next_page_token));
    let repairs = repairs.map(|page| (page.repairs, page.next_page_token));
    let mut missing = Vec::new();
    Beside {
        letters: had(&mut missing, COMMITMENTS, letters),
        measures: had(&mut missing, MEASURES, measures),
        repairs: had(&mut missing, REPAIRS, repairs),
        missing,
    }
}

/// The elements of a page that is to be the only one. The latest of more may be on another.
fn had<T>(missing: &mut Vec<MissingPart>, part: Part, page: Result<(Vec<T>, String), Failure>) -> Vec<T> {
    match page {
        Ok((elements, next)) if next.is_empty() => elements,
        Ok((elements, _)) => {
            missing.push(part.unread());
            elements
        }
        Err(failure) => {
            missing.push(part.missing(&failure));
            Vec::new()
        }
    }
}

impl Beside {
    pub(super) fn events<'a>(&'a self, labels: Labels<'a>) -> impl Iterator<Item = TimelineEvent> + use<'a> {
        let letters = self.letters.iter().flat_map(move |letter| promised(letter, labels));
        let measures = self.measures.iter().flat_map(measured);
        let repairs = self.repairs.iter().flat_map(move |repair| repaired(repair, labels));
        letters.chain(measures).chain(repairs)
    }
}

/// The signature, the publication, and the end once that has come.
fn promised(letter: &Commitment, labels: Labels<'_>) -> [TimelineEvent; 3] {
    let source = Source { stage: Stage::Before, service: "registry", resource: &letter.name };
    let field = after_colon(&labels.field(&letter.field));
    let steps = [
        (&letter.signed_on, "签署信用承诺书"),
        (&letter.published_on, "公示信用承诺书"),
        (&letter.ended_on, "信用承诺终止"),
    ];
    steps.map(|(on, what)| source.event(on.as_str(), format!("{what}{field}")))
}

/// The beginning and the end of a measure that was taken.
fn measured(measure: &Measure) -> Vec<TimelineEvent> {
    if !TAKEN.contains(&measure.state.as_str()) {
        return Vec::new();
    }
    let source = Source { stage: Stage::After, service: "punishment", resource: &measure.name };
    let label = after_colon(&measure.label);
    vec![
        source.event(measure.starts_on.as_str(), format!("采取联合惩戒措施{label}")),
        source.event(measure.ended_on.as_str(), format!("联合惩戒措施终止{label}")),
    ]
}

/// The application, its acceptance, the decision, and what revoked that.
fn repaired(repair: &Repair, labels: Labels<'_>) -> Vec<TimelineEvent> {
    let source = Source { stage: Stage::After, service: "punishment", resource: &repair.name };
    let of = after_colon(&labels.code("repair_subject", &repair.subject_kind, &repair.submitted_on));
    let mut events = vec![
        source.event(repair.submitted_on.as_str(), format!("申请信用修复{of}")),
        source.event(repair.accepted_on.as_str(), format!("受理信用修复申请{of}")),
    ];
    if let Some((_, decision)) = DECISIONS.iter().find(|(state, _)| *state == repair.state) {
        let title = format!("{decision}{}{of}", in_brackets(&repair.decision_no));
        events.push(source.event(repair.decided_on.as_str(), title));
    }
    let revoked = format!("撤销信用修复{}{of}", in_brackets(&repair.revocation_no));
    events.push(source.event(repair.revoked_on.as_str(), revoked));
    events
}
