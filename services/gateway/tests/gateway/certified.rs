//! Systems that come to the gateway with their certificate, and what the services hear of them.

use bytes::Bytes;
use contract::{
    client::{Timeouts, channel_over},
    common::v1::{ListWorkRequest, work_client::WorkClient, work_server::WorkServer},
};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1;
pub(crate) use service::testing::Who;
use service::{
    config::Secured,
    testing::{Certificates, TestServer, token},
};
use tonic::Request;
use tower::Service;

use crate::house::House;

const ACCOUNTS: &str = r#"{"accounts": [
    {"name": "desk", "certificate": "URI:spiffe://xinjian/desk", "office": "FOOD_PROD", "divisions": ["370102"],
     "permissions": ["work.duty.read"]},
    {"name": "gateway", "certificate": "URI:spiffe://xinjian/gateway", "office": "SYSTEM", "divisions": [],
     "permissions": [], "relays": true}
]}"#;

/// A gateway and a service behind it, both with certificates and the same accounts.
async fn secured(certificates: &Certificates) -> (TestServer, House) {
    let server =
        TestServer::certified("registry", certificates, |server| server.with(WorkServer::new(Who))).await;
    let secured =
        Secured { tls: certificates.files("gateway"), service_accounts: Some(certificates.accounts()) };
    let house = House::secured(&format!("https://{}", server.address()), 20_000, secured).await;
    (server, house)
}

/// GET over TLS with somebody's certificate, and with a token if there is one: the status and the body.
async fn get(
    certificates: &Certificates,
    name: &str,
    house: &House,
    token: Option<&str>,
) -> (u16, serde_json::Value) {
    let address = format!("https://{}/registry/v1/work", house.inside);
    let mut connector = tls::Connector::from(certificates.identity(name)).speaking_http1();
    let stream = connector.call(address.parse().unwrap()).await.unwrap();
    let (mut sender, connection) = http1::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let mut request = http::Request::get("/registry/v1/work").header("host", house.inside.to_string());
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let answer = sender.send_request(request.body(Empty::<Bytes>::new()).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
#[ignore = "needs openssl in the PATH"]
async fn a_system_is_itself_behind_the_gateway_by_rest_and_by_grpc() {
    let certificates = Certificates::new(&["registry", "gateway", "desk", "stranger"], ACCOUNTS);
    let (server, house) = secured(&certificates).await;
    let (status, body) = get(&certificates, "desk", &house, None).await;
    assert_eq!((status, &body["nextPageToken"]), (200, &"desk of FOOD_PROD".into()), "{body}");
    let (status, body) = get(&certificates, "desk", &house, Some(&token("LEGAL", &["370100"]))).await;
    assert_eq!((status, &body["nextPageToken"]), (200, &"legal-officer of LEGAL".into()), "{body}");
    assert_eq!(get(&certificates, "stranger", &house, None).await.0, 401);

    let desk = certificates.identity("desk").into();
    let channel = channel_over(Some(&desk), &format!("https://{}", house.inside), Timeouts::default());
    let mut request = Request::new(ListWorkRequest::default());
    request.metadata_mut().insert("xinjian-service", "registry".parse().unwrap());
    let answer = WorkClient::new(channel.unwrap()).list_work(request).await.unwrap();
    assert_eq!(answer.into_inner().next_page_token, "desk of FOOD_PROD");
    house.stop().await;
    server.stop().await;
}
