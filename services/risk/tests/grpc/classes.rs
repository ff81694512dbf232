//! Classes, from what the feeds tell to the explanation.

use contract::risk::v1 as pb;
use tonic::Code;

use crate::grpc::server::{A, B, Risk, class_name, get, reason};

#[tokio::test]
async fn an_unknown_class_is_not_found() {
    let risk = Risk::start().await;
    let status = risk.classes("CREDIT", &["370100"]).get_class(get(A, "FOOD", "test")).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "CLASS_NOT_FOUND"));
    risk.stop().await;
}

#[tokio::test]
async fn a_listing_that_collection_tells_raises_the_class_at_once_and_its_withdrawal_lowers_it() {
    let risk = Risk::with_classes().await;
    risk.collection.tell_stray_ticket().await;
    risk.collection.tell_serious("collection.record.accepted", A).await;
    let class = risk.wait_for_class(A, "E").await;
    assert_eq!(
        (class.general_code.as_str(), class.professional_code.as_str(), class.run.as_str()),
        ("E", "A", "")
    );
    assert_eq!(
        (class.scheme.as_str(), class.division.as_str(), class.known_seq),
        ("shandong2020", "370102", 2)
    );
    risk.collection.tell_serious("collection.record.withdrawn", A).await;
    let class = risk.wait_for_class(A, "A").await;
    assert_eq!((class.revision, class.known_seq), (3, 3));
    assert_eq!(risk.wait_for_class(B, "A").await.revision, 1);
    risk.stop().await;
}

#[tokio::test]
async fn a_corrected_record_counts_as_it_stands_now() {
    let risk = Risk::with_classes().await;
    risk.collection.tell_serious("collection.record.accepted", A).await;
    risk.wait_for_class(A, "E").await;
    risk.collection
        .tell_listing("collection.record.corrected", ("records/serious-1", A), "ABNORMAL", "")
        .await;
    let request =
        pb::ExplainClassRequest { name: class_name(A, "FOOD"), purpose: "test".into(), ..Default::default() };
    risk.wait_for_another_class(A, "E").await;
    let explained = risk.classes("CREDIT", &["370100"]).explain_class(request).await.unwrap().into_inner();
    let told = |line: &&pb::Contribution| line.records == ["records/serious-1"];
    let indicators: Vec<_> = explained.contributions.iter().filter(told).collect();
    assert!(
        !indicators.is_empty() && indicators.iter().all(|line| !line.indicator.contains("serious")),
        "{indicators:?}"
    );
    risk.stop().await;
}

#[tokio::test]
async fn a_suspended_record_counts_for_nothing_whatever_is_told_of_it_until_it_is_resumed() {
    let risk = Risk::with_classes().await;
    let record = ("records/serious-1", A);
    risk.collection.tell_serious("collection.record.accepted", A).await;
    risk.wait_for_class(A, "E").await;
    risk.collection.tell_listing("collection.record.suspended", record, "SERIOUS", "remedies/1").await;
    risk.wait_for_class(A, "A").await;
    // It is corrected, and matched, while it is suspended.
    risk.collection.tell_listing("collection.record.corrected", record, "SERIOUS", "remedies/1").await;
    risk.collection.tell_listing("collection.record.attached", record, "SERIOUS", "remedies/1").await;
    risk.collection.tell_listing("collection.record.accepted", ("records/2", B), "SERIOUS", "").await;
    risk.wait_for_class(B, "E").await;
    assert_eq!(risk.wait_for_class(A, "A").await.revision, 3, "what came meanwhile has changed nothing");
    risk.collection.tell_serious("collection.record.resumed", A).await;
    risk.wait_for_class(A, "E").await;
    risk.stop().await;
}

#[tokio::test]
async fn a_confirmed_breach_raises_the_class_while_it_is_open_and_a_dismissed_suspicion_never_does() {
    let risk = Risk::with_classes().await;
    risk.registry.tell_breach("registry.breach.closed", A, ("", "2026-01-02")).await;
    risk.registry.tell_breach("registry.breach.confirmed", A, ("2026-01-05", "")).await;
    let raised = risk.wait_for_class(A, "B").await;
    assert_eq!((raised.general_code.as_str(), raised.professional_code.as_str()), ("D", "A"));
    assert_eq!(raised.revision, 2, "the suspicion has changed nothing");
    let request =
        pb::ExplainClassRequest { name: class_name(A, "FOOD"), purpose: "test".into(), ..Default::default() };
    let explained = risk.classes("CREDIT", &["370100"]).explain_class(request).await.unwrap().into_inner();
    assert!(explained.overriding_rules[0].contains("违反信用承诺"), "{explained:?}");
    risk.registry.tell_breach("registry.breach.closed", A, ("2026-01-05", "2026-02-02")).await;
    let lowered = risk.wait_for_class(A, "A").await;
    assert_eq!((lowered.general_code.as_str(), lowered.revision), ("A", 3));
    assert_eq!(risk.wait_for_class(B, "A").await.revision, 1);
    risk.stop().await;
}

#[tokio::test]
async fn an_enterprise_whose_mark_goes_has_no_class() {
    let risk = Risk::with_classes().await;
    risk.registry.tell_mark(A, "Removed").await;
    risk.wait_for_no_class(A).await;
    risk.stop().await;
}

#[tokio::test]
async fn a_class_is_explained_by_indicators_records_rules_and_combination() {
    let risk = Risk::with_classes().await;
    risk.collection.tell_serious("collection.record.accepted", A).await;
    risk.wait_for_class(A, "E").await;
    let request =
        pb::ExplainClassRequest { name: class_name(A, "FOOD"), purpose: "test".into(), ..Default::default() };
    let explained = risk.classes("CREDIT", &["370100"]).explain_class(request).await.unwrap().into_inner();

    let first = &explained.contributions[0];
    assert_eq!(
        (first.indicator.as_str(), first.points_e2, first.value_e2),
        ("serious_five_years", 2000, 100)
    );
    assert_eq!(first.records, ["records/serious-1"]);
    assert!(first.source.contains("art 38") && first.label.contains("严重违法"), "{first:?}");
    assert!(explained.contributions.is_sorted_by(|a, b| a.points_e2 >= b.points_e2));
    let category = explained.contributions.iter().find(|line| line.indicator == "category_i").unwrap();
    assert_eq!((category.model.as_str(), category.points_e2), ("models/food2016", 1000));
    assert_eq!(category.records, [format!("licences/SC101{}", &A[9..])]);
    assert!(explained.overriding_rules[0].starts_with("一票否决:列入严重违法失信名单"), "{explained:?}");
    assert!(explained.combination.contains("E类"), "{}", explained.combination);
    assert_eq!(explained.risk_class.unwrap().code, "E");
    risk.stop().await;
}
