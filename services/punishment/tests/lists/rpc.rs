//! Annual reports, remedies and batches through a real channel.

use std::collections::BTreeSet;
use std::sync::Arc;

use contract::punishment::v1 as pb;
use contract::punishment::v1::abnormal_directory_client::AbnormalDirectoryClient;
use contract::punishment::v1::dossiers_client::DossiersClient;
use contract::punishment::v1::entry_remedies_client::EntryRemediesClient;
use contract::punishment::v1::joint_measures_client::JointMeasuresClient;
use contract::punishment::v1::parties_client::PartiesClient;
use contract::punishment::v1::repairs_client::RepairsClient;
use contract::punishment::v1::serious_list_client::SeriousListClient;
use db::Db;
use domain::{DocumentNumber, MicrosUtc};
use punishment::api::add_all;
use punishment::domain::serious::NewCase;
use punishment::index::PartyIndex;
use punishment::receipts::Receipts;
use punishment::store::Store;
use service::Clock;
use service::error::reason_of;
use service::peer::Peer;
use service::testing::{TestServer, token_of};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::common::{OTHER, PARTY, case, date, listed_entry, open as records, opened, published_case};
use crate::lists::refusals::refused;

const CITY: &[&str] = &["370100"];
/// The day of all that happens here.
const TODAY: &str = "2024-06-03";

struct House {
    server: TestServer,
    store: Store,
}

async fn house(db: Db) -> House {
    let store = records(db).await;
    let clock = Clock::Fixed(MicrosUtc::start_of_shanghai_day(date(TODAY)));
    let index = Arc::new(PartyIndex::default());
    let server = TestServer::start("punishment", |server| {
        add_all(server, &store, &index, Receipts::unsigned(), clock)
    })
    .await;
    House { server, store }
}

impl House {
    fn peer(&self, person: &str, office: &str, divisions: &[&str]) -> Peer {
        self.server.peer_on_line(token_of(person, office, divisions))
    }

    fn remedies(&self, office: &str) -> EntryRemediesClient<Peer> {
        EntryRemediesClient::new(self.peer("lin", office, CITY))
    }

    async fn dossier(&self, office: &str, request: pb::GetDossierRequest) -> Result<pb::Dossier, Status> {
        let mut dossiers = DossiersClient::new(self.peer("sun", office, CITY));
        Ok(dossiers.get_dossier(request).await?.into_inner())
    }

    /// The same as the RPCs of the parts answer it.
    async fn parts(&self, office: &str, page_size: i32) -> pb::Dossier {
        let (peer, uscc) = (|| self.peer("sun", office, CITY), || PARTY.to_owned());
        let request = pb::ListAbnormalEntriesRequest { uscc: uscc(), page_size, ..Default::default() };
        let entries = AbnormalDirectoryClient::new(peer()).list_abnormal_entries(request).await;
        let entries = entries.unwrap().into_inner();
        let request = pb::ListSeriousCasesRequest { uscc: uscc(), page_size, ..Default::default() };
        let cases = SeriousListClient::new(peer()).list_serious_cases(request).await.unwrap().into_inner();
        let request = pb::ListMeasuresRequest { uscc: uscc(), page_size, ..Default::default() };
        let measures = JointMeasuresClient::new(peer()).list_measures(request).await.unwrap().into_inner();
        let request = pb::ListRepairsRequest { uscc: uscc(), page_size, ..Default::default() };
        let repairs = RepairsClient::new(peer()).list_repairs(request).await.unwrap().into_inner();
        let request = pb::ListEntryRemediesRequest { uscc: uscc(), page_size, ..Default::default() };
        let remedies = EntryRemediesClient::new(peer()).list_entry_remedies(request).await;
        let remedies = remedies.unwrap().into_inner();
        let request =
            pb::CheckPartyRequest { uscc: uscc(), purpose: "OTHER".to_owned(), ..Default::default() };
        let check = PartiesClient::new(peer()).check_party(request).await.unwrap().into_inner();
        pb::Dossier {
            abnormal_entries: entries.entries,
            more_abnormal_entries: !entries.next_page_token.is_empty(),
            serious_cases: cases.cases,
            more_serious_cases: !cases.next_page_token.is_empty(),
            measures: measures.measures,
            more_measures: !measures.next_page_token.is_empty(),
            repairs: repairs.repairs,
            more_repairs: !repairs.next_page_token.is_empty(),
            entry_remedies: remedies.remedies,
            more_entry_remedies: !remedies.next_page_token.is_empty(),
            check: Some(check),
            missing: Vec::new(),
        }
    }

    /// How many entries a licensing system is told of.
    async fn told(&self) -> usize {
        let request = pb::CheckPartyRequest {
            uscc: PARTY.to_owned(),
            purpose: "PERMIT".to_owned(),
            ..pb::CheckPartyRequest::default()
        };
        let mut parties = PartiesClient::new(self.peer("licensing", "APPROVAL", CITY));
        parties.check_party(request).await.unwrap().into_inner().entries.len()
    }
}

fn id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Paths of the fields that a refusal names.
fn fields(refused: &Status) -> Vec<String> {
    let violations = refused.get_details_bad_request().unwrap().field_violations;
    violations.into_iter().map(|violation| violation.field).collect()
}

fn remedy(entry: &str) -> pb::RegisterEntryRemedyRequest {
    let entry_remedy = pb::EntryRemedy {
        entry: entry.to_owned(),
        kind: "Reconsideration".to_owned(),
        body: "济南市人民政府".to_owned(),
        document_no: "济政复〔2024〕1号".to_owned(),
        accepted_on: "2024-05-06".to_owned(),
        ..pb::EntryRemedy::default()
    };
    pb::RegisterEntryRemedyRequest { entry_remedy: Some(entry_remedy), request_id: id() }
}

async fn an_order_rests_a_listing_for_who_asks_and_an_outcome_ends_it(house: House) {
    let case = published_case(&house.store).await;
    let mut legal = house.remedies("LEGAL");
    let request = remedy(&case.name);
    let registered = legal.register_entry_remedy(request.clone()).await.unwrap().into_inner();
    assert_eq!(legal.register_entry_remedy(request).await.unwrap().into_inner(), registered, "a repetition");
    assert_eq!(house.told().await, 1);
    let order = pb::SuspendEntryRequest {
        name: registered.name.clone(),
        document_no: "济政停〔2024〕1号".to_owned(),
        ordered_on: "2024-05-20".to_owned(),
        reason: "停止执行".to_owned(),
        request_id: id(),
    };
    let suspended = legal.suspend_entry(order).await.unwrap().into_inner();
    assert_eq!((suspended.state.as_str(), suspended.suspended_on.as_str()), ("Suspended", "2024-05-20"));
    assert_eq!(house.told().await, 0);
    let outcome = pb::EntryRemedyOutcome {
        code: "Upheld".to_owned(),
        document_no: "济政复决〔2024〕1号".to_owned(),
        decided_on: TODAY.to_owned(),
        summary: "维持".to_owned(),
        ..pb::EntryRemedyOutcome::default()
    };
    let request = pb::RecordEntryRemedyOutcomeRequest {
        name: registered.name.clone(),
        outcome: Some(outcome),
        request_id: id(),
    };
    let ended = legal.record_entry_remedy_outcome(request).await.unwrap().into_inner();
    assert_eq!((ended.state.as_str(), ended.suspended_on.as_str()), ("Upheld", ""));
    assert_eq!(house.told().await, 1);
    let named = pb::GetEntryRemedyRequest { name: registered.name };
    assert_eq!(legal.get_entry_remedy(named).await.unwrap().into_inner(), ended);
    let listed = pb::ListEntryRemediesRequest { entry: case.name, ..pb::ListEntryRemediesRequest::default() };
    assert_eq!(legal.list_entry_remedies(listed).await.unwrap().into_inner().remedies, [ended]);
}

async fn a_remedy_is_refused_by_its_reason(house: House) {
    let entry = listed_entry(&house.store, PARTY, "2024-04-01").await;
    let mut legal = house.remedies("LEGAL");
    let reason = |refused: Status| (refused.code(), reason_of(&refused).unwrap_or_default());
    let none = legal.register_entry_remedy(remedy("abnormalEntries/none")).await.unwrap_err();
    assert_eq!(reason(none), (Code::NotFound, "ENTRY_NOT_FOUND".to_owned()));
    let request = pb::RegisterEntryRemedyRequest::default();
    let bad = legal.register_entry_remedy(request).await.unwrap_err();
    let paths = ["request_id", "entry_remedy"].map(str::to_owned);
    assert_eq!(fields(&bad)[..2], paths);
    assert_eq!(fields(&bad).len(), 7, "every field at once: {:?}", fields(&bad));
    let elsewhere = EntryRemediesClient::new(house.peer("sun", "DISTRICT", &["370116"]))
        .register_entry_remedy(remedy(&entry.name))
        .await
        .unwrap_err();
    assert_eq!(reason(elsewhere).1, "DIVISION_NOT_PERMITTED");
    legal.register_entry_remedy(remedy(&entry.name)).await.unwrap();
    let again = legal.register_entry_remedy(remedy(&entry.name)).await.unwrap_err();
    assert_eq!(reason(again), (Code::AlreadyExists, "REMEDY_EXISTS".to_owned()));
}

async fn a_refused_removal_is_contested_and_decided_again_through_the_service(house: House) {
    let entry = listed_entry(&house.store, PARTY, "2024-04-01").await;
    let step = |event: &str| pb::AdvanceAbnormalEntryRequest {
        name: entry.name.clone(),
        event: event.to_owned(),
        document_no: "济市监异〔2024〕3号".to_owned(),
        reason: "已核实".to_owned(),
        legal_basis: "《企业经营异常名录管理办法》".to_owned(),
        removal_ground: if event == "RequestRemoval" { "5" } else { "" }.to_owned(),
        request_id: id(),
        ..pb::AdvanceAbnormalEntryRequest::default()
    };
    let reason = |refused: Status| reason_of(&refused).unwrap_or_default();
    let mut wang = AbnormalDirectoryClient::new(house.peer("wang", "DISTRICT", CITY));
    wang.advance_abnormal_entry(step("RequestRemoval")).await.unwrap();
    let verified = wang.advance_abnormal_entry(step("VerifyRemoval")).await.unwrap().into_inner();
    let dates = (verified.removal_verified_on.as_str(), verified.due_on.as_str());
    assert_eq!(dates, (TODAY, "2024-06-11"), "Monday 10 June is a holiday");
    let anew = wang.advance_abnormal_entry(step("VerifyRemoval")).await.unwrap_err();
    assert_eq!(
        (anew.code(), reason(anew)),
        (Code::FailedPrecondition, "REMOVAL_VERIFICATION_UNFIT".to_owned())
    );
    let mut legal = house.remedies("LEGAL");
    let against = || pb::EntryRemedy {
        refused_removal: true,
        accepted_on: TODAY.to_owned(),
        ..remedy(&entry.name).entry_remedy.unwrap()
    };
    let request = || pb::RegisterEntryRemedyRequest { entry_remedy: Some(against()), request_id: id() };
    let early = legal.register_entry_remedy(request()).await.unwrap_err();
    assert_eq!((early.code(), reason(early)), (Code::FailedPrecondition, "NOT_REFUSED".to_owned()));

    let mut li = AbnormalDirectoryClient::new(house.peer("li", "DISTRICT", CITY));
    li.advance_abnormal_entry(step("RefuseRemoval")).await.unwrap();
    let registered = legal.register_entry_remedy(request()).await.unwrap().into_inner();
    assert!(registered.refused_removal && registered.entry == entry.name);
    let order = pb::SuspendEntryRequest {
        name: registered.name.clone(),
        document_no: "济政停〔2024〕1号".to_owned(),
        ordered_on: TODAY.to_owned(),
        reason: "停止执行".to_owned(),
        request_id: id(),
    };
    assert_eq!(reason(legal.suspend_entry(order).await.unwrap_err()), "TRANSITION_NOT_ALLOWED");
    let own = li.advance_abnormal_entry(step("DecideAgain")).await.unwrap_err();
    assert_eq!(fields(&own), ["event"], "only the outcome of a remedy does that");
    let outcome = pb::EntryRemedyOutcome {
        code: "Annulled".to_owned(),
        document_no: "济政复决〔2024〕1号".to_owned(),
        decided_on: TODAY.to_owned(),
        summary: "撤销不予移出决定".to_owned(),
        ..pb::EntryRemedyOutcome::default()
    };
    let request = pb::RecordEntryRemedyOutcomeRequest {
        name: registered.name,
        outcome: Some(outcome),
        request_id: id(),
    };
    let ended = legal.record_entry_remedy_outcome(request).await.unwrap().into_inner();
    assert_eq!(ended.state, "Annulled");
    let named = pb::GetAbnormalEntryRequest { name: entry.name.clone() };
    let again = li.get_abnormal_entry(named).await.unwrap().into_inner();
    assert_eq!((again.state.as_str(), again.due_on.as_str()), ("RemovalRequested", "2024-06-11"));
}

async fn a_day_for_deciding_again_goes_with_an_annulled_refusal_alone_and_is_shown(house: House) {
    let entry = refused(&house.store).await;
    let mut legal = house.remedies("LEGAL");
    let against = pb::EntryRemedy {
        refused_removal: true,
        accepted_on: "2024-05-20".to_owned(),
        ..remedy(&entry.name).entry_remedy.unwrap()
    };
    let request = pb::RegisterEntryRemedyRequest { entry_remedy: Some(against), request_id: id() };
    let registered = legal.register_entry_remedy(request).await.unwrap().into_inner();
    let ended = |code: &str, day: &str| pb::RecordEntryRemedyOutcomeRequest {
        name: registered.name.clone(),
        outcome: Some(pb::EntryRemedyOutcome {
            code: code.to_owned(),
            document_no: "鲁01行终〔2024〕1号".to_owned(),
            decided_on: TODAY.to_owned(),
            summary: "限期重新作出决定".to_owned(),
            decide_again_by: day.to_owned(),
            ..pb::EntryRemedyOutcome::default()
        }),
        request_id: id(),
    };
    for (code, day) in [
        ("Upheld", "2024-06-28"),
        ("Changed", "2024-06-28"),
        ("Discontinued", "2024-06-28"),
        ("Annulled", "2024-06-02"),
        ("Annulled", "28 June"),
    ] {
        let wrong = legal.record_entry_remedy_outcome(ended(code, day)).await.unwrap_err();
        assert_eq!(fields(&wrong), ["outcome.decide_again_by"], "{code} {day}");
    }
    let answer = legal.record_entry_remedy_outcome(ended("Annulled", "2024-06-28")).await;
    let answer = answer.unwrap().into_inner();
    assert_eq!(answer.outcome.as_ref().unwrap().decide_again_by, "2024-06-28");
    let named = pb::GetEntryRemedyRequest { name: registered.name.clone() };
    assert_eq!(legal.get_entry_remedy(named).await.unwrap().into_inner(), answer);
    let named = pb::GetAbnormalEntryRequest { name: entry.name.clone() };
    let mut directory = AbnormalDirectoryClient::new(house.peer("li", "DISTRICT", CITY));
    let again = directory.get_abnormal_entry(named).await.unwrap().into_inner();
    assert_eq!((again.state.as_str(), again.due_on.as_str()), ("RemovalRequested", "2024-06-28"));
}

async fn annual_reports_are_taken_whole_or_refused_with_every_bad_field(house: House) {
    let report = |year: i32, published_on: &str| pb::AnnualReport {
        uscc: PARTY.to_owned(),
        party_name: "济南泉福食品有限公司".to_owned(),
        division: "370102".to_owned(),
        year,
        published_on: published_on.to_owned(),
    };
    let mut credit = AbnormalDirectoryClient::new(house.peer("sun", "CREDIT", CITY));
    let request =
        |reports: Vec<pb::AnnualReport>| pb::RecordAnnualReportsRequest { reports, request_id: id() };
    let bad = vec![
        report(2024, ""),
        report(2022, "2022-12-31"),
        pb::AnnualReport { uscc: "1".to_owned(), ..report(2023, "") },
    ];
    let refused = credit.record_annual_reports(request(bad)).await.unwrap_err();
    assert_eq!(fields(&refused), ["reports[0].year", "reports[1].published_on", "reports[2].uscc"]);
    let good = vec![report(2023, ""), report(2022, "2023-06-30")];
    let taken = credit.record_annual_reports(request(good.clone())).await.unwrap().into_inner();
    assert_eq!((taken.owed, taken.published, taken.removals_requested.len()), (1, 1, 0));
    let mut district = AbnormalDirectoryClient::new(house.peer("wang", "DISTRICT", &["370116"]));
    let refused = district.record_annual_reports(request(good)).await.unwrap_err();
    assert_eq!(reason_of(&refused).unwrap_or_default(), "DIVISION_NOT_PERMITTED");
}

async fn the_last_day_of_an_order_to_publish_follows_from_the_order_and_is_not_typed(house: House) {
    let mut district = AbnormalDirectoryClient::new(house.peer("wang", "DISTRICT", CITY));
    let suspicion = |lapsed_on: &str| {
        let entry = pb::AbnormalEntry {
            uscc: PARTY.to_owned(),
            party_name: "济南泉福食品有限公司".to_owned(),
            division: "370102".to_owned(),
            ground: "2".to_owned(),
            lapsed_on: lapsed_on.to_owned(),
            ..pb::AbnormalEntry::default()
        };
        pb::CreateAbnormalEntryRequest { entry: Some(entry), request_id: id() }
    };
    for typed in ["2024-05-30", TODAY] {
        let refused = district.create_abnormal_entry(suspicion(typed)).await.unwrap_err();
        assert_eq!(fields(&refused), ["entry.lapsed_on"]);
    }
    let suspected = district.create_abnormal_entry(suspicion("")).await.unwrap().into_inner();
    let step = |event: &str| pb::AdvanceAbnormalEntryRequest {
        name: suspected.name.clone(),
        event: event.to_owned(),
        effective_on: "2024-05-20".to_owned(),
        document_no: "济市监责公〔2024〕1号".to_owned(),
        reason: "未公示即时信息".to_owned(),
        legal_basis: "《企业信息公示暂行条例》".to_owned(),
        request_id: id(),
        ..pb::AdvanceAbnormalEntryRequest::default()
    };
    district.advance_abnormal_entry(step("Verify")).await.unwrap();
    let ordered = district.advance_abnormal_entry(step("RecordOrder")).await.unwrap().into_inner();
    assert_eq!(
        (ordered.order_no.as_str(), ordered.ordered_on.as_str(), ordered.lapsed_on.as_str()),
        ("济市监责公〔2024〕1号", "2024-05-20", "2024-05-30")
    );
}

async fn a_batch_names_cases_once_and_only_those_of_the_list(house: House) {
    let case = published_case(&house.store).await;
    let mut credit = SeriousListClient::new(house.peer("sun", "CREDIT", CITY));
    let request = |names: &[&str], title: &str| pb::PublishSeriousCasesRequest {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        title: title.to_owned(),
        request_id: id(),
        ..pb::PublishSeriousCasesRequest::default()
    };
    let bad = credit.publish_serious_cases(request(&["abnormalEntries/1", &case.name, &case.name], "")).await;
    assert_eq!(fields(&bad.unwrap_err()), ["names[0]", "names[2]", "title"]);
    let published = credit.publish_serious_cases(request(&[&case.name], "第一批")).await.unwrap_err();
    let why = published.get_details_error_info().unwrap();
    assert_eq!(why.reason, "TRANSITION_NOT_ALLOWED", "it is published already");
    assert_eq!((&why.metadata["name"], &*why.metadata["state"]), (&case.name, "Published"));
    assert!(published.message().starts_with(&format!("`{}`: ", case.name)), "{}", published.message());
}

async fn more_time_for_a_case_is_asked_for_by_one_officer_and_decided_by_another(house: House) {
    let name = opened(&house.store, case(), "2024-05-06").await.to_string();
    let list = |person: &str| SeriousListClient::new(house.peer(person, "ENFORCEMENT", CITY));
    let nothing = list("wang").request_case_extension(pb::RequestCaseExtensionRequest::default()).await;
    assert_eq!(fields(&nothing.unwrap_err()), ["request_id", "name", "reason"]);
    let reason = "案情复杂".to_owned();
    let ask = pb::RequestCaseExtensionRequest { name: name.clone(), reason, request_id: id() };
    let asked = list("wang").request_case_extension(ask.clone()).await.unwrap().into_inner();
    assert_eq!(list("wang").request_case_extension(ask).await.unwrap().into_inner(), asked, "a repetition");
    let decision = |granted, extended_to: &str| pb::DecideCaseExtensionRequest {
        name: name.clone(),
        granted,
        extended_to: extended_to.to_owned(),
        request_id: id(),
        ..pb::DecideCaseExtensionRequest::default()
    };
    let bad = list("feng").decide_case_extension(decision(false, "2024-12-31")).await.unwrap_err();
    assert_eq!(fields(&bad), ["remark", "extended_to"]);
    let own = list("wang").decide_case_extension(decision(true, "")).await.unwrap_err();
    assert_eq!(reason_of(&own).unwrap_or_default(), "FOUR_EYES");
    let granted = list("feng").decide_case_extension(decision(true, "")).await.unwrap().into_inner();
    let extension = granted.extensions.last().cloned().unwrap();
    assert_eq!((extension.state.as_str(), extension.extended_to.as_str()), ("Granted", "2024-09-04"));
    let named = pb::GetSeriousCaseRequest { name: name.clone() };
    assert_eq!(list("wang").get_serious_case(named).await.unwrap().into_inner(), granted);
}

async fn a_dossier_holds_what_the_rpcs_of_its_parts_answer_the_same_officer(house: House) {
    let case = published_case(&house.store).await;
    opened(&house.store, case_of_another_penalty(), "2024-05-06").await;
    let entry = listed_entry(&house.store, PARTY, "2024-05-06").await;
    let other = listed_entry(&house.store, OTHER, "2024-05-06").await;
    let mut legal = house.remedies("LEGAL");
    for contested in [&entry.name, &other.name] {
        legal.register_entry_remedy(remedy(contested)).await.unwrap();
    }
    let asks = |latest: i32| pb::GetDossierRequest {
        name: format!("enterprises/{PARTY}"),
        latest,
        purpose: "OTHER".to_owned(),
    };
    let whole = house.dossier("CREDIT", asks(500)).await.unwrap();
    assert_eq!(whole, house.parts("CREDIT", 500).await);
    assert_eq!((whole.serious_cases.len(), whole.abnormal_entries.len()), (2, 1));
    let against: Vec<_> = whole.entry_remedies.iter().map(|one| &one.entry).collect();
    assert_eq!(against, [&entry.name], "the other party's is not its own");
    let measured: BTreeSet<_> = whole.measures.iter().map(|one| &one.entry).collect();
    assert_eq!(measured, BTreeSet::from([&entry.name, &case.name]), "what each listing brings");
    assert_eq!(whole.abnormal_entries[0].name, entry.name);
    let check = whole.check.unwrap();
    assert!(check.entries.iter().any(|entry| entry.name == case.name), "{:?}", check.entries);

    let cut = house.dossier("CREDIT", asks(1)).await.unwrap();
    assert_eq!(cut, house.parts("CREDIT", 1).await);
    assert_eq!(
        (cut.serious_cases.len(), cut.more_serious_cases, cut.more_abnormal_entries),
        (1, true, false)
    );
    assert_eq!((cut.measures.len(), cut.more_measures, cut.more_repairs), (1, true, false));
    let equipment = house.dossier("SE_SUPERV", asks(500)).await.unwrap();
    assert_eq!(equipment, house.parts("SE_SUPERV", 500).await);
    assert_eq!((equipment.serious_cases.len(), equipment.abnormal_entries.len()), (0, 1));

    let bad = pb::GetDossierRequest { name: PARTY.to_owned(), latest: -1, purpose: "WHIM".to_owned() };
    let refused = house.dossier("CREDIT", bad).await.unwrap_err();
    assert_eq!(fields(&refused), ["name", "latest", "purpose"]);
}

fn case_of_another_penalty() -> NewCase {
    NewCase { penalty_document_no: DocumentNumber::parse("济市监罚〔2024〕8号").unwrap(), ..case() }
}

mod cases {
    use super::*;
    db::conformance! {
        open = house;
        cases = [
            an_order_rests_a_listing_for_who_asks_and_an_outcome_ends_it,
            a_remedy_is_refused_by_its_reason,
            a_refused_removal_is_contested_and_decided_again_through_the_service,
            a_day_for_deciding_again_goes_with_an_annulled_refusal_alone_and_is_shown,
            annual_reports_are_taken_whole_or_refused_with_every_bad_field,
            the_last_day_of_an_order_to_publish_follows_from_the_order_and_is_not_typed,
            a_batch_names_cases_once_and_only_those_of_the_list,
            more_time_for_a_case_is_asked_for_by_one_officer_and_decided_by_another,
            a_dossier_holds_what_the_rpcs_of_its_parts_answer_the_same_officer,
        ]
    }
}
