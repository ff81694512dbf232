//! Signals and flags, from the tickets that the feed tells to the decision.

use contract::collection::v1 as collection;
use contract::risk::v1 as pb;
use service::testing::until;
use tonic::Code;
use tonic_types::StatusExt;

use crate::grpc::server::{A, B, Risk, reason, request_id};

const CITY: &[&str] = &["370100"];
/// Tickets about A.
pub(crate) const COMPLAINTS: u32 = 12;

fn ticket(number: u32) -> collection::Ticket {
    collection::Ticket {
        name: format!("tickets/{number}"),
        ticket_no: format!("JN{number}"),
        channel: "12345".into(),
        kind: "Complaint".into(),
        topic: "食品过期".into(),
        accepted_on: domain::shanghai_date(domain::MicrosUtc::now()).to_string(),
        target_name: "济南泉福食品有限公司".into(),
        uscc: A.into(),
        field: "FOOD".into(),
        state: "Attached".into(),
        ..collection::Ticket::default()
    }
}

impl Risk {
    /// Risk that has been told of two producers and of complaints about A.
    async fn with_complaints() -> Self {
        let risk = Self::start().await;
        risk.registry.tell_producer(A, "370102").await;
        risk.registry.tell_producer(B, "370114").await;
        risk.tell_complaints().await;
        risk
    }

    /// Collection tells complaints about A.
    pub(crate) async fn tell_complaints(&self) {
        for number in 0..COMPLAINTS {
            self.collection.tell_ticket("collection.ticket.accepted", ticket(number)).await;
        }
    }

    /// Scans until everything that was told has been counted.
    pub(crate) async fn scan_of(&self, enterprises: i64, events: i64) -> pb::Scan {
        let mut number = 1_000;
        let signals = self.signals("FOOD_PROD", CITY);
        until("the scan", async || {
            number += 1;
            let request = pb::RunScanRequest { as_of: String::new(), request_id: request_id(number) };
            let scan = signals.clone().run_scan(request).await.unwrap().into_inner();
            (scan.enterprises == enterprises && scan.events == events).then_some(scan)
        })
        .await
    }

    /// The signal about A.
    pub(crate) async fn signal(&self) -> pb::Signal {
        let request =
            pb::ListSignalsRequest { uscc: A.into(), purpose: "复核".into(), ..Default::default() };
        let page = self.signals("FOOD_PROD", CITY).list_signals(request).await.unwrap().into_inner();
        page.signals.into_iter().next().unwrap()
    }
}

#[tokio::test]
async fn complaints_become_a_signal_and_by_two_steps_of_the_line_office_a_flag() {
    let risk = Risk::with_complaints().await;
    risk.scan_of(2, COMPLAINTS.into()).await;
    let signal = risk.signal().await;
    assert_eq!((signal.state.as_str(), signal.topic_label_zh.as_str()), ("SignalRaised", "超过保质期"));
    let evidence = signal.evidence.clone().unwrap();
    // It rests on what the first of the scans knew that found it.
    assert!((3..=i64::from(COMPLAINTS)).contains(&evidence.events), "{evidence:?}");
    assert_eq!((evidence.peers, evidence.size_known), (0, false));
    assert!(evidence.q_value <= evidence.level && evidence.expected < evidence.weighted as f64);

    let mut signals = risk.signals("FOOD_PROD", CITY);
    let confirm = |number| pb::ConfirmSignalRequest {
        name: signal.name.clone(),
        reason: "多人投诉同一问题".into(),
        request_id: request_id(number),
    };
    let early = signals.confirm_signal(confirm(1)).await.unwrap_err();
    assert_eq!(reason(&early), "TRANSITION_NOT_ALLOWED");
    let take = pb::TakeSignalRequest { name: signal.name.clone(), request_id: request_id(2) };
    signals.take_signal(take).await.unwrap();
    let flag = signals.confirm_signal(confirm(3)).await.unwrap().into_inner();
    assert_eq!((flag.state.as_str(), flag.signal.as_str()), ("AttentionOn", signal.name.as_str()));

    let mut flags = risk.flags("DISTRICT");
    let get = pb::GetFlagRequest { name: flag.name.clone(), purpose: "制定抽查计划".into() };
    assert_eq!(flags.get_flag(get.clone()).await.unwrap().into_inner(), flag);
    let review = pb::ReviewFlagRequest {
        name: flag.name.clone(),
        outcome: pb::FlagOutcome::End.into(),
        reason: "整改完成".into(),
        request_id: request_id(4),
    };
    let ended = risk.flags("FOOD_PROD").review_flag(review).await.unwrap().into_inner();
    assert_eq!((ended.state.as_str(), ended.review_on.as_str()), ("AttentionOff", ""));
    assert_eq!(risk.reads(&flag.name).await[0].purpose, "制定抽查计划");
    risk.stop().await;
}

#[tokio::test]
async fn a_match_that_is_undone_and_a_finding_that_comes_later_take_the_count_away() {
    let risk = Risk::with_complaints().await;
    risk.scan_of(2, COMPLAINTS.into()).await;
    for number in 0..3 {
        risk.collection.tell_ticket("collection.ticket.detached", ticket(number)).await;
    }
    for number in 3..6 {
        let found = collection::Ticket { substantiated: Some(false), ..ticket(number) };
        risk.collection.tell_ticket("collection.ticket.changed", found).await;
    }
    risk.scan_of(2, i64::from(COMPLAINTS) - 6).await;
    risk.stop().await;
}

#[tokio::test]
async fn every_read_is_noted_and_who_may_not_is_turned_away() {
    let risk = Risk::with_complaints().await;
    risk.scan_of(2, COMPLAINTS.into()).await;
    let signal = risk.signal().await;
    let get = |purpose: &str| pb::GetSignalRequest { name: signal.name.clone(), purpose: purpose.into() };
    risk.signals("FOOD_PROD", CITY).get_signal(get("复核")).await.unwrap();
    for (office, divisions, refused) in [
        ("SE_SUPERV", CITY, "FIELD_NOT_PERMITTED"),
        ("FOOD_PROD", &["370114"], "DIVISION_NOT_PERMITTED"),
        ("DISTRICT", CITY, "ROLE_NOT_PERMITTED"),
    ] {
        let status = risk.signals(office, divisions).get_signal(get("好奇")).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::PermissionDenied, refused));
    }
    let reads = risk.reads(&signal.name).await;
    assert_eq!(reads.iter().map(|read| read.purpose.as_str()).collect::<Vec<_>>(), ["复核"]);
    assert_eq!(risk.reads(&format!("enterprises/{A}/signals/-")).await[0].purpose, "复核");

    let not_a_flag =
        pb::GetFlagRequest { name: signal.name.replacen("signals", "flags", 1), purpose: "核查".into() };
    let status = risk.flags("CREDIT").get_flag(not_a_flag).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "FLAG_NOT_FOUND"));
    let bad = pb::ConfirmSignalRequest { name: "x".into(), ..Default::default() };
    let status = risk.signals("FOOD_PROD", CITY).confirm_signal(bad).await.unwrap_err();
    let violations = status.get_details_bad_request().unwrap().field_violations;
    assert_eq!(
        violations.iter().map(|one| one.field.as_str()).collect::<Vec<_>>(),
        ["name", "reason", "request_id"]
    );
    risk.stop().await;
}
