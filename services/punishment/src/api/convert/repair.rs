//! Applications for repair, between messages and this service's types.

mod judgement;

use chrono::NaiveDate;
use contract::punishment::v1 as pb;
use domain::{DocumentNumber, RequestId};
use rulebook::Rulebook;
use service::FieldErrors;

use super::{MAX_BASIS, MAX_FACTS, MAX_REASON, bounded, code};
use crate::domain::repair::{Paper, RepairName, Subject};
use crate::error::Error;
use crate::store::{Attention, Decision, Examination, NewRepair, Push, PushKind, Revocation, Verification};

pub(crate) use judgement::{clock, eligibility, read_penalty};

/// Most papers sent at once.
const MOST_PAPERS: usize = 50;
/// Most checks that stop being published with a subject.
const MOST_CHECKS: usize = 20;
/// Longest title of a paper, in characters.
const MAX_TITLE: usize = 200;

/// Key attention beside an application.
pub(crate) fn attention(flag: &Attention) -> pb::PartyAttention {
    pb::PartyAttention {
        name: flag.flag.clone(),
        field: flag.field.to_string(),
        on_until: flag.on_until.to_string(),
    }
}

/// Subject and day of a question.
pub(crate) fn question(
    request: &pb::GetEligibilityRequest,
    today: NaiveDate,
) -> Result<(Subject, NaiveDate), Error> {
    let mut fields = FieldErrors::default();
    let subject = fields.check("subject", Subject::parse(&request.subject));
    let as_of = fields.check_optional("as_of", &request.as_of, domain::parse_date);
    match subject {
        Some(subject) if fields.is_empty() => Ok((subject, as_of.unwrap_or(today))),
        _ => Err(fields.into()),
    }
}

/// An application to begin.
pub(crate) fn new_repair(
    request: &pb::CreateRepairRequest,
    book: &Rulebook,
    today: NaiveDate,
) -> Result<(RequestId, Subject, NewRepair), Error> {
    let mut fields = FieldErrors::default();
    let request_id = fields.check("request_id", RequestId::parse(&request.request_id));
    let sent = fields.require("repair", request.repair.as_ref()).cloned().unwrap_or_default();
    let subject = fields.check("repair.subject", Subject::parse(&sent.subject));
    let statement = fields.check("repair.statement", bounded(&sent.statement, MAX_FACTS));
    let papers = papers(&mut fields, "repair.papers", &sent.papers, book, today);
    related_checks(&mut fields, &sent.related_checks, book, today)?;
    match (request_id, subject, statement) {
        (Some(id), Some(subject), Some(statement)) if fields.is_empty() => {
            Ok((id, subject, NewRepair { statement, papers, related_checks: sent.related_checks }))
        }
        _ => Err(fields.into()),
    }
}

/// Checks are repaired with a subject only where the law of the day says so.
fn related_checks(
    fields: &mut FieldErrors,
    sent: &[String],
    book: &Rulebook,
    today: NaiveDate,
) -> Result<(), Error> {
    const AT: &str = "repair.related_checks";
    const IN_SCOPE: &str = "repair.inspection_result.in_scope";
    if sent.is_empty() {
        return Ok(());
    }
    if !book.flag(IN_SCOPE, today).map_err(service::Error::from)? {
        fields.push(AT, "must be empty: results of checks are not repaired by the law of today");
    }
    if sent.len() > MOST_CHECKS {
        fields.push(AT, format!("has more than {MOST_CHECKS} entries"));
    }
    for (index, record) in sent.iter().enumerate() {
        if !matches!(Subject::parse(record), Ok(Subject::Penalty(_))) {
            fields.push(format!("{AT}[{index}]"), "must be `records/` and an id");
        }
    }
    Ok(())
}

fn papers(
    fields: &mut FieldErrors,
    at: &str,
    sent: &[pb::RepairPaper],
    book: &Rulebook,
    today: NaiveDate,
) -> Vec<Paper> {
    if sent.len() > MOST_PAPERS {
        fields.push(at, format!("has more than {MOST_PAPERS} entries"));
        return Vec::new();
    }
    let mut papers = Vec::with_capacity(sent.len());
    for (index, paper) in sent.iter().enumerate() {
        let kind =
            fields.check(format!("{at}[{index}].kind"), code(book, "repair_paper", &paper.kind, today));
        let digest = fields.check(format!("{at}[{index}].digest"), digest(&paper.digest));
        let title = fields.check(format!("{at}[{index}].title"), bounded(&paper.title, MAX_TITLE));
        if let (Some(kind), Some(digest), Some(title)) = (kind, digest, title) {
            papers.push(Paper { kind, digest, title });
        }
    }
    papers
}

fn digest(text: &str) -> Result<String, &'static str> {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() == 64 && text.bytes().all(hex) {
        Ok(text.to_owned())
    } else {
        Err("must be an SM3 digest: 64 characters of lower-case hex")
    }
}

/// Name and request id that most requests have.
fn named(fields: &mut FieldErrors, name: &str, request_id: &str) -> Option<(RequestId, RepairName)> {
    let request_id = fields.check("request_id", RequestId::parse(request_id));
    let name = fields.check("name", RepairName::parse(name));
    request_id.zip(name)
}

/// Papers to submit.
pub(crate) fn submission(
    request: &pb::SubmitRepairRequest,
    book: &Rulebook,
    today: NaiveDate,
) -> Result<(RequestId, RepairName, Vec<Paper>), Error> {
    let mut fields = FieldErrors::default();
    let named = named(&mut fields, &request.name, &request.request_id);
    let papers = papers(&mut fields, "papers", &request.papers, book, today);
    match named {
        Some((id, name)) if fields.is_empty() => Ok((id, name, papers)),
        _ => Err(fields.into()),
    }
}

/// An answer after the check of the form.
pub(crate) fn examination(
    request: &pb::ExamineRepairRequest,
    book: &Rulebook,
    today: NaiveDate,
) -> Result<(RequestId, RepairName, Examination), Error> {
    let mut fields = FieldErrors::default();
    let named = named(&mut fields, &request.name, &request.request_id);
    let reason = fields.check("reason", bounded(&request.reason, MAX_REASON)).unwrap_or_default();
    for (index, gap) in request.gaps.iter().enumerate() {
        fields.check(format!("gaps[{index}].kind"), code(book, "repair_paper", &gap.kind, today));
        fields.check(format!("gaps[{index}].problem"), bounded(&gap.problem, MAX_REASON));
    }
    let examination = match request.examination() {
        pb::RepairExamination::Unspecified => {
            fields.push("examination", "must be stated");
            None
        }
        pb::RepairExamination::Accept => Some(Examination::Accept),
        pb::RepairExamination::Ask => Some(Examination::Ask(request.gaps.clone())),
        pb::RepairExamination::Refuse => {
            given(&mut fields, "reason", &reason);
            Some(Examination::Refuse(reason))
        }
    };
    if !request.gaps.is_empty() && !matches!(examination, Some(Examination::Ask(_))) {
        fields.push("gaps", "are named only when asking for them");
    }
    match (named, examination) {
        (Some((id, name)), Some(examination)) if fields.is_empty() => Ok((id, name, examination)),
        _ => Err(fields.into()),
    }
}

fn given(fields: &mut FieldErrors, at: &str, text: &str) {
    if text.trim().is_empty() {
        fields.push(at, "must be given");
    }
}

/// A verification.
pub(crate) fn verification(
    request: &pb::RecordRepairVerificationRequest,
    book: &Rulebook,
    today: NaiveDate,
) -> Result<(RequestId, RepairName, Verification), Error> {
    let mut fields = FieldErrors::default();
    let named = named(&mut fields, &request.name, &request.request_id);
    let sent = fields.require("verification", request.verification.as_ref()).cloned().unwrap_or_default();
    fields.check("verification.method", code(book, "repair_method", &sent.method, today));
    fields.check("verification.finding", bounded(&sent.finding, MAX_FACTS));
    given(&mut fields, "verification.finding", &sent.finding);
    match named {
        Some((id, name)) if fields.is_empty() => Ok((id, name, Verification::Verified(sent))),
        _ => Err(fields.into()),
    }
}

/// A hand-over to the panel.
pub(crate) fn referral(
    request: &pb::ReferRepairRequest,
) -> Result<(RequestId, RepairName, Verification), Error> {
    let mut fields = FieldErrors::default();
    let named = named(&mut fields, &request.name, &request.request_id);
    fields.check("reason", bounded(&request.reason, MAX_REASON));
    given(&mut fields, "reason", &request.reason);
    match named {
        Some((id, name)) if fields.is_empty() => {
            Ok((id, name, Verification::Referred(request.reason.clone())))
        }
        _ => Err(fields.into()),
    }
}

/// An opinion of the panel.
pub(crate) fn opinion(
    request: &pb::RecordRepairOpinionRequest,
) -> Result<(RequestId, RepairName, Verification), Error> {
    let mut fields = FieldErrors::default();
    let named = named(&mut fields, &request.name, &request.request_id);
    let sent = fields.require("opinion", request.opinion.as_ref()).cloned().unwrap_or_default();
    fields.check("opinion.reason", bounded(&sent.reason, MAX_REASON));
    given(&mut fields, "opinion.reason", &sent.reason);
    match named {
        Some((id, name)) if fields.is_empty() => Ok((id, name, Verification::Advised(sent))),
        _ => Err(fields.into()),
    }
}

/// A decision.
pub(crate) fn decision(
    request: &pb::DecideRepairRequest,
) -> Result<(RequestId, RepairName, Decision), Error> {
    let pb::DecideRepairRequest { name, grant, decision_no, reason, legal_basis, request_id, removal_ground } =
        request;
    let (id, name, said) = ruling(name, decision_no, reason, legal_basis, request_id)?;
    let Revocation { decision_no, reason, legal_basis } = said;
    let removal_ground = Some(removal_ground.clone()).filter(|ground| !ground.is_empty());
    Ok((id, name, Decision { grant: *grant, decision_no, reason, legal_basis, removal_ground }))
}

/// A revocation.
pub(crate) fn revocation(
    request: &pb::RevokeRepairRequest,
) -> Result<(RequestId, RepairName, Revocation), Error> {
    let pb::RevokeRepairRequest { name, decision_no, reason, legal_basis, request_id } = request;
    ruling(name, decision_no, reason, legal_basis, request_id)
}

fn ruling(
    name: &str,
    decision_no: &str,
    reason: &str,
    legal_basis: &str,
    request_id: &str,
) -> Result<(RequestId, RepairName, Revocation), Error> {
    let mut fields = FieldErrors::default();
    let named = named(&mut fields, name, request_id);
    let decision_no = fields.check("decision_no", DocumentNumber::parse(decision_no));
    for (at, text, longest) in [("reason", reason, MAX_REASON), ("legal_basis", legal_basis, MAX_BASIS)] {
        fields.check(at, bounded(text, longest));
        given(&mut fields, at, text);
    }
    match (named, decision_no) {
        (Some((id, name)), Some(decision_no)) if fields.is_empty() => {
            let (reason, legal_basis) = (reason.to_owned(), legal_basis.to_owned());
            Ok((id, name, Revocation { decision_no, reason, legal_basis }))
        }
        _ => Err(fields.into()),
    }
}

/// Name and request id of a request that says little more.
pub(crate) fn plain(
    name: &str,
    reason: &str,
    request_id: &str,
) -> Result<(RequestId, RepairName, String), Error> {
    let mut fields = FieldErrors::default();
    let named = named(&mut fields, name, request_id);
    let reason = fields.check("reason", bounded(reason, MAX_REASON));
    match (named, reason) {
        (Some((id, name)), Some(reason)) if fields.is_empty() => Ok((id, name, reason)),
        _ => Err(fields.into()),
    }
}

/// A letter to the province of registration, its answer, or the finding that there is none.
pub(crate) fn push(request: &pb::RecordRepairPushRequest) -> Result<(RequestId, RepairName, Push), Error> {
    let mut fields = FieldErrors::default();
    let named = named(&mut fields, &request.name, &request.request_id);
    let document_no = fields.check("document_no", DocumentNumber::parse(&request.document_no));
    let here = fields.check("registered_here", bounded(request.registered_here.trim(), MAX_REASON));
    if request.acknowledged && !request.registered_here.is_empty() {
        fields.push("registered_here", "does not go with an answer");
    }
    match (named, document_no, here) {
        (Some((id, name)), Some(document_no), Some(here)) if fields.is_empty() => {
            let kind = match (request.acknowledged, here.is_empty()) {
                (true, _) => PushKind::Answer,
                (false, true) => PushKind::Letter,
                (false, false) => PushKind::RegisteredHere(here),
            };
            Ok((id, name, Push { kind, document_no }))
        }
        _ => Err(fields.into()),
    }
}

/// A paper as told.
pub(crate) fn paper(paper: Paper) -> pb::RepairPaper {
    pb::RepairPaper { kind: paper.kind, digest: paper.digest, title: paper.title }
}
