//! What the law and the evidence said on a day that is over.

use chrono::{Days, NaiveDate};
use contract::risk::v1 as pb;
use service::testing::until;
use tonic::{Code, Status};

use crate::grpc::server::{A, Risk, class_name, reason, today};

fn ago(days: u64) -> NaiveDate {
    today() - Days::new(days)
}

async fn explain(risk: &Risk, as_of: &str) -> Result<pb::Explanation, Status> {
    let request =
        pb::ExplainClassRequest {
            name: class_name(A, "FOOD"), purpose: "复核".into(), as_of: as_of.into()
        };
    let mut classes = risk.classes("CREDIT", &["370100"]);
    classes.explain_class(request).await.map(tonic::Response::into_inner)
}

async fn code_on(risk: &Risk, day: NaiveDate) -> String {
    explain(risk, &day.to_string()).await.unwrap().risk_class.unwrap().code
}

#[tokio::test]
async fn a_record_that_came_late_counts_from_the_day_on_which_it_came() {
    let risk = Risk::with_classes().await;
    // Listed ten days ago, and told four days ago.
    risk.collection.tell_late(("records/1", A), "SERIOUS", ago(10), ago(4)).await;
    risk.wait_for_class(A, "E").await;
    for (days, code) in [(11, "A"), (10, "A"), (5, "A"), (4, "E"), (1, "E"), (0, "E")] {
        assert_eq!(code_on(&risk, ago(days)).await, code, "{days} days ago");
    }
    let explained = explain(&risk, &ago(5).to_string()).await.unwrap();
    assert!(explained.looked_back && explained.rules.is_empty(), "{explained:?}");
    assert_eq!(explained.risk_class.unwrap().known_seq, 0, "collection had told nothing");
    risk.stop().await;
}

#[tokio::test]
async fn a_look_back_goes_by_the_models_of_its_day() {
    let risk = Risk::with_classes().await;
    let models = async |day: &str| -> (Vec<String>, String) {
        let explained = explain(&risk, day).await.unwrap();
        let models = explained.models.into_iter().map(|model| model.model).collect();
        (models, explained.risk_class.unwrap().national_code)
    };
    let (before, after) = (models("2022-01-12").await, models("2022-01-13").await);
    assert_eq!(before, (vec!["general@1".into(), "food2016@3".into()], String::new()));
    assert_eq!(after, (vec!["general@2".into(), "food2016@3".into()], "A".into()));
    let early = explain(&risk, "2021-09-26").await.unwrap_err();
    assert_eq!((early.code(), reason(&early).as_str()), (Code::FailedPrecondition, "NO_EFFECTIVE_MODEL"));
    let future = explain(&risk, &(today() + Days::new(1)).to_string()).await.unwrap_err();
    assert_eq!(future.code(), Code::InvalidArgument);
    risk.stop().await;
}

#[tokio::test]
async fn a_look_back_changes_no_class_and_is_logged_like_any_read() {
    let risk = Risk::with_classes().await;
    explain(&risk, &ago(3).to_string()).await.unwrap();
    let class = risk.wait_for_class(A, "A").await;
    assert_eq!((class.revision, class.state.as_str()), (1, "Effective"));
    let reads = risk.reads(&class_name(A, "FOOD")).await;
    assert!(reads.iter().any(|read| read.purpose == "复核"), "{reads:?}");
    risk.stop().await;
}

#[tokio::test]
async fn changes_of_the_register_entry_count_once_each_however_often_they_are_told() {
    let risk = Risk::with_classes().await;
    for _ in 0..2 {
        risk.registry.tell_change(A, 2, &["address"], ago(30)).await;
    }
    risk.registry.tell_change(A, 3, &["legal_name"], ago(20)).await;
    risk.registry.tell_change(A, 4, &["industry", "legal_representative"], ago(10)).await;
    let line = until("the changes", async || {
        let explained = explain(&risk, "").await.unwrap();
        let line = explained.contributions.into_iter().find(|line| line.indicator == "changes").unwrap();
        (line.value_e2 == 200).then_some(line)
    })
    .await;
    let names = [format!("enterprises/{A}/revisions/4"), format!("enterprises/{A}/revisions/2")];
    assert_eq!((line.points_e2, line.records), (200, names.to_vec()));
    risk.stop().await;
}
