//! The service through a real channel: who is turned away, what a refusal says, and that a check tells what stands.

use std::sync::Arc;

use contract::punishment::v1 as pb;
use contract::punishment::v1::abnormal_directory_client::AbnormalDirectoryClient;
use contract::punishment::v1::parties_client::PartiesClient;
use contract::punishment::v1::serious_list_client::SeriousListClient;
use db::Db;
use domain::MicrosUtc;
use outbox::{Entropy, Origin, Outbox};
use punishment::MIGRATIONS;
use punishment::api::add_all;
use punishment::index::PartyIndex;
use punishment::receipts::Receipts;
use punishment::store::Store;
use rulebook::Rulebook;
use service::Clock;
use service::error::reason_of;
use service::peer::Peer;
use service::testing::{TestServer, token_of};
use tonic::{Code, Status};
use tonic_types::StatusExt;

const CITY: &[&str] = &["370100"];
const PARTY: &str = "91370102MA3C00011F";

/// The day of all that happens here.
const TODAY: &str = "2024-06-03";

/// A server over one database.
struct House {
    server: TestServer,
}

async fn house(db: Db) -> House {
    let shared = [&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &exchange::MIGRATIONS];
    let db = db::testing::migrated(db, &[&shared[..], &[&MIGRATIONS]].concat()).await;
    let origin = Origin { deployment: "test".to_owned(), service: "punishment".to_owned() };
    let store = Store::new(db, Outbox::new(origin, Entropy::system()), Rulebook::builtin());
    let clock = Clock::Fixed(MicrosUtc::start_of_shanghai_day(domain::parse_date(TODAY).unwrap()));
    let index = Arc::new(PartyIndex::default());
    let server = TestServer::start("punishment", |server| {
        add_all(server, &store, &index, Receipts::unsigned(), clock)
    })
    .await;
    House { server }
}

impl House {
    fn peer(&self, person: &str, office: &str, divisions: &[&str]) -> Peer {
        self.server.peer_on_line(token_of(person, office, divisions))
    }

    fn directory(&self, person: &str, divisions: &[&str]) -> AbnormalDirectoryClient<Peer> {
        AbnormalDirectoryClient::new(self.peer(person, "DISTRICT", divisions))
    }

    fn cases(&self, person: &str, office: &str, divisions: &[&str]) -> SeriousListClient<Peer> {
        SeriousListClient::new(self.peer(person, office, divisions))
    }

    async fn check(&self) -> pb::PartyCheck {
        let request = pb::CheckPartyRequest {
            uscc: PARTY.to_owned(),
            purpose: "PERMIT".to_owned(),
            ..pb::CheckPartyRequest::default()
        };
        let mut parties = PartiesClient::new(self.peer("licensing", "APPROVAL", CITY));
        parties.check_party(request).await.unwrap().into_inner()
    }

    async fn suspected(&self) -> pb::AbnormalEntry {
        self.directory("wang", CITY).create_abnormal_entry(suspicion()).await.unwrap().into_inner()
    }
}

fn id() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn suspicion() -> pb::CreateAbnormalEntryRequest {
    let entry = pb::AbnormalEntry {
        uscc: PARTY.to_owned(),
        party_name: "济南泉福食品有限公司".to_owned(),
        division: "370102".to_owned(),
        ground: "4".to_owned(),
        ..pb::AbnormalEntry::default()
    };
    pb::CreateAbnormalEntryRequest { entry: Some(entry), request_id: id() }
}

fn case() -> pb::CreateSeriousCaseRequest {
    let case = pb::SeriousCase {
        uscc: PARTY.to_owned(),
        party_name: "济南泉福食品有限公司".to_owned(),
        field: "FOOD".to_owned(),
        division: "370102".to_owned(),
        ground: "F1".to_owned(),
        penalty_document_no: "济市监罚〔2024〕7号".to_owned(),
        penalty_kinds: vec!["3".to_owned()],
        discretion_grade: "Heavier".to_owned(),
        ..pb::SeriousCase::default()
    };
    pb::CreateSeriousCaseRequest { serious_case: Some(case), request_id: id() }
}

fn advance(name: &str, event: &str, day: &str) -> pb::AdvanceAbnormalEntryRequest {
    let letter =
        (event == "RecordLetter").then_some(pb::AbnormalLetter { unsigned: true, ..Default::default() });
    pb::AdvanceAbnormalEntryRequest {
        letter,
        effective_on: day.to_owned(),
        name: name.to_owned(),
        event: event.to_owned(),
        document_no: "济市监异〔2024〕1号".to_owned(),
        reason: "两次专用信函均无人签收".to_owned(),
        legal_basis: "《企业经营异常名录管理办法》".to_owned(),
        request_id: id(),
        ..pb::AdvanceAbnormalEntryRequest::default()
    }
}

fn said(refused: &Status) -> (Code, String) {
    (refused.code(), reason_of(refused).unwrap_or_default())
}

async fn another_division_and_another_field_are_refused_and_left_out_of_lists(house: House) {
    let entry = house.suspected().await;
    let case =
        house.cases("zhou", "ENFORCEMENT", CITY).create_serious_case(case()).await.unwrap().into_inner();
    let elsewhere = &["370116"];
    let refused = |status: Status| reason_of(&status).unwrap_or_default();

    let mut district = house.directory("sun", elsewhere);
    assert_eq!(
        refused(district.create_abnormal_entry(suspicion()).await.unwrap_err()),
        "DIVISION_NOT_PERMITTED"
    );
    let get = pb::GetAbnormalEntryRequest { name: entry.name.clone() };
    assert_eq!(refused(district.get_abnormal_entry(get).await.unwrap_err()), "DIVISION_NOT_PERMITTED");
    let step = advance(&entry.name, "Verify", "");
    assert_eq!(refused(district.advance_abnormal_entry(step).await.unwrap_err()), "DIVISION_NOT_PERMITTED");
    let listed = district.list_abnormal_entries(pb::ListAbnormalEntriesRequest::default()).await.unwrap();
    assert_eq!(listed.into_inner().entries, []);

    let get = pb::GetSeriousCaseRequest { name: case.name };
    let mut equipment = house.cases("qian", "SE_SUPERV", CITY);
    assert_eq!(refused(equipment.get_serious_case(get.clone()).await.unwrap_err()), "FIELD_NOT_PERMITTED");
    let listed = equipment.list_serious_cases(pb::ListSeriousCasesRequest::default()).await.unwrap();
    assert_eq!(listed.into_inner().cases, []);
    let mut enforcement = house.cases("zhou", "ENFORCEMENT", elsewhere);
    assert_eq!(refused(enforcement.get_serious_case(get).await.unwrap_err()), "DIVISION_NOT_PERMITTED");
}

async fn every_fault_of_a_question_for_a_list_is_named_at_once(house: House) {
    let named = |refused: Status| {
        let violations = refused.get_details_bad_request().unwrap().field_violations;
        violations.into_iter().map(|violation| violation.field).collect::<Vec<_>>()
    };
    let (uscc, state, page_size) = ("1".to_owned(), "Lost".to_owned(), -1);
    let entries = pb::ListAbnormalEntriesRequest {
        uscc: uscc.clone(),
        state: state.clone(),
        page_size,
        ..Default::default()
    };
    let refused = house.directory("wang", CITY).list_abnormal_entries(entries).await.unwrap_err();
    assert_eq!(named(refused), ["uscc", "state", "page_size"]);
    let cases = pb::ListSeriousCasesRequest { uscc, state, page_size, ..Default::default() };
    let refused = house.cases("zhou", "ENFORCEMENT", CITY).list_serious_cases(cases).await.unwrap_err();
    assert_eq!(named(refused), ["uscc", "state", "page_size"]);
}

async fn what_is_not_there_is_not_found_by_its_reason(house: House) {
    let name = "abnormalEntries/none".to_owned();
    let refused =
        house.directory("wang", CITY).get_abnormal_entry(pb::GetAbnormalEntryRequest { name }).await;
    assert_eq!(said(&refused.unwrap_err()), (Code::NotFound, "ENTRY_NOT_FOUND".to_owned()));
    let name = "seriousCases/none".to_owned();
    let mut cases = house.cases("zhou", "ENFORCEMENT", CITY);
    let refused = cases.get_serious_case(pb::GetSeriousCaseRequest { name }).await;
    assert_eq!(said(&refused.unwrap_err()), (Code::NotFound, "CASE_NOT_FOUND".to_owned()));
}

async fn every_bad_field_is_named_at_once(house: House) {
    let sent = pb::SeriousCase {
        uscc: "91370102MA3C00011X".to_owned(),
        field: "TOYS".to_owned(),
        penalty_kinds: vec!["3".to_owned(), "99".to_owned()],
        discretion_grade: "Harsh".to_owned(),
        ground: "Z9".to_owned(),
        ..case().serious_case.unwrap()
    };
    let request = pb::CreateSeriousCaseRequest { serious_case: Some(sent), request_id: "1".to_owned() };
    let refused = house.cases("zhou", "ENFORCEMENT", CITY).create_serious_case(request).await.unwrap_err();
    let violations = refused.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
    let named = ["uscc", "field", "penalty_kinds[1]", "discretion_grade", "ground"]
        .map(|of| format!("serious_case.{of}"));
    assert_eq!(fields[0], "request_id");
    assert_eq!(fields[1..], named);
    assert!(
        violations[5].description.contains("F1, F2"),
        "what would be right: {}",
        violations[5].description
    );
}

async fn a_decision_is_told_to_who_asks_at_once_and_only_after_four_eyes(house: House) {
    let name = house.suspected().await.name;
    let mut wang = house.directory("wang", CITY);
    let steps = [("Verify", "2024-05-06"), ("RecordLetter", "2024-05-06"), ("RecordLetter", "2024-05-27")];
    for (event, day) in steps.into_iter().chain([("Propose", TODAY)]) {
        wang.advance_abnormal_entry(advance(&name, event, day)).await.unwrap();
    }
    let refused = wang.advance_abnormal_entry(advance(&name, "Decide", "")).await.unwrap_err();
    assert_eq!(said(&refused).1, "FOUR_EYES");
    assert_eq!(house.check().await.entries, [], "what is proposed does not stand");
    let decide = advance(&name, "Decide", "");
    let mut li = house.directory("li", CITY);
    let first = li.advance_abnormal_entry(decide.clone()).await.unwrap().into_inner();
    assert_eq!(li.advance_abnormal_entry(decide).await.unwrap().into_inner(), first);
    let check = house.check().await;
    assert_eq!(check.entries.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), [name]);
}

/// What an officer found who weighed every factor of the law.
fn assessment() -> pb::SeriousAssessment {
    let book = Rulebook::builtin();
    let factors = book.codes("serious_factor", domain::parse_date(TODAY).unwrap());
    pb::SeriousAssessment {
        grave: true,
        findings: "多次使用非食品原料，危害公众健康".to_owned(),
        factors: factors
            .map(|code| pb::WeighedFactor { factor: code.code.clone(), finding: "已衡量".to_owned() })
            .collect(),
        no_intent_proven: false,
    }
}

fn decision() -> pb::SeriousDecision {
    pb::SeriousDecision {
        matter: "未取得许可从事食品生产经营活动".to_owned(),
        basis: "办法第五条".to_owned(),
        measures: "列为重点监管对象".to_owned(),
        removal: "列入满一年可申请提前移出".to_owned(),
        remedies: "行政复议、行政诉讼".to_owned(),
        penalty_decided_on: TODAY.to_owned(),
        restricted_until: String::new(),
    }
}

fn case_step(name: &str, event: &str, day: &str) -> pb::AdvanceSeriousCaseRequest {
    pb::AdvanceSeriousCaseRequest {
        name: name.to_owned(),
        event: event.to_owned(),
        document_no: "济市监列〔2024〕1号".to_owned(),
        effective_on: day.to_owned(),
        reason: "事实清楚".to_owned(),
        legal_basis: "办法第二条".to_owned(),
        request_id: id(),
        assessment: (event == "Assess").then(assessment),
        decision: (event == "Decide").then(decision),
        ..pb::AdvanceSeriousCaseRequest::default()
    }
}

async fn the_superior_and_nobody_else_consents(house: House) {
    let mut body = house.cases("zhou", "ENFORCEMENT", CITY);
    let name = body.create_serious_case(case()).await.unwrap().into_inner().name;
    for (office, event, day) in [
        ("FOOD_PROD", "GiveOpinion", "2024-05-06"),
        ("ENFORCEMENT", "Assess", "2024-05-06"),
        ("LEGAL", "Review", "2024-05-06"),
        ("ENFORCEMENT", "ServeNotice", "2024-05-06"),
        ("ENFORCEMENT", "AskConsent", TODAY),
    ] {
        let person = if office == "LEGAL" { "lin" } else { "zhou" };
        let taken =
            house.cases(person, office, CITY).advance_serious_case(case_step(&name, event, day)).await;
        taken.unwrap_or_else(|refused| panic!("{event}: {refused}"));
    }
    for office in ["ENFORCEMENT", "CREDIT", "LEGAL", "FOOD_PROD"] {
        let consent = case_step(&name, "Consent", TODAY);
        let refused = house.cases("wu", office, CITY).advance_serious_case(consent).await;
        assert_eq!(
            said(&refused.unwrap_err()),
            (Code::PermissionDenied, "OFFICE_NOT_ALLOWED".to_owned()),
            "{office}"
        );
    }
    let mut superior = house.cases("wu", "SUPERIOR", CITY);
    let consented =
        superior.advance_serious_case(case_step(&name, "Consent", TODAY)).await.unwrap().into_inner();
    assert_eq!((consented.state.as_str(), consented.listed_on.as_str()), ("Consented", ""));
    let refused = body.advance_serious_case(case_step(&name, "Decide", TODAY)).await.unwrap_err();
    assert_eq!(said(&refused).1, "FOUR_EYES", "who asked for consent does not decide");
    let mut head = house.cases("feng", "ENFORCEMENT", CITY);
    let decided = head.advance_serious_case(case_step(&name, "Decide", TODAY)).await.unwrap().into_inner();
    assert_eq!((decided.state.as_str(), decided.listed_on.as_str()), ("Decided", TODAY));
    assert_eq!(decided.papers.unwrap().decision, Some(decision()));
}

async fn a_step_without_its_paper_or_with_one_of_another_step_is_refused_by_the_field(house: House) {
    let mut body = house.cases("zhou", "ENFORCEMENT", CITY);
    let name = body.create_serious_case(case()).await.unwrap().into_inner().name;
    let mut sent = case_step(&name, "Assess", "");
    (sent.assessment, sent.decision) = (None, Some(decision()));
    let refused = body.advance_serious_case(sent).await.unwrap_err();
    let violations = refused.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["decision", "assessment"]);
    for event in ["Publish", "RemoveEarly", "Restore", "Expire", "Annul", "Trigger"] {
        let refused = body.advance_serious_case(case_step(&name, event, "")).await.unwrap_err();
        assert_eq!(said(&refused), (Code::InvalidArgument, "INVALID_FIELDS".to_owned()), "{event}");
    }
}

db::conformance! {
    open = house;
    cases = [
        another_division_and_another_field_are_refused_and_left_out_of_lists,
        every_fault_of_a_question_for_a_list_is_named_at_once,
        what_is_not_there_is_not_found_by_its_reason,
        every_bad_field_is_named_at_once,
        a_decision_is_told_to_who_asks_at_once_and_only_after_four_eyes,
        the_superior_and_nobody_else_consents,
        a_step_without_its_paper_or_with_one_of_another_step_is_refused_by_the_field,
    ];
}
