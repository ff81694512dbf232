//! Licences and marks through the API.

use contract::registry::v1 as pb;

use crate::grpc::server::{A, ORDINARY, Registry, licence, reason, record, request_id};

fn mark_name() -> String {
    format!("enterprises/{A}/marks/FOOD")
}

fn confirm(number: u128) -> pb::ConfirmMarksRequest {
    let names = vec![mark_name()];
    pb::ConfirmMarksRequest { names, request_id: request_id(number), ..Default::default() }
}

#[tokio::test]
async fn a_mark_goes_from_the_licence_to_the_publicity_system() {
    let registry = Registry::start().await;
    registry.with_licence(1, A, ORDINARY).await;
    let mut marks = registry.marks("FOOD_PROD", &["370100"]);
    let list = pb::ListMarksRequest { state: "Candidate".into(), ..Default::default() };
    let proposed = marks.list_marks(list).await.unwrap().into_inner().marks;
    assert_eq!((proposed.len(), proposed[0].label.as_str()), (1, "食品生产企业"));
    marks.confirm_marks(confirm(10)).await.unwrap();
    let published = registry.wait_for_mark(A, "Published").await;
    assert!(published.publish_time.is_some());
    assert_eq!(std::fs::read_dir(registry.publicity()).unwrap().count(), 1);
    registry.stop().await;
}

#[tokio::test]
async fn what_is_not_waiting_cannot_be_confirmed() {
    let registry = Registry::start().await;
    registry.with_licence(1, A, ORDINARY).await;
    let mut marks = registry.marks("FOOD_PROD", &["370100"]);
    marks.confirm_marks(confirm(10)).await.unwrap();
    assert_eq!(reason(&marks.confirm_marks(confirm(11)).await.unwrap_err()), "TRANSITION_NOT_ALLOWED");
    let unknown = pb::GetMarkRequest { name: format!("enterprises/{A}/marks/SE") };
    let mut legal = registry.marks("LEGAL", &["370100"]);
    assert_eq!(reason(&legal.get_mark(unknown).await.unwrap_err()), "MARK_NOT_FOUND");
    registry.stop().await;
}

#[tokio::test]
async fn special_food_is_not_for_the_office_of_ordinary_food() {
    let registry = Registry::start().await;
    registry.with_licence(1, A, "SC12737011400238").await;
    let mut marks = registry.marks("FOOD_PROD", &["370100"]);
    assert_eq!(reason(&marks.confirm_marks(confirm(10)).await.unwrap_err()), "OFFICE_NOT_ALLOWED");
    let mut marks = registry.marks("SAMPLING_SPECIAL_FOOD", &["370100"]);
    let reject =
        pb::RejectMarkRequest { name: mark_name(), reason: "重复".into(), request_id: request_id(11) };
    assert_eq!(marks.reject_mark(reject).await.unwrap().into_inner().state, "Removed");
    registry.stop().await;
}

#[tokio::test]
async fn a_licence_is_read_by_its_number_and_an_ended_term_reads_as_expired() {
    let registry = Registry::start().await;
    registry.with_licence(1, A, ORDINARY).await;
    let mut licences = registry.licences("LEGAL", &["370100"]);
    let ended = pb::Licence { valid_to: "2024-12-31".into(), ..licence(A, "SC20137011600076") };
    licences.record_licence(record(10, ended)).await.unwrap();
    let list = licences
        .list_licences(pb::ListLicencesRequest { uscc: A.into(), ..Default::default() })
        .await
        .unwrap();
    let states: Vec<_> = list.into_inner().licences.into_iter().map(|licence| licence.state).collect();
    assert_eq!(states, ["Valid", "Expired"]);
    let unknown = pb::GetLicenceRequest { name: "licences/SC12937012400019".into() };
    assert_eq!(reason(&licences.get_licence(unknown).await.unwrap_err()), "LICENCE_NOT_FOUND");
    registry.stop().await;
}
