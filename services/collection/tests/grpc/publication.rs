//! Records pushed to a publicity system and a Credit China that serve `Receiver`.

use std::path::PathBuf;

use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use contract::registry::v1::{Enterprise, EnterpriseEvent};
use receiver::{Does, Running};
use rulebook::Rulebook;
use serde_json::Value;
use service::testing::until;
use tempfile::TempDir;
use tonic::Code;
use tonic_types::StatusExt;

use super::follow::Other;
use super::harness::*;

/// A code that is valid by form, for a bureau.
const BUREAU: &str = "91370116MAC4R9X126";

/// A collection that knows the food producer and pushes to both receivers.
pub(super) struct City {
    pub(super) served: Served,
    pub(super) publicity: Running,
    pub(super) credit_china: Running,
    pub(super) registry: Other,
    _folder: TempDir,
}

impl City {
    pub(super) async fn start(further: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (publicity, credit_china) =
            (Running::on_a_free_port().unwrap(), Running::on_a_free_port().unwrap());
        let registry = Other::start("registry").await;
        let token: PathBuf = folder.path().join("token");
        std::fs::write(&token, "given by the receiver").unwrap();
        let url = |receiver: &Running| format!("http://{}", receiver.address().unwrap());
        let token = token.display().to_string();
        let fixed = [
            "--registry-url",
            &registry.url(),
            "--collection-publicity-url",
            &url(&publicity),
            "--collection-publicity-token-file",
            &token,
            "--collection-credit-china-url",
            &url(&credit_china),
            "--collection-credit-china-token-file",
            &token,
        ];
        let served = Served::start(&[&fixed, further].concat()).await;
        let enterprise = Enterprise {
            uscc: FOOD.to_owned(),
            legal_name: "济南泉福食品有限公司".to_owned(),
            division: "370102".to_owned(),
            ..Enterprise::default()
        };
        let told = EnterpriseEvent { enterprise: Some(enterprise), ..Default::default() };
        registry.tell("registry.enterprise.registered", &told).await;
        Self { served, publicity, credit_china, registry, _folder: folder }
    }

    pub(super) async fn record(&self) -> Option<pb::Record> {
        let request = pb::ListRecordsRequest { kind: "penalty".to_owned(), ..Default::default() };
        let page = self.served.records("CREDIT", CITY).list_records(request).await.unwrap().into_inner();
        page.records.into_iter().next()
    }

    pub(super) async fn wait_for(&self, state: &str) -> pb::Record {
        until(state, async || self.record().await.filter(|record| record.state == state)).await
    }

    /// The record once every receiver shows it.
    pub(super) async fn shown(&self) -> pb::Record {
        let everywhere = |record: &pb::Record| {
            let shown = record.publications.iter().all(|one| one.state == "Shown");
            record.state == "Published" && shown
        };
        until("every receiver shows it", async || self.record().await.filter(everywhere)).await
    }
}

/// A penalty of yesterday.
pub(super) fn penalty() -> pb::Record {
    let yesterday = domain::shanghai_date(domain::MicrosUtc::now()).pred_opt().unwrap();
    let content = pb::Penalty {
        violation_type: "生产不符合食品安全标准的食品".to_owned(),
        violation_facts: "抽检不合格".to_owned(),
        legal_basis: "《中华人民共和国食品安全法》第一百二十四条".to_owned(),
        penalty_kinds: vec!["3".to_owned()],
        fine_fen: 5_000_000,
        ordinary_procedure: true,
        authority_uscc: BUREAU.to_owned(),
        ..pb::Penalty::default()
    };
    pb::Record {
        decided_on: yesterday.to_string(),
        content: Some(Content::Penalty(content)),
        ..inspection("济市监罚〔2026〕1号")
    }
}

#[tokio::test]
async fn receivers_that_are_down_lie_or_answer_twice_show_a_penalty_once_and_stop_when_it_is_withdrawn() {
    let mut city = City::start(&[]).await;
    city.publicity.switch_off();
    city.credit_china.inbox().will([Does::GivesNoReceipt, Does::AnswersTwice, Does::TakesAndFails]);
    city.served.import(1, vec![penalty()]).await;
    // Credit China is told while the publicity system is down, and neither waits for the other.
    city.credit_china.inbox().wait_for_calls(1).await;
    city.wait_for("Published").await;
    city.publicity.switch_on().unwrap();
    let record = city.shown().await;
    let states: Vec<_> = record.publications.iter().map(|one| one.state.as_str()).collect();
    assert_eq!(states, ["Shown", "Shown"]);
    assert!(record.publications.iter().all(|one| !one.published_on.is_empty() && !one.ends_on.is_empty()));
    for receiver in [&city.publicity, &city.credit_china] {
        let shown = receiver.inbox().shown();
        let content: Value = serde_json::from_slice(&shown[&record.name].content).unwrap();
        assert_eq!((shown.len(), receiver.inbox().taken().len()), (1, 1));
        assert_eq!(content["行政处罚决定书文号"], "济市监罚〔2026〕1号");
    }

    let withdrawal = pb::WithdrawRecordRequest {
        name: record.name.clone(),
        reason: "处罚决定被撤销".to_owned(),
        legal_basis: "济行复〔2026〕3号".to_owned(),
        request_id: request_id(2),
    };
    city.served.records("ENFORCEMENT", CITY).withdraw_record(withdrawal).await.unwrap();
    until("both receivers stop", async || {
        let record = city.record().await?;
        record.publications.iter().all(|one| one.state == "Ended").then_some(())
    })
    .await;
    assert!(city.publicity.inbox().shown().is_empty() && city.credit_china.inbox().shown().is_empty());
    city.served.stop().await;
}

/// A folder with the rules of today and a law of Credit China that begins today and does not say how it treats what was published
/// before it: by it, a penalty of the general class is shown for three months.
fn a_law_of_today() -> TempDir {
    let today = domain::shanghai_date(domain::MicrosUtc::now());
    let yesterday = today.pred_opt().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in Rulebook::builtin().archive() {
        let path = folder.path().join(&name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let bytes = if path.ends_with("codes.csv") {
            let text = String::from_utf8(bytes).unwrap();
            let begun = ",2026-04-01,,NDRC order 36";
            assert!(text.contains(begun));
            let ended = text.replace(begun, &format!(",2026-04-01,{yesterday},NDRC order 36"));
            let tags = "chain:credit-china|starts:decision|earlier:unconfirmed|minor:creditchina.minor.term_max|\
                        general:creditchina.minor.term_max|serious:creditchina.serious.term_max";
            format!("{ended}publication_regime,next,新规定,{tags},{today},,test\n").into_bytes()
        } else {
            bytes
        };
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

#[tokio::test]
async fn an_officer_chooses_between_two_laws_and_the_receiver_is_told_the_new_last_day() {
    let book = a_law_of_today();
    let city = City::start(&["--rulebook", book.path().to_str().unwrap()]).await;
    city.served.import(1, vec![penalty()]).await;
    let record = city.shown().await;
    let terms = |record: &pb::Record| {
        let publication = record.publications.iter().find(|one| one.chain == "credit-china").unwrap();
        publication.terms.iter().map(|term| (term.regime.clone(), term.ends_on.clone())).collect::<Vec<_>>()
    };
    let [(earlier, _), (later, last_day)] = terms(&record).try_into().unwrap();
    assert_eq!((earlier.as_str(), later.as_str()), ("ndrc36", "next"));

    let mut officer = city.served.records("ENFORCEMENT", CITY);
    let choice = |chain: &str| pb::ChoosePublicationLawRequest {
        name: record.name.clone(),
        revision: record.revision,
        chain: chain.to_owned(),
        regime: "next".to_owned(),
        reason: "从旧兼从轻".to_owned(),
        legal_basis: "济市监法〔2026〕1号".to_owned(),
        request_id: request_id(2),
    };
    let expected = (Code::FailedPrecondition, Some("LAW_NOT_OPEN".to_owned()));
    assert_eq!(refusal(officer.choose_publication_law(choice("publicity")).await), expected);
    let status =
        officer.choose_publication_law(pb::ChoosePublicationLawRequest::default()).await.unwrap_err();
    let violations = status.get_details_bad_request().unwrap().field_violations;
    let paths: Vec<_> = violations.into_iter().map(|violation| violation.field).collect();
    assert_eq!(paths, ["request_id", "name", "chain", "regime", "reason", "legal_basis"]);

    let chosen = officer.choose_publication_law(choice("credit-china")).await.unwrap().into_inner();
    let publication = chosen.publications.iter().find(|one| one.chain == "credit-china").unwrap();
    assert_eq!((publication.regime.as_str(), &publication.ends_on), ("next", &last_day));
    assert_eq!(terms(&chosen).len(), 2, "another may still be chosen");
    until("Credit China shows the new last day", async || {
        let shown = city.credit_china.inbox().shown();
        let content: Value = serde_json::from_slice(&shown[&record.name].content).unwrap();
        (content["公示截止期"] == last_day.as_str()).then_some(())
    })
    .await;
    city.served.stop().await;
}
