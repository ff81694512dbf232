//! Rates of callers.

use contract::gateway::v1::{ListDutiesRequest, work_lists_client::WorkListsClient};
use service::testing::token;
use tonic::Code;

use crate::house::{House, get};

#[tokio::test]
async fn a_caller_beyond_its_rate_is_refused_for_a_pause_and_another_is_not() {
    let house = House::with_rate(1, 2).await;
    let path = "/v1/duties";
    for _ in 0..2 {
        assert_eq!(house.get_as_officer(path).await.status, 200);
    }
    let refused = house.get_as_officer(path).await;
    assert_eq!((refused.status, refused.reason()), (429, "RATE_EXCEEDED"));
    assert_eq!(refused.headers["retry-after"], "60");
    let status = WorkListsClient::new(house.officer()).list_duties(ListDutiesRequest::default()).await;
    assert_eq!(status.unwrap_err().code(), Code::ResourceExhausted, "REST and gRPC draw on one bucket");
    let other = get(house.inside, path, Some(&token("LEGAL", &["370100"]))).await;
    assert_eq!(other.status, 200);
}
