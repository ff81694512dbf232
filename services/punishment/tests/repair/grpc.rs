//! The whole path of a repair through a real channel, and what a simulation answers.

use std::sync::Arc;

use contract::punishment::v1 as pb;
use contract::punishment::v1::dossiers_client::DossiersClient;
use contract::punishment::v1::parties_client::PartiesClient;
use contract::punishment::v1::repairs_client::RepairsClient;
use contract::punishment::v1::simulator_client::SimulatorClient;
use db::Db;
use domain::MicrosUtc;
use punishment::api::add_all;
use punishment::index::PartyIndex;
use punishment::receipts::Receipts;
use punishment::store::Store;
use service::Clock;
use service::error::reason_of;
use service::peer::Peer;
use service::testing::{TestServer, token_of};
use tonic::Status;
use tonic_types::StatusExt;

use super::fixture::*;
use crate::common::*;

const CITY: &[&str] = &["370100"];
/// The day of all that happens here; the fine may be repaired since the day before.
pub(crate) const TODAY: &str = "2026-04-07";

/// A server over one database in which the party has a fine and another one an entry in the directory.
pub(crate) struct House {
    server: TestServer,
    pub(crate) store: Store,
    entry: String,
}

pub(crate) async fn house(db: Db) -> House {
    let store = open(db).await;
    told(&store, vec![fine()]).await;
    let entry = listed_entry(&store, OTHER, "2024-06-03").await.name;
    let clock = Clock::Fixed(MicrosUtc::start_of_shanghai_day(date(TODAY)));
    let index = Arc::new(PartyIndex::default());
    index.refresh(&store, clock.now()).await.unwrap();
    let server = TestServer::start("punishment", |server| {
        add_all(server, &store, &index, Receipts::unsigned(), clock)
    })
    .await;
    House { server, store, entry }
}

impl House {
    fn peer(&self, person: &str, office: &str, divisions: &[&str]) -> Peer {
        self.server.peer_on_line(token_of(person, office, divisions))
    }

    pub(crate) fn repairs(&self, person: &str, office: &str) -> RepairsClient<Peer> {
        RepairsClient::new(self.peer(person, office, CITY))
    }

    /// What the gateway is told of the party.
    pub(crate) async fn dossier(&self, office: &str) -> pb::Dossier {
        let request = pb::GetDossierRequest {
            name: format!("enterprises/{PARTY}"),
            purpose: "OTHER".to_owned(),
            ..pb::GetDossierRequest::default()
        };
        let mut dossiers = DossiersClient::new(self.peer("reader", office, CITY));
        dossiers.get_dossier(request).await.unwrap().into_inner()
    }

    async fn standing(&self) -> usize {
        let request = pb::CheckPartyRequest {
            uscc: OTHER.to_owned(),
            purpose: "PERMIT".to_owned(),
            ..pb::CheckPartyRequest::default()
        };
        let mut parties = PartiesClient::new(self.peer("licensing", "APPROVAL", CITY));
        parties.check_party(request).await.unwrap().into_inner().entries.len()
    }

    pub(crate) async fn begun(&self, subject: &str) -> String {
        let repair = pb::Repair { subject: subject.to_owned(), ..pb::Repair::default() };
        let request = pb::CreateRepairRequest { repair: Some(repair), request_id: id() };
        self.repairs("counter", "CREDIT").create_repair(request).await.unwrap().into_inner().name
    }
}

fn id() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn why(refused: &Status) -> String {
    reason_of(refused).unwrap_or_default()
}

pub(crate) fn submission(name: &str, kinds: &[&str]) -> pb::SubmitRepairRequest {
    let paper = |kind: &&str| pb::RepairPaper {
        kind: (*kind).to_owned(),
        digest: "0123456789abcdef".repeat(4),
        title: String::new(),
    };
    let papers = kinds.iter().map(paper).collect();
    pb::SubmitRepairRequest { name: name.to_owned(), papers, request_id: id() }
}

fn examination(name: &str, examination: pb::RepairExamination) -> pb::ExamineRepairRequest {
    pb::ExamineRepairRequest {
        name: name.to_owned(),
        examination: examination.into(),
        request_id: id(),
        ..pb::ExamineRepairRequest::default()
    }
}

fn verification(name: &str, method: &str) -> pb::RecordRepairVerificationRequest {
    let verification = pb::RepairVerification {
        method: method.to_owned(),
        confirmed: true,
        finding: "住所已经重新取得联系".to_owned(),
        ..pb::RepairVerification::default()
    };
    pb::RecordRepairVerificationRequest {
        name: name.to_owned(),
        verification: Some(verification),
        request_id: id(),
    }
}

fn decision(name: &str, grant: bool) -> pb::DecideRepairRequest {
    pb::DecideRepairRequest {
        name: name.to_owned(),
        grant,
        decision_no: "济市监修〔2026〕1号".to_owned(),
        reason: "条件具备".to_owned(),
        legal_basis: "《市场监督管理信用修复管理办法》".to_owned(),
        request_id: id(),
        ..pb::DecideRepairRequest::default()
    }
}

async fn a_repair_goes_from_eligibility_to_other_departments(house: House) {
    let question = pb::GetEligibilityRequest { subject: house.entry.clone(), as_of: String::new() };
    let mut district = house.repairs("examiner", "DISTRICT");
    let eligibility = district.get_eligibility(question).await.unwrap().into_inner();
    assert!(eligibility.eligible && eligibility.conditions[0].code == "contact_restored", "{eligibility:?}");
    assert_eq!(house.standing().await, 1);

    let name = house.begun(&house.entry).await;
    let mut counter = house.repairs("counter", "CREDIT");
    counter.submit_repair(submission(&name, &["application"])).await.unwrap();
    let ask = examination(&name, pb::RepairExamination::Ask);
    let asked = district.examine_repair(ask).await.unwrap().into_inner();
    assert_eq!(asked.gaps.iter().map(|gap| gap.kind.as_str()).collect::<Vec<_>>(), ["promise", "proof"]);
    counter.submit_repair(submission(&name, &["promise", "proof"])).await.unwrap();
    let accept = examination(&name, pb::RepairExamination::Accept);
    let accepted = district.examine_repair(accept).await.unwrap().into_inner();
    assert_eq!((accepted.accepted_on.as_str(), accepted.due_on.as_str()), (TODAY, "2026-04-14"));
    district.record_repair_verification(verification(&name, "OnSite")).await.unwrap();
    let own = district.decide_repair(decision(&name, true)).await.unwrap_err();
    assert_eq!(why(&own), "FOUR_EYES");
    let mut decider = house.repairs("decider", "DISTRICT");
    let unclear = decider.decide_repair(decision(&name, true)).await.unwrap_err();
    let violations = unclear.get_details_bad_request().unwrap().field_violations;
    assert_eq!(violations[0].field, "removal_ground", "two facts end an entry of the unreachable");
    let decide = pb::DecideRepairRequest { removal_ground: "5".to_owned(), ..decision(&name, true) };
    let granted = decider.decide_repair(decide.clone()).await.unwrap().into_inner();
    assert_eq!(decider.decide_repair(decide).await.unwrap().into_inner(), granted);
    assert_eq!((granted.state.as_str(), granted.executed_on.as_str()), ("Executed", TODAY));
    assert_eq!(house.standing().await, 0, "who asks is told at once");
    let share = pb::ShareRepairRequest { name: name.clone(), request_id: id() };
    let shared = house.repairs("sun", "CREDIT").share_repair(share).await.unwrap().into_inner();
    let push = pb::RecordRepairPushRequest {
        name: name.clone(),
        document_no: "济市监函〔2026〕1号".to_owned(),
        request_id: id(),
        ..pb::RecordRepairPushRequest::default()
    };
    let here = house.repairs("sun", "CREDIT").record_repair_push(push.clone()).await.unwrap_err();
    assert_eq!(why(&here), "REGISTERED_HERE");
    let registered_here = "登记机关已迁入济南市历下区".to_owned();
    let both = pb::RecordRepairPushRequest { acknowledged: true, registered_here, request_id: id(), ..push };
    let both = house.repairs("sun", "CREDIT").record_repair_push(both).await.unwrap_err();
    assert_eq!(why(&both), "INVALID_FIELDS", "an answer comes from who is told");
    let get = pb::GetRepairRequest { name };
    assert_eq!(district.get_repair(get).await.unwrap().into_inner(), shared);
    let listed = district.list_repairs(pb::ListRepairsRequest::default()).await.unwrap().into_inner();
    assert_eq!(listed.repairs, [shared]);
}

async fn a_fine_is_granted_by_the_panel_and_taken_back_when_its_proof_was_false(house: House) {
    let name = house.begun(PENALTY).await;
    let mut counter = house.repairs("counter", "CREDIT");
    counter.submit_repair(submission(&name, &ALL_PAPERS)).await.unwrap();
    let mut enforcement = house.repairs("examiner", "ENFORCEMENT");
    enforcement.examine_repair(examination(&name, pb::RepairExamination::Accept)).await.unwrap();
    let refer =
        pb::ReferRepairRequest {
            name: name.clone(), reason: "社会影响较大".to_owned(), request_id: id()
        };
    house.repairs("sun", "CREDIT").refer_repair(refer).await.unwrap();
    for (person, office) in [("sun", "CREDIT"), ("lin", "LEGAL"), ("hu", "FOOD_PROD")] {
        let opinion =
            pb::RepairOpinion { supports: true, reason: "已经改正".to_owned(), ..Default::default() };
        let request =
            pb::RecordRepairOpinionRequest { name: name.clone(), opinion: Some(opinion), request_id: id() };
        house.repairs(person, office).record_repair_opinion(request).await.unwrap();
    }
    house.repairs("hu", "FOOD_PROD").record_repair_verification(verification(&name, "OnSite")).await.unwrap();
    let granted = enforcement.decide_repair(decision(&name, true)).await.unwrap().into_inner();
    assert_eq!((granted.state.as_str(), granted.ends.len()), ("Granted", 2));
    let revoke = pb::RevokeRepairRequest {
        name: name.clone(),
        decision_no: "济市监撤〔2026〕1号".to_owned(),
        reason: "缴款凭证系伪造".to_owned(),
        legal_basis: "《市场监督管理信用修复管理办法》".to_owned(),
        request_id: id(),
    };
    let revoked = house.repairs("wu", "ENFORCEMENT").revoke_repair(revoke).await.unwrap().into_inner();
    assert_eq!(revoked.state, "RevokedForFraud");
    house.begun(PENALTY).await;
}

async fn another_field_and_another_division_are_refused(house: House) {
    let question = pb::GetEligibilityRequest { subject: PENALTY.to_owned(), as_of: String::new() };
    let mut equipment = house.repairs("cao", "SE_SUPERV");
    let refused = equipment.get_eligibility(question.clone()).await.unwrap_err();
    assert_eq!(why(&refused), "FIELD_NOT_PERMITTED");
    let mut elsewhere = RepairsClient::new(house.peer("sun", "DISTRICT", &["370116"]));
    assert_eq!(why(&elsewhere.get_eligibility(question).await.unwrap_err()), "DIVISION_NOT_PERMITTED");
    let name = house.begun(PENALTY).await;
    let get = pb::GetRepairRequest { name: name.clone() };
    assert_eq!(why(&equipment.get_repair(get).await.unwrap_err()), "FIELD_NOT_PERMITTED");
    let accept = examination(&name, pb::RepairExamination::Accept);
    assert_eq!(why(&elsewhere.examine_repair(accept).await.unwrap_err()), "DIVISION_NOT_PERMITTED");
    assert_eq!(
        house
            .store
            .repair(&punishment::domain::repair::RepairName::parse(&name).unwrap())
            .await
            .unwrap()
            .said
            .revision,
        1
    );
}

async fn every_bad_field_is_named_at_once(house: House) {
    let sent = pb::Repair {
        subject: "records/".to_owned(),
        papers: vec![pb::RepairPaper {
            kind: "letter".to_owned(),
            digest: "12".to_owned(),
            title: String::new(),
        }],
        related_checks: vec!["seriousCases/1".to_owned()],
        ..pb::Repair::default()
    };
    let request = pb::CreateRepairRequest { repair: Some(sent), request_id: "1".to_owned() };
    let refused = house.repairs("counter", "CREDIT").create_repair(request).await.unwrap_err();
    let violations = refused.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "request_id",
            "repair.subject",
            "repair.papers[0].kind",
            "repair.papers[0].digest",
            "repair.related_checks[0]"
        ]
    );
}

async fn a_penalty_of_tomorrow_is_told_by_the_law_of_its_day(house: House) {
    let mut simulator = SimulatorClient::new(house.peer("feng", "ENFORCEMENT", CITY));
    let mut of = async |decided_on: &str| {
        let request = pb::SimulatePenaltyRequest {
            decided_on: decided_on.to_owned(),
            penalty_kinds: vec!["3".to_owned()],
            fine_fen: 500_000,
            discretion_grade: "Heavier".to_owned(),
            ground: "F1".to_owned(),
            field: "FOOD".to_owned(),
            ..pb::SimulatePenaltyRequest::default()
        };
        simulator.simulate_penalty(request).await.unwrap().into_inner()
    };
    let (before, after) = (of("2025-12-24").await, of("2025-12-25").await);
    let first = |answer: &pb::SimulatedPenalty| answer.publications[0].eligible_from.clone();
    assert_eq!((first(&before).as_str(), first(&after).as_str()), ("2026-12-25", "2026-03-26"));
    let listing = after.listing.unwrap();
    assert_eq!((listing.eligible_from.as_str(), listing.term_ends_on.as_str()), ("2026-12-26", "2028-12-25"));
    assert!(after.listable && !after.measures.is_empty());
}

db::conformance! {
    open = house;
    cases = [
        a_repair_goes_from_eligibility_to_other_departments,
        a_fine_is_granted_by_the_panel_and_taken_back_when_its_proof_was_false,
        another_field_and_another_division_are_refused,
        every_bad_field_is_named_at_once,
        a_penalty_of_tomorrow_is_told_by_the_law_of_its_day,
    ];
}
