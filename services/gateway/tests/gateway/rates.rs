//! Rates of callers.

use contract::{
    gateway::v1::{ListDutiesRequest, work_lists_client::WorkListsClient},
    public::v1::{ListParametersRequest, publications_client::PublicationsClient},
};
use service::testing::token;
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::house::{House, closed_port, get};

const PUBLIC: &str = "/public/v1/parameters?page_size=1";

/// A gateway to whose public listener two requests may come from an address at once, and then one a minute.
async fn rated(header: Option<&'static str>) -> House {
    House::configured(&closed_port(), |config| {
        config.public_rate_per_minute = Some(1);
        config.public_rate_burst = Some(2);
        config.public_address_header = header.map(http::HeaderName::from_static);
    })
    .await
}

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

#[tokio::test]
async fn an_address_beyond_its_rate_is_refused_for_a_pause_on_the_public_listener_and_its_health_is_told() {
    let house = rated(None).await;
    for _ in 0..2 {
        assert_eq!(house.get_outside(PUBLIC, &[]).await.status, 200);
    }
    // Whoever writes a header that nobody was told to believe gets nothing by it.
    let refused = house.get_outside(PUBLIC, &[("x-forwarded-for", "192.0.2.7")]).await;
    assert_eq!((refused.status, refused.reason()), (429, "RATE_EXCEEDED"));
    assert_eq!(refused.headers["retry-after"], "60");
    let status =
        PublicationsClient::new(house.anyone()).list_parameters(ListParametersRequest::default()).await;
    assert_eq!(status.unwrap_err().code(), Code::ResourceExhausted, "REST and gRPC draw on one bucket");
    let health = HealthClient::new(house.anyone()).check(HealthCheckRequest::default()).await;
    assert!(health.is_ok(), "a balancer asks from one address: {health:?}");
    assert_eq!(house.get_as_officer("/v1/duties").await.status, 200, "officers are not counted by address");
}

#[tokio::test]
async fn behind_a_proxy_that_is_believed_each_address_that_it_names_has_a_rate_of_its_own() {
    let house = rated(Some("x-forwarded-for")).await;
    let from =
        async |addresses: &str| house.get_outside(PUBLIC, &[("x-forwarded-for", addresses)]).await.status;
    for _ in 0..2 {
        assert_eq!(from("192.0.2.7").await, 200);
    }
    assert_eq!(from("198.51.100.1, 192.0.2.7").await, 429, "the last one is the proxy's own word");
    assert_eq!(from("192.0.2.7, 198.51.100.1").await, 200);
    assert_eq!(from("2001:db8::1").await, 200);
    assert_eq!(from("2001:db8::2").await, 200);
    assert_eq!(from("2001:db8::3").await, 429, "a network of IPv6 is one caller");
}
