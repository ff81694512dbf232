//! Advice on reviews through the API, from the record of an entry in a list to what the reviewing office is told.

use contract::collection::v1 as collection;
use contract::registry::v1 as pb;
use contract::registry::v1::ReviewLevel;
use contract::risk::v1 as risk;
use prost::Message;
use service::testing::until;
use tonic::{Code, Status};

use crate::grpc::permits::Feed;
use crate::grpc::server::{A, B, Registry, create, enterprise, reason};

fn entry(status: &str) -> collection::Record {
    let entry = collection::ListEntry {
        list: "SERIOUS".into(),
        entry: "seriousCases/1".into(),
        ground: "F1".into(),
        status: status.into(),
        removed_on: String::new(),
    };
    collection::Record {
        name: "records/1".into(),
        uscc: A.into(),
        party_name: "甲（中国）食品有限公司".into(),
        field: "FOOD".into(),
        decided_on: "2025-06-02".into(),
        division: "370102".into(),
        content: Some(collection::record::Content::ListEntry(entry)),
        ..collection::Record::default()
    }
}

impl Registry {
    /// With A, foreign-invested, and B, which is not.
    async fn with_two(&self) {
        let mut client = self.enterprises("LEGAL", &["370100"]);
        let foreign =
            pb::Enterprise { foreign_invested: true, ..enterprise(A, "甲（中国）食品有限公司") };
        client.create_enterprise(create(1, foreign)).await.unwrap();
        client.create_enterprise(create(2, enterprise(B, "乙食品有限公司"))).await.unwrap();
    }

    async fn advice(&self, office: &str, code: &str, purpose: &str) -> Result<pb::ReviewAdvice, Status> {
        let request =
            pb::AdviseReviewRequest { name: format!("enterprises/{code}"), purpose: purpose.into() };
        Ok(self.reviews(office, &["370100"]).advise_review(request).await?.into_inner())
    }

    async fn wait_for_level(&self, level: ReviewLevel) -> pb::ReviewAdvice {
        until("the advice", async || {
            let advice = self.advice("FOOD_PROD", A, "FOOD_LICENCE").await.unwrap();
            (advice.level() == level).then_some(advice)
        })
        .await
    }
}

#[tokio::test]
async fn a_listed_party_is_reviewed_strictly_with_reasons_and_lawful_options_until_it_is_removed() {
    let feed = Feed::start().await;
    let registry = Registry::start_following(feed.server.address()).await;
    registry.with_two().await;
    let before = registry.advice("FOOD_PROD", A, "FOOD_LICENCE").await.unwrap();
    assert_eq!((before.level(), before.reasons.len(), before.options.len()), (ReviewLevel::Ordinary, 0, 0));
    assert!(before.limits.iter().any(|limit| limit.code == "StatutoryRefusalOnly"));

    feed.tell("collection.record.accepted", entry("Listed")).await;
    let advice = registry.wait_for_level(ReviewLevel::Strict).await;
    let expected = pb::ReviewReason {
        trigger: "SERIOUS".into(),
        label_zh: "列入严重违法失信名单".into(),
        resource: "seriousCases/1".into(),
        ground: "F1".into(),
        since: "2025-06-02".into(),
    };
    assert_eq!(advice.reasons, [expected]);
    let options: Vec<_> = advice.options.iter().map(|option| option.code.as_str()).collect();
    assert_eq!(options, ["FullReview", "OnSiteCheck", "NoNotifyCommit"]);
    assert!(advice.options.iter().all(|option| !option.basis.is_empty()));

    feed.tell("collection.record.changed", entry("Removed")).await;
    registry.wait_for_level(ReviewLevel::Ordinary).await;
    feed.shutdown.begin();
    registry.stop().await;
}

#[tokio::test]
async fn a_listing_that_an_order_suspends_calls_for_no_strict_review_until_it_counts_again() {
    let feed = Feed::start().await;
    let registry = Registry::start_following(feed.server.address()).await;
    registry.with_two().await;
    feed.tell("collection.record.accepted", entry("Listed")).await;
    registry.wait_for_level(ReviewLevel::Strict).await;
    feed.tell("collection.record.changed", entry("Suspended")).await;
    let advice = registry.wait_for_level(ReviewLevel::Ordinary).await;
    assert_eq!((advice.reasons.len(), advice.options.len()), (0, 0));
    feed.tell("collection.record.changed", entry("Listed")).await;
    registry.wait_for_level(ReviewLevel::Strict).await;
    feed.shutdown.begin();
    registry.stop().await;
}

#[tokio::test]
async fn the_systems_that_handle_licences_are_advised_on_theirs_and_on_nothing_else() {
    let feed = Feed::start().await;
    let registry = Registry::start_following(feed.server.address()).await;
    registry.with_two().await;
    feed.tell("collection.record.accepted", entry("Listed")).await;
    registry.wait_for_level(ReviewLevel::Strict).await;

    for purpose in ["FOOD_LICENCE", "SE_LICENCE"] {
        let advice = registry.advice("APPROVAL", A, purpose).await.unwrap();
        assert_eq!((advice.level(), advice.reasons.len()), (ReviewLevel::Strict, 1), "{purpose}");
        assert_eq!(registry.advice("APPROVAL", B, purpose).await.unwrap().level(), ReviewLevel::Ordinary);
    }
    let refused = registry.advice("APPROVAL", A, "FIE_REGISTRATION").await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "PURPOSE_NOT_YOURS"));
    for office in ["CREDIT", "LEGAL", "ENFORCEMENT"] {
        let refused = registry.advice(office, A, "FOOD_LICENCE").await.unwrap_err();
        assert_eq!(reason(&refused), "ROLE_NOT_PERMITTED", "{office}");
    }
    feed.shutdown.begin();
    registry.stop().await;
}

#[tokio::test]
async fn each_purpose_is_for_its_office_and_the_foreign_queue_for_foreign_registration_alone() {
    let feed = Feed::start().await;
    let registry = Registry::start_following(feed.server.address()).await;
    registry.with_two().await;
    feed.tell("collection.record.accepted", entry("Listed")).await;
    registry.wait_for_level(ReviewLevel::Strict).await;

    let refused = registry.advice("FOOD_PROD", A, "FIE_REGISTRATION").await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "PURPOSE_NOT_YOURS"));
    let refused = registry.advice("FOREIGN_REG", B, "FIE_REGISTRATION").await.unwrap_err();
    assert_eq!(reason(&refused), "NOT_FOREIGN_INVESTED");
    let refused = registry.advice("FOREIGN_REG", A, "LUNCH").await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let advice = registry.advice("FOREIGN_REG", A, "FIE_REGISTRATION").await.unwrap();
    assert!(advice.limits.iter().any(|limit| limit.code == "EqualTreatment"));

    let list = pb::ListForeignReviewsRequest::default();
    let mut reviews = registry.reviews("FOREIGN_REG", &["370100"]);
    let queue = reviews.list_foreign_reviews(list.clone()).await.unwrap().into_inner().reviews;
    let queue: Vec<_> =
        queue.into_iter().map(|one| (one.enterprise.unwrap().uscc, one.reasons.len())).collect();
    assert_eq!(queue, [(A.to_owned(), 1)]);
    for office in ["CREDIT", "FOOD_PROD", "LEGAL", "DISTRICT"] {
        let mut reviews = registry.reviews(office, &["370100"]);
        let refused = reviews.list_foreign_reviews(list.clone()).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied, "{office}");
    }
    feed.shutdown.begin();
    registry.stop().await;
}

impl Feed {
    /// Tells the class of A in food, set by an office.
    async fn tell_class(&self, office: &str, code: &str) {
        let class = risk::RiskClass {
            uscc: A.into(),
            field: "FOOD".into(),
            scheme: "shandong2020".into(),
            code: code.into(),
            as_of: "2026-03-01".into(),
            effect: "RUN_APPROVED".into(),
            ..risk::RiskClass::default()
        };
        let told = risk::ClassEvent { risk_class: Some(class), ..risk::ClassEvent::default() };
        self.tell_by(office, "risk.class.changed", (A, "2026-03-01"), told.encode_to_vec()).await;
    }
}

#[tokio::test]
async fn a_risk_class_is_information_for_who_may_read_classes_and_each_read_is_noted() {
    let feed = Feed::of("risk").await;
    let registry = Registry::start_with(&[format!("--risk-url=http://{}", feed.server.address())]).await;
    registry.with_two().await;
    feed.tell_class("CREDIT", "E").await;
    let advice = until("the class", async || {
        let advice = registry.advice("FOOD_PROD", A, "FOOD_LICENCE").await.unwrap();
        advice.risk_class.is_some().then_some(advice)
    })
    .await;
    let expected = pb::ReviewClass {
        name: format!("enterprises/{A}/classes/FOOD"),
        scheme: "shandong2020".into(),
        code: "E".into(),
        label_zh: "信用风险高".into(),
        as_of: "2026-03-01".into(),
        office: "CREDIT".into(),
        effect: "RUN_APPROVED".into(),
    };
    assert_eq!(advice.risk_class, Some(expected.clone()));
    assert_eq!((advice.level(), advice.reasons.len(), advice.options.len()), (ReviewLevel::Ordinary, 0, 0));

    // An approval system may not read classes; a class of food says nothing of other applications.
    for (office, purpose) in
        [("APPROVAL", "FOOD_LICENCE"), ("SE_SUPERV", "SE_LICENCE"), ("FOREIGN_REG", "FIE_REGISTRATION")]
    {
        assert_eq!(registry.advice(office, A, purpose).await.unwrap().risk_class, None, "{office}");
    }
    let reads = registry.reads(&expected.name).await;
    assert_eq!(reads.len(), 1, "{reads:?}");
    assert_eq!((reads[0].office.as_str(), reads[0].purpose.as_str()), ("FOOD_PROD", "FOOD_LICENCE"));

    feed.tell_class("SYSTEM", "").await;
    until("the end of the class", async || {
        let advice = registry.advice("FOOD_PROD", A, "FOOD_LICENCE").await.unwrap();
        advice.risk_class.is_none().then_some(())
    })
    .await;
    feed.shutdown.begin();
    registry.stop().await;
}
