//! The papers of steps: what an officer sends with one, and what is told of those of a case.

use chrono::NaiveDate;
use contract::punishment::v1 as pb;
use service::FieldErrors;

use super::{bounded, date};
use crate::domain::papers::{
    Assessment, CasePapers, Decision, FormerHearing, Hearing, Letter, Paper, PaperKind,
};

/// Longest text of a paper, in characters.
const MAX_TEXT: usize = 1_000;
/// Longest finding about one factor, in characters.
const MAX_FINDING: usize = 500;
/// Longest name of an officer, in characters.
const MAX_PERSON: usize = 64;

/// What may go with a step, as sent: at most one of them is there for any event.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SentPapers<'a> {
    /// A letter.
    pub letter: Option<&'a pb::AbnormalLetter>,
    /// The ground of a removal.
    pub removal_ground: &'a str,
    /// A three-part test.
    pub assessment: Option<&'a pb::SeriousAssessment>,
    /// A hearing.
    pub hearing: Option<&'a pb::SeriousHearing>,
    /// A decision.
    pub decision: Option<&'a pb::SeriousDecision>,
}

impl SentPapers<'_> {
    fn has(&self, kind: PaperKind) -> bool {
        match kind {
            PaperKind::Letter => self.letter.is_some(),
            PaperKind::RemovalGround => !self.removal_ground.is_empty(),
            PaperKind::Assessment => self.assessment.is_some(),
            PaperKind::Hearing => self.hearing.is_some(),
            PaperKind::Decision => self.decision.is_some(),
        }
    }

    /// The paper that the event asks for; what is missing, wrong or not asked for goes to `fields`.
    pub(crate) fn read(&self, fields: &mut FieldErrors, wanted: Option<PaperKind>) -> Option<Paper> {
        for kind in PaperKind::ALL.into_iter().filter(|kind| Some(*kind) != wanted && self.has(*kind)) {
            fields.push(kind.field(), "is not for this event");
        }
        let wanted = wanted?;
        if !self.has(wanted) {
            fields.push(wanted.field(), "must be given for this event");
            return None;
        }
        match wanted {
            PaperKind::Letter => {
                self.letter.map(|letter| Paper::Letter(Letter { unsigned: letter.unsigned }))
            }
            PaperKind::RemovalGround => Some(Paper::RemovalGround(self.removal_ground.to_owned())),
            PaperKind::Assessment => self.assessment.map(|sent| Paper::Assessment(assessment(fields, sent))),
            PaperKind::Hearing => hearing(fields, self.hearing?).map(Paper::Hearing),
            PaperKind::Decision => decision(fields, self.decision?).map(Paper::Decision),
        }
    }
}

/// A text that must say something.
fn said(fields: &mut FieldErrors, path: String, text: &str, longest: usize) -> String {
    if text.trim().is_empty() {
        fields.push(path, "must be given");
        return String::new();
    }
    fields.check(path, bounded(text, longest)).unwrap_or_default()
}

fn assessment(fields: &mut FieldErrors, sent: &pb::SeriousAssessment) -> Assessment {
    let findings = said(fields, "assessment.findings".to_owned(), &sent.findings, MAX_TEXT);
    let mut factors: Vec<(String, String)> = Vec::with_capacity(sent.factors.len());
    for (index, factor) in sent.factors.iter().enumerate() {
        let path = format!("assessment.factors[{index}]");
        if factors.iter().any(|(code, _)| *code == factor.factor) {
            fields.push(format!("{path}.factor"), "was weighed above");
        }
        let finding = said(fields, format!("{path}.finding"), &factor.finding, MAX_FINDING);
        factors.push((factor.factor.clone(), finding));
    }
    Assessment { grave: sent.grave, findings, factors, no_intent_proven: sent.no_intent_proven }
}

fn hearing(fields: &mut FieldErrors, sent: &pb::SeriousHearing) -> Option<Hearing> {
    let requested_on = fields.check("hearing.requested_on", domain::parse_date(&sent.requested_on));
    let held_on = fields.check("hearing.held_on", domain::parse_date(&sent.held_on));
    let conducted_by = said(fields, "hearing.conducted_by".to_owned(), &sent.conducted_by, MAX_PERSON);
    Some(Hearing { requested_on: requested_on?, held_on: held_on?, conducted_by, missed: false })
}

fn decision(fields: &mut FieldErrors, sent: &pb::SeriousDecision) -> Option<Decision> {
    let mut content = |field: &str, text: &str| said(fields, format!("decision.{field}"), text, MAX_TEXT);
    let (matter, basis) = (content("matter", &sent.matter), content("basis", &sent.basis));
    let (measures, removal) = (content("measures", &sent.measures), content("removal", &sent.removal));
    let remedies = content("remedies", &sent.remedies);
    let penalty = fields.check("decision.penalty_decided_on", domain::parse_date(&sent.penalty_decided_on));
    let restricted_until =
        fields.check_optional("decision.restricted_until", &sent.restricted_until, domain::parse_date);
    Some(Decision {
        matter,
        basis,
        measures,
        removal,
        remedies,
        penalty_decided_on: penalty?,
        restricted_until,
    })
}

fn hearing_told(called: &Hearing) -> pb::SeriousHearing {
    pb::SeriousHearing {
        requested_on: called.requested_on.to_string(),
        held_on: called.held_on.to_string(),
        conducted_by: called.conducted_by.clone(),
        missed: called.missed,
    }
}

fn hearing_stored(called: pb::SeriousHearing) -> Result<Hearing, domain::InvalidDate> {
    Ok(Hearing {
        requested_on: domain::parse_date(&called.requested_on)?,
        held_on: domain::parse_date(&called.held_on)?,
        conducted_by: called.conducted_by,
        missed: called.missed,
    })
}

fn former_told(former: &FormerHearing) -> pb::FormerHearing {
    pb::FormerHearing {
        hearing: Some(hearing_told(&former.hearing)),
        set_aside_on: former.set_aside_on.to_string(),
        reason: former.reason.clone(),
    }
}

fn former_stored(former: pb::FormerHearing) -> Result<FormerHearing, domain::InvalidDate> {
    Ok(FormerHearing {
        hearing: hearing_stored(former.hearing.unwrap_or_default())?,
        set_aside_on: domain::parse_date(&former.set_aside_on)?,
        reason: former.reason,
    })
}

/// The papers of a case as told, and as stored.
pub(crate) fn case_papers(papers: &CasePapers) -> pb::CasePapers {
    let assessment = papers.assessment.as_ref().map(|made| pb::SeriousAssessment {
        grave: made.grave,
        findings: made.findings.clone(),
        factors: made
            .factors
            .iter()
            .map(|(factor, finding)| pb::WeighedFactor { factor: factor.clone(), finding: finding.clone() })
            .collect(),
        no_intent_proven: made.no_intent_proven,
    });
    let hearing = papers.hearing.as_ref().map(hearing_told);
    let former_hearings = papers.former_hearings.iter().map(former_told).collect();
    let decision = papers.decision.as_ref().map(|made| pb::SeriousDecision {
        matter: made.matter.clone(),
        basis: made.basis.clone(),
        measures: made.measures.clone(),
        removal: made.removal.clone(),
        remedies: made.remedies.clone(),
        penalty_decided_on: made.penalty_decided_on.to_string(),
        restricted_until: date(made.restricted_until),
    });
    pb::CasePapers { assessment, hearing, decision, former_hearings }
}

/// The papers of a case from what was stored.
///
/// # Errors
/// A stored date that is none.
pub(crate) fn stored_papers(stored: pb::CasePapers) -> Result<CasePapers, domain::InvalidDate> {
    let day = |text: &str| domain::parse_date(text);
    let assessment = stored.assessment.map(|made| Assessment {
        grave: made.grave,
        findings: made.findings,
        factors: made.factors.into_iter().map(|weighed| (weighed.factor, weighed.finding)).collect(),
        no_intent_proven: made.no_intent_proven,
    });
    let hearing = stored.hearing.map(hearing_stored);
    let former_hearings = stored.former_hearings.into_iter().map(former_stored);
    let decision = stored.decision.map(|made| {
        let restricted_until: Option<NaiveDate> =
            Some(made.restricted_until.as_str()).filter(|text| !text.is_empty()).map(day).transpose()?;
        Ok(Decision {
            penalty_decided_on: day(&made.penalty_decided_on)?,
            restricted_until,
            matter: made.matter,
            basis: made.basis,
            measures: made.measures,
            removal: made.removal,
            remedies: made.remedies,
        })
    });
    Ok(CasePapers {
        assessment,
        hearing: hearing.transpose()?,
        decision: decision.transpose()?,
        former_hearings: former_hearings.collect::<Result<_, _>>()?,
    })
}
