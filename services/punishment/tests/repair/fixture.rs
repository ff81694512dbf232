//! What the suites of repair share: penalties as collection tells them, and applications on their way.

use contract::collection::v1 as collected;
use contract::collection::v1::record::Content;
use contract::punishment::v1::{Repair, RepairOpinion, RepairVerification};
use domain::DocumentNumber;
use punishment::domain::repair::{Paper, RepairName, Subject};
use punishment::store::{
    Decision, Examination, NewRepair, PenaltyRow, Revocation, Store, Verification, put_penalties,
};
use punishment::{Error, RepairRefused};

use crate::common::*;

/// Name of the record of the penalty.
pub(crate) const PENALTY: &str = "records/1";

/// A penalty of the party, shown by both chains from a day on.
pub(crate) fn penalty(
    name: &str,
    document_no: &str,
    kinds: &[&str],
    published_on: &str,
) -> collected::Record {
    let content = collected::Penalty {
        violation_type: "标签不符合规定".to_owned(),
        penalty_kinds: kinds.iter().map(ToString::to_string).collect(),
        fine_fen: 500_000,
        ..collected::Penalty::default()
    };
    let shown = |chain: &str| collected::Publication {
        chain: chain.to_owned(),
        state: "Shown".to_owned(),
        published_on: published_on.to_owned(),
        ..collected::Publication::default()
    };
    collected::Record {
        name: name.to_owned(),
        uscc: PARTY.to_owned(),
        party_name: "济南泉福食品有限公司".to_owned(),
        field: "FOOD".to_owned(),
        division: "370102".to_owned(),
        document_no: document_no.to_owned(),
        decided_on: published_on.to_owned(),
        publications: vec![shown("credit-china"), shown("publicity")],
        content: Some(Content::Penalty(content)),
        ..collected::Record::default()
    }
}

/// A fine that is shown from 2026-01-05 on: by order 107 it may be repaired from 2026-04-06 on.
pub(crate) fn fine() -> collected::Record {
    penalty(PENALTY, "济市监罚〔2026〕1号", &["3"], "2026-01-05")
}

/// Takes what collection tells of penalties.
pub(crate) async fn told(store: &Store, records: Vec<collected::Record>) {
    let row = |record: collected::Record| PenaltyRow { record: record.name.clone(), content: Some(record) };
    let rows = records.into_iter().map(row);
    let mut tx = store.db().begin_write().await.unwrap();
    put_penalties(&mut tx, rows.collect()).await.unwrap();
    tx.commit().await.unwrap();
}

/// The papers of an application.
pub(crate) fn papers(kinds: &[&str]) -> Vec<Paper> {
    let paper =
        |kind: &&str| Paper { kind: (*kind).to_owned(), digest: "0".repeat(64), title: String::new() };
    kinds.iter().map(paper).collect()
}

/// All papers that an application needs.
pub(crate) const ALL_PAPERS: [&str; 3] = ["application", "promise", "proof"];

pub(crate) fn number(text: &str) -> DocumentNumber {
    DocumentNumber::parse(text).unwrap()
}

/// A decision.
pub(crate) fn ruling(grant: bool) -> Decision {
    Decision {
        grant,
        decision_no: number("济市监修〔2026〕1号"),
        reason: "条件具备".to_owned(),
        legal_basis: "办法".to_owned(),
        removal_ground: None,
    }
}

/// A decision about an application; an entry of the unreachable is removed because the party can be reached again.
pub(crate) async fn ruling_on(store: &Store, name: &RepairName, grant: bool) -> Decision {
    let of_directory = store.repair(name).await.unwrap().subject.kind() == "ABNORMAL";
    let removal_ground = (grant && of_directory).then(|| "5".to_owned());
    Decision { removal_ground, ..ruling(grant) }
}

/// A revocation for fraud.
pub(crate) fn revocation() -> Revocation {
    Revocation {
        decision_no: number("济市监撤〔2026〕1号"),
        reason: "证明材料虚假".to_owned(),
        legal_basis: "办法".to_owned(),
    }
}

/// A verification that confirms.
pub(crate) fn verified(method: &str) -> Verification {
    Verification::Verified(RepairVerification {
        method: method.to_owned(),
        confirmed: true,
        finding: "罚款已经缴清".to_owned(),
        ..RepairVerification::default()
    })
}

/// An opinion for the grant.
pub(crate) fn opinion() -> Verification {
    Verification::Advised(RepairOpinion {
        supports: true,
        reason: "已经改正".to_owned(),
        ..RepairOpinion::default()
    })
}

/// An application about a subject, begun on a day.
pub(crate) async fn begun(store: &Store, subject: &str, day: &str) -> RepairName {
    let found = store.repair_subject(&Subject::parse(subject).unwrap()).await.unwrap();
    let new = NewRepair { statement: String::new(), papers: Vec::new(), related_checks: Vec::new() };
    let act = act("CREDIT", "counter", day);
    name(&store.begin_repair(&act, &body("begin"), &found, new).await.unwrap())
}

/// An application about a subject, submitted on a day with all papers.
pub(crate) async fn submitted(store: &Store, subject: &str, day: &str) -> RepairName {
    let name = begun(store, subject, day).await;
    submit(store, &name, &ALL_PAPERS, day).await.unwrap();
    name
}

/// An application about a subject, accepted by an office on a day.
pub(crate) async fn accepted(store: &Store, subject: &str, office: &'static str, day: &str) -> RepairName {
    let name = submitted(store, subject, day).await;
    examine(store, &name, office, Examination::Accept, day).await.unwrap();
    name
}

pub(crate) fn name(repair: &Repair) -> RepairName {
    RepairName::parse(&repair.name).unwrap()
}

pub(crate) async fn submit(
    store: &Store,
    name: &RepairName,
    kinds: &[&str],
    day: &str,
) -> Result<Repair, Error> {
    store.submit_repair(&act("CREDIT", "counter", day), &body("submit"), name, papers(kinds)).await
}

pub(crate) async fn examine(
    store: &Store,
    name: &RepairName,
    office: &'static str,
    examination: Examination,
    day: &str,
) -> Result<Repair, Error> {
    store.examine_repair(&act(office, "examiner", day), &body("examine"), name, examination).await
}

pub(crate) async fn verify(
    store: &Store,
    name: &RepairName,
    (office, person): (&'static str, &'static str),
    verification: Verification,
    day: &str,
) -> Result<Repair, Error> {
    store.verify_repair(&act(office, person, day), &body("verify"), name, verification).await
}

pub(crate) async fn decide(
    store: &Store,
    name: &RepairName,
    (office, person): (&'static str, &'static str),
    grant: bool,
    day: &str,
) -> Result<Repair, Error> {
    let ruling = ruling_on(store, name, grant).await;
    store.decide_repair(&act(office, person, day), &body("decide"), name, ruling).await
}

/// What an application was refused.
pub(crate) fn refused<T: std::fmt::Debug>(answer: Result<T, Error>) -> RepairRefused {
    match answer.unwrap_err() {
        Error::Repair(refused) => refused,
        other => panic!("{other:?}"),
    }
}

/// Paths of the fields for which a request was refused.
pub(crate) fn wrong_fields<T: std::fmt::Debug>(answer: Result<T, Error>) -> Vec<String> {
    match answer.unwrap_err() {
        Error::Common(service::Error::Invalid(fields)) => {
            fields.iter().map(|field| field.path.clone()).collect()
        }
        other => panic!("{other:?}"),
    }
}

/// Reason of any refusal, as a client reads it.
pub(crate) fn reason<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    use service::error::ServiceError;
    answer.unwrap_err().reason().name().to_owned()
}
